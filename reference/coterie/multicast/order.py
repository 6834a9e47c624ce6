"""The order of delivery: messages wait here until nothing earlier can come any more.

Implements REQ-MUL-4, REQ-MUL-6, REQ-MUL-8 and REQ-MUL-12. All members go through one sequence of messages,
by timestamp and then Node-ID; the sender group changes at places of that sequence, so it is the same for all.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from coterie.multicast.kinds import ADD, CHANGES, REMOVE
from coterie.multicast.stream import Complete, Stream
from coterie.vocabulary import NodeId

COORDINATOR = 0
NOWHERE: Complete = (0, -1, 0, 0, b"")


def ranks(members: Sequence[NodeId]) -> tuple[list[int], list[int]]:
    """The rank of each position by Node-ID, and the position of each rank."""
    positions = sorted(range(len(members)), key=lambda position: members[position])
    rank_of = [0] * len(members)
    for rank, position in enumerate(positions):
        rank_of[position] = rank
    return rank_of, positions


class Order:
    """The messages of one view that are complete and not passed on, and the sender group at their head."""

    __slots__ = (
        "_come", "_least", "_own", "_queue", "_streams", "changes", "group", "horizon", "place", "positions",
    )  # fmt: skip

    def __init__(
        self, streams: Sequence[Stream], positions: Sequence[int], own: int, group: set[int]
    ) -> None:
        self.group = group
        """Positions of the members that may send, at the place in the order that was reached."""
        self.horizon = 0
        """Nothing with this timestamp or an earlier one is still to come."""
        self.place = NOWHERE
        """The message that was passed last."""
        self.positions = positions
        """The position of each rank."""
        self.changes: list[tuple[int, int]] = []
        """What changed in the group since it was looked at: kind and position."""
        self._streams = streams
        self._own = own
        self._queue: list[Complete] = []
        self._come: list[Complete] = []
        self._least = 0
        """What has come and is not in its place yet, and the least timestamp there."""

    def add(self, complete: list[Complete]) -> None:
        """Messages of one sender, complete and in their order."""
        if complete:
            self._least = min(self._least, complete[0][0]) if self._come else complete[0][0]
            self._come += complete

    def queue(self) -> list[Complete]:
        """All that waits, in the order: what has come since is put in its place now.

        It comes in rows that are in order themselves, which sorting finds: so this costs less than to keep a
        heap, as long as it is done when something can be passed on, and not for each message.
        """
        if self._come:
            self._queue += self._come
            self._queue.sort()
            self._come.clear()
        return self._queue

    def _first_at(self) -> int | None:
        """The least timestamp of what waits."""
        if not self._queue:
            return self._least if self._come else None
        return min(self._queue[0][0], self._least) if self._come else self._queue[0][0]

    def look(self, clock: int) -> int:
        """Compare anew what was heard of everyone who may send; the horizon."""
        heard = [self._streams[position].heard for position in self.group if position != self._own]
        self.horizon = least_heard(heard, clock)
        return self.horizon

    def ready(self, clock: int) -> list[Complete]:
        """Pass on, in the order, whatever no other message can precede."""
        passed: list[Complete] = []
        self.look(clock)
        first_at = self._first_at()
        if first_at is None or not may_pass(first_at, self.horizon):
            return passed
        queue, done = self.queue(), 0
        for message in queue:
            if not may_pass(message[0], self.horizon):
                break
            done += 1
            if self.pass_on(message, passed):
                self.look(clock)
        del queue[:done]
        return passed

    def up_to(self, timestamp: int) -> list[Complete]:
        """Pass on everything with this timestamp or an earlier one: it is all here."""
        passed: list[Complete] = []
        queue, done = self.queue(), 0
        for message in queue:
            if not is_common(message[0], timestamp):
                break
            done += 1
            self.pass_on(message, passed)
        del queue[:done]
        return passed

    def rest(self, onward: Collection[int]) -> list[Complete]:
        """Pass on what is left of the members at these positions, in the order: the view is over."""
        passed: list[Complete] = []
        queue = self.queue()
        for message in queue:
            if goes_on(self.positions[message[1]], onward):
                self.pass_on(message, passed)
        queue.clear()
        return passed

    def pass_on(self, message: Complete, passed: list[Complete]) -> bool:
        """The first one of the queue has its place; whether the sender group has changed with it."""
        position = self.positions[message[1]]
        if not may_say(self.group, position) or message < self.place:
            return False
        self.place = message
        kind = message[3]
        if kind not in CHANGES:
            passed.append(message)
            return False
        changed = self._change(position, message)
        if changed:
            passed.append(message)
        return changed

    def _change(self, position: int, message: Complete) -> bool:
        if message[3] == REMOVE:
            if not may_remove(position, message[4]):
                return False
            self.group.discard(position)
            self.changes.append((REMOVE, position))
            return True
        added = added_position(position, message[4], len(self.positions))
        if added is None or added in self.group:
            return False
        self.group.add(added)
        self.changes.append((ADD, added))
        # REQ-MUL-5: it sends nothing before this place
        stream = self._streams[added]
        stream.heard = max(stream.heard, message[0])
        return True

    @property
    def waits(self) -> bool:
        """Whether anything waits to be passed on."""
        return bool(self._queue or self._come)

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        return (tuple(sorted(self.group)), self.horizon, self.place, tuple(sorted(self._queue + self._come)))


def least_heard(heard: list[int], clock: int) -> int:
    """Up to where everything of the other senders is there; where there is none, the clock."""
    # REQ-MUL-18: what is acknowledged, too
    return min(heard, default=clock)


def may_pass(timestamp: int, horizon: int) -> bool:
    """Whether no other sender can say anything earlier."""
    # REQ-MUL-12: delivered when every other sender was heard up to there
    return timestamp <= horizon


def is_common(timestamp: int, acknowledged: int) -> bool:
    """Whether a message is told by all who go on together, as none before it can be missing."""
    # REQ-VIE-18: one of them held everything up to there
    return timestamp <= acknowledged


def goes_on(position: int, onward: Collection[int]) -> bool:
    """Whether what a member said after that is told."""
    # REQ-VIE-48: only of those who go on together is it known that all its causes are here
    return position in onward


def may_say(group: set[int], position: int) -> bool:
    """Whether a member's message counts at its place."""
    # REQ-MUL-8: only a sender's
    return position in group


def may_remove(position: int, payload: bytes) -> bool:
    """Whether a REMOVE has effect: its payload is empty, and the coordinator never leaves the group."""
    # REQ-MUL-6: of the sender itself
    return position != COORDINATOR and not payload


def added_position(sender: int, payload: bytes, members: int) -> int | None:
    """Whom an ADD lets in; None if it has no effect."""
    # REQ-MUL-4: only the coordinator says so, of a member
    if sender != COORDINATOR or len(payload) != 2:
        return None
    position = int.from_bytes(payload, "big")
    return position if position < members else None
