"""The network between simulated nodes: a path for each direction of each pair, and what befalls datagrams.

A path has a delay of its own. Whatever else happens to a datagram is the work of spells, which are laid on
paths and taken off again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from coterie.simulation.chance import stream
from coterie.simulation.datagrams import kind_of

LONGEST_DELAY_MS = 60_000


@dataclass(slots=True)
class Flight:
    """One datagram on its way: `copies` are (delay in ms, octets) of all that will arrive."""

    path: Path
    at: int
    octets: bytes
    copies: list[tuple[int, bytes]]
    harmed: str = ""
    """The fault that touched it, for the table of coverage."""

    @property
    def kind(self) -> str:
        """Its frame type."""
        return kind_of(self.octets)

    def lose(self, fault: str) -> None:
        """Let no copy arrive."""
        self.copies.clear()
        self.harmed = fault


@dataclass(slots=True)
class Spell:
    """A fault of the network while it lasts. `amounts` are numbers in the unit that its fate expects."""

    number: int
    fault: str
    fate: Callable[[Spell, Flight], None]
    amounts: Mapping[str, Any]
    memory: dict[tuple[int, int], Any] = field(default_factory=dict)
    """What the spell remembers of each path."""


@dataclass(slots=True)
class Path:
    """The way from one node to another, by their numbers. Delays are in ms."""

    source: int
    target: int
    least: int
    spread: int
    chance: Random
    spells: list[Spell] = field(default_factory=list)
    flying: int = 0

    @property
    def key(self) -> tuple[int, int]:
        """The two ends."""
        return (self.source, self.target)


@dataclass(frozen=True, slots=True)
class Terrain:
    """How a calm network is: the least delay, and how much longer a datagram may take, in ms."""

    least: int
    spread: int


class Network:
    """All paths. `carry` says what arrives when; the world does the rest."""

    def __init__(self, seed: int, terrain: Terrain) -> None:
        self.terrain = terrain
        self._seed = seed
        self._paths: dict[tuple[int, int], Path] = {}
        self._spells: list[tuple[Spell, Callable[[int, int], bool]]] = []
        self.sent = 0
        self.lost = 0
        self.data_lost = 0

    def path(self, source: int, target: int) -> Path:
        """The path from one node to another."""
        known = self._paths.get((source, target))
        if known is None:
            chance = stream(self._seed, "path", source, target)
            least = self.terrain.least + chance.randint(0, max(1, self.terrain.least // 4))
            known = Path(source, target, least, self.terrain.spread, chance)
            known.spells = [spell for spell, touches in self._spells if touches(source, target)]
            self._paths[source, target] = known
        return known

    def lay(self, spell: Spell, touches: Callable[[int, int], bool]) -> None:
        """Begin a fault on all paths that it touches, those to come included."""
        self._spells.append((spell, touches))
        for path in self._paths.values():
            if touches(path.source, path.target):
                path.spells.append(spell)

    def lift(self, number: int) -> None:
        """End the faults of that number on all paths."""
        self._spells = [row for row in self._spells if row[0].number != number]
        for path in self._paths.values():
            path.spells = [spell for spell in path.spells if spell.number != number]

    def carry(self, at: int, source: int, target: int, octets: bytes) -> Flight:
        """What becomes of a datagram that sets out."""
        path = self.path(source, target)
        self.sent += 1
        delay = path.least + int(path.chance.random() * (path.spread + 1))
        flight = Flight(path, at, octets, [(delay, octets)])
        for spell in path.spells:
            spell.fate(spell, flight)
        if path.spells and not flight.copies:
            self.lost += 1
            self.data_lost += flight.kind == "DATA"
        return flight
