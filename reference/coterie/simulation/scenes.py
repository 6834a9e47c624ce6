"""What brings a group into a phase, so that a fault that waits for the phase, or lasts, meets it there.

A scene is a few steps of a plan around an instant; each can be left out when a failure is shrunk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

from coterie.simulation.plan import Moment, Step

Scene = Callable[[Random, int, int], list[Step]]
"""The steps for a group of that size that bring it there soon after an instant, in ms."""

EARLIEST_MS = 300
SECEDED_MS = 700
"""From a departure to the merge of what was founded after it."""


def step(kind: str, at: int, until: int, nodes: tuple[int, ...] = (), **amounts: Any) -> Step:
    """A step that has no number yet."""
    return Step(0, kind, max(EARLIEST_MS, at), max(EARLIEST_MS, until), nodes, amounts)


def change(chance: Random, size: int, at: int) -> list[Step]:
    """Somebody leaves or crashes, and comes back: two view changes, the second with a newcomer."""
    kind, lasts = chance.choice((("leave", 500), ("leave", 1_000), ("crash-kept", 300)))
    return [step(kind, at, at + lasts, (chance.randrange(size),))]


def merge(chance: Random, size: int, at: int) -> list[Step]:
    """Some have left and founded groups of their own, which merge with the first."""
    away = tuple(sorted(chance.sample(range(size), chance.randint(1, max(1, min(3, size - 2))))))
    return [step("secede", at - SECEDED_MS, at, away)]


def talk(chance: Random, size: int, at: int) -> list[Step]:
    """Everybody talks."""
    every = chance.choice((20, 40))
    voices = tuple(sorted(chance.sample(range(size), min(size, 4))))
    return [step("talk", at - 100, at + 600, voices, every=every, count=1, size=100)]


def recovery(chance: Random, size: int, at: int) -> list[Step]:
    """Messages do not reach some members, and the view changes: they have to ask for what they miss."""
    lacking = tuple(sorted(chance.sample(range(size), chance.randint(1, max(1, size // 2)))))
    holes = step("holes", at - 150, at + 900, lacking, percent=chance.choice((50, 80)), names=("DATA",))
    begins = chance.choice((change, change, merge))
    return [*talk(chance, size, at), holes, *begins(chance, size, at + chance.randint(0, 150))]


def cascade(chance: Random, size: int, at: int) -> list[Step]:
    """One change after the other, each as soon as the one before has got so far."""
    steps = [*talk(chance, size, at), *change(chance, size, at)]
    if chance.random() < 0.7:
        # whoever hears nothing stays where it was, and speaks, while the others go on
        deaf = (chance.choice(steps[0].nodes),)
        steps.append(step("one-way", at - 50, at + 1_200, deaf, deaf=True))
        steps += [step("isolate", at + wait, at + 900, (chance.randrange(size),)) for wait in (250, 500)]
    for _ in range(chance.choice((2, 3, 4, 6))):
        at += chance.choice((30, 80, 150, 300))
        steps.append(_link(chance, size, at))
    return steps


def _link(chance: Random, size: int, at: int) -> Step:
    kind, lasts = chance.choice((
        ("crash-kept", 100), ("crash-kept", 400), ("crash-lost", 100), ("crash", 600), ("leave", 300),
        ("secede", 500), ("isolate", 300), ("crash-damaged", 200),
    ))  # fmt: skip
    if chance.random() < 0.2:
        return step(kind, at, at + lasts, (chance.randrange(size),))
    role = chance.choice(("", "", "controller", "coordinator"))
    moment = Moment("", out=False, passes=chance.choice((0, 1, 3)), phase=chance.choice(LINKS), role=role)
    return replace(step(kind, at, at + lasts), on=moment)


LINKS = ("propose", "flush", "flush", "recovery", "up", "up", "down", "confirm", "merge")
"""The phases in which the next change strikes."""


def nothing(_chance: Random, _size: int, _at: int) -> list[Step]:
    """The group is in that phase anyway."""
    return []


SCENES: Mapping[str, tuple[int, Scene]] = {
    "idle": (1, nothing),
    "sending": (3, talk),
    "propose": (3, change),
    "flush": (2, change),
    "recovery": (8, recovery),
    "up": (2, change),
    "down": (4, change),
    "confirm": (2, change),
    "merge": (6, merge),
}
"""How often a fault is aimed at a phase beside the others, and what brings the group there."""

FRAMES_OF: Mapping[str, tuple[str, ...]] = {
    "propose": ("PROPOSE",), "flush": ("FLUSH",), "up": ("INSTALL", "UP"), "down": ("DOWN",),
    "confirm": ("CONFIRM",),
}  # fmt: skip
"""The frames of a phase, on one of which a fault may be put instead."""
