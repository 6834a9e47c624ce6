"""`coterie simulate`: whole peers under faults that a seed draws; the same seed, the same run."""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie.errors import LocalError

if TYPE_CHECKING:
    from coterie.simulation import Outcome, Plan

DONE, VIOLATED = 0, 1


def register(subparsers: Any) -> None:
    """Declare the command."""
    command = subparsers.add_parser(
        "simulate",
        help="run whole peers under faults that a seed draws",
        description="Run groups of whole peers in one thread, under a network, clocks and crashes that "
        "follow from a seed. A run that fails is made small and printed as one command.",
    )
    which = command.add_mutually_exclusive_group()
    which.add_argument("--seed", type=int, help="run this seed (0)")
    which.add_argument("--seeds", metavar="A..B", help="run the seeds from A up to B, without B")
    command.add_argument("--only", metavar="N,N", help="keep only these steps of the plan; '-' keeps none")
    command.add_argument("--members", type=int, metavar="N", help="as many nodes, whatever the seed says")
    command.add_argument("--jobs", type=int, default=1, help="processes that share the seeds (1)")
    command.add_argument("--trace", metavar="DIR", help="write the traces of each run there")
    command.add_argument("--table", action="store_true", help="print which fault met which phase how often")
    command.add_argument("--plan", action="store_true", help="print the steps before the run")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the seeds; 1 when one of them failed."""
    from coterie.simulation import batch
    from coterie.simulation.coverage import Coverage

    seeds, coverage, failed = seeds_of(options), Coverage(), 0
    for done, (seed, outcome) in enumerate(batch.over(partial(one, options), seeds, options.jobs), start=1):
        coverage.add(outcome.coverage)
        if outcome.faults:
            failed += 1
            report(seed, outcome, options)
        progress(done, len(seeds), failed)
        if len(seeds) == 1:
            summary(outcome)
    if options.table:
        print(coverage.table())
    if len(seeds) > 1:
        print(f"{len(seeds)} seeds, {failed} failed")
    return VIOLATED if failed else DONE


def seeds_of(options: argparse.Namespace) -> range:
    """The seeds that were asked for."""
    if options.seeds is None:
        seed = options.seed or 0
        return range(seed, seed + 1)
    first, separator, last = options.seeds.partition("..")
    if not (separator and first.isdecimal() and last.isdecimal() and int(first) < int(last)):
        raise LocalError(f"{options.seeds!r} are no seeds; write 0..100")
    return range(int(first), int(last))


def plan_of(options: argparse.Namespace, seed: int) -> Plan:
    """The plan of a seed, as far as the options keep it."""
    from coterie.simulation import draw

    if options.members is not None and not 2 <= options.members <= 64:
        raise LocalError("a group has 2 to 64 members here; give --members so many")
    plan = draw(seed, options.members)
    if options.only is None:
        return plan
    numbers = [] if options.only == "-" else options.only.split(",")
    if not all(number.isdecimal() for number in numbers):
        raise LocalError(f"{options.only!r} are no steps; write 3,7,9, or - for none")
    return plan.only({int(number) for number in numbers})


def one(options: argparse.Namespace, seed: int) -> Outcome:
    """One run; its traces are written where they were asked for."""
    from coterie.simulation import simulate

    plan = plan_of(options, seed)
    if options.plan:
        print("\n".join(str(step) for step in plan.steps), file=sys.stderr)
    outcome = simulate(plan)
    if options.trace:
        write(outcome, Path(options.trace) / str(seed))
    return outcome.brief() if options.jobs > 1 else outcome


def write(outcome: Outcome, folder: Path) -> None:
    """The traces as files, one a node."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, lines in enumerate(outcome.lines):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"node-{number}.jsonl").write_text(text, encoding="utf-8")
    text = "".join(json.dumps(line) + "\n" for line in outcome.harness)
    (folder / "harness.jsonl").write_text(text, encoding="utf-8")


def report(seed: int, outcome: Outcome, options: argparse.Namespace) -> None:
    """Say what went wrong, and the smallest command that shows it."""
    from coterie.simulation import shrink, simulate

    clear()
    print(f"seed {seed}: " + "\n  ".join(outcome.faults))
    small = shrink(plan_of(options, seed), lambda plan: bool(simulate(plan, deep=False).faults))
    print("\n".join(f"  {step}" for step in small.steps))
    print(f"  again: {again(small, options.members)}")


def again(plan: Plan, members: int | None) -> str:
    """The command that repeats a run."""
    numbers = ",".join(str(step.number) for step in plan.steps) or "-"
    count = f" --members {members}" if members is not None else ""
    return f"coterie simulate --seed {plan.seed}{count} --only {numbers}"


def summary(outcome: Outcome) -> None:
    """A single run in a few lines."""
    counts = outcome.counts
    print(f"{len(outcome.plan.traits)} nodes, {len(outcome.plan.steps)} steps, {outcome.ended} ms")
    print(f"together again {since(outcome)}; {counts['datagrams']} datagrams, {counts['lost']} lost")
    print(f"digest {outcome.digest}")


def since(outcome: Outcome) -> str:
    """When all nodes were in one view after everything was healed."""
    if outcome.converged is None:
        return "never"
    return f"{outcome.converged - outcome.plan.heals} ms after the last fault"


def progress(done: int, all_of_them: int, failed: int) -> None:
    """One line that is written over, where somebody looks at it."""
    if all_of_them > 1 and sys.stderr.isatty():
        print(f"\r{done}/{all_of_them} seeds, {failed} failed", end="", file=sys.stderr, flush=True)
        if done == all_of_them:
            clear()


def clear() -> None:
    """Take the progress line away."""
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
