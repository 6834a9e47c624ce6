"""The scene of the advertiser: a public group in a main overlay, and what befalls it.

Whatever that is, there is one advertiser as soon as the view is stable; the group is found; parts that could
not reach each other are one view again within two polls; and what is published goes with those who go.
"""

from __future__ import annotations

from functools import partial

from coterie import registry
from coterie.simulation import knobs
from coterie.simulation.chance import stream
from coterie.simulation.overlays import story
from coterie.simulation.overlays.node import Node
from coterie.simulation.overlays.stage import Stage
from coterie.simulation.overlays.story import Fault, Story
from coterie.simulation.overlays.village import INFO, LIST, MEMBERS, Village, is_held
from coterie.simulation.overlays.witness import FINDERS, Answer, Witness, contacts_of

JOIN_EVERY_MS = 300
FIRST_MS = 3_000
"""How long after those who create the group the others come."""

MERGE_MS = 20_000
"""How long a merge takes, once one part has found the other."""

BACK_MS = 45_000
"""How much longer it takes who begins a new life to be where it was: it may wait for others in vain first."""

WORD_MS = 25_000
"""How long a word may be under way to those who hold it: a lookup, and a STORE anew."""

FORGOTTEN_MS = 2_000
"""After which time lost members are not looked for, where they are forgotten soon."""

LEAVE_EVERY_MS = 1_500
PERCENT = 100


