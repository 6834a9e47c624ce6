"""``coterie-kit check-traces``: what the nodes of a run wrote down, judged property by property."""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie_kit.faults import UsageError

if TYPE_CHECKING:
    from coterie_kit.traces import Bounds, Report

CLEAN, VIOLATED, NOTHING = 0, 1, 2


def register(subparsers: Any) -> None:
    """The arguments of the command."""
    parser = subparsers.add_parser("check-traces", help="judge a run by the traces of its nodes")
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="files of one node each, or folders of them"
    )
    parser.add_argument("--properties", action="store_true", help="show what is judged, and end")
    parser.add_argument("--most", type=int, default=10, metavar="N", help="violations to show (10)")
    parser.add_argument(
        "--bound",
        action="append",
        default=[],
        metavar="NAME=NUMBER",
        help="judge by another bound; repeatable",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all findings")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints a line for each property and the first findings; 1 when something was violated."""
    from coterie_kit.traces import check, run_from_records
    from coterie_kit.traces.reading import read

    if arguments.properties:
        return _show_properties()
    if arguments.most < 0:
        message = "--most takes a number of lines, 0 or more"
        raise UsageError(message)
    bounds = _bounds(arguments.bound)
    records, harness = read(arguments.paths)
    report = check(run_from_records(records, harness, bounds))
    _print(report, arguments.most)
    if arguments.json:
        _write(report, arguments.json)
    lines = sum(map(len, records))
    print(f"{len(records)} nodes, {lines} lines: {_conclusion(report)}")
    if not report.judged:
        return NOTHING
    return VIOLATED if report.violations else CLEAN


def _show_properties() -> int:
    from coterie_kit.traces import PROPERTIES

    for row in PROPERTIES:
        print(f"{row.name:<6} {row.kind:<9}{row.statement}")
    return CLEAN


def _bounds(words: list[str]) -> Bounds:
    from coterie_kit.traces import Bounds

    known = {field.name for field in dataclasses.fields(Bounds)}
    figures: dict[str, Any] = {}
    for word in words:
        name, _, figure = word.partition("=")
        try:
            value = float(figure)
        except ValueError:
            value = math.nan
        if name not in known or not 0 <= value < math.inf:
            message = f"--bound takes NAME=NUMBER, where NAME is one of {', '.join(sorted(known))}"
            raise UsageError(message)
        figures[name] = int(value) if value.is_integer() else value
    return Bounds(**figures)


def _print(report: Report, most: int) -> None:
    from coterie_kit.traces import PROPERTIES

    for row in PROPERTIES:
        count = sum(violation.property == row.name for violation in report.violations)
        if row.name in report.unjudged:
            verdict = f"not judged: {report.unjudged[row.name]}"
        else:
            verdict = f"violated {count}" if count else "ok"
            verdict = f"{verdict:<13}{row.statement}"
        print(f"{row.name:<6} {verdict}")
    for violation in report.violations[:most]:
        places = ", ".join(f"{node[:8]} line {line + 1}" for node, line in violation.places)
        print(f"{violation.property}: {places}: {violation.sentence}")
    if len(report.violations) > most:
        print(f"and {len(report.violations) - most} more")


def _conclusion(report: Report) -> str:
    if not report.judged:
        return "nothing was judged"
    violated = {violation.property for violation in report.violations}
    told = f"{len(report.judged)} properties judged, {len(report.unjudged)} not"
    return (
        f"{told}; {len(violated)} violated ({len(report.violations)} findings)"
        if violated
        else f"{told}; clean"
    )


def _write(report: Report, path: Path) -> None:
    content = {
        "judged": report.judged,
        "unjudged": report.unjudged,
        "violations": [
            {
                "property": violation.property,
                "places": [{"node": node, "i": line} for node, line in violation.places],
                "sentence": violation.sentence,
            }
            for violation in report.violations
        ],
    }
    try:
        path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    except OSError as error:
        message = f"{path.name}: cannot be written ({error.strerror})"
        raise UsageError(message) from None
