"""Measures the reference peer, Corosync and JGroups by turns, and writes the figures beside each other.

    python -m benchmarks.peers.compare --record

installs what it needs as root of a Debian machine, and says so where it cannot. Nothing outlives it: each
measurement is the first process of namespaces of its own (see ``world``), which end with it however it ends.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.peers import packages
from benchmarks.peers.figures import (
    MODES,
    NOT_MEASURED,
    Cells,
    Figure,
    NoFigureError,
    Report,
    Work,
    figure,
    of_rounds,
    table,
)
from benchmarks.peers.systems import SYSTEMS, System
from benchmarks.peers.world import Plan

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "benchmarks" / "README.md"
JSON = Path(__file__).with_name("figures.json")
BEGIN, END = "<!-- peers -->\n", "<!-- end of peers -->\n"
WORLD = (
    "setpriv", "--pdeathsig", "KILL",
    "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
)  # fmt: skip
RECEIVE_LIMIT = Path("/proc/sys/net/core/rmem_max")
RECEIVE_OCTETS = 25_000_000  # what JGroups asks for its multicast socket; everyone may have it


@contextmanager
def roomy_sockets() -> Iterator[None]:
    """Lets every system have the receive buffers that it asks for, until the comparison ends."""
    before = RECEIVE_LIMIT.read_text(encoding="ascii")
    raised = int(before) < RECEIVE_OCTETS
    try:
        if raised:
            RECEIVE_LIMIT.write_text(f"{RECEIVE_OCTETS}\n", encoding="ascii")
    except OSError as error:
        shout(f"receive buffers stay at {before.strip()} octets ({error}): JGroups will lose more")
        raised = False
    try:
        yield
    finally:
        if raised:
            RECEIVE_LIMIT.write_text(before, encoding="ascii")


def shout(text: str) -> None:
    """A line that a person at the terminal cannot miss."""
    print(f"*** {text}", file=sys.stderr, flush=True)


def measured(system: System, plan: Plan) -> list[dict[str, Any]]:
    """What the members of one measurement said. Raises NoFigureError."""
    command = [*WORLD, sys.executable, "-m", "benchmarks.peers.world", json.dumps(asdict(plan))]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, start_new_session=True,
            stdin=subprocess.DEVNULL, timeout=plan.limit + 30,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise NoFigureError(f"{system.title} did not end in {error.timeout:.0f} s") from error
    try:
        said: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        raise NoFigureError(f"the namespaces gave no answer: {done.stderr.strip()[-500:]}") from error
    if "failed" in said:
        raise NoFigureError(said["failed"])
    reports: list[dict[str, Any]] = said["reports"]
    return reports


def tried(system: System, work: Work, options: argparse.Namespace, folder: Path) -> Figure:
    """One measurement of one cell, or why there is none."""
    plan = Plan(
        command=system.command(folder), daemon=system.daemon, members=work.members, size=work.size,
        warmup=options.warmup * system.warming, seconds=options.seconds, mode=work.mode,
    )  # fmt: skip
    try:
        one = figure(system.key, work, [Report.read(said) for said in measured(system, plan)])
    except NoFigureError as why:
        shout(f"{system.title}, {work.members} members, {work.size} octets, {work.mode}: {why}")
        last = str(why).splitlines()[-1]
        return Figure(system.key, work, why=f"failed with {work.members} members, {work.size} B: {last}")
    latency = "" if one.median_us is None else f", {one.median_us:,.0f} µs ({one.p99_us:,.0f})"
    print(f"{system.title:10} n={work.members} {work.size:5} octets: {one.rate:9,.0f}/s{latency}", flush=True)
    return one


def prepared(system: System, folder: Path) -> str:
    """Builds the member in ``folder``; answers why the system cannot be measured, or nothing."""
    why = packages.install(system.packages)
    if why:
        return why
    folder.mkdir()
    try:
        system.build(folder)
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        return f"its member could not be built: {error}"
    return ""


def sweep(systems: Sequence[System], options: argparse.Namespace, folder: Path) -> Cells:
    """All cells, the systems by turns, so that whatever else the machine does falls on all alike."""
    reasons = {system.key: prepared(system, folder / system.key) for system in systems}
    rounds: dict[tuple[str, Work], list[Figure]] = {}
    for system in systems:
        if reasons[system.key]:
            shout(f"{system.title} is not measured: {reasons[system.key]}")
    works = [Work(n, size, mode) for n in options.members for size in options.sizes for mode in MODES]
    for work in works * options.rounds:
        for system in systems:
            if why := reasons[system.key]:
                one = Figure(system.key, work, why=f"{NOT_MEASURED}: {why}")
            else:
                one = tried(system, work, options, folder / system.key)
            rounds.setdefault((system.key, work), []).append(one)
    return {cell: of_rounds(figures) for cell, figures in rounds.items()}


def versions(systems: Sequence[System], cells: Cells) -> list[str]:
    """Of what the figures are: the systems that have any."""
    seen = {key for (key, _), one in cells.items() if one.rate is not None}
    return [system.version() for system in systems if system.key in seen]


def conditions(options: argparse.Namespace, of: Sequence[str]) -> str:
    """The line below the tables."""
    cores = len(os.sched_getaffinity(0))
    machine = f"{cores} cores, {platform.machine()}, Linux {platform.release()}"
    times = f"{options.seconds:g} s after {options.warmup:g} s of warming up"
    rounds = "once" if options.rounds == 1 else f"{options.rounds} times, the middle one shown"
    return "; ".join([*of, machine, times, rounds]) + ".\n"


def record(text: str) -> None:
    """Puts the tables into their section of the page."""
    page = README.read_text(encoding="utf-8")
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{README.name} has no section between {BEGIN.strip()} and {END.strip()}")
    README.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """What the caller wants measured."""

    def numbers(text: str) -> list[int]:
        return [int(part) for part in text.split(",")]

    parser = argparse.ArgumentParser(prog="compare", description="Coterie beside Corosync and JGroups.")
    parser.add_argument("--systems", default=",".join(SYSTEMS), help="default: all of %(default)s")
    parser.add_argument("--members", type=numbers, default=[2, 4, 8], metavar="N,N")
    parser.add_argument("--sizes", type=numbers, default=[100, 1024], metavar="OCTETS,OCTETS")
    parser.add_argument("--warmup", type=float, default=3.0, metavar="SECONDS")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", type=Path, default=JSON, metavar="FILE")
    parser.add_argument("--record", action="store_true", help="write the tables into benchmarks/README.md")
    options = parser.parse_args(argv)
    unknown = set(options.systems.split(",")) - set(SYSTEMS)
    if unknown:
        parser.error(f"no such system: {', '.join(sorted(unknown))}; there are {', '.join(SYSTEMS)}")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    if os.geteuid() != 0:
        shout("only root can make the namespaces that the systems are measured in: nothing is measured")
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that all is put back
    systems = [SYSTEMS[key] for key in options.systems.split(",")]
    with tempfile.TemporaryDirectory() as folder, roomy_sockets():
        cells = sweep(systems, options, Path(folder))
    of = versions(systems, cells)
    text = table(cells, [(system.key, system.title) for system in systems]) + conditions(options, of)
    figures = [asdict(one) for one in cells.values()]
    everything = {"conditions": conditions(options, of).strip(), "figures": figures}
    options.json.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")
    print(f"\n{text}")
    if options.record:
        record(text)
    return 1 if any(one.why for one in cells.values()) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        shout("interrupted: nothing is written, nothing is left running")
        sys.exit(128 + signal.SIGINT)
