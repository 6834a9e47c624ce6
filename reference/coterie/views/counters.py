"""Counters of views: what makes one later than another.

Implements REQ-VIE-4.
"""

from __future__ import annotations


def next_counter(seen: int) -> int:
    """The counter of a new proposal."""
    # REQ-VIE-4: greater than every counter seen
    return seen + 1
