"""A plan carried out: the group forms, things happen, all heals, and all have to agree again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from coterie_kit.interop.cast import Member
from coterie_kit.interop.network import SPELLS, Network
from coterie_kit.interop.plan import SERVICES, Plan, Step, chance
from coterie_kit.interop.stage import BrokenOffError, Stage, Tap

__all__ = ["Outcome", "Performance", "perform"]

LOOK_MS = 100
ASK_MS = 5_000  # how often members are asked what they keep
CONTACTS = 4
LASTS_MS = 3_000  # what begins at a moment
MOST_WAITING = 150_000
"""Octets that wait in all members together: what they send at once has to fit the lines of the interface."""
SKIPPING = frozenset({"source-ordered-unreliable"})  # leaves out what was overtaken


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run. ``broken`` names the member that could not go on; ``stalled`` says that the group
    did not come together; ``lines`` are the traces in the order of the members."""

    plan: Plan
    broken: str
    stalled: str
    ended: int
    converged: int | None
    lines: tuple[list[dict[str, Any]], ...]
    harness: list[dict[str, Any]]
    datagrams: int
    lost: int

    @property
    def digest(self) -> str:
        """Over all traces: the same for the same seed where all members are deterministic."""
        found = hashlib.sha256()
        for lines in (*self.lines, self.harness):
            found.update(json.dumps(lines, separators=(",", ":")).encode())
        return found.hexdigest()


def perform(plan: Plan, members: list[Member], tap: Tap | None = None) -> Outcome:
    """A run from its beginning to its end."""
    return Performance(plan, members, tap).perform()


