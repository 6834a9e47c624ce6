"""Faults of the network as steps of a plan: which spell is laid on which paths.

Implements F-01 to F-09, F-29 and F-35 of the fault matrix, as far as they befall datagrams.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coterie.simulation import cascades
from coterie.simulation.network import Spell
from coterie.simulation.plan import Step
from coterie.simulation.spells import FATES
from coterie.simulation.world import World

Touches = Callable[[int, int], bool]

KINDS: Mapping[str, tuple[str, str]] = {
    "loss": ("F-01", "loss"),
    "burst": ("F-01", "burst"),
    "nack-loss": ("F-01", "named"),
    "tail-loss": ("F-01", "tail"),
    "capacity": ("F-01", "capacity"),
    "duplicate": ("F-02", "duplicate"),
    "reorder": ("F-03", "reorder"),
    "delay": ("F-04", "delay"),
    "jitter": ("F-04", "jitter"),
    "corrupt": ("F-05", "corrupt"),
    "partition": ("F-06", "cut"),
    "isolate": ("F-06", "cut"),
    "one-way": ("F-07", "cut"),
    "hub": ("F-07", "cut"),
    "ring": ("F-07", "cut"),
    "swizzle": ("F-07", "clog"),
    "reply-loss": ("F-09", "named"),
    "holes": ("F-01", "named"),
}
"""For each kind of step the fault that it stands for, and the fate that its spell brings."""


def begin(world: World, step: Step) -> None:
    """Lay the spell of a step."""
    fault, fate = KINDS[step.kind]
    touches = SCOPES.get(step.kind, around)(step)
    world.network.lay(Spell(step.number, fault, FATES[fate], step.amounts), touches)
    touched = [node for node in world.nodes if node.peer is not None]
    if fate in {"cut", "clog"}:
        for node in touched:
            world.coverage.hit(fault, node.phase.at(world.now))
        cascades.touch(world, touched)


def end(world: World, step: Step) -> None:
    """Take it off again. Where a partition heals, components merge."""
    world.network.lift(step.number)
    if KINDS[step.kind][1] == "cut" and len({node.view for node in world.nodes if node.view}) > 1:
        for node in world.nodes:
            if node.view is not None:
                world.coverage.hit("F-08", node.phase.at(world.now))
        cascades.touch(world, [node for node in world.nodes if node.view is not None])


def around(step: Step) -> Touches:
    """All paths from and to the nodes of the step; all there are if it names none."""
    if not step.nodes:
        return lambda _source, _target: True
    nodes = frozenset(step.nodes)
    return lambda source, target: source in nodes or target in nodes


def across(step: Step) -> Touches:
    """The paths between different groups; a node that no group names is in the first."""
    group = {node: number for number, nodes in enumerate(step.amounts["groups"]) for node in nodes}
    return lambda source, target: group.get(source, 0) != group.get(target, 0)


def isolated(step: Step) -> Touches:
    """The paths between the nodes of the step and all others."""
    nodes = frozenset(step.nodes)
    return lambda source, target: (source in nodes) != (target in nodes)


def one_way(step: Step) -> Touches:
    """The paths that lead away from the nodes of the step, or, with `deaf`, towards them."""
    nodes = frozenset(step.nodes)
    if step.amounts["deaf"]:
        return lambda source, target: target in nodes and source not in nodes
    return lambda source, target: source in nodes and target not in nodes


def beside_hub(step: Step) -> Touches:
    """All paths but those of the one node of the step."""
    nodes = frozenset(step.nodes)
    return lambda source, target: source not in nodes and target not in nodes


def beside_ring(step: Step) -> Touches:
    """All paths but those between neighbours, by the order of the step."""
    place = {node: number for number, node in enumerate(step.nodes)}
    size = len(step.nodes)

    def touches(source: int, target: int) -> bool:
        if source not in place or target not in place:
            return False
        return (place[source] - place[target]) % size not in {1, size - 1}

    return touches


SCOPES: Mapping[str, Callable[[Step], Touches]] = {
    "partition": across,
    "isolate": isolated,
    "one-way": one_way,
    "hub": beside_hub,
    "ring": beside_ring,
}
