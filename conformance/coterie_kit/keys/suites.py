"""The two cipher suites behind one door: elements as 32 octets, scalars as integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Literal

from coterie_kit.keys import curve25519, p256

__all__ = ["SUITES", "Suite", "element_fault"]


@dataclass(frozen=True, slots=True)
class Suite:
    """One suite: its group, the size of a draw for a scalar and of an AEAD key, in octets."""

    code: int
    group: ModuleType
    draw: int
    key: int
    endian: Literal["little", "big"]

    @property
    def base(self) -> bytes:
        """The base point."""
        return self.encode(self.group.BASE)

    def encode(self, element: int) -> bytes:
        """The 32 octets of an element."""
        octets: bytes = self.group.encode(element)
        return octets

    def raised(self, element: bytes, scalar: int) -> bytes:
        """``element`` raised by ``scalar``."""
        return _raised(self.code, element, scalar)

    def power(self, exponent: int) -> bytes:
        """The base point raised by any exponent, not only one that is a scalar."""
        return _raised(self.code, self.base, self.fold(exponent, 1))

    def scalar(self, octets: bytes) -> int:
        """The scalar that a draw of `draw` octets gives."""
        value: int = self.group.scalar_from_draw(octets)
        return value

    def fold(self, x: int, y: int) -> int:
        """One scalar in place of two."""
        value: int = self.group.fold(x, y)
        return value

    def scalar_octets(self, scalar: int) -> bytes:
        """A scalar as the test interface writes it."""
        return scalar.to_bytes(32, self.endian)


SUITES = {
    1: Suite(1, curve25519, draw=32, key=32, endian="little"),
    2: Suite(2, p256, draw=48, key=16, endian="big"),
}


@cache
def _raised(code: int, element: bytes, scalar: int) -> bytes:
    group = SUITES[code].group
    return SUITES[code].encode(group.multiply(group.decode(element), scalar))


def element_fault(suite: Suite, entries: Sequence[bytes], total: bytes | None = None) -> str | None:
    """The first reason to refuse the elements of one flow (REQ-KEY-2 to REQ-KEY-6), or None."""
    elements = [*entries, *([total] if total is not None else [])]
    for position, element in enumerate(elements):
        value = suite.group.decode(element)
        if value >= suite.group.FIELD:
            return "noncanonical-element"
        if suite.code == 1 and value in curve25519.LOW_ORDER:
            return "low-order-element"
        if suite.code == 2 and p256.lift(value) is None:
            return "not-on-curve"
        if element == suite.base and (position == len(entries) or len(entries) != 1):
            return "base-point-element"
    return "repeated-element" if len(set(elements)) != len(elements) else None
