"""A key run on a stage: who its members are, what each of them sends, and how far it is played."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coterie_kit import frames
from coterie_kit.keys.names import digest
from coterie_kit.keys.rekey import Flow, Stored, beginning, contribute, received, refresh
from coterie_kit.keys.schedule import Secrets, schedule, view_id
from coterie_kit.keys.suites import SUITES, Suite
from coterie_kit.puppets import NO_VIEW, Puppet, member_row
from coterie_kit.reply import Reply
from coterie_kit.suite._stage import Said, Stage

__all__ = ["Plan", "Run", "install_from", "setup", "successor"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A proposal before it is bytes: members in order, how many of them are the base, and their old views."""

    members: tuple[Puppet, ...]
    base: int = 0
    suite: int = 1
    previous: Mapping[bytes, bytes] = field(default_factory=dict)
    clock_base: int = 0
    counter: int = 1
    cuts: Sequence[Mapping[str, Any]] = ()
    extensions: Sequence[Mapping[str, Any]] = ()

    def values(self, nonce: bytes) -> dict[str, Any]:
        """The body of INSTALL."""
        rows = [member_row(one, self.previous.get(one.node, NO_VIEW)) for one in self.members]
        return {
            "counter": self.counter,
            "nonce": nonce,
            "suite": self.suite,
            "clock_base": self.clock_base,
            "members": rows,
            "cuts": list(self.cuts),
            "extensions": list(self.extensions),
        }


