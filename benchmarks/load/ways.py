"""The ways in which the messages of a group can go, each played in a main overlay of its own in virtual time.

Everything is counted by what peers say of themselves: the field traffic of `inspect`.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from coterie.crypto import names
from coterie.effects import Event
from coterie.peer import ResourceName, Value
from coterie.simulation import memory
from coterie.simulation.overlays.chains import Chains
from coterie.simulation.overlays.node import OVERLAY, Node
from coterie.simulation.overlays.plan import Plan
from coterie.simulation.overlays.stage import Stage
from coterie.simulation.overlays.village import GROUP_OVERLAY, Village
from coterie.values import kinds
from coterie.wire import envelopes

KIND = "group-info"
KEY = b"what the group says"
LIFETIME_S = 3_600
JOIN_EVERY_MS = 300
WITHIN_MS = 120_000
REST_MS = 2_000
"""How long nothing is asked for before anything is counted."""


@dataclass(frozen=True, slots=True)
class Setting:
    """`messages` of so many `octets`, one every so many ms, by the members in turn; what is still on its way
    then has `grace` ms. Whoever has to ask asks every `poll` ms."""

    nodes: int = 64
    members: int = 8
    messages: int = 200
    octets: int = 200
    every: int = 50
    grace: int = 10_000
    poll: int = 1_000
    seed: int = 1

    @property
    def span(self) -> int:
        """How long everything is counted."""
        return self.messages * self.every + self.grace


@dataclass(frozen=True, slots=True)
class Load:
    """Frames and octets of one node, sent and received, in all its overlays."""

    frames: int
    octets: int


@dataclass(slots=True)
class Outcome:
    """What came of one way. `delays` are those from saying to hearing, one for each message and hearer;
    `hops` those of lookups, empty where none is needed."""

    setting: Setting
    members: list[Load]
    others: list[Load]
    delays: list[int]
    hops: list[int] = field(default_factory=list)

    @property
    def due(self) -> int:
        """How often a message was to be heard."""
        return self.setting.messages * (self.setting.members - 1)


class Run:
    """One way being played."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.stage = Stage(Plan("load", setting.seed, setting.nodes))
        self.stage.gather()
        self.world = self.stage.world
        self.members = self.world.chance.sample(self.world.nodes, setting.members)
        self.said: dict[bytes, tuple[Node, int]] = {}
        self.heard: dict[tuple[int, bytes], int] = {}
        self.world.told = self._told
        self._stored: Callable[[bytes], None] = lambda _name: None

    # ------------------------------------------------------------ what is counted

    def count(self) -> list[Load]:
        """What each node says that it has sent and received."""
        loads = []
        for node in self.world.nodes:
            peer = node.peer
            assert peer is not None, "nobody ends in these scenes"
            ways = [
                peer.inspect(each)["traffic"][way] for each in peer.overlays for way in ("sent", "received")
            ]
            loads.append(Load(sum(way["frames"] for way in ways), sum(way["octets"] for way in ways)))
        return loads

    def measure(self, say: Callable[[Node, bytes], None] | None) -> Outcome:
        """Everything is said, and what that costs; without a way to say it only time passes."""
        self.world.run(REST_MS)
        before, began = self.count(), self.world.now
        if say is not None:
            for number in range(self.setting.messages):
                who = self.members[number % len(self.members)]
                self.world.at(began + number * self.setting.every, self._say, (say, who, number))
        self.world.run(self.setting.span)
        spent = [
            Load(after.frames - first.frames, after.octets - first.octets)
            for first, after in zip(before, self.count(), strict=True)
        ]
        inside = {node.number for node in self.members}
        delays = [at - self.said[words][1] for (_, words), at in self.heard.items()]
        return Outcome(
            self.setting,
            [load for node, load in zip(self.world.nodes, spent, strict=True) if node.number in inside],
            [load for node, load in zip(self.world.nodes, spent, strict=True) if node.number not in inside],
            delays,
        )  # fmt: skip

    def _say(self, about: tuple[Callable[[Node, bytes], None], Node, int]) -> None:
        say, who, number = about
        words = f"message {number} ".encode().ljust(self.setting.octets, b".")
        self.said[words] = who, self.world.now
        say(who, words)

    def hear(self, node: Node, words: bytes) -> None:
        """A member has a message; its own do not count, and others count once."""
        if words in self.said and self.said[words][0] is not node:
            self.heard.setdefault((node.number, words), self.world.now)

    # ------------------------------------------------------------ in an overlay of its own

    def begin_group(self) -> None:
        """The members are in one view."""
        village = Village(self.world)
        to_village = self.world.told

        def told(node: Node, event: Event) -> None:
            to_village(node, event)
            self._told(node, event)

        self.world.told = told
        first, *others = self.members
        village.create(first)
        for node in others:
            self.world.run(JOIN_EVERY_MS)
            village.join(node)
        if not self.world.until(village.is_one, WITHIN_MS):
            raise RuntimeError(f"the group has not come together: {self.stage.outcome.faults}")

    def multicast(self, who: Node, words: bytes) -> None:
        """To all members of the view."""
        self.world.ask(who, lambda peer, now: peer.send(GROUP_OVERLAY, words, now))

    # ------------------------------------------------------------ through the main overlay

    def publish(self, who: Node, words: bytes, name: bytes) -> None:
        """A stored value in a slot of its own."""
        value = Value(ResourceName(KIND, name), sha256(words).digest()[:16], LIFETIME_S, words)
        self.world.ask(who, lambda peer, now: peer.publish(OVERLAY, value, now))

    def fetch(self, who: Node, name: bytes) -> None:
        """All values of a name."""
        self.world.ask(who, lambda peer, now: peer.fetch(OVERLAY, ResourceName(KIND, name), now))

    def poll(self) -> None:
        """Every member asks again and again, until the end."""
        for place, node in enumerate(self.members):
            shift = place * self.setting.poll // len(self.members)
            for at in range(
                REST_MS + shift, REST_MS + self.setting.span - self.setting.grace // 2, self.setting.poll
            ):
                self.world.at(self.world.now + at, lambda who: self.fetch(who, KEY), node)

    def call(self) -> None:
        """As soon as a message is stored, every other member asks for it."""

        def stored(name: bytes) -> None:
            speaker = next(who for words, (who, _) in self.said.items() if words.rstrip(b".").strip() == name)
            for node in self.members:
                if node is not speaker:
                    self.fetch(node, name)

        self._stored = stored

    def hops(self, chains: Chains) -> list[int]:
        """How far the lookups went to whom they found as the closest."""
        found = []
        for words in self.said:
            for name in {KEY, words.rstrip(b".").strip()}:
                key = names.resource_key(kinds.code_of(KIND), name)
                found += [each[1] for node in self.members if (each := chains.closest(node.id, key))]
        return found

    def _told(self, node: Node, event: Event) -> None:
        fields: Mapping[str, Any] = event.fields
        match event.name:
            case "message":
                self.hear(node, fields["payload"])
            case "published" if fields["stored"]:
                self._stored(fields["name"])
            case "fetched":
                for octets in fields["envelopes"]:
                    self.hear(node, envelopes.decode(octets).value)
            case _:
                pass


