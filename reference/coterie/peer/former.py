"""Overlays that a peer was in, in this life: what it must not use there again.

Implements REQ-SES-7 over leaving an overlay and entering it again.
"""

from __future__ import annotations

from coterie import registry
from coterie.vocabulary import OverlayId


class Former:
    """The sequence numbers that were used last, of so many overlays as a peer may be in groups; of those
    before them only the greatest of all."""

    def __init__(self) -> None:
        self._sequences: dict[OverlayId, int] = {}
        self._least = 0

    def remember(self, overlay: OverlayId, sequence: int) -> None:
        """The peer is in that overlay no more."""
        self._sequences.pop(overlay, None)
        self._sequences[overlay] = sequence
        if len(self._sequences) > registry.limit("groups"):
            oldest = next(iter(self._sequences))
            self._least = max(self._least, self._sequences.pop(oldest))

    def sequence(self, overlay: OverlayId) -> int:
        """What it has used there at most."""
        return self._sequences.get(overlay, self._least)
