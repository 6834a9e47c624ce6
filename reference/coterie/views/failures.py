"""Runs that failed: who was missing, who cheated, and who is therefore left out of the next proposal.

Implements REQ-VIE-37.
"""

from __future__ import annotations

from collections.abc import Mapping

from coterie.effects import Effect, Field
from coterie.views.ground import Ground
from coterie.views.proposing import Own
from coterie.vocabulary import NodeId, Now


class Failures:
    """The runs that failed since the last view."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._missing: list[frozenset[NodeId]] = []
        self._accuser: Field = None

    def note(self, fields: Mapping[str, Field], own: Own | None, now: Now) -> list[Effect]:
        """A run failed, by the event that told it; `own` is the proposal where it was this peer's."""
        effects: list[Effect] = []
        culprit, self._accuser = at_fault(fields, self._accuser), fields.get("accuser")
        if isinstance(culprit, bytes) and culprit != self._ground.node:
            # REQ-VIE-37: there is proof
            self._ground.exclusions.at_fault(NodeId(culprit), now)
            effects += self._ground.liveness.lose(NodeId(culprit), "evidence")
        if own is None:
            return effects
        missing = fields.get("missing")
        nodes = missing if isinstance(missing, tuple) and fields.get("reason") == "run-timeout" else ()
        self._missing.append(frozenset(NodeId(node) for node in nodes if isinstance(node, bytes)))
        for node in sorted(left_out(self._missing, own.others, own.newcomers)):
            # REQ-VIE-37: there is none; a network can do this to honest members
            self._ground.exclusions.left_out(node, now)
            effects.append(self._ground.event("suspected", node=node, why="no-confirm"))
        return effects

    def clear(self) -> None:
        """A view was installed, or left."""
        self._missing.clear()
        self._accuser = None


def at_fault(fields: Mapping[str, Field], accuser: Field) -> Field:
    """Who broke the run: the culprit that it named, unless the same peer accuses one for the second time."""
    again = fields.get("accuser")
    # REQ-VIE-37: who holds another DOWN than everyone else twice is the one that lies
    return again if again is not None and again == accuser else fields.get("culprit")


def left_out(
    missing: list[frozenset[NodeId]], others: frozenset[NodeId], newcomers: frozenset[NodeId]
) -> frozenset[NodeId]:
    """Who is left out after these failures: those that did not confirm twice in a row. If that is everyone,
    the key has not come far, and it is one of the newcomers."""
    if len(missing) < 2:
        return frozenset()
    # REQ-VIE-37: once may be chance; and where nobody can confirm, one that holds the key up is enough
    both = missing[-1] & missing[-2] & others
    return both if both != others else newcomers