def in_own_overlay(setting: Setting) -> Outcome:
    """Multicast in the overlay of the group."""
    run = Run(setting)
    run.begin_group()
    return run.measure(run.multicast)


def in_silence(setting: Setting) -> Outcome:
    """The same group, in which nobody says anything."""
    run = Run(setting)
    run.begin_group()
    return run.measure(None)


def under_one_key(setting: Setting) -> Outcome:
    """Stored values under one key of the group, which all members fetch again and again."""
    run = Run(setting)
    run.poll()
    chains = Chains(run.world)
    outcome = run.measure(lambda who, words: run.publish(who, words, KEY))
    outcome.hops = run.hops(chains)
    return outcome


def under_many_keys(setting: Setting) -> Outcome:
    """Each message is a stored value under a key of its own, which the others fetch when it is there."""
    run = Run(setting)
    run.call()
    chains = Chains(run.world)
    outcome = run.measure(lambda who, words: run.publish(who, words, words.rstrip(b".").strip()))
    outcome.hops = run.hops(chains)
    return outcome


WAYS: Mapping[str, Callable[[Setting], Outcome]] = {
    "multicast in the group's overlay": in_own_overlay,
    "the same group, and nobody speaks": in_silence,
    "values under one key, fetched each second": under_one_key,
    "values under a key each, fetched once": under_many_keys,
}


def play(name: str, setting: Setting) -> Outcome:
    """One way, from the first node to the last message."""
    with memory.remembering():
        return WAYS[name](setting)


def fairness(loads: list[int]) -> float:
    """Jain's index: 1 when all carry the same, 1/n when one carries everything."""
    squares = sum(load * load for load in loads)
    return sum(loads) ** 2 / (len(loads) * squares) if squares else 1.0


def median(values: list[int]) -> float:
    """The middle; not a number where there is none."""
    return statistics.median(values) if values else float("nan")
