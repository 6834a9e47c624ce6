"""Going on alone: the way out for a member that nobody else helps out.

Implements REQ-VIE-20.
"""

from __future__ import annotations

from coterie import registry
from coterie.effects import Effect
from coterie.views.ground import Ground
from coterie.views.membership_states import State
from coterie.views.proposing import Proposing
from coterie.vocabulary import NO_VIEW, Now


class Alone:
    """Since when this member waits for others."""

    def __init__(self, ground: Ground, proposing: Proposing) -> None:
        self._ground = ground
        self._proposing = proposing
        self._first_at: int | None = None
        self._step_at = 0

    def stepped(self, now: Now) -> None:
        """A proposal was answered, or its INSTALL accepted: somebody is at work."""
        if self._first_at is None:
            self._first_at = now.mono_ms
        self._step_at = now.mono_ms

    def clear(self) -> None:
        """A view was installed, or left."""
        self._first_at = None

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        ground = self._ground
        if ground.view == NO_VIEW:
            return None
        if ground.state is State.FLUSHED or ground.state is State.KEYING:
            first = self._first_at if self._first_at is not None else self._step_at
            return min(alone_after(self._step_at), first + registry.timer("alone-at-last"))
        lost_at = ground.liveness.lead_lost_at
        return None if lost_at is None else alone_after(lost_at)

    def fire(self, now: Now) -> list[Effect]:
        """Enough waited."""
        self._first_at = None
        return self._proposing.propose(now, alone=True)


def alone_after(waiting_since: int) -> int:
    """When a member that waits since then goes on alone."""
    # REQ-VIE-20: 6,000 ms
    return waiting_since + registry.timer("alone")
