"""The bodies of the frames as values: one class a frame type, one a row of a list, names as in
`spec/frames.toml`.

Implements the field tables of the Frames, Sessions, Key run and Records chapters. Counts, lengths and padding
are no fields here: they follow from the values. A value may say more than the protocol allows (a member
twice, a leaf of no octets): what is allowed is checked where it is decided.
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
class Hello1:
    """Greets a peer: a nonce of 32 octets; 72 zero octets follow on the wire."""

    nonce: bytes


@dataclass(frozen=True, slots=True)
class Retry:
    """Answers HELLO1: its nonce, a cookie of 32 octets and the responder's Node-ID."""

    nonce: bytes
    cookie: bytes
    responder: NodeId


@dataclass(frozen=True, slots=True)
class Error:
    """A hint that a HELLO1 or HELLO2 was refused: reason as code point, and the versions that are spoken."""

    nonce: bytes
    reason: int
    refused_type: int
    versions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of a signed frame: 16 octets of the frame's SHA-256, and which piece of how many."""

    digest: bytes
    index: int
    count: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Hello2:
    """The initiator shows its leaf and returns the cookie."""

    nonce: bytes
    cookie: bytes
    transcript: bytes
    suites: tuple[int, ...]
    leaf: bytes
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Hello3:
    """The responder shows its leaf, its roles, its view and where the coordinator is."""

    nonce: bytes
    cookie: bytes
    transcript: bytes
    roles: int
    view_id: ViewId
    coordinator: Contact
    suites: tuple[int, ...]
    leaf: bytes
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Refuse:
    """Refuses a request of a session: its sequence, the reason as code point and its frame type."""

    refused_sequence: int
    reason: int
    refused_type: int
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Ping:
    """Asks whether the session lives: a nonce of 8 octets."""

    nonce: bytes
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Pong:
    """Answers PING with its nonce."""

    nonce: bytes
    extensions: tuple[Extension, ...] = ()


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
    """Where one previous view ends, sender by sender."""

    previous_view: ViewId
    senders: tuple[CutSender, ...]


@dataclass(frozen=True, slots=True)
class Install:
    """Proposes a view and starts its key run."""

    counter: int
    nonce: bytes
    suite: int
    clock_base: int
    members: tuple[Member, ...]
    cuts: tuple[Cut, ...] = ()
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Up:
    """A key run on its way up: the entries of the members so far, and the total of all contributions."""

    install_digest: bytes
    entries: tuple[bytes, ...]
    total: bytes
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Down:
    """The end of a key run: one entry for each member, in view order."""

    install_digest: bytes
    entries: tuple[bytes, ...]
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Confirm:
    """Proves that the signer holds the key of the view."""

    install_digest: bytes
    down_hash: bytes
    confirmation: bytes
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One message, or one fragment of one, inside DATA."""

    timestamp: int
    kind: int
    fragment_index: int
    fragment_count: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Data:
    """Messages of one sender, in the order of their sequence numbers."""

    acknowledged: int
    first_sequence: int
    messages: tuple[Message, ...]
    extensions: tuple[Extension, ...] = ()


Body = (
    Hello1
    | Retry
    | Error
    | Segment
    | Hello2
    | Hello3
    | Refuse
    | Ping
    | Pong
    | Install
    | Up
    | Down
    | Confirm
    | Data
)

CLASSES: dict[str, type[Body]] = {
    "HELLO1": Hello1,
    "RETRY": Retry,
    "ERROR": Error,
    "SEGMENT": Segment,
    "HELLO2": Hello2,
    "HELLO3": Hello3,
    "REFUSE": Refuse,
    "PING": Ping,
    "PONG": Pong,
    "INSTALL": Install,
    "UP": Up,
    "DOWN": Down,
    "CONFIRM": Confirm,
    "DATA": Data,
}
"""The class of each frame type's body, by the name of the registry."""

NAMES: dict[type[Body], str] = {kind: name for name, kind in CLASSES.items()}
"""The name of the frame type that carries a body of a class."""
