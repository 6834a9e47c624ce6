"""A group: one order of messages and memberships for all that are in it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING, Any

from coterie.application.following import reader
from coterie.application.settings import Service
from coterie.application.told import Member, Membership, Message
from coterie.effects import Event
from coterie.errors import LocalError, NoRoomError
from coterie.peer import Membership as Entry
from coterie.vocabulary import NO_VIEW, Address, NodeId, OverlayId

if TYPE_CHECKING:
    from coterie.application.connection import Connection

MOST_WAITING = 65_536
"""Messages and memberships that wait for the program."""

MOST_OCTETS = 64 << 20
"""Octets of messages that wait for the program."""

BURST = 256
"""Messages that are sent in one turn of the loop: as many as a datagram holds at most, for the last one of a
turn is seldom full; and too few to starve a timer."""

REJOIN_S = 10.0
"""How long the members of an earlier life are asked before the group is begun anew."""

LEAVE_S = 6.0
"""How long leaving lasts at most: the protocol gives up before."""


class Standing(Enum):
    """How the program stands to the group."""

    OUT = "out"
    JOINING = "joining"
    IN = "in"
    LEAVING = "leaving"


Fields = Mapping[str, Any]
"""What an event of the peer tells; its names and kinds are those of the draft's events."""

OnData = Callable[["Group", Member, bytes], None]
OnMemb = Callable[["Group", Membership], None]


