"""What befalls nodes: crashes at any moment, lost and damaged disks, stalls, clocks that are set, churn.

Implements F-10 to F-14, F-21 to F-23 (by the moment), F-27 to F-29, F-32 and F-34 of the fault matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from coterie.simulation.chance import stream
from coterie.simulation.node import Node, State
from coterie.simulation.phase import OF_FRAMES
from coterie.simulation.plan import Step
from coterie.simulation.world import World

Act = Callable[[World, Step], None]


PARTS = {"UP": "F-22", "DOWN": "F-22", "PROPOSE": "F-23", "INSTALL": "F-23"}
"""Who sends one of these frames has a part in the view change; its crash is a fault of its own."""


@dataclass(frozen=True, slots=True)
class Action:
    """What a kind of step does when it begins and when it ends, and the fault that it stands for."""

    fault: str
    begin: Act
    end: Act


def hit(world: World, step: Step, node: Node) -> None:
    """Count a fault that touches a node, also as what it is for the moment that it was put at."""
    phases = node.phase.at(world.now)
    if step.on is not None:
        phases.append(OF_FRAMES.get(step.on.frame, ""))
        if step.kind.startswith("crash") and step.on.out and step.on.frame in PARTS:
            world.coverage.hit(PARTS[step.on.frame], phases)
    world.coverage.hit(ACTIONS[step.kind].fault, phases)
    if node.phase.depth:
        world.coverage.hit("F-21", phases)


def crash(world: World, step: Step) -> None:
    """The nodes are gone at once."""
    for number in step.nodes:
        fell(world, step, world.nodes[number])


def fell(world: World, step: Step, node: Node) -> None:
    """One node is gone at once."""
    if node.peer is not None:
        hit(world, step, node)
        world.crash(node)


def back(state: State) -> Act:
    """The nodes that are down start again."""

    def restart(world: World, step: Step) -> None:
        for number in step.nodes:
            if world.nodes[number].peer is None and world.nodes[number].lives:
                world.start(world.nodes[number], state)

    return restart


def back_damaged(world: World, step: Step) -> None:
    """The nodes that are down start again, with a disk that has rotted."""
    chance = stream(world.plan.seed, "rot", step.number)
    for number in step.nodes:
        node = world.nodes[number]
        if node.peer is None and node.lives:
            octets = bytearray(node.disk or b"")
            # the first octets say what the file is: damage that a peer can see
            octets[: 1 + chance.randrange(8)] = chance.randbytes(chance.randrange(9))
            node.disk = bytes(octets)
            world.start(node, "kept")


LASTING = frozenset(
    {"stall", "clock", "no-socket", "full-disk", "stuck-draws", "churn", "total-stop", "leave"}
)
"""What is in a node for as long as its step lasts."""


def begin(world: World, step: Step) -> None:
    """Let it befall the nodes of a step."""
    if step.kind in LASTING:
        world.afflicted[step.number] = (ACTIONS[step.kind].fault, step.nodes)
    ACTIONS[step.kind].begin(world, step)


def end(world: World, step: Step) -> None:
    """It is over."""
    world.afflicted.pop(step.number, None)
    ACTIONS[step.kind].end(world, step)


def stall(world: World, step: Step) -> None:
    """The nodes do nothing until the step ends; what comes waits in their sockets."""
    for number in step.nodes:
        node = world.nodes[number]
        if node.peer is not None:
            hit(world, step, node)
            world.stall(node, step.until)


def set_clock(world: World, step: Step) -> None:
    """Somebody sets the wall clocks by `step` ms."""
    for number in step.nodes:
        hit(world, step, world.nodes[number])
        world.nodes[number].clock.step(step.amounts["step"])


def set_back(world: World, step: Step) -> None:
    """And sets them right again."""
    for number in step.nodes:
        world.nodes[number].clock.step(-step.amounts["step"])


def leave(world: World, step: Step) -> None:
    """The nodes leave in order."""
    for number in step.nodes:
        if world.nodes[number].view is not None:
            hit(world, step, world.nodes[number])
            world.leave(world.nodes[number])


def enter(world: World, step: Step) -> None:
    """The nodes ask to be members again."""
    for number in step.nodes:
        world.enter(world.nodes[number])


def churn(world: World, step: Step) -> None:
    """The nodes leave or crash and come back, one after the other, every `every` ms."""
    chance = stream(world.plan.seed, "churn", step.number)

    def next_change(_: object) -> None:
        if world.now >= step.until:
            return
        node = world.nodes[chance.choice(step.nodes)]
        kind = chance.randrange(3)
        hit(world, step, node)
        if node.peer is None:
            world.start(node, "kept")
        elif kind == 0:
            world.crash(node)
        elif node.view is not None:
            world.leave(node)
        else:
            world.enter(node)
        world.at(world.now + 1 + int(chance.expovariate(1 / step.amounts["every"])), next_change)

    next_change(None)


def come_back(world: World, step: Step) -> None:
    """All nodes of the step run again, and want to be members."""
    for number in step.nodes:
        node = world.nodes[number]
        node.wants = True
        if node.peer is None:
            world.start(node, "kept")
        else:
            world.enter(node)


def unplug(world: World, step: Step) -> None:
    """The systems of the nodes take no datagram."""
    world.broken_sockets |= set(step.nodes)


def plug(world: World, step: Step) -> None:
    """They take datagrams again."""
    world.broken_sockets -= set(step.nodes)


def fill_disk(world: World, step: Step) -> None:
    """The disks of the nodes are full: what was written before stays."""
    for number in step.nodes:
        hit(world, step, world.nodes[number])
        world.nodes[number].writable = False


def empty_disk(world: World, step: Step) -> None:
    """The disks take octets again."""
    for number in step.nodes:
        world.nodes[number].writable = True


def stick(world: World, step: Step) -> None:
    """The generators of the nodes repeat themselves."""
    for number in step.nodes:
        hit(world, step, world.nodes[number])
        world.nodes[number].draws.stick()


def mend(world: World, step: Step) -> None:
    """They are fresh again."""
    for number in step.nodes:
        world.nodes[number].draws.mend()


ACTIONS: Mapping[str, Action] = {
    "crash": Action("F-10", crash, back("kept")),
    "crash-kept": Action("F-11", crash, back("kept")),
    "crash-lost": Action("F-12", crash, back("lost")),
    "crash-damaged": Action("F-34", crash, back_damaged),
    "total-stop": Action("F-28", crash, back("kept")),
    "stall": Action("F-13", stall, lambda _world, _step: None),
    "clock": Action("F-14", set_clock, set_back),
    "leave": Action("F-27", leave, enter),
    "churn": Action("F-27", churn, come_back),
    "no-socket": Action("F-29", unplug, plug),
    "full-disk": Action("F-29", fill_disk, empty_disk),
    "stuck-draws": Action("F-32", stick, mend),
}
