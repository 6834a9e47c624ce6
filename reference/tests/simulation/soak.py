"""Thousands of simulated groups, each judged by the kit's checker of traces: `python -m` this module.

Only tests may know both packages: the simulator is the reference's, the checker is the kit's.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from coterie.simulation import Outcome, Plan, draw, knobs, shrink, simulate
from coterie.simulation.batch import over
from coterie.simulation.coverage import Coverage
from coterie.simulation.phase import PHASES
from coterie_kit.traces import PROPERTIES, Bounds, Report, check, run_from_records

REPEATED = 100
"""One seed of so many is run twice, and has to come to the same traces."""

SLOWEST = 5
SELDOM = 8
"""How many of the properties that were judged least often are told."""

WANTED, OF_SEEDS = 20, 10_000
"""Each fault is to meet each phase so often in so many seeds."""

ENOUGH = 300
"""Seeds in which every property has to be judged at least once."""

FAULTS = tuple(f"F-{number:02}" for number in (*range(1, 18), *range(19, 24), *range(26, 30), 32, 34, 35))
"""The faults of the matrix that a simulation can bring."""

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


def backlog_ms(nodes: int, turned: knobs.Knobs) -> int:
    """How long the coordinator takes at most to send what all others may have asked it for: as many as may be
    unstable go with each round of acknowledgements."""
    asked = nodes * knobs.limit(turned, "proxied")
    return asked * knobs.timer(turned, "alive-idle") // knobs.limit(turned, "unstable-messages")


def bounds_of(plan: Plan) -> Bounds:
    """What the checker may expect of a run with these knobs."""
    usual = Bounds()
    suspect, nodes = knobs.timer(plan.knobs, "suspect"), len(plan.joins)
    slow = max(1.0, suspect / usual.silence)
    return replace(
        usual,
        converge=plan.patience,
        deliver=plan.patience + max(0, backlog_ms(nodes, plan.knobs) - backlog_ms(nodes, {})),
        key_run=int(usual.key_run * slow),
        reason=int(usual.reason * slow),
        silence=suspect,
        window=plan.knobs.get("limit.control-window", usual.window),
    )


def report_of(outcome: Outcome) -> Report:
    """What the kit says of a run."""
    return check(run_from_records(outcome.lines, harness=outcome.harness, bounds=bounds_of(outcome.plan)))


def violations(outcome: Outcome, report: Report) -> list[str]:
    """All that the simulator and the kit hold against a run."""
    return [*outcome.faults, *(str(found) for found in report.violations)]


def judge(plan: Plan) -> tuple[list[str], Outcome]:
    """Run a plan, and say what is wrong with it."""
    outcome = simulate(plan)
    return violations(outcome, report_of(outcome)), outcome


def fails(plan: Plan) -> bool:
    """Whether anything is wrong with a plan."""
    return bool(judge(plan)[0])


def one(members: int | None, seed: int) -> Verdict:
    """One seed, in a process of its own."""
    began = time.process_time()
    try:
        plan = draw(seed, members)
        outcome = simulate(plan)
        report = report_of(outcome)
        found = violations(outcome, report)
        if seed % REPEATED == 0 and simulate(plan).digest != outcome.digest:
            found.append("a second run of the same seed has other traces")
    except Exception:  # noqa: BLE001 - whatever goes wrong with a seed is told with its number
        return Verdict([traceback.format_exc()], Coverage(), time.process_time() - began, 0, None)
    since = None if outcome.converged is None else outcome.converged - outcome.healthy
    spent = time.process_time() - began
    counts = Counter(outcome.counts)
    return Verdict(found, outcome.coverage, spent, outcome.ended, since, frozenset(report.judged), counts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the seeds; 1 if one of them failed."""
    parser = argparse.ArgumentParser(description="Judge many simulated groups by the kit's checker.")
    parser.add_argument("--seeds", default="0..300", metavar="A..B")
    parser.add_argument("--members", type=int, metavar="N")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--shrink", type=int, default=3, metavar="N", help="make the first N failures small")
    parser.add_argument("--least", type=int, metavar="N", help="fail if a fault met a phase less often")
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
    sparse = options.least is not None and any(times < options.least for _, _, times in soak.cells())
    return 1 if soak.failed or sparse or soak.never_judged() else 0


class Soak:
    """What has been found so far."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.coverage = Coverage()
        self.failed: list[int] = []
        self.counts: Counter[str] = Counter()
        self.judged: Counter[str] = Counter()
        self.times: list[tuple[float, int]] = []
        self.converged: list[tuple[int, int]] = []
        self.depths: list[tuple[int, int]] = []
        self.simulated = 0

    def add(self, seed: int, verdict: Verdict) -> None:
        """One more seed."""
        self.coverage.add(verdict.coverage)
        self.counts += verdict.counts
        self.judged.update(verdict.judged)
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

    def cells(self) -> Iterator[tuple[str, str, int]]:
        """Each fault and phase, and how often they met."""
        for fault in FAULTS:
            for phase in PHASES:
                yield fault, phase, self.coverage.hits[fault, phase]

    def never_judged(self) -> list[str]:
        """Properties of which so many runs should have said something, and none did."""
        if len(self.times) < ENOUGH:
            return []
        return [row.name for row in PROPERTIES if not self.judged[row.name]]

    def coverage_told(self) -> Iterator[str]:
        """Where the seeds lead too seldom: what they do not meet, and what nobody could judge."""
        seeds = max(1, len(self.times))
        enough = WANTED * seeds / OF_SEEDS
        thin = [f"{fault} {phase} ({times})" for fault, phase, times in self.cells() if times < enough]
        yield f"thin cells: {', '.join(thin) or 'none'}"
        rows = sorted((self.judged[row.name], row.name) for row in PROPERTIES)
        yield "judged seldom: " + ", ".join(f"{name} ({times})" for times, name in rows[:SELDOM])
        yield f"never judged: {', '.join(name for times, name in rows if not times) or 'none'}"

    def report(self, seconds: float) -> None:
        """The table, and the figures."""
        print(self.coverage.table())
        print("\n".join(self.coverage_told()))
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
