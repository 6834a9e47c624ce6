"""Plans drawn from seeds: how many nodes, what network, what goes wrong when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Literal

from coterie import registry
from coterie.simulation import knobs, scenes
from coterie.simulation.chance import stream
from coterie.simulation.network import Terrain
from coterie.simulation.node import WALL
from coterie.simulation.plan import USUAL_PATIENCE, Moment, Plan, Step, Trait

SIZES = (3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 7, 8, 10, 12)
LEAST_MS = (0, 0, 1, 2, 5, 15, 30, 60)
SPREAD_MS = (0, 1, 2, 5, 10, 30, 100)
SERVICES = ("timestamp-ordered",) * 6 + (
    "safe", "safe", "source-ordered", "source-ordered-unreliable", "unordered-unreliable",
)  # fmt: skip
DATAGRAMS = (1200, 1200, 1200, 1400, 8192)

VIEW_MS = 1_000
"""How long a view takes that admits newcomers."""

TEN_YEARS_MS = 10 * 365 * 86_400_000
FRAMES = (
    "PROPOSE", "FLUSH", "INSTALL", "UP", "DOWN", "CONFIRM", "JOIN", "LEAVE", "NACK", "HELLO3", "HEARTBEAT",
    "PROPOSE", "FLUSH", "INSTALL", "UP", "DOWN", "CONFIRM", "UP", "DOWN",
)  # fmt: skip
REPLIES = (
    ("PROPOSE",), ("FLUSH",), ("INSTALL",), ("UP",), ("DOWN",), ("CONFIRM",), ("JOIN",), ("SEGMENT",),
    ("UP", "NACK"), ("DOWN", "NACK"), ("CONFIRM", "NACK"), ("JOIN", "REFUSE"), ("JOIN", "REFUSE"),
    ("PROPOSE", "FLUSH", "INSTALL"), ("PROPOSE", "REFUSE", "NACK"),
    ("JOIN", "LEAVE", "REFUSE", "PROPOSE", "FLUSH", "INSTALL", "UP", "DOWN", "CONFIRM", "NACK"),
    ("JOIN", "LEAVE", "REFUSE", "PROPOSE", "FLUSH", "INSTALL", "UP", "DOWN", "CONFIRM", "NACK"),
)  # fmt: skip
"""What is lost of the answers in a merge."""

Amounts = dict[str, Any]
Draw = Callable[[Random, int], tuple[tuple[int, ...], Amounts]]
"""Who is touched, and how much: drawn for a group of that size."""


def everyone(_chance: Random, _size: int) -> tuple[int, ...]:
    """No node in particular."""
    return ()


def some(chance: Random, size: int) -> tuple[int, ...]:
    """At least one node, and not all."""
    return tuple(sorted(chance.sample(range(size), chance.randint(1, max(1, size // 2)))))


def one(chance: Random, size: int) -> tuple[int, ...]:
    """One node."""
    return (chance.randrange(size),)


def every(_chance: Random, size: int) -> tuple[int, ...]:
    """All nodes, by name."""
    return tuple(range(size))


def drawing(
    nodes: Callable[[Random, int], tuple[int, ...]], **choices: tuple[Any, ...] | Callable[[Random], Any]
) -> Draw:
    """A drawer of nodes and of amounts, each out of its choices."""

    def draw(chance: Random, size: int) -> tuple[tuple[int, ...], Amounts]:
        drawn = nodes(chance, size)
        amounts = {
            name: given(chance) if callable(given) else chance.choice(given)
            for name, given in choices.items()
        }
        return drawn, amounts

    return draw


def groups(chance: Random, size: int) -> tuple[tuple[int, ...], Amounts]:
    """Two to five components, of any sizes."""
    count = chance.randint(2, min(5, size))
    parts: list[list[int]] = [[] for _ in range(count)]
    for number, node in enumerate(chance.sample(range(size), size)):
        parts[number if number < count else chance.randrange(count)].append(node)
    return (), {"groups": tuple(tuple(sorted(part)) for part in parts)}


def shuffled(chance: Random, size: int) -> tuple[tuple[int, ...], Amounts]:
    """All nodes, in any order."""
    return tuple(chance.sample(range(size), size)), {}


DRAWS: Mapping[str, tuple[int, Draw]] = {
    "loss": (3, drawing(everyone, percent=(1, 5, 10, 20, 30))),
    "burst": (3, drawing(some, good=(200, 1000, 3000), bad=(20, 100, 500, 1500))),
    "nack-loss": (2, drawing(everyone, percent=(50, 90), names=(("NACK",),))),
    "tail-loss": (2, drawing(everyone, gap=(5, 20, 100))),
    "capacity": (2, drawing(everyone, packets=(2, 5, 20))),
    "duplicate": (3, drawing(everyone, percent=(5, 20, 50), late=(5, 200, 5000, 60_000))),
    "reorder": (3, drawing(everyone, percent=(10, 50, 100), spread=(5, 50, 300))),
    "delay": (2, drawing(some, extra=(100, 300, 1000))),
    "jitter": (2, drawing(everyone, factor=(3, 10))),
    "corrupt": (5, drawing(everyone, percent=(1, 5, 20))),
    "partition": (6, groups),
    "isolate": (3, drawing(one)),
    "one-way": (3, drawing(some, deaf=(False, True))),
    "hub": (2, drawing(one)),
    "ring": (2, shuffled),
    "swizzle": (3, drawing(some)),
    "reply-loss": (9, drawing(one, percent=(30, 60, 100), names=REPLIES)),
    "crash": (9, drawing(some)),
    "crash-kept": (9, drawing(one)),
    "crash-lost": (9, drawing(one)),
    "crash-damaged": (12, drawing(one)),
    "total-stop": (6, drawing(every)),
    "total-leave": (1, drawing(every)),
    "secede": (2, drawing(some)),
    "stall": (8, drawing(some)),
    "clock": (8, drawing(some, step=(-600_000, -3_000, 3_000, 600_000, TEN_YEARS_MS))),
    "leave": (3, drawing(some)),
    "churn": (1, drawing(some, every=(100, 300, 1000))),
    "no-socket": (6, drawing(one)),
    "full-disk": (4, drawing(one)),
    "stuck-draws": (6, drawing(one)),
    "spoof": (4, drawing(everyone)),
    "tamper": (5, drawing(everyone)),
    "rogue": (3, drawing(everyone)),
    "turncoat": (1, drawing(one)),
    "flood": (1, drawing(one)),
    "acknowledge": (1, drawing(one)),
    "jump": (6, drawing(one)),
    "twin": (6, drawing(one)),
    "overload": (5, drawing(some, every=(8,), count=(1, 3), size=(100, 1000))),
}  # fmt: skip
"""Kinds of faults: how often each is drawn beside the others, and how."""

OVERLOAD_MS = 3_000

LENGTHS_MS: Mapping[str, tuple[int, ...]] = {
    "stall": (100, 1000, 2500, 6000),
    "crash-kept": (50, 500, 3000),
    "crash-lost": (50, 500, 3000),
    "total-stop": (100, 1000),
    "total-leave": (500, 1000),
    "secede": (700, 1500),
    "jump": (1000, 3000),
    "overload": (1000, OVERLOAD_MS),
    "reply-loss": (2000, 5000),
    "clock": (2000, 8000),
    "full-disk": (2000, 8000),
    "stuck-draws": (2000, 8000),
    "twin": (2000, 4000),
}
"""How long faults of a kind last; all others last as long as the next draw says."""

USUAL_MS = (300, 1000, 2000, 4000, 8000)

AT_MOMENTS = (
    "crash", "crash-kept", "crash-lost", "crash-damaged", "stall", "clock", "leave", "no-socket", "full-disk",
    "stuck-draws", "isolate", "one-way", "total-stop", "total-leave",
)  # fmt: skip
"""What can be put at a moment of the protocol instead of an instant."""

TOTAL = frozenset({"total-stop", "total-leave"})
"""What befalls all nodes, wherever the moment is."""

AIMED = 0.6
"""The share of faults that are aimed at a phase, into which a scene brings the group."""

CASCADES = 0.35
"""The share of seeds with a cascade of changes."""

HARDLY_MET = frozenset({
    "jump", "twin", "spoof", "rogue", "tamper", "turncoat", "flood", "acknowledge", "corrupt", "duplicate",
    "reorder", "reply-loss", "overload", "full-disk", "no-socket",
})  # fmt: skip
"""What goes on for a while at no moment of its own: the group is brought there meanwhile."""

AFTER_MS = 2_000
"""How long before everything heals a scene begins at the latest."""

TALKS: Mapping[str, tuple[int, Draw]] = {
    "talk": (6, drawing(some, every=(30, 60, 200, 600), count=(1, 1, 3), size=(30, 300, 3000))),
    "volley": (2, drawing(some, every=(500, 1500), count=(10, 30), size=(30, 1000))),
    "proxy": (2, drawing(some, every=(30, 200), count=(1,), size=(30, 1000))),
}


def _patience(size: int, turned: knobs.Knobs) -> int:
    """As long as everything takes, and a view for each that is needed besides because fewer come in one."""
    besides = size // knobs.limit(turned, "newcomers") - size // registry.limit("newcomers")
    return USUAL_PATIENCE + VIEW_MS * besides


def draw(seed: int, members: int | None = None) -> Plan:
    """The plan of a seed, with as many nodes as the seed says unless told otherwise."""
    chance = stream(seed, "plan")
    drawn = chance.choice(SIZES)
    size = drawn if members is None else members
    heals = chance.randint(5_000, 13_000)
    turned = knobs.draw(chance)
    steps = [*_talks(chance, size, heals), *_faults(chance, size, heals)]
    return Plan(
        seed=seed,
        traits=tuple(_trait(chance) for _ in range(size)),
        joins=_joins(chance, size),
        terrain=Terrain(chance.choice(LEAST_MS), chance.choice(SPREAD_MS)),
        knobs=turned,
        suites=chance.choice(((1, 2), (1,))),
        max_datagram=chance.choice(DATAGRAMS),
        multicast=chance.random() < 0.15,
        steps=tuple(
            Step(number, step.kind, step.at, step.until, step.nodes, step.amounts, step.on)
            for number, step in enumerate(steps)
        ),
        heals=heals,
        patience=_patience(size, turned),
    )


def _trait(chance: Random) -> Trait:
    key: Literal["ed25519", "p256"] = "p256" if chance.random() < 0.1 else "ed25519"
    skew = chance.choice((0, 0, -600_000, 600_000, -250, 90))
    return Trait(
        key, chance.choice(SERVICES), chance.randint(1, 1 << 40), WALL + skew, chance.choice((0, -200, 200))
    )


def _joins(chance: Random, size: int) -> tuple[int, ...]:
    # F-28: sometimes all at once, sometimes one after the other
    span = chance.choice((0, 10, 300, 2_000))
    return (0, *(chance.randint(0, span) for _ in range(size - 1)))


def _weighed(chance: Random, table: Mapping[str, tuple[int, object]]) -> str:
    kinds = sorted(table)
    return chance.choices(kinds, [table[kind][0] for kind in kinds])[0]


def _talks(chance: Random, size: int, heals: int) -> list[Step]:
    steps = []
    for _ in range(chance.choice((0, 1, 2, 2, 3))):
        kind = _weighed(chance, TALKS)
        nodes, amounts = TALKS[kind][1](chance, size)
        at = chance.randint(300, heals - 1_000)
        until = min(heals + 500, at + chance.choice((500, 3000, 9000)))
        steps.append(Step(0, kind, at, until, nodes, amounts))
    return steps


def _faults(chance: Random, size: int, heals: int) -> list[Step]:
    steps = []
    for _ in range(chance.choice((1, 1, 2, 3, 4, 6))):
        kind = _weighed(chance, DRAWS)
        nodes, amounts = DRAWS[kind][1](chance, size)
        at = chance.randint(300, heals - 500)
        until = min(heals, at + chance.choice(LENGTHS_MS.get(kind, USUAL_MS)))
        if kind == "swizzle":
            amounts |= {"from": at, "to": until}
        on = None
        aimed = (kind in HARDLY_MET or chance.random() < AIMED) and heals - at > AFTER_MS
        if aimed:
            phase = _weighed(chance, scenes.SCENES)
            on = _aim(chance, size, phase) if kind in AT_MOMENTS else None
            middle = at if on else chance.randint(at, min(until, heals - AFTER_MS))
            steps += scenes.SCENES[phase][1](chance, size, middle + chance.randint(0, 200))
            if on is None and kind in HARDLY_MET:
                middle = chance.randint(at, min(until, heals - AFTER_MS))
                second = scenes.merge if phase == "recovery" else scenes.recovery
                steps += second(chance, size, middle)
        elif kind in AT_MOMENTS and chance.random() < 0.6:
            on = Moment(chance.choice(FRAMES), chance.random() < 0.5, chance.randrange(2 * size))
        if on is not None:
            nodes = nodes if kind in TOTAL else ()
        steps.append(Step(0, kind, at, until, nodes, amounts, on))
    if chance.random() < CASCADES:
        steps += scenes.cascade(chance, size, chance.randint(1_000, heals - AFTER_MS))
    return steps


def _aim(chance: Random, size: int, phase: str) -> Moment:
    # now and then it is one who matters
    role = chance.choice(("", "", "controller", "coordinator"))
    if phase in {"recovery", "merge"} and chance.random() < 0.5:
        role = ""
    frames = scenes.FRAMES_OF.get(phase, ())
    if frames and chance.random() < 0.5:
        return Moment(chance.choice(frames), chance.random() < 0.5, chance.randrange(size), role=role)
    passes = chance.choice((0, 0, 1, 3))
    return Moment("", out=False, passes=passes, phase=phase, role=role)
