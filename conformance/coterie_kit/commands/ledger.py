"""``coterie-kit ledger``: what stands behind each requirement of the draft."""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coterie_kit import data, requirements
from coterie_kit.faults import KitError, UsageError

DEFAULT = "conformance/kill-matrix.json"


def register(subparsers: Any) -> None:
    """The arguments of the command."""
    parser = subparsers.add_parser("ledger", help="show what stands behind each requirement")
    parser.add_argument(
        "--matrix", type=Path, metavar="FILE", help=f"written by 'coterie-kit selftest --json' ({DEFAULT})"
    )
    parser.add_argument("--gaps", action="store_true", help="only the requirements that lack something")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows")
    parser.set_defaults(run=run)


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement and its evidence."""

    id: str
    level: str
    hidden: str
    cases: int
    passing: int
    killing: tuple[str, ...]
    mutants: tuple[str, ...]

    @property
    def lacks(self) -> str:
        """What is missing for an observable MUST; empty when nothing is."""
        if self.hidden or not self.level.startswith(("MUST", "SHALL", "REQUIRED")):
            return ""
        rules = (
            (self.cases > 0, "no case"),
            (self.passing > 0, "no case that passes"),
            (bool(self.mutants), "no killed mutant"),
            (bool(self.killing), "no case that kills"),
        )
        return next((sentence for holds, sentence in rules if not holds), "")


def run(arguments: argparse.Namespace) -> int:
    """Prints the table; 1 when an observable MUST lacks evidence or a case cites an unknown id."""
    from coterie_kit.selection import all_cases

    if not requirements.known():
        message = "spec/requirements.json is not there: make it with 'make spec'"
        raise KitError(message)
    cases = all_cases()
    matrix = _matrix(arguments.matrix)
    rows = rows_of(cases, matrix)
    faults = unknown(cases, matrix)
    for row in rows:
        if row.lacks or not arguments.gaps:
            print(_line(row))
    for sentence in faults:
        print(f"wrong: {sentence}")
    gaps = [row for row in rows if row.lacks]
    musts = [row for row in rows if row.level.startswith("MUST")]
    hidden = [row for row in rows if row.hidden]
    print(
        f"{len(rows)} requirements, {len(musts)} of them MUST, {len(hidden)} not observable; "
        f"{len(cases)} cases; {len(gaps)} lack evidence, {len(faults)} wrong"
    )
    if arguments.json:
        content = [
            {**{name: getattr(row, name) for name in Row.__slots__}, "lacks": row.lacks} for row in rows
        ]
        arguments.json.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if gaps or faults else 0


def _matrix(path: Path | None) -> dict[str, Any]:
    """The last kill matrix; UsageError that says how to make one."""
    try:
        text = path.read_text(encoding="utf-8") if path else data.read_text(DEFAULT)
        found: dict[str, Any] = json.loads(text)
    except (OSError, FileNotFoundError):
        raise UsageError(f"no kill matrix: run 'coterie-kit selftest --json {path or DEFAULT}'") from None
    except ValueError as error:
        raise UsageError(f"the kill matrix cannot be read: {error}") from None
    return found


def rows_of(cases: list[Any], matrix: dict[str, Any]) -> list[Row]:
    """A row for each requirement, in the order of the draft."""
    citing: dict[str, list[str]] = defaultdict(list)
    for case in cases:
        for req in case.reqs:
            citing[req].append(case.slug)
    passing = set(matrix["passing"])
    killing: dict[str, set[str]] = defaultdict(set)
    killed: dict[str, set[str]] = defaultdict(set)
    for mutant in matrix["mutants"]:
        for req in mutant["reqs"] if not mutant["trouble"] else ():
            killed[req].add(mutant["name"])
            killing[req] |= set(mutant["killers"]) & set(citing[req])
    return [
        Row(
            req.id, req.level, req.hidden, len(citing[req.id]), len(passing.intersection(citing[req.id])),
            tuple(sorted(killing[req.id])), tuple(sorted(killed[req.id])),
        )
        for req in requirements.listed().values()
    ]  # fmt: skip


def unknown(cases: list[Any], matrix: dict[str, Any]) -> list[str]:
    """One sentence for each id that is cited and does not exist, and for what the matrix knows too much."""
    known = requirements.known()
    slugs = {case.slug for case in cases}
    faults = [
        f"case {case.slug} cites {req}, which is no requirement"
        for case in cases
        for req in case.reqs
        if req not in known
    ]
    faults += [
        f"mutant {mutant['name']} breaks {req}, which is no requirement"
        for mutant in matrix["mutants"]
        for req in mutant["reqs"]
        if req not in known
    ]
    gone = sorted(set(matrix["passing"]) - slugs)
    return faults + [
        f"the kill matrix knows a case {slug}, which is gone: run the self-test" for slug in gone
    ]


def _line(row: Row) -> str:
    if row.hidden:
        return f"{row.id:<12} {row.level:<10} not observable: {row.hidden}"
    evidence = (
        f"{row.cases:>3} cases, {row.passing:>3} pass, {len(row.killing):>3} kill, {len(row.mutants)} mutants"
    )
    return f"{row.id:<12} {row.level:<10} {evidence}{'  LACKS ' + row.lacks if row.lacks else ''}"
