"""A main overlay that is kept by OpenDHT: what a station wants of it, carried out by a node of its own.

The overlays of groups stay on the port of the station; only what would be stored and fetched in a main
overlay goes here. All that is decided about values is decided in the peer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from coterie import registry
from coterie.effects import Get, Put
from coterie.peer import Membership
from coterie.peer.foreign import ForeignOverlay
from coterie.runtime import system
from coterie.runtime.dht_node import KEY_SIZE, Answer, DhtNode, Upheld
from coterie.runtime.station import Station
from coterie.vocabulary import Address, Now, OverlayId

SEEK_S = 2.0
"""How often it is asked whether there is anybody, as long as there is nobody."""

MS_PER_S = 1000

Place = tuple[bytes, bytes]
"""Key and slot: of one place one value is upheld."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the node of OpenDHT listens, and where it finds others; without any it waits for them."""

    listen: Address
    bootstrap: tuple[Address, ...] = ()


class OpenDht:
    """The store of one foreign main overlay of a station."""

    def __init__(self, station: Station, membership: Membership, ground: Ground) -> None:
        self._station = station
        self._loop = asyncio.get_running_loop()
        self._node = DhtNode(ground.listen, ground.bootstrap)
        self._upheld: dict[Place, tuple[Upheld, asyncio.TimerHandle]] = {}
        """What the node upholds, each until its timer goes off."""
        self._is_open = True
        self._seeking: asyncio.TimerHandle | None = None
        try:
            self.overlay: OverlayId = station.enter_foreign(membership, self)
        except BaseException:
            self._node.abandon()
            raise

    @classmethod
    async def enter(cls, station: Station, membership: Membership, ground: Ground) -> OpenDht:
        """Have the main overlay of `membership` kept by OpenDHT. Ends, when another node answers, in the
        event `entered`. `LocalError` without the library, or when the address cannot be had."""
        entered = cls(station, membership, ground)
        entered._seek()
        return entered

    @property
    def address(self) -> Address:
        """Where others find this node."""
        return self._node.address

    async def leave(self) -> None:
        """Let what was put last get there, within reason, and be gone; ends in `left`."""
        if not self._is_open:
            return
        await self._node.quiet()
        self._tell(lambda main, now: main.leave(now))
        self._stop()
        await self._node.close()

    # ------------------------------------------------------------ what the station calls

    def carry_out(self, effect: Put | Get) -> None:
        """Put or get, and tell the peer what came of it in a later turn of the loop."""
        if not self._is_open:
            return
        match effect:
            case Put():
                self._put(effect)
            case Get(number=number, key=key):
                self._node.get(key, lambda answer: self._fetched(number, answer))

    def abandon(self) -> None:
        """The station closes: be gone at once."""
        if self._is_open:
            self._stop()
            self._node.abandon()

    # ------------------------------------------------------------ inside

    def _put(self, effect: Put) -> None:
        place = (effect.key, effect.slot)
        self._release(place)
        if len(self._upheld) >= registry.limit("values"):
            # the one that is upheld longest
            self._release(next(iter(self._upheld)))
        upheld = self._node.put(effect.key, effect.octets, lambda answer: self._stored(effect.number, answer))
        left_s = max(0, effect.until - system.read_clocks().wall_ms) / MS_PER_S
        self._upheld[place] = (upheld, self._loop.call_later(left_s, self._release, place))

    def _release(self, place: Place) -> None:
        upheld, timer = self._upheld.pop(place, (None, None))
        if upheld is not None and timer is not None:
            timer.cancel()
            self._node.release(upheld)

    def _stored(self, number: int, answer: Answer) -> None:
        self._tell(lambda main, now: main.stored(number, len(answer.nodes), now))

    def _fetched(self, number: int, answer: Answer) -> None:
        complete = is_complete(answer)
        self._tell(lambda main, now: main.fetched(number, answer.values, now, is_complete=complete))

    def _seek(self) -> None:
        """Ask for anything, to see whether anybody answers."""
        if self._is_open:
            self._node.get(system.draw("", b"", KEY_SIZE), self._sought)

    def _sought(self, answer: Answer) -> None:
        if answer.nodes:
            self._tell(lambda main, now: main.met(answer.nodes, now))
        elif self._is_open:
            self._seeking = self._loop.call_later(SEEK_S, self._seek)

    def _tell(self, what: Callable[[ForeignOverlay, Now], None]) -> None:
        if self._is_open:
            self._station.ask(lambda peer, now: what(peer.foreign(self.overlay), now))

    def _stop(self) -> None:
        self._is_open = False
        if self._seeking is not None:
            self._seeking.cancel()
        for place in tuple(self._upheld):
            self._release(place)


def is_complete(answer: Answer) -> bool:
    """Whether what was found may be taken for all that there is: the search came to its end, and another node
    has answered."""
    return answer.is_whole and bool(answer.nodes)
