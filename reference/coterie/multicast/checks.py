"""The checks on sealed frames of a group overlay, one function a rule, in the order of the draft.

Implements REQ-MUL-11, REQ-MUL-14, REQ-MUL-18, REQ-MUL-19, REQ-MUL-25, REQ-MUL-26, REQ-MUL-31, REQ-MUL-32,
REQ-MUL-34, REQ-MUL-35 and REQ-MUL-38 to REQ-MUL-41. What DATA has in common with overlays of stated
membership is checked by `records.checks`.
"""

from __future__ import annotations

from collections.abc import Sequence

from coterie import registry
from coterie.crypto import signature
from coterie.crypto.signature import PublicKey
from coterie.errors import RemoteError
from coterie.multicast.kinds import PROXIED
from coterie.multicast.sendergroup import ENTER
from coterie.multicast.stream import Promise, Stream
from coterie.multicast.window import ControlWindow
from coterie.wire.bodies import Alive, Data, Gap, Heartbeat, Message, Proxied, Range
from coterie.wire.frames import SealedFrame

COORDINATOR = 0


# ---------------------------------------------------------------- counters


def check_control_unused(window: ControlWindow, frame: SealedFrame) -> None:
    """No frame of this kind was accepted under that counter."""
    # REQ-MUL-32: each counter once
    if window.holds(frame.counter):
        raise RemoteError("duplicate", requirement="REQ-MUL-32", field="counter")


def check_control_recent(window: ControlWindow, frame: SealedFrame) -> None:
    """The counter is one that the receiver still remembers."""
    # REQ-MUL-32: at or below the greatest - 1,024 nobody knows whether it was used
    if frame.counter <= window.highest - registry.limit("control-window"):
        raise RemoteError("counter-too-old", requirement="REQ-MUL-32", field="counter")


def check_not_of_data(stream: Stream, frame: SealedFrame) -> None:
    """No DATA was accepted under the counter of a HEARTBEAT."""
    # REQ-MUL-32: they share one row of counters, and so of nonces
    if stream.memory.frame_of(frame.counter) is not None:
        raise RemoteError("counter-reused", requirement="REQ-MUL-32", field="counter")


def check_not_of_heartbeat(stream: Stream, frame: SealedFrame) -> None:
    """No HEARTBEAT was accepted under the counter of a DATA."""
    # REQ-MUL-32: as above
    if stream.beats.holds(frame.counter):
        raise RemoteError("counter-reused", requirement="REQ-MUL-32", field="counter")


# ---------------------------------------------------------------- HEARTBEAT and ALIVE


def check_timestamp(body: Heartbeat | Alive, clock: int) -> None:
    """The sender's clock is positive, and near the own one."""
    # REQ-MUL-14: 1 to clock + 2^32
    if not 1 <= body.timestamp <= clock + registry.limit("clock-jump"):
        raise RemoteError("bad-timestamp", requirement="REQ-MUL-14", field="timestamp")


def check_promise(stream: Stream, body: Heartbeat) -> None:
    """No message that is known, and no other promise, contradicts what a HEARTBEAT says."""
    # REQ-MUL-11: what comes after last_sequence is later, what came before is not
    least, greatest = stream.least_after(body.last_sequence), stream.greatest_to(body.last_sequence)
    early = least is not None and least <= body.timestamp
    late = greatest is not None and greatest > body.timestamp
    if early or late or contradicts(stream.promise, body):
        raise RemoteError("broken-promise", requirement="REQ-MUL-11", field="last_sequence")


def contradicts(kept: Promise | None, body: Heartbeat) -> bool:
    """Whether two promises of one sender cannot both be true."""
    if kept is None:
        return False
    later, further = body.timestamp - kept.timestamp, body.last_sequence - kept.last_sequence
    return later * further < 0 or (later == 0 and further != 0)


def check_acknowledged(body: Heartbeat | Alive, clock: int) -> None:
    """Nothing is acknowledged that nobody knows of."""
    # REQ-MUL-18: at most the greater of the receiver's clock and the sender's
    if body.acknowledged > max(clock, body.timestamp):
        raise RemoteError("bad-acknowledgement", requirement="REQ-MUL-18", field="acknowledged")


def check_stable(body: Heartbeat) -> None:
    """Nothing is called stable that its sender has not acknowledged itself."""
    # REQ-MUL-19: the least of all is not greater than one of them
    if body.stable > body.acknowledged:
        raise RemoteError("bad-acknowledgement", requirement="REQ-MUL-19", field="stable")


# ---------------------------------------------------------------- DATA


def check_kept(stream: Stream, body: Data) -> None:
    """No message breaks what its sender has promised."""
    # REQ-MUL-11: what is not held yet is later than whatever counts already
    if body.messages[0].timestamp <= stream.heard:
        raise RemoteError("broken-promise", requirement="REQ-MUL-11", field="messages[0].timestamp")
    promise = stream.promise
    if promise is None:
        return
    at = max(promise.last_sequence + 1 - body.first_sequence, 0)
    if at < len(body.messages) and body.messages[at].timestamp <= promise.timestamp:
        raise RemoteError("broken-promise", requirement="REQ-MUL-11", field=f"messages[{at}].timestamp")


