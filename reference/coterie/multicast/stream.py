"""One member's messages in one view, as they are held: what is complete, what waits, what is missing.

Implements REQ-MUL-10 and what REQ-MUL-24 calls missing. Frames are held whole, for they are what a repair
sends; their messages are passed on as soon as nothing before them is missing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from coterie import registry
from coterie.multicast import kinds
from coterie.multicast.window import ControlWindow
from coterie.records.checks import LAST_SEQUENCE
from coterie.records.memory import SenderMemory
from coterie.wire.bodies import Data, Message

Complete: TypeAlias = tuple[int, int, int, int, bytes]
"""A whole message: timestamp, rank of its sender's Node-ID in the view, sequence of its first fragment, kind,
payload. So the order of these tuples is the order of the messages."""


@dataclass(slots=True)
class Held:
    """A DATA as it came and when, with the first sequence number in it and the timestamp of each."""

    octets: bytes
    first: int
    timestamps: tuple[int, ...]
    payload: int
    """Octets of the payloads in it."""
    at: int

    @property
    def last(self) -> int:
        """The last sequence number in it."""
        return self.first + len(self.timestamps) - 1


@dataclass(frozen=True, slots=True)
class Promise:
    """Of a HEARTBEAT: whatever comes after `last_sequence` is later than `timestamp`."""

    timestamp: int
    last_sequence: int


class Stream:
    """What is known of one member's messages. Bounded by REQ-MUL-38."""

    __slots__ = (
        "_ahead", "_firsts", "_held", "_partial", "beats", "ceiling", "contiguous", "controls", "count",
        "floor", "floor_timestamp", "heard", "memory", "payload", "promise", "rank", "shown", "torn",
    )  # fmt: skip

    def __init__(self, rank: int, clock_base: int) -> None:
        self.rank = rank
        self.memory = SenderMemory()
        self.beats = ControlWindow()
        """Counters of its HEARTBEATs, which DATA shares."""
        self.controls = ControlWindow()
        """Counters under the control secret."""
        self.contiguous = 0
        """All sequence numbers up to this one are held, or were."""
        # REQ-MUL-10: a view begins with its clock base
        self.heard = clock_base
        self.promise: Promise | None = None
        """Of its promises the one with the greatest timestamp."""
        self.shown = 0
        """The greatest sequence number that any frame has spoken of."""
        self.ceiling: int | None = None
        """In recovery, the cut: nothing beyond it counts."""
        self.torn = False
        """Whether a gap has opened since `Repairs` looked last."""
        self.floor = 0
        self.floor_timestamp = 0
        """The last message that was discarded, and its timestamp."""
        self.count = 0
        self.payload = 0
        """How many messages are held, with how many octets."""
        self._firsts: list[int] = []
        self._held: dict[int, Held] = {}
        self._ahead: dict[int, tuple[Message, ...]] = {}
        self._partial: list[Message] = []

    # ------------------------------------------------------------ what comes in

    def take(self, octets: bytes, body: Data, mono_ms: int) -> list[Complete]:
        """Hold a frame; the messages that are complete now, without a gap before them."""
        first, messages = body.first_sequence, body.messages
        size = sum([len(message.payload) for message in messages])
        timestamps = tuple([message.timestamp for message in messages])
        self._held[first] = Held(octets, first, timestamps, size, mono_ms)
        if self._firsts and first < self._firsts[-1]:
            insort(self._firsts, first)
        else:
            self._firsts.append(first)
        self.count += len(messages)
        self.payload += size
        self._ahead[first] = messages
        if first > self.shown + 1:
            self.torn = True
        self.shown = max(self.shown, first + len(messages) - 1)
        return self.advance()

    def show(self, sequence: int) -> None:
        """A frame has spoken of `sequence` without bringing it."""
        if sequence > self.shown:
            self.shown = sequence
            self.torn = True

    def hear(self, promise: Promise) -> None:
        """A HEARTBEAT came: it counts at once, or when the messages before it are held."""
        self.show(promise.last_sequence)
        if self.promise is None or promise.timestamp > self.promise.timestamp:
            self.promise = promise
            self._listen()

    def advance(self) -> list[Complete]:
        """Pass on what follows without a gap, up to the ceiling."""
        complete: list[Complete] = []
        while self.ceiling is None or self.contiguous < self.ceiling:
            messages = self._ahead.pop(self.contiguous + 1, None)
            if messages is None:
                break
            if self.ceiling is not None and self.contiguous + len(messages) > self.ceiling:
                # a cut inside a frame: the rest of it is beyond the view
                inside = self.ceiling - self.contiguous
                self._ahead[self.ceiling + 1] = messages[inside:]
                messages = messages[:inside]
            self._absorb(messages, complete)
        if complete and complete[-1][0] > self.heard:
            # REQ-MUL-10: the last whole message without a gap before it
            self.heard = complete[-1][0]
        self._listen()
        return complete

    def _absorb(self, messages: tuple[Message, ...], complete: list[Complete]) -> None:
        sequence = self.contiguous
        rank = self.rank
        for message in messages:
            sequence += 1
            if message.fragment_count == 1:
                complete.append((message.timestamp, rank, sequence, message.kind, message.payload))
                if self._partial:
                    self._partial.clear()
            else:
                self._join(message, sequence, complete)
        self.contiguous = sequence

    def _join(self, message: Message, sequence: int, complete: list[Complete]) -> None:
        if not fits(self._partial, message):
            # who breaks a message off says nothing with its pieces
            self._partial.clear()
        if message.fragment_index == len(self._partial):
            self._partial.append(message)
        if len(self._partial) == message.fragment_count:
            payload = b"".join([part.payload for part in self._partial])
            first = sequence - message.fragment_index
            complete.append((message.timestamp, self.rank, first, kinds.kind_of_whole(message.kind), payload))
            self._partial.clear()

    def _listen(self) -> None:
        # REQ-MUL-10: a promise counts when everything before it is held, and whole
        promise = self.promise
        if promise and promise.last_sequence <= self.contiguous - len(self._partial):
            self.heard = max(self.heard, promise.timestamp)

    # ------------------------------------------------------------ what is missing, held and given up

    def wanted_to(self) -> int:
        """The last sequence number that may be asked for."""
        known = self.shown if self.ceiling is None else self.ceiling
        # REQ-MUL-26: a range that is longer would be refused, up to the cut as elsewhere
        return min(known, self.contiguous + registry.limit("nack-span"))

    def missing(self, after: int = 0) -> Iterator[tuple[int, int]]:
        """The gaps beyond `after`, first and last number of each, in order."""
        at = max(self.contiguous, after) + 1
        end = self.wanted_to()
        place = max(bisect_left(self._firsts, at) - 1, 0)
        for first in self._firsts[place:]:
            if first > end:
                break
            if first > at:
                yield at, first - 1
            at = max(at, self._held[first].last + 1)
        if at <= end:
            yield at, end

    def held_in(self, first: int, last: int) -> Iterator[Held]:
        """The frames with a message from `first` to `last`, in order."""
        place = max(bisect_left(self._firsts, first) - 1, 0)
        for start in self._firsts[place:]:
            if start > last:
                break
            if self._held[start].last >= first:
                yield self._held[start]

    def least_after(self, sequence: int) -> int | None:
        """The least timestamp that is known of a message after `sequence`; None if none is."""
        if sequence < self.floor:
            return self.floor_timestamp
        found = next(self.held_in(sequence + 1, LAST_SEQUENCE), None)
        if found is None:
            return None
        return found.timestamps[max(sequence + 1 - found.first, 0)]

    def greatest_to(self, sequence: int) -> int | None:
        """The greatest timestamp that is known of a message up to `sequence`; None if none is."""
        place = bisect_right(self._firsts, sequence) - 1
        if place >= 0:
            found = self._held[self._firsts[place]]
            return found.timestamps[min(sequence - found.first, len(found.timestamps) - 1)]
        return self.floor_timestamp if 0 < self.floor <= sequence else None

    def discard(self, stable: int) -> int:
        """Let go of the frames whose messages are all stable; how many frames that were."""
        done = 0
        for first in self._firsts:
            held = self._held[first]
            if held.timestamps[-1] > stable or held.last > self.contiguous:
                break
            done += 1
            del self._held[first]
            self.count -= len(held.timestamps)
            self.payload -= held.payload
            self.floor, self.floor_timestamp = held.last, held.timestamps[-1]
        del self._firsts[:done]
        return done

    @property
    def frames(self) -> int:
        """How many frames are held."""
        return len(self._firsts)

    def unstable(self, stable: int) -> int:
        """How many messages are held that are later than `stable`."""
        return sum(at > stable for held in self._held.values() for at in held.timestamps)

    def oldest(self, after: int) -> tuple[int, int] | None:
        """The timestamp of the first message held that is later than `after`, and when its frame came."""
        for first in self._firsts:
            held = self._held[first]
            if held.timestamps[-1] > after:
                return next(at for at in held.timestamps if at > after), held.at
        return None

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        held = tuple((first, sha256(self._held[first].octets).digest()) for first in self._firsts)
        windows = (self.memory.fingerprint(), self.beats.fingerprint(), self.controls.fingerprint())
        counts = (self.contiguous, self.heard, self.promise, self.shown, self.ceiling, self.floor)
        return (*counts, self.floor_timestamp, held, windows, tuple(self._partial))


def fits(partial: Sequence[Message], message: Message) -> bool:
    """Whether `message` goes on with the pieces before it, or begins a new message after none."""
    if not partial:
        return message.fragment_index == 0
    before = partial[-1]
    return (message.fragment_index, message.fragment_count, message.timestamp) == (
        before.fragment_index + 1, before.fragment_count, before.timestamp,
    )  # fmt: skip
