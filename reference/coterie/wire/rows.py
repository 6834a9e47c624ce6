"""The rows of the lists in bodies, the one payload that has fields, and the envelope, as values; names as in
`spec/frames.toml`.

Implements the field tables of the Frames, Views, Key run, Records, Multicast, Stored values and Overlay
chapters.
"""

from __future__ import annotations

from dataclasses import dataclass

from coterie.vocabulary import NodeId, ViewId
from coterie.wire.contact import Contact


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension as it stands in a list: type as u16, value of at most 65,535 octets."""

    type: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a proposed view: who, which incarnation and leaf, where, and the view it comes from."""

    node_id: NodeId
    incarnation: int
    leaf_hash: bytes
    contact: Contact
    previous_view: ViewId


@dataclass(frozen=True, slots=True)
class CutSender:
    """How far a sender's messages of a previous view are complete, and the index of a holder."""

    node_id: NodeId
    sequence: int
    holder: int


@dataclass(frozen=True, slots=True)
class Cut:
    """Where one previous view ends, sender by sender; up to `acknowledged` one of its members held
    everything."""

    previous_view: ViewId
    acknowledged: int
    senders: tuple[CutSender, ...]


@dataclass(slots=True, unsafe_hash=True)
class Message:
    """One message, or one fragment of one, inside DATA.

    Nobody changes one; but what is frozen takes three times as long to make, and nothing is made more often.
    """

    timestamp: int
    kind: int
    fragment_index: int
    fragment_count: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Candidate:
    """A peer that may become a member: who, which incarnation, and where."""

    node_id: NodeId
    incarnation: int
    contact: Contact


@dataclass(frozen=True, slots=True)
class Holding:
    """The last sequence number of a member up to which everything is held."""

    node_id: NodeId
    sequence: int


@dataclass(frozen=True, slots=True)
class Range:
    """Sequence numbers of the sender at a position, both ends included."""

    sender: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A contact of the signer of NODES: who, and the address of the session with it."""

    node_id: NodeId
    contact: Contact


@dataclass(frozen=True, slots=True)
class Proxied:
    """The payload of a message of kind `proxied`: the origin by its position, and what PROXY said."""

    origin: int
    origin_sequence: int
    signature: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is stored under a resource: `sequence` in milliseconds since 1970, `lifetime` in seconds, `leaf`
    the publisher's in DER; `value` is empty in a tombstone."""

    kind: int
    name: bytes
    slot: bytes
    sequence: int
    lifetime: int
    leaf: bytes
    value: bytes
    signature: bytes
