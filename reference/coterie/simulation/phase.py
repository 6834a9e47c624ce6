"""How far a node has come in a view change, as a bystander sees it: the columns of the table of coverage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PHASES = ("idle", "sending", "propose", "flush", "recovery", "up", "down", "confirm", "merge")

OF_FRAMES = {
    "PROPOSE": "propose", "FLUSH": "flush", "INSTALL": "up", "UP": "up", "DOWN": "down", "CONFIRM": "confirm",
}  # fmt: skip
"""The phase that a frame belongs to, whoever sends it."""

SENDING_MS = 200
"""How long after a message a view counts as one in which messages are sent."""


class Phase:
    """The phase of one node. `depth` counts the proposals in a row that led to no view."""

    __slots__ = ("answered", "deepest", "merging", "place", "recovering", "spoke_at")

    def __init__(self) -> None:
        self.place = "outside"
        self.recovering = False
        self.merging = False
        self.spoke_at = -SENDING_MS
        self.answered: set[tuple[object, object]] = set()
        self.deepest = 0

    @property
    def depth(self) -> int:
        """How many proposals of those answered since the last view were superseded."""
        return max(0, len(self.answered) - 1)

    def follow(self, event: str, fields: Mapping[str, Any], own: bytes, at: int) -> None:
        """Go on with an event of the node."""
        match event:
            case "proposed":
                self.place = "propose" if fields["proposer"] == own else "flush"
                self.answered.add((fields["counter"], fields["proposer"]))
            case "run-started":
                self.place = "up"
            case "keyed":
                self.place = "down"
            case "run-failed":
                self.place, self.recovering = "flush", False
            case "view-installed":
                self.deepest = max(self.deepest, self.depth)
                self.place, self.recovering, self.merging = "stable", False, False
                self.answered.clear()
            case "left":
                self.place = "outside"
            case "message" | "sent":
                self.spoke_at = at
            case _:
                pass

    def sends(self, frame: str) -> None:
        """Go on with a frame that the node sends."""
        if frame == "CONFIRM" and self.place == "down":
            self.place, self.recovering = "confirm", False
        if frame == "NACK" and self.place in {"up", "down"}:
            # what is asked for after the INSTALL is missing up to the cut
            self.recovering = True

    def at(self, now: int) -> list[str]:
        """The columns that the node is in."""
        place = self.place
        if place == "outside":
            place = "idle"
        if place == "stable":
            place = "sending" if now - self.spoke_at < SENDING_MS else "idle"
        return [place, *["merge"] * self.merging, *["recovery"] * self.recovering]
