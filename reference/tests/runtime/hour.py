"""An hour of chat on a bad network: real processes behind a relay that loses, doubles, reorders and divides.

    python -m reference.tests.runtime.hour FOLDER [--minutes 60] [--members 6] [--seed 1] ...

Traces, and what the harness did, go to FOLDER; at the end the kit judges them. Exit code 0 when it finds
nothing and all members were in one view in the end.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from coterie.errors import LocalError
from coterie.runtime.chronicle import Chronicle
from coterie.runtime.relay import Relay, Weather
from coterie.runtime.system import wall_ms
from coterie.runtime.troupe import free_addresses
from reference.tests.runtime.member import Part
from reference.tests.runtime.processes import Process, company, digests, start

NAMES = ("ada", "bob", "cleo", "dan", "eve", "fay", "gus", "hal", "ida", "jon", "kit", "leo")
LOOPBACK = "127.0.0.1"
GATHER_S, CONVERGE_S, SETTLE_S = 60.0, 120.0, 5.0


@dataclass(frozen=True)
class Plan:
    """How long, how many, how bad, and how often the network falls apart for how long."""

    folder: Path
    seconds: float
    members: int
    seed: int
    rate: float
    weather: Weather
    every_s: float
    parted_s: float
    kills: bool


class Harness:
    """What was done to the group, in the trace of the harness."""

    def __init__(self, folder: Path) -> None:
        self._file = Chronicle(folder / "harness.jsonl")

    def note(self, event: str, **fields: object) -> None:
        self._file.write([{"i": self._file.lines, "t": wall_ms(), "event": event, **fields}])

    def close(self) -> None:
        self._file.close()


class Hour:
    """One run."""

    def __init__(self, plan: Plan, relay: Relay, members: list[Process]) -> None:
        self.plan = plan
        self.relay = relay
        self.members = members
        self.chance = random.Random(plan.seed)
        self.harness = Harness(plan.folder)
        self.began = asyncio.get_running_loop().time()
        self.nodes: list[str] = []

    @property
    def passed(self) -> float:
        return asyncio.get_running_loop().time() - self.began

    async def run(self) -> None:
        """From the first view of all to the last."""
        plan, harness = self.plan, self.harness
        harness.note("phase", healthy=False)
        harness.note("fault", kind="weather", on=True)
        await self.gathered(GATHER_S)
        for member in self.members:
            await member.until(lambda each: bool(each.said("in")), GATHER_S)
        self.nodes = [str(member.said("in")[0]["node"]) for member in self.members]
        self.show("all together")
        while self.passed + plan.every_s < plan.seconds:
            await asyncio.sleep(plan.every_s - plan.parted_s)
            await self.part()
        await asyncio.sleep(max(0.0, plan.seconds - self.passed))
        self.relay.change(Weather())
        harness.note("fault", kind="weather", on=False)
        harness.note("phase", healthy=True)
        await self.gathered(CONVERGE_S)
        for member in self.members:
            await member.command("finish")
        await digests(self.members, CONVERGE_S)
        await asyncio.sleep(SETTLE_S)
        harness.note("end")
        for member in self.members:
            harness.note("action", what="leave")
            await member.end()

    async def part(self) -> None:
        """A partition, or the death of a member, and the time until it is over."""
        if self.plan.kills and self.chance.random() < 1 / 3:
            await self.kill()
            return
        components = list(self.components())
        nodes = [[self.node(place) for place in sorted(each)] for each in components]
        self.harness.note("fault", kind="partition", on=True, components=nodes)
        self.relay.divide(components)
        self.show(" | ".join(" ".join(NAMES[place] for place in sorted(each)) for each in components))
        await asyncio.sleep(self.plan.parted_s)
        self.relay.heal()
        self.harness.note("fault", kind="partition", on=False)
        self.show("healed")

    async def kill(self) -> None:
        """Kill a member, and start it again when the time is over."""
        place = self.chance.randrange(1, len(self.members))
        victim = self.members[place]
        self.harness.note("fault", kind="crash", whom=self.node(place))
        await victim.kill()
        self.show(f"{victim.part.name} killed")
        await asyncio.sleep(self.plan.parted_s)
        self.harness.note("action", what="restart")
        self.members[place] = await start(victim.part)
        self.show(f"{victim.part.name} started again")

    def components(self) -> Iterator[set[int]]:
        """Two or three parts, none of them empty."""
        places = list(range(len(self.members)))
        self.chance.shuffle(places)
        parts = self.chance.choice((2, 2, 3)) if len(places) > 2 else 2
        cuts = sorted(self.chance.sample(range(1, len(places)), parts - 1))
        for begin, end in zip([0, *cuts], [*cuts, len(places)], strict=True):
            yield set(places[begin:end])

    def node(self, place: int) -> str:
        return self.nodes[place]

    async def gathered(self, patience_s: float) -> None:
        """Until all are in one view."""
        names = sorted(member.part.name for member in self.members)
        for member in self.members:
            await member.until(lambda each: each.view == names, patience_s)

    def show(self, what: str) -> None:
        views = max(len(member.said("view")) for member in self.members)
        heard = [member.said("view")[-1]["heard"] if member.said("view") else 0 for member in self.members]
        sys.stdout.write(
            f"{self.passed / 60:6.1f} min  {what:40}  views {views}, heard {min(heard)} to {max(heard)}, "
            f"datagrams carried {self.relay.carried}, lost {self.relay.lost}\n"
        )
        sys.stdout.flush()


async def hold(plan: Plan) -> None:
    """Start everything, and end everything."""
    listening = free_addresses(plan.members, LOOPBACK)
    relay = await Relay.open(listening, plan.weather, plan.seed)
    public = [str(each) for each in relay.public]
    parts = [
        Part(
            NAMES[at], listen=str(listening[at]), advertise=public[at], join=tuple(public[:at]),
            members=plan.members, finishers=plan.members, count=None, rate=plan.rate, size=300, deep=True,
            trace=str(plan.folder), state=str(plan.folder / "state" / NAMES[at]), patience_s=GATHER_S,
        )
        for at in range(plan.members)
    ]  # fmt: skip
    async with company(*parts) as members:
        hour = Hour(plan, relay, members)
        try:
            await hour.run()
        finally:
            hour.harness.close()
            relay.close()


def read(arguments: Sequence[str] | None) -> Plan:
    parser = argparse.ArgumentParser(description="An hour of chat on a bad network, judged by its traces.")
    parser.add_argument("folder", type=Path, help="where the traces go; it must not exist")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--members", type=int, default=6, choices=range(2, len(NAMES) + 1), metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=2.0, help="messages a second of each member (2)")
    parser.add_argument("--loss", type=int, default=20)
    parser.add_argument("--duplicate", type=int, default=20)
    parser.add_argument("--reorder", type=int, default=20)
    parser.add_argument("--delay", type=int, default=30, help="ms that a datagram is held back at most (30)")
    parser.add_argument(
        "--every", type=float, default=120.0, help="seconds from partition to partition (120)"
    )
    parser.add_argument("--parted", type=float, default=30.0, help="seconds of a partition (30)")
    parser.add_argument("--kills", action="store_true", help="kill and restart members as well")
    told = parser.parse_args(arguments)
    weather = Weather(told.loss, told.duplicate, told.reorder, told.delay)
    return Plan(
        told.folder, told.minutes * 60, told.members, told.seed, told.rate, weather, told.every, told.parted,
        told.kills,
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        plan = read(arguments)
        plan.folder.mkdir(parents=True)
        asyncio.run(hold(plan))
    except (LocalError, OSError, AssertionError) as failed:
        sys.stderr.write(f"hour: {failed}\n")
        return 4
    judge = [sys.executable, "-m", "coterie_kit.cli", "check-traces"]
    return subprocess.run([*judge, *map(str, sorted(plan.folder.glob("*.jsonl")))], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
