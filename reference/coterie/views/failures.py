"""Runs that failed: who was missing, who cheated, and who is therefore left out of the next proposal.

Implements the last part of REQ-VIE-16.
"""

from __future__ import annotations

from collections.abc import Mapping

from coterie.effects import Effect, Field
from coterie.views.ground import Ground
from coterie.vocabulary import NodeId, Now


class Failures:
    """The own runs that failed one after the other."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._missing: list[frozenset[NodeId]] = []

    def note(self, fields: Mapping[str, Field], *, is_own: bool, now: Now) -> list[Effect]:
        """A run failed, by the event that told it."""
        effects: list[Effect] = []
        culprit = fields.get("culprit")
        if isinstance(culprit, bytes):
            effects += self._leave_out(NodeId(culprit), "evidence", now)
        missing = fields.get("missing")
        if is_own and isinstance(missing, tuple):
            self._missing.append(frozenset(NodeId(node) for node in missing if isinstance(node, bytes)))
            for node in sorted(left_out(self._missing, frozenset(self._ground.members), self._ground.node)):
                effects += self._leave_out(node, "no-confirm", now)
        return effects

    def _leave_out(self, node: NodeId, why: str, now: Now) -> list[Effect]:
        if node == self._ground.node:
            return []
        self._ground.exclusions.at_fault(node, now)
        return self._ground.liveness.lose(node, why)

    def clear(self) -> None:
        """A view was installed, or left."""
        self._missing.clear()


def left_out(missing: list[frozenset[NodeId]], members: frozenset[NodeId], node: NodeId) -> frozenset[NodeId]:
    """Who is left out after these failures: those that did not confirm twice in a row, if others did."""
    if len(missing) < 2:
        return frozenset()
    # REQ-VIE-16: once may be chance
    both = (missing[-1] & missing[-2]) - {node}
    return frozenset() if both >= members - {node} and len(members) > 1 else both
