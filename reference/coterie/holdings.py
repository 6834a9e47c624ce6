"""What a member holds of a view when it stops sending in it: what its FLUSH says.

Implements the holdings of REQ-VIE-10. It stands apart because two machines speak of it that do not know each
other: the one that holds the messages, and the one that says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from coterie.vocabulary import NodeId


@dataclass(frozen=True, slots=True)
class Holdings:
    """The clock, whether this member sends, and how far each member's messages are held without a gap.

    `rows` in view order; the own row has the last sequence sent. Empty where there is no view.
    """

    clock: int
    sends: bool
    rows: tuple[tuple[NodeId, int], ...]
