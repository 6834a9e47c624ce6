"""What every part of the overlay machine with timers offers, and which of them is due first.

Implements the order of the timers of the overlay among each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from coterie.effects import Effect
from coterie.vocabulary import Now


class Part(Protocol):
    """Something with timers: when the first is due, and to let that one go off."""

    def wake(self) -> int | None:
        """In milliseconds of the monotonic clock; None when nothing waits."""

    def fire(self, now: Now) -> list[Effect]:
        """Let the first one go off."""


def first_of(parts: Sequence[Part]) -> Part | None:
    """The part whose timer is due first; of two that are due at once the first in the row."""
    dues = [(due, at) for at, part in enumerate(parts) if (due := part.wake()) is not None]
    return parts[min(dues)[1]] if dues else None
