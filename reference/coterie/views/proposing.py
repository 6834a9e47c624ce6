"""Proposing: asking the candidates, gathering their answers, and making the INSTALL of them.

Implements REQ-VIE-3 to REQ-VIE-6 and the proposer's side of REQ-VIE-16. Why a proposal is made is in
`causes`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from coterie import registry
from coterie.effects import Effect
from coterie.standing import signed_body
from coterie.views import counters, cutting, flushes, order, proposal, settling
from coterie.views.answering import Answering
from coterie.views.ground import Ground
from coterie.views.joins import Joins
from coterie.vocabulary import ALL_NODES, NO_VIEW, NodeId, Now, ViewId
from coterie.wire import extensions
from coterie.wire.bodies import Candidate, Flush, Propose, Refuse
from coterie.wire.frames import SignedFrame


@dataclass(slots=True)
class Own:
    """A proposal of this peer. `view`, and the `others` in it with the `newcomers` among them, are set when
    its INSTALL was made."""

    body: Propose
    frame: bytes
    sequence: int
    made_at: int
    resend_at: int
    incumbents: frozenset[NodeId]
    answers: dict[NodeId, Flush] = field(default_factory=dict)
    octets: dict[NodeId, bytes] = field(default_factory=dict)
    view: ViewId = NO_VIEW
    others: frozenset[NodeId] = frozenset()
    newcomers: frozenset[NodeId] = frozenset()

    @property
    def missing(self) -> tuple[NodeId, ...]:
        """The candidates that have not answered."""
        return tuple(row.node_id for row in self.body.candidates if row.node_id not in self.answers)


class Proposing:
    """The proposal of this peer that is under way, if there is one."""

    def __init__(self, ground: Ground, answering: Answering, joins: Joins) -> None:
        self.own: Own | None = None
        self._ground = ground
        self._answering = answering
        self._joins = joins
        self._overtakes: dict[NodeId, int] = {}
        self._last: Own | None = None

    # ------------------------------------------------------------ PROPOSE

    def propose(self, now: Now, *, alone: bool = False) -> list[Effect]:
        """Ask everyone who could be in the next view; or, alone, nobody but this peer."""
        ground = self._ground
        rows, permits = ([ground.own_row], ()) if alone else self._candidates(now)
        body = Propose(
            counters.next_counter(ground.seen), tuple(sorted(rows, key=lambda row: row.node_id)), permits
        )
        frame = ground.standing.sign(ALL_NODES, body)
        # a member that has begun a new life is a newcomer, though its Node-ID is still in the view
        incumbents = self._there(now) & {row.node_id for row in rows}
        self.own = self._last = own = Own(
            body, frame, ground.standing.sequence, now.mono_ms, resend_at(now.mono_ms, now), incumbents
        )
        # the own answer comes first: a proposer is frozen like everyone else
        effects = self._answering.answer(ground.node, signed_body(frame), body, now)
        own.answers[ground.node] = self._answering.flush()
        effects += ground.greet(self._others(own), now) + self._ask(own) + self._bid_farewell(own)
        return effects + self.decide(now)

    def _bid_farewell(self, own: Own) -> list[Effect]:
        """Show the proposal once to whoever is leaving: so it knows that the others know."""
        # REQ-VIE-24: that ends its waiting
        leavers = [node for node, why in self._ground.liveness.gone.items() if why == "left"]
        return [effect for node in leavers for effect in self._ground.send(node, own.frame)]

    def _candidates(self, now: Now) -> tuple[list[Candidate], tuple[bytes, ...]]:
        """This peer, the members that are there, and the components that asked its coordinator."""
        ground = self._ground
        # REQ-VIE-5: suspected and excluded ones are left out; only the coordinator takes others in
        there = self._there(now)
        rows = [row for row in ground.rows() if row.node_id in there]
        if not ground.leads:
            return rows, ()
        chosen = self._joins.chosen([row.node_id for row in rows], now)
        rows += [row for kept in chosen for row in kept.body.members]
        return rows, tuple(kept.permit for kept in chosen)

    def _there(self, now: Now) -> frozenset[NodeId]:
        """The members that go on."""
        ground = self._ground
        return frozenset(
            node for node in ground.members
            if not ground.liveness.suspects(node, now) and not ground.exclusions.holds(node, now)
        )  # fmt: skip

    def _others(self, own: Own) -> tuple[Candidate, ...]:
        return tuple(row for row in own.body.candidates if row.node_id != self._ground.node)

    def _ask(self, own: Own) -> list[Effect]:
        # REQ-VIE-6: those whose FLUSH is missing, byte for byte
        return [effect for node in own.missing for effect in self._ground.send(node, own.frame)]

    def session_known(self, node: NodeId) -> list[Effect]:
        """There is a session with `node`: if it is a candidate, it can be asked now."""
        own = self.own
        waits = own is not None and own.view == NO_VIEW and node in own.missing
        return self._ground.send(node, own.frame) if own and waits else []

    # ------------------------------------------------------------ answers

    def on_flush(self, frame: SignedFrame, body: Flush, now: Now) -> list[Effect]:
        """A candidate's answer."""
        ground, own = self._ground, self._last
        flushes.check_asked(own.body if own else None, frame.signer, ground.node, body)
        if own is None:
            raise AssertionError("check_asked has refused this")
        flushes.check_body(body, own.body, frame.signer, ground.views.lineage)
        flushes.check_foreign_view(body, own.answers.values(), ground.view)
        flushes.check_seen(body, ground.reach(frame.signer))
        flushes.check_clock(body, ground.around.clock, ground.view)
        flushes.check_same(own.octets.get(frame.signer), frame.body)

        if own is not self.own or own.view != NO_VIEW or frame.signer in own.answers:
            # REQ-VIE-33: after the decision, or once more: it changes nothing
            return []
        ground.learn(body.seen)
        if body.seen >= own.body.counter:
            return self._overtaken(frame.signer, now)
        own.answers[frame.signer] = body
        own.octets[frame.signer] = frame.body
        return self.decide(now)

    def on_refuse(self, signer: NodeId, body: Refuse, now: Now) -> list[Effect]:
        """A candidate refused the proposal; with a greater counter, if that is why."""
        own = self.own
        seen = extensions.counter_of(body.extensions)
        if own is None or own.view != NO_VIEW or signer not in own.missing or seen is None:
            return []
        if seen > self._ground.reach(signer):
            return []
        self._ground.learn(seen)
        return self._overtaken(signer, now) if seen >= own.body.counter else []

    def is_about(self, sequence: int) -> bool:
        """Whether that sequence number is the one of the PROPOSE under way."""
        return self.own is not None and self.own.sequence == sequence

    def _overtaken(self, node: NodeId, now: Now) -> list[Effect]:
        """`node` has seen a counter that is not smaller: propose with a greater one, and without it if it
        does so too often."""
        times = self._overtakes[node] = self._overtakes.get(node, 0) + 1
        # REQ-VIE-4: a merge needs one; more may be chance, so that nobody is at fault
        if times > registry.limit("overtakes"):
            self._ground.exclusions.left_out(node, now)
        return self.propose(now)

    # ------------------------------------------------------------ INSTALL

    def decide(self, now: Now) -> list[Effect]:
        """Make the INSTALL, if enough have answered."""
        own, ground = self.own, self._ground
        if own is None or own.view != NO_VIEW or not self._is_enough(own, now):
            return []
        out = settling.settle(own.answers, ground.node)
        effects = self._tell_left_out(own, out, now)
        answers = {node: flush for node, flush in own.answers.items() if node not in out}
        partners = ground.around.partners()
        gathered = cutting.Gathered(own.body.counter, answers, partners, ground.node, ground.first_suite)
        install = cutting.compose(ground.standing, gathered)
        members = frozenset(row.node_id for row in install.members)
        own.others = members - {ground.node}
        own.newcomers = own.others.difference(order.find_base(install.members).members)
        self._bar(own, members, now)
        effects += ground.views.propose(install, partners, now)
        run = ground.views.run
        own.view = run.proposal.view if run else proposal.view_of(install.counter, b"")
        return effects

    def _is_enough(self, own: Own, now: Now) -> bool:
        ground, waited = self._ground, now.mono_ms - own.made_at
        # REQ-VIE-35: with all answers, or with those that are there in the end
        if not own.missing or waited >= registry.timer("flush-give-up"):
            return True
        members = [
            node for node in own.missing
            if node in own.incumbents and not ground.liveness.suspects(node, now)
        ]  # fmt: skip
        return waited >= registry.timer("flush-wait") and not members

    def _bar(self, own: Own, members: frozenset[NodeId], now: Now) -> None:
        """Whoever would have come from elsewhere, and does not, is not asked again at once."""
        # REQ-VIE-45: one that cannot be brought in keeps everyone waiting
        for row in own.body.candidates:
            if row.node_id not in members | own.incumbents:
                self._ground.exclusions.left_out(row.node_id, now)

    def _tell_left_out(self, own: Own, refused: frozenset[NodeId], now: Now) -> list[Effect]:
        ground = self._ground
        effects: list[Effect] = []
        for node in (*own.missing, *sorted(refused)):
            if not ground.liveness.suspects(node, now):
                why = "refused" if node in refused else "no-flush"
                effects.append(ground.event("suspected", node=node, why=why))
        return effects

    # ------------------------------------------------------------ time

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        own = self.own
        return own.resend_at if own is not None and own.view == NO_VIEW else None

    def fire(self, now: Now) -> list[Effect]:
        """Ask again who has not answered, or go on without."""
        own = self.own
        if own is None:
            return []
        own.resend_at = resend_at(own.made_at, now)
        decided = self.decide(now)
        return decided or self._ask(own)

    def ended(self) -> None:
        """The run came to nothing."""
        self.own = None

    def gave_up(self) -> None:
        """Another proposal was answered: what the candidates said to this one counts no more."""
        self.own = self._last = None

    def installed(self) -> None:
        """A view was installed: what was counted is forgotten."""
        self.own = None
        self._overtakes.clear()

    def lose(self, node: NodeId) -> None:
        """The incarnation that has answered is over."""
        if self.own is not None and self.own.view == NO_VIEW:
            self.own.answers.pop(node, None)

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        own = self.own
        last = self._last.frame if self._last else b""
        return (last, own.frame, tuple(sorted(own.octets.items())), own.view) if own else (last,)


def resend_at(made_at: int, now: Now) -> int:
    """When a PROPOSE that was made then, and is sent now, is sent again; at the latest when its waiting is
    over."""
    # REQ-VIE-6: every 250 ms
    ends = (made_at + registry.timer(name) for name in ("flush-wait", "flush-give-up"))
    return min(
        now.mono_ms + registry.timer("flow-resend"), *(end for end in ends if end > now.mono_ms), 2**63
    )
