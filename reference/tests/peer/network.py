"""Whole peers on a network in memory: virtual time, seeded loss and order, nothing else."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from coterie import registry
from coterie.crypto import identity, names
from coterie.crypto.entropy import Draws
from coterie.crypto.identity import Validity
from coterie.crypto.leaf import check_leaf
from coterie.crypto.policy import OPEN
from coterie.effects import Disk, Effect, Event, KeyLog, Send
from coterie.errors import RemoteError
from coterie.peer import Membership, Overlay, Peer, PeerConfig, Request, Trust
from coterie.sessions.session import Claim
from coterie.vocabulary import Address, NodeId, Now, OverlayId, ViewId
from coterie.wire import decode_body, decode_frame
from coterie.wire.frames import SealedFrame, SignedFrame, read_header

WALL = 1_800_000_000_000
OVERLAY = names.overlay_id(b"tests")
VALID = Validity(WALL // 1000 - 86_400, WALL // 1000 + 86_400)


def make_identity(name: str, kind: identity.KeyKind = "ed25519") -> identity.Identity:
    """The same identity for the same name, always."""
    octets = Draws(name.encode().ljust(32, b"\0"))("key", b"", 48)
    key = identity.new_private_key(kind, octets)
    return identity.pair(key, identity.self_signed_leaf(key, name, VALID, 7))


@dataclass(eq=False)
class Host:
    """One peer with what it told so far."""

    name: str
    peer: Peer
    address: Address
    overlay: OverlayId
    events: list[Event] = field(default_factory=list)
    keys: list[KeyLog] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    disk: bytes = b""

    @property
    def node(self) -> NodeId:
        return self.peer.node(self.overlay)

    @property
    def view(self) -> ViewId | None:
        view: ViewId | None = self.peer.inspect(self.overlay)["view"]
        return view

    @property
    def inside(self) -> Overlay:
        """The joined machines, for tests that must see more than `inspect` shows."""
        return self.peer._overlays[self.overlay]

    def told(self, name: str) -> list[Event]:
        return [event for event in self.events if event.name == name]

    def heard(self) -> list[object]:
        return [event.fields["payload"] for event in self.told("data")]

    def secret(self, label: str = "exporter") -> bytes:
        return next(key.secret for key in reversed(self.keys) if key.label == label)


Fate = Callable[[random.Random, Host, Host, bytes], list[int]]
"""The delays in milliseconds with which copies of a datagram arrive: none is a loss, two are a duplicate."""


def perfect(_chance: random.Random, _source: Host, _to: Host, _datagram: bytes) -> list[int]:
    return [1]


def rough(chance: random.Random, _source: Host, _to: Host, _datagram: bytes) -> list[int]:
    """20 % lost, 20 % twice, order shuffled."""
    copies = 0 if chance.random() < 0.2 else 2 if chance.random() < 0.2 else 1
    return [chance.randint(1, 40) for _ in range(copies)]


class Network:
    """Hosts and the datagrams between them. Everything follows from the seed."""

    def __init__(self, seed: int = 0, fate: Fate = perfect) -> None:
        self.chance = random.Random(seed)
        self.seed = seed
        self.fate = fate
        self.mono = 1000
        self.hosts: list[Host] = []
        self.wire: list[tuple[Host, Address, bytes]] = []
        self._flying: list[tuple[int, int, Address, Address, bytes]] = []
        self._count = 0
        self.dead: set[Address] = set()

    @property
    def now(self) -> Now:
        return Now(self.mono, WALL + self.mono)

    def add(self, name: str, kind: identity.KeyKind = "ed25519", **trust: object) -> Host:
        """A new peer; `trust` as the fields of `Trust`."""
        address = Address(f"192.0.2.{len(self.hosts) + 1}", 4000)
        known = make_identity(name, kind)
        joined = Trust(OVERLAY, OPEN, **trust)  # type: ignore[arg-type]
        config = PeerConfig(address, (Membership(known, joined),), grease=False)
        seed = f"{self.seed} {name}".encode().ljust(32, b"\0")[:32]
        host = Host(name, Peer(config, self.now, Draws(seed)), address, OVERLAY)
        self.hosts.append(host)
        self.collect(host)
        return host

    def restart(self, host: Host, *, keeps_disk: bool = True) -> Host:
        """The same peer in its next life: it has forgotten everything but, perhaps, what was on its disk."""
        self.hosts.remove(host)
        standing = host.inside.standing
        membership = Membership(standing.identity, standing.trust)
        config = PeerConfig(host.address, (membership,), host.disk if keeps_disk else None, grease=False)
        seed = f"{self.seed} {host.name} again".encode().ljust(32, b"\0")[:32]
        reborn = Host(host.name, Peer(config, self.now, Draws(seed)), host.address, host.overlay)
        self.hosts.append(reborn)
        self.collect(reborn)
        return reborn

    def collect(self, host: Host) -> None:
        """Take a peer's effects: events are kept, datagrams fly."""
        for effect in host.peer.effects():
            self._take(host, effect)

    def _take(self, host: Host, effect: Effect) -> None:
        match effect:
            case Send(_, to, datagram):
                self.wire.append((host, to, datagram))
                self._fly(host, to, datagram)
            case Event():
                host.events.append(effect)
            case KeyLog():
                host.keys.append(effect)
            case Disk(blob):
                host.disk = blob

    def _fly(self, host: Host, to: Address, datagram: bytes) -> None:
        target = self.at(to)
        if target is None or host.address in self.dead or to in self.dead:
            return
        for delay in self.fate(self.chance, host, target, datagram):
            self._count += 1
            heapq.heappush(self._flying, (self.mono + delay, self._count, host.address, to, datagram))

    def at(self, address: Address) -> Host | None:
        return next((host for host in self.hosts if host.address == address), None)

    def sent(self, name: str, source: Host, to: Host) -> bytes:
        """The latest frame of that type from one peer to another."""
        found = [
            datagram
            for sender, address, datagram in self.wire
            if sender is source and address == to.address and name_of(datagram) == name
        ]
        assert found, f"{source.name} sent no {name} to {to.name}"
        return found[-1]

    def refuses(self, source: Host, to: Host, datagram: bytes) -> str:
        """The reason why `to` refuses a datagram; nothing else may change or be sent."""
        before = to.peer.inspect(to.overlay)
        sent = len(self.wire)
        reason = self.deliver(source.address, to, datagram)
        after = to.peer.inspect(to.overlay)
        assert reason, "it was accepted"
        assert after["counters"][reason] == before["counters"].get(reason, 0) + 1
        for state in (before, after):
            del state["counters"], state["traffic"]
        assert after == before
        assert len(self.wire) == sent
        return reason

    def deliver(self, source: Address, to: Host, datagram: bytes) -> str:
        """Hand a datagram to a peer; the reason when it was refused, else nothing."""
        try:
            to.peer.receive_datagram(datagram, source, to.address, self.now)
        except RemoteError as refused:
            to.refused.append(refused.reason)
            return refused.reason
        finally:
            self.collect(to)
        return ""

    def run(self, milliseconds: int) -> None:
        """Let time go on: datagrams arrive and timers go off, in order."""
        end = self.mono + milliseconds
        while True:
            arrival = self._flying[0][0] if self._flying else end + 1
            wakes = [host.peer.next_wake() for host in self.hosts if host.address not in self.dead]
            wake = min((at for at in wakes if at is not None), default=end + 1)
            at = min(arrival, wake)
            if at > end:
                self.mono = end
                return
            self.mono = max(self.mono, at)
            if arrival <= wake:
                _, _, source, to, datagram = heapq.heappop(self._flying)
                target = self.at(to)
                if target is not None and to not in self.dead:
                    self.deliver(source, target, datagram)
            else:
                for host in self.hosts:
                    if host.address not in self.dead:
                        host.peer.handle_timers(self.now)
                        self.collect(host)

    def greet(self, source: Host, to: Host) -> None:
        source.peer.greet(source.overlay, to.address, self.now)
        self.collect(source)

    def meet(self, hosts: Sequence[Host] | None = None) -> None:
        """All greet each other at once."""
        known = list(hosts or self.hosts)
        for source in known:
            for to in known:
                if source is not to:
                    self.greet(source, to)
        self.run(50 if self.fate is perfect else 5000)

    def introduce(self, hosts: Sequence[Host] | None = None) -> None:
        """All have sessions with each other at once, as if they had greeted: for tests of what comes
        after."""
        known = list(hosts or self.hosts)
        for to in known:
            standing = to.inside.standing
            shown = check_leaf(standing.identity.leaf, OPEN, OVERLAY, self.now.wall_ms)
            claim = Claim(to.node, to.peer.incarnation, to.address, shown, standing.trust.suites, 1)
            standing.sequence = max(standing.sequence, 1)
            for host in known:
                if host is not to:
                    host.inside.sessions.table.accept(claim)

    def install(self, proposer: Host, members: Sequence[Host], suite: int = 1) -> None:
        """The proposer installs a view of `members`, told truly where they come from."""
        previous = {host.node: host.view or ViewId(bytes(16)) for host in members}
        request = Request(tuple(host.node for host in members), suite, previous)
        proposer.peer.install(proposer.overlay, request, self.now)
        self.collect(proposer)

    def send(self, host: Host, payload: bytes) -> None:
        host.peer.send(host.overlay, payload, self.now)
        self.collect(host)


def name_of(datagram: bytes) -> str:
    """The frame type of a datagram."""
    return registry.frame_types()[read_header(datagram).type].name


def losing(name: str, victims: Sequence[Host], chance: float = 1.0) -> Fate:
    """A network that loses frames of one type on their way to `victims`, with that chance, and nothing
    else."""
    named = {victim.name for victim in victims}

    def fate(random_: random.Random, _source: Host, to: Host, datagram: bytes) -> list[int]:
        lost = to.name in named and name_of(datagram) == name and random_.random() < chance
        return [] if lost else [1]

    return fate


def body_of(frame: bytes) -> Any:
    """The body of a signed or plain frame."""
    found = decode_frame(frame, assembled=True)
    assert not isinstance(found, SealedFrame)
    return decode_body(found.header.name, found.body)


def resigned(sender: Host, frame: bytes, **changes: object) -> bytes:
    """The same frame with other fields of its body, signed by `sender` anew."""
    found = decode_frame(frame, assembled=True)
    assert isinstance(found, SignedFrame)
    return sender.inside.standing.sign(found.destination, replace(body_of(frame), **changes))
