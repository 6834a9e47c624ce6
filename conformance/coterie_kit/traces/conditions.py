"""What the harness did to the network and to the nodes, and when it left them alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Conditions", "Phase"]

FOREVER = float("inf")


@dataclass(frozen=True, slots=True)
class Phase:
    """A time without faults: from its first to its last millisecond, and who could reach whom."""

    since: float
    until: float
    components: tuple[frozenset[str], ...] | None
    """None: everybody reached everybody."""
    line: dict[str, Any]


class Conditions:
    """Read from the lines of the harness; without any of them nothing is known to be healthy."""

    __slots__ = ("causes", "crashes", "liars", "phases")

    def __init__(self, lines: Sequence[dict[str, Any]]) -> None:
        self.phases: list[Phase] = []
        self.crashes: list[tuple[float, str]] = []
        self.causes: list[float] = []
        self.liars: set[str] = set()
        """Nodes that were made to say of themselves what is not so."""
        marks = [line for line in lines if line["event"] in {"phase", "end"}]
        for place, line in enumerate(marks):
            if line["event"] == "phase" and line["healthy"]:
                until = marks[place + 1]["t"] if place + 1 < len(marks) else FOREVER
                parts = line.get("components")
                components = tuple(map(frozenset, parts)) if parts else None
                self.phases.append(Phase(line["t"], until, components, line))
        for line in lines:
            if line["event"] != "end":
                self.causes.append(line["t"])
            if line["event"] == "fault" and line.get("lies", False):
                self.liars.update(line["nodes"])
            if line["event"] == "fault" and line["kind"] == "crash" and "whom" in line:
                self.crashes.append((line["t"], line["whom"]))

    def calm(self, since: float, until: float) -> bool:
        """Whether all of this time was healthy. The borders between healthy phases do not count."""
        for phase in self.phases:
            if phase.since <= since < phase.until:
                if until <= phase.until:
                    return True
                since = phase.until
        return False

    def crashed(self, node: str, since: float, until: float) -> bool:
        """Whether the harness killed ``node`` in this time."""
        return any(who == node and since <= when <= until for when, who in self.crashes)
