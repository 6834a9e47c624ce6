"""A group that always agrees: peers of one process that need no protocol, so that the interface around them
is tested alone.

Every message has its place when it is handed over. A datagram tells the other stations only that there is
something for them.
"""

# ruff: noqa: ARG002  (a fake has the signatures of what it stands for)

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import pytest

from coterie import registry
from coterie.effects import Effect, Event, Send
from coterie.errors import LocalError, NoRoomError
from coterie.peer import Membership, PeerConfig
from coterie.runtime import station
from coterie.vocabulary import NO_VIEW, Address, Entropy, NodeId, Now, OverlayId, ViewId


class Company:
    """All peers of the test, and the order of their messages."""

    def __init__(self) -> None:
        self.peers: list[FakePeer] = []
        self.inside: dict[OverlayId, list[FakePeer]] = {}
        self.counter = 0
        self.room = 1 << 30
        self.deaf: set[Address] = set()

    def tell(self, overlay: OverlayId, name: str, fields: dict[str, object]) -> None:
        for peer in self.inside[overlay]:
            peer.outbox.append(Event(overlay, name, fields))  # type: ignore[arg-type]
        speaker = self.inside[overlay][-1]
        for peer in self.inside[overlay]:
            if peer is not speaker:
                speaker.outbox.append(Send(overlay, peer.config.address, b"look"))
                peer.outbox.append(Send(overlay, speaker.config.address, b"look"))

    def view(self, overlay: OverlayId, peers: list[FakePeer]) -> None:
        before, self.inside[overlay] = self.inside.get(overlay, []), peers
        self.counter += 1
        members = tuple(peer.node(overlay) for peer in peers)
        together = tuple(peer.node(overlay) for peer in peers if peer in before)
        view = ViewId(self.counter.to_bytes(8, "big") + bytes(8))
        fields = {"view": view, "members": members, "together": together, "previous": NO_VIEW}
        self.tell(overlay, "view-installed", fields)


class FakePeer:
    """What a station needs of a peer."""

    company: Company

    def __init__(self, config: PeerConfig, now: Now, entropy: Entropy) -> None:
        self.config = config
        self.incarnation = now.wall_ms
        self.outbox: list[Effect] = []
        self.entered: dict[OverlayId, Membership] = {}
        self.sequence = 0
        self.company.peers.append(self)

    def enter(self, membership: Membership) -> OverlayId:
        self.entered[membership.trust.overlay] = membership
        return membership.trust.overlay

    def node(self, overlay: OverlayId) -> NodeId:
        return NodeId(sha256(overlay + self.entered[overlay].identity.spki).digest())

    def leaf(self, overlay: OverlayId, node: NodeId) -> bytes | None:
        for peer in reversed(self.company.peers):
            if overlay in peer.entered and peer.node(overlay) == node:
                return peer.entered[overlay].identity.leaf
        return None

    def receive_datagram(self, data: bytes, origin: Address, destination: Address, now: Now) -> None:
        assert data == b"look"

    def create(self, overlay: OverlayId, now: Now, *, suite: int = 1) -> None:
        self.company.view(overlay, [self])

    def join(self, overlay: OverlayId, contacts: tuple[Address, ...], now: Now) -> None:
        inside = self.company.inside.get(overlay, [])
        if any(peer.config.address in contacts for peer in inside):
            self.company.view(overlay, [*inside, self])
        else:
            self.outbox.append(Event(overlay, "greet-failed", {"address": contacts[0]}))

    def leave(self, overlay: OverlayId, now: Now) -> None:
        inside = self.company.inside.get(overlay, [])
        if self in inside and len(inside) > 1:
            self.company.view(overlay, [peer for peer in inside if peer is not self])
            self.outbox.append(Send(overlay, inside[0].config.address, b"look"))
            self.outbox += [Send(overlay, peer.config.address, b"look") for peer in inside]
        elif self in inside:
            self.company.inside[overlay] = []
        self.outbox.append(Event(overlay, "left", {"view": NO_VIEW}))

    def inspect(self, overlay: OverlayId) -> dict[str, object]:
        inside = self.company.inside.get(overlay, [])
        others = [peer for peer in inside if peer is not self]
        sessions = [{"node": peer.node(overlay), "address": peer.config.address} for peer in others]
        return {"sessions": sessions, "unstable": 0, "waiting": 0}

    def subscribe(self, overlay: OverlayId, service: str) -> None:
        assert service in registry.codes("service")

    def send(self, overlay: OverlayId, payload: bytes, now: Now, proxy: bool = False) -> None:
        if not self.company.room:
            raise NoRoomError("as much waits as may; send again later")
        if len(payload) > 60_000:
            raise LocalError("that is too long for one message")
        self.company.room -= 1
        self.company.counter += 1
        self.sequence += 1
        place = {"sequence": self.sequence, "timestamp": self.company.counter}
        told = {"view": NO_VIEW, "sender": self.node(overlay), "payload": payload, "proxied": 0, **place}
        self.company.tell(overlay, "message", told)
        for peer in self.company.inside[overlay]:
            self.outbox.append(Send(overlay, peer.config.address, b"look"))

    def handle_timers(self, now: Now) -> None:
        pass

    def next_wake(self) -> int | None:
        return None

    def effects(self) -> list[Effect]:
        told, self.outbox = self.outbox, []
        return told


@contextmanager
def company(patch: pytest.MonkeyPatch) -> Iterator[Company]:
    """From now on stations are made with peers of one company."""
    made = Company()
    patch.setattr(FakePeer, "company", made, raising=False)
    patch.setattr(station, "Peer", FakePeer)
    yield made
