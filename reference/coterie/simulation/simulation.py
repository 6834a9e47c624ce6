"""One run from beginning to end: the group forms, the plan goes on, everything heals, and all agree again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256

from coterie import registry
from coterie.effects import Json
from coterie.simulation import insiders, judge, knobs, memory, mishaps, weather, workload
from coterie.simulation.coverage import Coverage
from coterie.simulation.node import OVERLAY, Node
from coterie.simulation.plan import Plan, Step
from coterie.simulation.world import BrokenDownError, World
from coterie.vocabulary import ViewId

LOOK_MS = 100
"""How often the end of a run is looked for."""

AT_ONCE_MS = 10
"""Within this time all join at once."""

STOCK_MS = 2_000
"""How often each node says what it keeps."""

LOST_MS = 3_000
"""How often somebody looks whether there is a group at all."""

MOST_PATIENCE = 4
"""Of the plan's patience: as long as what was said before is still on its way, one after the other."""

PROBE = 24
"""Octets of the message that each node sends when all are together again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run. `faults` are sentences, none when all went well; times are in ms."""

    plan: Plan
    faults: tuple[str, ...]
    ended: int
    healthy: int
    """When nothing was wrong any more, and nobody was refused for what it had done."""
    converged: int | None
    lines: tuple[list[Json], ...]
    """The trace of each node, in the format of the kit."""
    harness: list[Json]
    coverage: Coverage
    counts: dict[str, int]

    @property
    def digest(self) -> str:
        """SHA-256 over all traces: the same for the same plan."""
        digest = sha256()
        for lines in (*self.lines, self.harness):
            digest.update(json.dumps(lines, separators=(",", ":")).encode())
        return digest.hexdigest()

    def brief(self) -> Outcome:
        """The same without the traces, for whoever only wants to know how it went."""
        return replace(self, lines=(), harness=[])


@contextmanager
def prepared(plan: Plan) -> Iterator[None]:
    """This process as a run of the plan needs it."""
    with memory.remembering(), knobs.turned(plan.knobs):
        yield


def simulate(plan: Plan, *, deep: bool = True) -> Outcome:
    """Run a plan. `deep`: every sealed frame has its line in the traces."""
    with prepared(plan):
        run = Simulation(plan, deep=deep)
        return run.perform()


