"""What a node did, line by line, for a checker of traces that knows no implementation.

Implements the trace format of the kit (`schemas/trace.schema.json`) as a pure function of a peer's effects.
The live node and the simulated one both write what stands here, before they carry the effects out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Literal

from coterie import registry
from coterie.effects import Effect, Event, Json, Send, field_to_json
from coterie.vocabulary import NO_VIEW, NodeId
from coterie.wire import frames

MARK = 16
"""Octets of a digest in a trace."""

Start = Literal["first", "kept", "lost"]


@dataclass(slots=True)
class Place:
    """The view that the trace is in: who is in it in which incarnation, and whether it is closing."""

    view: str
    members: list[str]
    incarnations: dict[str, int]
    closing: bool = False
    sealed: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Trace:
    """The trace of one node in one life. `first` is the index of its first line, which goes on over
    restarts."""

    node: NodeId
    incarnation: int
    service: str
    first: int = 0
    deep: bool = False
    """Whether every sealed frame has its line, which costs a hash each."""

    _place: Place | None = None

    # ------------------------------------------------------------ lines

    def start(self, state: Start, at: float | None) -> Json:
        """The first line of a life: what became of the state of the life before."""
        return self.note("start", at, state=state, service=self.service)

    def note(self, event: str, at: float | None, **fields: object) -> Json:
        """One line. `at` is in milliseconds of a clock that all nodes share, None where there is none."""
        line: Json = {
            "i": self.first,
            "t": at,
            "node": self.node.hex(),
            "inc": self.incarnation,
            "event": event,
            **fields,
        }
        self.first += 1
        return line

    def take(self, effects: Iterable[Effect], at: float | None) -> list[Json]:
        """The lines of what has happened, in order."""
        lines: list[Json] = []
        for effect in effects:
            match effect:
                case Event(_, "nack", fields) if lines and same_request(lines[-1], fields):
                    asked_for = lines[-1]["ranges"]
                    assert isinstance(asked_for, list)
                    asked_for.append(span_of(fields))
                case Event(_, name, fields) if name in TOLD:
                    lines += [self.note(event, at, **told) for event, told in TOLD[name](self, fields)]
                case Send(_, _, datagram) if self.deep:
                    lines += [self.note("seal", at, **seal) for seal in self._new_seal(datagram)]
                case _:
                    pass
        return lines

    def accepted(self, datagram: bytes, at: float | None) -> list[Json]:
        """The lines of a datagram that the peer has accepted."""
        sealed = describe(datagram) if self.deep else None
        return [] if sealed is None else [self.note("open", at, **sealed)]

    def _new_seal(self, datagram: bytes) -> list[Json]:
        sealed, place = describe(datagram), self._place
        if sealed is None or place is None or sealed["view"] != place.view:
            return []
        secret, counter = str(sealed["secret"]), sealed["counter"]
        # a repair repeats a frame, its own or another's, octet for octet: that seals nothing
        own = sealed["sender"] == place.members.index(self.node.hex())
        if not own or not isinstance(counter, int) or counter <= place.sealed.get(secret, -1):
            return []
        place.sealed[secret] = counter
        return [sealed]

    def viewed(self, fields: Fields) -> Told:
        """A view was installed."""
        members = [node.hex() for node in nodes(fields.get("members"))]
        stated = fields.get("incarnations")
        incarnations = list(stated) if isinstance(stated, tuple) else []
        view = text(fields["view"])
        self._place = Place(str(view), members, dict(zip(members, incarnations, strict=False)))
        previous = fields.get("previous")
        told: Json = {
            "view": view, "members": members, "incarnations": incarnations,
            "previous": None if previous in (None, NO_VIEW) else text(previous),
            "together": [node.hex() for node in nodes(fields.get("together"))],
            "senders": [node.hex() for node in nodes(fields.get("senders"))],
        }  # fmt: skip
        for name, event_name in {"counter": "counter", "suite": "suite", "base": "clock_base"}.items():
            if event_name in fields:
                told[name] = fields[event_name]
        if "proposer" in fields:
            told["proposer"] = text(fields["proposer"])
        yield "view", told

    def closed(self, fields: Fields) -> Told:
        """The transitional signal: what follows belongs to the closing view."""
        if self._place is not None:
            self._place.closing = True
        together = [node.hex() for node in nodes(fields.get("together"))]
        yield "transitional", {"view": text(fields["view"]), "together": together}

    def sent(self, fields: Fields) -> Told:
        """An own message has got its place."""
        proxied, payload = bool(fields.get("proxied")), fields["payload"]
        told: Json = {
            "view": text(fields["view"]),
            "sequence": fields["sequence"],
            "timestamp": None if proxied else fields["timestamp"],
            "digest": mark(payload) if isinstance(payload, bytes) else None,
            "fragments": fields["fragments"],
        }
        yield "send", told | ({"proxied": True} if proxied else {})

    def delivered(self, fields: Fields) -> Told:
        """A message is handed to the application."""
        place, sender, payload = self._place, str(text(fields["sender"])), fields["payload"]
        proxied = bool(fields.get("proxied"))
        told: Json = {
            "view": text(fields["view"]),
            "sender": sender,
            "sender_inc": place.incarnations.get(sender, 0) if place else 0,
            "sequence": fields["sequence"],
            "timestamp": fields["timestamp"],
            "digest": mark(payload) if isinstance(payload, bytes) else None,
            "service": self.service,
            "proxied": proxied,
            "regular": place is None or not place.closing,
        }
        yield "deliver", told | ({"via": place.members[0]} if proxied and place else {})


Fields = Mapping[str, object]
Told = Iterator[tuple[str, Json]]
Teller = Callable[[Trace, Fields], Told]


def plain(event: str, *names: str) -> Teller:
    """A teller of a line that has these fields of the event as they are."""

    def tell(_trace: Trace, fields: Fields) -> Told:
        yield event, {name: text(fields[name]) for name in names if name in fields}

    return tell


def suspected(_trace: Trace, fields: Fields) -> Told:
    """A member is not heard of any more, or is known to be gone."""
    yield "suspect", {"whom": text(fields["node"]), "why": fields["why"]}


def asked(_trace: Trace, fields: Fields) -> Told:
    """Missing messages were asked for."""
    yield "nack", {"view": text(fields["view"]), "to": text(fields["to"]), "ranges": [span_of(fields)]}


def span_of(fields: Fields) -> list[object]:
    """The messages that were asked for."""
    return [text(fields["sender"]), fields["first"], fields["last"]]


def same_request(line: Json, fields: Fields) -> bool:
    """Whether a range stands in the NACK that the line is about: a peer tells of each range."""
    known = line.get("ranges")
    full = isinstance(known, list) and len(known) >= registry.limit("nack-ranges")
    of_it = (line["event"], line.get("view"), line.get("to"))
    return of_it == ("nack", text(fields["view"]), text(fields["to"])) and not full


TOLD: Mapping[str, Teller] = {
    "view-installed": Trace.viewed,
    "transitional": Trace.closed,
    "sent": Trace.sent,
    "message": Trace.delivered,
    "suspected": suspected,
    "nack": asked,
    "blocked": plain("blocked", "view"),
    "unblocked": plain("unblocked", "view"),
    "stable": plain("stable", "view", "timestamp"),
    "gap": plain("gap", "view", "sender", "first", "last"),
    "keyed": plain("keyed", "view", "key_id"),
    "left": plain("left"),
    "run-started": plain("run-started", "view", "members"),
    "confirmed": plain("confirmed", "view", "by"),
    "run-failed": plain("run-failed", "view", "reason", "culprit"),
    "erased": plain("erased", "view"),
    "sender-added": plain("sender-added", "view", "member", "timestamp"),
    "sender-removed": plain("sender-removed", "view", "member", "timestamp"),
}
"""Which lines an event of the peer makes; an event that is not here makes none."""


def describe(datagram: bytes) -> Json | None:
    """What a trace says of a sealed frame; None for every other datagram."""
    if len(datagram) < frames.HEADER_SIZE + frames.SEALED_PREFIX_SIZE:
        return None
    kind = registry.frame_types().get(frames.read_header(datagram).type)
    if kind is None or kind.protection != "sealed":
        return None
    prefix = datagram[frames.HEADER_SIZE : frames.HEADER_SIZE + frames.SEALED_PREFIX_SIZE]
    return {
        "view": prefix[:16].hex(),
        "sender": int.from_bytes(prefix[16:18], "big"),
        "secret": secrets()[kind.name],
        "counter": int.from_bytes(prefix[-8:], "big"),
        "digest": mark(datagram),
    }


@cache
def secrets() -> Mapping[str, str]:
    """From which of the two secrets of a view each sealed frame gets its key."""
    rows = registry.tables()["frame"]
    return {row["name"]: row["secret"] for row in rows if "secret" in row}


def mark(octets: bytes) -> str:
    """The digest of a payload or frame, as a trace has it."""
    return sha256(octets).hexdigest()[: 2 * MARK]


def nodes(value: object) -> tuple[bytes, ...]:
    """A field that lists Node-IDs; empty where it is not told."""
    return value if isinstance(value, tuple) else ()


def text(value: object) -> object:
    """A field as JSON has it: octets in lower-case hex."""
    return field_to_json(value)
