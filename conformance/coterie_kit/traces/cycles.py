"""Whether chains of numbers fit into one order, and where they do not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

__all__ = ["cycle"]


def cycle(chains: Sequence[Sequence[int]]) -> list[int]:
    """Numbers that precede each other in a circle, by the steps of the chains; empty when there are none.

    Takes time in proportion to the length of all chains: what nothing precedes is taken away, and from what
    remains one walks backwards until a number comes again.
    """
    after: dict[int, set[int]] = defaultdict(set)
    before: dict[int, set[int]] = defaultdict(set)
    for chain in chains:
        for one, other in pairwise(chain):
            after[one].add(other)
            before[other].add(one)
    waiting = {number: len(ones) for number, ones in before.items()}
    free = [number for number in after if number not in waiting]
    while free:
        for other in after.get(free.pop(), ()):
            waiting[other] -= 1
            if not waiting[other]:
                del waiting[other]
                free.append(other)
    if not waiting:
        return []
    number = min(waiting)
    walked: dict[int, int] = {}
    path: list[int] = []
    while number not in walked:
        walked[number] = len(path)
        path.append(number)
        number = min(one for one in before[number] if one in waiting)
    return path[walked[number] :][::-1]
