"""A program at the other end of a TCP connection: its own member of its groups, and what it was told.

A session outlives the TCP connection for a while, so that a program that comes back misses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from coterie.application.connection import Connection
from coterie.application.group import Group
from coterie.application.history import History
from coterie.application.lines import Join, Leave, Send, data, membership
from coterie.application.settings import Settings
from coterie.application.told import Member, Membership
from coterie.errors import LocalError
from coterie.vocabulary import Address

MOST_GROUPS = 16
"""Groups of one session."""


class Session:
    """One program. `contacts` are where its groups are found when it names no contact itself."""

    def __init__(
        self, identifier: str, settings: Settings, contacts: Mapping[str, tuple[Address, ...]]
    ) -> None:
        self.identifier = identifier
        self.history = History()
        self.last_ref = 0
        """The greatest reference of a command that was carried out: it is not carried out again."""
        self._connection = Connection(settings)
        self._contacts = contacts
        self._groups: dict[str, Group] = {}

    async def open(self, name: str | None) -> None:
        """Connect under a name."""
        if name is not None:
            self._connection.set_name(name)
        await self._connection.connect()

    async def close(self) -> None:
        """Leave everything."""
        await self._connection.disconnect()

    async def carry_out(self, command: Join | Leave | Send) -> None:
        """Do what the program asks for. `LocalError` when it cannot be done."""
        if command.ref is not None and command.ref <= self.last_ref:
            # done before the connection was lost, though the answer may have been lost with it
            return
        match command:
            case Join():
                await self._join(command)
            case Leave(name):
                await self._group(name).leave()
            case Send(name, payload):
                await self._group(name).send(payload)
        self.last_ref = command.ref or self.last_ref

    async def _join(self, command: Join) -> None:
        contacts = command.contacts or self._contacts.get(command.group, ())
        if not contacts and not command.create:
            raise LocalError(f"there is no contact of {command.group!r}; name one, or say that it is created")
        if command.group not in self._groups and len(self._groups) >= MOST_GROUPS:
            raise LocalError(f"a session is in at most {MOST_GROUPS} groups; leave one and connect anew")
        group = self._connection.group(command.group)
        group.on_data, group.on_memb = self._on_data, self._on_memb
        group.service = command.service
        self._groups[command.group] = group
        await group.join(*contacts)

    def _group(self, name: str) -> Group:
        if name not in self._groups:
            raise LocalError(f"this session is not in {name!r}; join it first")
        return self._groups[name]

    def _on_data(self, group: Group, sender: Member, message: bytes) -> None:
        self.history.append(lambda number: data(number, group.name, sender, message))

    def _on_memb(self, group: Group, told: Membership) -> None:
        self.history.append(lambda number: membership(number, group.name, told))
