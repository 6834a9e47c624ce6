"""The stories of each property: those that satisfy it, and those that break it and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.tests.traces.story import Story

__all__ = ["BROKEN", "SOUND", "Broken", "breaks", "keeps"]

Teller = Callable[[], Story]


@dataclass(frozen=True)
class Broken:
    """A story that breaks a property; ``also`` are those that cannot hold either when it is broken so."""

    property: str
    also: frozenset[str]
    tell: Teller


SOUND: dict[str, list[Teller]] = {}
BROKEN: list[Broken] = []


def keeps(*names: str) -> Callable[[Teller], Teller]:
    """The story satisfies these properties, and shows enough for them to be judged."""

    def note(tell: Teller) -> Teller:
        for name in names:
            SOUND.setdefault(name, []).append(tell)
        return tell

    return note


def breaks(name: str, *also: str) -> Callable[[Teller], Teller]:
    """The story breaks this property."""

    def note(tell: Teller) -> Teller:
        BROKEN.append(Broken(name, frozenset(also), tell))
        return tell

    return note
