"""Chance that can be repeated: one stream of numbers for each label of a seed.

A stream depends on its label alone, so that whoever takes one event out of a plan does not change what
befalls the others.
"""

from __future__ import annotations

from hashlib import sha256
from random import Random


def stream(seed: int, *label: object) -> Random:
    """The stream of that label, always the same; not for secrets of anyone who has any."""
    named = "/".join([str(seed), *(str(part) for part in label)])
    return Random(int.from_bytes(sha256(named.encode()).digest(), "big"))  # noqa: S311 - to be repeated


class Draws:
    """The randomness of a simulated peer: an `Entropy` that costs little. `stuck` makes it repeat itself."""

    __slots__ = ("_chance", "_stuck")

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._stuck: bytes | None = None

    def stick(self) -> None:
        """From now on each draw is the same octets again: a broken generator."""
        self._stuck = self._chance.randbytes(64)

    def mend(self) -> None:
        """From now on the draws are fresh again."""
        self._stuck = None

    def __call__(self, _label: str, _context: bytes, length: int) -> bytes:
        if self._stuck is None:
            return self._chance.randbytes(length)
        return (self._stuck * (length // len(self._stuck) + 1))[:length]
