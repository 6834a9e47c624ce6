"""The ledger: what was published by whom, what was asked for, and whether the answers are true.

It knows what nobody in the overlay does: all that was ever published, and when it changed. An envelope that
is found is judged by it alone, whatever the peer that found it believes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from coterie.effects import Event
from coterie.overlay.fetching import publisher_of
from coterie.peer import ResourceName, Value
from coterie.simulation.overlays.node import OVERLAY, Node
from coterie.simulation.overlays.world import World
from coterie.wire import envelopes

KIND = "group-info"
VERDICTS = ("found", "nothing", "untold", "stale", "resurrected", "expired", "forged")
"""What an answer can be: the value as it was; nothing, which was said to be sure, or not; one that
another has taken the place of; one that was withdrawn, or had expired; one that nobody has published."""

STORE_WITHIN_MS = 25_000
"""How long after it was made an envelope reaches whoever stores it, at most: a lookup, and a STORE anew."""

WRONG = frozenset({"stale", "resurrected", "expired", "forged"})
"""Answers that nobody may get."""


@dataclass(slots=True)
class Statement:
    """What was published at an instant, empty when it withdraws; `settled` when some had stored it: until
    then what was there before may be found."""

    value: bytes
    since: int
    settled: int | None = None


@dataclass(slots=True)
class Entry:
    """All that one publisher had in one place. `ends` is when nobody has it any more at the latest, since
    nobody renews it; None while somebody does."""

    name: bytes
    node: Node
    lifetime: int
    said: list[Statement] = field(default_factory=list)
    ends: int | None = None

    @property
    def current(self) -> bytes:
        """What is published there."""
        return self.said[-1].value

    def settle(self, at: int) -> None:
        """What was said last has been stored."""
        last = self.said[-1]
        last.settled = at if last.settled is None else last.settled

    def last_of(self, published: int) -> int:
        """Until when what was published, or taken the place of, at an instant may be held by anybody."""
        return published + 1_000 * self.lifetime + STORE_WITHIN_MS

    def gone(self, value: bytes) -> int | None:
        """When nobody may hold a value any more; None while it may be renewed."""
        index = next(at for at, each in enumerate(self.said) if each.value == value)
        settled = self.said[index + 1].settled if index + 1 < len(self.said) else None
        return self.ends if settled is None else self.last_of(settled)

    def between(self, begun: int, ended: int) -> set[bytes]:
        """What could be found there at some time between two instants."""
        successors: list[Statement | None] = [*self.said[1:], None]
        return {
            statement.value
            for statement, after in zip(self.said, successors, strict=True)
            if statement.since <= ended and (after is None or after.settled is None or after.settled >= begun)
        }


@dataclass(slots=True)
class Ask:
    """One fetch: who asks for which name, when it began, and what came of it, by publisher."""

    node: Node
    name: bytes
    begun: int
    ended: int | None = None
    is_complete: bool = False
    verdicts: dict[bytes, str] = field(default_factory=dict)


class Ledger:
    """All that was published and asked in a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.told = self._told
        self.entries: dict[tuple[bytes, bytes], Entry] = {}
        self.asks: list[Ask] = []
        self.verdicts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.wrong = WRONG
        self.stored: Counter[int] = Counter()
        """How many peers stored what was published, by how often so many did."""
        self._open: dict[tuple[int, bytes], list[Ask]] = {}
        self._publishing: set[tuple[int, bytes]] = set()

    # ------------------------------------------------------------ what is done

    def publish(self, node: Node, name: bytes, lifetime: int) -> Entry:
        """Let a node publish something new under a name."""
        place = (name, node.publisher)
        entry = self.entries.setdefault(place, Entry(name, node, lifetime))
        value = f"{node.number}.{len(entry.said)}.{name.decode()}".encode()
        entry.said.append(Statement(value, self.world.now))
        self._publishing.add((node.number, name))
        given = Value(ResourceName(KIND, name), slot_of(name), lifetime, value)
        if not self.world.ask(node, lambda peer, now: peer.publish(OVERLAY, given, now)):
            self.faults.append(f"node {node.number} could not publish {name.decode()}")
        return entry

    def withdraw(self, entry: Entry) -> None:
        """Let its publisher withdraw what it has there."""
        entry.said.append(Statement(b"", self.world.now))
        self._publishing.add((entry.node.number, entry.name))
        resource, slot = ResourceName(KIND, entry.name), slot_of(entry.name)
        if not self.world.ask(entry.node, lambda peer, now: peer.withdraw(OVERLAY, resource, slot, now)):
            self.faults.append(f"node {entry.node.number} could not withdraw {entry.name.decode()}")

    def abandon(self, entry: Entry) -> None:
        """Its publisher is about to vanish: what it published last lives on for one lifetime."""
        node = entry.node
        published = node.neighbours.facts(node.now(self.world.now))["published"]
        assert isinstance(published, list)
        sequence = max(row["sequence"] for row in published if row["slot"] == slot_of(entry.name))
        entry.ends = entry.last_of(sequence - node.clock.wall)

    def fetch(self, node: Node, name: bytes) -> Ask | None:
        """Let a node look for all values of a name; None when it has as much to do as it may."""
        ask = Ask(node, name, self.world.now)
        waiting = self._open.setdefault((node.number, name), [])
        waiting.append(ask)
        if self.world.ask(node, lambda peer, now: peer.fetch(OVERLAY, ResourceName(KIND, name), now)):
            self.asks.append(ask)
            return ask
        waiting.remove(ask)
        return None

    def is_quiet(self) -> bool:
        """Whether nobody publishes or fetches just now."""
        return not any(self._open.values()) and not self._publishing

    def forget(self, node: Node) -> None:
        """A node has crashed: nobody will tell what it was about."""
        for number, name in list(self._open):
            if number == node.number:
                del self._open[number, name]
        self._publishing = {each for each in self._publishing if each[0] != node.number}

    # ------------------------------------------------------------ what is told

    def _told(self, node: Node, event: Event) -> None:
        fields: dict[str, Any] = dict(event.fields)
        match event.name:
            case "published":
                self.stored[fields["stored"]] += 1
                self._publishing.discard((node.number, fields["name"]))
                entry = self.entries.get((fields["name"], node.publisher))
                if fields["stored"] and entry is not None:
                    entry.settle(self.world.now)
            case "fetched":
                waiting = self._open.get((node.number, fields["name"]))
                if waiting:
                    self._judge(waiting.pop(0), bool(fields["complete"]), fields["envelopes"])
            case _:
                pass

    def _judge(self, ask: Ask, is_complete: bool, found: tuple[bytes, ...]) -> None:
        ask.ended, ask.is_complete = self.world.now, is_complete
        seen = [envelopes.decode(octets) for octets in found]
        # a liar may say anything in its own name, like anybody
        spammers = {node.publisher for node in self.world.nodes if node.is_liar}
        named: dict[bytes, bytes] = {publisher_of(each.leaf): each.value for each in seen}
        for publisher, value in named.items():
            entry = self.entries.get((ask.name, publisher))
            if entry is not None:
                ask.verdicts[publisher] = verdict(entry, ask, value)
            elif publisher not in spammers:
                ask.verdicts[publisher] = "forged"
        for entry in self.of(ask.name):
            if entry.node.publisher not in ask.verdicts and is_there(entry, ask):
                ask.verdicts[entry.node.publisher] = "nothing" if is_complete else "untold"
        self.verdicts.update(ask.verdicts.values())
        for publisher, said in ask.verdicts.items():
            if said in self.wrong:
                self.faults.append(self._sentence(ask, publisher, said))

    def _sentence(self, ask: Ask, publisher: bytes, said: str) -> str:
        entry = self.entries.get((ask.name, publisher))
        by = f"node {entry.node.number}" if entry else "a stranger"
        where = f"node {ask.node.number} at {self.world.now} ms"
        return f"{where} found what is {said}: {ask.name.decode()} of {by}"

    def of(self, name: bytes) -> Iterator[Entry]:
        """All that was ever published under a name."""
        return (entry for (under, _), entry in self.entries.items() if under == name)


def verdict(entry: Entry, ask: Ask, value: bytes) -> str:
    """What the octets that were found in a place are."""
    assert ask.ended is not None
    if value not in {each.value for each in entry.said}:
        return "forged"
    gone = entry.gone(value)
    if gone is not None and gone < ask.begun:
        return "expired"
    if value in entry.between(ask.begun, ask.ended):
        return "found"
    return "stale" if entry.current else "resurrected"


def is_there(entry: Entry, ask: Ask) -> bool:
    """Whether something was in a place, and renewed, all the time that somebody looked for it."""
    assert ask.ended is not None
    first = entry.said[0].settled
    is_old = first is not None and first < ask.begun
    return is_old and entry.ends is None and all(each.value for each in entry.said if each.since <= ask.ended)


def name_of(number: int) -> bytes:
    """A name for something that is published."""
    return f"group {number}".encode()


def slot_of(name: bytes) -> bytes:
    """The slot that a value of that name is published in."""
    return sha256(name).digest()[:16]
