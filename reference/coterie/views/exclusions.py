"""Who is not asked to be a member for a while: components that were left out, and peers at fault.

Implements the bars of REQ-VIE-37 and REQ-VIE-45.
"""

from __future__ import annotations

from coterie import registry
from coterie.vocabulary import NodeId, Now


class Exclusions:
    """Until when each barred peer is no candidate. One that was only left out may be back soon, and later
    each time: often enough a handshake was lost, and nothing else is wrong."""

    def __init__(self) -> None:
        self._until: dict[NodeId, int] = {}
        self._times: dict[NodeId, int] = {}
        self._at_fault: dict[NodeId, int] = {}

    def left_out(self, node: NodeId, now: Now) -> None:
        """A candidate refused `node`, or `node` one, or its answer was missing; or it led to no view."""
        times = self._times[node] = self._times.get(node, 0) + 1
        self._until[node] = now.mono_ms + bar_holds(times)
        if len(self._until) > registry.limit("lost-members"):
            oldest = min(self._until, key=lambda known: self._until[known])
            del self._until[oldest]
            self._times.pop(oldest, None)

    def at_fault(self, node: NodeId, now: Now) -> None:
        """`node` broke a run, or never confirmed."""
        # REQ-VIE-37: a minute
        self._at_fault[node] = now.mono_ms + registry.timer("refuse-keep")
        if len(self._at_fault) > registry.limit("lost-members"):
            del self._at_fault[min(self._at_fault, key=lambda known: self._at_fault[known])]

    def is_at_fault(self, node: NodeId, now: Now) -> bool:
        """Whether `node` is barred for a fault: this peer refuses it, whoever asks."""
        return now.mono_ms < self._at_fault.get(node, 0)

    def holds(self, node: NodeId, now: Now) -> bool:
        """Whether `node` is no candidate now."""
        return now.mono_ms < self._until.get(node, 0) or self.is_at_fault(node, now)

    def next_end(self, now: Now) -> int | None:
        """When the first bar that still holds is over."""
        ends = (*self._until.values(), *self._at_fault.values())
        return min((until for until in ends if until > now.mono_ms), default=None)

    def forgive(self, nodes: tuple[NodeId, ...]) -> None:
        """They have become members: what was counted against them is forgotten."""
        for node in nodes:
            self._times.pop(node, None)

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        return (tuple(sorted(self._times.items())), tuple(sorted(self._at_fault)))


def bar_holds(times: int) -> int:
    """How long the bar of that number in a row holds, in milliseconds."""
    # REQ-VIE-45: a second, then twice as long each time, a minute at most
    return min(registry.timer("bar") << min(times - 1, 6), registry.timer("refuse-keep"))
