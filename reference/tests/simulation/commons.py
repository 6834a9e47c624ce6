"""Many simulated overlays without views, each judged by what was published: `python -m` this module."""

from __future__ import annotations

import argparse
import gc
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from statistics import mean
from typing import Any

from coterie.simulation.batch import over
from coterie.simulation.overlays import FAULTS, SCENES, Outcome, Plan, play

REPEATED = 25
"""One seed of so many is played twice, and has to come to the same digest."""

COLLECT_EVERY = 100_000
"""After so many new objects those that hold each other are looked for; peers make few that do."""

SIZES = {
    "agree": Plan("agree", 0, nodes=64, loss=10, values=3),
    "spread": Plan("spread", 0, nodes=1_000, values=1_000, asks=1),
    "churn": Plan("churn", 0, nodes=64, loss=2, values=16, asks=16, lifetime=600, periods=6),
    "lies": Plan("lies", 0, nodes=64, liars=30, values=12, asks=8),
    "poison": Plan("poison", 0, nodes=64, values=9, asks=8),
    "move": Plan("move", 0, nodes=32, values=8, asks=8),
    "rebind": Plan("rebind", 0, nodes=32, values=8, asks=8),
    "advertiser": Plan("advertiser", 0, nodes=12, lifetime=60, apart=6_000),
}
"""What each scene is played with, but for the seed."""

BARS: tuple[tuple[str, int, dict[str, Any]], ...] = (
    ("agree", 200, {}),
    ("advertiser", 500, {}),
    ("churn", 6, {}),
    ("lies", 10, {}),
    ("lies", 10, {"guile": "empty"}),
    ("lies", 10, {"guile": "stale"}),
    ("lies", 10, {"guile": "forged"}),
    ("poison", 10, {}),
    ("move", 10, {}),
    ("rebind", 10, {}),
    ("spread", 2, {}),
)
"""What an overlay is measured by: scenes, how many seeds of each, and what is changed of its plan."""


@dataclass(slots=True)
class Total:
    """What came of the seeds so far."""

    seeds: int = 0
    failed: list[int] = field(default_factory=list)
    figures: dict[str, list[float]] = field(default_factory=dict)

    def add(self, seed: int, outcome: Outcome) -> None:
        """One more."""
        self.seeds += 1
        if outcome.faults:
            self.failed.append(seed)
        for name, value in outcome.figures.items():
            self.figures.setdefault(name, []).append(value)

    def table(self) -> str:
        """Each figure: the least, the mean and the greatest of all seeds, and their sum."""
        rows = [
            f"{name:38} {min(seen):>12.4g} {mean(seen):>12.4g} {max(seen):>12.4g} {sum(seen):>12.6g}"
            for name, seen in self.figures.items()
        ]
        head = f"{'':38} {'least':>12} {'mean':>12} {'greatest':>12} {'sum':>12}"
        return "\n".join([head, *rows])


def one(plan: Plan, seed: int) -> Outcome:
    """One seed, in a process of its own."""
    plan = replace(plan, seed=seed)
    gc.set_threshold(COLLECT_EVERY)
    try:
        began = time.process_time()
        outcome = play(plan)
        outcome.figures["CPU s"] = time.process_time() - began
        if seed % REPEATED == REPEATED - 1 and play(plan).digest != outcome.digest:
            outcome.faults.append("a second run of the same seed went another way")
    except Exception:  # noqa: BLE001 - whatever goes wrong with a seed is told with its number
        return Outcome(plan, [traceback.format_exc()])
    return outcome


CHANGEABLE = ("nodes", "loss", "liars", "guile", "values", "asks", "lifetime", "periods")
MOST_TOLD = 8
TELL = 20
"""After how many seeds it is said how far it is."""


def batch(plan: Plan, seeds: Sequence[int], jobs: int) -> bool:
    """Play the seeds of a plan, and tell what came of them; whether all went well."""
    total, began = Total(), time.monotonic()
    for seed, outcome in over(partial(one, plan), seeds, jobs):
        total.add(seed, outcome)
        if outcome.faults:
            told = [*outcome.faults[:MOST_TOLD], f"{len(outcome.faults)} in all"]
            print(f"seed {seed}: " + "\n  ".join(told), flush=True)
        if total.seeds % TELL == 0:
            print(f"{plan.scene}: {total.seeds} seeds so far, failed: {total.failed}", flush=True)
    print(total.table())
    print(f"faults of the matrix that were met: {' '.join(FAULTS.get(plan.scene, ())) or 'none'}")
    took = time.monotonic() - began
    print(f"{plan.scene}: {total.seeds} seeds in {took:.0f} s, failed: {total.failed}", flush=True)
    return not total.failed


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the seeds; 1 if one of them failed."""
    parser = argparse.ArgumentParser(description="Judge many simulated overlays without views.")
    parser.add_argument("scene", choices=[*sorted(SCENES), "bars"])
    parser.add_argument("--seeds", default="0..10", metavar="A..B")
    parser.add_argument("--jobs", type=int, default=1)
    for name in CHANGEABLE:
        parser.add_argument(f"--{name}", type=str if name == "guile" else int, metavar="N")
    options = parser.parse_args(arguments)
    if options.scene == "bars":
        went = [
            batch(replace(SIZES[scene], **changes), range(seeds), options.jobs)
            for scene, seeds, changes in BARS
        ]
        return 0 if all(went) else 1
    given = {name: getattr(options, name) for name in CHANGEABLE if getattr(options, name) is not None}
    first, _, last = options.seeds.partition("..")
    plan = replace(SIZES[options.scene], **given)
    return 0 if batch(plan, range(int(first), int(last)), options.jobs) else 1


if __name__ == "__main__":
    sys.exit(main())
