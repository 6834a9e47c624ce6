"""Messages put together from fragments that come in any order, for the services that wait for nobody.

Implements the completeness of REQ-MUL-15. Bounded by what REQ-MUL-38 lets a sender leave open.
"""

from __future__ import annotations

from coterie.multicast.stream import Complete
from coterie.wire.bodies import Message


class Assembler:
    """The incomplete messages of all senders of one view."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: dict[tuple[int, int, int, int], dict[int, bytes]] = {}

    def put(self, rank: int, sequence: int, message: Message) -> Complete | None:
        """One message or fragment of a sender; the whole message if that completes it."""
        first = sequence - message.fragment_index
        if message.fragment_count == 1:
            return (message.timestamp, rank, sequence, message.kind, message.payload)
        key = (rank, first, message.fragment_count, message.timestamp)
        parts = self._open.setdefault(key, {})
        parts[message.fragment_index] = message.payload
        if len(parts) < message.fragment_count:
            return None
        del self._open[key]
        payload = b"".join(parts[at] for at in range(message.fragment_count))
        return (message.timestamp, rank, first, message.kind, payload)

    def forget(self, timestamp: int) -> None:
        """Drop what is stable by now: its missing fragments will not come any more."""
        for key in [key for key in self._open if key[3] <= timestamp]:
            del self._open[key]

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        return tuple((key, tuple(sorted(self._open[key].items()))) for key in sorted(self._open))
