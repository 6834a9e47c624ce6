"""Plans for stories: a calm group of a size, and the few things that befall it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from coterie.simulation import Outcome, Plan, Step
from coterie.simulation.network import Terrain
from coterie.simulation.node import WALL
from coterie.simulation.plan import Trait


def calm(
    size: int, steps: Sequence[Step] = (), *, heals: int = 8_000, one_way: int = 2, seed: int = 0
) -> Plan:
    """A group that forms at once, on a network with that delay in ms."""
    return Plan(
        seed=seed,
        traits=tuple(Trait("ed25519", "timestamp-ordered", 1_000, WALL, 0) for _ in range(size)),
        joins=(0,) * size,
        terrain=Terrain(one_way, 0),
        knobs={},
        suites=(1, 2),
        max_datagram=1200,
        multicast=False,
        steps=tuple(replace(step, number=number) for number, step in enumerate(steps)),
        heals=heals,
    )


def step(kind: str, at: int, until: int, *nodes: int, **amounts: Any) -> Step:
    """A step; its number follows from its place."""
    return Step(0, kind, at, until, nodes, amounts)


def talk(at: int, until: int, nodes: Iterable[int], every: int = 50, size: int = 100) -> Step:
    """All these nodes talk."""
    return Step(0, "talk", at, until, tuple(nodes), {"every": every, "count": 1, "size": size})


def told(outcome: Outcome, node: int, event: str) -> list[dict[str, Any]]:
    """The lines of one event in the trace of a node."""
    return [dict(line) for line in outcome.lines[node] if line["event"] == event]
