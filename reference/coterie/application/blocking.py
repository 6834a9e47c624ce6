"""The same interface for programs without an event loop: every call waits until it is done.

The loop runs in a thread of its own, so that the protocol goes on whatever the program does. Callbacks are
called in another thread, one after the other; a program that sets none iterates over the group.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from threading import Thread
from typing import Any, Self, TypeVar

from coterie.application import connection, group
from coterie.application.settings import Service, Settings
from coterie.application.told import Member, Membership, Message
from coterie.errors import LocalError
from coterie.vocabulary import Address

__all__ = ["Connection", "Group"]

LEAVE_S = 10.0
"""How long the end of a thread is waited for."""

T = TypeVar("T")


class Connection:
    """`set_name`, `connect`, then groups; `disconnect` leaves them all. Also a context manager."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._inner = connection.Connection(settings)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None
        self._groups: dict[str, Group] = {}

    def set_name(self, name: str) -> None:
        """The name that others are shown."""
        self._inner.set_name(name)

    def connect(self) -> None:
        """Open the socket and begin to listen."""
        if self._loop is None:
            self._loop = loop = asyncio.new_event_loop()
            self._thread = Thread(target=loop.run_forever, name="coterie", daemon=True)
            self._thread.start()
        try:
            self.run(self._inner.connect())
        except BaseException:
            self._stop()
            raise

    def disconnect(self) -> None:
        """Leave all groups and close the socket."""
        if self._loop is None:
            return
        try:
            self.run(self._inner.disconnect())
        finally:
            for each in self._groups.values():
                each.end()
            self._stop()

    def group(self, name: str) -> Group:
        """The group of that name; always the same object for one name."""
        if name not in self._groups:
            self._groups[name] = Group(self, self._inner.group(name))
        return self._groups[name]

    @property
    def address(self) -> Address:
        """Where others reach this peer."""
        return self._inner.address

    @property
    def stands(self) -> bool:
        """Whether there is a connection."""
        return self._loop is not None

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Do something in the thread of the loop, and wait for it."""
        if self._loop is None:
            coroutine.close()
            raise LocalError("there is no connection; connect first")
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(self, *_: object) -> None:
        self.disconnect()

    def _stop(self) -> None:
        loop, self._loop = self._loop, None
        if loop is not None and self._thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            self._thread.join(LEAVE_S)
            loop.close()


class Group:
    """`join`, `send`, `leave`, and either `on_data` and `on_memb`, set before joining, or iteration."""

    def __init__(self, owner: Connection, inner: group.Group) -> None:
        self._owner = owner
        self._inner = inner
        self._caller: Thread | None = None
        self.on_data: Callable[[Group, Member, bytes], None] | None = None
        self.on_memb: Callable[[Group, Membership], None] | None = None

    @property
    def name(self) -> str:
        """The Group-ID."""
        return self._inner.name

    @property
    def membership(self) -> Membership | None:
        """The membership as it was told last."""
        return self._inner.membership

    def set_service(self, service: Service) -> None:
        """How messages are ordered for this program; before joining."""
        self._inner.service = service

    def join(self, *contacts: Address) -> Membership:
        """Join at one of the contacts, or create the group when there are none."""
        joined = self._owner.run(self._inner.join(*contacts))
        if self.on_data is not None or self.on_memb is not None:
            self._caller = Thread(target=self._call, name=f"coterie {self.name}", daemon=True)
            self._caller.start()
        return joined

    def members(self, count: int) -> Membership:
        """Wait until the group has at least so many members."""
        return self._owner.run(self._inner.members(count))

    def send(self, message: bytes) -> None:
        """Send to all members; waits while as much is under way as may be."""
        self._owner.run(self._inner.send(message))

    def leave(self) -> None:
        """Leave the group."""
        self._owner.run(self._inner.leave())

    def __iter__(self) -> Iterator[Message | Membership]:
        while self._owner.stands and (batch := self._owner.run(self._inner.batch())):
            yield from batch
        # after disconnect nobody else touches it any more
        yield from self._inner.rest()

    def end(self) -> None:
        """Wait for the thread of the callbacks, unless it is the one that asks."""
        if self._caller is not None:
            self._caller.join(LEAVE_S)

    def _call(self) -> None:
        for told in self:
            match told:
                case Message(sender, payload):
                    if self.on_data is not None:
                        self.on_data(self, sender, payload)
                case Membership():
                    if self.on_memb is not None:
                        self.on_memb(self, told)
