"""The deterministic randomness of level D3, as the kit expects a peer to draw it."""

from __future__ import annotations

from collections import Counter

from coterie_kit.keys.expansion import expand, extract

__all__ = ["Draws", "draw"]


def draw(seed: bytes, label: str, context: bytes, index: int, length: int) -> bytes:
    """Implements REQ-TST-1: the ``index``-th draw of that label and context."""
    info = (
        label.encode("ascii") + b"\x00" + len(context).to_bytes(2, "big") + context + index.to_bytes(4, "big")
    )
    return expand(extract(b"", seed), info, length)


class Draws:
    """The draws of one peer since its reset, counted for each label and context."""

    def __init__(self, seed: bytes) -> None:
        self.seed = seed
        self._drawn: Counter[tuple[str, bytes]] = Counter()

    def take(self, label: str, context: bytes, length: int) -> bytes:
        """The next draw of that label and context."""
        index = self._drawn[label, context]
        self._drawn[label, context] += 1
        return draw(self.seed, label, context, index, length)
