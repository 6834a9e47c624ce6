"""Membership of one overlay: who is in the next view, decided by the members themselves.

Implements the Views chapter by joining its parts: `answering` and `proposing` are the two sides of a
proposal, `causes` says when there is one, `joins`, `joining` and `merging` bring components together, `lost`
seeks them, `leaving` and `alone` are the ways out. The key run that follows an INSTALL is that of `machine`.
"""

from __future__ import annotations

from collections.abc import Mapping

from coterie import registry
from coterie.effects import Effect, Field
from coterie.errors import LocalError
from coterie.standing import Standing
from coterie.views import leaving, terms, told
from coterie.views.alone import Alone
from coterie.views.answering import Answering
from coterie.views.causes import Causes
from coterie.views.failures import Failures
from coterie.views.ground import Ground
from coterie.views.joining import Joining, Seen
from coterie.views.joins import Joins
from coterie.views.leaving import Leaving
from coterie.views.lost import Lost
from coterie.views.machine import Views
from coterie.views.membership_states import Input, State
from coterie.views.merging import Merging
from coterie.views.parts import Part, first_of
from coterie.views.proposing import Proposing
from coterie.views.run import Run
from coterie.views.surroundings import Surroundings
from coterie.vocabulary import NO_VIEW, Address, NodeId, Now
from coterie.wire.bodies import Candidate, Flush, Join, Leave, Propose, Refuse
from coterie.wire.contact import Contact, is_unicast
from coterie.wire.frames import SignedFrame


