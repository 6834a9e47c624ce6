"""How much a member keeps under way: fewer frames than the text allows where the others cannot follow.

Serves REQ-MUL-29, whose bounds it never exceeds. What is on its way to a slow receiver waits in front of it,
and signs of life wait behind it; so a sender that hears of losses, or whose messages become stable later and
later, halves what it has under way, and goes up again step by step. Each member decides for itself.

A round lasts from a frame to its stability. It has at most one step, up or down, when it ends or when
something is asked for again.
"""

from __future__ import annotations

FIRST = 96
"""Frames under way when a view begins: a message in 64 pieces and half as much again, which sockets hold."""

FEWEST = 16
"""Frames that may always be under way: of many messages each, they keep a slow group busy."""

QUEUED_MS = 800
"""How much later than in the quickest round a frame may become stable. A sign of life that waits behind data
must not be missed for the 2,000 ms after which its member is suspected."""

STEP = 8
"""The window grows by an eighth of itself, and by one frame at least."""


class Pacing:
    """The window of one member in one view, in frames of its own that are not stable."""

    __slots__ = ("_began_at", "_cut", "_mark", "_quickest", "_short", "window")

    def __init__(self) -> None:
        self.window = FIRST
        self._mark: int | None = None
        """The sequence number whose stability ends the round; None between two."""
        self._began_at = 0
        self._quickest: int | None = None
        """Milliseconds of the shortest round."""
        self._short = False
        """Whether more would have been sent in this round."""
        self._cut = False
        """Whether this round has had its step."""

    def sent(self, last: int, *, short: bool, mono_ms: int) -> None:
        """Frames were sent, up to the sequence number `last`; `short`: and more waits."""
        if self._mark is None:
            self._mark, self._began_at = last, mono_ms
            self._short = self._cut = False
        self._short = self._short or short

    def asked(self) -> None:
        """A frame of one's own that is under way was missed by someone."""
        if self._mark is not None and not self._cut:
            self._cut = True
            self.window = halved(self.window)

    def stable(self, floor: int, mono_ms: int) -> None:
        """Own messages up to `floor` are stable."""
        if self._mark is None or floor < self._mark:
            return
        self._mark = None
        lasted = mono_ms - self._began_at
        self._quickest = lasted if self._quickest is None else min(lasted, self._quickest)
        if self._cut:
            return
        if is_queued(lasted, self._quickest):
            self.window = halved(self.window)
        elif self._short:
            self.window = grown(self.window)

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        return (self.window, self._mark, self._began_at, self._quickest, self._short, self._cut)


def is_queued(lasted: int, quickest: int) -> bool:
    """Whether a round was so much longer than the quickest that its frames have waited for receivers."""
    return lasted - quickest > QUEUED_MS


def halved(window: int) -> int:
    """The window after a sign of congestion."""
    return max(FEWEST, window // 2)


def grown(window: int) -> int:
    """The window after a round that went well and could have held more."""
    return window + max(1, window // STEP)