def proxied_in(messages: Sequence[Message]) -> list[tuple[int, Message]]:
    """The messages of a DATA that claim to be proxied, with their places in it."""
    return [(at, message) for at, message in enumerate(messages) if message.kind == PROXIED]


def check_whole(message: Message, at: int) -> None:
    """A proxied message is not cut into fragments."""
    # REQ-MUL-35: or nobody could check its signature before all of it is there
    if message.fragment_count != 1:
        raise RemoteError("bad-proxied", requirement="REQ-MUL-35", field=f"messages[{at}].fragment_count")


def check_origin(proxied: Proxied, members: int, at: int) -> None:
    """The origin is a member other than the coordinator, and its numbers begin with 1."""
    # REQ-MUL-35: the coordinator speaks for itself
    if not COORDINATOR < proxied.origin < members or proxied.origin_sequence < 1:
        raise RemoteError("bad-proxied", requirement="REQ-MUL-35", field=f"messages[{at}].payload")


def check_proxy_signature(public: PublicKey | None, covered: bytes, signed: bytes) -> None:
    """The origin itself wanted this message sent."""
    # REQ-MUL-35: signed by its leaf key
    if public is None or not signature.holds(public, covered, signed):
        raise RemoteError("proxy-signature", requirement="REQ-MUL-35", field="signature")


def check_open(*, frozen: bool, ceiling: int | None, body: Data) -> None:
    """A view that closes takes nothing more, but what its cut names."""
    # REQ-MUL-31: what a FLUSH has stated must stay what is held, until INSTALL says how much is to be held
    if frozen and (ceiling is None or body.first_sequence > ceiling):
        raise RemoteError("view-frozen", requirement="REQ-MUL-31", field="first_sequence")


def check_proxying(position: int, at: int) -> None:
    """Only the coordinator sends for others."""
    # REQ-MUL-39: it alone takes each number once
    if position != COORDINATOR:
        raise RemoteError("wrong-role", requirement="REQ-MUL-39", field=f"messages[{at}].kind")


def check_flow(stream: Stream, body: Data) -> None:
    """A receiver keeps no more of one sender than twice what an honest one leaves unstable."""
    # REQ-MUL-38: 8,192 messages and 8 MiB, and nothing further ahead
    most = registry.limit("held-messages")
    count = len(body.messages)
    size = sum([len(message.payload) for message in body.messages])
    too_far = body.first_sequence + count - 1 > stream.contiguous + most
    if too_far or stream.count + count > most or stream.payload + size > registry.limit("held-octets"):
        raise RemoteError("flow-exceeded", requirement="REQ-MUL-38", field="first_sequence")


# ---------------------------------------------------------------- NACK, GAP, SENDER, PROXY


def check_range(asked: Range | Gap, members: int, field: str) -> None:
    """A range is of a member, not empty, and not too long."""
    # REQ-MUL-26: 1 <= first <= last, at most 4,096 numbers
    span = asked.last - asked.first + 1
    if asked.sender >= members or asked.first < 1 or not 1 <= span <= registry.limit("nack-span"):
        raise RemoteError("bad-range", requirement="REQ-MUL-26", field=field)


def check_rate(asked: int) -> None:
    """Nobody asks more than 100 times in a second; `asked` counts the questions of this one before."""
    # REQ-MUL-25: or a small frame could call for 64 long ones without end
    if asked >= registry.limit("nack-rate"):
        raise RemoteError("nack-rate", requirement="REQ-MUL-25")


def check_operation(operation: int) -> None:
    """The operation of SENDER is the one there is."""
    # REQ-MUL-41: enter
    if operation != ENTER:
        raise RemoteError("bad-operation", requirement="REQ-MUL-41", field="operation")


def check_not_frozen(*, frozen: bool) -> None:
    """A view that closes lets nobody in and sends for nobody."""
    # REQ-MUL-31: ask in the next one
    if frozen:
        raise RemoteError("view-frozen", requirement="REQ-MUL-31")


def check_coordinator(own_index: int) -> None:
    """Only the coordinator is asked."""
    # REQ-MUL-40: the first of the view
    if own_index != COORDINATOR:
        raise RemoteError("not-coordinator", requirement="REQ-MUL-40")


def check_asked_signature(public: PublicKey | None, covered: bytes, signed: bytes) -> None:
    """Who asks is the origin itself."""
    # REQ-MUL-34: the others look again, and one that is forged would make them refuse the whole frame
    if public is None or not signature.holds(public, covered, signed):
        raise RemoteError("proxy-signature", requirement="REQ-MUL-34", field="signature")


def check_asked_proxy(origin_sequence: int, size: int, longest: int) -> None:
    """What a member wants sent has a number, and fits one frame with its signature."""
    # REQ-MUL-34: numbers begin with 1; a proxied message is never cut
    if origin_sequence < 1 or size > longest:
        raise RemoteError("bad-proxied", requirement="REQ-MUL-34", field="origin_sequence")