class Run:
    """One run of the scene."""

    def __init__(self, stage: Stage, told: Story) -> None:
        self.stage = stage
        self.world = stage.world
        self.story = told
        self.chance = stream(stage.plan.seed, "village")
        self.village = Village(self.world)
        honest = self.chance.sample(self.world.nodes, len(self.world.nodes))
        self.members = honest[: self.story.members]
        self.witness = Witness(self.village, honest[-FINDERS:])
        self.is_rough = self.story.is_rough
        self._loss = self.world.loss

    # ------------------------------------------------------------ coming

    def come(self) -> None:
        """The group begins, and all members come."""
        world, founders = self.world, self._founders()
        for node in founders:
            self.village.create(node)
        world.run(FIRST_MS)
        self.witness.watch()
        for node in self.members:
            if node not in founders:
                self.village.join(node)
                world.run(JOIN_EVERY_MS)
        if self.village.is_divided:
            world.run(self.story.apart)
            self.village.heal()
        self.gathered("come together", self._polls() + MERGE_MS)

    def _founders(self) -> list[Node]:
        """Who creates the group: one, two, or one on each side."""
        match self.story.beginning:
            case "one":
                return self.members[:1]
            case "race":
                return self.members[:2]
            case "apart":
                sides = self._sides()
                self.village.cut("both", sides)
                return [next(node for node in self.members if sides[node.number] == side) for side in (0, 1)]

    def gathered(self, what: str, within: int) -> None:
        """All who want to be are in one view before so many ms are over."""
        began = self.world.now
        if not self.world.until(self.village.is_one, within):
            views = [[each.number for each in members] for _, members in self.village.settled()]
            late = f"{sorted(self.village.wanting)} do not {what} within {within} ms"
            self.stage.fault(f"{late}: at {self.world.now} ms there are {views}")
        self.stage.figure(f"ms to {what}", self.world.now - began)

    # ------------------------------------------------------------ what goes wrong

    def suffer(self) -> None:
        """One fault after the other, each at its time, until the last one is over."""
        world, over = self.world, self.world.now
        for fault in self.story.faults:
            world.run(fault.after)
            over = max(over, world.now + fault.lasts)
            self._befall(fault)
        world.run(over - world.now)

    def _befall(self, fault: Fault) -> None:
        world, village = self.world, self.village
        match fault.kind:
            case "leave":
                if len(village.wanting) > 2:
                    village.leave(self._victim(fault))
            case "crash":
                if len(village.wanting) > 2:
                    village.crash(self._victim(fault))
            case "restart":
                if village.wanting:
                    victim = self._victim(fault)
                    village.crash(victim)
                    world.at(world.now + fault.lasts, village.restart, victim)
            case "cut":
                if not village.is_divided:
                    village.cut(fault.scope, self._sides())
                    world.at(world.now + fault.lasts, lambda _about: village.heal())
            case "loss":
                world.loss = fault.percent
                world.at(world.now + fault.lasts, self._clear)

    def _clear(self, _about: None) -> None:
        self.world.loss = self._loss

    def _victim(self, fault: Fault) -> Node:
        leader = self.village.coordinator()
        if fault.of_coordinator and leader is not None and leader.number in self.village.wanting:
            return leader
        return self.chance.choice(list(self.village.wanting.values()))

    def _sides(self) -> dict[int, int]:
        """Both sides have members, and others."""
        others = [node for node in self.world.nodes if node not in self.members]
        sides: dict[int, int] = {}
        for some in (self.members, others):
            shuffled = self.chance.sample(some, len(some))
            half = self.chance.randint(1, len(some) - 1)
            sides |= {node.number: int(index < half) for index, node in enumerate(shuffled)}
        return sides

    # ------------------------------------------------------------ what comes of it

    def recover(self) -> None:
        """All are one again, and it stays so."""
        has_restarted = any(fault.kind == "restart" for fault in self.story.faults)
        self.gathered("meet again", self._polls() + MERGE_MS + BACK_MS * has_restarted)
        self.world.run(max(WORD_MS, registry.timer("advertise-again")))
        if not self.village.is_one():
            self.stage.fault("the group came apart again, and nothing was amiss")
        self._ask_all()

    def end(self) -> None:
        """It ends as the story says."""
        match self.story.end:
            case "stay":
                self._stay()
            case "leave":
                self._leave()
            case "crash":
                self._crash()

    def _stay(self) -> None:
        self.world.run(self._lifetime() + WORD_MS)
        # whatever was not withdrawn has expired
        self.is_rough = False
        self._ask_all()
        self.witness.rest()

    def _ask_all(self) -> None:
        """What is found is as it should be."""
        for finder in self.witness.finders:
            self.witness.ask(finder, MEMBERS, self._judge_members)
            self.witness.ask(finder, INFO, self._judge_info)
            self.witness.ask(finder, LIST, self._judge_list)
            self.world.run(1_000)
        self.world.run(WORD_MS)

    def _judge_members(self, answer: Answer) -> None:
        """All members, each once; and nobody else but those who could not withdraw their word."""
        found = answer.publishers()
        members = {node.publisher for node in self.village.wanting.values()}
        is_right = members <= set(found) if self.is_rough else members == set(found)
        if answer.is_complete and (len(found) != len(set(found)) or not is_right):
            numbers = [node.number for node in self.world.nodes if node.publisher in found]
            self.witness.fault(f"{numbers} are told to be members, which are {sorted(self.village.wanting)}")

    def _judge_info(self, answer: Answer) -> None:
        for _, members in self.village.settled():
            said = [
                getattr(each.document, "contacts", ())
                for each in answer.found if each.checked.publisher == members[0].publisher
            ]  # fmt: skip
            if answer.is_complete and said != [contacts_of(members)]:
                numbers = [each.number for each in members]
                self.witness.fault(f"{said} is found where the members are {numbers}")

    def _judge_list(self, answer: Answer) -> None:
        if answer.is_complete and not answer.found:
            self.witness.fault("the group is in no list")

    def _leave(self) -> None:
        self.witness.rest()
        last = list(self.village.wanting.values())
        for node in self.chance.sample(last, len(last)):
            self.village.leave(node)
            self.world.run(LEAVE_EVERY_MS)
        if not self.world.until(lambda: not self.village.leaving, WORD_MS):
            self.stage.fault(f"nodes {sorted(self.village.leaving)} do not get out")
        self.world.run(WORD_MS)
        if self.is_rough:
            self.world.run(self._lifetime())
            self._nothing_is_held()
        for finder in self.witness.finders:
            for about in (INFO, MEMBERS, LIST):
                self.witness.ask(finder, about, partial(self._judge_nothing, about.kind))
            self.world.run(2_000)
        self.world.run(WORD_MS)

    def _judge_nothing(self, kind: str, answer: Answer) -> None:
        if answer.found:
            self.witness.fault(f"a {kind} is found, and everybody has left")

    def _crash(self) -> None:
        self.witness.rest()
        for node in list(self.village.wanting.values()):
            self.village.crash(node)
        self.world.run(self._lifetime() + WORD_MS)
        self._nothing_is_held()

    def _nothing_is_held(self) -> None:
        """A lifetime after the last word nobody has anything but tombstones."""
        holders = [node.number for node in self.world.alive() if is_held(node, self.world.now)]
        if holders:
            self.witness.fault(f"nodes {holders} hold something of a group that there is not")

    def _polls(self) -> int:
        """How long two polls take at most."""
        return 2 * (registry.timer("group-poll") + registry.timer("group-poll-spread"))

    def _lifetime(self) -> int:
        return 1_000 * registry.limit("group-lifetime")


def advertiser(stage: Stage) -> None:
    """One advertiser, always found, one view again, and nothing left behind."""
    tell(stage, story.draw(stage.plan.seed))


def tell(stage: Stage, told: Story) -> None:
    """Let a story happen."""
    turned = {"limit.group-lifetime": stage.plan.lifetime}
    if told.forgets:
        turned["timer.lost-keep"] = FORGOTTEN_MS
    with knobs.turned(turned):
        stage.gather()
        run = Run(stage, told)
        run.come()
        run.suffer()
        run.recover()
        run.end()
    for sentence in [*run.village.faults, *run.witness.faults]:
        stage.fault(sentence)
    stage.figure("views judged", run.witness.views)
    stage.figure("longest missing ms", run.witness.longest_missing)
