"""When a member has to say that it lives: the timing of HEARTBEAT and ALIVE.

Implements REQ-MUL-20 to REQ-MUL-23. Both acknowledge, and whoever acknowledges seldom keeps all others from
forgetting; a HEARTBEAT promises besides, and whoever promises seldom keeps them from delivering.
"""

from __future__ import annotations

from coterie import registry


class Beats:
    """What one member of a view has said and heard since it last spoke to all."""

    __slots__ = ("_busy", "_quiet_at", "last_at", "promised", "received", "seen")

    def __init__(self, clock_base: int, mono_ms: int) -> None:
        self.last_at = mono_ms
        """When this member last spoke to all; the view counts as the first time."""
        self.promised = clock_base
        """The last timestamp that it sent or promised."""
        self.seen = clock_base
        """The greatest timestamp of a message that it has accepted."""
        self.received = 0
        """Messages accepted since it last acknowledged."""
        self._busy = False
        self._quiet_at: int | None = None

    def mark(self, *, busy: bool, mono_ms: int) -> None:
        """Whether anything is unstable or waits now."""
        if self._busy and not busy:
            self._quiet_at = mono_ms
        self._busy = busy

    def spoke(self, promised: int | None, mono_ms: int) -> None:
        """This member has acknowledged to all; a sender has also promised something, or sent it."""
        self.last_at = mono_ms
        self.received = 0
        if promised is not None:
            self.promised = promised

    def heard(self, messages: int, timestamp: int) -> None:
        """A DATA was accepted."""
        self.received += messages
        self.seen = max(self.seen, timestamp)

    def due(self) -> int:
        """When the next one is due by time."""
        was_busy = self._quiet_at is not None and self.last_at <= self._quiet_at
        return self.last_at + interval(busy=self._busy or was_busy)

    def urgent(self, *, sends: bool) -> bool:
        """Whether one is due at once, however short ago the last one was."""
        return many_received(self.received) or (sends and owes_promise(self.seen, self.promised))

    def urgent_at(self, mono_ms: int) -> int:
        """When an urgent one may leave."""
        return at_once(self.last_at, mono_ms)

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        return (self.last_at, self.promised, self.seen, self.received, self._busy, self._quiet_at)


def interval(*, busy: bool) -> int:
    """Milliseconds between two of them."""
    # REQ-MUL-20, REQ-MUL-21: 100 ms while anything is unstable or waits, and once more after it; else 500 ms
    return registry.timer("alive-busy" if busy else "alive-idle")


def owes_promise(seen: int, promised: int) -> bool:
    """Whether others may wait for this sender."""
    # REQ-MUL-22: a message was accepted that is later than whatever this sender has said
    return seen > promised


def many_received(received: int) -> bool:
    """Whether enough was received to acknowledge at once."""
    # REQ-MUL-23: 128 messages
    return received >= registry.limit("acknowledge-after")


def at_once(last_at: int, mono_ms: int) -> int:
    """The next moment for one that is urgent."""
    # REQ-MUL-22: at most one each millisecond
    return max(mono_ms, last_at + 1)
