"""A simulated node of an overlay without views: a whole peer, where it is, and its clocks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from coterie.crypto import identity, names
from coterie.crypto.identity import Identity, Validity
from coterie.crypto.leaf import KeyKind
from coterie.crypto.policy import OPEN
from coterie.overlay.machine import Neighbours
from coterie.peer import Membership, Overlay, Peer, PeerConfig, Trust
from coterie.simulation.chance import Draws, stream
from coterie.simulation.clocks import Clock
from coterie.vocabulary import Address, NodeId, Now, OverlayId

OVERLAY = names.overlay_id(b"simulated overlay")
WALL = 1_800_000_000_000
"""What the wall clocks show at 0, in ms since the Unix epoch, but for a spread."""

SPREAD_MS = 60_000
DRIFT = 100
"""How far monotonic clocks are apart at 0, in ms, and how much clocks drift at most, in parts per million."""

VALID = Validity(WALL // 1000 - 100 * 86_400, WALL // 1000 + 100 * 86_400)
SERIAL = 7
PORT = 4000
KEY_OCTETS = 48
P256_ONE_OF = 8
"""One node of so many has a key of the kind p256."""


@cache
def identity_of(number: int) -> Identity:
    """The identity of the node with that number, the same in all runs."""
    kind: KeyKind = "p256" if number % P256_ONE_OF == 1 else "ed25519"
    key = identity.new_private_key(kind, stream(0, "overlay key", number).randbytes(KEY_OCTETS))
    return identity.pair(key, identity.self_signed_leaf(key, f"node {number}", VALID, SERIAL))


def address_of(number: int) -> Address:
    """Where the node with that number is at first."""
    return Address(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", PORT)


class Node:
    """One node. `peer` is None while it is down; its wall clock is less than `apart` ms ahead of `WALL`."""

    def __init__(self, number: int, seed: int, apart: int = SPREAD_MS) -> None:
        chance = stream(seed, "node", number)
        self.number = number
        self.identity = identity_of(number)
        self.id: NodeId = names.node_id(OVERLAY, self.identity.spki)
        self.publisher = names.peer_id(self.identity.spki)
        self.inner = self.address = address_of(number + 1)
        """Where it believes to be, and where others see it."""
        self.clock = Clock(
            chance.randrange(1, SPREAD_MS), WALL + chance.randrange(apart), chance.randint(-DRIFT, DRIFT)
        )
        self.chance = chance
        """What befalls its datagrams."""
        self.draws = Draws(stream(seed, "draws", number))
        self.peer: Peer | None = None
        self.disk: bytes | None = None
        self.is_liar = False
        self.has_entered = False
        self.due: int | None = None
        """When its timer goes off, in ms of the simulation."""
        self.is_looking = False
        """Whether its timers are looked at when this instant is over."""

    def now(self, at: int) -> Now:
        """What its clocks show."""
        return self.clock.read(at)

    def start(self, at: int) -> Peer:
        """Begin a life, with what is on disk and nothing else."""
        trust = Trust(OVERLAY, OPEN, membership="none")
        config = PeerConfig(self.inner, (Membership(self.identity, trust),), self.disk, grease=True)
        self.peer = Peer(config, self.now(at), self.draws)
        self.has_entered = False
        return self.peer

    def stop(self) -> None:
        """End the life, without a word to anyone."""
        self.peer, self.due, self.has_entered = None, None, False

    @property
    def overlays(self) -> Mapping[OverlayId, Overlay]:
        """The machines within the peer, for judges and liars: they see more than `inspect` shows."""
        overlays: Mapping[OverlayId, Overlay] = vars(self.peer)["_overlays"]
        return overlays

    @property
    def inside(self) -> Overlay:
        """Those of the main overlay."""
        return self.overlays[OVERLAY]

    @property
    def neighbours(self) -> Neighbours:
        """The overlay machine."""
        known = self.inside.neighbourhood
        assert known is not None, "an overlay without views has a neighbourhood"
        return known.neighbours
