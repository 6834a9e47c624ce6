"""A group on a stage: a peer that makes its views together with puppets, step by step.

Puppets have neither timers nor states: each frame of theirs is asked for by name. What is not what a case is
about is a step: where the peer does not play along, the case is inconclusive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coterie_kit import frames
from coterie_kit.judge import Judge
from coterie_kit.keys.names import contact
from coterie_kit.keys.rekey import Flow, Stored, beginning, contribute
from coterie_kit.puppets import NO_VIEW, Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._group_speech import Heard, Speech
from coterie_kit.suite._proof import prove_order
from coterie_kit.suite._run import Plan, Run
from coterie_kit.suite._stage import Said

__all__ = ["Group", "Heard", "Proposal", "candidate", "group", "senders"]

SENDERS = 0x8003
COUNTER = 0x0004


def candidate(who: Puppet, **changes: Any) -> dict[str, Any]:
    """A peer as a row of PROPOSE or JOIN."""
    row = {"node_id": who.node, "incarnation": who.incarnation, "contact": contact(who.address)}
    return row | changes


def senders(positions: Iterable[int]) -> dict[str, Any]:
    """The extension of INSTALL that states the sender group."""
    return {"type": SENDERS, "value": sum(1 << 63 - at for at in positions).to_bytes(8, "big")}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A PROPOSE of a puppet: who made it, with whom, and the frame."""

    by: Puppet
    counter: int
    candidates: tuple[Puppet, ...]
    frame: bytes

    @property
    def body(self) -> bytes:
        """Its body."""
        return frames.read(self.frame, assembled=True).body_octets


