"""Who is not asked to be a member for a while: peers that others refused, and peers that broke a run.

Implements the last part of REQ-VIE-16.
"""

from __future__ import annotations

from coterie import registry
from coterie.vocabulary import NodeId, Now


class Exclusions:
    """Until when each excluded peer is no candidate. One that was only refused may be back soon, and later
    each time: often enough a handshake was lost, and nothing else is wrong."""

    def __init__(self) -> None:
        self._until: dict[NodeId, int] = {}
        self._times: dict[NodeId, int] = {}

    def refused(self, node: NodeId, now: Now) -> None:
        """Another candidate refused `node`, or `node` refused another one."""
        times = self._times[node] = self._times.get(node, 0) + 1
        self._set(node, now.mono_ms + refusal_holds(times))

    def at_fault(self, node: NodeId, now: Now) -> None:
        """`node` broke a run, or never confirmed."""
        self._set(node, now.mono_ms + registry.timer("refuse-keep"))

    def _set(self, node: NodeId, until: int) -> None:
        self._until[node] = max(until, self._until.get(node, 0))
        if len(self._until) > registry.limit("lost-members"):
            oldest = min(self._until, key=lambda known: self._until[known])
            del self._until[oldest]
            self._times.pop(oldest, None)

    def holds(self, node: NodeId, now: Now) -> bool:
        """Whether `node` is no candidate now."""
        return now.mono_ms < self._until.get(node, 0)

    def next_end(self, now: Now) -> int | None:
        """When the first exclusion that still holds is over."""
        return min((until for until in self._until.values() if until > now.mono_ms), default=None)

    def forgive(self, nodes: tuple[NodeId, ...]) -> None:
        """They have become members: what was counted against them is forgotten."""
        for node in nodes:
            self._times.pop(node, None)

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        return tuple(sorted(self._times.items()))


def refusal_holds(times: int) -> int:
    """How long the refusal of that number in a row holds, in milliseconds."""
    # REQ-VIE-16: a second, then longer each time, a minute at most
    return min(registry.timer("join-resend") << min(times - 1, 6), registry.timer("refuse-keep"))
