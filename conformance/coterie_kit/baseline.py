"""The baseline: known failures, each with the way in which it fails. Another way, or a pass, is stale.

A TOML file of tables ``[[expected]]``: ``case``, ``verdict``, ``checks`` (names of the failing checks),
``because`` (a sentence), and optionally ``link``.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

from coterie_kit.faults import UsageError
from coterie_kit.verdict import AGAINST, Outcome, Verdict

__all__ = ["Expected", "apply", "read", "text"]

MEMBERS = frozenset({"case", "verdict", "checks", "because", "link"})
UNEXPLAINED = "(say why)"


@dataclass(frozen=True, slots=True)
class Expected:
    """One known failure and its mode."""

    case: str
    verdict: Verdict
    checks: frozenset[str]
    because: str


def read(path: Path) -> dict[str, Expected]:
    """The entries of ``path`` by case. UsageError when it is not a baseline."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("expected", [])
        found = {row["case"]: _entry(row) for row in rows}
    except OSError as error:
        raise UsageError(f"cannot read the baseline {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"the baseline {path} is not TOML: {error}") from None
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"an entry of the baseline {path} is wrong: {error}") from None
    if len(found) != len(rows):
        raise UsageError(f"the baseline {path} names a case twice")
    return found


def _entry(row: dict[str, object]) -> Expected:
    strange = sorted(row.keys() - MEMBERS)
    if strange:
        message = f"unknown member {strange[0]!r}"
        raise ValueError(message)
    verdict = Verdict(str(row["verdict"]))
    checks = row.get("checks", [])
    if verdict not in AGAINST or not isinstance(checks, list):
        message = f"{row['case']}: a verdict is fail, crash or hang, and checks are a list"
        raise ValueError(message)
    because = str(row["because"]).strip()
    if not because:
        message = f"{row['case']}: says no 'because'"
        raise ValueError(message)
    return Expected(str(row["case"]), verdict, frozenset(map(str, checks)), because)


def mode(outcome: Outcome) -> tuple[Verdict, frozenset[str]]:
    """The way in which a case fails."""
    return outcome.verdict, frozenset(c.name for c in outcome.checks if c.verdict is Verdict.FAIL)


def apply(expected: dict[str, Expected], outcomes: list[Outcome], *, whole: bool) -> list[str]:
    """Marks the outcomes that fail as expected; one sentence for each entry that no longer holds.

    ``whole``: every case was asked, so an entry without an outcome names a case that there is not.
    """
    stale = []
    by_slug = {outcome.slug: outcome for outcome in outcomes}
    for entry in expected.values():
        outcome = by_slug.get(entry.case)
        if outcome is None:
            stale += [f"{entry.case} is expected to fail, but there is no such case"] if whole else []
        elif outcome.verdict not in AGAINST:
            stale.append(f"{entry.case} is expected to fail, but the verdict is {outcome.verdict}")
        elif mode(outcome) != (entry.verdict, entry.checks):
            stale.append(f"{entry.case} fails in another way than expected: {_in_words(outcome)}")
            outcome.expected_failure = entry.because
        else:
            outcome.expected_failure = entry.because
    return stale


def _in_words(outcome: Outcome) -> str:
    names = sorted(mode(outcome)[1])
    return f"{outcome.verdict}, {', '.join(names[:3])}" if names else str(outcome.verdict)


def text(outcomes: list[Outcome]) -> str:
    """A baseline that expects what ``outcomes`` failed, for a person to say why."""
    entries = []
    for outcome in outcomes:
        if outcome.verdict in AGAINST:
            verdict, checks = mode(outcome)
            entries.append(
                "[[expected]]\n"
                f"case = {json.dumps(outcome.slug)}\n"
                f"verdict = {json.dumps(str(verdict))}\n"
                f"checks = {json.dumps(sorted(checks))}\n"
                f"because = {json.dumps(outcome.expected_failure or UNEXPLAINED)}\n"
            )
    return "\n".join(entries)
