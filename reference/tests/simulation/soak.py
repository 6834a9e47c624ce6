"""Thousands of simulated groups, each judged by the kit's checker of traces: `python -m` this module.

Only tests may know both packages: the simulator is the reference's, the checker is the kit's.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from coterie.simulation import Outcome, Plan, draw, shrink, simulate
from coterie.simulation.batch import over
from coterie.simulation.coverage import Coverage
from coterie_kit.traces import Bounds, check, run_from_records

REPEATED = 100
"""One seed of so many is run twice, and has to come to the same traces."""

SLOWEST = 5
TELL = 200
"""Seeds after which the soak says how far it is, where nobody watches a line that is written over."""

MS_PER_S = 1000


@dataclass(slots=True)
class Verdict:
    """What came of one seed."""

    faults: list[str]
    coverage: Coverage
    seconds: float
    simulated: int
    converged: int | None
    judged: frozenset[str] = frozenset()
    counts: Counter[str] = field(default_factory=Counter)


def bounds_of(plan: Plan) -> Bounds:
    """What the checker may expect of a run with these knobs."""
    usual = Bounds()
    slow = max(1.0, plan.knobs.get("timer.suspect", 2_000) / 2_000)
    return replace(
        usual,
        converge=plan.patience,
        deliver=plan.patience,
        key_run=int(usual.key_run * slow),
        reason=int(usual.reason * slow),
        window=plan.knobs.get("limit.control-window", usual.window),
    )


def violations(outcome: Outcome) -> list[str]:
    """All that the simulator and the kit hold against a run."""
    run = run_from_records(outcome.lines, harness=outcome.harness, bounds=bounds_of(outcome.plan))
    return [*outcome.faults, *(str(found) for found in check(run).violations)]


def judge(plan: Plan) -> tuple[list[str], Outcome]:
    """Run a plan, and say what is wrong with it."""
    outcome = simulate(plan)
    return violations(outcome), outcome


def fails(plan: Plan) -> bool:
    """Whether anything is wrong with a plan."""
    return bool(judge(plan)[0])


def one(members: int | None, seed: int) -> Verdict:
    """One seed, in a process of its own."""
    began = time.process_time()
    try:
        plan = draw(seed, members)
        found, outcome = judge(plan)
        if seed % REPEATED == 0 and simulate(plan).digest != outcome.digest:
            found.append("a second run of the same seed has other traces")
    except Exception:  # noqa: BLE001 - whatever goes wrong with a seed is told with its number
        return Verdict([traceback.format_exc()], Coverage(), time.process_time() - began, 0, None)
    since = None if outcome.converged is None else outcome.converged - plan.heals
    counts = Counter(outcome.counts)
    return Verdict(found, outcome.coverage, time.process_time() - began, outcome.ended, since, counts=counts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the seeds; 1 if one of them failed."""
    parser = argparse.ArgumentParser(description="Judge many simulated groups by the kit's checker.")
    parser.add_argument("--seeds", default="0..300", metavar="A..B")
    parser.add_argument("--members", type=int, metavar="N")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--shrink", type=int, default=3, metavar="N", help="make the first N failures small")
    parser.add_argument("--stop-after", type=int, metavar="N", help="give up after N failures")
    options = parser.parse_args(arguments)
    first, _, last = options.seeds.partition("..")
    began = time.monotonic()
    soak = Soak(options)
    seeds = range(int(first), int(last))
    for seed, verdict in over(partial(one, options.members), seeds, options.jobs):
        soak.add(seed, verdict)
        if options.stop_after is not None and len(soak.failed) >= options.stop_after:
            break
    soak.report(time.monotonic() - began)
    return 1 if soak.failed else 0


class Soak:
    """What has been found so far."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.coverage = Coverage()
        self.failed: list[int] = []
        self.counts: Counter[str] = Counter()
        self.times: list[tuple[float, int]] = []
        self.converged: list[tuple[int, int]] = []
        self.depths: list[tuple[int, int]] = []
        self.simulated = 0

    def add(self, seed: int, verdict: Verdict) -> None:
        """One more seed."""
        self.coverage.add(verdict.coverage)
        self.counts += verdict.counts
        self.times.append((verdict.seconds, seed))
        self.depths.append((max(verdict.coverage.depths, default=0), seed))
        self.simulated += verdict.simulated
        if verdict.converged is not None:
            self.converged.append((verdict.converged, seed))
        if verdict.faults:
            self.failed.append(seed)
            print(f"seed {seed}: " + "\n  ".join(verdict.faults), flush=True)
            if len(self.failed) <= self.options.shrink:
                self._shrink(seed)
        if len(self.times) % TELL == 0 and not sys.stderr.isatty():
            print(f"{len(self.times)} seeds, {len(self.failed)} failed", flush=True)
        if sys.stderr.isatty():
            print(
                f"\r{len(self.times)} seeds, {len(self.failed)} failed", end="", file=sys.stderr, flush=True
            )

    def _shrink(self, seed: int) -> None:
        members = self.options.members
        small = shrink(draw(seed, members), fails, tries=60)
        for step in small.steps:
            print(f"    {step}")
        numbers = ",".join(str(step.number) for step in small.steps) or "-"
        count = f" --members {members}" if members is not None else ""
        print(f"  again: coterie simulate --seed {seed}{count} --only {numbers}", flush=True)

    def report(self, seconds: float) -> None:
        """The table, and the figures."""
        print(self.coverage.table())
        spent = sum(cost for cost, _ in self.times)
        slowest = ", ".join(f"{seed} ({cost:.1f} s)" for cost, seed in sorted(self.times)[-SLOWEST:])
        latest = ", ".join(f"{seed} ({ms} ms)" for ms, seed in sorted(self.converged)[-SLOWEST:])
        print(f"{len(self.times)} seeds in {seconds:.0f} s: {self.simulated // MS_PER_S} simulated seconds")
        print(f"CPU {spent:.0f} s; slowest: {slowest}")
        print(f"latest to come together after healing: {latest}")
        deepest = ", ".join(f"{seed} ({depth})" for depth, seed in sorted(self.depths)[-SLOWEST:])
        print(f"most proposals superseded in a row: {deepest}")
        print(f"NACKs {self.counts['sent NACK']} for {self.counts['lost DATA']} lost DATA")
        print(f"failed: {len(self.failed)}: {self.failed[:50]}")


if __name__ == "__main__":
    sys.exit(main())
