"""What happens in a run: who talks when, and what goes wrong when. Drawn from a seed, or written by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

__all__ = ["FEWEST", "MOST", "SERVICES", "Moment", "Plan", "Step", "Trait", "chance", "draw"]

FEWEST, MOST = 2, 32
SERVICES = (
    "timestamp-ordered", "safe", "source-ordered", "source-ordered-unreliable", "unordered-unreliable",
)  # fmt: skip

Amounts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of the protocol: a member sends its frame of this type, after so many of the group's."""

    frame: str
    passes: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """Something that begins ``at`` and ends at ``until`` (ms of the run). With ``on``, it begins at the first
    such moment in this time, and touches the member that sends."""

    kind: str
    at: int
    until: int
    nodes: tuple[int, ...] = ()
    amounts: Amounts = field(default_factory=dict)
    on: Moment | None = None


@dataclass(frozen=True, slots=True)
class Trait:
    """What is a member's own: kind of its leaf's key, service, and what its clocks show at the beginning."""

    key: str = "ed25519"
    service: str = "timestamp-ordered"
    mono: int = 1_000
    wall: int = 0
    """Milliseconds beside the common wall clock."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole run. ``heals`` is when all that is wrong ends; ``patience`` how long it may take then."""

    seed: int
    traits: tuple[Trait, ...]
    joins: tuple[int, ...]
    steps: tuple[Step, ...]
    heals: int
    least: int = 2
    spread: int = 3
    """The delay of a datagram: at least, and how much more at most."""
    suites: tuple[int, ...] = (1, 2)
    max_datagram: int = 1_200
    multicast: bool = False
    """Whether the members share a multicast address."""
    patience: int = 28_000


def chance(seed: int, label: str) -> Random:
    """A stream of random numbers: the same for the same seed and label."""
    return Random(f"coterie interop/{seed}/{label}")  # noqa: S311 - faults that a seed repeats, no secrets


# ---------------------------------------------------------------- drawing

Draw = Callable[[Random, int], tuple[tuple[int, ...], dict[str, Any]]]


def _some(drawn: Random, size: int) -> tuple[int, ...]:
    return tuple(sorted(drawn.sample(range(size), drawn.randint(1, max(1, size // 2)))))


def _one(drawn: Random, size: int) -> tuple[int, ...]:
    return (drawn.randrange(size),)


def _all(_drawn: Random, _size: int) -> tuple[int, ...]:
    return ()


def _drawing(nodes: Callable[[Random, int], tuple[int, ...]], **choices: tuple[Any, ...]) -> Draw:
    def draw(drawn: Random, size: int) -> tuple[tuple[int, ...], dict[str, Any]]:
        touched = nodes(drawn, size)
        return touched, {name: drawn.choice(given) for name, given in choices.items()}

    return draw


def _groups(drawn: Random, size: int) -> tuple[tuple[int, ...], dict[str, Any]]:
    parts: list[list[int]] = [[] for _ in range(drawn.randint(2, min(3, size)))]
    for place, node in enumerate(drawn.sample(range(size), size)):
        parts[place if place < len(parts) else drawn.randrange(len(parts))].append(node)
    return (), {"groups": tuple(tuple(sorted(part)) for part in parts)}


FAULTS: Mapping[str, tuple[int, Draw]] = {
    "loss": (6, _drawing(_all, percent=(1, 5, 10, 20, 30))),
    "duplicate": (3, _drawing(_all, percent=(5, 20, 50), late=(5, 200, 3000))),
    "reorder": (4, _drawing(_all, percent=(10, 50, 100), spread=(5, 50, 300))),
    "delay": (2, _drawing(_some, extra=(50, 200, 800))),
    "corrupt": (2, _drawing(_all, percent=(1, 5, 20))),
    "partition": (6, _groups),
    "isolate": (3, _drawing(_one)),
    "deaf": (2, _drawing(_one)),
    "crash-kept": (4, _drawing(_one)),
    "crash-lost": (4, _drawing(_one)),
    "leave": (4, _drawing(_one, back=(True, True, False))),
    "subscribe": (1, _drawing(_one, service=SERVICES)),
}
"""Kinds of what goes wrong or changes: how often each is drawn beside the others, and how."""

TALKS: Mapping[str, tuple[int, Draw]] = {
    "talk": (6, _drawing(_some, every=(20, 100, 400), count=(1, 1, 3), size=(30, 300, 3000))),
    "proxy": (2, _drawing(_some, every=(100, 400), count=(1,), size=(30, 800))),
}

LENGTHS_MS: Mapping[str, tuple[int, ...]] = {
    "crash-kept": (50, 500, 3_000), "crash-lost": (50, 500, 3_000), "leave": (4_500, 6_000),
    "subscribe": (0,),
}  # fmt: skip
USUAL_MS = (300, 1_000, 2_000, 4_000)
SHARED = 0.15  # of the runs have a multicast address
AT_MOMENTS = ("crash-kept", "crash-lost", "isolate", "deaf")
FRAMES = ("PROPOSE", "FLUSH", "INSTALL", "UP", "DOWN", "CONFIRM", "JOIN", "NACK", "HEARTBEAT")


def draw(seed: int, members: int | None = None) -> Plan:
    """The plan of a seed, with as many members as it says unless told otherwise."""
    drawn = chance(seed, "plan")
    size = drawn.choice((3, 3, 4, 4, 5, 6)) if members is None else members
    heals = drawn.randint(5_000, 10_000)
    span = drawn.choice((0, 200, 2_000))
    steps = [_step(drawn, TALKS, size, heals) for _ in range(drawn.randint(1, 3))]
    steps += [_step(drawn, FAULTS, size, heals) for _ in range(drawn.choice((1, 2, 3, 4)))]
    return Plan(
        seed=seed,
        traits=tuple(_trait(drawn) for _ in range(size)),
        joins=(0, *(drawn.randint(0, span) for _ in range(size - 1))),
        steps=tuple(steps),
        heals=heals,
        least=drawn.choice((1, 2, 5, 15)),
        spread=drawn.choice((0, 2, 5, 30)),
        suites=drawn.choice(((1, 2), (1,))),
        max_datagram=drawn.choice((1_200, 1_200, 1_400)),
        multicast=drawn.random() < SHARED,
    )


def _trait(drawn: Random) -> Trait:
    return Trait(
        "p256" if drawn.random() < 0.1 else "ed25519",
        drawn.choice((SERVICES[0],) * 4 + SERVICES),
        drawn.randint(1, 1 << 40),
        drawn.choice((0, 0, -600_000, 600_000)),
    )


def _step(drawn: Random, table: Mapping[str, tuple[int, Draw]], size: int, heals: int) -> Step:
    kind = drawn.choices(list(table), [weight for weight, _ in table.values()])[0]
    nodes, amounts = table[kind][1](drawn, size)
    at = drawn.randint(300, heals - 500)
    until = min(heals, at + drawn.choice(LENGTHS_MS.get(kind, USUAL_MS)))
    if kind in AT_MOMENTS and drawn.random() < 0.5:
        return Step(kind, at, heals, (), amounts, Moment(drawn.choice(FRAMES), drawn.randrange(2 * size)))
    return Step(kind, at, until, nodes, amounts)
