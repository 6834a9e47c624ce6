"""What befalls nodes: crashes at any moment, lost and damaged disks, stalls, clocks that are set, churn.

Implements F-08 without a partition, F-10 to F-14, F-21 to F-23 (by the moment and by who it is), F-27 to
F-29, F-32 and F-34 of the fault matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from coterie.simulation import cascades
from coterie.simulation.chance import stream
from coterie.simulation.node import Node, State
from coterie.simulation.phase import OF_FRAMES
from coterie.simulation.plan import Step
from coterie.simulation.world import World

Act = Callable[[World, Step], None]


PARTS = {"controller": "F-22", "coordinator": "F-23"}
"""Who has one of these parts when it crashes: a fault of its own."""

START_MS = 1_500
"""How long all that started at once are taken to be starting."""


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
    if step.kind.startswith("crash"):
        for part, fault in PARTS.items():
            if node.phase.has(part):
                world.coverage.hit(fault, phases)
    world.coverage.hit(ACTIONS[step.kind].fault, phases)
    if step.kind in CHANGING:
        cascades.touch(world, [node], phases)


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
                cascades.touch(world, [world.nodes[number]])

    return restart


def start_together(world: World, step: Step) -> None:
    """All that are down start at one instant."""
    starting(world, step.nodes, (world.plan.seed, step.number))
    back("kept")(world, step)


def starting(world: World, nodes: tuple[int, ...], number: object) -> None:
    """The nodes are about to start all at once: whatever they do for a while, they do because of it."""
    world.afflicted[number] = ("F-28", nodes)
    for node in nodes:
        world.coverage.hit("F-28", world.nodes[node].phase.at(world.now))
    world.at(world.now + START_MS, lambda _: world.recover(number))


def back_damaged(world: World, step: Step) -> None:
    """The nodes that are down start again, with a disk that has rotted."""
    chance = stream(world.plan.seed, "rot", step.number)
    for number in step.nodes:
        node = world.nodes[number]
        if node.peer is None and node.lives:
            if node.may_forget(world.now):
                octets = bytearray(node.disk or b"")
                # the first octets say what the file is: damage that a peer can see
                octets[: 1 + chance.randrange(8)] = chance.randbytes(chance.randrange(9))
                node.disk = bytes(octets)
            world.start(node, "kept")


LASTING = frozenset({"stall", "clock", "no-socket", "full-disk", "stuck-draws", "churn", "leave"})
"""What is in a node for as long as its step lasts."""

CHANGING = frozenset({
    "crash", "crash-kept", "crash-lost", "crash-damaged", "total-stop", "total-leave", "churn", "leave",
    "secede",
})  # fmt: skip
"""What makes a group change."""


def begin(world: World, step: Step) -> None:
    """Let it befall the nodes of a step."""
    if step.kind in LASTING:
        world.afflicted[step.number] = (ACTIONS[step.kind].fault, step.nodes)
    ACTIONS[step.kind].begin(world, step)


def end(world: World, step: Step) -> None:
    """It is over."""
    world.recover(step.number)
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


def enter_together(world: World, step: Step) -> None:
    """The last one has left: all begin anew."""
    starting(world, step.nodes, (world.plan.seed, step.number))
    enter(world, step)


def secede(world: World, step: Step) -> None:
    """The nodes leave, and each begins a group of its own."""
    leave(world, step)
    for number in step.nodes:
        world.at(world.now + (step.until - world.now) // 2, world.found_alone, world.nodes[number])


def reunite(world: World, step: Step) -> None:
    """Their groups are told of the one that they left."""
    inside = [node for node in world.nodes if node.view is not None and node.number not in step.nodes]
    for number in step.nodes:
        node = world.nodes[number]
        if node.view is None or not inside:
            world.enter(node)
            continue
        hit(world, step, node)
        world.introduce(node, inside[0])


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
    "total-stop": Action("F-28", crash, start_together),
    "total-leave": Action("F-28", leave, enter_together),
    "secede": Action("F-08", secede, reunite),
    "stall": Action("F-13", stall, lambda _world, _step: None),
    "clock": Action("F-14", set_clock, set_back),
    "leave": Action("F-27", leave, enter),
    "churn": Action("F-27", churn, come_back),
    "no-socket": Action("F-29", unplug, plug),
    "full-disk": Action("F-29", fill_disk, empty_disk),
    "stuck-draws": Action("F-32", stick, mend),
}
