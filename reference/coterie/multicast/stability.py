"""What all members hold: the least of their acknowledgements, each seen with one's own eyes.

Implements REQ-MUL-19.
"""

from __future__ import annotations

from collections.abc import Sequence


class Stability:
    """The acknowledgements of one view by position."""

    __slots__ = ("_acknowledged", "stable")

    def __init__(self, members: int) -> None:
        self._acknowledged = [0] * members
        self.stable = 0
        """Every member holds everything up to this timestamp."""

    def note(self, position: int, acknowledged: int) -> bool:
        """A member, oneself included, holds everything up to there; whether more is stable now."""
        before = self._acknowledged[position]
        if acknowledged <= before:
            return False
        self._acknowledged[position] = acknowledged
        if before > self.stable:
            return False
        stable = least_acknowledged(self._acknowledged)
        advanced = stable > self.stable
        self.stable = max(self.stable, stable)
        return advanced

    def behind(self, timestamp: int) -> list[int]:
        """Positions of the members that have not acknowledged a message of that timestamp."""
        return [at for at, acknowledged in enumerate(self._acknowledged) if acknowledged < timestamp]

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        return (tuple(self._acknowledged), self.stable)


def least_acknowledged(acknowledged: Sequence[int]) -> int:
    """The timestamp up to which all members hold everything."""
    # REQ-MUL-19: the least of all, one's own among them
    return min(acknowledged)
