"""Asking for what is missing, and answering who asks.

Implements REQ-MUL-24, REQ-MUL-27 and REQ-MUL-28. Each sender's gaps are asked for after a short draw, for
most of them close by themselves, and then every 100 ms, of one holder after another; and sooner when a whole
answer has come and more is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from coterie import registry
from coterie.multicast.stream import Stream
from coterie.wire.bodies import Gap, Range

RangesOf = dict[int, list[Range]]
SECOND = 1000  # milliseconds


@dataclass(slots=True)
class Wanted:
    """What is missing of one sender: when new gaps are asked for, and when all are again."""

    fresh_at: int | None = None
    again_at: int | None = None
    asked_to: int = 0
    attempt: int = 0
    came: int = 0
    """How many frames of the sender came since all was asked for last."""

    def due(self) -> int:
        """The earlier of the two."""
        times = [at for at in (self.fresh_at, self.again_at) if at is not None]
        return min(times)


class Repairs:
    """The gaps of one view. `delay(position, first)` draws how long to wait for a gap to close by itself."""

    __slots__ = ("_asked_at", "_delay", "_holders", "_streams", "_wanted")

    def __init__(
        self,
        streams: Sequence[Stream],
        holders: Callable[[int], Sequence[int]],
        delay: Callable[[int, int], int],
    ) -> None:
        self._streams = streams
        self._holders = holders
        self._delay = delay
        self._wanted: dict[int, Wanted] = {}
        self._asked_at: dict[int, int] = {}

    def notice(self, position: int, mono_ms: int) -> None:
        """The stream of that position has changed."""
        stream = self._streams[position]
        wanted = self._wanted.get(position)
        if stream.contiguous >= stream.wanted_to():
            stream.torn = False
            if wanted is not None:
                del self._wanted[position]
            return
        if wanted is None:
            wanted = self._wanted[position] = Wanted(asked_to=stream.contiguous)
        wanted.came += 1
        if wanted.again_at is not None and wanted.came >= registry.limit("repairs"):
            # nobody answers with more than that: the rest has to be asked for once more
            wanted.again_at = min(wanted.again_at, mono_ms)
        if (stream.torn or wanted.again_at is None) and wanted.fresh_at is None:
            wanted.fresh_at = mono_ms + self._delay(position, stream.contiguous + 1)
        stream.torn = False

    def forget(self) -> None:
        """Nothing is asked for any more: the view is closing."""
        self._wanted.clear()

    def wake(self) -> int | None:
        """When the next gaps are asked for."""
        if not self._wanted:
            return None
        return min(wanted.due() for wanted in self._wanted.values())

    def fire(self, mono_ms: int) -> RangesOf:
        """What to ask now, by holder. A holder that was asked too lately makes its gaps wait."""
        asked: RangesOf = {}
        for position in sorted(self._wanted):
            wanted = self._wanted[position]
            if wanted.due() > mono_ms:
                continue
            holder = self._holder(position, wanted)
            free_at = self._asked_at.get(holder, -SECOND) + SECOND // registry.limit("nack-rate")
            full = len(asked.get(holder, ())) >= registry.limit("nack-ranges")
            if (free_at > mono_ms and holder not in asked) or full:
                self._postpone(wanted, max(free_at, mono_ms + 1))
                continue
            self._ask(position, wanted, asked.setdefault(holder, []), mono_ms)
            self._asked_at[holder] = mono_ms
        return {holder: ranges for holder, ranges in asked.items() if ranges}

    def _holder(self, position: int, wanted: Wanted) -> int:
        holders = self._holders(position)
        return holders[wanted.attempt % len(holders)]

    def _postpone(self, wanted: Wanted, until: int) -> None:
        if wanted.fresh_at is not None:
            wanted.fresh_at = max(wanted.fresh_at, until)
        if wanted.again_at is not None:
            wanted.again_at = max(wanted.again_at, until)

    def _ask(self, position: int, wanted: Wanted, ranges: list[Range], mono_ms: int) -> None:
        again = wanted.again_at is not None and wanted.again_at <= mono_ms
        left = registry.limit("nack-ranges") - len(ranges)
        stream = self._streams[position]
        for first, last in stream.missing(0 if again else wanted.asked_to):
            if left == 0:
                # what did not fit is new when there is room again
                wanted.fresh_at = mono_ms + SECOND // registry.limit("nack-rate")
                break
            ranges.append(Range(position, first, last))
            wanted.asked_to = max(wanted.asked_to, last)
            left -= 1
        else:
            wanted.fresh_at = None
        if again or wanted.again_at is None:
            wanted.attempt += 1
            wanted.came = 0
            wanted.again_at = again_at(mono_ms)

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        wanted = tuple((at, repr(self._wanted[at])) for at in sorted(self._wanted))
        return (wanted, tuple(sorted(self._asked_at.items())))


def again_at(mono_ms: int) -> int:
    """When what is asked for now is asked for again."""
    # REQ-MUL-24: every 100 ms
    return mono_ms + registry.timer("nack-repeat")


def delay_of(drawn: bytes) -> int:
    """How long to wait with the first question: 0 to 20 ms, from 8 octets of randomness."""
    # REQ-MUL-24: whoever misses the same asks at another time
    return int.from_bytes(drawn, "big") % (registry.timer("nack-delay") + 1)


def answers(streams: Sequence[Stream], ranges: Iterable[Range]) -> tuple[list[bytes], list[Gap]]:
    """The frames that hold what was asked for, as they came, and what was discarded of it."""
    repairs: dict[tuple[int, int], bytes] = {}
    gaps: list[Gap] = []
    for asked in ranges:
        stream = streams[asked.sender]
        if asked.first <= stream.floor:
            # REQ-MUL-28: it was held once, and every member had it
            gaps.append(Gap(asked.sender, asked.first, min(asked.last, stream.floor)))
        for held in stream.held_in(asked.first, asked.last):
            # REQ-MUL-27: byte for byte, each once, 64 at most
            if len(repairs) >= registry.limit("repairs"):
                break
            repairs.setdefault((asked.sender, held.first), held.octets)
    return list(repairs.values()), gaps
