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
from coterie.wire import frames, layouts

MARK = 16
"""Octets of a digest in a trace."""

DIGEST_PART, NODE_SIZE = 8, 32
"""Octets of the INSTALL digest in the name of a view, and of a Node-ID."""

TYPE_AT = 3
"""Where a header has the type of its frame."""

VIEWS = 4
"""So many views back a late frame, or a late CONFIRM, is still told apart from a new one."""

Start = Literal["first", "kept", "lost"]


@dataclass(slots=True)
class Place:
    """The view that the trace is in: who is in it in which incarnation, and whether it is closing."""

    view: str
    members: list[str]
    incarnations: dict[str, int]
    closing: bool = False
    sealed: dict[tuple[object, object], object] = field(default_factory=dict)
    """The digest of each frame that the node sealed, by secret and counter."""


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
    _places: dict[str, Place] = field(default_factory=dict)
    """The views that the node was in last: what it seals for one that is over has to be seen too."""

    _runs: dict[str, str] = field(default_factory=dict)
    """The views that were proposed last, by the part of the INSTALL digest that is in their names."""

    _confirmed: set[tuple[str, str]] = field(default_factory=set)
    _sent: bytes = b""
    """The datagram that was looked at last: it mostly goes to many."""

    _name: str = field(init=False)
    """The node as every line has it."""

    def __post_init__(self) -> None:
        self._name = self.node.hex()

    # ------------------------------------------------------------ lines

    def start(self, state: Start, at: float | None) -> Json:
        """The first line of a life: what became of the state of the life before."""
        return self.note("start", at, state=state, service=self.service)

    def note(self, event: str, at: float | None, **fields: object) -> Json:
        """One line. `at` is in milliseconds of a clock that all nodes share, None where there is none."""
        line: Json = {
            "i": self.first,
            "t": at,
            "node": self._name,
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
                case Send():
                    seal = self._new_seal(effect.datagram) if self.deep else None
                    if seal is not None:
                        lines.append(self.note("seal", at, **seal))
                case Event(name="nack") if lines and same_request(lines[-1], effect.fields):
                    asked_for = lines[-1]["ranges"]
                    assert isinstance(asked_for, list)
                    asked_for.append(span_of(effect.fields))
                case Event() if effect.name in TOLD:
                    for event, told in TOLD[effect.name](self, effect.fields):
                        lines.append(self.note(event, at, **told))
                case _:
                    pass
        return lines

    def accepted(self, datagram: bytes, at: float | None) -> list[Json]:
        """The lines of a datagram that the peer has accepted."""
        if not self.deep:
            return []
        sealed = describe(datagram)
        if sealed is not None:
            return [self.note("open", at, **sealed)]
        return [self.note("confirmed", at, **told) for told in self._confirmation(datagram)]

    def _confirmation(self, datagram: bytes) -> Iterator[Json]:
        """What an accepted CONFIRM says for the first time."""
        begin = frames.HEADER_SIZE + frames.SIGNED_PREFIX_SIZE
        if len(datagram) < begin or datagram[TYPE_AT] != registry.frame_type("CONFIRM").code:
            return
        view = self._runs.get(datagram[begin : begin + DIGEST_PART].hex())
        by = datagram[frames.HEADER_SIZE : frames.HEADER_SIZE + NODE_SIZE].hex()
        if view is not None and (view, by) not in self._confirmed:
            self._confirmed.add((view, by))
            yield {"view": view, "by": by}

    def began(self, fields: Fields) -> Told:
        """A run for a view has begun."""
        view = str(text(fields["view"]))
        self._runs[view[-2 * DIGEST_PART :]] = view
        if len(self._runs) > VIEWS:
            over = self._runs.pop(next(iter(self._runs)))
            self._confirmed = {known for known in self._confirmed if known[0] != over}
        yield "run-started", {"view": view, "members": text(fields["members"])}

    def _new_seal(self, datagram: bytes) -> Json | None:
        if datagram is self._sent:
            return None
        self._sent = datagram
        sealed = describe(datagram)
        place = self._places.get(str(sealed["view"])) if sealed else None
        if sealed is None or place is None or sealed["sender"] != place.members.index(self._name):
            return None
        # a repair repeats a frame, its own or another's, octet for octet: that seals nothing
        counter = (sealed["secret"], sealed["counter"])
        if place.sealed.get(counter) == sealed["digest"]:
            return None
        place.sealed[counter] = sealed["digest"]
        if len(place.sealed) > registry.limit("counter-memory"):
            place.sealed.pop(next(iter(place.sealed)))
        return sealed

    def viewed(self, fields: Fields) -> Told:
        """A view was installed."""
        members = [node.hex() for node in nodes(fields.get("members"))]
        stated = fields.get("incarnations")
        incarnations = list(stated) if isinstance(stated, tuple) else []
        view = text(fields["view"])
        self._place = Place(str(view), members, dict(zip(members, incarnations, strict=False)))
        self._places[self._place.view] = self._place
        if len(self._places) > VIEWS:
            self._places.pop(next(iter(self._places)))
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
        if proxied and place:
            told["via"] = place.members[0]
        yield "deliver", told


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
    "run-started": Trace.began,
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
    secret = secrets().get(frames.type_of(datagram))
    if secret is None:
        return None
    view, sender, _, counter = layouts.SEALED_PREFIX.format.unpack_from(datagram, frames.HEADER_SIZE)
    return {
        "view": view.hex(), "sender": sender, "secret": secret, "counter": counter, "digest": mark(datagram),
    }  # fmt: skip


@cache
def secrets() -> Mapping[int, str]:
    """From which of the two secrets of a view each sealed type of frame, by its code, gets its key."""
    types = registry.frame_types().items()
    return {code: kind.secret for code, kind in types if kind.protection == "sealed" and kind.secret}


def mark(octets: bytes) -> str:
    """The digest of a payload or frame, as a trace has it."""
    return sha256(octets).hexdigest()[: 2 * MARK]


def nodes(value: object) -> tuple[bytes, ...]:
    """A field that lists Node-IDs; empty where it is not told."""
    return value if isinstance(value, tuple) else ()


def text(value: object) -> object:
    """A field as JSON has it: octets in lower-case hex."""
    return field_to_json(value)
