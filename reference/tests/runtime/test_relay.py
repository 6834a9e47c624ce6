from __future__ import annotations

import asyncio
import random

import pytest

from coterie.errors import LocalError
from coterie.runtime.relay import Relay, Weather
from coterie.runtime.troupe import free_addresses
from coterie.vocabulary import Address

BAD = Weather(loss=30, duplicate=30, reorder=30, delay_ms=5)


class Ear(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.heard: list[tuple[bytes, Address]] = []

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.append((data, Address(*addr[:2])))


def test_weather_of_one_seed_changes() -> None:
    def fates() -> list[list[int]]:
        chance = random.Random(4)
        return [BAD.delays(chance) for _ in range(500)]

    first = fates()
    assert first == fates()
    lost = sum(1 for delays in first if not delays)
    twice = sum(1 for delays in first if len(delays) == 2)
    assert 100 < lost < 200
    assert 60 < twice < 160
    assert any(delay > 0 for delays in first for delay in delays)


@pytest.mark.parametrize("share", [-1, 101])
def test_impossible_weather_is_accepted(share: int) -> None:
    with pytest.raises(LocalError):
        Weather(loss=share)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_relay_hides_a_datagram_or_shows_a_real_address(host: str) -> None:
    async def exchange() -> tuple[Ear, Relay, int]:
        members = free_addresses(3, host)
        seen: list[tuple[int, int]] = []
        relay = await Relay.open(
            members[:2], Weather(), 1, lambda source, to, _: not seen.append((source, to))
        )
        loop = asyncio.get_running_loop()
        ear = Ear()
        ends = [
            await loop.create_datagram_endpoint(
                lambda at=at: ear if at == 1 else Ear(), local_addr=(m.host, m.port)
            )
            for at, m in enumerate(members)
        ]
        public = (relay.public[1].host, relay.public[1].port)
        ends[0][0].sendto(b"from a member", public)
        ends[2][0].sendto(b"from a stranger", public)
        for _ in range(200):
            await asyncio.sleep(0.005)
            if ear.heard:
                break
        for transport, _ in ends:
            transport.close()
        relay.close()
        return ear, relay, len(seen)

    ear, relay, seen = asyncio.run(exchange())

    assert ear.heard == [(b"from a member", relay.public[0])]
    assert (relay.carried, relay.lost, seen) == (1, 0, 1)
