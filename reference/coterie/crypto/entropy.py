"""Randomness that can be repeated: every draw of a run is a function of one seed.

Implements REQ-TST-1. The draws are those of the registry, so that two peers with one seed send the same
octets. A peer in service is handed the system's randomness instead, behind the same call.
"""

from __future__ import annotations

from coterie.crypto import hkdf
from coterie.errors import LocalError

SEED_SIZE = 32
LONGEST_CONTEXT = 0xFFFF


def draw(seed: bytes, label: str, context: bytes, index: int, length: int) -> bytes:
    """The draw number `index` (from 0) of that label and context: `length` octets. Implements REQ-TST-1."""
    if len(context) > LONGEST_CONTEXT or not label.isascii() or not 0 <= index < 2**32:
        raise LocalError(
            "a draw has an ASCII label, at most 65,535 octets of context and an index of 32 bits"
        )
    named = label.encode("ascii") + b"\x00" + len(context).to_bytes(2, "big") + context
    return hkdf.expand(hkdf.extract(b"", seed), named + index.to_bytes(4, "big"), length)


class Draws:
    """An `Entropy` that depends on its seed and on what was drawn before; for tests, replays and vectors.

    Not for service: whoever knows the seed knows every secret.
    """

    __slots__ = ("_drawn", "_seed")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_SIZE:
            raise LocalError(f"a seed has {SEED_SIZE} octets, not {len(seed)}")
        self._seed = seed
        self._drawn: dict[tuple[str, bytes], int] = {}

    def __call__(self, label: str, context: bytes, length: int) -> bytes:
        """The next `length` octets of that label and context."""
        index = self._drawn.get((label, context), 0)
        octets = draw(self._seed, label, context, index, length)
        self._drawn[label, context] = index + 1
        return octets
