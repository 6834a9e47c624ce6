"""What a scene of an overlay depends on: how many nodes there are, what is lost, how many lie."""

from __future__ import annotations

from dataclasses import dataclass, field

from coterie.simulation.network import Terrain


@dataclass(frozen=True, slots=True)
class Plan:
    """`scene` is the row of the table of scenes. `loss` and `liars` are in percent: of the datagrams, and of
    the nodes. `values` are published, each by another node while there are enough; `asks` of the nodes, drawn
    anew for each value, look for it, all where it is 0. `lifetime` in seconds; `apart` is how much the wall
    clocks differ at most, in ms."""

    scene: str
    seed: int
    nodes: int
    loss: int = 0
    liars: int = 0
    guile: str = "any"
    values: int = 8
    asks: int = 0
    lifetime: int = 3_600
    periods: int = 4
    apart: int = 60_000
    terrain: Terrain = field(default_factory=lambda: Terrain(10, 30))
