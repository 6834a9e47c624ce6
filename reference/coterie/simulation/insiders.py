"""Those who mean harm: forged senders, replayed and changed datagrams, views that strangers make up.

Implements F-15 to F-17 of the fault matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coterie.simulation.chance import stream
from coterie.simulation.node import address_of
from coterie.simulation.plan import Step
from coterie.simulation.spells import DAMAGES
from coterie.simulation.world import World

EVERY_MS = 10
"""How often whoever means harm does something."""

KINDS: Mapping[str, str] = {"spoof": "F-15", "tamper": "F-16"}


def begin(world: World, step: Step) -> None:
    """Watch the network, and put something on it now and then."""
    chance = stream(world.plan.seed, "harm", step.number)
    world.watchers += 1

    def again(_: object) -> None:
        if world.now >= step.until:
            return
        if world.captured:
            source, target, octets = chance.choice(world.captured)
            octets = HARMS[step.kind](world, step, octets)
            forged = source if step.kind == "tamper" else chance.randrange(len(world.nodes))
            node = world.nodes[chance.choice((target, chance.randrange(len(world.nodes))))]
            world.coverage.hit(KINDS[step.kind], node.phase.at(world.now))
            world.at(world.now + 1, world.arrive, (None, address_of(forged), node, octets))
        world.at(world.now + EVERY_MS, again)

    again(None)


def end(world: World, _step: Step) -> None:
    """Go away."""
    world.watchers -= 1


def replayed(_world: World, _step: Step, octets: bytes) -> bytes:
    """The datagram as it was."""
    return octets


def changed(world: World, step: Step, octets: bytes) -> bytes:
    """The datagram with a change."""
    chance = stream(world.plan.seed, "change", step.number, world.now)
    return DAMAGES[chance.randrange(len(DAMAGES))](chance, octets)


HARMS: Mapping[str, Callable[[World, Step, bytes], bytes]] = {"spoof": replayed, "tamper": changed}
