"""A capture judged alone: no peer, no key, nothing but what went over the network, rule by rule.

A capture is best taken where frames leave. What began before it did, and what a network in between has
doubled or brought out of order, has to be said (`Setting`), or is taken for a fault of the peers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from coterie_kit.captures.datagrams import Datagram
from coterie_kit.captures.judging.greeting import Answers, Handshakes
from coterie_kit.captures.judging.rule import Fault, Rule, Setting
from coterie_kit.captures.judging.scope import Reach, Scope
from coterie_kit.captures.judging.sealing import Counters, Members
from coterie_kit.captures.judging.seen import OTHER_VERSION, Seen, Segments, read
from coterie_kit.captures.judging.signing import Destinations, Sequences, Signatures, Signers

__all__ = ["Finding", "Judgement", "Setting", "judged"]

MOST_FINDINGS = 1_000
"""Findings that are kept; the others are counted."""
RULES: tuple[type[Rule], ...] = (
    Answers, Handshakes, Signers, Destinations, Sequences, Signatures, Counters, Members, Scope,
)  # fmt: skip
STRUCTURE, SEGMENTS = "structure", "segments"
OF_REASONS = {
    "too-short": "REQ-FRM-2", "unknown-type": "REQ-FRM-7", "wrong-protection": "REQ-FRM-8",
    "reserved-nonzero": "REQ-FRM-9", "bad-length": "REQ-FRM-10", "datagram-too-long": "REQ-FRM-11",
    "short-frame": "REQ-FRM-12", "truncated-body": "REQ-FRM-16", "trailing-bytes": "REQ-FRM-17",
    "padding-nonzero": "REQ-FRM-17", "count-out-of-range": "REQ-FRM-18", "extension-overrun": "REQ-FRM-19",
    "unknown-critical-extension": "REQ-FRM-20", "duplicate-extension": "REQ-FRM-22",
    "too-many-extensions": "REQ-FRM-23", "segment-conflict": "REQ-FRM-28", "segment-digest": "REQ-FRM-31",
    "segment-inner": "REQ-FRM-32",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a frame breaks: the packet, its type, where it went, and how, in one sentence."""

    packet: int
    rule: str
    reqs: tuple[str, ...]
    sentence: str


@dataclass(slots=True)
class Row:
    """One rule: how often it was looked at, and how often broken."""

    name: str
    statement: str
    reqs: tuple[str, ...]
    looked: int = 0
    broken: int = 0
    unjudged: str = ""


@dataclass(slots=True)
class Judgement:
    """What is said about a capture. ``others`` are datagrams that are no frames, ``unknown`` are frames of
    another version, ``left_out`` packets in which there is no whole datagram of UDP."""

    rows: dict[str, Row]
    findings: list[Finding] = field(default_factory=list)
    overlays: dict[bytes, Reach] = field(default_factory=dict)
    frames: int = 0
    others: int = 0
    unknown: int = 0
    left_out: int = 0

    @property
    def broken(self) -> int:
        """How often a rule was broken."""
        return sum(row.broken for row in self.rows.values())

    def find(self, seen: Seen, rule: str, fault: Fault, setting: Setting) -> None:
        """One more finding."""
        self.rows[rule].broken += 1
        if len(self.findings) < MOST_FINDINGS:
            ends = f"{setting.name(seen.source)} to {setting.name(seen.to)}"
            sentence = f"{seen.type} from {ends} {fault.sentence}"
            self.findings.append(Finding(seen.number, rule, fault.reqs, sentence))


def _rows() -> dict[str, Row]:
    structure = Row(
        STRUCTURE, "each frame has the sizes, the protection and the structure of its type",
        ("REQ-FRM-2", "REQ-FRM-12", "REQ-FRM-16", "REQ-FRM-24"),
    )  # fmt: skip
    segments = Row(SEGMENTS, "what is cut in segments is one long signed frame", ("REQ-FRM-28", "REQ-FRM-32"))
    rows = [structure, segments, *(Row(rule.name, rule.statement, rule.reqs) for rule in RULES)]
    return {row.name: row for row in rows}


class Court:
    """The rules, in a capture."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._segments = Segments()
        self.judgement = Judgement(_rows())
        self._looks: dict[str, list[tuple[Rule, Row]]] = {}
        scope = Scope(setting)
        self.judgement.overlays = scope.overlays
        for kind in RULES:
            rule: Rule = scope if kind is Scope else kind(setting)
            row = self.judgement.rows[rule.name]
            if kind is Signatures and not setting.signatures:
                row.unjudged = "they are verified with --signatures"
                continue
            for name in rule.kinds:
                self._looks.setdefault(name, []).append((rule, row))

    def take(self, datagram: Datagram) -> None:
        """One datagram of the capture."""
        ends = datagram.source, datagram.to
        seen = read(datagram.number, ends, datagram.payload)
        if seen is None:
            self.judgement.others += 1
            return
        self.judgement.frames += 1
        self._look(seen)
        if seen.type != "SEGMENT" or seen.fault:
            return
        whole = self._segments.take(seen)
        self.judgement.rows[SEGMENTS].looked += 1
        if self._segments.fault:
            self._unreadable(seen, SEGMENTS, self._segments.fault)
        elif whole:
            inner = read(datagram.number, ends, whole, assembled=True)
            if inner is not None and inner.protection == "signed":
                self._look(inner, Scope)

    def _look(self, seen: Seen, without: type[Rule] | None = None) -> None:
        """All rules that have to do with a frame; in pieces it has gone to where they have gone already."""
        if seen.type != OTHER_VERSION:
            self.judgement.rows[STRUCTURE].looked += 1
        else:
            self.judgement.unknown += 1
        if seen.fault:
            self._unreadable(seen, STRUCTURE, seen.fault)
            return
        for rule, row in self._looks.get(seen.type, ()):
            if without is not None and isinstance(rule, without):
                continue
            row.looked += 1
            fault = rule.look(seen)
            if fault is not None:
                self.judgement.find(seen, rule.name, fault, self._setting)

    def _unreadable(self, seen: Seen, rule: str, reason: str) -> None:
        where = place(seen, reason) if rule == STRUCTURE else ""
        fault = Fault(f"is refused by everyone: {reason}{where}", (OF_REASONS[reason],))
        self.judgement.find(seen, rule, fault, self._setting)


def place(seen: Seen, reason: str) -> str:
    """The field at fault, as the slower and finer reading names it."""
    from coterie_kit import frames

    try:
        frames.read(seen.octets, 65_000, assembled=len(seen.octets) > 1200)
    except frames.Unreadable as refused:
        return f" at {refused.path}" if refused.reason == reason else ""
    return ""


def judged(datagrams: Iterable[Datagram], setting: Setting) -> Judgement:
    """What the rules say about the datagrams of a capture, in their order."""
    court = Court(setting)
    for datagram in datagrams:
        court.take(datagram)
    return court.judgement
