"""The extensions that have a value of their own: how each is written, and found in a list.

Implements the extensions `counter`, `senders` and `roles` of the registry. Which body may carry which
critical extension is REQ-FRM-20; whether a value suits its view is checked where it is used.
"""

from __future__ import annotations

from collections.abc import Iterable

from coterie import registry
from coterie.wire.rows import Extension

SIZE = 8
"""Octets of the values of `counter` and `senders`."""
FIRST = 1 << 63
"""The bit of position 0."""


def value_of(extensions: Iterable[Extension], name: str) -> bytes | None:
    """The value of the extension `name` of the registry, or None if the list has none."""
    code = registry.extensions()[name]
    return next((each.value for each in extensions if each.type == code), None)


def counter(value: int) -> Extension:
    """The greatest view counter that the signer of a REFUSE has seen."""
    return Extension(registry.extensions()["counter"], value.to_bytes(SIZE, "big"))


def counter_of(extensions: Iterable[Extension]) -> int | None:
    """That counter, or None where a list has none or one of another size: a hint that may be ignored."""
    value = value_of(extensions, "counter")
    return None if value is None or len(value) != SIZE else int.from_bytes(value, "big")


def senders(positions: Iterable[int]) -> Extension:
    """The sender group that a view begins with, as positions 0 to 63: a bit each, position 0 the highest."""
    bits = sum(FIRST >> position for position in set(positions))
    return Extension(registry.extensions()["senders"], bits.to_bytes(SIZE, "big"))


def senders_of(extensions: Iterable[Extension]) -> frozenset[int] | None:
    """Those positions, or None where a list has none or a value of another size."""
    value = value_of(extensions, "senders")
    if value is None or len(value) != SIZE:
        return None
    bits = int.from_bytes(value, "big")
    return frozenset(position for position in range(8 * SIZE) if bits & FIRST >> position)


def roles(value: int) -> Extension:
    """What the signer of a HELLO2 is: the bits of its roles."""
    return Extension(registry.extensions()["roles"], value.to_bytes(1, "big"))
