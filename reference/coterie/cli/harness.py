"""`coterie harness`: the reference peer behind the test interface, on standard input and output."""

from __future__ import annotations

import argparse
import gc
import sys
from typing import Any

from coterie.errors import LocalError


def register(subparsers: Any) -> None:
    """Declare the command."""
    command = subparsers.add_parser(
        "harness",
        help="be driven over the test interface, one JSON line at a time",
        description="Read commands of the test interface from standard input; reply on standard output.",
    )
    command.add_argument(
        "--mutant",
        action="append",
        default=[],
        metavar="NAME",
        help="break a rule on purpose, so that a kit can notice; repeatable",
    )
    command.add_argument(
        "--list-mutants", action="store_true", help="print the rules that can be broken, and end"
    )
    command.add_argument(
        "--shadow", action="store_true", help="add the command shadow: which mutants could have differed"
    )
    command.add_argument(
        "--benign",
        metavar="NAME",
        help="do what the draft allows in another way: extensions, timing or ecdsa",
    )
    command.add_argument(
        "--grease", action="store_true", help="send extensions that mean nothing (determinism D0)"
    )
    command.add_argument(
        "--nursery", action="store_true", help="stay warm, and serve one mutant after the other"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until `stop` or the end of the input."""
    if options.list_mutants:
        return list_mutants()
    for name in options.mutant:
        from coterie import mutants

        mutants.apply(name)
    if options.shadow:
        from coterie.mutants import shadow

        shadow.watch()
    if options.benign:
        from coterie.mutants import benign

        benign.apply(options.benign)
    if options.nursery:
        from coterie.cli import nursery

        return nursery.serve(lambda: serve(options))
    serve(options)
    return 0


def serve(options: argparse.Namespace) -> None:
    """One peer, until `stop` or the end of the input."""
    from coterie.cli import version
    from coterie.harness import harness, strict

    served = harness.Harness(version=version(), grease=options.grease)
    gc.freeze()  # what is imported stays: looking at it again and again frees nothing
    out = sys.stdout.buffer
    try:
        for line in strict.read_lines(sys.stdin.buffer):
            out.write(harness.to_line(served.answer(line)))
            out.flush()
            if served.stopped:
                # nothing is worth collecting any more, and whoever said stop is waiting for the end
                gc.freeze()
                break
    except BrokenPipeError:
        raise LocalError("nobody reads the replies any more") from None


def list_mutants() -> int:
    """One line of JSON a mutant."""
    import json

    from coterie import mutants

    for row in mutants.listing():
        print(json.dumps(row))
    return 0
