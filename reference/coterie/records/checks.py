"""The checks on DATA, one function a rule, in the order of the draft.

Implements REQ-REC-1 to REQ-REC-12. The first half comes before the seal is opened, `check_values` after the
body was read.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from coterie import registry
from coterie.crypto import signature
from coterie.crypto.leaf import Leaf
from coterie.errors import RemoteError
from coterie.records.epoch import Epoch
from coterie.records.memory import SenderMemory, Stretch
from coterie.wire.bodies import Data, Message
from coterie.wire.frames import SealedFrame

LAST_SEQUENCE = 2**64 - 1
KINDS = frozenset(registry.codes("payload-kind").values())


@dataclass(frozen=True, slots=True)
class Arrival:
    """A DATA that was opened, with what its values are compared with."""

    frame: SealedFrame
    opened: bytes
    """The octets of the body."""
    body: Data
    memory: SenderMemory
    clock: int
    signer: Leaf | None
    """The sender's leaf where the group wants origin signatures, else None."""


# ---------------------------------------------------------------- before the seal is opened


def check_view(epoch: Epoch | None, frame: SealedFrame) -> Epoch:
    """The frame is of the view installed; its epoch."""
    # REQ-REC-1: no other view counts, earlier or later
    if epoch is None or frame.view_id != epoch.view:
        raise RemoteError("unknown-view", requirement="REQ-REC-1", field="view_id")
    return epoch


def check_sender(epoch: Epoch, frame: SealedFrame) -> None:
    """The sender is another member."""
    # REQ-REC-2: an index of the view, and not the receiver's
    if frame.sender_index >= len(epoch.members) or frame.sender_index == epoch.own_index:
        raise RemoteError("bad-sender-index", requirement="REQ-REC-2", field="sender_index")


def check_counter_range(frame: SealedFrame) -> None:
    """The counter is one that a sender may reach."""
    # REQ-REC-3: at most 2^32 - 1
    if frame.counter > registry.limit("counter"):
        raise RemoteError("counter-range", requirement="REQ-REC-3", field="counter")


def check_counter_unused(memory: SenderMemory, frame: SealedFrame) -> None:
    """The counter was not used before, neither by this frame nor by another."""
    # REQ-REC-4: a repair is the same frame; two frames under one counter are two nonces in one
    known = memory.frame_of(frame.counter)
    if known is not None:
        same = known == sha256(frame.octets).digest()
        raise RemoteError("duplicate" if same else "counter-reused", requirement="REQ-REC-4", field="counter")


def check_counter_recent(memory: SenderMemory, frame: SealedFrame) -> None:
    """The counter is one that the receiver still remembers."""
    # REQ-REC-5: at or below highest - counter-memory nobody knows whether it was used
    if frame.counter <= memory.highest - registry.limit("counter-memory"):
        raise RemoteError("counter-too-old", requirement="REQ-REC-5", field="counter")


def check_counter(memory: SenderMemory, frame: SealedFrame) -> None:
    """Check 8, in its order."""
    check_counter_range(frame)
    check_counter_unused(memory, frame)
    check_counter_recent(memory, frame)


# ---------------------------------------------------------------- the values


def check_sequence_range(body: Data) -> None:
    """Sequence numbers begin with 1 and have an end."""
    # REQ-REC-7: first at least 1, last at most 2^64 - 1
    last = body.first_sequence + len(body.messages) - 1
    if body.first_sequence < 1 or last > LAST_SEQUENCE:
        raise RemoteError("bad-sequence", requirement="REQ-REC-7", field="first_sequence")


def check_sequence_unused(arrival: Arrival) -> None:
    """No sequence number was accepted before from this sender."""
    # REQ-REC-7: each sequence number under one counter
    first = arrival.body.first_sequence
    _, shared, _ = arrival.memory.neighbours(first, first + len(arrival.body.messages) - 1)
    if shared:
        raise RemoteError("bad-sequence", requirement="REQ-REC-7", field="first_sequence")


def check_timestamp(arrival: Arrival, at: int, before: int | None) -> None:
    """A timestamp is positive, later than the one before unless a message goes on, and near the own clock.

    `before` is the timestamp of the message before in sequence order, None if none is known.
    """
    # REQ-REC-8: strictly increasing, equal only inside one message's fragments
    message = arrival.body.messages[at]
    least = before if before is None or message.fragment_index > 0 else before + 1
    too_early = message.timestamp < max(1, least or 0)
    if too_early or message.timestamp > arrival.clock + registry.limit("clock-jump"):
        raise RemoteError("bad-timestamp", requirement="REQ-REC-8", field=f"messages[{at}].timestamp")


