"""The self-test: does the kit notice a broken rule, and only where it should? Pure planning and judging.

A mutant is a peer with one rule broken. The cases that cite the rule must fail on it, by a check that names
the rule; no other case may. A liar must not come out conformant. A benign variant must.

The reference tells of each case which mutants it met: those whose version of a function would have come to
something else at least once. A mutant that a case did not meet does, in that case, octet for octet what the
reference does; nobody has to be asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from coterie_kit import strict
from coterie_kit.case import Case
from coterie_kit.faults import KitError
from coterie_kit.selection import citing
from coterie_kit.verdict import AGAINST, Verdict

__all__ = [
    "Fate",
    "Finding",
    "Mutant",
    "beside",
    "fate",
    "in_drawn_order",
    "kills",
    "mutants_in",
    "part",
    "plan",
]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One broken rule: ``kind`` is "dropped" when a check is gone, "altered" when another thing is done.

    ``place`` is where it is broken: no peer can be two mutants of one place.
    """

    name: str
    reqs: tuple[str, ...]
    kind: str
    description: str
    place: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What one case found about one peer, as a worker process tells it."""

    slug: str
    verdict: Verdict
    blamed: tuple[str, ...]
    why: str
    met: frozenset[str] = frozenset()
    mutant: str = ""


@dataclass(slots=True)
class Fate:
    """What became of one mutant."""

    mutant: Mutant
    cited: int = 0
    others: int = 0
    spared: int = 0
    killers: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    misnamed: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    fault: str = ""

    @property
    def trouble(self) -> str:
        """What is wrong with the kit (or with the mutant); empty when the mutant died as it should."""
        rules = (
            (not self.fault, self.fault),
            (self.cited > 0, "no case cites its rule"),
            (bool(self.killers), "silent: no case that cites its rule fails by a check that names it"),
            (
                not self.misnamed,
                f"{', '.join(self.misnamed)} fails, but the failing check does not name the rule",
            ),
            (not self.strays, f"{', '.join(self.strays)} fails without citing the rule"),
        )
        return next((sentence for holds, sentence in rules if not holds), "")


def mutants_in(listing: bytes) -> list[Mutant]:
    """The mutants in the lines of ``coterie harness --list-mutants``. KitError when there are none."""
    found = []
    for line in filter(None, (line.strip() for line in listing.splitlines())):
        try:
            row: Mapping[str, Any] = strict.parse(line)
            name, reqs, kind = row["name"], tuple(row["reqs"]), row["kind"]
            found.append(Mutant(name, reqs, kind, row["description"], row["place"]))
        except (strict.Malformed, KeyError, TypeError) as error:
            message = f"a line of the list of mutants cannot be read: {error}"
            raise KitError(message) from None
    if not found:
        message = "the list of mutants is empty"
        raise KitError(message)
    return found


def plan(mutant: Mutant, cases: list[Case], met: Mapping[str, frozenset[str]] | None) -> list[str]:
    """Slugs of the cases to ask ``mutant`` alone: all that cite its rule.

    ``met`` says which mutants each case met on the reference; the others are not asked, for what came of them
    is known. Without it every case is asked.
    """
    if met is None:
        return [case.slug for case in cases]
    return [case.slug for case in citing(cases, mutant.reqs) if mutant.name in met[case.slug]]


def beside(
    mutants: list[Mutant], cases: Iterable[Case], met: Mapping[str, frozenset[str]]
) -> list[tuple[str, tuple[Mutant, ...]]]:
    """Slug by slug, those mutants whose rules the case does not cite and that it met."""
    found = []
    for case in cases:
        those = tuple(m for m in mutants if m.name in met[case.slug] and not set(m.reqs) & set(case.reqs))
        found += [(case.slug, those)] if those else []
    return found


def in_drawn_order(slugs: Iterable[str], purpose: str, seed: int) -> list[str]:
    """All of ``slugs``, in another order for each purpose."""
    return sorted(slugs, key=lambda slug: _drawn(seed, purpose, slug))


def part(slugs: Iterable[str], purpose: str, seed: int, one_in: int) -> tuple[str, ...]:
    """A seeded part of ``slugs``, about one in so many, another one for each purpose."""
    return tuple(slug for slug in slugs if _drawn(seed, purpose, slug) % one_in == 0)


def _drawn(seed: int, purpose: str, slug: str) -> int:
    digest = hashlib.sha256(f"{seed} {purpose} {slug}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def kills(finding: Finding, reqs: Iterable[str]) -> bool:
    """Whether a check that names one of these requirements has failed."""
    return finding.verdict in AGAINST and not set(reqs).isdisjoint(finding.blamed)


def fate(mutant: Mutant, cases: Mapping[str, Case], findings: Iterable[Finding]) -> Fate:
    """What ``findings`` mean for ``mutant``; a case of ``cases`` that has none did not meet it, or was spared
    because others have killed it."""
    found = Fate(mutant, spared=len(cases))
    for finding in findings:
        cites = bool(set(mutant.reqs) & set(cases[finding.slug].reqs))
        found.cited += cites
        found.others += not cites
        found.spared -= 1
        if finding.verdict is Verdict.KIT_ERROR:
            found.fault = f"{finding.slug} could not be judged: {finding.why}"
        elif finding.verdict is Verdict.INCONCLUSIVE:
            found.unclear.append(finding.slug)
        elif finding.verdict in AGAINST:
            if not cites:
                found.strays.append(finding.slug)
            elif kills(finding, mutant.reqs):
                found.killers.append(finding.slug)
            elif finding.verdict in {Verdict.CRASH, Verdict.HANG}:
                # a peer that breaks down tells by no check what it broke: no kill, and no check misnamed
                found.unclear.append(finding.slug)
            else:
                found.misnamed.append(finding.slug)
    return found
