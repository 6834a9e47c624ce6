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

    __slots__ = ("answered", "controls", "deepest", "leads", "merging", "place", "recovering", "spoke_at")

    def __init__(self) -> None:
        self.leads = False
        """Whether the view is proposed by it: its own is at hand, or it is the first of its view."""
        self.controls = False
        """Whether the key run hangs on it: it is the last of its view or of the run, or has handed on UP or
        DOWN."""
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
                self.leads |= fields["proposer"] == own
            case "run-started":
                self.place = "up"
                self.controls |= fields["members"][-1] == own
            case "keyed":
                self.place = "down"
            case "run-failed":
                self.place, self.recovering = "flush", False
            case "view-installed":
                self.deepest = max(self.deepest, self.depth)
                self.place, self.recovering, self.merging = "stable", False, False
                self.answered.clear()
                self.leads, self.controls = fields["members"][0] == own, fields["members"][-1] == own
            case "left":
                self.place, self.leads, self.controls = "outside", False, False
            case "message" | "sent":
                self.spoke_at = at
            case _:
                pass

    def sends(self, frame: str) -> None:
        """Go on with a frame that the node sends."""
        if frame == "CONFIRM" and self.place == "down":
            self.place, self.recovering = "confirm", False
        if frame in {"UP", "DOWN"}:
            self.controls = True
        if frame == "NACK" and self.place in {"up", "down"}:
            # what is asked for after the INSTALL is missing up to the cut
            self.recovering = True

    def has(self, role: str) -> bool:
        """Whether the node has that part: `coordinator` of views, or `controller` of key runs."""
        return self.leads if role == "coordinator" else self.controls

    def at(self, now: int) -> list[str]:
        """The columns that the node is in."""
        place = self.place
        if place == "outside":
            place = "idle"
        if place == "stable":
            place = "sending" if now - self.spoke_at < SENDING_MS else "idle"
        return [place, *["merge"] * self.merging, *["recovery"] * self.recovering]