class Run:
    """One key run. Members are puppets; the one that is `stage.subject` is the peer under test."""

    def __init__(self, stage: Stage, plan: Plan, body: bytes | None = None) -> None:
        self.stage, self.plan = stage, plan
        self.members = plan.members
        self.suite: Suite = SUITES[plan.suite]
        self.values = plan.values(stage.judge.octets(32))
        self.proposer = next((one for one in self.members if one is not stage.subject), stage.subject)
        self.stored = stage.stored
        self.flows: dict[int, Flow] = {}
        self.scalars: dict[bytes, int] = {}
        self.made: dict[str, bytes] = {}
        self.sent: list[Said] = []
        self.reply: Reply | None = None
        self.fix(body if body is not None else frames.write_body("INSTALL", self.values))
        stage.counter = max(stage.counter, plan.counter)

    def fix(self, body: bytes) -> None:
        """Makes ``body`` the INSTALL of this run."""
        self.body = body
        self.digest = digest(body)
        self.view = view_id(self.plan.counter, self.digest)

    # ------------------------------------------------------------ places

    @property
    def place(self) -> int:
        """The position of the peer under test."""
        return self.members.index(self.stage.subject)

    @property
    def last(self) -> Puppet:
        """Who makes the DOWN."""
        return self.members[-1]

    @property
    def makes_down(self) -> bool:
        """Whether the peer under test makes the DOWN."""
        return self.last is self.stage.subject

    @property
    def waits_for_up(self) -> bool:
        """Whether the peer under test is a newcomer that an UP comes to."""
        return self.place >= self.plan.base and self.place > 0

    @property
    def starts(self) -> bool:
        """Whether the peer under test sends the first flow."""
        return self.place == max(self.plan.base - 1, 0)

    @property
    def puppets(self) -> list[Puppet]:
        """Everyone else."""
        return [one for one in self.members if one is not self.stage.subject]

    def position(self, who: Puppet) -> int:
        """Where ``who`` stands."""
        return self.members.index(who)

    # ------------------------------------------------------------ scalars and flows

    def drawn(self, purpose: str) -> int:
        """The scalar that a peer at level D3 draws for this run."""
        return self.suite.scalar(
            self.stage.draws.take(purpose, self.stage.overlay + self.digest, self.suite.draw)
        )

    def scalar(self, who: Puppet) -> int:
        """The scalar that a puppet holds in this run."""
        kept = (
            self.stored.scalars.get(who.node) if self.stored and self.position(who) < self.plan.base else None
        )
        if kept is not None and who.node not in self.scalars:
            self.scalars[who.node] = kept
        if who.node not in self.scalars:
            self.scalars[who.node] = self.suite.scalar(self.stage.judge.octets(self.suite.draw))
        return self.scalars[who.node]

    def flow(self, position: int) -> Flow:
        """What the member at ``position`` sends on; that of the peer under test is what it really sent."""
        if position not in self.flows:
            who = self.members[position]
            self.stage.need(who is not self.stage.subject, "it sent neither UP nor DOWN in its turn")
            self.flows[position] = self.worked(position, None)
        return self.flows[position]

    def worked(self, position: int, x: int | None) -> Flow:
        """What the member at ``position`` makes of what came before; ``x`` (or y) replaces its own scalar."""
        who = self.members[position]
        if position == self.plan.base - 1:
            assert self.stored is not None
            y = x if x is not None else self.suite.scalar(self.stage.judge.octets(self.suite.draw))
            kept = [one.node for one in self.members[: self.plan.base]]
            flow, self.scalars[who.node] = refresh(self.stored, kept, y)
            return flow
        before = self.flow(position - 1) if position else beginning(self.plan.suite)
        return contribute(before, x if x is not None else self.scalar(who))

    @property
    def down(self) -> Flow:
        """The DOWN of this run."""
        return self.flow(len(self.members) - 1)

    @property
    def down_body(self) -> bytes:
        """Its body."""
        if "down-body" not in self.made:
            values = {"install_digest": self.digest, "entries": self.down.elements()}
            self.made["down-body"] = frames.write_body("DOWN", values)
        return self.made["down-body"]

    def key(self) -> bytes:
        """The group element, as a puppet computes it from the DOWN."""
        known = self.puppets[-1] if self.puppets else self.stage.subject
        return self.down.key(self.position(known), self.scalar(known))

    def secrets(self) -> Secrets:
        """The epoch's secrets, as a puppet computes them."""
        hashes = [digest(one.leaf) for one in self.members]
        return schedule(self.plan.suite, self.digest, hashes, self.down_body, self.key())

    # ------------------------------------------------------------ frames

    def frame(self, name: str, who: Puppet, body: bytes, to: bytes = bytes(32)) -> bytes:
        """A frame of this run, made once: asked again, it is the same octets."""
        known = f"{name} {who.node.hex()} {to.hex()} {digest(body).hex()}"
        if known not in self.made:
            self.made[known] = who.signed(name, body, to)
        return self.made[known]

    def install_frame(self, who: Puppet | None = None) -> bytes:
        """INSTALL by its proposer."""
        return self.frame("INSTALL", who or self.proposer, self.body)

    def up_values(self, position: int) -> dict[str, Any]:
        """The body of the UP that the member at ``position`` sends."""
        flow = self.flow(position) if position >= 0 else beginning(self.plan.suite)
        return {"install_digest": self.digest, "entries": flow.elements(), "total": flow.total.octets()}

    def up_frame(self, **changes: Any) -> bytes:
        """The UP to the peer under test; ``changes`` replace body values."""
        body = frames.write_body("UP", self.up_values(self.place - 1) | changes)
        return self.frame("UP", self.members[self.place - 1], body, self.stage.subject.node)

    def down_frame(self, **changes: Any) -> bytes:
        """The DOWN by its maker; ``changes`` replace body values."""
        body = self.down_body
        if changes:
            values = {"install_digest": self.digest, "entries": self.down.elements()} | changes
            body = frames.write_body("DOWN", values)
        return self.frame("DOWN", self.last, body)

    def confirm_values(self, who: Puppet) -> dict[str, Any]:
        """The body of a member's CONFIRM."""
        mac = self.secrets().confirmation(who.node)
        return {"install_digest": self.digest, "down_hash": digest(self.down_body), "confirmation": mac}

    def confirm_frame(self, who: Puppet, to: bytes = bytes(32), **changes: Any) -> bytes:
        """A puppet's CONFIRM; ``changes`` replace body values."""
        body = frames.write_body("CONFIRM", self.confirm_values(who) | changes)
        return self.frame("CONFIRM", who, body, to)

    # ------------------------------------------------------------ steps

    def take(self, reply: Reply, why: str) -> Reply:
        """Keeps what the peer sent in this run; the step was no more than a step."""
        self.stage.need(reply.ok, f"{why}: {reply.said()}")
        self.reply = reply
        for said in self.stage.said(reply):
            self.sent.append(said)
            if said.type in {"UP", "DOWN"} and said.frame.body["install_digest"] == self.digest:
                body = said.frame.body
                self.flows[self.place] = received(self.plan.suite, body["entries"], body.get("total"))
            if said.type == "DOWN" and self.makes_down:
                # extensions included: what everyone hashes is what was sent
                self.made["down-body"] = said.frame.body_octets
        return reply

    def install(self) -> Reply:
        """Delivers the INSTALL."""
        return self.take(self.stage.carry(self.install_frame(), self.proposer), "INSTALL")

    def up(self) -> Reply:
        """Delivers the UP, where one comes to the peer under test."""
        return self.take(self.stage.carry(self.up_frame(), self.members[self.place - 1]), "UP")

    def deliver_down(self) -> Reply:
        """Delivers the DOWN."""
        return self.take(self.stage.carry(self.down_frame(), self.last), "DOWN")

    def confirm(self, who: Puppet) -> Reply:
        """Delivers a puppet's CONFIRM."""
        return self.take(self.stage.deliver(self.confirm_frame(who), who), f"CONFIRM of {who.named}")

    def to_up(self) -> Run:
        """Up to where an UP is awaited, or nothing is."""
        self.install()
        return self

    def to_down(self) -> Run:
        """Up to where DOWN is awaited, or was made."""
        self.to_up()
        if self.waits_for_up:
            self.up()
        return self

    def to_confirms(self) -> Run:
        """Up to where the CONFIRMs of the others are awaited."""
        self.to_down()
        if not self.makes_down:
            self.deliver_down()
        self.stage.need(self.all_sent("CONFIRM") or len(self.members) == 1, "no CONFIRM after the DOWN")
        return self

    def to_view(self) -> Run:
        """Up to the installed view."""
        self.to_confirms()
        for who in self.puppets:
            reply = self.confirm(who)
        if self.puppets:
            self.see_view(reply)
        return self.adopt()

    def see_view(self, reply: Reply) -> None:
        """The step ends with the view that the kit expects; otherwise nothing that follows means anything."""
        told = reply.event("view-installed")
        self.stage.need(told is not None, "the view was not installed")
        assert told is not None
        self.stage.need(
            told.fields.get("view") == self.view.hex(), "the view has another id than the kit expects"
        )
        read = [entry.secret for entry in reply.keylog if entry.label == "read"]
        self.stage.need(
            not read or read == [self.secrets().read], "the view has other keys than the kit expects"
        )

    def adopt(self) -> Run:
        """Makes the view of this run the one that the stage goes on from."""
        nodes = tuple(one.node for one in self.members)
        scalars = {one.node: self.scalar(one) for one in self.puppets} | self.scalars
        self.stage.stored = Stored(self.view, nodes, self.down, scalars)
        self.stage.secrets = self.secrets()
        self.stage.history.append(self)
        return self

    # ------------------------------------------------------------ what the peer sent

    def all_sent(self, kind: str) -> list[Said]:
        """Frames of one type that the peer sent in this run."""
        return [said for said in self.sent if said.type == kind]

    def first_sent(self, kind: str) -> Said:
        """The first frame of one type that the peer sent."""
        found = self.all_sent(kind)
        self.stage.need(found, f"it sent no {kind}")
        return found[0]


def setup(stage: Stage, suite: int = 1, **plan: Any) -> Run:
    """The first run of everyone on the stage; sessions are made on the way."""
    if not stage.knows_anyone:
        stage.meet_all()
    return Run(stage, Plan(tuple(stage.everyone), suite=suite, counter=stage.counter + 1, **plan))


def successor(stage: Stage, base: Sequence[Puppet], newcomers: Sequence[Puppet] = (), **plan: Any) -> Run:
    """A run that goes on from the installed view: ``base`` in its order, then newcomers by Node-ID."""
    assert stage.stored is not None
    joined = sorted(newcomers, key=lambda one: one.node)
    previous = {one.node: stage.stored.view for one in base} | plan.pop("previous", {})
    settings = {"suite": stage.stored.flow.suite, "counter": stage.counter + 1} | plan
    return Run(stage, Plan((*base, *joined), base=len(base), previous=previous, **settings))


def install_from(stage: Stage, reply: Reply, plan: Plan) -> Run:
    """The run that the peer itself proposed in ``reply``."""
    said = stage.one(reply, "INSTALL")
    run = Run(stage, plan, body=said.frame.body_octets)
    run.proposer = stage.subject
    run.take(reply, "install")
    return run
