"""The stage of a tier-1 case: the peer under test, the puppets around it, and the steps to the scene.

A step that is not what the case is about never fails the case: when the peer does not play along, the case is
inconclusive, and the case that is about that step says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from coterie_kit import frames, leaves, registry
from coterie_kit.judge import Judge
from coterie_kit.keys.draws import Draws
from coterie_kit.keys.names import address_octets, overlay_id
from coterie_kit.keys.rekey import Stored
from coterie_kit.keys.schedule import Secrets
from coterie_kit.keys.signatures import SigningKey
from coterie_kit.puppets import Puppet, cut, plain
from coterie_kit.reply import Reply
from coterie_kit.suite._proof import expected_retry, prove_cookies

__all__ = ["BUCKET", "Handshake", "Said", "Stage", "accepts", "frames_in"]

BUCKET = 60_000
CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Handshake:
    """The four frames of a session's beginning."""

    hello1: bytes
    retry: bytes
    hello2: bytes
    hello3: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """A frame that the peer sent, and to whom."""

    to: str
    octets: bytes
    frame: frames.Frame

    @property
    def type(self) -> str:
        """Its frame type."""
        return self.frame.type


# Reasons that any good frame to a peer with another fault runs into, and the rules that can be blamed.
ELSEWHERE: dict[str, set[str]] = {
    "bad-signature": {"REQ-FRM-14"},
    "bad-confirmation": {"REQ-KEY-32"},
    "down-mismatch": {"REQ-KEY-39"},
    "bad-seal": {"REQ-REC-6", "REQ-REC-19", "REQ-KEY-37", "REQ-KEY-29"},
    "unknown-view": {"REQ-REC-1", "REQ-KEY-40"},
    "no-run": {"REQ-KEY-23"},
    "bad-order": {"REQ-KEY-11", "REQ-VIE-7"},
    "bad-transcript": {"REQ-SES-10"},
    "wrong-destination": {"REQ-FRM-15"},
    "bad-cookie": {"REQ-SES-1"},
    "signer-mismatch": {"REQ-NAM-2"},
    "replayed": {"REQ-SES-5"},
    "too-old": {"REQ-SES-5", "REQ-SES-6"},
    "unknown-critical-extension": {"REQ-FRM-20", "REQ-FRM-21"},
    "stale-incarnation": {"REQ-SES-14"},
    "stale-value": {"REQ-OVL-15"},
    "value-quota": {"REQ-OVL-16"},
    "store-full": {"REQ-OVL-17"},
}


def accepts(judge: Judge, reply: Reply, name: str = "accepted", **facts: Any) -> bool:
    """Records whether the peer took a good frame; a refusal by a rule that the case is not about ends it."""
    about = ELSEWHERE.get(reply.reason, set(judge.case.reqs))
    if not reply.ok and not about & set(judge.case.reqs):
        judge.inconclusive(f"{name}: {reply.said()}, which is judged elsewhere")
    return judge.accepted(reply, name, **facts)


def frames_in(reply: Reply, max_sealed: int = 1200) -> list[Said]:
    """The frames that a reply sends, SEGMENTs joined. Raises `frames.Unreadable`."""
    found: list[Said] = []
    parts: dict[tuple[str, bytes], dict[int, bytes]] = {}
    for send in reply.sends:
        frame = frames.read(send.bytes, max_sealed)
        if frame.type != "SEGMENT":
            found.append(Said(send.to, send.bytes, frame))
            continue
        held = parts.setdefault((send.to, frame.body["digest"]), {})
        held[frame.body["index"]] = frame.body["payload"]
        if len(held) == frame.body["count"]:
            whole = b"".join(held[index] for index in sorted(held))
            found.append(Said(send.to, whole, frames.read(whole, assembled=True)))
    return found


@dataclass(slots=True)
class Set:
    """How a stage differs from the usual one."""

    n: int = 2
    rank: int = 0
    kind: str = "ed25519"
    policy: str = "open"
    trust: dict[str, Any] = field(default_factory=dict)
    v6: bool = False


