"""Verdicts: of a check, of a case, of a run. Pure values; the reports are made of nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["JUDGED", "Check", "Outcome", "Verdict", "worst"]


class Verdict(StrEnum):
    """What is said about one case, from best to worst."""

    PASS = "pass"  # noqa: S105 - a verdict, not a secret
    UNSUPPORTED = "unsupported"
    WARN = "warn"
    INCONCLUSIVE = "inconclusive"
    FAIL = "fail"
    HANG = "hang"
    CRASH = "crash"
    KIT_ERROR = "kit-error"


ORDER = tuple(Verdict)
JUDGED = frozenset({Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.HANG, Verdict.CRASH})
AGAINST = frozenset({Verdict.FAIL, Verdict.HANG, Verdict.CRASH})


@dataclass(frozen=True, slots=True)
class Check:
    """One question inside a case and its answer. Values are text, bounded, as a report shows them."""

    name: str
    verdict: Verdict
    reqs: tuple[str, ...]
    field: str = ""
    expected: str = ""
    observed: str = ""

    def __reduce__(self) -> tuple[type[Check], tuple[object, ...]]:
        """As its fields: outcomes go from process to process, each with dozens of these."""
        return Check, (self.name, self.verdict, self.reqs, self.field, self.expected, self.observed)


@dataclass(slots=True)
class Outcome:
    """What became of one case."""

    slug: str
    reqs: tuple[str, ...]
    type: str
    operator: str
    cls: str
    tier: int
    fresh: bool
    verdict: Verdict = Verdict.PASS
    why: str = ""
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    trace: list[dict[str, Any]] = field(default_factory=list)
    repeat: str = ""
    expected_failure: str = ""

    @property
    def failing(self) -> list[Check]:
        """The checks that speak against the peer."""
        return [check for check in self.checks if check.verdict in {Verdict.FAIL, Verdict.WARN}]

    @property
    def blamed(self) -> frozenset[str]:
        """The requirements that the failing checks name."""
        return frozenset(req for check in self.checks if check.verdict is Verdict.FAIL for req in check.reqs)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of ``verdicts``; PASS when there are none."""
    return max(verdicts, key=ORDER.index, default=Verdict.PASS)
