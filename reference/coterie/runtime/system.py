"""What the core is not allowed to look up by itself: the system's clocks and its randomness."""

from __future__ import annotations

import os
import time

from coterie.vocabulary import Now

NS_PER_MS = 1_000_000


def read_clocks() -> Now:
    """Both clocks, in milliseconds."""
    return Now(time.monotonic_ns() // NS_PER_MS, time.time_ns() // NS_PER_MS)


def draw(_label: str, _context: bytes, length: int) -> bytes:
    """Fresh octets from the system, whatever they are for."""
    return os.urandom(length)


def wall_ms() -> float:
    """The wall clock in milliseconds, as finely as the system knows it: for people and traces only."""
    return time.time_ns() // 1000 / 1000
