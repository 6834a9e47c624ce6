"""When a member has to say that it lives: the timing of HEARTBEAT and ALIVE.

Implements REQ-MUL-20 to REQ-MUL-23 and REQ-MUL-47. Both acknowledge, and whoever acknowledges seldom keeps
all others from forgetting; a HEARTBEAT promises besides, and whoever promises seldom keeps them from
delivering.
"""

from __future__ import annotations

from coterie import registry


class Beats:
    """What one member of a view has said and heard since it last spoke to all."""

    __slots__ = (
        "_busy", "_ordered", "_quiet_at", "_spoken", "last_at", "promised", "received", "seen", "stated",
    )  # fmt: skip

    def __init__(self, clock_base: int, mono_ms: int) -> None:
        self.last_at = mono_ms
        """When this member last spoke to all; the view counts as the first time."""
        self.promised = clock_base
        """The last timestamp that it sent or promised."""
        self.seen = clock_base
        """The greatest timestamp of a message that it has accepted."""
        self.received = 0
        """Messages accepted since it last acknowledged."""
        self.stated = 0
        """What it acknowledged then."""
        self._ordered = 0
        self._spoken = 0
        self._busy = False
        self._quiet_at: int | None = None

    def mark(self, *, busy: bool, ordered: int, mono_ms: int) -> None:
        """Whether anything is unstable or waits now, and the timestamp of the message that was ordered
        last."""
        if self._busy and not busy:
            self._quiet_at = mono_ms
        self._busy = busy
        self._ordered = ordered

    def spoke(self, promised: int | None, stated: int, mono_ms: int) -> None:
        """This member has acknowledged `stated` to all; a sender has also promised something, or sent it."""
        self._spoken = self._spoken + 1 if mono_ms == self.last_at else 1
        self.last_at = mono_ms
        self.received = 0
        self.stated = stated
        if promised is not None:
            self.promised = promised

    def heard(self, messages: int, timestamp: int) -> None:
        """A DATA was accepted."""
        self.received += messages
        self.seen = max(self.seen, timestamp)

    def due(self, *, sends: bool) -> int:
        """When the next one is due by time."""
        if sends and owes_acknowledgement(self._ordered, self.stated):
            return self.last_at + registry.timer("acknowledge-delay")
        was_busy = self._quiet_at is not None and self.last_at <= self._quiet_at
        return self.last_at + interval(busy=self._busy or was_busy)

    def urgent(self, *, sends: bool) -> bool:
        """Whether one is due at once, however short ago the last one was."""
        return many_received(self.received) or (sends and owes_promise(self.seen, self.promised))

    def urgent_at(self, mono_ms: int) -> int:
        """When an urgent one may leave."""
        return at_once(self._spoken, self.last_at, mono_ms)

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        said = (self.last_at, self.promised, self.stated, self._spoken)
        return (*said, self.seen, self.received, self._busy, self._quiet_at, self._ordered)


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


def owes_acknowledgement(ordered: int, stated: int) -> bool:
    """Whether others may wait to hear that this sender has what it has ordered."""
    # REQ-MUL-47: a message was ordered that is later than what it acknowledged
    return ordered > stated


def at_once(spoken: int, last_at: int, mono_ms: int) -> int:
    """The next moment for one that is urgent, after so many in the millisecond `last_at`."""
    # REQ-MUL-22: at most four each millisecond
    return mono_ms if mono_ms > last_at or spoken < registry.limit("urgent-beats") else last_at + 1
