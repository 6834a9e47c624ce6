"""Why and when this peer proposes.

Implements REQ-VIE-3 and REQ-VIE-27.
"""

from __future__ import annotations

from coterie import registry
from coterie.effects import Effect
from coterie.views.answering import Answering
from coterie.views.ground import Ground
from coterie.views.joins import Joins
from coterie.views.membership_states import State
from coterie.views.proposing import Own, Proposing
from coterie.vocabulary import NO_VIEW, NodeId, Now


class Causes:
    """When the next proposal of this peer is due: None as long as there is no cause, or it is not its
    turn."""

    def __init__(self, ground: Ground, answering: Answering, joins: Joins, proposing: Proposing) -> None:
        self._ground = ground
        self._answering = answering
        self._joins = joins
        self._proposing = proposing
        self._due_at: int | None = None
        self._refresh_at: int | None = None
        self._bar_ends_at: int | None = None
        self._is_old = False
        self.is_merging = False
        """Whether this peer has asked another coordinator to take its component in."""

    def begin(self, now: Now) -> None:
        """A view was installed."""
        self._due_at = self._bar_ends_at = None
        self._is_old = False
        self._refresh_at = now.mono_ms + registry.timer("view-refresh")

    def clear(self) -> None:
        """Outside."""
        self._due_at = self._refresh_at = self._bar_ends_at = None
        self._is_old = False

    def consider(self, now: Now) -> None:
        """Look at everything that may be a cause, and set or clear the time of the proposal."""
        delay = self._delay(now) if self._may(now) else None
        if delay is None:
            self._due_at = None
        elif self._due_at is None or now.mono_ms + delay < self._due_at:
            # REQ-VIE-3: the first cause starts the wait; later ones share the proposal
            self._due_at = now.mono_ms + delay
        # REQ-VIE-45: whose JOIN is kept while they are barred may come in when the bar ends
        waits = delay is None and self._joins.any_kept(now)
        self._bar_ends_at = self._ground.exclusions.next_end(now) if waits else None

    def _may(self, now: Now) -> bool:
        ground = self._ground
        if ground.view == NO_VIEW or ground.liveness.first(now) != ground.node:
            return False
        own = self._proposing.own
        return own is None or self._is_hopeless(own, now)

    def _is_hopeless(self, own: Own, now: Now) -> bool:
        """Whether the run of the own proposal waits for a member of this view that is silent or gone."""
        ground, run = self._ground, self._ground.views.run
        if own.view == NO_VIEW or run is None:
            return False
        # one that is gone and comes as a newcomer, in its next life, is waited for like any other
        here = {row.node_id for row in run.proposal.install.members if row.previous_view == ground.view}
        return any(node in here and ground.liveness.suspects(node, now) for node in run.missing)

    def _delay(self, now: Now) -> int | None:
        """How long to wait with a proposal, None without a cause."""
        ground, wait = self._ground, registry.timer("propose-delay")
        if self._answering.is_stuck:
            # REQ-VIE-3: a failure is no reason to wait
            return 0
        if self._is_anothers(now):
            return None
        if ground.liveness.suspected(now):
            return wait
        if ground.state is not State.STABLE or not ground.leads:
            return None
        return wait if self._is_refresh_due() or self._has_joins(now) else None

    def _is_anothers(self, now: Now) -> bool:
        """Whether somebody else is at work on a view, as far as this peer can tell."""
        current = self._answering.current
        if current is None or current.proposer == self._ground.node or current.is_overdue:
            return False
        return not self._ground.liveness.suspects(current.proposer, now)

    def _has_joins(self, now: Now) -> bool:
        # REQ-VIE-22: who has asked another coordinator waits for it; REQ-VIE-24: who leaves takes nobody in
        if self.is_merging or self._ground.is_leaving:
            return False
        return bool(self._joins.chosen(self._there(now), now))

    def _there(self, now: Now) -> tuple[NodeId, ...]:
        ground = self._ground
        return tuple(node for node in ground.members if not ground.liveness.suspects(node, now))

    def _is_refresh_due(self) -> bool:
        # REQ-VIE-27: after a day, or 2^24 frames of one sender
        return self._is_old or self._ground.around.frames_seen >= registry.limit("view-frames")

    # ------------------------------------------------------------ time

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        times = (self._due_at, self._refresh_at, self._bar_ends_at)
        return min((at for at in times if at is not None), default=None)

    def fire(self, now: Now) -> list[Effect]:
        """The view is a day old; a bar is over; or it is time to propose, if there is still a cause."""
        if self._refresh_at is not None and self._refresh_at <= now.mono_ms:
            self._is_old, self._refresh_at = True, None
            return []
        if self._bar_ends_at is not None and self._bar_ends_at <= now.mono_ms:
            self.consider(now)
            return []
        self._due_at = None
        is_due = self._may(now) and self._delay(now) is not None
        return self._proposing.propose(now) if is_due else []
