"""A failing plan made small: the fewest steps that still fail (delta debugging)."""

from __future__ import annotations

from collections.abc import Callable

from coterie.simulation.plan import Plan


def shrink(plan: Plan, fails: Callable[[Plan], bool], tries: int = 200) -> Plan:
    """The plan with as few steps as were found to fail still, after at most so many runs."""
    kept = [step.number for step in plan.steps]
    parts = 2
    if tries > 0 and fails(plan.only([])):
        return plan.only([])
    while len(kept) >= 2 and tries > 0:
        size = -(-len(kept) // parts)
        for begin in range(0, len(kept), size):
            fewer = kept[:begin] + kept[begin + size :]
            tries -= 1
            if fails(plan.only(fewer)):
                kept, parts = fewer, max(parts - 1, 2)
                break
            if tries <= 0:
                break
        else:
            if parts >= len(kept):
                break
            parts = min(len(kept), 2 * parts)
    return plan.only(kept)
