"""The members of a run: programs behind the test interface, each with identity, clocks, disk and trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from coterie_kit import leaves
from coterie_kit.interop.plan import Plan, Trait
from coterie_kit.interop.tracing import Tracer
from coterie_kit.keys.names import digest, node_id, overlay_id
from coterie_kit.keys.signatures import SigningKey
from coterie_kit.peer import Peer, open_peer
from coterie_kit.reply import Reply

__all__ = ["MULTICAST", "OVERLAY", "WALL", "Company", "Member", "address_of", "name_of"]

OVERLAY = overlay_id(b"interop")
WALL = 1_800_000_000_000
"""What the wall clocks show at the beginning, in ms since the Unix epoch."""
PORT = 4000
MULTICAST = f"239.1.1.1:{PORT}"


def address_of(number: int) -> str:
    """Where the member with that number is."""
    return f"192.0.2.{number + 1}:{PORT}"


def name_of(number: int) -> str:
    """A letter, or a letter and a number."""
    return chr(ord("A") + number % 26) + (str(number // 26 + 1) if number >= 26 else "")


@dataclass(slots=True)
class Member:
    """One member. It lives between ``start`` and ``crash``; its trace has all its lives."""

    number: int
    spec: str
    peer: Peer
    trait: Trait
    key: bytes
    leaf: bytes
    node: str
    seed: bytes
    trust: dict[str, object]
    tracer: Tracer = field(init=False)
    named: str = ""
    """As people call it, if not by the letter of its number."""
    lives: int = 0
    alive: bool = False
    wants: bool = False
    """Whether its application wants to be in the group."""
    leaving: bool = False
    disk: bytes | None = None
    due: int | None = None
    """When it wants to be woken, in ms of the run."""
    clock: int = -1
    """The time of the run that it was told last."""
    view: str = ""
    members: tuple[str, ...] = ()
    stable: bool = False
    """Whether it is in a view that is not on its way to another."""
    heard: set[str] = field(default_factory=set)
    said: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    """Octets of each payload that was handed to it and that it has not sent yet."""

    def __post_init__(self) -> None:
        self.tracer = Tracer(self.node, self.trait.service)

    @property
    def name(self) -> str:
        """As people call it."""
        return self.named or name_of(self.number)

    @property
    def address(self) -> str:
        """Where it is reached."""
        return address_of(self.number)

    def clocks(self, at: int) -> tuple[int, int]:
        """What its clocks show at a time of the run: monotonic and wall."""
        return self.trait.mono + at, WALL + self.trait.wall + at

    def start(self, at: int, state: str) -> Reply:
        """A new life: first, or with its disk kept or lost."""
        self.disk = self.disk if state == "kept" else None
        mono, wall = self.clocks(at)
        reply = self.peer.reset(
            seed=digest(self.seed, self.lives.to_bytes(4, "big")), mono_ms=mono, wall_ms=wall, key=self.key,
            leaf=self.leaf, address=self.address, trust=[self.trust], disk=self.disk,
        )  # fmt: skip
        if not reply.ok:
            return reply
        self.lives += 1
        self.alive, self.stable, self.leaving, self.clock = True, False, False, at
        self.view, self.members, self.due = "", (), None
        self.heard.clear()
        self.waiting.clear()
        self.tracer.start(reply.number("incarnation"), state, at)
        return reply

    def stop(self, at: int) -> None:
        """The end of a life, without a word to anyone."""
        self.tracer.crash(at)
        self.alive, self.stable, self.due, self.view, self.members = False, False, None, "", ()


class Company:
    """The programs of a run, one process a member, kept from one seed to the next."""

    def __init__(self, specs: Sequence[str], deadline: float) -> None:
        self._specs = list(specs)
        self._deadline = deadline
        self._peers: list[Peer] = []

    def spec(self, number: int) -> str:
        """What the member with that number is run by."""
        return self._specs[number % len(self._specs)]

    def cast(self, plan: Plan) -> list[Member]:
        """The members of a plan, their programs running. Crashed, Hung or PeerFault when one is not."""
        return [self._member(plan, number) for number in range(len(plan.traits))]

    def _member(self, plan: Plan, number: int) -> Member:
        while len(self._peers) <= number:
            self._peers.append(open_peer(self.spec(len(self._peers)), deadline=self._deadline))
        peer, trait = self._peers[number], plan.traits[number]
        if not peer.is_open:
            peer.start()
        peer.trace.clear()
        key = SigningKey.from_octets(digest(b"interop key", bytes([number]), trait.key.encode()), trait.key)
        recipe = leaves.good(key, WALL).changed(subject=leaves.name(f"member {number}"))
        trust = {
            "overlay": OVERLAY, "policy": "open", "suites": list(plan.suites), "membership": "group",
            "max_datagram": plan.max_datagram, "service": trait.service,
        }  # fmt: skip
        trust |= {"multicast": MULTICAST} if plan.multicast else {}
        node = node_id(OVERLAY, key.spki).hex()
        seed = digest(b"interop", plan.seed.to_bytes(8, "big"), bytes([number]))
        return Member(
            number, self.spec(number), peer, trait, key.pkcs8, leaves.make(recipe), node, seed, trust
        )

    def end(self) -> None:
        """Ends all programs."""
        for peer in self._peers:
            peer.stop()
        self._peers.clear()
