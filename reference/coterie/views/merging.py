"""Merging: a coordinator asks another one to take its component in.

Implements REQ-VIE-22, and REQ-VIE-45 on the side that asks.
"""

from __future__ import annotations

from coterie import registry
from coterie.effects import Effect
from coterie.views.exclusions import Exclusions
from coterie.views.ground import Ground
from coterie.views.joining import Seen
from coterie.vocabulary import NO_VIEW, NodeId, Now, ViewId, counter_of
from coterie.wire.bodies import Join


class Merging:
    """A coordinator that has asked another one to take its component in."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._leader: NodeId | None = None
        self._frame = b""
        self._sequence = 0
        self._until = 0
        self._next_at: int | None = None
        self._vain = Exclusions()
        """Leaders that were asked, and whom no view came of."""
        self._waits: dict[NodeId, tuple[ViewId, int]] = {}
        """Coordinators that should have asked: since when, and in which view they were."""

    def answered(self, proposer: NodeId, now: Now) -> None:
        """A proposal was answered: the leader's, and the wish has done its work; or another one."""
        if self._leader == proposer:
            self._next_at = None
        else:
            self.failed(now)

    def failed(self, now: Now) -> None:
        """The wish was refused, became too old, or came in between: not this leader again at once."""
        if self._leader is not None:
            self._vain.left_out(self._leader, now)
        self.clear()

    @property
    def leader(self) -> NodeId | None:
        """Who was asked, as long as that holds."""
        return self._leader

    def on_seen(self, seen: Seen, now: Now) -> list[Effect]:
        """Another view is there: greet its coordinator, ask it, or wait to be asked."""
        ground = self._ground
        if not seen.is_coordinator:
            return ground.follow(seen.coordinator.to_address(), now)
        if not ground.leads:
            return []
        # REQ-VIE-22: one leader at a time; REQ-VIE-45: not again at once where it was in vain
        if self._leader is not None or self._vain.holds(seen.node, now):
            return []
        if leads_before(seen.view, seen.node, ground) or self._waited(seen, now):
            return self._ask(seen.node, now)
        return []

    def _waited(self, seen: Seen, now: Now) -> bool:
        """Whether a coordinator that should have asked did not, perhaps because it cannot learn of this
        one."""
        view, since = self._waits.get(seen.node, (NO_VIEW, now.mono_ms))
        if view != seen.view:
            since = now.mono_ms
        if len(self._waits) >= registry.limit("joins"):
            self._waits.clear()
        self._waits[seen.node] = (seen.view, since)
        # REQ-VIE-22: whoever knew would have asked at once
        return now.mono_ms - since >= registry.timer("join-permit")

    def _ask(self, leader: NodeId, now: Now) -> list[Effect]:
        ground = self._ground
        self._leader = leader
        self._frame = ground.standing.sign(leader, Join(ground.view, ground.rows()))
        self._sequence = ground.standing.sequence
        self._until = now.mono_ms + registry.timer("join-permit")
        self._next_at = now.mono_ms + registry.timer("join-resend")
        return [ground.event("joining", coordinator=leader), *ground.send(leader, self._frame)]

    def is_about(self, sequence: int) -> bool:
        """Whether that sequence number is the one of the JOIN that is sent."""
        return self._leader is not None and self._sequence == sequence

    def asked_by(self, node: NodeId, view: ViewId) -> None:
        """That coordinator asks itself: of two that ask each other the one that leads takes its wish back."""
        self._waits.pop(node, None)
        if self._leader == node and not leads_before(view, node, self._ground):
            self.clear()

    def clear(self) -> None:
        """The wish is over, or not this peer's to wish."""
        self._leader, self._frame, self._next_at = None, b"", None

    def installed(self, now: Now) -> None:
        """Another view: whatever was asked for the one before is fulfilled, or was in vain."""
        if self._leader in self._ground.members:
            self.clear()
        self.failed(now)
        self._vain.forgive(self._ground.members)
        self._waits.clear()

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        return None if self._next_at is None else min(self._next_at, self._until)

    def fire(self, now: Now) -> list[Effect]:
        """Ask again, until the wish is too old."""
        if now.mono_ms >= self._until or self._leader is None:
            self.failed(now)
            return []
        self._next_at = now.mono_ms + registry.timer("join-resend")
        return self._ground.send(self._leader, self._frame)

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        return (
            self._leader,
            self._frame,
            tuple((node, self._waits[node][0]) for node in sorted(self._waits)),
        )


def leads_before(view: ViewId, node: NodeId, ground: Ground) -> bool:
    """Whether the coordinator `node` of `view` leads a merge with the view of this peer."""
    # REQ-VIE-22: the greater counter, then the greater Node-ID
    return (counter_of(view), node) > (counter_of(ground.view), ground.node)
