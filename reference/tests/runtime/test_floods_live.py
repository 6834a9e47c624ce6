"""Floods on real sockets: a peer goes on serving, keeps nothing, and grows by nothing worth naming."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from coterie.effects import Event
from coterie.errors import LocalError
from coterie.runtime.station import Reader
from coterie.vocabulary import Address, NodeId
from coterie.wire import bodies, frames
from reference.tests.runtime.outpost import lodge

pytestmark = pytest.mark.serial

OUTPOST, FLOOD, KNOCKING = (
    Path(__file__).with_name(name) for name in ("outpost.py", "flood.py", "knocking.py")
)
GROUP = "commons"
RATE, FLOOD_S, QUIET_S = 50_000, 10, 3
GREETINGS, GREETINGS_A_SECOND = 100_000, 15_000
MIB = 1 << 20
PATIENCE_S = 20
PRIORITY = 5


def prefer() -> None:
    """What is measured is the peer, and not who else uses the machine, where the system grants that."""
    with suppress(PermissionError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(PRIORITY))


class Outpost:
    """The peer under the flood, in its process."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(OUTPOST), GROUP],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            preexec_fn=prefer,  # noqa: PLW1509 - nothing here has threads
        )  # fmt: skip
        about = self._line()
        self.address = Address.parse(about["address"])
        self.node = NodeId(bytes.fromhex(about["node"]))

    def asked(self) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self._line()

    def _line(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


class Visitor:
    """A good peer: it enters by the outpost, and asks it again and again whether it lives."""

    def __init__(self) -> None:
        self.station, self.overlay = lodge("visitor", GROUP)
        self._events: list[Event] = []
        self._news = asyncio.Event()
        self.station.follow(self.overlay, Reader(self._told, pytest.fail))

    def _told(self, events: list[Event]) -> None:
        self._events += events
        self._news.set()

    async def enter(self, by: Address) -> None:
        self.station.ask(lambda peer, now: peer.join(self.overlay, (by,), now))
        assert (await self.told("entered")).name == "entered"

    async def told(self, *names: str) -> Event:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for event in self._events:
                    if event.name in names:
                        self._events.clear()
                        return event
                self._news.clear()
                await self._news.wait()

    async def pings(self, node: NodeId, seconds: float) -> list[float]:
        """How long each answer took, in seconds, sorted; a lost one as long as it was awaited."""
        took, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.perf_counter()
            with suppress(LocalError):
                self.station.ask(lambda peer, now: peer.ping(self.overlay, node, now))
                await self.told("pong", "ping-lost")
            took.append(time.perf_counter() - began)
            await asyncio.sleep(0.005)
        return sorted(took)


@asynccontextmanager
async def scene() -> AsyncIterator[tuple[Outpost, Visitor]]:
    outpost, visitor = Outpost(), Visitor()
    # whoever looks at the clock is preferred as well, and must not be for longer than that
    prefer()
    try:
        yield outpost, visitor
    finally:
        with suppress(PermissionError, AttributeError):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        outpost.close()
        visitor.station.close()


def p99(sorted_times: list[float]) -> float:
    return sorted_times[len(sorted_times) * 99 // 100]


async def garbage() -> None:
    async with scene() as (outpost, visitor):
        await visitor.enter(outpost.address)
        quiet = await visitor.pings(outpost.node, QUIET_S)
        before = outpost.asked()
        flood = await asyncio.create_subprocess_exec(
            sys.executable, str(FLOOD), *map(str, outpost.address), visitor.overlay.hex(), str(RATE),
            str(FLOOD_S), stdout=subprocess.PIPE, preexec_fn=prefer,
        )  # fmt: skip
        flooded = await visitor.pings(outpost.node, FLOOD_S)
        told = json.loads((await flood.communicate())[0])
        after = outpost.asked()

    assert told["sent"] / told["took"] > 0.9 * RATE
    assert after["refused"] - before["refused"] > 0.9 * told["sent"]
    assert p99(flooded) <= 5 * p99(quiet), f"{p99(flooded):.4f} s, quiet {p99(quiet):.4f} s"
    assert after["resident"] - before["resident"] <= 16 * MIB
    assert after["kept"] == before["kept"]


async def spoofed() -> None:
    async with scene() as (outpost, visitor):
        before = outpost.asked()
        hello1 = frames.encode_plain(visitor.overlay, bodies.Hello1(bytes(32)))
        knocking = await asyncio.create_subprocess_exec(
            sys.executable, str(KNOCKING), *map(str, outpost.address), hello1.hex(), str(GREETINGS),
            str(GREETINGS_A_SECOND), preexec_fn=prefer,
        )  # fmt: skip
        during = outpost.asked()
        await visitor.enter(outpost.address)
        assert knocking.returncode is None, "the good peer had entered only when all was over"
        assert await knocking.wait() == 0
        after = outpost.asked()

    assert during["kept"] == before["kept"] == [0, 0, 0]
    assert after["kept"] == [1, 1, 0]
    assert after["resident"] - before["resident"] <= 16 * MIB


def test_garbage_starves_those_who_ask_politely() -> None:
    asyncio.run(garbage())


def test_greetings_from_nowhere_fill_the_memory() -> None:
    asyncio.run(spoofed())
