"""Which sequence numbers of a signer were used up: a window of 64 below the highest.

Implements REQ-SES-5 and REQ-SES-6.
"""

from __future__ import annotations

from coterie import registry
from coterie.errors import RemoteError


class SequenceWindow:
    """One signer's sequence numbers in one incarnation. `mark` is for after the checks."""

    __slots__ = ("highest", "seen")

    def __init__(self, first: int) -> None:
        self.highest = first
        self.seen = 1
        """Bit i stands for the sequence `highest - i`."""

    def holds(self, sequence: int) -> bool:
        """Whether that sequence number is inside the window and used up."""
        age = self.highest - sequence
        return 0 <= age < registry.limit("sequence-window") and bool(self.seen >> age & 1)

    def mark(self, sequence: int) -> None:
        """Use a sequence number up; the window moves on when it is the highest so far."""
        width = registry.limit("sequence-window")
        if sequence > self.highest:
            kept = self.seen << min(sequence - self.highest, width)
            self.seen = (kept | 1) & ((1 << width) - 1)
            self.highest = sequence
        elif self.highest - sequence < width:
            self.seen |= 1 << (self.highest - sequence)


def check_positive(sequence: int) -> None:
    """No frame has the sequence number 0."""
    # REQ-SES-6: sequence numbers begin with 1
    if sequence == 0:
        raise RemoteError("too-old", requirement="REQ-SES-6", field="sequence")


def check_not_replayed(window: SequenceWindow, sequence: int) -> None:
    """The sequence number was not used up before."""
    # REQ-SES-5: each sequence number once
    if window.holds(sequence):
        raise RemoteError("replayed", requirement="REQ-SES-5", field="sequence")


def check_not_too_old(window: SequenceWindow, sequence: int) -> None:
    """The sequence number is one that the window still remembers."""
    # REQ-SES-5: at or below highest - 64 nobody knows whether it was used up
    if sequence <= window.highest - registry.limit("sequence-window"):
        raise RemoteError("too-old", requirement="REQ-SES-5", field="sequence")


def check_window(window: SequenceWindow, sequence: int) -> None:
    """Check 8 for PING, PONG and REFUSE, in its order."""
    check_positive(sequence)
    check_not_replayed(window, sequence)
    check_not_too_old(window, sequence)