class Performance:
    """A stage on which a plan is carried out."""

    def __init__(self, plan: Plan, members: list[Member], tap: Tap | None = None) -> None:
        self.plan = plan
        self.members = members
        network = Network(chance(plan.seed, "network"), plan.least, plan.spread)
        self.stage = Stage(members, network, tap)
        self.stage.on_left = self._has_left
        self._probes: set[str] = set()
        self._probed = ""
        self._converged: int | None = None

    def perform(self) -> Outcome:
        """All of it."""
        broken = stalled = ""
        try:
            self.form()
            for step in self.plan.steps:
                self.stage.at(step.at, self.begin, step)
            self.stage.at(ASK_MS, self._ask_all)
            self.stage.run(self.plan.heals)
            self.heal()
            stalled = self.settle()
        except BrokenOffError as fault:
            broken = str(fault)
        stage = self.stage
        stage.note("end")
        lines = tuple(member.tracer.lines for member in self.members)
        return Outcome(
            self.plan, broken, stalled, stage.now, self._converged, lines, stage.harness, stage.network.sent,
            stage.network.lost,
        )  # fmt: skip

    def form(self) -> None:
        """All members come, at their times."""
        self.stage.note("phase", healthy=False)
        for member, when in zip(self.members, self.plan.joins, strict=True):
            member.wants = True
            self.stage.at(when, self._arrive, member)

    def _arrive(self, member: Member) -> None:
        self.stage.start(member, "first")
        self.enter(member)

    # ------------------------------------------------------------ steps

    def begin(self, step: Step) -> None:
        """A step begins, or waits for its moment."""
        if step.on is None:
            self._touch(step)
            return
        moment = replace(step, on=None)

        def sprung(member: Member) -> None:
            ends = self.stage.now + int(step.amounts.get("lasts", LASTS_MS))
            self._touch(replace(moment, nodes=(member.number,), until=min(step.until, ends)))

        self.stage.trap(step.on, sprung, step.until)

    def _touch(self, step: Step) -> None:
        touched = [self.members[number].node for number in step.nodes]
        if step.kind in SPELLS:
            self.stage.network.spells[id(step)] = step
            self.stage.note("fault", kind=step.kind, on=True, nodes=touched)
            self.stage.at(step.until, self._lift, step)
            return
        KINDS[step.kind](self, step)

    def _lift(self, step: Step) -> None:
        del self.stage.network.spells[id(step)]
        self.stage.note("fault", kind=step.kind, on=False)

    def crash(self, step: Step) -> None:
        """Members stop without a word, and come back."""
        for number in step.nodes:
            member = self.members[number]
            if member.alive:
                self.stage.note("fault", kind="crash", whom=member.node)
                self.stage.crash(member)
                state = "lost" if step.kind == "crash-lost" else "kept"
                self.stage.at(step.until, self._restart, member, state)

    def _restart(self, member: Member, state: str) -> None:
        if not member.alive and member.wants:
            self.stage.start(member, state)
            self.enter(member)

    def leave(self, step: Step) -> None:
        """Members leave in order, and perhaps come back."""
        for number in step.nodes:
            member = self.members[number]
            if not member.alive or not member.view or member.leaving:
                continue
            member.wants, member.leaving = False, True
            self.stage.note("action", what="leave", nodes=[member.node])
            self.stage.ask(member, "leave")
            if step.amounts.get("back", True):
                self.stage.at(step.until, self.enter, member)

    def _has_left(self, member: Member) -> None:
        if member.wants:
            self.stage.at(self.stage.now, self.enter, member)

    def talk(self, step: Step) -> None:
        """Members send messages."""
        if self.stage.now >= step.until:
            return
        for number in step.nodes:
            for _ in range(int(step.amounts["count"])):
                self.say(self.members[number], int(step.amounts["size"]), proxy=step.kind == "proxy")
        self.stage.at(self.stage.now + int(step.amounts["every"]), self.talk, step)

    def say(self, member: Member, size: int = 24, *, proxy: bool = False) -> str:
        """A member sends a message like no other; its octets, or nothing when it cannot."""
        if not member.alive or not member.view or member.leaving:
            return ""
        if sum(member.waiting.values()) + size > MOST_WAITING // len(self.members):
            return ""
        member.said += 1
        payload = f"{member.name}.{member.lives}.{member.said}.".encode().ljust(size, b"x")
        args: dict[str, Any] = {"payload": payload} | ({"proxy": True} if proxy else {})
        member.waiting[payload.hex()] = len(payload)
        if self.stage.ask(member, "send", **args):
            return payload.hex()
        member.waiting.pop(payload.hex(), None)
        return ""

    def subscribe(self, step: Step) -> None:
        """Members choose another service."""
        for number in step.nodes:
            member, service = self.members[number], str(step.amounts["service"])
            if member.alive and service in SERVICES and self.stage.ask(member, "subscribe", service=service):
                member.tracer.subscribed(service)

    def enter(self, member: Member) -> None:
        """The application of a member asks to be in the group, where there is one, else makes one."""
        member.wants = True
        if not member.alive or member.view or member.leaving:
            return
        others = [other for other in self.members if other is not member and other.alive]
        inside = [other for other in others if other.view and not other.leaving]
        self.stage.note("action", what="join", nodes=[member.node])
        if not inside and not any(other.number < member.number and other.wants for other in others):
            self.stage.ask(member, "create")
            return
        size = len(self.members)
        near = sorted(inside or others, key=lambda other: (other.number - member.number) % size)
        self.stage.ask(member, "join", contacts=[other.address for other in near[:CONTACTS]])

    # ------------------------------------------------------------ afterwards

    def heal(self) -> None:
        """Everything that is wrong has ended, and all who want to be members can be."""
        stage = self.stage
        stage.network.spells.clear()
        stage.run(stage.now)
        for member in self.members:
            if member.wants and not member.alive:
                stage.start(member, "kept")
            if member.wants:
                self.enter(member)
        leaders = [m for m in self.members if m.alive and m.members and m.members[0] == m.node]
        for member in leaders[1:]:
            # components that know nothing of each other are told, as a directory would
            stage.note("action", what="merge", nodes=[member.node])
            stage.ask(member, "join", contacts=[leaders[0].address])
        stage.note("phase", healthy=True)

    def settle(self) -> str:
        """Waits until all are together and have heard a message of each; else says how far they came."""
        ends = self.stage.now + self.plan.patience
        while self.stage.now < ends:
            self.stage.run(self.stage.now + LOOK_MS)
            inside = [member for member in self.members if member.wants]
            if not self._together(inside):
                continue
            if inside[0].view != self._probed:
                self._converged, self._probed = self.stage.now, inside[0].view
                self._probes.clear()
            if len(self._probes) < len(inside):
                self._probes |= {said for member in inside if (said := self.say(member))}
            if len(self._probes) >= len(inside) and self._all_heard(inside):
                return ""
        return self._stall()

    def _together(self, inside: list[Member]) -> bool:
        views = {member.view for member in inside if member.alive and member.stable}
        if len(views) != 1 or not all(member.alive and member.stable for member in inside):
            return False
        return set(inside[0].members) == {member.node for member in inside}

    def _all_heard(self, inside: list[Member]) -> bool:
        promised = [member for member in inside if member.tracer.service not in SKIPPING]
        return all(self._probes <= member.heard for member in promised)

    def _stall(self) -> str:
        told = ", ".join(
            f"{member.name} in view {int(member.view[:16], 16) if member.view else 'none'} of "
            f"{len(member.members)}, heard {len(self._probes & member.heard)}/{len(self._probes)}"
            for member in self.members
            if member.wants
        )
        return f"{self.plan.patience} ms after everything was healed: {told}"

    def _ask_all(self) -> None:
        for member in self.members:
            if member.alive:
                found = self.stage.inspect(member).result
                unstable, waiting = found.get("unstable"), found.get("waiting")
                if isinstance(unstable, int) and isinstance(waiting, int):
                    member.tracer.holds(unstable, waiting, self.stage.now)
        self.stage.at(self.stage.now + ASK_MS, self._ask_all)


KINDS: Mapping[str, Callable[[Performance, Step], None]] = {
    "crash-kept": Performance.crash,
    "crash-lost": Performance.crash,
    "leave": Performance.leave,
    "talk": Performance.talk,
    "proxy": Performance.talk,
    "subscribe": Performance.subscribe,
}
