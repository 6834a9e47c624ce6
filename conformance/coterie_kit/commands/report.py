"""``coterie-kit report``: makes pages of results that were written before."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from coterie_kit.faults import UsageError

LARGEST = 256 << 20


def register(subparsers: Any) -> None:
    """The arguments of the command."""
    parser = subparsers.add_parser("report", help="make HTML, Markdown or JUnit of results")
    parser.add_argument("results", type=Path, help="written by 'coterie-kit test --json'")
    parser.add_argument("--html", type=Path, metavar="FILE")
    parser.add_argument("--markdown", type=Path, metavar="FILE")
    parser.add_argument("--junit", type=Path, metavar="FILE")
    parser.set_defaults(run=run, json=None, write_baseline=None)


def run(arguments: argparse.Namespace) -> int:
    """Writes what was asked for and prints the conclusion; the exit status that the run had."""
    from coterie_kit import strict
    from coterie_kit.commands.test import write
    from coterie_kit.results import from_json

    try:
        if arguments.results.stat().st_size > LARGEST:
            raise UsageError(f"{arguments.results} is larger than any results of the kit")
        content = strict.parse(arguments.results.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read {arguments.results}: {error.strerror}") from None
    except strict.Malformed as error:
        raise UsageError(f"{arguments.results} is not a results file: {error}") from None
    results = from_json(content)
    write(results, arguments)
    print(results.conclusion)
    return results.exit
