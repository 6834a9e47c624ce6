"""The stage of an overlay without views: the peer under test, and puppets that find, keep and answer.

Each puppet is an `Actor`: what it knows of others, what it keeps, what it leaves unanswered or says instead.
The stage carries datagrams between them and the peer until nobody has anything to say, and writes down
everything that the peer sends and tells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from coterie_kit import frames, registry
from coterie_kit.judge import Judge
from coterie_kit.keys.names import contact, label
from coterie_kit.keys.signatures import SigningKey, verify
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Event, Reply
from coterie_kit.suite._overlay_proof import long_frame, prove_keys
from coterie_kit.suite._proof import prove_order
from coterie_kit.suite._stage import Handshake, Said, Stage, accepts

__all__ = ["BUCKET_SIZE", "CLIENT", "PEER", "Actor", "Answer", "Overlay", "common", "distance", "row"]

PEER, CLIENT = 1, 2
ROLES = 0x0005
BUCKET_SIZE = registry.limit("bucket")
MOST_STEPS = 20_000

Answer = Callable[[Said], list[bytes]]


def distance(one: bytes, other: bytes) -> int:
    """How far two identifiers lie apart."""
    return int.from_bytes(one, "big") ^ int.from_bytes(other, "big")


def common(one: bytes, other: bytes) -> int:
    """How many bits two identifiers begin with alike."""
    return 256 - distance(one, other).bit_length()


def row(who: Puppet) -> dict[str, Any]:
    """A puppet as a row of NODES."""
    return {"node_id": who.node, "contact": contact(who.address)}


@dataclass(slots=True)
class Actor:
    """A puppet that plays along."""

    puppet: Puppet
    roles: int = PEER
    knows: list[Puppet] = field(default_factory=list)
    kept: list[bytes] = field(default_factory=list)
    mute: set[str] = field(default_factory=set)
    says: dict[str, Answer] = field(default_factory=dict)
    delay: int = 0
    asked: list[Said] = field(default_factory=list)
    greeting: tuple[bytes, bytes] = (b"", b"")

    def got(self, kind: str) -> list[Said]:
        """The frames of that type that the peer sent it."""
        return [said for said in self.asked if said.type == kind]


@dataclass(frozen=True, slots=True)
class Noted:
    """What happened when: a frame that the peer sent, or one that it was given."""

    at: int
    sent: bool
    said: Said


class Overlay(Stage):
    """The peer under test in an overlay with the membership none."""

    def __init__(
        self, judge: Judge, role: str = "peer", count: int = 0, kind: str = "ed25519", hosts: int = 0
    ) -> None:
        self.cast: dict[str, Actor] = {}
        self.joins = False
        self.noted: list[Noted] = []
        self.told: list[tuple[int, Event]] = []
        self.wake: int | None = None
        self._waiting: list[tuple[int, bytes, Actor]] = []
        prove_keys(judge)
        prove_order(judge)
        more = {"hosts": hosts} if hosts else {}
        super().__init__(judge, n=1, kind=kind, trust={"membership": "none", "role": role, **more})
        self.role = role
        self.cookies = judge.octets(32)
        self.crowd(count)

    # ------------------------------------------------------------ puppets

    def add(
        self, roles: int = PEER, bits: int | None = None, of: bytes = b"", kind: str = "ed25519"
    ) -> Actor:
        """One more puppet; with ``bits``, one that begins with just so many bits like ``of`` (the peer)."""
        place = len(self.cast)
        address = f"198.51.{100 + place // 200}.{place % 200 + 1}:{4001 + place}"
        octets = self.judge.octets(32)
        while bits is not None and common(self.node_of(octets, kind), of or self.subject.node) != bits:
            octets = self.judge.octets(32)
        who = Puppet.born(octets, self.overlay, address, self.wall, kind)
        who.incarnation = self.wall - self.judge.random.randrange(1, 10**6)
        who.named = f"puppet {place}"
        self.judge.names[address] = who.named
        self.cast[address] = Actor(who, roles)
        self.others.append(who)
        return self.cast[address]

    def node_of(self, octets: bytes, kind: str) -> bytes:
        """The Node-ID that a key of these octets has here."""
        from coterie_kit.keys.names import node_id

        return node_id(self.overlay, SigningKey.from_octets(octets, kind).spki)

    def crowd(self, count: int, **how: Any) -> list[Actor]:
        """So many puppets, each with a session."""
        made = [self.add(**how) for _ in range(count)]
        for one in made:
            self.meet(one.puppet)
        return made

    def strangers(self, count: int, **how: Any) -> list[Actor]:
        """So many puppets that the peer has not met, the closest to ``of`` first where that is given."""
        target = how.pop("target", None)
        made = [self.add(**how) for _ in range(count)]
        return made if target is None else sorted(made, key=lambda one: distance(one.puppet.node, target))

    def actor(self, who: Puppet) -> Actor:
        """The part that a puppet plays."""
        return self.cast[who.address]

    def named_by(self, node: str) -> Puppet:
        """The puppet with that Node-ID."""
        return next(one for one in self.others if one.node.hex() == node)

    # ------------------------------------------------------------ sessions

    def hello2(self, who: Puppet, hello1: bytes, retry: bytes, **changes: Any) -> bytes:
        """The second greeting of a puppet, which says its roles unless it is a peer."""
        roles = self.actor(who).roles if who.address in self.cast else PEER
        if roles != PEER:
            changes = {"extensions": [{"type": ROLES, "value": bytes([roles])}]} | changes
        return super().hello2(who, hello1, retry, **changes)

    def hello3(self, who: Puppet, handshake: tuple[bytes, bytes, bytes], **changes: Any) -> bytes:
        """A puppet's answer to a greeting, with its roles."""
        return super().hello3(who, handshake, **{"roles": self.actor(who).roles, **changes})

    def meet(self, who: Puppet) -> Handshake:
        """A session that the puppet asks for."""
        handshake = super().meet(who)
        self.settle()
        return handshake

    # ------------------------------------------------------------ what goes to and fro

    def carry(self, frame: bytes, source: Puppet) -> Reply:
        """As ``Stage.carry``; a peer that puts no SEGMENTs together gets no long frame."""
        if len(frame) > registry.limit("datagram") and not self.joins:
            self.joins = True
            long = long_frame(source, self.subject.node)
            self.need(self.sends(super().carry(long, source), "PONG"), "it puts no SEGMENTs together")
        return super().carry(frame, source)

    def sends(self, reply: Reply, kind: str) -> bool:
        """Whether a frame of that type is in a reply."""
        return any(said.type == kind for said in self.said(reply))

    def deliver(self, octets: bytes, source: Puppet | str) -> Reply:
        """Delivers a datagram, and notes what the peer does."""
        return self.watch(super().deliver(octets, source))

    def pass_time(self, ms: int, wall: int | None = None) -> Reply:
        """Moves both clocks on, and notes what the peer does."""
        return self.watch(super().pass_time(ms, wall))

    def act(self, action: str, **args: Any) -> Reply:
        """An action, and all that follows from it at once."""
        reply = self.begin(action, **args)
        self.settle()
        return reply

    def begin(self, action: str, **args: Any) -> Reply:
        """An action; what the puppets have to say to it waits for ``settle``."""
        reply: Reply = self.peer.do(action, self.overlay, **args)
        self.need(reply.ok, f"{action}: {reply.said()} {reply.detail}")
        return self.watch(reply)

    def watch(self, reply: Reply) -> Reply:
        """Notes what a reply sends and tells, and lets the puppets answer it."""
        self.wake = reply.wake
        self.told += [(self.mono, event) for event in reply.events]
        for said in self.said(reply):
            self.noted.append(Noted(self.mono, True, said))
            actor = self.cast.get(said.to)
            if actor is not None:
                actor.asked.append(said)
                for octets in self._answers(actor, said):
                    self._waiting.append((self.mono + actor.delay, octets, actor))
        return reply

    def later(self, ms: int, octets: bytes, actor: Actor) -> None:
        """What a puppet says after so many milliseconds."""
        self._waiting.append((self.mono + ms, octets, actor))

    def settle(self) -> None:
        """Delivers what the puppets have to say by now, until nobody has more."""
        for _ in range(MOST_STEPS):
            due = [entry for entry in self._waiting if entry[0] <= self.mono]
            if not due:
                return
            self._waiting.remove(due[0])
            _, octets, actor = due[0]
            said = self._read(octets, actor)
            self.noted.append(Noted(self.mono, False, said))
            reply = self.carry(octets, actor.puppet)
            if not reply.ok and said.type not in actor.says:
                self.need(said.type == self.judge.case.type, f"{said.type} of a puppet: {reply.said()}")
                accepts(self.judge, reply, f"{said.type}-of-a-puppet")
        self.need(ok=False, why="it does not come to rest")

    def _read(self, octets: bytes, actor: Actor) -> Said:
        return Said(actor.puppet.address, octets, frames.read(octets, assembled=True))

    def advance(self, ms: int) -> None:
        """Time passes: each timer of the peer fires when it says, each answer comes when it is due."""
        end = self.mono + ms
        for _ in range(MOST_STEPS):
            self.settle()
            dues = [entry[0] for entry in self._waiting] + ([] if self.wake is None else [self.wake])
            step = max(self.mono, min([*dues, end]))
            last = step == end and not any(due < end for due in dues)
            self.pass_time(step - self.mono)
            self.settle()
            if last and (self.wake is None or self.wake > end):
                return
        self.need(ok=False, why="its timers do not move on")

    # ------------------------------------------------------------ what the puppets say

    def _answers(self, actor: Actor, said: Said) -> list[bytes]:
        if said.type in actor.mute:
            return []
        if said.type in actor.says:
            return actor.says[said.type](said)
        plays: dict[str, Callable[[Actor, Said], list[bytes]]] = {
            "HELLO1": self._retry, "HELLO2": self._hello3, "PING": self._pong, "FIND": self._nodes,
            "STORE": self._stored, "FETCH": self._values,
        }  # fmt: skip
        return plays[said.type](actor, said) if said.type in plays else []

    def _retry(self, actor: Actor, said: Said) -> list[bytes]:
        retry = actor.puppet.retry(said.frame.body["nonce"], self.cookies)
        actor.greeting = (said.octets, retry)
        return [retry]

    def _hello3(self, actor: Actor, said: Said) -> list[bytes]:
        return [self.hello3(actor.puppet, (*actor.greeting, said.octets))]

    def _pong(self, actor: Actor, said: Said) -> list[bytes]:
        return [self.of(actor.puppet, "PONG", nonce=said.frame.body["nonce"])]

    def _nodes(self, actor: Actor, said: Said) -> list[bytes]:
        return [self.nodes(actor.puppet, said, actor.knows)]

    def nodes(self, who: Puppet, said: Said, known: list[Puppet]) -> bytes:
        """The NODES with which a puppet that knows these answers a FIND."""
        target = said.frame.body["target"]
        near = sorted((one for one in known if one is not who), key=lambda one: distance(one.node, target))
        rows = [row(one) for one in near[:BUCKET_SIZE]]
        return self.of(who, "NODES", request=said.frame.prefix["sequence"], neighbours=rows)

    def _stored(self, actor: Actor, said: Said) -> list[bytes]:
        actor.kept.append(said.frame.body["envelope"])
        return [self.of(actor.puppet, "STORED", request=said.frame.prefix["sequence"])]

    def _values(self, actor: Actor, said: Said) -> list[bytes]:
        from coterie_kit.suite._envelopes import page

        held, more = page(actor.kept, said.frame.body)
        request = said.frame.prefix["sequence"]
        return [self.of(actor.puppet, "VALUES", request=request, more=more, held=held)]

    def refusing(self, actor: Actor, kind: str, reason: str) -> None:
        """From now on that puppet answers each request of that type by a REFUSE."""
        code = registry.reason(reason).code

        def answer(said: Said) -> list[bytes]:
            number = registry.frame(kind).code
            sequence = said.frame.prefix["sequence"]
            values = {"refused_sequence": sequence, "reason": code, "refused_type": number}
            return [self.of(actor.puppet, "REFUSE", **values)]

        actor.says[kind] = answer

    def of(self, who: Puppet, kind: str, **values: Any) -> bytes:
        """A frame of a puppet to the peer."""
        return who.make(kind, values, self.subject.node)

    # ------------------------------------------------------------ what can be seen

    def ask(self, who: Puppet, kind: str, **values: Any) -> Reply:
        """A puppet's request, and the peer's reply to it."""
        return self.carry(self.of(who, kind, **values), who)

    def sent(self, kind: str, since: int = 0) -> list[Said]:
        """The frames of that type that the peer has sent, since that many notes."""
        return [note.said for note in self.noted[since:] if note.sent and note.said.type == kind]

    def events(self, name: str) -> list[dict[str, Any]]:
        """What the peer has told under that name."""
        return [dict(event.fields) for _, event in self.told if event.name == name]

    def contacts(self) -> list[str]:
        """The Node-IDs of its contacts, ascending."""
        return [str(found["node"]) for found in self.inspect()["contacts"]]

    def signed_well(self, said: Said) -> bool:
        """Whether a frame of the peer is signed by its key and for whom it goes to."""
        own = self.subject.key.spki
        to = self.cast[said.to].puppet.node
        whole = label("frame-signature") + said.octets[:-64]
        return said.frame.prefix["destination"] == to and verify(own, whole, said.frame.trailer)
