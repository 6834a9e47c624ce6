"""What group management needs to know of the peer beside it.

Implements nothing itself; the peer offers it, for it alone knows all its overlays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from coterie.vocabulary import Address, OverlayId


class Surroundings(Protocol):
    """The overlays of one peer."""

    def is_in(self, overlay: OverlayId) -> bool:
        """Whether the peer is in that overlay."""


@dataclass(frozen=True, slots=True)
class Company:
    """A view of a group, as far as it is spoken of in the main overlay: where the other members are, in the
    order of the view, and whether the peer coordinates it."""

    others: tuple[Address, ...]
    leads: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a fetch: the envelopes that count, and whether they are all."""

    is_complete: bool
    envelopes: Sequence[bytes] = ()


NO_RESULT = Result(is_complete=False)
"""What comes of a fetch that could not be made."""
