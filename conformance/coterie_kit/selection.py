"""All cases of the kit in their order: those of the vectors, then those of the suite."""

from __future__ import annotations

from collections.abc import Iterable

from coterie_kit import vectors
from coterie_kit.case import Case, registered
from coterie_kit.faults import UsageError

__all__ = ["all_cases", "by_slug", "citing"]


def all_cases() -> list[Case]:
    """Every case there is."""
    return [*vectors.cases_of(map(vectors.load, vectors.files())), *registered()]


def by_slug(cases: Iterable[Case]) -> dict[str, Case]:
    """The cases by their slugs. UsageError when two have one."""
    found: dict[str, Case] = {}
    for case in cases:
        if case.slug in found:
            raise UsageError(f"two cases are called {case.slug}")
        found[case.slug] = case
    return found


def citing(cases: Iterable[Case], reqs: Iterable[str]) -> list[Case]:
    """The cases that cite one of ``reqs``."""
    wanted = set(reqs)
    return [case for case in cases if wanted & set(case.reqs)]
