"""Where a run starts from: nothing, a view that the peer installed, or one that others share without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coterie_kit.judge import Judge
from coterie_kit.keys.rekey import Flow, Stored, beginning, contribute
from coterie_kit.keys.suites import SUITES
from coterie_kit.puppets import Puppet
from coterie_kit.suite._run import Plan, Run, setup, successor
from coterie_kit.suite._stage import Stage

__all__ = ["ROLES", "Role", "foreign_view", "guests", "into_base", "onward", "plain_run"]


def guests(stage: Stage, count: int, first_port: int = 5000) -> list[Puppet]:
    """Puppets with a session that were not there from the start, ascending by Node-ID."""
    born = [stage.newcomer(address=f"203.0.113.{i + 1}:{first_port + i}") for i in range(count)]
    for number, who in enumerate(born):
        who.named = f"guest {number + 1}"
        stage.judge.names[who.address] = who.named
        stage.meet(who)
    return sorted(born, key=lambda one: one.node)


def plain_run(judge: Judge, n: int, rank: int, suite: int = 1, **how: Any) -> Run:
    """A first run of ``n``, in which the peer stands at ``rank``."""
    return setup(Stage(judge, n=n, rank=rank, **how), suite)


def onward(judge: Judge, n: int, rank: int, joining: int, suite: int = 1) -> Run:
    """A run that goes on from an installed view of ``n``, with ``joining`` newcomers.

    With newcomers the peer keeps its place ``rank``; without any, the base is rotated by one (a refresh).
    """
    stage = plain_run(judge, n, rank, suite).to_view().stage
    joined = guests(stage, joining)
    everyone = stage.everyone
    base = everyone if joined else [*everyone[1:], everyone[0]]
    return successor(stage, base, joined)


def foreign_view(stage: Stage, members: list[Puppet], suite: int) -> Stored:
    """A view that puppets share, as if they had installed it without the peer."""
    drawn = SUITES[suite]
    scalars = {who.node: drawn.scalar(stage.judge.octets(drawn.draw)) for who in members}
    flow: Flow = beginning(suite)
    for who in members:
        flow = contribute(flow, scalars[who.node])
    return Stored(stage.judge.octets(16), tuple(who.node for who in members), flow, scalars)


def into_base(judge: Judge, base: int, newcomers: int, rank: int, suite: int = 1) -> Run:
    """A run in which the peer is the ``rank``-th of ``newcomers`` to a base of puppets."""
    stage = Stage(judge, n=newcomers, rank=rank)
    stage.meet_all()
    old = guests(stage, base)
    judge.random.shuffle(old)
    stage.stored = foreign_view(stage, old, suite)
    previous = {one.node: stage.stored.view for one in old}
    members = (*old, *stage.everyone)
    return Run(stage, Plan(members, base=base, suite=suite, previous=previous))


@dataclass(frozen=True, slots=True)
class Role:
    """A place in a run: what the peer sends there, and how to get to it."""

    name: str
    sends: str
    ns: tuple[int, ...]
    drawn: str

    def run(self, judge: Judge, n: int, suite: int) -> Run:
        """The run with the peer in this role, before its first step."""
        match self.name:
            case "first-of-all":
                return plain_run(judge, n, 0, suite)
            case "middle-of-all":
                return plain_run(judge, n, n // 2, suite)
            case "last-of-all":
                return plain_run(judge, n, n - 1, suite)
            case "controller-with-newcomers":
                return onward(judge, n - 1 - n // 4, n - 2 - n // 4, 1 + n // 4, suite)
            case "controller-alone":
                return onward(judge, n, 0, 0, suite)
            case "last-to-a-base":
                return into_base(judge, n - 1 - n // 4, 1 + n // 4, n // 4, suite)
            case _:
                return into_base(judge, n - 1 - n // 2, 1 + n // 2, 0, suite)


ROLES = [
    Role("first-of-all", "UP", (2, 3, 5, 8), "contribution"),
    Role("middle-of-all", "UP", (3, 5, 8), "contribution"),
    Role("last-of-all", "DOWN", (2, 3, 5, 8), "contribution"),
    Role("controller-with-newcomers", "UP", (3, 5, 8), "refresh"),
    Role("controller-alone", "DOWN", (2, 3, 5, 8), "refresh"),
    Role("last-to-a-base", "DOWN", (2, 3, 5, 8), "contribution"),
    Role("first-to-a-base", "UP", (3, 5, 8), "contribution"),
]
