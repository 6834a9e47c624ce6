"""Peers whose main overlay is kept by OpenDHT: each with two ports on loopback, one for groups and one for
the store, and all that it was told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from coterie.crypto import identity, names
from coterie.crypto.identity import Validity
from coterie.crypto.policy import OPEN
from coterie.documents import GroupInfo
from coterie.effects import Event
from coterie.groups.wishes import Creation, Entry, Part
from coterie.peer import Membership, Peer, ResourceName, Trust
from coterie.peer.management import Management
from coterie.runtime import system
from coterie.runtime.log import Log
from coterie.runtime.opendht import Ground, OpenDht
from coterie.runtime.ports import Unicast
from coterie.runtime.station import Past, Reader, Station
from coterie.vocabulary import Address, Now

MAIN = names.overlay_id(b"the square")
DAY_S = 86_400
PATIENCE_S = 40.0
LOOPBACK = "127.0.0.1"


def new_membership(name: str) -> Membership:
    """A peer with a key of its own, in the main overlay."""
    now_s = system.read_clocks().wall_ms // 1000
    key = identity.new_private_key("ed25519", system.draw("", b"", 48))
    leaf = identity.self_signed_leaf(key, name, Validity(now_s - DAY_S, now_s + DAY_S), 7)
    return Membership(identity.pair(key, leaf), Trust(MAIN, OPEN, membership="none"))


class Traveller:
    """One peer. `told` is everything that it was told of its main overlay, in order."""

    def __init__(self, name: str, host: str = LOOPBACK) -> None:
        self.name = name
        self.host = host
        self.membership = new_membership(name)
        self.station = Station(Unicast(Address(host, 0)), None, Past(), Log(None))
        self.told: list[Event] = []
        self.main: OpenDht | None = None
        self._grown = asyncio.Event()

    async def enter(self, *bootstrap: Address) -> Address:
        """Have the main overlay, and know others by those addresses; where others find this one."""
        self.main = await OpenDht.enter(self.station, self.membership, self.ground(*bootstrap))
        self.station.follow(self.main.overlay, Reader(self._take, self._failed))
        return self.main.address

    def ground(self, *bootstrap: Address) -> Ground:
        """Any port, and those who are known."""
        return Ground(Address(self.host, 0), bootstrap)

    async def leave(self) -> None:
        """Be gone."""
        if self.main is not None:
            await self.main.leave()
        self.station.close()

    def _take(self, events: list[Event]) -> None:
        self.told += events
        self._grown.set()

    def _failed(self, sentence: str) -> None:
        raise AssertionError(sentence)

    async def answer(self, *awaited: str, after: int = 0) -> dict[str, Any]:
        """The first event of those names behind the first `after` of all."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    for event in self.told[after:]:
                        if event.name in awaited:
                            return {"event": event.name} | dict(event.fields)
                    self._grown.clear()
                    await self._grown.wait()
        except TimeoutError:
            seen = [event.name for event in self.told[after:]]
            raise AssertionError(f"{self.name} was never told {awaited}, but {seen}") from None

    # ------------------------------------------------------------ groups

    @property
    def part(self) -> Part:
        return Part(self.membership.identity.leaf, shows_itself=True, name=self.name)

    def do(self, verb: Any) -> int:
        """Have the management do something now; how much had been told before."""
        before = len(self.told)

        def asked(peer: Peer, now: Now) -> None:
            managed: Management = peer.management(MAIN)
            verb(managed, now)

        self.station.ask(asked)
        return before

    async def create(self, group: bytes) -> dict[str, Any]:
        wish = Creation(group, GroupInfo((), "about it"), True, self.part)
        before = self.do(lambda groups, now: groups.create(wish, now))
        return await self.answer("group-entered", "group-failed", after=before)

    async def join(self, group: bytes) -> dict[str, Any]:
        before = self.do(lambda groups, now: groups.join(Entry(group, self.part), now))
        return await self.answer("group-entered", "group-failed", after=before)

    async def quit(self, group: bytes) -> dict[str, Any]:
        before = self.do(lambda groups, now: groups.leave(names.overlay_id(group), now))
        return await self.answer("group-left", after=before)

    async def inform(self, group: bytes) -> dict[str, Any]:
        before = self.do(lambda groups, now: groups.inform(group, now))
        return await self.answer("group-found", "group-failed", after=before)

    async def listed(self) -> list[bytes]:
        before = self.do(lambda groups, now: groups.listing(now))
        return sorted((await self.answer("groups", after=before))["groups"])

    async def members(self, group: bytes) -> list[bytes]:
        before = self.do(lambda groups, now: groups.members(group, now))
        return sorted((await self.answer("group-members", after=before))["names"])

    async def bind(self, alias: bytes, group: bytes, *, awaits: bool = True) -> None:
        before = self.do(lambda groups, now: groups.bind(alias, group, now))
        if awaits:
            await self.answer("published", after=before)

    async def published(self, kind: str) -> None:
        """Wait until something of a kind was put for the first time."""
        await self.until(
            lambda: kind in [each.fields["kind"] for each in self.told if each.name == "published"]
        )

    async def until(self, what: Callable[[], bool]) -> None:
        """Wait until something is so, which is looked for whenever this peer has done something."""
        async with asyncio.timeout(PATIENCE_S):
            while not what():
                await self.station.turn()

    async def fetched(self, resource: ResourceName) -> dict[str, Any]:
        before = len(self.told)
        self.station.ask(lambda peer, now: peer.foreign(MAIN).fetch(resource, now))
        return await self.answer("fetched", after=before)

    def size(self, group: bytes) -> int:
        """How many members the view of a group has."""
        return len(self.station.peer.inspect(names.overlay_id(group))["members"])


@asynccontextmanager
async def abroad(*called: str, host: str = LOOPBACK) -> AsyncIterator[list[Traveller]]:
    """Peers that have entered, all but the first by the first."""
    travellers = [Traveller(name, host) for name in called]
    try:
        first = await travellers[0].enter()
        for other in travellers[1:]:
            await other.enter(first)
        for each in travellers:
            await each.answer("entered")
        yield travellers
    finally:
        for each in travellers:
            await each.leave()
