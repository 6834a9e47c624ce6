"""Views of one overlay: accepting an INSTALL, running for its key, and installing what all have confirmed.

Implements the Key run chapter. There is at most one run under way and at most one view installed; until the
run ends in a view of its own, the installed one stays as it was, records included. Every `on_...` method
looks first, then checks, and changes something only after its last check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from coterie import registry
from coterie.crypto import agreement, schedule
from coterie.effects import Effect, Event, Field, KeyLog, Send
from coterie.standing import Standing, signed_body
from coterie.views import checks, contribution, proposal, terms, told
from coterie.views.faults import RunError
from coterie.views.order import NO_LINEAGE, Lineage
from coterie.views.proposal import Accepted, Partner
from coterie.views.run import Flow, Outgoing, Proposal, Run
from coterie.views.states import START, TRANSITIONS, Input, Role
from coterie.views.terms import NO_TERMS
from coterie.vocabulary import ALL_NODES, NodeId, Now
from coterie.wire.bodies import Confirm, Down, Install, Up
from coterie.wire.frames import SignedFrame

SECRETS = ("confirm", "read", "control", "exporter")


class Views:
    """The run under way, the view installed, and the latest INSTALL accepted."""

    def __init__(self, standing: Standing) -> None:
        self.run: Run | None = None
        self.view: Run | None = None
        self.terms = NO_TERMS
        """In a group: what the next INSTALL has to agree with."""
        self._latest: Accepted | None = None
        self._standing = standing

    @property
    def lineage(self) -> Lineage:
        """The installed view, as far as the next one depends on it."""
        if self.view is None:
            return NO_LINEAGE
        installed = self.view.proposal
        return Lineage(installed.view, installed.members, installed.install.suite)

    @property
    def seen(self) -> int:
        """The greatest counter of an INSTALL accepted so far."""
        return self._latest.counter if self._latest else 0

    @property
    def floor(self) -> int:
        """In a group: the counter that the next view has to exceed."""
        return self.view.proposal.install.counter if self.view else 0

    # ------------------------------------------------------------ INSTALL

    def propose(self, install: Install, partners: Mapping[NodeId, Partner], now: Now) -> list[Effect]:
        """Begin the run of an own INSTALL, which `draft` has made, and send it to all others."""
        base = proposal.check_order(install.members, self.lineage)
        frame = self._standing.sign(ALL_NODES, install)
        digest = proposal.digest_of(signed_body(frame))
        accepted = self._accepted(install, digest, self._standing.node, len(base.members), partners)
        return self._begin(accepted, now, [Outgoing("INSTALL", frame, resend_after(now))])

    def on_install(
        self, frame: SignedFrame, body: Install, partners: Mapping[NodeId, Partner], clock: int, now: Now
    ) -> list[Effect]:
        """Another member's INSTALL. `partners` has the peer itself in it; `clock` is the greatest timestamp
        known."""
        digest = proposal.digest_of(frame.body)
        node, lineage = self._standing.node, self.lineage
        base = proposal.check_members(body, node, frame.signer, partners, lineage)
        if self._standing.trust.is_group:
            terms.check_senders(body)
        proposal.check_sessions(body.members, partners)
        proposal.check_rows(body.members, partners)
        claimed = Accepted(body.counter, digest, frame.signer)
        if claimed == self._latest or self._is_installed(claimed):
            return self._answer_repeat(digest, frame)
        self._check_one_body(claimed)
        if self._standing.trust.is_group:
            terms.check_after_view(body.counter, self.floor)
        else:
            proposal.check_counter_fresh(body.counter, self.seen)
            proposal.check_counter_near(body.counter, self.seen)
        proposal.check_own_previous_view(body.members, node, lineage)
        is_newcomer = self._standing.trust.is_group and node not in base.members
        proposal.check_clock(body.clock_base, clock, "newcomer-jump" if is_newcomer else "clock-jump")
        if self._standing.trust.is_group:
            terms.check_state(self.terms, body, frame.signer, lineage)

        return self._begin(self._accepted(body, digest, frame.signer, len(base.members), partners), now, [])

    def _is_installed(self, claimed: Accepted) -> bool:
        view = self.view.proposal if self.view else None
        return view is not None and claimed == Accepted(view.install.counter, view.digest, view.proposer)

    def _check_one_body(self, claimed: Accepted) -> None:
        """A proposer has one body for one counter."""
        # REQ-KEY-15: a second one is proof against it
        latest = self._latest
        if latest and (latest.counter, latest.proposer) == (claimed.counter, claimed.proposer):
            raise RunError(
                "equivocation", requirement="REQ-KEY-15", digest=latest.digest, culprit=claimed.proposer
            )

    def _accepted(
        self,
        install: Install,
        digest: bytes,
        proposer: NodeId,
        base_size: int,
        partners: Mapping[NodeId, Partner],
    ) -> Proposal:
        members = tuple(row.node_id for row in install.members)
        places = {node: at for at, node in enumerate(members)}
        return Proposal(
            install, digest, proposer, proposal.view_of(install.counter, digest), members, places,
            places[self._standing.node], base_size,
            {node: partners[node].address for node in members if node in partners},
        )  # fmt: skip

    def _begin(self, accepted: Proposal, now: Now, outgoing: list[Outgoing]) -> list[Effect]:
        # REQ-KEY-18: a run under way is given up
        effects = self.supersede()
        give_up_at = now.mono_ms + registry.timer("run-give-up")
        self.run = run = Run(accepted, START[accepted.role], give_up_at)
        run.is_held_back = self._standing.trust.is_group
        self._latest = Accepted(accepted.install.counter, accepted.digest, accepted.proposer)
        effects.append(told.run_started(self._standing.overlay, accepted))
        for flow in outgoing:
            effects += self._emit(run, flow)
        run.scalar = contribution.inherited_scalar(accepted, self.view)
        if accepted.role in {Role.OPENER, Role.SOLE}:
            opened = contribution.open_run(self._standing, accepted, self.view)
            run.scalar = opened.x
            effects += self._pass_on(run, opened, now)
        return effects

    # ------------------------------------------------------------ UP and DOWN

    def on_up(self, frame: SignedFrame, body: Up, now: Now) -> list[Effect]:
        """The entries so far and the total: add the own contribution and pass them on."""
        run = checks.check_run_known(self._find(body.install_digest))
        if checks.is_repeat(run.up, frame):
            return self._answer_repeat(body.install_digest, frame)
        checks.check_up(run, frame, body)

        extended = contribution.extend_run(self._standing, run.proposal, body)
        run.up = Flow(frame.signer, frame.body)
        run.scalar = extended.x
        run.state = TRANSITIONS[run.state, run.up_input]
        return self._pass_on(run, extended, now)

    def _pass_on(self, run: Run, flow: agreement.Flow, now: Now) -> list[Effect]:
        """UP to the next newcomer; the last member sends DOWN to all instead, without the total."""
        accepted = run.proposal
        if accepted.position < accepted.size - 1:
            successor = accepted.members[accepted.position + 1]
            up = self._standing.sign(successor, Up(accepted.digest, flow.entries, flow.total))
            return self._emit(run, Outgoing("UP", up, resend_after(now), successor))
        # REQ-KEY-21: the total stays here
        frame = self._standing.sign(ALL_NODES, Down(accepted.digest, flow.entries))
        effects = self._emit(run, Outgoing("DOWN", frame, resend_after(now)))
        return effects + self._confirm(run, Flow(self._standing.node, signed_body(frame)), flow.entries, now)

    def on_down(self, frame: SignedFrame, body: Down, now: Now) -> list[Effect]:
        """All entries: there is a key."""
        run = checks.check_run_known(self._find(body.install_digest))
        if checks.is_repeat(run.down, frame):
            return self._answer_repeat(body.install_digest, frame)
        checks.check_down(run, frame, body, contribution.earlier_entry(run.proposal, self.view))

        effects = self._confirm(run, Flow(frame.signer, frame.body), body.entries, now)
        run.state = TRANSITIONS[run.state, Input.DOWN]
        return effects

    # ------------------------------------------------------------ CONFIRM

    def _confirm(self, run: Run, down: Flow, entries: tuple[bytes, ...], now: Now) -> list[Effect]:
        """Derive the secrets of the view and prove it to all."""
        accepted = run.proposal
        key = agreement.key(accepted.suite, entries[accepted.position], run.scalar)
        hashes = [row.leaf_hash for row in accepted.install.members]
        transcript = schedule.key_transcript(accepted.digest, accepted.install.suite, hashes, down.body)
        run.down, run.entries, run.down_hash = down, entries, sha256(down.body).digest()
        run.secrets = schedule.epoch_secrets(transcript, key)
        # REQ-KEY-35: an UP is repeated until DOWN is held
        run.outgoing = [flow for flow in run.outgoing if flow.name != "UP"]
        effects = told.keyed(self._standing, run)
        # REQ-VIE-17: a member says yes to the view when it has all of the one before
        return effects if run.is_held_back else effects + self._say_yes(run, now)

    def release(self, now: Now) -> list[Effect]:
        """In a group: the messages up to the cut are all held, so the CONFIRM of the run under way may
        leave."""
        run = self.run
        if run is None or not run.is_held_back:
            return []
        run.is_held_back = False
        return self._say_yes(run, now) if run.secrets is not None else []

    def _say_yes(self, run: Run, now: Now) -> list[Effect]:
        frame = self._standing.sign(ALL_NODES, self._own_confirm(run))
        run.confirms[self._standing.node] = signed_body(frame)
        effects = self._emit(run, Outgoing("CONFIRM", frame, resend_after(now)))
        return effects + self._install(run) if run.is_confirmed else effects

    def _own_confirm(self, run: Run) -> Confirm:
        # REQ-KEY-30: the DOWN, and a MAC that only who has the key can make for this node
        mac = schedule.confirmation(run.held_secrets.confirm, self._standing.node)
        return Confirm(run.proposal.digest, run.down_hash, mac)

    def on_confirm(self, frame: SignedFrame, body: Confirm, _now: Now) -> list[Effect]:
        """A member's proof; with the last one the view is installed."""
        run = checks.check_run_known(self._find(body.install_digest))
        checks.check_confirm_signer(run, frame.signer)
        if run.confirms.get(frame.signer) == frame.body:
            return self._answer_confirm(run, frame)
        checks.check_confirm(run, frame, body)

        run.confirms[frame.signer] = frame.body
        # REQ-KEY-34: all n, the own one included
        if len(run.confirms) == run.proposal.size:
            return self._install(run)
        run.state = TRANSITIONS[run.state, Input.CONFIRM]
        return []

    def _install(self, run: Run) -> list[Effect]:
        """The run becomes the view; the scalar and the entries of the view before are forgotten."""
        run.state = TRANSITIONS[run.state, Input.LAST_CONFIRM]
        run.outgoing = []
        self.view, self.run = run, None
        accepted = run.proposal
        secrets = run.held_secrets
        logged = [KeyLog(accepted.view, label, getattr(secrets, label)) for label in SECRETS]
        return [told.view_installed(self._standing, run), *logged]

    # ------------------------------------------------------------ repeats

    def _answer_repeat(self, digest: bytes, frame: SignedFrame) -> list[Effect]:
        """A flow of a view that is installed here comes again: its sender lacks this peer's CONFIRM."""
        # REQ-KEY-33: one answer a repeat; a run under way needs none
        if self.view is None or self.view.proposal.digest != digest:
            return []
        return self._answer(self.view, frame.signer)

    def _answer_confirm(self, run: Run, frame: SignedFrame) -> list[Effect]:
        """A CONFIRM for all comes again: its sender lacks this peer's CONFIRM. An addressed one is an answer
        itself."""
        # REQ-KEY-33: an addressed CONFIRM is never answered, so that two peers cannot go on for ever
        may_answer = frame.destination == ALL_NODES and self._standing.node in run.confirms
        return self._answer(run, frame.signer) if may_answer else []

    def _answer(self, run: Run, asker: NodeId) -> list[Effect]:
        frame = self._standing.sign(asker, self._own_confirm(run))
        return [Send(self._standing.overlay, run.proposal.addresses[asker], frame)]

    def _find(self, digest: bytes) -> Run | None:
        """The run under way or the view with that INSTALL digest."""
        known = [run for run in (self.run, self.view) if run is not None and run.proposal.digest == digest]
        return known[0] if known else None

    # ------------------------------------------------------------ the end of a run

    def fail(self, fault: RunError) -> list[Effect]:
        """End the run that `fault` proves a member to have broken, if it is the one under way."""
        if self.run is None or self.run.proposal.digest != fault.digest:
            return []
        blamed: dict[str, Field] = {"reason": fault.reason, "culprit": fault.culprit}
        return self._end(Input.FAULT, blamed | ({"accuser": fault.accuser} if fault.accuser else {}))

    def supersede(self) -> list[Effect]:
        """In a group: a greater proposal was answered, so nothing comes of the run under way."""
        return self._end(Input.SUPERSEDED, {"reason": "superseded"})

    def leave(self) -> list[Effect]:
        """In a group: outside again; run, view and keys are forgotten, counters are not."""
        effects = self.supersede()
        self.view, self.terms = None, NO_TERMS
        return effects

    def lose(self, node: NodeId) -> list[Effect]:
        """End the run under way if `node`, whose incarnation is over, takes part in it."""
        # REQ-SES-17: the member that the INSTALL names is no more
        if self.run is None or node not in self.run.proposal.members:
            return []
        return self._end(Input.FAULT, {"reason": "member-mismatch", "missing": (node,)})

    def _end(self, end: Input, why: dict[str, Field]) -> list[Effect]:
        # REQ-KEY-22: a run given up leaves scalar, entries and view as they were
        run, self.run = self.run, None
        if run is None:
            return []
        run.state = TRANSITIONS[run.state, end]
        return [Event(self._standing.overlay, "run-failed", {"view": run.proposal.view, **why})]

    # ------------------------------------------------------------ time and state

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        if self.run is None:
            return None
        return min([self.run.give_up_at, *(flow.resend_at for flow in self.run.outgoing)])

    def fire(self, now: Now) -> list[Effect]:
        """The one timer that is due first."""
        run = self.run
        if run is None:
            return []
        if run.give_up_at <= min((flow.resend_at for flow in run.outgoing), default=run.give_up_at):
            # REQ-KEY-36: 5,000 ms without the view
            return self._end(Input.GIVE_UP, {"reason": "run-timeout", "missing": run.missing})
        at = min(range(len(run.outgoing)), key=lambda known: run.outgoing[known].resend_at)
        run.outgoing[at] = replace(run.outgoing[at], resend_at=resend_after(now))
        return self._sends(run, run.outgoing[at])

    def _emit(self, run: Run, flow: Outgoing) -> list[Effect]:
        run.outgoing.append(flow)
        return self._sends(run, flow)

    def _sends(self, run: Run, flow: Outgoing) -> list[Effect]:
        """The flow to its one receiver, or to every member that has not confirmed."""
        # REQ-KEY-35: byte for byte, to whoever is behind
        receivers = (
            (flow.to,) if flow.to else tuple(node for node in run.missing if node != self._standing.node)
        )
        addresses = run.proposal.addresses
        return [
            Send(self._standing.overlay, addresses[to], flow.frame) for to in receivers if to in addresses
        ]

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        return (*tuple(run.fingerprint() if run else None for run in (self.run, self.view)), self._latest)


def resend_after(now: Now) -> int:
    """When a flow that is sent now is sent again."""
    # REQ-KEY-35: every 250 ms
    return now.mono_ms + registry.timer("flow-resend")
