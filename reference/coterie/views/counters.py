"""Counters of views: what makes one later than another.

Implements REQ-VIE-4.
"""

from __future__ import annotations

from coterie.vocabulary import ViewId

SIZE = 8


def next_counter(seen: int) -> int:
    """The counter of a new proposal."""
    # REQ-VIE-4: greater than every counter seen
    return seen + 1


def counter_of(view: ViewId) -> int:
    """The counter in a view id; 0 in zeros."""
    return int.from_bytes(view[:SIZE], "big")
