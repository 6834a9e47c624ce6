"""What a receiver remembers of one sender in one view: counters, sequences and timestamps.

Implements REQ-REC-4, REQ-REC-5, REQ-REC-7 and REQ-REC-8. Bounded by the limit counter-memory:
counters, and as many stretches of sequence numbers; neighbouring stretches become one.
"""

from __future__ import annotations

from bisect import bisect_left
from hashlib import sha256
from typing import NamedTuple

from coterie import registry
from coterie.wire.bodies import Message


class Stretch(NamedTuple):
    """Sequence numbers accepted without a gap, with the messages at both ends as far as their order
    counts."""

    first: int
    last: int
    first_timestamp: int
    last_timestamp: int
    first_is_fragment: bool
    """Whether the first message continues one: then the message before may have its timestamp."""

    @classmethod
    def of(cls, first: int, messages: tuple[Message, ...]) -> Stretch:
        """The stretch that the messages of one DATA make."""
        head, tail = messages[0], messages[-1]
        last = first + len(messages) - 1
        return cls(first, last, head.timestamp, tail.timestamp, head.fragment_index > 0)

    def joined(self, after: Stretch) -> Stretch:
        """This stretch and a later one as one."""
        return Stretch(
            self.first, after.last, self.first_timestamp, after.last_timestamp, self.first_is_fragment
        )


class SenderMemory:
    """One sender's frames in one view."""

    __slots__ = ("_counters", "_stretches", "highest")

    def __init__(self) -> None:
        self.highest = -1
        """The greatest counter accepted, -1 before the first."""
        self._counters: dict[int, bytes] = {}
        self._stretches: list[Stretch] = []

    def frame_of(self, counter: int) -> bytes | None:
        """SHA-256 of the frame that was accepted under `counter`; None if none was, or it is forgotten."""
        return self._counters.get(counter)

    def neighbours(self, first: int, last: int) -> tuple[Stretch | None, list[Stretch], Stretch | None]:
        """The stretch before `first`, those that share a number with it or the ones to `last`, the one
        after."""
        if self._stretches and self._stretches[-1].last < first:
            # in order, as almost all come
            return self._stretches[-1], [], None
        at = bisect_left(self._stretches, first, key=lambda known: known.last)
        end = at
        while end < len(self._stretches) and self._stretches[end].first <= last:
            end += 1
        before = self._stretches[at - 1] if at > 0 else None
        after = self._stretches[end] if end < len(self._stretches) else None
        return before, self._stretches[at:end], after

    def remember(self, counter: int, frame: bytes, stretch: Stretch) -> None:
        """Keep what an accepted DATA used up."""
        memory = registry.limit("counter-memory")
        self._counters[counter] = sha256(frame).digest()
        if counter > self.highest:
            self._forget(self.highest - memory, counter - memory)
            self.highest = counter
        self._keep(stretch)
        if len(self._stretches) > memory:
            # whoever left so many gaps gets the oldest one closed: its counters are too old as well
            self._stretches[:2] = [self._stretches[0].joined(self._stretches[1])]

    def _forget(self, old: int, new: int) -> None:
        """Drop the counters above `old` and up to `new`: the window has moved on by as many."""
        # REQ-REC-5: all counters above highest - counter-memory are remembered, and no other
        if new - old > len(self._counters):
            self._counters = {known: held for known, held in self._counters.items() if known > new}
        else:
            for counter in range(old + 1, new + 1):
                self._counters.pop(counter, None)

    def _keep(self, stretch: Stretch) -> None:
        if self._stretches and self._stretches[-1].last + 1 == stretch.first:
            self._stretches[-1] = self._stretches[-1].joined(stretch)
            return
        at = bisect_left(self._stretches, stretch.first, key=lambda known: known.first)
        if at > 0 and self._stretches[at - 1].last + 1 == stretch.first:
            at -= 1
            stretch = self._stretches.pop(at).joined(stretch)
        if at < len(self._stretches) and stretch.last + 1 == self._stretches[at].first:
            stretch = stretch.joined(self._stretches.pop(at))
        self._stretches.insert(at, stretch)

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        return (self.highest, tuple(sorted(self._counters.items())), tuple(self._stretches))
