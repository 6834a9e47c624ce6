"""What waits to be sent, and how it is packed: as few frames as hold it, or one message cut over many.

Implements REQ-MUL-1, REQ-MUL-9 and REQ-MUL-29.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from coterie import registry
from coterie.errors import LocalError, NoRoomError
from coterie.multicast.kinds import APPLICATION, REMOVE
from coterie.wire.bodies import Message

MESSAGE_SIZE = 13
"""Octets of a message in DATA beside its payload."""


class Waiting(NamedTuple):
    """A message without a timestamp yet. `asked` for by the application; the others are the protocol's."""

    kind: int
    payload: bytes

    @property
    def asked(self) -> bool:
        """Whether the application wants to hear that it was sent."""
        return self.kind == APPLICATION


@dataclass(slots=True)
class Room:
    """How much of one's own may still become unstable: REQ-MUL-29. `frames` are the sender's own measure."""

    messages: int
    octets: int
    frames: int

    def takes(self, count: int, octets: int) -> bool:
        """Whether a message of so many fragments and octets may go."""
        # REQ-MUL-29: 4,096 messages and 4 MiB are unstable at most
        return count <= self.messages and octets <= self.octets

    def less(self, count: int, octets: int) -> None:
        """Such a message went."""
        self.messages -= count
        self.octets -= octets


class Sent(NamedTuple):
    """A message that was given its place: the first of its numbers counted from the packing's first."""

    offset: int
    timestamp: int
    fragments: int
    waiting: Waiting


@dataclass(slots=True)
class Packing:
    """The frames of one batch, as lists of messages, and what stands in them."""

    frames: list[tuple[Message, ...]]
    sent: list[Sent]
    clock: int


class Outbox:
    """The messages that wait, in the order in which they were given."""

    __slots__ = ("_octets", "_queue", "capacity")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        """Octets of payload that fit one frame alone."""
        self._queue: deque[Waiting] = deque()
        self._octets = 0

    @property
    def longest(self) -> int:
        """Octets of the longest message."""
        return self.capacity * registry.limit("fragments")

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, payload: bytes) -> None:
        """A message of the application. `LocalError` if it is too long, `NoRoomError` if too much waits."""
        if len(payload) > self.capacity and len(payload) > self.longest:
            raise LocalError(
                f"a message of this overlay has at most {self.longest} octets; send it in pieces"
            )
        size = self._octets + len(payload)
        if not self.has_room or size > registry.limit("waiting-octets"):
            raise NoRoomError("as much waits as may wait; send again later")
        self._queue.append(Waiting(APPLICATION, payload))
        self._octets = size

    @property
    def has_room(self) -> bool:
        """Whether one more message may wait."""
        return len(self._queue) < registry.limit("waiting-messages")

    def put(self, waiting: Waiting) -> None:
        """A message of the protocol's own, or one that was checked."""
        self._queue.append(waiting)
        self._octets += len(waiting.payload)

    def put_first(self, payloads: list[bytes]) -> None:
        """Messages of the application that wait longer than all others."""
        self._queue.extendleft(Waiting(APPLICATION, payload) for payload in reversed(payloads))
        self._octets += sum(map(len, payloads))

    def drop_internal(self) -> None:
        """The view is over: what the protocol wanted to say in it is void."""
        kept = [waiting for waiting in self._queue if waiting.asked]
        self._queue = deque(kept)
        self._octets = sum(len(waiting.payload) for waiting in kept)

    def clear(self) -> None:
        """Nothing waits any more."""
        self._queue.clear()
        self._octets = 0

    def pack(self, room: Room, clock: int) -> Packing:
        """Take out as much as the window has room for, with timestamps from clock + 1."""
        packing = Packing([], [], clock)
        open_frame: list[Message] = []
        queue, capacity, place = self._queue, self.capacity, packing.sent.append
        left, offset = capacity, 0
        while queue:
            waiting = queue[0]
            kind, payload = waiting
            size = len(payload)
            count = 1 if size <= capacity else fragments_of(size, capacity)
            # REQ-MUL-9: whole messages, in order, as many as fit
            begins = not open_frame or count > 1 or not has_place(len(open_frame), size, left)
            if not room.takes(count, size) or (begins and room.frames <= 0):
                break
            queue.popleft()
            self._octets -= size
            room.less(count, size)
            clock = next_timestamp(clock)
            place(Sent(offset, clock, count, waiting))
            offset += count
            if begins:
                room.frames -= count
                if open_frame:
                    packing.frames.append(tuple(open_frame))
                open_frame, left = [], capacity
            if count > 1:
                packing.frames += cut(waiting, clock, capacity)
            else:
                open_frame.append(Message(clock, kind, 0, 1, payload))
                left -= size + MESSAGE_SIZE
            if kind == REMOVE:
                break
        packing.clock = clock
        if open_frame:
            packing.frames.append(tuple(open_frame))
        return packing

    def first_fits(self, room: Room) -> bool:
        """Whether anything waits that may go."""
        if not self._queue or room.frames <= 0:
            return False
        size = len(self._queue[0].payload)
        return room.takes(fragments_of(size, self.capacity), size)

    @property
    def asks(self) -> bool:
        """Whether the application waits for something to be sent."""
        return any(waiting.asked for waiting in self._queue)

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        return tuple(self._queue)


def has_place(messages: int, size: int, left: int) -> bool:
    """Whether one more message goes into a frame with so many and so much left."""
    # REQ-MUL-9: 256 messages, and what a datagram holds
    return messages < registry.limit("messages") and size <= left


def fragments_of(size: int, capacity: int) -> int:
    """How many pieces a message of that size makes: one, an empty one too."""
    return max(1, -(-size // capacity))


def cut(waiting: Waiting, timestamp: int, capacity: int) -> list[tuple[Message, ...]]:
    """One frame for each piece; all but the last are full, and all have the one timestamp."""
    # REQ-MUL-9: fragments have successive sequence numbers and are alone in their frames
    count = fragments_of(len(waiting.payload), capacity)
    pieces = (waiting.payload[at * capacity : (at + 1) * capacity] for at in range(count))
    return [(Message(timestamp, waiting.kind, at, count, piece),) for at, piece in enumerate(pieces)]


def next_timestamp(clock: int) -> int:
    """The timestamp of a new message."""
    # REQ-REC-14: the clock goes on by one for each
    return clock + 1
