"""One self-contained page: the conclusion, the matrix of requirements, and every case with what was said.

No resource is loaded from anywhere; a policy in the page forbids even to try. All text is escaped.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from coterie_kit import requirements
from coterie_kit.report.ladder import ladder
from coterie_kit.results import Results
from coterie_kit.terminal import repeat_command, visible
from coterie_kit.verdict import Outcome, Verdict, worst

__all__ = ["page"]

HERE = Path(__file__).parent
AREAS = {
    "DOC": "Documents", "NAM": "Names", "LEF": "Leaves", "FRM": "Frames", "SES": "Sessions", "KEY": "Key run",
    "REC": "Records", "TST": "Test interface",
}  # fmt: skip
ORDER = tuple(AREAS)


@dataclass(frozen=True, slots=True)
class Cell:
    """One requirement as one class and tier shows it."""

    id: str
    verdict: str
    cases: int
    title: str


def page(results: Results) -> str:
    """The page as text. The same results give the same octets."""
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=_shown,
    )  # fmt: skip
    style = Markup((HERE / "page.css").read_text(encoding="utf-8"))  # noqa: S704 - a file of the package
    script = Markup((HERE / "page.js").read_text(encoding="utf-8"))  # noqa: S704 - a file of the package
    return environment.get_template("page.html.jinja").render(
        results=results,
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src '{_hash(style)}' ; script-src '{_hash(script)}'",
        totals=_totals(results),
        bar=_bar(results),
        columns=_columns(results),
        matrix=_matrix(results),
        rows=_requirement_rows(results),
        groups=_groups(results),
        ladder=lambda outcome: ladder(outcome.trace, outcome.names),
        repeat=lambda outcome: repeat_command(results.peer, outcome),
        rule=requirements.rule,
        as_json=lambda value: json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False),
    )


def _shown(value: Any) -> Any:
    """Text without control characters; line breaks stay, for what is preformatted."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return "\n".join(visible(line) for line in value.split("\n"))
    return value


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _totals(results: Results) -> list[tuple[str, int]]:
    """What occurs, and what was not asked last."""
    found = [(name, number) for name, number in results.totals.items() if number]
    return sorted(found, key=lambda row: row[0] == str(Verdict.UNSUPPORTED))


def _bar(results: Results) -> list[tuple[str, float, float]]:
    """Verdict, start and width of each part of the bar, in thousandths of its length."""
    whole = max(len(results.outcomes), 1)
    parts, start = [], 0.0
    for name, number in _totals(results):
        width = 1000 * number / whole
        parts.append((name, round(start, 2), round(width, 2)))
        start += width
    return parts


def _columns(results: Results) -> list[tuple[str, int]]:
    return sorted({(o.cls, o.tier) for o in results.outcomes})


def _area_rank(area: str) -> tuple[int, str]:
    return (ORDER.index(area) if area in ORDER else len(ORDER), area)


def _by_requirement(results: Results) -> dict[str, list[Outcome]]:
    found: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in results.outcomes:
        for req in outcome.reqs:
            found[req].append(outcome)
    return found


def _verdict(outcomes: list[Outcome], req: str) -> str:
    """What the cases say about one requirement: a failing check counts for those that it names."""
    verdicts = []
    for outcome in outcomes:
        blames_others = outcome.verdict is Verdict.FAIL and outcome.blamed and req not in outcome.blamed
        verdicts.append(Verdict.PASS if blames_others else outcome.verdict)
    asked = [verdict for verdict in verdicts if verdict is not Verdict.UNSUPPORTED]
    return str(worst(asked)) if asked else str(Verdict.UNSUPPORTED)


def _number(req: str) -> tuple[str, int]:
    return requirements.area(req), int(req.rsplit("-", 1)[-1])


def _matrix(results: Results) -> list[tuple[str, list[list[Cell]]]]:
    """Area by area, a list of cells for each column."""
    found = _by_requirement(results)
    rows = []
    for area in sorted({requirements.area(req) for req in found}, key=_area_rank):
        cells = []
        for column in _columns(results):
            row = []
            for req in sorted((req for req in found if requirements.area(req) == area), key=_number):
                here = [o for o in found[req] if (o.cls, o.tier) == column]
                if here:
                    row.append(Cell(req, _verdict(here, req), len(here), requirements.sentence(req)))
            cells.append(row)
        rows.append((AREAS.get(area, area), cells))
    return rows


def _requirement_rows(results: Results) -> list[dict[str, Any]]:
    found = _by_requirement(results)
    ranked = sorted(found, key=lambda req: (_area_rank(requirements.area(req)), _number(req)))
    return [
        {
            "id": req, "level": requirements.level(req), "text": requirements.sentence(req),
            "verdict": _verdict(found[req], req), "cases": found[req],
        }
        for req in ranked
    ]  # fmt: skip


def _groups(results: Results) -> list[tuple[str, list[Outcome], str]]:
    """Cases by the first parts of their slugs, each group with its worst verdict."""
    found: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in results.outcomes:
        parts = outcome.slug.split(".")
        found[" · ".join(parts[:2]) if parts[0] == "vector" else parts[0]].append(outcome)
    return [(name, group, str(worst(o.verdict for o in group))) for name, group in sorted(found.items())]
