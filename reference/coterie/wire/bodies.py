"""The bodies of the frames as values: one class a frame type, names as in `spec/frames.toml`. The rows of
their lists stand in `rows`, the bodies of the Overlay chapter in `exchanges`; they have their names here too.

Implements the field tables of the Frames, Sessions, Views, Key run, Records and Multicast chapters. Counts,
lengths and padding are no fields here: they follow from the values. A value may say more than the protocol
allows (a member twice, a leaf of no octets): what is allowed is checked where it is decided.
"""

from __future__ import annotations

from dataclasses import dataclass

from coterie.vocabulary import NodeId, ViewId
from coterie.wire.contact import Contact
from coterie.wire.exchanges import Depart, Fetch, Find, Host, Hosted, Nodes, Store, Stored, Values
from coterie.wire.rows import (
    Candidate,
    Cut,
    CutSender,
    Extension,
    Holding,
    Member,
    Message,
    Neighbour,
    Proxied,
    Range,
)

__all__ = [
    "CLASSES",
    "NAMES",
    "Alive",
    "Body",
    "Candidate",
    "Confirm",
    "Cut",
    "CutSender",
    "Data",
    "Depart",
    "Down",
    "Error",
    "Extension",
    "Fetch",
    "Find",
    "Flush",
    "Gap",
    "Heartbeat",
    "Hello1",
    "Hello2",
    "Hello3",
    "Holding",
    "Host",
    "Hosted",
    "Install",
    "Join",
    "Leave",
    "Member",
    "Message",
    "Nack",
    "Neighbour",
    "Nodes",
    "Ping",
    "Pong",
    "Propose",
    "Proxied",
    "Proxy",
    "Range",
    "Refuse",
    "Retry",
    "Segment",
    "SenderRequest",
    "Store",
    "Stored",
    "Up",
    "Values",
]


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
class Data:
    """Messages of one sender, in the order of their sequence numbers."""

    acknowledged: int
    first_sequence: int
    messages: tuple[Message, ...]
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Propose:
    """Asks the candidates of a view what they hold. A permit is a whole JOIN frame."""

    counter: int
    candidates: tuple[Candidate, ...]
    permits: tuple[bytes, ...] = ()
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Flush:
    """Answers PROPOSE: the signer's previous view, what it holds of it, and whom it refuses. It holds all
    messages up to the timestamp `acknowledged`; `sends` is 1 for a member of the sender group."""

    counter: int
    seen: int
    clock: int
    acknowledged: int
    previous_view: ViewId
    suite: int
    sends: int
    holdings: tuple[Holding, ...] = ()
    refused: tuple[NodeId, ...] = ()
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Join:
    """Asks the coordinator of another view to take in the signer's view, member by member."""

    view_id: ViewId
    members: tuple[Candidate, ...]
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Leave:
    """Says that the signer is no member of the view any more."""

    view_id: ViewId
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A sender's promise: after `last_sequence` it sends nothing with `timestamp` or an earlier one."""

    acknowledged: int
    timestamp: int
    last_sequence: int
    stable: int
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Alive:
    """What a member that does not send has received, and its clock."""

    acknowledged: int
    timestamp: int
    last_sequence: int
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Nack:
    """Asks for messages that are missing."""

    ranges: tuple[Range, ...]
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Answers NACK: the signer does not hold these messages any more."""

    sender: int
    first: int
    last: int
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class SenderRequest:
    """The body of SENDER: what a member asks of the sender group's keeper, as a number."""

    operation: int
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Proxy:
    """A message that the coordinator is to send for its origin, which has signed it."""

    origin_sequence: int
    payload: bytes
    signature: bytes
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
    | Propose
    | Flush
    | Join
    | Leave
    | Heartbeat
    | Alive
    | Nack
    | Gap
    | SenderRequest
    | Proxy
    | Find
    | Nodes
    | Store
    | Stored
    | Fetch
    | Values
    | Depart
    | Host
    | Hosted
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
    "PROPOSE": Propose,
    "FLUSH": Flush,
    "JOIN": Join,
    "LEAVE": Leave,
    "HEARTBEAT": Heartbeat,
    "ALIVE": Alive,
    "NACK": Nack,
    "GAP": Gap,
    "SENDER": SenderRequest,
    "PROXY": Proxy,
    "FIND": Find,
    "NODES": Nodes,
    "STORE": Store,
    "STORED": Stored,
    "FETCH": Fetch,
    "VALUES": Values,
    "DEPART": Depart,
    "HOST": Host,
    "HOSTED": Hosted,
}
"""The class of each frame type's body, by the name of the registry."""

NAMES: dict[type[Body], str] = {kind: name for name, kind in CLASSES.items()}
"""The name of the frame type that carries a body of a class."""
