"""The trace of a member, made by the kit of what the member does and tells behind the test interface.

Events become lines, sealed frames that leave become ``seal``, those that the member accepted ``open``, an
accepted CONFIRM becomes ``confirmed``. An event without the fields that the draft gives it is the member's
fault.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from coterie_kit import registry
from coterie_kit.faults import PeerFault
from coterie_kit.reply import octets
from coterie_kit.traces.reading import fault_of

__all__ = ["Tracer", "describe", "mark"]

Line = dict[str, Any]
Fields = Mapping[str, Any]

HEADER, SEALED, SIGNED = 24, 28, 80  # octets of the header and of the two prefixes
NONE = "0" * 32
MARK = 16  # octets of a digest in a trace
MOST_RANGES = 64


def mark(content: bytes) -> str:
    """The digest of a payload or a frame, as a trace has it."""
    return hashlib.sha256(content).hexdigest()[: 2 * MARK]


@cache
def _sealing() -> Mapping[int, str]:
    """Code of each sealed frame type to the secret that its key comes from."""
    return {row.code: row.secret for row in registry.frames().values() if row.protection == "sealed"}


def describe(datagram: bytes) -> Line | None:
    """View, sender's index, secret, counter and digest of a sealed frame; None for any other datagram."""
    if len(datagram) < HEADER + SEALED or datagram[3] not in _sealing():
        return None
    prefix = datagram[HEADER : HEADER + SEALED]
    return {
        "view": prefix[:16].hex(),
        "sender": int.from_bytes(prefix[16:18], "big"),
        "secret": _sealing()[datagram[3]],
        "counter": int.from_bytes(prefix[20:28], "big"),
        "digest": mark(datagram),
    }