class Membership:
    """A peer's part in the membership of its group."""

    def __init__(self, standing: Standing, views: Views, around: Surroundings) -> None:
        self.ground = ground = Ground(standing, views, around)
        self._answering = Answering(ground)
        self._joins = Joins(ground)
        self._proposing = Proposing(ground, self._answering, self._joins)
        self._causes = Causes(ground, self._answering, self._joins, self._proposing)
        self._failures = Failures(ground)
        self._joining = Joining(ground)
        self._merging = Merging(ground)
        self._lost = Lost(ground)
        self._leaving = Leaving(ground)
        self._alone = Alone(ground, self._proposing)
        self._run: Run | None = None
        self._rank = self._answering.rank
        self._rows: tuple[Candidate, ...] = ()
        # of two parts that are due at once the first goes first
        self._parts: tuple[Part, ...] = (
            ground.liveness, self._answering, self._proposing, self._causes, self._joining, self._merging,
            self._lost, self._leaving, self._alone,
        )  # fmt: skip

    @property
    def state(self) -> State:
        """Where this peer stands in its group."""
        return self.ground.state

    # ------------------------------------------------------------ verbs

    def create(self, suite: int, now: Now) -> list[Effect]:
        """A view of one, of a group with that suite. `LocalError` unless this peer is outside and has it."""
        if suite not in self.ground.standing.trust.suites:
            raise LocalError(f"suite {suite} is none that this peer has in this overlay; suite 1 always is")
        if self.state is not State.OUTSIDE or self.ground.is_joining:
            raise LocalError("this peer is in a view, or on its way into one; leave first")
        self.ground.first_suite = suite
        return self._after(self._proposing.propose(now, alone=True), now)

    def join(self, contacts: tuple[Address, ...], now: Now) -> list[Effect]:
        """Ask at the contacts to be taken into the view that they are in; or, in a view, to merge with
        theirs."""
        check_contacts(contacts, self.ground)
        if self.ground.is_leaving:
            raise LocalError("this peer is leaving; wait for the event left")
        if self.ground.view == NO_VIEW:
            return self._joining.start(contacts, now)
        for address in contacts:
            self._lost.seek(address, None, now)
        return [effect for address in contacts for effect in self.ground.around.seek(address, now)]

    def leave(self, now: Now) -> list[Effect]:
        """Be outside, as soon as the last words are sent and the others know."""
        if self.ground.is_leaving:
            raise LocalError("this peer is leaving already; wait for the event left")
        return self._after(self._leaving.start(now), now)

    # ------------------------------------------------------------ frames

    def on_propose(self, frame: SignedFrame, body: Propose, now: Now) -> list[Effect]:
        """Another peer's proposal; to one that is leaving, the news that the others know."""
        is_among = any(row.node_id == self.ground.node for row in body.candidates)
        if self._leaving.tells and not is_among and frame.signer in self.ground.members:
            self._leaving.know_gone()
            return self._after([], now)
        before = self._answering.rank
        effects = self._answering.on_propose(frame, body, now)
        if self._answering.rank != before:
            self._proposing.gave_up()
            self._merging.answered(frame.signer, now)
        return self._after(effects, now)

    def on_flush(self, frame: SignedFrame, body: Flush, now: Now) -> list[Effect]:
        """An answer to the own proposal."""
        return self._after(self._proposing.on_flush(frame, body, now), now)

    def on_join(self, frame: SignedFrame, body: Join, now: Now) -> list[Effect]:
        """Another component asks to be taken in: greet all of it, so that it can be asked soon."""
        self._joins.on_join(frame, body, now)
        self._merging.asked_by(frame.signer, body.view_id)
        # a member that speaks for a later view is not in this one any more
        effects = self.ground.liveness.lose(frame.signer, "evidence")
        return self._after(effects + self.ground.greet(body.members, now), now)

    def on_leave(self, frame: SignedFrame, body: Leave, now: Now) -> list[Effect]:
        """A member leaves."""
        leaving.check_leave(self.ground, frame.signer, body)
        return self._after(self.ground.liveness.lose(frame.signer, "left"), now)

    def is_about(self, body: Refuse) -> bool:
        """Whether a REFUSE is about the PROPOSE or the JOIN that this peer sends."""
        asked: dict[str, tuple[Proposing | Joining | Merging, ...]] = {
            "PROPOSE": (self._proposing,), "JOIN": (self._joining, self._merging),
        }  # fmt: skip
        return any(
            registry.frame_type(name).code == body.refused_type and part.is_about(body.refused_sequence)
            for name, parts in asked.items() for part in parts
        )  # fmt: skip

    def on_refuse(self, signer: NodeId, body: Refuse, now: Now) -> list[Effect]:
        """The PROPOSE or the JOIN was refused."""
        if body.refused_type == registry.frame_type("PROPOSE").code:
            return self._after(self._proposing.on_refuse(signer, body, now), now)
        reason = registry.reason_by_code(body.reason)
        self._joining.refused(reason.name if reason else "")
        self._merging.failed(now)
        return self._after([], now)

    # ------------------------------------------------------------ what the overlay has to say

    def heard(self, node: NodeId, now: Now) -> None:
        """A signed frame of `node` was accepted."""
        self.ground.liveness.hear(node, now)

    def session_known(self, node: NodeId, now: Now) -> list[Effect]:
        """There is a session with `node`, perhaps one that was waited for."""
        effects = self._proposing.session_known(node) + self._answering.try_flush(now)
        if self.ground.is_in_another_life(node):
            # REQ-VIE-25: also where the earlier life was never greeted
            effects += self.incarnation_over(node, now)
        return self._after(effects, now)

    def greeted_by(self, node: NodeId, address: Address, now: Now) -> None:
        """`node` has greeted this peer: if it is in another view, it cannot learn of this one otherwise."""
        # REQ-VIE-23: a coordinator greets back
        if self.ground.leads and node not in self.ground.members:
            self._lost.seek(address, node, now)

    def hello3_seen(self, seen: Seen, now: Now) -> list[Effect]:
        """A peer that was greeted has told where it is."""
        ground = self.ground
        if ground.view == NO_VIEW:
            return self._joining.on_seen(seen, now)
        if seen.view in {NO_VIEW, ground.view}:
            self._lost.forget(seen.node, seen.address)
        elif self.state is State.STABLE and not ground.is_leaving:
            return self._merging.on_seen(seen, now)
        return []

    def look(self, now: Now) -> list[Effect]:
        """Something has happened beside membership that may be a cause to propose."""
        return self._after([], now)

    def incarnation_over(self, node: NodeId, now: Now) -> list[Effect]:
        """`node` has begun a new life."""
        # REQ-VIE-25: its place in the view was that of the earlier one
        self._proposing.lose(node)
        return self._after(self.ground.liveness.lose(node, "evidence"), now)

    def run_began(self, now: Now) -> list[Effect]:
        """An INSTALL was accepted, or made: fetch what is missing, and confirm when nothing is."""
        run, ground = self.ground.views.run, self.ground
        if run is None or run is self._run:
            return []
        self._run = run
        ground.step(Input.INSTALL)
        self._answering.run_began(now)
        self._alone.stepped(now)
        install = run.proposal.install
        recovery = terms.recovery_of(install, ground.view, told.together(run.proposal))
        effects = ground.around.recover(recovery, now)
        return effects + (ground.views.release(now) if ground.around.is_recovered else [])

    def run_failed(self, fields: Mapping[str, Field], now: Now) -> list[Effect]:
        """A run ended without its view."""
        self._run = None
        if fields.get("reason") == "superseded":
            return []
        self.ground.step(Input.RUN_FAILED)
        own = self._proposing.own
        is_own = own is not None and own.view == fields["view"]
        effects = self._failures.note(fields, own if is_own else None, now)
        if is_own:
            self._proposing.ended()
            self._answering.drop()
        else:
            self._answering.failed(fields.get("culprit"))
        return self._after(effects, now)

    def installed(self, run: Run, now: Now) -> list[Effect]:
        """All have confirmed: the run is the view."""
        ground = self.ground
        before, left = self._rows, {node for node, why in ground.liveness.gone.items() if why == "left"}
        ground.step(Input.INSTALLED)
        self._run, self._rows = None, ground.rows()
        ground.liveness.begin(run.proposal.members, now)
        self._answering.installed()
        self._proposing.installed()
        self._failures.clear()
        self._joining.clear()
        self._merging.installed(now)
        self._joins.installed()
        self._alone.clear()
        self._causes.begin(now)
        ground.exclusions.forgive(ground.members)
        self._follow_lost(before, left, now)
        # REQ-VIE-19: after the view event
        was_blocked = before and run.proposal.install.members[run.proposal.position].previous_view != NO_VIEW
        told_so: list[Effect] = [ground.event("unblocked", view=ground.view)] if was_blocked else []
        return self._after(told_so, now)

    def _follow_lost(self, before: tuple[Candidate, ...], left: set[NodeId], now: Now) -> None:
        members = set(self.ground.members)
        for row in self._rows:
            self._lost.forget(row.node_id, row.contact.to_address())
        for row in before:
            address = row.contact.to_address()
            # REQ-VIE-23: whoever was a member, is none, and did not leave
            if row.node_id not in members | left and address is not None:
                self._lost.seek(address, row.node_id, now)

    def _after(self, effects: list[Effect], now: Now) -> list[Effect]:
        """What follows whatever happened: a run that began, the way out, the next proposal."""
        if self._answering.rank != self._rank:
            self._rank = self._answering.rank
            self._alone.stepped(now)
        effects = effects + self.run_began(now)
        if self._leaving.is_over:
            return effects + self._out(now)
        self._causes.is_merging = self._merging.leader is not None
        self._causes.consider(now)
        return effects

    def _out(self, now: Now) -> list[Effect]:
        ground = self.ground
        left = ground.event("left", view=ground.view)
        effects: list[Effect] = [*ground.views.leave(), left]
        ground.step(Input.LEFT)
        ground.around.end()
        ground.liveness.begin((), now)
        self._run, self._rows = None, ()
        self._answering.left()
        self._proposing.installed()
        self._proposing.gave_up()
        self._failures.clear()
        for part in (self._joining, self._merging, self._joins, self._lost, self._leaving, self._alone):
            part.clear()
        self._causes.clear()
        return effects

    # ------------------------------------------------------------ time and state

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        dues = [due for part in self._parts if (due := part.wake()) is not None]
        return min(dues, default=None)

    def fire(self, now: Now) -> list[Effect]:
        """The one timer that is due first."""
        part = first_of(self._parts)
        return self._after(part.fire(now), now) if part else []

    def facts(self, now_suspected: Now) -> dict[str, object]:
        """What `inspect` shows."""
        current = self._answering.current
        proposal = {"counter": current.body.counter, "proposer": current.proposer} if current else None
        return {
            "state": self.state.value,
            "suspected": list(self.ground.liveness.suspected(now_suspected)),
            "proposal": proposal,
            "lost": list(self._lost.nodes),
        }

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        parts = (
            self.ground.liveness, self.ground.exclusions, self._answering, self._proposing, self._joins,
            self._joining, self._merging, self._lost, self._leaving,
        )  # fmt: skip
        return (self.state.name, self.ground.seen, *(part.fingerprint() for part in parts))


def check_contacts(contacts: tuple[Address, ...], ground: Ground) -> None:
    """`LocalError` unless they are addresses of others, and not too many."""
    most = registry.limit("contacts")
    if not 1 <= len(contacts) <= most:
        raise LocalError(f"name 1 to {most} contacts of the group")
    for address in contacts:
        if address == ground.standing.address or not is_unicast(Contact.of(address)):
            raise LocalError(f"{address} is no other peer's address; name contacts that can be greeted")
