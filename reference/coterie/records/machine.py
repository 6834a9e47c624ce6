"""Records of one overlay: sealing what the application sends, opening what the members send.

Implements the Records chapter. The clock of the overlay lives here: it is the greatest timestamp known.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from coterie import registry
from coterie.effects import Effect, Event, Send
from coterie.errors import LocalError
from coterie.records import checks, sealing
from coterie.records.checks import Arrival
from coterie.records.epoch import Epoch
from coterie.records.memory import SenderMemory, Stretch
from coterie.standing import Standing
from coterie.vocabulary import Now
from coterie.wire.bodies import Data, Message
from coterie.wire.codec import decode_body
from coterie.wire.frames import SealedFrame

APPLICATION = "application"


@dataclass(frozen=True, slots=True)
class Repeated:
    """A DATA that this peer sent and sends again, byte for byte."""

    frame: bytes
    left: int
    resend_at: int


class Records:
    """What is sent and received under the view installed."""

    def __init__(self, standing: Standing) -> None:
        self.clock = 0
        self.next_counter = 0
        self._next_sequence = 1
        self._standing = standing
        self._epoch: Epoch | None = None
        self._memories: dict[int, SenderMemory] = {}
        self._repeated: deque[Repeated] = deque()

    def begin(self, epoch: Epoch, clock_base: int) -> None:
        """A view was installed: whatever belongs to the one before is forgotten."""
        # REQ-KEY-34: clock = max(clock, clock_base)
        self.clock = max(self.clock, clock_base)
        self.next_counter = 0
        self._next_sequence = 1
        self._epoch = epoch
        self._memories = {}
        # REQ-REC-16: repeated while the view is current
        self._repeated.clear()

    # ------------------------------------------------------------ sending

    def send(self, payload: bytes, now: Now) -> list[Effect]:
        """One message of the application to every other member."""
        epoch = self._epoch
        if epoch is None:
            raise LocalError("there is no view to send in; wait for view-installed")
        if self.next_counter > registry.limit("counter"):
            raise LocalError("this view has no counter left; install the next one first")
        if len(self._repeated) >= registry.limit("counter-memory"):
            raise LocalError("as many messages wait for their repeats as others remember; send again later")
        self._check_fits(payload)
        timestamp = next_timestamp(self.clock)
        message = Message(timestamp, registry.codes("payload-kind")[APPLICATION], 0, 1, payload)
        # REQ-REC-16: acknowledges nothing in this revision
        frame = self._seal(epoch, Data(0, self._next_sequence, (message,)))

        self.clock = timestamp
        self.next_counter += 1
        self._next_sequence += 1
        repeats = registry.limit("data-repeats")
        if epoch.receivers and repeats:
            self._repeated.append(Repeated(frame, repeats, resend_after(now)))
        return self._to_all(epoch, frame)

    def _check_fits(self, payload: bytes) -> None:
        most = min(
            self._standing.trust.max_datagram - sealing.around(self._standing), registry.limit("payload")
        )
        if len(payload) > most:
            raise LocalError(f"a message of this overlay has at most {most} octets; send it in pieces")

    def _seal(self, epoch: Epoch, body: Data) -> bytes:
        return sealing.seal(self._standing, epoch, self.next_counter, body)

    def _to_all(self, epoch: Epoch, frame: bytes) -> list[Effect]:
        return [Send(self._standing.overlay, address, frame) for address in epoch.receivers]

    # ------------------------------------------------------------ receiving

    def on_data(self, frame: SealedFrame) -> list[Effect]:
        """A sealed frame: open it, check it, tell each of its messages."""
        epoch = checks.check_view(self._epoch, frame)
        checks.check_sender(epoch, frame)
        memory = self._memories.get(frame.sender_index) or SenderMemory()
        checks.check_counter(memory, frame)
        opened = epoch.seal_of(frame.sender_index).open(frame.counter, frame.associated, frame.sealed)
        wants_origin = self._standing.trust.signs_origin
        body = decode_body("DATA", opened, origin_signature=wants_origin)
        if not isinstance(body, Data):
            raise TypeError("the body of DATA is Data")
        leaf = epoch.leaves.get(epoch.members[frame.sender_index]) if wants_origin else None
        checks.check_values(Arrival(frame, opened, body, memory, self.clock, leaf))

        memory.remember(frame.counter, frame.octets, Stretch.of(body.first_sequence, body.messages))
        self._memories[frame.sender_index] = memory
        self.clock = later_clock(self.clock, body)
        return self._told(epoch, frame, body)

    def _told(self, epoch: Epoch, frame: SealedFrame, body: Data) -> list[Effect]:
        # REQ-REC-15: each message, in sequence order
        return [
            Event(
                self._standing.overlay,
                "data",
                {
                    "view": epoch.view,
                    "sender": epoch.members[frame.sender_index],
                    "sequence": body.first_sequence + at,
                    "timestamp": message.timestamp,
                    "kind": message.kind,
                    "fragment_index": message.fragment_index,
                    "fragment_count": message.fragment_count,
                    "payload": message.payload,
                },
            )
            for at, message in enumerate(body.messages)
        ]

    # ------------------------------------------------------------ time and state

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        return self._repeated[0].resend_at if self._repeated else None

    def fire(self, now: Now) -> list[Effect]:
        """The one timer that is due first: that of the first in line, for all wait equally long."""
        repeated = self._repeated.popleft()
        if repeated.left > 1:
            again = replace(repeated, left=repeated.left - 1, resend_at=resend_after(now))
            self._repeated.append(again)
        return self._to_all(self._epoch, repeated.frame) if self._epoch else []

    @property
    def has_repeats(self) -> bool:
        """Whether something that was sent will be sent again."""
        return bool(self._repeated)

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        view = self._epoch.view if self._epoch else None
        memories = tuple((index, self._memories[index].fingerprint()) for index in sorted(self._memories))
        return (view, self.clock, self.next_counter, self._next_sequence, memories)


def next_timestamp(clock: int) -> int:
    """The timestamp of a new message."""
    # REQ-REC-14: the clock goes on by one for each
    return clock + 1


def later_clock(clock: int, body: Data) -> int:
    """The clock after a DATA was accepted."""
    # REQ-REC-13: at least the greatest timestamp in it
    return max(clock, *(message.timestamp for message in body.messages))


def resend_after(now: Now) -> int:
    """When a DATA that is sent now is sent again."""
    # REQ-REC-16: every 100 ms
    return now.mono_ms + registry.timer("data-resend")