class Tracer:
    """The lines of one Node-ID over all its lives. Times are those of the run, in milliseconds."""

    def __init__(self, node: str, service: str) -> None:
        self.node = node
        self.service = service
        self.lines: list[Line] = []
        self._wanted = service
        self._begin(0)

    def _begin(self, incarnation: int) -> None:
        """What a life knows at its beginning."""
        self.service = self._at_start = self._wanted
        self._incarnation = incarnation
        self._members: list[str] = []
        self._incarnations: dict[str, int] = {}
        self._view = ""
        self._closing = False
        self._sealed: set[tuple[str, str, int, str]] = set()
        self._asked: dict[str, tuple[str, int]] = {}
        self._runs: dict[str, str] = {}
        self._early: dict[str, set[str]] = {}

    # ------------------------------------------------------------ lines of the kit's own

    def start(self, incarnation: int, state: str, at: int) -> None:
        """A life begins; ``state`` is first, kept or lost."""
        self._begin(incarnation)
        self.note("start", at, state=state, service=self.service)

    def crash(self, at: int) -> None:
        """A life ends without a word."""
        self.note("crash", at)

    def subscribed(self, service: str) -> None:
        """The application chose a service: at once when outside, else from the next view on."""
        self._wanted = service
        self.service = self.service if self._view else service

    def accepted(self, datagram: bytes, at: int) -> None:
        """A datagram was accepted."""
        sealed = describe(datagram)
        if sealed is not None:
            self.note("open", at, **sealed)
        elif len(datagram) >= HEADER + SIGNED + 32 and datagram[3] == registry.frame("CONFIRM").code:
            body = datagram[HEADER + SIGNED :]
            self._confirmed(body[:8].hex(), datagram[HEADER : HEADER + 32].hex(), at)

    def refused(self, reason: str, at: int) -> None:
        """A datagram was refused."""
        self.note("drop", at, reason=reason)

    def holds(self, unstable: int, waiting: int, at: int) -> None:
        """What the member says that it keeps."""
        self.note("resources", at, messages=unstable, queued=waiting)

    def _confirmed(self, digest: str, by: str, at: int) -> None:
        view = self._runs.get(digest)
        if view is None:
            self._early.setdefault(digest, set()).add(by)  # its INSTALL is still on the way
        else:
            self.note("confirmed", at, view=view, by=by)

    def note(self, event: str, at: int, **fields: Any) -> None:
        """One line. PeerFault when it is not what the schema of traces wants."""
        line = {"i": len(self.lines), "t": at, "node": self.node, "inc": self._incarnation, "event": event}
        line |= fields
        if fault := fault_of(line):
            raise PeerFault(f"what it tells is not what the draft says: {fault}")
        self.lines.append(line)

    # ------------------------------------------------------------ effects

    def take(self, effects: Iterable[Fields], at: int) -> None:
        """The lines of effects, in order. PeerFault for an event that lacks a field."""
        for effect in effects:
            match effect.get("effect"):
                case "send":
                    self._seal(octets(effect.get("bytes"), "bytes"), at)
                case "event":
                    self._event(str(effect.get("name")), effect.get("fields", {}), at)
                case _:
                    pass

    def _event(self, name: str, fields: Fields, at: int) -> None:
        if name not in TOLD:
            return
        try:
            TOLD[name](self, fields, at)
        except (KeyError, TypeError, ValueError) as lacking:
            raise PeerFault(f"the event {name} lacks {lacking}") from None

    def _seal(self, datagram: bytes, at: int) -> None:
        sealed = describe(datagram)
        if sealed is None or sealed["view"] != self._view:
            return
        # a repair repeats a frame, its own or another's, octet for octet: that seals nothing
        known = (sealed["view"], sealed["secret"], sealed["counter"], sealed["digest"])
        own = self.node in self._members and sealed["sender"] == self._members.index(self.node)
        if own and known not in self._sealed:
            self._sealed.add(known)
            self.note("seal", at, **sealed)

    def viewed(self, fields: Fields, at: int) -> None:
        """A view is installed."""
        self._members = list(fields["members"])
        self._incarnations = dict(zip(self._members, fields["incarnations"], strict=True))
        self._view, self._closing = fields["view"], False
        self._sealed.clear()
        told = {name: fields[name] for name in ("view", "members", "incarnations", "together", "senders")}
        told |= {name: fields[name] for name in ("counter", "suite")}
        previous = None if fields["previous"] == NONE else fields["previous"]
        self.service = self._wanted
        changed = {"service": self.service} if self.service != self._at_start else {}
        self.note("view", at, previous=previous, base=fields["clock_base"], **told, **changed)

    def left(self, _fields: Fields, at: int) -> None:
        """It has left."""
        self._view, self._members, self.service = "", [], self._wanted
        self.note("left", at)

    def transitional(self, fields: Fields, at: int) -> None:
        """What follows is of the closing view."""
        self._closing = True
        self.note("transitional", at, view=fields["view"], together=fields["together"])

    def started(self, fields: Fields, at: int) -> None:
        """A run begins; confirmations that came before it count from here."""
        view = fields["view"]
        self.note("run-started", at, view=view, members=fields["members"])
        self._runs[view[16:]] = view
        for by in sorted(self._early.pop(view[16:], ())):
            self.note("confirmed", at, view=view, by=by)

    def sent(self, fields: Fields, at: int) -> None:
        """A message of its own has its numbers."""
        proxied, digest = bool(fields["proxied"]), mark(bytes.fromhex(fields["payload"]))
        told = {name: fields[name] for name in ("view", "sequence", "timestamp", "fragments")}
        if proxied:
            told["proxied"] = True
            earlier = self._asked.get(digest)
            if earlier is not None:
                told["again"] = list(earlier)
            self._asked[digest] = (fields["view"], fields["sequence"])
        self.note("send", at, digest=digest, **told)

    def delivered(self, fields: Fields, at: int) -> None:
        """A message is told."""
        sender, proxied = fields["sender"], bool(fields["proxied"])
        told = {name: fields[name] for name in ("view", "sender", "sequence", "timestamp")}
        told |= {"via": self._members[0]} if proxied and self._members else {}
        self.note(
            "deliver", at, digest=mark(bytes.fromhex(fields["payload"])), service=self.service,
            sender_inc=self._incarnations.get(sender, 0), proxied=proxied, regular=not self._closing, **told,
        )  # fmt: skip

    def suspected(self, fields: Fields, at: int) -> None:
        """A member is suspected or known to be gone."""
        self.note("suspect", at, whom=fields["node"], why=fields["why"])

    def asked(self, fields: Fields, at: int) -> None:
        """A range was asked for; those of one NACK stand in one line."""
        span = [fields["sender"], fields["first"], fields["last"]]
        before = self.lines[-1] if self.lines else {}
        same = [before.get(name) for name in ("event", "view", "to", "t")]
        if same == ["nack", fields["view"], fields["to"], at] and len(before["ranges"]) < MOST_RANGES:
            before["ranges"].append(span)
        else:
            self.note("nack", at, view=fields["view"], to=fields["to"], ranges=[span])


Teller = Callable[[Tracer, Fields, int], None]


def _plain(event: str, *names: str) -> Teller:
    """A line that has these fields of the event as they are, as far as they are there."""

    def tell(tracer: Tracer, fields: Fields, at: int) -> None:
        tracer.note(event, at, **{name: fields[name] for name in names if name in fields})

    return tell


TOLD: Mapping[str, Teller] = {
    "view-installed": Tracer.viewed,
    "left": Tracer.left,
    "transitional": Tracer.transitional,
    "run-started": Tracer.started,
    "sent": Tracer.sent,
    "message": Tracer.delivered,
    "suspected": Tracer.suspected,
    "nack": Tracer.asked,
    "blocked": _plain("blocked", "view"),
    "unblocked": _plain("unblocked", "view"),
    "stable": _plain("stable", "view", "timestamp"),
    "gap": _plain("gap", "view", "sender", "first", "last"),
    "keyed": _plain("keyed", "view", "key_id"),
    "run-failed": _plain("run-failed", "view", "reason", "culprit"),
    "sender-added": _plain("sender-added", "view", "member", "timestamp"),
    "sender-removed": _plain("sender-removed", "view", "member", "timestamp"),
}
"""Which event makes which line; any other makes none."""
