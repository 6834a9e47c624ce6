"""The first place where two values differ, named as a reader would name it: ``members[2].node``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["LONGEST", "Difference", "first_difference", "plain", "shown"]

LONGEST = 400  # characters of a value in a report: enough for a leaf's beginning, short enough to read


@dataclass(frozen=True, slots=True)
class Difference:
    """Where, what should be there, and what is there."""

    path: str
    expected: Any
    observed: Any


@dataclass(frozen=True, slots=True)
class Absent:
    """Stands for a member that is not there."""

    def __str__(self) -> str:
        return "nothing"


ABSENT = Absent()


def plain(value: Any) -> Any:
    """``value`` as JSON carries it: octets as lower-case hexadecimal, tuples as lists."""
    match value:
        case str() | int() | None:
            return value
        case bytes() | bytearray():
            return bytes(value).hex()
        case dict():
            return {str(key): plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case _:
            return value


def shown(value: Any) -> str:
    """``value`` as one bounded line."""
    text = str(value) if isinstance(value, str | Absent) else repr(plain(value))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def first_difference(observed: Any, expected: Any, path: str = "") -> Difference | None:
    """The first place, in the order of ``expected``, where the two differ; None when they are equal."""
    if isinstance(expected, dict) and isinstance(observed, dict):
        return _of_objects(observed, expected, path)
    if isinstance(expected, list) and isinstance(observed, list):
        return _of_lists(observed, expected, path)
    # True == 1 in Python, not on the wire
    if type(observed) is type(expected) and observed == expected:
        return None
    return Difference(path, expected, observed)


def _of_objects(observed: dict[str, Any], expected: dict[str, Any], path: str) -> Difference | None:
    for key in [*expected, *(key for key in observed if key not in expected)]:
        below = f"{path}.{key}" if path else key
        if key not in observed or key not in expected:
            return Difference(below, expected.get(key, ABSENT), observed.get(key, ABSENT))
        found = first_difference(observed[key], expected[key], below)
        if found:
            return found
    return None


def _of_lists(observed: list[Any], expected: list[Any], path: str) -> Difference | None:
    for index in range(max(len(observed), len(expected))):
        below = f"{path}[{index}]"
        if index >= len(observed) or index >= len(expected):
            wanted = expected[index] if index < len(expected) else ABSENT
            return Difference(below, wanted, observed[index] if index < len(observed) else ABSENT)
        found = first_difference(observed[index], expected[index], below)
        if found:
            return found
    return None
