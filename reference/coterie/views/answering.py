"""Answering a proposal: the view is frozen, the candidates are greeted, and FLUSH says what is held.

Implements REQ-VIE-8 to REQ-VIE-11. A peer answers only what is greater than its last answer, so it has at
most one proposal at a time; nothing but a view, or a greater proposal, ends that.
"""

from __future__ import annotations

from dataclasses import dataclass

from coterie import registry
from coterie.effects import Effect
from coterie.holdings import Holdings
from coterie.views import authority, questions
from coterie.views.ground import Ground
from coterie.views.membership_states import Input, State
from coterie.views.questions import Rank
from coterie.views.terms import NO_TERMS, Terms
from coterie.vocabulary import ALL_NODES, NO_VIEW, NodeId, Now
from coterie.wire.bodies import Candidate, Flush, Holding, Propose
from coterie.wire.frames import SignedFrame


@dataclass(slots=True)
class Answer:
    """The proposal that this peer has answered and that no view came of yet. `seen` is the greatest counter
    seen before it; `flush_by` when the FLUSH leaves at the latest, None once it has; `give_up_at` when the
    proposer has had its time."""

    body: Propose
    proposer: NodeId
    holdings: Holdings
    seen: int
    give_up_at: int
    flush_by: int | None
    has_install: bool = False
    is_overdue: bool = False

    @property
    def rank(self) -> Rank:
        """By what it is compared with others."""
        return (self.body.counter, self.proposer)


