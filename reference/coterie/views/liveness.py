"""Who of the installed view is there, as far as this peer knows.

Implements REQ-VIE-2 and REQ-VIE-25, and the order of proposers of REQ-VIE-3. Three kinds of blame: silence,
which ends when the member is heard again; being gone, which lasts as long as the view; and being passed over,
which takes nothing but the turn to propose.
"""

from __future__ import annotations

from coterie import registry
from coterie.effects import Effect, Event
from coterie.standing import Standing
from coterie.views.surroundings import Surroundings
from coterie.vocabulary import NodeId, Now


class Liveness:
    """The members of the view installed; empty where there is none."""

    def __init__(self, standing: Standing, around: Surroundings) -> None:
        self.members: tuple[NodeId, ...] = ()
        self.gone: dict[NodeId, str] = {}
        self.passed: set[NodeId] = set()
        self.lead_lost_at: int | None = None
        """Since when the first member is silent or gone."""
        self._standing = standing
        self._around = around
        self._since = 0
        self._heard: dict[NodeId, int] = {}
        self._told: set[NodeId] = set()
        self._check_at: int | None = None

    def begin(self, members: tuple[NodeId, ...], now: Now) -> None:
        """A view was installed, or left: everyone counts as heard at this moment."""
        self.members = members
        self.gone, self.passed, self._heard, self._told = {}, set(), {}, set()
        self.lead_lost_at = None
        self._since = now.mono_ms
        others = len(members) > 1
        self._check_at = now.mono_ms + registry.timer("suspect") if others else None

    def hear(self, node: NodeId, now: Now) -> None:
        """A signed frame of `node` was accepted."""
        if node in self.members:
            self._heard[node] = now.mono_ms

    def lose(self, node: NodeId, why: str) -> list[Effect]:
        """`node` is known not to be a member any more, for the rest of the view."""
        if node not in self.members or node == self._standing.node or node in self.gone:
            return []
        self.gone[node] = why
        return [] if why == "left" else [self._suspected(node, why)]

    def pass_over(self, node: NodeId) -> None:
        """`node` had its turn to propose, and nothing came of it."""
        if node in self.members and node != self._standing.node:
            self.passed.add(node)

    def last_heard(self, node: NodeId) -> int:
        """When anything authentic of `node` was accepted, at the earliest when the view was installed."""
        return max(self._since, self._heard.get(node, 0), self._around.heard_at(node))

    def suspects(self, node: NodeId, now: Now) -> bool:
        """Whether `node` is a member that is silent or gone. Nobody suspects himself."""
        if node == self._standing.node or node not in self.members:
            return False
        return node in self.gone or is_silent(self.last_heard(node), now)

    def suspected(self, now: Now) -> tuple[NodeId, ...]:
        """All members that are silent or gone, in view order."""
        return tuple(node for node in self.members if self.suspects(node, now))

    def blames(self, node: NodeId, now: Now) -> bool:
        """Whether it is not the turn of `node` to propose: silent, gone or passed over."""
        return node in self.passed or self.suspects(node, now)

    def first(self, now: Now) -> NodeId | None:
        """Whose turn it is to propose: the first member that is not to blame. None where there is no view."""
        # REQ-VIE-3: in view order
        return next((node for node in self.members if not self.blames(node, now)), None)

    def is_turn_of(self, node: NodeId, now: Now) -> bool:
        """Whether `node` may propose: a member, and everyone before it is to blame."""
        if node not in self.members:
            return False
        before = self.members[: self.members.index(node)]
        return all(self.blames(each, now) for each in before)

    # ------------------------------------------------------------ time

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        return self._check_at

    def fire(self, now: Now) -> list[Effect]:
        """Look who is silent. Who is heard again is not told; it may fall silent, and be told, once more."""
        effects: list[Effect] = []
        for node in self._around.laggards(now):
            effects += self.lose(node, "stability")
        others = [node for node in self.members if node != self._standing.node]
        silent = {node for node in others if is_silent(self.last_heard(node), now)}
        for node in others:
            if node in silent and node not in self._told and node not in self.gone:
                effects.append(self._suspected(node, "silence"))
        self._told = silent
        self._note_lead(now)
        period = registry.timer("suspect")
        dues = [self.last_heard(node) + period for node in others if node not in silent]
        overdue_at = self._around.overdue_at(now)
        dues += [] if overdue_at is None else [overdue_at]
        self._check_at = min(dues, default=now.mono_ms + period) if others else None
        return effects

    def _note_lead(self, now: Now) -> None:
        if not self.members or not self.suspects(self.members[0], now):
            self.lead_lost_at = None
        elif self.lead_lost_at is None:
            self.lead_lost_at = now.mono_ms

    def _suspected(self, node: NodeId, why: str) -> Event:
        return Event(self._standing.overlay, "suspected", {"node": node, "why": why})

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        return (tuple(sorted(self.gone.items())), tuple(sorted(self.passed)), tuple(sorted(self._told)))


def is_silent(heard_at: int, now: Now) -> bool:
    """Whether a member that was last heard at `heard_at` is suspected."""
    # REQ-VIE-2: 2,000 ms without anything authentic
    return now.mono_ms - heard_at >= registry.timer("suspect")
