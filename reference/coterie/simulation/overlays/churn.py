"""Coming and going: nodes that hold values are killed, others come, or the same ones come again."""

from __future__ import annotations

from coterie.simulation.chance import stream
from coterie.simulation.overlays.ledger import Ledger
from coterie.simulation.overlays.node import Node
from coterie.simulation.overlays.world import World

RETURNS = 0.5
"""The chance that who was killed comes again; otherwise somebody new comes in its place."""

PERCENT = 100


class Churn:
    """Kills so many percent of the nodes that hold something in each period of `period` ms, at any time in
    it, but nobody of `spared`; for each one another comes within the same time."""

    def __init__(self, world: World, ledger: Ledger, spared: set[int], period: int) -> None:
        self.world = world
        self.ledger = ledger
        self.spared = spared
        self.period = period
        self.killed = 0
        self._chance = stream(world.plan.seed, "churn")
        self._holders = 0

    def begin(self, percent: int) -> None:
        """One period."""
        world = self.world
        holders = [node for node in world.alive() if node.has_entered and holds(node, world.now)]
        self._holders = len(holders)
        mortal = [node for node in holders if node.number not in self.spared]
        count = min(len(mortal), round(len(holders) * percent / PERCENT))
        for node in self._chance.sample(mortal, count):
            world.at(world.now + self._chance.randrange(self.period), self._kill, node)

    def _kill(self, node: Node) -> None:
        if node.peer is None:
            return
        self.killed += 1
        self.kill(node)
        other = node if self._chance.random() < RETURNS else self.world.add()
        self.world.at(self.world.now + self._chance.randrange(self.period // 10), self.world.enter, other)

    def kill(self, node: Node) -> None:
        """A node is gone, with all that it held."""
        for entry in list(self.ledger.entries.values()):
            if entry.node is node and entry.current and entry.ends is None:
                self.ledger.abandon(entry)
        self.ledger.forget(node)
        self.world.crash(node)


def holds(node: Node, at: int) -> bool:
    """Whether a node holds any value."""
    return next(node.neighbours.held.all(node.now(at).wall_ms), None) is not None