class Answering:
    """What this peer has answered last, and the answer."""

    def __init__(self, ground: Ground) -> None:
        self.current: Answer | None = None
        self.rank: Rank = (0, ALL_NODES)
        """The proposal answered last, whatever has become of it."""
        self._ground = ground
        self._asked = b""
        self._flush = b""

    # ------------------------------------------------------------ PROPOSE

    def on_propose(self, frame: SignedFrame, body: Propose, now: Now) -> list[Effect]:
        """Another peer's proposal."""
        ground = self._ground
        questions.check_rows(body.candidates, ground.own_row, frame.signer)
        if (body.counter, frame.signer) == self.rank and frame.body == self._asked:
            # REQ-VIE-10: the same question gets the same answer, byte for byte, as soon as there is one
            return ground.send(frame.signer, self._flush) if self._flush else []
        questions.check_greater((body.counter, frame.signer), self.rank, ground.views.floor)
        questions.check_near(body.counter, ground.reach(frame.signer))
        permits = authority.check_permits(ground, body, frame.signer)
        authority.check_authority(ground, frame.signer, permits, now)

        effects = self.answer(frame.signer, frame.body, body, now)
        return effects + ground.greet(body.candidates, now) + self.try_flush(now)

    def answer(self, proposer: NodeId, octets: bytes, body: Propose, now: Now) -> list[Effect]:
        """Freeze the view: from here on only another one counts."""
        ground = self._ground
        effects = ground.views.supersede()
        if ground.state is State.STABLE:
            effects.append(ground.event("blocked", view=ground.view))
        ground.step(Input.ANSWER)
        seen = ground.seen
        ground.learn(body.counter)
        holdings = ground.around.freeze(now)
        give_up_at = now.mono_ms + registry.timer("install-wait")
        flush_by = now.mono_ms + registry.timer("session-wait")
        self.current = Answer(body, proposer, holdings, seen, give_up_at, flush_by)
        self.rank, self._asked, self._flush = self.current.rank, octets, b""
        named = frozenset(row.node_id for row in body.candidates)
        ground.views.terms = Terms(
            body.counter, proposer, named, dict(holdings.rows), holdings.acknowledged,
        )  # fmt: skip
        effects.append(ground.event("proposed", counter=body.counter, proposer=proposer))
        return effects

    def try_flush(self, now: Now) -> list[Effect]:
        """Send the FLUSH, if there are sessions with all candidates or the time for them is over."""
        current, ground = self.current, self._ground
        if current is None or current.flush_by is None or current.proposer == ground.node:
            return []
        strangers = ground.strangers(current.body.candidates)
        if strangers and now.mono_ms < current.flush_by:
            return []
        current.flush_by = None
        refused = self._refused(current.body.candidates, strangers, now)
        self._flush = ground.standing.sign(current.proposer, self.flush(refused))
        return ground.send(current.proposer, self._flush)

    def _refused(
        self, rows: tuple[Candidate, ...], strangers: tuple[Candidate, ...], now: Now
    ) -> tuple[NodeId, ...]:
        # REQ-VIE-10: who cannot be greeted, and who is at fault
        exclusions = self._ground.exclusions
        return tuple(
            row.node_id for row in rows if row in strangers or exclusions.is_at_fault(row.node_id, now)
        )

    def flush(self, refused: tuple[NodeId, ...] = ()) -> Flush:
        """What this peer says to the proposal that it has answered."""
        current, ground = self.current, self._ground
        if current is None:
            raise AssertionError("there is a FLUSH only for a proposal that was answered")
        holdings, lineage = current.holdings, ground.views.lineage
        # REQ-VIE-10: in view order, so that another component learns the order of this one
        rows = tuple(Holding(node, sequence) for node, sequence in holdings.rows)
        has_view = lineage.view != NO_VIEW
        return Flush(
            current.body.counter, current.seen, holdings.clock,
            holdings.acknowledged if has_view else 0, lineage.view,
            lineage.suite if has_view else 0, int(holdings.sends and has_view),
            rows if has_view else (), refused,
        )  # fmt: skip

    # ------------------------------------------------------------ what becomes of it

    def run_began(self, now: Now) -> None:
        """Its INSTALL was accepted, or made."""
        if self.current is not None:
            self.current.has_install = True
            self.current.is_overdue = False
            self.current.give_up_at = now.mono_ms + registry.timer("view-wait")

    def failed(self, culprit: object) -> None:
        """The run of another's proposal failed. If the proposer is to blame, it has had its time."""
        if self.current is not None and culprit == self.current.proposer:
            self.current.is_overdue = True
            self._ground.liveness.pass_over(self.current.proposer)

    def drop(self) -> None:
        """The own proposal came to nothing: there is nobody to wait for."""
        self.current = None

    def installed(self) -> None:
        """A view was installed."""
        self.current = None

    def left(self) -> None:
        """Outside again. What was answered stays answered, but its question gets no answer any more."""
        self.current = None
        self._flush = b""
        self._ground.views.terms = NO_TERMS

    @property
    def is_stuck(self) -> bool:
        """Whether the view is frozen and nobody is at work on another one."""
        current = self.current
        return self._ground.state is State.FLUSHED and (current is None or current.is_overdue)

    # ------------------------------------------------------------ time

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        current = self.current
        if current is None or current.proposer == self._ground.node:
            return None
        dues = [] if current.is_overdue else [current.give_up_at]
        return min([*dues, *([] if current.flush_by is None else [current.flush_by])], default=None)

    def fire(self, now: Now) -> list[Effect]:
        """Waiting is over: for sessions, or for the proposer."""
        current, ground = self.current, self._ground
        if current is None:
            return []
        if current.flush_by is not None and current.flush_by <= now.mono_ms:
            return self.try_flush(now)
        current.is_overdue = True
        if ground.view == NO_VIEW:
            # REQ-VIE-20: it has no view to be stuck in, and goes on joining
            effects = ground.views.leave()
            ground.step(Input.WITHDRAW)
            self.left()
            return effects
        # REQ-VIE-38: others may propose now, whether it lives or not
        ground.liveness.pass_over(current.proposer)
        return []

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        current = self.current
        under_way = (current.has_install, current.is_overdue) if current else None
        return (self.rank, self._asked, self._flush, under_way)
