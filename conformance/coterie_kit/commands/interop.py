"""``coterie-kit interop``: whole peers of any mixture in one group, under faults drawn from a seed."""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie_kit.faults import UsageError

if TYPE_CHECKING:
    from coterie_kit.interop.judging import Results, Verdict

__all__ = ["register", "run"]

MOST_SEED = 1 << 32
MOST_SEEDS = 100_000
MOST_JOBS = 64
SHOWN = 8  # sentences of a failure
LONGEST_DEADLINE = 3600


def register(subparsers: Any) -> None:
    """Declares the command."""
    parser = subparsers.add_parser("interop", help="put whole peers into one group, and judge their traces")
    parser.add_argument(
        "--peer", action="append", required=True, metavar="PEER", dest="peers",
        help="cmd:<command line> of a peer of tier 1; repeatable: member i is run by the i-th, in turn",
    )  # fmt: skip
    parser.add_argument("--members", type=int, metavar="N", help="how many; default: as the seed says")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--seed", type=int, help="the run of this seed; default: a new one")
    which.add_argument("--seeds", metavar="A..B", help="the runs of the seeds from A up to, without, B")
    parser.add_argument("--trace", type=Path, metavar="DIR", help="write the traces, a folder for each seed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results")
    parser.add_argument("--deadline", type=float, default=10.0, metavar="SECONDS", help="for one answer (10)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="groups beside each other (1)")
    parser.add_argument("--quiet", action="store_true", help="no line for what passed")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Runs the seeds, prints a line for each, and what speaks against the members; the exit status."""
    from coterie_kit.interop.batch import Batch
    from coterie_kit.interop.judging import Results

    seeds = _seeds(arguments)
    _sound(arguments)
    results = Results(arguments.peers, arguments.members)
    batch = Batch(tuple(arguments.peers), arguments.members, arguments.deadline)
    for verdict, hellos in batch.run(seeds, arguments.jobs):
        results.hellos |= hellos
        results.add(verdict)
        _keep(verdict, arguments)
        _tell(verdict, arguments, results)
    if arguments.json:
        _write(arguments.json, json.dumps(results.to_json(), indent=1) + "\n")
    sys.stdout.write(f"{results.conclusion}\n")
    return results.exit


def _sound(arguments: argparse.Namespace) -> None:
    from coterie_kit.interop.plan import FEWEST, MOST

    if arguments.members is not None and not FEWEST <= arguments.members <= MOST:
        raise UsageError(f"--members is {FEWEST} to {MOST}")
    if not 0 < arguments.deadline <= LONGEST_DEADLINE:
        raise UsageError(f"a deadline is more than 0 and at most {LONGEST_DEADLINE} seconds")
    if not 1 <= arguments.jobs <= MOST_JOBS:
        raise UsageError(f"--jobs is 1 to {MOST_JOBS}")
    if any(not spec.startswith("cmd:") for spec in arguments.peers):
        raise UsageError("every member is a process of its own: write --peer cmd:<command line>")


def _seeds(arguments: argparse.Namespace) -> Sequence[int]:
    if arguments.seeds is not None:
        first, dots, last = arguments.seeds.partition("..")
        if not (dots and first.isdecimal() and last.isdecimal() and int(first) < int(last) < MOST_SEED):
            raise UsageError("--seeds is A..B, two numbers of which the first is less")
        if int(last) - int(first) > MOST_SEEDS:
            raise UsageError(f"at most {MOST_SEEDS} seeds at once")
        return range(int(first), int(last))
    seed = secrets.randbelow(MOST_SEED) if arguments.seed is None else arguments.seed
    if not 0 <= seed < MOST_SEED:
        raise UsageError(f"a seed is 0 to {MOST_SEED - 1}")
    return [seed]


def _keep(verdict: Verdict, arguments: argparse.Namespace) -> None:
    """Writes the traces of a seed, where they are wanted."""
    from coterie_kit.interop.judging import trace_files

    if arguments.trace:
        for name, lines in trace_files(verdict.outcome).items():
            text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
            _write(arguments.trace / str(verdict.seed) / name, text)


def _tell(verdict: Verdict, arguments: argparse.Namespace, results: Results) -> None:
    outcome = verdict.outcome
    if verdict.word == "pass" and arguments.quiet:
        return
    kinds = " ".join(step.kind for step in outcome.plan.steps)
    sys.stdout.write(
        f"{verdict.word:<5} seed {verdict.seed}: {len(outcome.plan.traits)} members, {kinds}; "
        f"{outcome.datagrams} datagrams, {outcome.lost} lost, {outcome.ended} ms\n"
    )
    if verdict.word == "pass":
        return
    found = verdict.sentences
    for sentence in found[:SHOWN]:
        sys.stdout.write(f"      {''.join(sign if sign.isprintable() else ' ' for sign in sentence)}\n")
    if len(found) > SHOWN:
        sys.stdout.write(f"      and {len(found) - SHOWN} more\n")
    sys.stdout.write(f"      repeat: {results.repeat(verdict.seed)}\n")
    sys.stdout.flush()


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