class Group(Speech):
    """A stage whose overlay has the membership ``group``. The first view is one of all, by Node-ID."""

    # ------------------------------------------------------------ who

    def met(self, count: int = 1) -> list[Puppet]:
        """Puppets with a session that are members of nothing, ascending by Node-ID."""
        first = len(self.guests) + 1
        born = [self.newcomer(address=f"203.0.113.{at}:{5000 + at}") for at in range(first, first + count)]
        for at, who in enumerate(born, first):
            who.named = f"guest {at}"
            self.judge.names[who.address] = who.named
            self.meet(who)
        self.guests += born
        return sorted(born, key=lambda one: one.node)

    # ------------------------------------------------------------ into a view

    def ask_in(self, at: Puppet, view: bytes | None = None) -> bytes:
        """Makes the peer ask a puppet that says that it is coordinator: its JOIN."""
        reply = self.peer.do("join", self.overlay, contacts=[at.address])
        self.need(reply.ok, f"join: {reply.said()}")
        told = view if view is not None else self.judge.octets(16)
        hello1 = self.one(reply, "HELLO1").octets
        retry = at.retry(frames.read(hello1).body["nonce"], self.judge.octets(32))
        hello2 = self.one(self.deliver(retry, at), "HELLO2").octets
        reply = self.hello3_of(at, (hello1, retry, hello2), view_id=told)
        self.permit = self.one(reply, "JOIN").octets
        return self.permit

    def hello3_of(
        self, who: Puppet, handshake: tuple[bytes, bytes, bytes], lead: Puppet | None = None, **values: Any
    ) -> Reply:
        """Delivers a puppet's HELLO3 that names ``lead`` (itself) as coordinator: a step."""
        named = {"coordinator": contact((lead or who).address)} | values
        reply = self.carry(self.hello3(who, handshake, **named), who)
        self.need(reply.ok, f"HELLO3: {reply.said()}")
        return reply

    def first_view(self, *, positions: Iterable[int] | None = None, **plan: Any) -> Run:
        """A view of everyone: the peer has joined at a puppet, which proposes; the others greet the peer."""
        by, *rest = self.others
        for who in rest:
            self.meet(who)
        self.ask_in(by)
        run = self.proposed_run(positions=positions, **plan)
        return self.play(run)

    def proposed_run(
        self, *, positions: Iterable[int] | None = None, counter: int | None = None, **plan: Any
    ) -> Run:
        """The run of a first view, its proposal answered and its INSTALL not delivered."""
        made = self.propose(self.others[0], self.everyone, counter=counter, permits=[self.permit])
        return self.run(self.answered(made), self.everyone, positions=positions, **plan)

    def found(self) -> Reply:
        """The peer creates the group: a view of itself."""
        reply = self.peer.do("create", self.overlay)
        self.need(reply.ok, f"create: {reply.said()}")
        told = reply.event("view-installed")
        self.need(told is not None, "create gave no view")
        assert told is not None
        view = bytes.fromhex(str(told.fields["view"]))
        flow: Flow = contribute(beginning(1), 1)
        self.stored = Stored(view, (self.subject.node,), flow, {})
        self.counter = int.from_bytes(view[:8], "big")
        return reply

    # ------------------------------------------------------------ proposals of puppets

    def propose(
        self, by: Puppet, candidates: Iterable[Puppet] | None = None, *, counter: int | None = None,
        permits: Sequence[bytes] = (), rows: Sequence[Mapping[str, Any]] = (),
    ) -> Proposal:  # fmt: skip
        """A PROPOSE of a puppet; by default of the members of the view, with the next counter.

        ``rows`` stand in the place of those that follow from the candidates.
        """
        named = tuple(sorted(candidates or self.members, key=lambda one: one.node))
        counter = counter if counter is not None else self.counter + 1
        stated = rows or [candidate(one) for one in named]
        values = {"counter": counter, "candidates": stated, "permits": list(permits)}
        return Proposal(by, counter, named, by.make("PROPOSE", values))

    def put(self, proposal: Proposal) -> Reply:
        """Delivers a PROPOSE."""
        return self.carry(proposal.frame, proposal.by)

    def answered(self, proposal: Proposal) -> Proposal:
        """Delivers a PROPOSE that the peer answers at once; `flush` is what it says."""
        reply = self.put(proposal)
        self.need(reply.ok, f"PROPOSE: {reply.said()}")
        self.flush = self.one(reply, "FLUSH").frame.body
        self.counter = max(self.counter, proposal.counter)
        return proposal

    def run(
        self, proposal: Proposal, order: Sequence[Puppet] | None = None, *,
        positions: Iterable[int] | None = None, **plan: Any,
    ) -> Run:  # fmt: skip
        """The run of an answered proposal. ``order`` is that of the view: by default the members go on."""
        members = tuple(order) if order is not None else self.onward(proposal)
        known = {one.node for one in self.members}
        base = 0
        if self.stored is not None:
            base = sum(one.node in known for one in members)
            previous = {one.node: self.view for one in members if one.node in known}
            plan = {"base": base, "previous": previous, "suite": self.stored.flow.suite} | plan
            plan = {"cuts": self.cuts(members)} | plan
        clock = max(int(self.flush.get("clock", 0)), self.time if self.stored else 0) + 1
        stated = positions if positions is not None else range(len(members))
        facts: dict[str, Any] = {
            "clock_base": clock,
            "extensions": [senders(stated)],
            "counter": proposal.counter,
        } | plan
        made = Run(self, Plan(members, **facts))
        made.proposer = proposal.by
        return made

    def onward(self, proposal: Proposal) -> tuple[Puppet, ...]:
        """The order of a view of the candidates: who goes on, rotated when all do, then newcomers."""
        named = {one.node for one in proposal.candidates}
        base = [one for one in self.members if one.node in named]
        known = {one.node for one in self.members}
        joined = [one for one in proposal.candidates if one.node not in known]
        if len(base) == len(known) and not joined:
            base = [*base[1:], *base[:1]]
        return (*base, *joined)

    def cuts(self, members: Sequence[Puppet]) -> list[dict[str, Any]]:
        """The cut of the installed view: what the peer and the puppets hold."""
        held = {row["node_id"]: row["sequence"] for row in self.flush.get("holdings", [])}
        own = members.index(self.subject)
        rows = []
        for who in sorted(self.members, key=lambda one: one.node):
            sequence = max(held.get(who.node, 0), self.last.get(who.node, 0))
            holder = members.index(who) if who in members else own
            if sequence:
                rows.append({"node_id": who.node, "sequence": sequence, "holder": holder})
        acknowledged = self.flush.get("acknowledged", 0)
        return [{"previous_view": self.view, "acknowledged": acknowledged, "senders": rows}]

    def play(self, run: Run) -> Run:
        """Takes a run to its view, and that as the one to go on from."""
        run.to_view()
        return self.adopt(run)

    def adopt(self, run: Run) -> Run:
        """The view of ``run`` is installed: from now on puppets speak in it."""
        self.installed = run
        self.time = run.plan.clock_base  # each view has a clock of its own
        self.last = {}
        self.flush = {}
        return run

    def go_on(self, by: Puppet, candidates: Iterable[Puppet] | None = None, **plan: Any) -> Run:
        """One more view: proposed by a puppet, answered, and played to its end."""
        permits = plan.pop("permits", ())
        proposal = self.answered(self.propose(by, candidates, permits=permits))
        return self.play(self.run(proposal, **plan))

    # ------------------------------------------------------------ proposals of the peer

    def flush_of(self, who: Puppet, asked: Said, **changes: Any) -> bytes:
        """A puppet's FLUSH to a PROPOSE of the peer; ``changes`` replace body values."""
        values = self.flush_values(who, asked.frame.body["counter"]) | changes
        return who.make("FLUSH", values, self.subject.node)

    def flush_values(self, who: Puppet, counter: int) -> dict[str, Any]:
        """What a puppet says: of the installed view where it is a member, else of none."""
        said = {"counter": counter, "seen": counter - 1, "clock": self.time, "suite": 0}
        if all(one is not who for one in self.members):
            return said
        held = [{"node_id": one.node, "sequence": self.last.get(one.node, 0)} for one in self.members]
        suite = self.stored.flow.suite if self.stored else 0
        return said | {"previous_view": self.view, "suite": suite, "sends": 1, "holdings": held}

    def run_of(self, reply: Reply) -> Run:
        """The run that the peer has proposed in ``reply``."""
        said = self.one(reply, "INSTALL")
        body = said.frame.body
        known = {one.node: one for one in [self.subject, *self.cast]}
        self.need(all(row["node_id"] in known for row in body["members"]), "its INSTALL names strangers")
        members = tuple(known[row["node_id"]] for row in body["members"])
        previous = {row["node_id"]: row["previous_view"] for row in body["members"]}
        first = body["members"][0]["previous_view"]
        base = 0 if first == NO_VIEW else sum(view == first for view in previous.values())
        plan = Plan(members, base, body["suite"], previous, body["clock_base"], body["counter"], body["cuts"])
        run = Run(self, plan, body=said.frame.body_octets)
        run.proposer = self.subject
        run.take(reply, "install")
        return run

    @property
    def cast(self) -> list[Puppet]:
        """All puppets that were ever named."""
        return [*self.others, *self.guests]

    def admit(self, who: Sequence[Puppet], wait: int = 100) -> Run:
        """The peer, as coordinator, takes puppets in that ask it; the view is installed at the end."""
        asked = self.asked_to_admit(who, wait)
        run = self.run_of(self.answer(asked, [*self.puppets, *who]))
        return self.finish(run)

    def asked_to_admit(self, who: Sequence[Puppet], wait: int = 100) -> Said:
        """The PROPOSE that puppets get which have asked the peer to let them in."""
        for one in who:
            self.need(self.deliver(self.join_of(one), one).ok, "a JOIN was refused")
        return self.one(self.pass_time(wait), "PROPOSE")

    def answer(self, asked: Said, who: Iterable[Puppet]) -> Reply:
        """Puppets answer a PROPOSE; the reply to the last one."""
        for one in who:
            reply = self.carry(self.flush_of(one, asked), one)
            self.need(reply.ok, f"FLUSH of {one.named}: {reply.said()}")
        return reply

    def finish(self, run: Run) -> Run:
        """Plays a run of the peer, from its INSTALL to the view."""
        if run.waits_for_up:
            run.up()
        if not run.makes_down:
            run.deliver_down()
        for who in run.puppets:
            reply = run.confirm(who)
        run.see_view(reply)
        run.adopt()
        return self.adopt(run)

    def join_of(self, who: Puppet, view: bytes = NO_VIEW, members: Sequence[Puppet] = ()) -> bytes:
        """A puppet's JOIN to the peer; alone unless ``members`` says more."""
        rows = [candidate(one) for one in members or (who,)]
        return who.make("JOIN", {"view_id": view, "members": rows}, self.subject.node)


def group(judge: Judge, n: int = 3, rank: int = 1, **how: Any) -> Group:
    """A peer at ``rank`` of a view of ``n``, installed.

    ``positions`` is the sender group (everyone); ``clock_base``, ``suite`` and ``counter`` are those of the
    INSTALL; what else is given goes to the trust or to the stage.
    """
    plan = {name: how.pop(name) for name in ("positions", "clock_base", "suite", "counter") if name in how}
    prove_order(judge)
    here = Group(judge, n, rank, **how)
    if n == 1:
        here.found()
    else:
        here.first_view(**plan)
    return here
