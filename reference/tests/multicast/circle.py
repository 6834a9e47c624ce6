"""Members of one view on a network in memory: multicast machines alone, with keys that nobody agreed on."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256

from coterie import registry
from coterie.crypto.entropy import Draws
from coterie.crypto.identity import Identity
from coterie.crypto.leaf import Leaf, check_leaf
from coterie.crypto.policy import OPEN
from coterie.effects import Effect, Event, Send
from coterie.errors import RemoteError
from coterie.holdings import Recovery
from coterie.multicast import Multicast
from coterie.records import Epoch
from coterie.records.epoch import SECRETS
from coterie.standing import Standing, Trust
from coterie.vocabulary import Address, NodeId, Now, ViewId
from coterie.wire import frames
from coterie.wire.bodies import NAMES, Body
from coterie.wire.codec import encode_body
from coterie.wire.contact import Contact
from coterie.wire.frames import SealedFrame, decode_frame, read_header
from reference.tests.peer.network import OVERLAY, WALL, make_identity

NAMES_OF_MEMBERS = ["ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal"]
BASE = 100
"""The clock base of the first view."""


@cache
def identity_of(name: str) -> Identity:
    return make_identity(name)


@cache
def leaf_of(name: str) -> Leaf:
    return check_leaf(identity_of(name).leaf, OPEN, OVERLAY, WALL)


@dataclass(eq=False)
class Member:
    """One member with all that it told."""

    name: str
    standing: Standing
    machine: Multicast
    events: list[Event] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    dead: bool = False

    @property
    def node(self) -> NodeId:
        return self.standing.node

    @property
    def epoch(self) -> Epoch:
        view = self.machine._view
        assert view is not None
        return view.epoch

    def told(self, name: str) -> list[Event]:
        return [event for event in self.events if event.name == name]

    def heard(self) -> list[object]:
        """The payloads that the application was told."""
        return [event.fields["payload"] for event in self.told("message")]

    def order(self) -> list[tuple[object, ...]]:
        """What it delivered, as everyone must see it."""
        keys = ("view", "sender", "sequence", "timestamp", "payload", "proxied")
        return [tuple(event.fields[key] for key in keys) for event in self.told("message")]

    def fact(self, name: str) -> object:
        return self.machine.facts()[name]


Fate = Callable[[random.Random, Member, Member, bytes], list[int]]


def perfect(_chance: random.Random, _source: Member, _to: Member, _datagram: bytes) -> list[int]:
    return [1]


def rough(chance: random.Random, _source: Member, _to: Member, _datagram: bytes) -> list[int]:
    """20 % lost, 20 % twice, order shuffled."""
    copies = 0 if chance.random() < 0.2 else 2 if chance.random() < 0.2 else 1
    return [chance.randint(1, 40) for _ in range(copies)]


def name_of(datagram: bytes) -> str:
    return registry.frame_types()[read_header(datagram).type].name


def losing(types: str, victims: Iterable[Member], sources: Iterable[Member] | None = None) -> Fate:
    """A network that loses frames of these types on their way to `victims`, and nothing else."""
    lost_at = {member.name for member in victims}
    lost_from = None if sources is None else {member.name for member in sources}

    def fate(_chance: random.Random, source: Member, to: Member, datagram: bytes) -> list[int]:
        of_source = lost_from is None or source.name in lost_from
        return [] if of_source and to.name in lost_at and name_of(datagram) in types.split() else [1]

    return fate


class Circle:
    """A view of `count` members, all of them senders unless `senders` says who."""

    def __init__(
        self, count: int, seed: int = 0, senders: Sequence[int] | None = None, **trust: object
    ) -> None:
        self.chance = random.Random(seed)
        self.seed = seed
        self.fate: Fate = perfect
        self.mono = 1000
        self.wire: list[tuple[Member, Address, bytes]] = []
        self._flying: list[tuple[int, int, Member, Address, bytes]] = []
        self._count = 0
        self.members = [self._member(at, trust) for at in range(count)]
        self.views = 0
        self.sayings = 0
        self.begin(self.members, range(count) if senders is None else senders, BASE)

    def _member(self, at: int, trust: dict[str, object]) -> Member:
        name = NAMES_OF_MEMBERS[at]
        entropy = Draws(f"{self.seed} {name}".encode().ljust(32, b"\0")[:32])
        joined = Trust(OVERLAY, OPEN, membership="group", **trust)  # type: ignore[arg-type]
        standing = Standing(identity_of(name), joined, Address(f"192.0.2.{at + 1}", 4000), entropy)
        return Member(name, standing, Multicast(standing))

    @property
    def now(self) -> Now:
        return Now(self.mono, WALL + self.mono)

    def begin(self, members: Sequence[Member], senders: Iterable[int], clock_base: int) -> None:
        """All of `members` install the next view at this moment."""
        self.views += 1
        view = ViewId(self.views.to_bytes(8, "big") + sha256(b"view %d" % self.views).digest()[:8])
        for position, member in enumerate(members):
            epoch = Epoch(
                view, 1, tuple(each.node for each in members), position,
                sha256(b"read" + view).digest(), sha256(b"control" + view).digest(),
                tuple(Contact.of(each.standing.address) for each in members),
                {each.node: leaf_of(each.name) for each in members if each is not member},
            )  # fmt: skip
            self.collect(member, member.machine.begin(epoch, clock_base, frozenset(senders), self.now))

    # ------------------------------------------------------------ time and datagrams

    def collect(self, member: Member, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Event):
                member.events.append(effect)
            elif isinstance(effect, Send):
                self.wire.append((member, effect.to, effect.datagram))
                to = self.at(effect.to)
                for delay in self.fate(self.chance, member, to, effect.datagram):
                    self._count += 1
                    flight = (self.mono + delay, self._count, member, effect.to, effect.datagram)
                    heapq.heappush(self._flying, flight)

    def at(self, address: Address) -> Member:
        return next(member for member in self.members if member.standing.address == address)

    def deliver(self, to: Member, datagram: bytes) -> str:
        """Hand over a datagram; why it was refused, or nothing."""
        frame = decode_frame(datagram, max_datagram=to.standing.trust.max_datagram)
        assert isinstance(frame, SealedFrame)
        try:
            self.collect(to, to.machine.on_sealed(frame, self.now))
        except RemoteError as error:
            to.refused.append(error.reason)
            return error.reason
        return ""

    def refuses(self, to: Member, datagram: bytes) -> str:
        """Why a datagram is refused; that it is, and that nothing has changed, is checked here."""
        before = to.machine.fingerprint(), len(to.events)
        reason = self.deliver(to, datagram)
        assert reason
        assert (to.machine.fingerprint(), len(to.events)) == before
        return reason

    def run(self, milliseconds: int) -> None:
        end = self.mono + milliseconds
        while True:
            arrival = self._flying[0][0] if self._flying else end + 1
            wakes = [(member.machine.wake(), member) for member in self.members if not member.dead]
            wake = min((at for at, _ in wakes if at is not None), default=end + 1)
            if min(arrival, wake) > end:
                self.mono = end
                return
            self.mono = max(self.mono, min(arrival, wake))
            if arrival <= max(wake, self.mono):
                _, _, _, to, datagram = heapq.heappop(self._flying)
                if not self.at(to).dead:
                    self.deliver(self.at(to), datagram)
            else:
                member = next(member for at, member in wakes if at == wake)
                self.collect(member, member.machine.fire(self.now))

    def send(self, member: Member, *payloads: bytes, proxy: bool = False) -> None:
        for payload in payloads:
            self.collect(member, member.machine.send(payload, self.now, proxy))

    # ------------------------------------------------------------ what membership does

    def freeze(self, members: Sequence[Member]) -> dict[NodeId, dict[NodeId, int]]:
        """All answer a proposal; what each holds."""
        return {member.node: dict(member.machine.freeze(self.now).rows) for member in members}

    def cut(self, held: dict[NodeId, dict[NodeId, int]]) -> tuple[dict[NodeId, int], dict[NodeId, NodeId]]:
        """The cut of these holdings, and a holder for each of its rows."""
        nodes = sorted({node for rows in held.values() for node in rows})
        cut, holders = {}, {}
        for node in nodes:
            holder = max(held, key=lambda member: held[member].get(node, 0))
            if held[holder].get(node, 0):
                cut[node], holders[node] = held[holder][node], holder
        return cut, holders

    def recover(self, members: Sequence[Member], held: dict[NodeId, dict[NodeId, int]]) -> None:
        """All accept an INSTALL with the cut of these holdings."""
        cut, holders = self.cut(held)
        together = tuple(member.node for member in members)
        acknowledged = max(int(str(member.fact("acknowledged"))) for member in members)
        recovery = Recovery(cut, holders, together, acknowledged)
        for member in members:
            self.collect(member, member.machine.recover(recovery, self.now))

    def install(self, members: Sequence[Member], senders: Iterable[int] | None = None) -> None:
        """All are through with the old view, and begin the next one."""
        together = tuple(member.node for member in members)
        for member in members:
            assert member.machine.recovered
            self.collect(member, member.machine.finish(together, self.now))
        base = max(member.machine.clock for member in members) + 1
        self.begin(members, range(len(members)) if senders is None else senders, base)

    def change(self, members: Sequence[Member], senders: Iterable[int] | None = None) -> None:
        """A whole view change, with time for recovery."""
        self.recover(members, self.freeze(members))
        self.run(2000)
        self.install(members, senders)


def sealed(sender: Member, counter: int, body: Body, /, **prefix: object) -> bytes:
    """A frame as `sender` would seal it, with whatever the test wants in it."""
    epoch = sender.epoch
    name = NAMES[type(body)]
    octets = encode_body(body)
    fields = {"view_id": epoch.view, "sender_index": epoch.own_index, "counter": counter} | prefix
    associated = frames.associated(OVERLAY, frames.SealedPrefix(**fields), len(octets), name)  # type: ignore[arg-type]
    return associated + epoch.seal_of(epoch.own_index, SECRETS[name]).seal(counter, associated, octets)
