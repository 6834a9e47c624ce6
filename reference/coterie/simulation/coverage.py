"""What a run has met: which fault touched which phase how often, and how deep proposals were superseded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from coterie.simulation.phase import PHASES


class Coverage:
    """Counts that can be added up over runs."""

    __slots__ = ("depths", "hits")

    def __init__(self) -> None:
        self.hits: Counter[tuple[str, str]] = Counter()
        self.depths: Counter[int] = Counter()

    def hit(self, fault: str, phases: Iterable[str]) -> None:
        """A fault touched somebody, or something, in these phases."""
        for phase in set(phases):
            if phase:
                self.hits[fault, phase] += 1

    def add(self, other: Coverage) -> None:
        """Take the counts of another run."""
        self.hits += other.hits
        self.depths += other.depths

    @property
    def faults(self) -> list[str]:
        """All faults that were met, in order."""
        return sorted({fault for fault, _ in self.hits})

    def table(self) -> str:
        """Faults down, phases across; then the depths."""
        rows = ["fault " + " ".join(f"{phase:>9}" for phase in PHASES)]
        rows += [
            f"{fault:<6}" + " ".join(f"{self.hits[fault, phase]:>9}" for phase in PHASES)
            for fault in self.faults
        ]
        depths = ", ".join(f"{depth}: {self.depths[depth]}" for depth in sorted(self.depths))
        return "\n".join([*rows, f"proposals superseded in a row: {depths or 'none'}"])
