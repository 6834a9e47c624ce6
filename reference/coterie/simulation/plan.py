"""The plan of a run: who takes part, over which network, and all that will happen, drawn from the seed.

A step has a number, by which it is kept or left out when a failure is shrunk.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from coterie.simulation.knobs import Knobs
from coterie.simulation.network import Terrain


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment at which a node sends (`out`) or gets a frame of a type, after `passes` of them.

    With `phase` it is any frame that a node sends or gets while it is in that phase; with `role`, only the
    nodes count that have that part in views or key runs.
    """

    frame: str
    out: bool
    passes: int
    phase: str = ""
    role: str = ""

    def __str__(self) -> str:
        what = f"in {self.phase}" if self.phase else f"{'sending' if self.out else 'getting'} {self.frame}"
        return f"on {what} after {self.passes}{' by the ' * bool(self.role)}{self.role}"


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens from `at` to `until`, in ms; what, is the row `kind` of the table of actions.

    With `on`, it befalls the first node that comes to that moment after `at`, and lasts as long.
    """

    number: int
    kind: str
    at: int
    until: int
    nodes: tuple[int, ...] = ()
    amounts: Mapping[str, Any] = field(default_factory=dict)
    on: Moment | None = None

    def __str__(self) -> str:
        amounts = " ".join(f"{name}={value}" for name, value in sorted(self.amounts.items()))
        nodes = ",".join(str(node) for node in self.nodes)
        said = [f"{self.number:>3} {self.at:>6}-{self.until:<6} {self.kind} [{nodes}]", amounts]
        return " ".join([*said, str(self.on or "")]).rstrip()


@dataclass(frozen=True, slots=True)
class Trait:
    """One node: its kind of key, its service, and its clocks at 0 (ms, and drift in parts per million)."""

    key: Literal["ed25519", "p256"]
    service: str
    mono: int
    wall: int
    drift: int


USUAL_PATIENCE = 30_000
"""How long a group takes to come together that need not take its members in one by one, in ms."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a run depends on. `joins` are the instants at which each node asks to take part, in ms; from
    `heals` on nothing is wrong any more."""

    seed: int
    traits: tuple[Trait, ...]
    joins: tuple[int, ...]
    terrain: Terrain
    knobs: Knobs
    suites: tuple[int, ...]
    max_datagram: int
    multicast: bool
    steps: tuple[Step, ...]
    heals: int
    patience: int = USUAL_PATIENCE
    """How long everything may take once nothing is wrong and nobody is refused, in ms: going on alone,
    greeting the lost in turn, proposals that time out, and bars that have doubled a few times."""

    def only(self, numbers: Collection[int]) -> Plan:
        """The same plan with these steps alone."""
        return replace(self, steps=tuple(step for step in self.steps if step.number in numbers))
