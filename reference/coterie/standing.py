"""Who a peer is in one overlay, and the pen it signs with there.

Implements REQ-SES-7. Every machine of an overlay gets the same standing; it is all that they share.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from coterie.crypto import names, signature
from coterie.crypto.identity import Identity
from coterie.crypto.policy import Policy
from coterie.vocabulary import Address, Entropy, NodeId, OverlayId
from coterie.wire import frames
from coterie.wire.bodies import Body


@dataclass(frozen=True, slots=True)
class Trust:
    """What a peer believes about one overlay: whose leaves count, and what its group has agreed on.

    `max_datagram` in octets bounds sealed frames; `signs_origin` says that origin-auth of the group is
    `sender`. `membership` says who makes the views: `stated` is the user, view by view, `group` the members
    themselves, and with `none` there are no views: peers find each other and keep values. `service` and
    `multicast` count in a group only: what the application is told, and where one datagram reaches all
    members. `role` counts with `none` only: a `client` asks and is not asked.
    `hosts`, which counts there too, says how many groups at a time the peer creates for others.
    """

    overlay: OverlayId
    policy: Policy
    suites: tuple[int, ...] = (1, 2)
    max_datagram: int = 1200
    signs_origin: bool = False
    membership: Literal["stated", "group", "none"] = "stated"
    service: str = "timestamp-ordered"
    multicast: Address | None = None
    role: Literal["peer", "client"] = "peer"
    hosts: int = 0

    @property
    def is_group(self) -> bool:
        """Whether the members themselves make the views."""
        return self.membership == "group"

    @property
    def keeps_values(self) -> bool:
        """Whether there are no views, and peers keep values for each other (REQ-OVL-1)."""
        return self.membership == "none"


class Standing:
    """A peer's identity, incarnation and address in one overlay.

    `sign` is the only method with an effect: it uses up one sequence number. So a machine calls it after its
    last check has passed, once for each frame that it makes.
    """

    __slots__ = (
        "address", "entropy", "grease", "identity", "incarnation", "leaf_hash", "node", "overlay",
        "sequence", "trust",
    )  # fmt: skip

    def __init__(self, identity: Identity, trust: Trust, address: Address, entropy: Entropy) -> None:
        self.identity = identity
        self.trust = trust
        self.overlay = trust.overlay
        self.address = address
        self.entropy = entropy
        self.node: NodeId = names.node_id(trust.overlay, identity.spki)
        self.leaf_hash = sha256(identity.leaf).digest()
        self.incarnation = 0
        self.sequence = 0
        self.grease = False

    def sign(self, destination: NodeId, body: Body) -> bytes:
        """The octets of a new frame that carries `body` to `destination`, or to all."""
        self.sequence = next_sequence(self.sequence)
        prefix = frames.SignedPrefix(self.node, self.incarnation, self.sequence, destination)
        unsigned = frames.unsigned(self.overlay, prefix, body)
        return unsigned + signature.sign(self.identity.key, frames.to_sign(unsigned))


def signed_body(frame: bytes) -> bytes:
    """The octets of the body of a frame that `sign` has made, so that nobody encodes it a second time."""
    return frame[frames.HEADER_SIZE + frames.SIGNED_PREFIX_SIZE : -frames.SIGNATURE_SIZE]


def next_sequence(last: int) -> int:
    """The sequence of the frame after the one with `last`."""
    # REQ-SES-7: from 1 by 1 in each incarnation, one for each frame that is made anew.
    return last + 1


def next_incarnation(wall_ms: int, stored: int) -> int:
    """The incarnation of a peer that starts at `wall_ms` and was `stored` before; 0 stands for never."""
    # REQ-SES-8: greater than every earlier one, even when the wall clock has gone back.
    return max(wall_ms, stored + 1)
