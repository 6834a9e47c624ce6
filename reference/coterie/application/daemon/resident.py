"""The peer of a daemon: in the main overlay from its start on, and in the groups that it is asked to be in.

What it was in when its last life ended it comes back to by itself. It is told apart from the socket by which
it is asked: a program can have a resident of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from coterie import registry
from coterie.application.connection import name_in
from coterie.application.daemon.hearing import Hearing
from coterie.application.daemon.home import Home
from coterie.application.daemon.room import Naming, Room
from coterie.application.following import Tracing, traced
from coterie.application.settings import ANYWHERE
from coterie.application.told import Member
from coterie.crypto import names
from coterie.documents import schema
from coterie.effects import Event
from coterie.errors import LocalError
from coterie.groups import memory, wishes
from coterie.groups.wishes import Return
from coterie.peer import Membership, Peer
from coterie.peer.config import decode_disk
from coterie.runtime.folder import Kept, StateFolder
from coterie.runtime.log import Log
from coterie.runtime.ports import Unicast
from coterie.runtime.station import Past, Reader, Station
from coterie.vocabulary import Address, NodeId, Now, OverlayId

FAREWELL_S = 6.0
"""How long leaving all groups lasts at most: the protocol gives up before."""

REMEMBER_S = 10.0
"""How often the contacts are written down at most."""

MOST_FORMER = 64
"""Groups that were left, or never entered, of which is kept what was told: as many as a peer may be in."""

SERVICE = "timestamp-ordered"


class Resident:
    """`open`, then verbs of the peer through `station`, and `close`. It belongs to the event loop that it is
    opened in."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.overlay = home.overlay
        self.binding = home.bind()
        self.peer_id = b""
        """Its Peer-ID, from `open` on."""
        self.hearing = Hearing()
        self.rooms: dict[OverlayId, Room] = {}
        self.fault: str | None = None
        """Why the peer has stopped, if it has."""
        self.stopped = asyncio.Event()
        self.naming: bytes = b""
        """The name that is being looked up, which what comes of it is called until it is known better."""
        self._folder: StateFolder | None = None
        self._station: Station | None = None
        self._blob: bytes | None = None
        self._remembered_at = 0.0
        self._seeks = False

    # ------------------------------------------------------------ beginning and end

    async def open(self) -> None:
        """Take up the state, open the socket, and be on the way into the main overlay. `LocalError` when
        another process has the folder, or the address cannot be had."""
        home = self.home
        folder = self._folder = StateFolder(home.state)
        try:
            identity = home.identity or folder.identity(home.name)
            self._blob = folder.blob
            membership = Membership(identity, home.trust)
            past = Past(folder.blob, self._keep, self.binding.home(membership))
            log = Log(home.log)
            if folder.kept == "lost":
                log.note(f"the state in {folder.path} is damaged and counts as lost")
            port = self._port(folder)
            # the first document takes a second: by then nobody must count on this peer
            schema.validator()
            try:
                self._station = Station(port, home.advertise, past, log)
            except BaseException:
                port.close()
                raise
        except BaseException:
            folder.close()
            raise
        self.peer_id = names.peer_id(identity.spki)
        try:
            await self._begin(self._station, membership)
        except BaseException:
            self._station.close()
            folder.close()
            raise
        folder.keep_address(port.address)

    async def _begin(self, station: Station, membership: Membership) -> None:
        station.follow_others(self._welcome)
        await self.binding.open(station, membership, Reader(self._told, self._failed))
        addresses = self.contacts()
        self._seeks = bool(addresses)
        await self.binding.enter(station, addresses)

    def _port(self, folder: StateFolder) -> Unicast:
        if self.home.listen is not None:
            return Unicast(self.home.listen)
        known = folder.address()
        if known is not None:
            # others look for this peer where it was
            with suppress(LocalError):
                return Unicast(known)
        return Unicast(ANYWHERE)

    def _keep(self, blob: bytes) -> None:
        if self._folder is not None:
            self._folder.keep(blob)
        self._blob = blob

    async def close(self) -> None:
        """Say goodbye in all groups and in the main overlay. The next life comes back to all of them."""
        station = self._station
        if station is None:
            return
        try:
            if self.fault is None:
                await self._bid_farewell(station)
        finally:
            self._station = None
            station.close()
            if self._folder is not None:
                self._folder.close()

    async def _bid_farewell(self, station: Station) -> None:
        self._remember(0.0)
        station.keep_no_more()
        for overlay in station.peer.overlays:
            if overlay != self.overlay:
                with suppress(LocalError):
                    # one that is being left goes on with that
                    station.ask(partial(leave, self.overlay, overlay))
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                while len(station.peer.overlays) > 1:
                    await station.turn()
        await self.binding.leave(station)

    # ------------------------------------------------------------ the main overlay

    def contacts(self) -> tuple[Address, ...]:
        """Where the main overlay is entered: where the user says, and where it was in the life before."""
        kept = () if self._folder is None else self._folder.contacts(self.binding.key)
        known = dict.fromkeys((*self.home.enter, *kept))
        others = tuple(each for each in known if each != self.station.address)
        return others[: registry.limit("contacts")]

    def neighbours(self) -> tuple[Address, ...]:
        """The peers of the main overlay that this one counts on."""
        return tuple(each["address"] for each in self.station.peer.inspect(self.overlay)["contacts"])

    @property
    def is_entered(self) -> bool:
        """Whether there is anybody else in the main overlay, as far as this peer knows."""
        return bool(self.neighbours())

    # ------------------------------------------------------------ what others use

    @property
    def station(self) -> Station:
        """The peer at work. `LocalError` where it is not."""
        if self._station is None:
            raise LocalError(self.fault or "this daemon has ended; start it again")
        return self._station

    @property
    def kept(self) -> Kept:
        """What became of the state of the life before."""
        return "first" if self._folder is None else self._folder.kept

    def memory(self) -> memory.Kept:
        """The groups and aliases that the next life would come back to."""
        groups = decode_disk(self._blob).groups
        return memory.decode(groups.get(self.overlay, b""))

    def options(self, overlay: OverlayId) -> Return | None:
        """How the peer is in a group; None where it has not come into it yet."""
        return next((each for each in self.memory().groups if overlay_of(each) == overlay), None)

    def present(self) -> list[Room]:
        """The groups that the peer is in, or on its way into."""
        # nobody follows an overlay in which nothing has happened yet
        for overlay in self.station.peer.overlays:
            if overlay not in self.rooms and overlay != self.overlay:
                self.station.follow(overlay, self._welcome(overlay))
        return [each for each in self.rooms.values() if each.overlay in self.station.peer.overlays]

    def room(self, name: bytes) -> Room:
        """The group of that name, or of the overlay whose hexadecimal digits it is. `LocalError` unless the
        peer is in exactly one, or on its way into it."""
        present = self.present()
        found = [each for each in present if each.name == name] or [
            each for each in present if each.overlay.hex().encode() == name
        ]
        shown = name.decode("utf-8", "backslashreplace")
        if not found:
            raise LocalError(
                f"this daemon is not in a group called {shown}; 'coterie group list --mine' shows where it is"
            )
        if len(found) > 1:
            overlays = " or ".join(each.overlay.hex() for each in found)
            raise LocalError(
                f"this daemon is in {len(found)} groups called {shown}; name the overlay: {overlays}"
            )
        return found[0]

    def inside(self, name: bytes) -> Room:
        """The same. `LocalError` also as long as there is no view."""
        room = self.room(name)
        if not room.is_in:
            raise LocalError(f"this daemon is on its way into {room.title}; wait until it is there")
        return room

    # ------------------------------------------------------------ what the station tells

    def _welcome(self, overlay: OverlayId) -> Reader:
        room = self.rooms.get(overlay)
        self._tidy()
        if room is None:
            station = self.station
            room = self.rooms[overlay] = Room(overlay, station.node(overlay), self._member_of(overlay))
            room.name = self._name_of(overlay)
        plain = Reader(room.told, room.failed)
        if self.home.trace is None:
            return plain
        tracing = Tracing(self.home.trace, is_deep=False, state=self.kept)
        return traced(self.station, overlay, plain, tracing, SERVICE)

    def _tidy(self) -> None:
        """Forget what was told in groups that were left long ago."""
        former = [overlay for overlay in self.rooms if overlay not in self.station.peer.overlays]
        for overlay in former[: max(0, len(former) - MOST_FORMER)]:
            del self.rooms[overlay]
            self.station.forget(overlay)

    def _name_of(self, overlay: OverlayId) -> bytes:
        kept = self.options(overlay)
        return self.naming if kept is None else kept.group

    def _member_of(self, overlay: OverlayId) -> Naming:
        def member(node: NodeId) -> Member:
            leaf = self.station.peer.leaf(overlay, node)
            return Member(node, "" if leaf is None else name_in(leaf))

        return member

    def _told(self, events: list[Event]) -> None:
        for event in events:
            match event.name:
                case "session":
                    self._met()
                case "entered":
                    self._remember(0.0)
                case "group-entered":
                    self._named(event.fields)
                case _:
                    pass
            self.hearing.hear(event)

    def _met(self) -> None:
        met = self.neighbours()
        if met and not self._seeks:
            # the first peer of all enters by the first one that has found it
            self._seeks = True
            self.station.ask(lambda peer, now: peer.join(self.overlay, met[:1], now))
        self._remember(REMEMBER_S)

    def _named(self, fields: Mapping[str, Any]) -> None:
        room = self.rooms.get(fields["group_overlay"])
        if room is not None:
            room.name = fields["group"]

    def _remember(self, pause_s: float) -> None:
        """Write down by whom the next life comes in."""
        now_s, known = asyncio.get_running_loop().time(), self.neighbours()
        if self._folder is not None and known and now_s >= self._remembered_at + pause_s:
            self._remembered_at = now_s
            self._folder.keep_contacts(self.binding.key, known[: registry.limit("contacts")])

    def _failed(self, sentence: str) -> None:
        self.fault = sentence
        self.hearing.fail(sentence)
        self.stopped.set()


def overlay_of(kept: Return) -> OverlayId:
    """The overlay of a group that the next life would come back to."""
    return wishes.overlay_of(kept.group, wishes.authority_of(kept.info))


def leave(main: OverlayId, overlay: OverlayId, peer: Peer, now: Now) -> None:
    """The verb, for the group of an overlay."""
    peer.management(main).leave(overlay, now)