class Simulation:
    """A world on which a plan is carried out."""

    def __init__(self, plan: Plan, *, deep: bool = True) -> None:
        self.plan = plan
        self.world = World(plan, deep=deep)
        self._probes: set[bytes] = set()
        """What each node says when all are together again."""
        self._probed: ViewId | None = None
        """The view in which they were said."""
        self._converged: int | None = None
        self._healthy = plan.heals
        self._introduced = 0

    def perform(self) -> Outcome:
        """All of it."""
        faults: list[str] = []
        try:
            self._form()
            self._take_stock(None)
            for step in self.plan.steps:
                self.world.at(step.at, self._begin, step)
            self.world.run(self.plan.heals)
            self._heal()
            faults += self._settle()
        except BrokenDownError as broken:
            faults.append(f"a peer broke down: {broken}")
        world = self.world
        world.harness.append({"i": len(world.harness), "t": world.now, "event": "end"})
        lines = tuple(node.lines for node in world.nodes)
        faults += judge.faults(lines)
        for node in world.nodes:
            world.coverage.depths[node.phase.deepest] += 1
        counts = {f"sent {kind}": number for kind, number in sorted(world.sent.items())}
        counts |= {"datagrams": world.network.sent, "lost": world.network.lost}
        counts |= {"lost DATA": world.network.data_lost}
        counts |= {f"refused {reason}": number for reason, number in sorted(world.refused.items())}
        return Outcome(
            self.plan, tuple(faults), world.now, self._healthy, self._converged, lines, world.harness,
            world.coverage, counts,
        )  # fmt: skip

    # ------------------------------------------------------------ the plan

    def _form(self) -> None:
        world = self.world
        if max(self.plan.joins) <= AT_ONCE_MS:
            everyone = tuple(range(len(world.nodes)))
            world.at(1, lambda _: mishaps.starting(world, everyone, "start"))
        for node, instant in zip(world.nodes, self.plan.joins, strict=True):
            node.wants = True
            world.at(instant, lambda node: world.start(node, "first"), node)

    def _begin(self, step: Step) -> None:
        if step.on is None:
            self._carry_out(step)
            return
        self.world.traps[step.number] = self._trap(step)

    def _trap(self, step: Step) -> Callable[[Node, str, bool], bool]:
        moment = step.on
        assert moment is not None
        left = moment.passes

        def sprung(node: Node, kind: str, outgoing: bool) -> bool:
            nonlocal left
            if node.peer is None or (moment.role and not node.phase.has(moment.role)):
                return False
            if moment.phase:
                if moment.phase not in node.phase.at(self.world.now):
                    return False
            elif kind != moment.frame or outgoing != moment.out:
                return False
            left -= 1
            if left >= 0:
                return False
            world = self.world
            until = min(self.plan.heals, world.now + step.until - step.at)
            nodes = step.nodes or (node.number,)
            caught = replace(step, at=world.now, until=until, nodes=nodes)
            if step.kind.startswith("crash"):
                self._carry_out(caught)
            else:
                # what asks something of the peer waits until the peer has finished its sentence
                world.at(world.now, self._carry_out, caught)
            return True

        return sprung

    def _carry_out(self, step: Step) -> None:
        world = self.world
        touched = [world.nodes[number].id.hex() for number in step.nodes]
        told = {"lies": True} if step.kind in insiders.LYING else {}
        self._note("fault", kind=step.kind, on=True, nodes=touched, **told)
        begin, end = ends_of(step.kind)
        begin(world, step)
        world.at(max(step.until, world.now), lambda step: self._end(step, end), step)

    def _end(self, step: Step, end: Callable[[World, Step], None]) -> None:
        end(self.world, step)
        self._note("fault", kind=step.kind, on=False)

    def _note(self, event: str, **fields: object) -> None:
        harness = self.world.harness
        harness.append({"i": len(harness), "t": self.world.now, "event": event, **fields})

    def _take_stock(self, _: object) -> None:
        for node in self.world.nodes:
            if node.peer is not None:
                seen = node.peer.inspect(OVERLAY)
                node.note("resources", self.world.now, messages=seen["unstable"], queued=seen["waiting"])
        self.world.at(self.world.now + STOCK_MS, self._take_stock)

    # ------------------------------------------------------------ after it

    def _heal(self) -> None:
        world = self.world
        world.traps.clear()
        # what was to end at this instant has ended: the queue is in order
        for node in world.nodes:
            node.wants = True
            if node.peer is None:
                world.start(node, "kept")
            else:
                world.enter(node)
        self._introduce()
        world.at(world.now + LOST_MS, self._see_whether_lost)
        if any(step.kind in insiders.BLAMED for step in self.plan.steps):
            self._wait_out_blame()
        self._healthy = world.now
        self._note("phase", healthy=True)

    def _wait_out_blame(self) -> None:
        """Whoever has proof against a member refuses it for a while, whatever it does meanwhile."""
        world, ends = self.world, self.world.now + registry.timer("refuse-keep")
        while world.now < ends and not judge.together(world):
            world.run(world.now + LOOK_MS)

    def _introduce(self) -> None:
        """Components that know nothing of each other are told of each other, as a directory would."""
        world = self.world
        self._introduced = world.now
        # the first of each view that is in it still: the very first may be in another by now
        places = {node.id: node for node in world.nodes}
        apart: dict[ViewId, Node] = {}
        for node in world.nodes:
            if node.view is not None and node.view not in apart:
                there = [places[member] for member in node.members if member in places]
                apart[node.view] = next(other for other in there if other.view == node.view)
        leaders = list(apart.values())
        for node in leaders[1:]:
            world.introduce(node, leaders[0])

    def _settle(self) -> list[str]:
        world = self.world
        ends, heard = world.now + self.plan.patience, 0
        last = world.now + MOST_PATIENCE * self.plan.patience
        while world.now < min(ends, last):
            world.run(world.now + LOOK_MS)
            if not judge.together(world):
                continue
            before, heard = heard, sum(len(node.heard) for node in world.nodes)
            if heard > before and self._probed == world.nodes[0].view:
                ends = world.now + self.plan.patience
            if world.nodes[0].view != self._probed:
                # together for the first time, or again: what was said in between may have been lost in order
                self._converged, self._probed = world.now, world.nodes[0].view
                self._probes.clear()
            if len(self._probes) < len(world.nodes):
                self._probe()
            if judge.all_heard(world, self._probes):
                return []
        return [judge.stall(world, self._probes)]

    def _see_whether_lost(self, _: object) -> None:
        if all(node.view is None for node in self.world.nodes):
            self.world.found()
        for node in self.world.nodes:
            self.world.ask_elsewhere(node)
        if any(node.departed >= self._introduced for node in self.world.nodes):
            # who left as everything healed may be in another group by now, of which those it left cannot know
            self._introduce()
        self.world.at(self.world.now + LOST_MS, self._see_whether_lost)

    def _probe(self) -> None:
        for node in self.world.nodes:
            payload = self.world.say(node, PROBE)
            if payload is not None:
                self._probes.add(payload)


def ends_of(kind: str) -> tuple[mishaps.Act, mishaps.Act]:
    """What begins and what ends a kind of step."""
    if kind in weather.KINDS:
        return weather.begin, weather.end
    if kind in workload.KINDS:
        return workload.begin, workload.end
    if kind in insiders.KINDS:
        return insiders.begin, insiders.end
    return mishaps.begin, mishaps.end
