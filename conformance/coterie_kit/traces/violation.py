"""What a property says when it does not hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

__all__ = ["Place", "Violation", "at"]

HARNESS = "harness"


class Place(NamedTuple):
    """A line of a trace: the node that wrote it (or ``harness``), and its local index."""

    node: str
    line: int


@dataclass(frozen=True, slots=True)
class Violation:
    """One finding: which property, where a person looks, and one sentence."""

    property: str
    places: tuple[Place, ...]
    sentence: str


def at(*lines: dict[str, Any]) -> tuple[Place, ...]:
    """The places of ``lines``, in the order given. Lines of the harness have no incarnation."""
    return tuple(Place(line["node"] if "inc" in line else HARNESS, line["i"]) for line in lines)
