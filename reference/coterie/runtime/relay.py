"""A network between peers on one machine that loses, doubles, delays and reorders, from one seed.

Each member has a public address, which is a socket of the relay; the others know only that one. A datagram
that a member sends to another's public address leaves from its own public address, so that addresses are what
they seem.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from coterie.errors import LocalError
from coterie.vocabulary import Address

MOST_IN_FLIGHT = 4096
"""Datagrams that wait at once: a flood is lost, not kept."""

MS_PER_S = 1000
PERCENT = 100


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad the network is: percent of datagrams lost, doubled, held back; and for how long at most, in
    ms."""

    loss: int = 0
    duplicate: int = 0
    reorder: int = 0
    delay_ms: int = 0

    def __post_init__(self) -> None:
        if not all(0 <= share <= PERCENT for share in (self.loss, self.duplicate, self.reorder)):
            raise LocalError("loss, duplication and reordering are percentages from 0 to 100")

    def delays(self, chance: random.Random) -> list[int]:
        """After how many milliseconds the copies of one datagram arrive; none when it is lost."""
        if chance.randrange(PERCENT) < self.loss:
            return []
        copies = 2 if chance.randrange(PERCENT) < self.duplicate else 1
        return [
            chance.randint(1, max(1, self.delay_ms)) if chance.randrange(PERCENT) < self.reorder else 0
            for _ in range(copies)
        ]


Witness = Callable[[int, int, bytes], bool]
"""Sees each datagram with the places of its sender and receiver; it is lost unless the witness returns
True."""


class Relay:
    """Public addresses for members, and what happens between them."""

    def __init__(
        self, members: Sequence[Address], weather: Weather, seed: int, witness: Witness | None
    ) -> None:
        self.public: tuple[Address, ...] = ()
        """The members' public addresses, in their order."""
        self.carried = 0
        """Copies that were handed on."""
        self.lost = 0
        """Datagrams that were not."""
        self._members = tuple(members)
        self._weather = weather
        self._chance = random.Random(seed)  # noqa: S311  (a network's weather is no secret)
        self._witness = witness
        self._sockets: list[asyncio.DatagramTransport] = []
        self._in_flight = 0
        self._components: dict[int, int] = {}

    @classmethod
    async def open(
        cls, members: Sequence[Address], weather: Weather, seed: int, witness: Witness | None = None
    ) -> Relay:
        """A relay in front of the peers that listen at `members`, on sockets of its own beside them."""
        relay = cls(members, weather, seed, witness)
        loop = asyncio.get_running_loop()
        for place, member in enumerate(members):
            transport, _ = await loop.create_datagram_endpoint(
                lambda place=place: Port(relay, place),  # type: ignore[misc]
                local_addr=(member.host, 0),
            )
            relay._sockets.append(transport)
            host, port = transport.get_extra_info("sockname")[:2]
            relay.public += (Address(host, port),)
        return relay

    def change(self, weather: Weather) -> None:
        """From now on the network is as bad as that."""
        self._weather = weather

    def divide(self, components: Sequence[Collection[int]]) -> None:
        """From now on nothing passes between members, by place, of different components."""
        self._components = {place: at for at, places in enumerate(components) for place in places}

    def heal(self) -> None:
        """Everyone reaches everyone again."""
        self._components = {}

    def arrived(self, to: int, data: bytes, origin: Address) -> None:
        """A datagram has come to the public address of the member at place `to`."""
        if origin not in self._members:
            return
        source = self._members.index(origin)
        together = self._components.get(source) == self._components.get(to)
        wanted = together and (self._witness is None or self._witness(source, to, data))
        delays = self._weather.delays(self._chance) if wanted else []
        if not delays or self._in_flight >= MOST_IN_FLIGHT:
            self.lost += 1
            return
        for delay in delays:
            self._in_flight += 1
            asyncio.get_running_loop().call_later(delay / MS_PER_S, self._hand_on, source, to, data)

    def _hand_on(self, source: int, to: int, data: bytes) -> None:
        self._in_flight -= 1
        if not self._sockets[source].is_closing():
            self.carried += 1
            member = self._members[to]
            self._sockets[source].sendto(data, (member.host, member.port))

    def close(self) -> None:
        """Take the network away."""
        for transport in self._sockets:
            transport.close()


class Port(asyncio.DatagramProtocol):
    """One public address of a relay."""

    def __init__(self, relay: Relay, place: int) -> None:
        self._relay = relay
        self._place = place

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """A member has sent something to the member of this place."""
        self._relay.arrived(self._place, data, Address(addr[0], addr[1]))

    def error_received(self, exc: Exception) -> None:
        """A member is gone: what was sent to it is lost, as on any network."""
        del exc
        self._relay.lost += 1
