"""Small runs, told step by step: who installs which view, who sends, who delivers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from coterie_kit.traces import Bounds, Report, Run, check, run_from_records

Line = dict[str, Any]


def node(letter: str) -> str:
    """The Node-ID of a member with one letter."""
    return letter * 64


def nodes(letters: Iterable[str]) -> list[str]:
    return [node(letter) for letter in letters]


def view_id(number: int, tail: str = "0") -> str:
    return f"{number:016x}" + tail * 16


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]


@dataclass
class Message:
    """What was sent, by whom, in which view."""

    sender: str
    incarnation: int
    view: str
    sequence: int
    timestamp: int | None
    digest: str
    proxied: bool = False


@dataclass
class Member:
    """Where one node of the story is."""

    letter: str
    service: str
    incarnation: int = 1
    view: str | None = None
    sequence: int = 0
    lines: list[Line] = field(default_factory=list)


class Story:
    """A run. Each step writes lines and takes a millisecond; nothing is checked here."""

    def __init__(self, letters: str, service: str = "timestamp-ordered", *, keys: bool = True) -> None:
        self.members = {letter: Member(letter, service) for letter in letters}
        self.harness: list[Line] = []
        self.time = 0
        self.keys = keys
        self.bounds = Bounds()
        self.stamp = 0
        for letter in letters:
            self.line(letter, "start", state="first", service=service)

    # -- lines

    def line(self, letter: str, event: str, **fields: Any) -> Line:
        """One line at the end of the trace of a node."""
        member = self.members[letter]
        self.time += 1
        line = {"t": self.time, "node": node(letter), "inc": member.incarnation, "event": event, **fields}
        member.lines.append(line)
        return line

    def told(self, event: str, **fields: Any) -> Line:
        """One line of the harness."""
        self.time += 1
        line = {"t": self.time, "event": event, **fields}
        self.harness.append(line)
        return line

    def find(self, letter: str, event: str, which: int = -1) -> Line:
        """A line of a node: the last one of this event, or another."""
        return [line for line in self.members[letter].lines if line["event"] == event][which]

    def repeat(self, letter: str, line: Line) -> None:
        """Another node writes the same line."""
        self.line(letter, **{name: line[name] for name in line if name not in {"t", "node", "inc"}})

    def remove(self, letter: str, line: Line) -> None:
        lines = self.members[letter].lines
        del lines[next(place for place, own in enumerate(lines) if own is line)]

    def move_to_end(self, letter: str, line: Line) -> None:
        self.remove(letter, line)
        self.time += 1
        line["t"] = self.time
        self.members[letter].lines.append(line)

    def wait(self, milliseconds: int) -> None:
        self.time += milliseconds

    def writers(self, letters: str) -> str:
        """Those of them that write a trace."""
        return "".join(letter for letter in letters if letter in self.members)

    # -- steps

    def run_keys(self, number: int, letters: str, *, by: str | None = None) -> None:
        """The key run of a view: INSTALL, keys, and all confirmations."""
        view = view_id(number)
        for letter in self.writers(by or letters):
            self.line(letter, "run-started", view=view, members=nodes(letters))
            self.line(letter, "keyed", view=view, key_id=digest(view), transcript=2 * digest("t" + view))
            for other in letters:
                if other != letter:
                    self.line(letter, "confirmed", view=view, by=node(other))

    def install(
        self, number: int, letters: str, *, by: str | None = None, senders: str | None = None
    ) -> None:
        """A view, with its key run and the signal before it. ``by``: those that get so far."""
        if self.keys:
            self.run_keys(number, letters, by=by)
        before = {letter: self.members[letter].view for letter in self.writers(letters)}
        for letter in self.writers(by or letters):
            previous = self.members[letter].view
            together = [node(other) for other in letters if before.get(other, 0) == previous]
            self.enter(letter, number, letters, together if previous else nodes(letter), senders)

    def enter(
        self, letter: str, number: int, letters: str, together: list[str], senders: str | None = None
    ) -> None:
        """The signal and the view of one node."""
        member = self.members[letter]
        if member.view is not None:
            self.line(letter, "transitional", view=member.view, together=together)
        incarnations = [self.members[other].incarnation if other in self.members else 1 for other in letters]
        self.line(
            letter, "view", view=view_id(number), members=nodes(letters), incarnations=incarnations,
            previous=member.view, together=together, counter=number, suite=1,
            senders=nodes(letters if senders is None else senders), base=0,
        )  # fmt: skip
        member.view, member.sequence = view_id(number), 0

    def send(
        self, letter: str, timestamp: int | None = None, *, proxied: bool = False, **fields: Any
    ) -> Message:
        """A message of a node, in its view."""
        member = self.members[letter]
        member.sequence += 1
        self.stamp = timestamp if timestamp is not None else self.stamp + 1
        view = fields.pop("view", member.view or view_id(0))
        content = digest(f"{letter}{member.incarnation}{view}{member.sequence}")
        told = {"view": view, "sequence": member.sequence, "digest": content, "fragments": 1}
        stamp = None if proxied else self.stamp
        extra = {"proxied": True} if proxied else {}
        self.line(letter, "send", timestamp=stamp, **{**told, **extra, **fields})
        return Message(letter, member.incarnation, view, member.sequence, self.stamp, content, proxied)

    def stranger(self, letter: str, sequence: int, timestamp: int, view: int = 1) -> Message:
        """A message of a member that writes no trace."""
        return Message(letter, 1, view_id(view), sequence, timestamp, digest(f"{letter}{sequence}"))

    def deliver(self, letters: str, *messages: Message, **fields: Any) -> None:
        """All these nodes deliver all these messages, in this order."""
        for message in messages:
            for letter in letters:
                told: Line = {
                    "view": message.view, "sender": node(message.sender), "sender_inc": message.incarnation,
                    "sequence": message.sequence, "timestamp": message.timestamp, "digest": message.digest,
                    "service": self.members[letter].service, "proxied": message.proxied,
                }  # fmt: skip
                self.line(letter, "deliver", **{**told, **fields})

    def restart(self, letter: str, state: str = "kept") -> None:
        """A crash, and a new life."""
        member = self.members[letter]
        self.line(letter, "crash")
        member.incarnation += 1
        member.view = None
        self.line(letter, "start", state=state, service=member.service)

    def leave(self, letter: str) -> None:
        self.line(letter, "left")
        self.members[letter].view = None

    def suspect(self, letter: str, others: str) -> None:
        """A node will do without others."""
        for other in others:
            self.line(letter, "suspect", whom=node(other), why="silence")

    def healthy(self, *components: str) -> None:
        """From now on nothing disturbs the network."""
        parts = {"components": [nodes(letters) for letters in components]} if components else {}
        self.told("phase", healthy=True, **parts)

    def disturbed(self) -> None:
        self.told("phase", healthy=False)

    def over(self) -> None:
        self.told("end")

    # -- the end

    @property
    def records(self) -> list[list[Line]]:
        """The traces as their files have them."""
        return [
            [{"i": place, **line} for place, line in enumerate(member.lines)]
            for member in self.members.values()
        ]

    @property
    def harness_records(self) -> list[Line]:
        return [{"i": place, **line} for place, line in enumerate(self.harness)]

    @property
    def run(self) -> Run:
        return run_from_records(self.records, self.harness_records, self.bounds)

    @property
    def report(self) -> Report:
        return check(self.run)