def check_kind(message: Message, at: int) -> None:
    """The payload kind is assigned."""
    # REQ-REC-9: what a receiver does not know it does not deliver
    if message.kind not in KINDS:
        raise RemoteError("bad-payload-kind", requirement="REQ-REC-9", field=f"messages[{at}].kind")


def check_fragment(message: Message, before: Message | None, at: int) -> None:
    """A fragment is one of its message, and follows the one before where that stands in the frame."""
    # REQ-REC-10: count 1..64, index below it; index i after index i - 1 of the same count and timestamp
    in_range = 1 <= message.fragment_count <= registry.limit("fragments")
    follows = message.fragment_index == 0 or before is None or continues(before, message)
    if not in_range or message.fragment_index >= message.fragment_count or not follows:
        raise RemoteError("bad-fragment", requirement="REQ-REC-10", field=f"messages[{at}].fragment_index")


def continues(before: Message, message: Message) -> bool:
    """Whether `message` is the next fragment after `before`."""
    return (message.fragment_index, message.fragment_count, message.timestamp) == (
        before.fragment_index + 1, before.fragment_count, before.timestamp,
    )  # fmt: skip


def check_messages(arrival: Arrival) -> None:
    """REQ-REC-8 to REQ-REC-10, message by message."""
    messages = arrival.body.messages
    first = arrival.body.first_sequence
    earlier, _, _ = arrival.memory.neighbours(first, first + len(messages) - 1)
    before, known = None, earlier.last_timestamp if earlier else None
    for at, message in enumerate(messages):
        check_timestamp(arrival, at, known)
        check_kind(message, at)
        check_fragment(message, before, at)
        before, known = message, message.timestamp


def check_later_neighbour(arrival: Arrival) -> None:
    """What was accepted from after this frame has later timestamps."""
    # REQ-REC-8: also against neighbours accepted before
    stretch = Stretch.of(arrival.body.first_sequence, arrival.body.messages)
    _, _, later = arrival.memory.neighbours(stretch.first, stretch.last)
    if later is None:
        return
    least = stretch.last_timestamp + (0 if later.first_is_fragment else 1)
    if later.first_timestamp < least:
        at = len(arrival.body.messages) - 1
        raise RemoteError("bad-timestamp", requirement="REQ-REC-8", field=f"messages[{at}].timestamp")


def check_acknowledged(arrival: Arrival) -> None:
    """Nothing is acknowledged that nobody has sent."""
    # REQ-REC-11: at most the greatest timestamp known before, or with this frame
    if arrival.body.acknowledged > max(arrival.clock, latest(arrival.body)):
        raise RemoteError("bad-acknowledgement", requirement="REQ-REC-11", field="acknowledged")


def latest(body: Data) -> int:
    """The greatest timestamp in a DATA: an honest acknowledgement may have overtaken what it is about."""
    return max([message.timestamp for message in body.messages])


def check_origin(arrival: Arrival) -> None:
    """Where the group wants it, the sender itself signed the frame."""
    # REQ-REC-12: the last extension, by the sender's leaf
    if arrival.signer is None:
        return
    code = registry.extensions()["origin-signature"]
    last = arrival.body.extensions[-1] if arrival.body.extensions else None
    if last is None or last.type != code:
        raise RemoteError("origin-signature", requirement="REQ-REC-12", field="extensions")
    if not signature.holds(arrival.signer.public, origin_octets(arrival.frame, arrival.opened), last.value):
        raise RemoteError("origin-signature", requirement="REQ-REC-12", field="extensions")


def origin_octets(frame: SealedFrame, opened: bytes) -> bytes:
    """What an origin signature covers: label, header, prefix, and the body but for the signature itself."""
    return origin_label() + frame.associated + opened[: -signature.SIGNATURE_SIZE]


def origin_label() -> bytes:
    """LABEL(origin-signature)."""
    return registry.label("origin-signature")


def check_values(arrival: Arrival) -> None:
    """Check 12 for DATA, in its order."""
    check_sequence_range(arrival.body)
    check_sequence_unused(arrival)
    check_messages(arrival)
    check_later_neighbour(arrival)
    check_acknowledged(arrival)
    check_origin(arrival)