class Group:
    """`set_name`, `join`, `send`, `leave`.

    What happens is told to `on_data` and `on_memb`, plain functions that are called in order; or, when
    neither is set, to whoever iterates over the group. What nobody takes waits, up to a limit at which the
    group is left.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.name = ""
        self.service = Service.TIMESTAMP_ORDERED
        self.on_data: OnData | None = None
        self.on_memb: OnMemb | None = None
        self.membership: Membership | None = None
        """The membership as it was told last; None outside of the group."""
        self._standing = Standing.OUT
        self._overlay: OverlayId | None = None
        self._members: dict[NodeId, Member] = {}
        self._closing = False
        self._queue: deque[Message | Membership] = deque()
        self._octets = 0
        self._burst = 0
        self._fault: str | None = None
        self._changed = asyncio.Event()
        self._order = asyncio.Lock()
        self._tellers: Mapping[str, Callable[[Fields], None]] = {
            "view-installed": self._view,
            "transitional": self._transitional,
            "left": self._left,
        }

    def set_name(self, name: str) -> None:
        """The Group-ID, as text. `LocalError` if it is none, or if the group has a name already."""
        if self.name:
            raise LocalError(f"this group is {self.name!r}; make another one for {name!r}")
        self.connection.settings.overlay(name)
        self.connection.named(self, name)
        self.name = name

    # ------------------------------------------------------------ in and out

    async def join(self, *contacts: Address) -> Membership:
        """Join at one of the contacts, or create the group when there are none.

        Returns the first membership. `LocalError` when nobody has let this peer in within the patience of the
        settings.
        """
        if self._standing is not Standing.OUT:
            raise LocalError(f"this program is in {self.name!r} already, or about to be; leave first")
        overlay = self._enter()
        station = self.connection.station
        self._standing, self._fault, self._closing = Standing.JOINING, None, False
        try:
            station.ask(lambda peer, _now: peer.subscribe(overlay, self.service.value))
            if contacts:
                station.ask(lambda peer, now: peer.join(overlay, contacts, now))
            else:
                suite = self.connection.settings.suite
                station.ask(lambda peer, now: peer.create(overlay, now, suite=suite))
            await self._wait(lambda: self.membership is not None)
        except LocalError:
            self._standing = Standing.OUT
            raise
        except TimeoutError:
            sentence = self._nobody(overlay, contacts)
            await self.leave()
            raise LocalError(sentence) from None
        if self.membership is None:
            raise LocalError(f"{self.name!r} was left while it was being joined")
        return self.membership

    async def rejoin(self) -> Membership:
        """Join where the life before this one was; when nobody is there, begin anew and go on looking."""
        known = self.connection.contacts(self.name)
        if not known:
            return await self.join()
        try:
            async with asyncio.timeout(min(REJOIN_S, self.connection.settings.patience_s / 2)):
                return await self.join(*known)
        except TimeoutError:
            await self.leave()
        joined = await self.join()
        self.seek(*known)
        return joined

    def seek(self, *contacts: Address) -> None:
        """Look for another part of the group at the contacts; what is found there becomes one with this."""
        overlay = self._overlay
        if overlay is None or self._standing is not Standing.IN:
            raise LocalError(f"this program is not in {self.name!r}; join it first")
        self.connection.station.ask(lambda peer, now: peer.join(overlay, contacts, now))

    async def leave(self) -> None:
        """Leave the group; what was sent before is delivered if the others answer in time."""
        if self._standing is Standing.OUT or self._overlay is None:
            return
        overlay, station = self._overlay, self.connection.station
        if self._standing is not Standing.LEAVING:
            self._standing = Standing.LEAVING
            station.ask(lambda peer, now: peer.leave(overlay, now))
        try:
            async with asyncio.timeout(LEAVE_S):
                await self._until(lambda: self._standing is Standing.OUT)
        except TimeoutError:
            self._out()

    @property
    def own(self) -> Member:
        """This program as a member. `LocalError` before the first join."""
        if self._overlay is None:
            raise LocalError(f"this program is not in {self.name!r}; join it first")
        return self._member(self.connection.station.node(self._overlay))

    async def members(self, count: int) -> Membership:
        """Wait until the group has at least `count` members; the membership then. `LocalError` when it has
        not after the patience of the settings."""
        with suppress(TimeoutError):
            await self._wait(lambda: self.membership is not None and len(self.membership.members) >= count)
        if self.membership is None:
            raise LocalError(self._fault or f"this program is not in {self.name!r}; join it first")
        here = len(self.membership.members)
        if here < count:
            patience = f"{self.connection.settings.patience_s:g} s"
            raise LocalError(f"{self.name!r} has {here} members after {patience}, and not {count}")
        return self.membership

    # ------------------------------------------------------------ messages

    async def send(self, message: bytes) -> None:
        """Send to all members, oneself included. Waits while as much is under way as may be."""
        self._burst += 1
        if self._burst >= BURST:
            # who sends without end must not keep the peer from listening
            self._burst = 0
            await asyncio.sleep(0)
        if not self._order.locked() and self.post(message):
            return
        async with self._order:
            while not self.post(message):
                await self.connection.station.turn()

    def post(self, message: bytes) -> bool:
        """Send without waiting; False when there is no room at this moment. `LocalError` outside."""
        standing = self._standing
        if self._overlay is None or not (standing is Standing.IN or standing is Standing.JOINING):
            raise LocalError(self._fault or f"this program is not in {self.name!r}; join it before sending")
        try:
            self.connection.station.send(self._overlay, message)
        except NoRoomError:
            return False
        return True

    def __aiter__(self) -> AsyncIterator[Message | Membership]:
        return self

    async def __anext__(self) -> Message | Membership:
        """The next message or membership; the iteration ends when the program is not in the group."""
        if not self._queue and not await self._something():
            raise StopAsyncIteration
        told = self._queue.popleft()
        if isinstance(told, Message):
            self._octets -= len(told.payload)
        return told

    async def batch(self) -> list[Message | Membership]:
        """Everything that waits, at least one; empty when the program is not in the group any more."""
        await self._something()
        return self.rest()

    def rest(self) -> list[Message | Membership]:
        """Everything that waits at this moment."""
        batch = list(self._queue)
        self._queue.clear()
        self._octets = 0
        return batch

    async def _something(self) -> bool:
        """Wait until something waits for the program; False when nothing will any more."""
        while not self._queue:
            if self._standing is Standing.OUT:
                if self._fault is not None:
                    raise LocalError(self._fault)
                return False
            await self._turn()
        return True

    # ------------------------------------------------------------ what the station tells

    def failed(self, sentence: str) -> None:
        """The station has stopped; nothing will be told any more."""
        self._fault = sentence
        self._out()

    def told(self, events: list[Event]) -> None:
        """What has happened in the group, in order."""
        tellers, message = self._tellers, self._message
        for _, name, fields in events:
            if name == "message":
                message(fields)
            elif name in tellers:
                tellers[name](fields)
        self._changed.set()

    def _message(self, fields: Fields) -> None:
        sender = self._members.get(fields["sender"]) or self._member(fields["sender"])
        payload = fields["payload"]
        if self.on_data is not None:
            try:
                self.on_data(self, sender, payload)
            except Exception as fault:  # noqa: BLE001  (its mistake must not cost a program the next message)
                self._complain(fault)
        elif self.on_memb is None:
            self._octets += len(payload)
            place = fields["view"], fields["sequence"], fields["timestamp"]
            self._keep(Message(sender, payload, *place, not self._closing))

    def _view(self, fields: Fields) -> None:
        before = () if self.membership is None else self.membership.members
        members = tuple(self._member(node) for node in fields["members"])
        together = fields.get("together") or ()
        self._closing = False
        self._standing = Standing.IN if self._standing is Standing.JOINING else self._standing
        self._tell_membership(
            Membership(
                fields["view"],
                members,
                tuple(member for member in members if member not in before),
                tuple(member for member in before if member not in members),
                tuple(member for member in members if member.node in together),
            )
        )

    def _transitional(self, _fields: Fields) -> None:
        self._closing = True

    def _left(self, _fields: Fields) -> None:
        self._out()

    def _out(self) -> None:
        before = () if self.membership is None else self.membership.members
        self._standing = Standing.OUT
        if before:
            self._tell_membership(Membership(NO_VIEW, (), (), before, ()))
        self.membership = None
        self._changed.set()

    def _tell_membership(self, membership: Membership) -> None:
        self.membership = membership
        self._members = {member.node: member for member in membership.members}
        if self._overlay is not None:
            self.connection.seen(self.name, self._overlay, membership.members)
        if self.on_memb is not None:
            try:
                self.on_memb(self, membership)
            except Exception as fault:  # noqa: BLE001  (as with messages)
                self._complain(fault)
        elif self.on_data is None:
            self._keep(membership)

    # ------------------------------------------------------------ inside

    def _enter(self) -> OverlayId:
        if not self.name:
            raise LocalError("the group has no name; set one before joining")
        if self._overlay is not None:
            return self._overlay
        connection, station = self.connection, self.connection.station
        trust = connection.settings.trust(self.name, self.service)
        overlay = station.enter(Entry(connection.identity, trust))
        station.follow(overlay, reader(connection, overlay, self))
        self._overlay = overlay
        return overlay

    def _member(self, node: NodeId) -> Member:
        return self.connection.member(self._overlay, node) if self._overlay else Member(node, "")

    def _keep(self, told: Message | Membership) -> None:
        if len(self._queue) >= MOST_WAITING or self._octets >= MOST_OCTETS:
            self._overrun()
        else:
            self._queue.append(told)

    def _overrun(self) -> None:
        if self._fault is None:
            self._fault = (
                f"{self.name!r} was left, because {len(self._queue)} messages waited for this program; "
                "take them faster, or set on_data"
            )
            if self._overlay is not None and self._standing is Standing.IN:
                overlay, self._standing = self._overlay, Standing.LEAVING
                self.connection.station.ask(lambda peer, now: peer.leave(overlay, now))

    def _complain(self, fault: Exception) -> None:
        asyncio.get_running_loop().call_exception_handler(
            {"message": f"a callback of the group {self.name!r} failed", "exception": fault}
        )

    async def _turn(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    async def _wait(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(self.connection.settings.patience_s):
            await self._until(reached)

    async def _until(self, reached: Callable[[], bool]) -> None:
        while not reached() and self._standing is not Standing.OUT:
            await self._turn()

    def _nobody(self, overlay: OverlayId, contacts: tuple[Address, ...]) -> str:
        sessions = self.connection.station.peer.inspect(overlay)["sessions"]
        known = {session["address"] for session in sessions}
        tried = f"nobody let this program into {self.name!r} within {self.connection.settings.patience_s:g} s"
        unheard = ", ".join(str(contact) for contact in contacts if contact not in known)
        if unheard:
            return f"{tried}; no answer from {unheard}"
        return f"{tried}; ask its members whether they may"