class Stage:
    """The peer under test is the member of rank ``rank`` among ``n`` members in the order of Node-IDs."""

    def __init__(self, judge: Judge, **how: Any) -> None:
        settings = Set(**how)
        self.judge, self.settings = judge, settings
        self.peer = judge.peer()
        self.bakes = prove_cookies(judge)
        self.seed = judge.octets(32)
        self.draws = Draws(self.seed)
        self.mono = BUCKET * judge.random.randrange(20, 900) + judge.random.randrange(1000, 20_000)
        self.wall = 1_800_000_000_000 + judge.random.randrange(10**9) * 10
        self.group = judge.octets(judge.random.randrange(1, 40))
        self.authority: leaves.Recipe | None = None
        self.overlay = self._overlay()
        people = sorted((self._born(i) for i in range(settings.n)), key=lambda one: one.node)
        self.subject = people.pop(settings.rank)
        self.others = people
        for i, one in enumerate([self.subject, *people]):
            one.address = self._address(i)
            one.named = "peer" if one is self.subject else f"puppet {i}"
            judge.names[one.address] = one.named
        self.counter = 0
        self.clock = 0
        self.stored: Stored | None = None
        self.secrets: Secrets | None = None
        self.history: list[Any] = []
        self.first = self.reset()

    # ------------------------------------------------------------ people

    def _overlay(self) -> bytes:
        if self.settings.policy != CLOSED:
            return overlay_id(self.group)
        key = SigningKey.from_octets(self.judge.octets(32), "p256")
        self.authority = leaves.authority(key, self.wall)
        from coterie_kit.keys.names import digest

        return overlay_id(self.group, digest(key.spki))

    def _address(self, index: int) -> str:
        port = 4000 + index
        return f"[2001:db8::{index + 1:x}]:{port}" if self.settings.v6 else f"192.0.2.{index + 1}:{port}"

    def _born(self, index: int) -> Puppet:
        kind = self.settings.kind if index == 0 else "ed25519"
        return self.newcomer(kind=kind)

    def newcomer(self, kind: str = "ed25519", address: str = "203.0.113.9:5000") -> Puppet:
        """One more puppet, with a leaf that the overlay admits."""
        born = Puppet.born(self.judge.octets(32), self.overlay, address, self.wall, kind)
        born.incarnation = self.wall - self.judge.random.randrange(1, 10**6)
        if self.authority is not None:
            born.leaf = leaves.make(leaves.closed(born.key, self.authority, self.overlay, self.wall))
        return born

    @property
    def everyone(self) -> list[Puppet]:
        """The peer under test and the puppets, ascending by Node-ID."""
        return sorted([self.subject, *self.others], key=lambda one: one.node)

    # ------------------------------------------------------------ the peer

    def trust(self) -> dict[str, Any]:
        """What the peer is configured with for the overlay."""
        row: dict[str, Any] = {"overlay": self.overlay, "policy": self.settings.policy}
        if self.authority is not None:
            row["authority"] = leaves.make(self.authority)
        return row | self.settings.trust

    def reset(self, **other: Any) -> Reply:
        """Starts the peer; ``other`` replaces arguments of the command."""
        command: dict[str, Any] = {
            "seed": self.seed,
            "mono_ms": self.mono,
            "wall_ms": self.wall,
            "key": self.subject.key.pkcs8,
            "leaf": self.subject.leaf,
            "address": self.subject.address,
            "trust": [self.trust()],
        } | other
        reply = self.peer.reset(**command)
        self.need(reply.ok, f"reset: {reply.said()}")
        self.draws = Draws(self.seed)
        self.knows_anyone = False
        named = reply["nodes"].get(self.overlay.hex())
        self.need(named == self.subject.node.hex(), "its Node-ID is not the one of its key")
        self.subject.incarnation = reply.number("incarnation")
        self.subject.sequence = 0
        return reply

    def need(self, ok: object, why: str) -> None:
        """Ends the case without a verdict on its subject when a step before it did not come off."""
        if not ok:
            self.judge.inconclusive(f"the peer did not get to the scene: {why}")

    def said(self, reply: Reply) -> list[Said]:
        """The frames in a reply; the case ends when they cannot be read."""
        try:
            return frames_in(reply, self.settings.trust.get("max_datagram", 1200))
        except frames.Unreadable as unreadable:
            self.judge.inconclusive(f"the peer sent what cannot be read: {unreadable}")

    def one(self, reply: Reply, kind: str) -> Said:
        """The one frame of type ``kind`` that the reply sends."""
        found = [said for said in self.said(reply) if said.type == kind]
        self.need(found, f"no {kind}, but {reply.said()}")
        return found[0]

    def pass_time(self, ms: int, wall: int | None = None) -> Reply:
        """Moves both clocks on and fires what is due."""
        self.mono += ms
        self.wall += ms if wall is None else wall
        reply: Reply = self.peer.tick(self.mono, self.wall)
        fired = reply.wake is None or reply.wake > self.mono
        self.need(fired or "REQ-TST-6" in self.judge.case.reqs, "a tick leaves timers due")
        return reply

    def timeline(self, until: int, step: int) -> Iterator[tuple[int, Reply]]:
        """Ticks every ``step`` ms up to ``until``; yields the time gone and the reply."""
        for gone in range(step, until + 1, step):
            yield gone, self.pass_time(step)

    # ------------------------------------------------------------ deliveries

    def deliver(self, octets: bytes, source: Puppet | str) -> Reply:
        """Delivers a datagram from a puppet's address."""
        address = source if isinstance(source, str) else source.address
        reply: Reply = self.peer.deliver(octets, address)
        return reply

    def carry(self, frame: bytes, source: Puppet) -> Reply:
        """Delivers a frame, in SEGMENTs when it is long; the reply is that to the last datagram."""
        if len(frame) <= registry.limit("datagram"):
            return self.deliver(frame, source)
        for values in cut(frame):
            reply = self.deliver(plain("SEGMENT", self.overlay, **values), source)
        return reply

    # ------------------------------------------------------------ sessions

    def knock(self, who: Puppet, source: str | None = None) -> tuple[bytes, bytes]:
        """HELLO1 of a puppet and the RETRY to it."""
        hello1 = who.hello1(self.judge.octets(32))
        reply = self.deliver(hello1, source or who.address)
        return hello1, self.one(reply, "RETRY").octets

    def invited(self, who: Puppet) -> tuple[bytes, bytes]:
        """As ``knock``, for a step: a peer whose RETRY is known beforehand is not asked for it."""
        if not self.bakes:
            return self.knock(who)
        hello1 = who.hello1(self.judge.octets(32))
        return hello1, expected_retry(self.seed, self.subject, who.address, hello1, self.mono // BUCKET)

    def hello2(self, who: Puppet, hello1: bytes, retry: bytes, **changes: Any) -> bytes:
        """The second greeting of a puppet; ``changes`` replace body values."""
        values = who.hello2_values(hello1, retry) | changes
        return who.make("HELLO2", values, frames.read(retry).body["responder"])

    def meet(self, who: Puppet) -> Handshake:
        """A session that the puppet asks for."""
        hello1, retry = self.invited(who)
        hello2 = self.hello2(who, hello1, retry)
        reply = self.deliver(hello2, who)
        self.knows_anyone = True
        return Handshake(hello1, retry, hello2, self.one(reply, "HELLO3").octets)

    def meet_all(self) -> None:
        """A session with every puppet."""
        for who in self.others:
            self.meet(who)

    def greet(self, who: Puppet) -> bytes:
        """Makes the peer greet a puppet: its HELLO1."""
        reply = self.peer.do("greet", self.overlay, to=who.address)
        self.need(reply.ok, f"greet: {reply.said()}")
        return self.one(reply, "HELLO1").octets

    def greet_to_hello2(self, who: Puppet) -> tuple[bytes, bytes, bytes]:
        """The peer greets and is told to go on: HELLO1, RETRY and its HELLO2."""
        hello1 = self.greet(who)
        retry = who.retry(frames.read(hello1).body["nonce"], self.judge.octets(32))
        hello2 = self.one(self.deliver(retry, who), "HELLO2").octets
        return hello1, retry, hello2

    def hello3(self, who: Puppet, handshake: tuple[bytes, bytes, bytes], **changes: Any) -> bytes:
        """A puppet's answer to the peer's greeting; ``changes`` replace body values."""
        values = who.hello3_values(*handshake) | changes
        return who.make("HELLO3", values, self.subject.node)

    def nonce_context(self, who: Puppet) -> bytes:
        """The context of the draw of a HELLO1's nonce."""
        return self.overlay + address_octets(who.address)

    # ------------------------------------------------------------ what can be seen

    def inspect(self) -> Reply:
        """The peer's public state."""
        reply: Reply = self.peer.inspect(self.overlay)
        return reply

    def digest(self) -> bytes:
        """The digest of its state."""
        return self.inspect().octets("digest")

    def sessions(self) -> list[dict[str, Any]]:
        """The sessions it has."""
        found: list[dict[str, Any]] = self.inspect()["sessions"]
        return found
