"""Changes of membership that befall a node while its group is in a change that was superseded before.

Implements F-21 of the fault matrix.
"""

from __future__ import annotations

from collections.abc import Sequence

from coterie.simulation.node import Node
from coterie.simulation.world import World


def touch(world: World, nodes: Sequence[Node], more: Sequence[str] = ()) -> None:
    """Another change befalls the nodes: count it for those whose group has given up a proposal since its
    view. Whoever is in no view yet is about to change any group."""
    deep = [node.view for node in world.nodes if node.phase.depth]
    if not deep:
        return
    for node in nodes:
        if node.phase.depth or node.view is None or node.view in deep:
            world.coverage.hit("F-21", [*more, *node.phase.at(world.now)])
