"""One group at a daemon: who is in it, and what was told in it, for whoever listens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from coterie.application import lines
from coterie.application.history import History
from coterie.application.told import Member, Membership
from coterie.effects import Event
from coterie.vocabulary import NO_VIEW, NodeId, OverlayId, ViewId

MOST_LINES, MOST_OCTETS = 1_024, 1 << 20
"""What is kept of each group for those who listen later: a day of chat, and no more."""

Fields = Mapping[str, Any]
Naming = Callable[[NodeId], Member]


class Room:
    """What has happened in one group since the daemon came into it. `name` is empty until it is known."""

    def __init__(self, overlay: OverlayId, own: NodeId, naming: Naming) -> None:
        self.overlay = overlay
        self.name = b""
        self.view: ViewId | None = None
        self.members: tuple[Member, ...] = ()
        self.step = ""
        """What the peer is doing to get in, in a word of the draft; empty where nothing is known."""
        self.history = History(MOST_LINES, MOST_OCTETS)
        self.asked_own = 0
        """Up to which of its messages somebody waits for being told."""
        self.heard_own = 0
        """How many messages of this peer were told here."""
        self._own = own
        self._naming = naming
        self._changed = asyncio.Event()

    @property
    def is_in(self) -> bool:
        """Whether the peer is in a view of the group."""
        return self.view is not None

    @property
    def title(self) -> str:
        """The name, for people to read."""
        return self.name.decode("utf-8", "backslashreplace") or self.overlay.hex()

    def told(self, events: list[Event]) -> None:
        """What has happened in the group, in order."""
        for event in events:
            match event.name:
                case "message":
                    self._message(event.fields)
                case "view-installed":
                    self._view(event.fields)
                case "left":
                    self._left()
                case "joining" | "session":
                    self.step = event.name
                case _:
                    continue
        self._changed.set()

    def failed(self, _sentence: str) -> None:
        """The peer has stopped; whoever started it is told by the main overlay."""
        self._left()
        self._changed.set()

    async def changed(self) -> None:
        """Wait until something more has happened."""
        self._changed.clear()
        await self._changed.wait()

    def _message(self, fields: Fields) -> None:
        sender = self._naming(fields["sender"])
        self.history.append(lambda number: lines.data(number, self.title, sender, fields["payload"]))
        self.heard_own += fields["sender"] == self._own

    def _view(self, fields: Fields) -> None:
        self.view = fields["view"]
        self._change(tuple(self._naming(node) for node in fields["members"]))

    def _left(self) -> None:
        self.step = ""
        # nobody tells what was not told yet
        self.asked_own = self.heard_own
        if self.view is not None:
            self.view = None
            self._change(())

    def _change(self, members: tuple[Member, ...]) -> None:
        before, self.members = self.members, members
        told = Membership(
            self.view or NO_VIEW,
            members,
            tuple(member for member in members if member not in before),
            tuple(member for member in before if member not in members),
            (),
        )
        self.history.append(lambda number: lines.membership(number, self.title, told))
