"""Clocks of a simulated node: one that only goes forward, and one that people set.

The simulation counts whole milliseconds from 0. What a node reads differs by where its clocks began, by a
drift that both share, and by the steps of the wall clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from coterie.vocabulary import Now

MILLION = 1_000_000


@dataclass(slots=True)
class Clock:
    """`mono` and `wall` are what the clocks showed at 0; `drift` is in parts per million."""

    mono: int
    wall: int
    drift: int = 0

    def read(self, at: int) -> Now:
        """What both clocks show at an instant of the simulation."""
        elapsed = at + at * self.drift // MILLION
        return Now(self.mono + elapsed, self.wall + elapsed)

    def when(self, mono: int) -> int:
        """The first instant of the simulation at which the monotonic clock shows `mono`."""
        rate = MILLION + self.drift
        return -((self.mono - mono) * MILLION // rate)

    def step(self, milliseconds: int) -> None:
        """Somebody sets the wall clock, forward or back."""
        self.wall += milliseconds
