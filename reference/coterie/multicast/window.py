"""Which counters of one kind of frame were accepted from a member: a window of 1,024 below the greatest.

Implements REQ-MUL-32.
"""

from __future__ import annotations

from coterie import registry


class ControlWindow:
    """The counters of one member's frames in one view. `mark` is for after the checks."""

    __slots__ = ("_seen", "highest")

    def __init__(self) -> None:
        self.highest = -1
        """The greatest counter accepted, -1 before the first."""
        self._seen = 0
        # bit i stands for the counter `highest - i`

    def holds(self, counter: int) -> bool:
        """Whether that counter is inside the window and was accepted."""
        age = self.highest - counter
        return 0 <= age < registry.limit("control-window") and bool(self._seen >> age & 1)

    def mark(self, counter: int) -> None:
        """Remember a counter; the window moves on when it is the greatest so far."""
        width = registry.limit("control-window")
        if counter > self.highest:
            kept = self._seen << min(counter - self.highest, width)
            self._seen = (kept | 1) & ((1 << width) - 1)
            self.highest = counter
        elif self.highest - counter < width:
            self._seen |= 1 << (self.highest - counter)

    def fingerprint(self) -> tuple[int, int]:
        """All state, for the digest."""
        return (self.highest, self._seen)
