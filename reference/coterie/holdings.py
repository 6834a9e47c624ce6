"""What a member holds of a view when it stops sending in it, and what is to be complete when the view ends.

Implements the values of REQ-VIE-29 and REQ-VIE-14. They stand apart because two machines speak of them that
do not know each other: the one that holds the messages, and the one that makes the next view.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coterie.vocabulary import NodeId


@dataclass(frozen=True, slots=True)
class Holdings:
    """The clock, whether this member sends, and how far each member's messages are held without a gap.

    `rows` in view order; the own row has the last sequence sent. Empty where there is no view. `acknowledged`
    is the timestamp up to which everyone's messages are held, 0 where there is no view.
    """

    clock: int
    sends: bool
    rows: tuple[tuple[NodeId, int], ...]
    acknowledged: int = 0


@dataclass(frozen=True, slots=True)
class Recovery:
    """What is to be complete before a view ends, as the cut of its INSTALL says: the last message of each
    sender, a holder for each, and up to where somebody held everything; and who goes on `together`."""

    cut: Mapping[NodeId, int]
    holders: Mapping[NodeId, NodeId]
    together: tuple[NodeId, ...]
    acknowledged: int
