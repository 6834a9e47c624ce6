"""Who says what when: members that send at random, in bursts, or through a proxy.

Implements F-35 as well: a load that is more than the group can take, for a while.
"""

from __future__ import annotations

from coterie.simulation.chance import stream
from coterie.simulation.node import Node
from coterie.simulation.plan import Step
from coterie.simulation.world import World

KINDS = ("talk", "volley", "proxy", "overload")


def begin(world: World, step: Step) -> None:
    """Let the nodes of the step speak: every `every` ms on average, `count` messages of up to `size`
    octets."""
    chance = stream(world.plan.seed, "talk", step.number)
    proxy = step.kind == "proxy"
    if step.kind == "overload":
        world.afflicted[step.number] = ("F-35", step.nodes)

    def speak(node: Node) -> None:
        if world.now >= step.until:
            return
        if step.kind == "overload":
            world.coverage.hit("F-35", node.phase.at(world.now))
        for _ in range(step.amounts["count"]):
            world.say(node, 1 + int(step.amounts["size"] * chance.random() ** 3), proxy=proxy)
        again(node)

    def again(node: Node) -> None:
        world.at(world.now + 1 + int(chance.expovariate(1 / step.amounts["every"])), lambda _: speak(node))

    for number in step.nodes:
        again(world.nodes[number])


def end(world: World, step: Step) -> None:
    """They stop by themselves."""
    world.recover(step.number)
