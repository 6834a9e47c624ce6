"""The stage: a world with its ledger, and what every scene does with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from coterie.simulation.overlays import liars
from coterie.simulation.overlays.ledger import VERDICTS, Ask, Entry, Ledger, name_of
from coterie.simulation.overlays.node import Node
from coterie.simulation.overlays.plan import Plan
from coterie.simulation.overlays.world import CONTACTS, PERCENT, World

ENTER_EVERY_MS = 50
WITHIN_MS = 60_000
"""How long entering, publishing and fetching may take."""

EVERY_MS = 40
"""How long after one node another one begins to publish, or to look for something."""


@dataclass(slots=True)
class Outcome:
    """What came of a plan. `faults` are sentences; `figures` are numbers by what they say."""

    plan: Plan
    faults: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    digest: str = ""


class Stage:
    """Where a scene is played."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.world = World(plan)
        self.ledger = Ledger(self.world)
        self.plot = liars.plot_of(plan.seed)
        self.outcome = Outcome(plan)

    def fault(self, sentence: str) -> None:
        """Something went wrong."""
        self.outcome.faults.append(sentence)

    def figure(self, name: str, value: float) -> None:
        """Something that was counted."""
        self.outcome.figures[name] = round(value, 4)

    def gather(self) -> None:
        """All nodes enter, one after the other; those that lie do so from the beginning."""
        world, guiles = self.world, list(liars.GUILES)
        nodes = [world.add() for _ in range(self.plan.nodes)]
        # those who begin an overlay have nobody to lie to
        lying = world.chance.sample(nodes[CONTACTS:], self.plan.nodes * self.plan.liars // PERCENT)
        for index, node in enumerate(lying):
            guile = guiles[index % len(guiles)] if self.plan.guile == "any" else self.plan.guile
            world.at(0, lambda about: self.corrupt(*about), (node, guile))
        for node in nodes:
            world.at(world.now + node.number * ENTER_EVERY_MS, world.enter, node)
        world.run(self.plan.nodes * ENTER_EVERY_MS)
        if not world.until(lambda: all(node.has_entered for node in nodes), WITHIN_MS):
            late = [node.number for node in nodes if not node.has_entered]
            self.fault(f"nodes {late} have not entered after {WITHIN_MS} ms")

    def corrupt(self, node: Node, guile: str) -> None:
        """A node lies from now on, or from when it starts."""
        if node.peer is None:
            self.world.start(node)
        liars.corrupt(node, self.plot, guile)

    def publish(self, numbers: Sequence[int], lifetime: int | None = None) -> list[Entry]:
        """As many values, each of another honest node while there are enough."""
        world, honest = self.world, self.world.honest()
        order = world.chance.sample(honest, len(honest))
        entries = []
        for index, number in enumerate(numbers):
            node = order[index % len(order)]
            entries.append(self.ledger.publish(node, name_of(number), lifetime or self.plan.lifetime))
            world.run(EVERY_MS)
        self.quiet()
        return entries

    def fetch(self, entries: Sequence[Entry]) -> list[Ask]:
        """Honest nodes look for these: as many as the plan says, or all."""
        world, asks = self.world, []
        for entry in entries:
            honest = world.honest()
            for node in world.chance.sample(honest, self.plan.asks) if self.plan.asks else honest:
                ask = self.ledger.fetch(node, entry.name)
                asks += [ask] if ask else []
                world.run(EVERY_MS)
        self.quiet()
        return asks

    def quiet(self) -> None:
        """Let whatever goes on come to its end."""
        if not self.world.until(self.ledger.is_quiet, WITHIN_MS):
            self.fault(f"somebody still publishes or fetches after {WITHIN_MS} ms")

    def told_for_sure(self, asks: Sequence[Ask]) -> None:
        """Nobody may be told that there is nothing where there is something."""
        for ask in asks:
            if "nothing" in ask.verdicts.values():
                self.fault(f"node {ask.node.number} was told for sure that there is no {ask.name.decode()}")

    def share_found(self, asks: Sequence[Ask]) -> float:
        """How many of those that looked have found what was there."""
        said = [each for ask in asks for each in ask.verdicts.values()]
        return said.count("found") / max(1, len(said))

    def close(self) -> Outcome:
        """Everything that was counted, and all that went wrong."""
        for name in VERDICTS:
            self.figure(name, self.ledger.verdicts[name])
        self.figure("datagrams", sum(self.world.sent.values()))
        self.figure("simulated s", self.world.now / 1_000)
        self.outcome.faults += self.ledger.faults
        self.outcome.digest = self.world.digest
        return self.outcome
