"""What a member takes from the others: each sealed frame is opened, checked, and only then believed.

Implements REQ-MUL-3, REQ-MUL-14, REQ-MUL-27, REQ-MUL-28 and the order of the checks of the Multicast chapter.
"""

from __future__ import annotations

from typing import TypeVar

from coterie.crypto.signature import PublicKey
from coterie.effects import Effect, Event, Field, Send
from coterie.multicast import checks, proxies, repairs
from coterie.multicast.delivery import Delivery
from coterie.multicast.installed import Installed
from coterie.multicast.kinds import ADD, PROXIED
from coterie.multicast.outbox import Outbox, Waiting
from coterie.multicast.proxies import PROXIED_SIZE
from coterie.multicast.stream import Promise
from coterie.records import checks as records
from coterie.records.checks import Arrival
from coterie.records.epoch import SECRETS
from coterie.records.memory import Stretch
from coterie.standing import Standing
from coterie.vocabulary import Now
from coterie.wire import bodies
from coterie.wire.bodies import Body, Data, Proxied
from coterie.wire.codec import decode_body, decode_proxied, encode_proxied
from coterie.wire.frames import SealedFrame

T = TypeVar("T")
SECOND = 1000  # milliseconds


class Receiving:
    """Handles the frames of one view. What follows from one is told by `Delivery.settle`, after it."""

    __slots__ = ("_delivery", "_outbox", "_standing", "_view")

    def __init__(self, standing: Standing, view: Installed, delivery: Delivery, outbox: Outbox) -> None:
        self._standing = standing
        self._view = view
        self._delivery = delivery
        self._outbox = outbox

    def receive(self, frame: SealedFrame, now: Now) -> list[Effect]:
        """One frame whose view and sender were checked (REQ-REC-1, REQ-REC-2)."""
        records.check_counter_range(frame)
        name = frame.header.name
        match name:
            case "DATA":
                effects = self._on_data(frame, now)
            case "HEARTBEAT":
                effects = self._on_heartbeat(frame)
            case "ALIVE":
                effects = self._on_alive(frame)
            case "NACK":
                effects = self._on_nack(frame, now)
            case "GAP":
                effects = self._on_gap(frame)
            case "SENDER":
                effects = self._on_sender(frame)
            case "PROXY":
                effects = self._on_proxy(frame)
            case other:
                raise AssertionError(f"{other} is no sealed frame")
        view = self._view
        if frame.counter > view.counter_seen and SECRETS[name] == "read":
            view.counter_seen = frame.counter
        view.hear(frame.sender_index, now.mono_ms)
        if name in SHOWING:
            view.notice(frame.sender_index, now.mono_ms)
        return effects

    # ------------------------------------------------------------ DATA

    def _on_data(self, frame: SealedFrame, now: Now) -> list[Effect]:
        view, position = self._view, frame.sender_index
        stream = view.streams[position]
        records.check_counter(stream.memory, frame)
        checks.check_not_of_heartbeat(stream, frame)
        signs = self._standing.trust.signs_origin
        opened = view.epoch.seal_of(position).open(frame.counter, frame.associated, frame.sealed)
        body = expect(Data, decode_body("DATA", opened, origin_signature=signs))
        leaf = view.epoch.leaves.get(view.epoch.members[position]) if signs else None
        records.check_values(Arrival(frame, opened, body, stream.memory, view.clock, leaf))
        checks.check_kept(stream, body)
        self._check_proxied(position, body)
        checks.check_open(frozen=view.frozen, ceiling=stream.ceiling if view.recovering else None, body=body)
        checks.check_flow(stream, body)

        last = body.messages[-1].timestamp
        stream.memory.remember(frame.counter, frame.octets, Stretch.of(body.first_sequence, body.messages))
        view.clock = later_clock(view.clock, last)
        view.stability.note(position, body.acknowledged)
        view.beats.heard(len(body.messages), last)
        return self._delivery.take(position, frame.octets, body, now.mono_ms)

    def _check_proxied(self, position: int, body: Data) -> None:
        epoch = self._view.epoch
        for at, message in checks.proxied_in(body.messages):
            checks.check_whole(message, at)
            proxied = decode_proxied(message.payload)
            checks.check_origin(proxied, len(epoch.members), at)
            place = (self._standing.overlay, epoch.view, epoch.members[proxied.origin])
            signed = proxies.covered(place, proxied.origin_sequence, proxied.payload)
            checks.check_proxy_signature(self._public(proxied.origin), signed, proxied.signature)
            checks.check_proxying(position, at)

    def _public(self, position: int) -> PublicKey | None:
        if position == self._view.own:
            return self._standing.identity.key.public_key()
        leaf = self._view.epoch.leaves.get(self._view.epoch.members[position])
        return leaf.public if leaf else None

    # ------------------------------------------------------------ HEARTBEAT and ALIVE

    def _on_heartbeat(self, frame: SealedFrame) -> list[Effect]:
        view = self._view
        stream = view.streams[frame.sender_index]
        checks.check_control_unused(stream.beats, frame)
        checks.check_not_of_data(stream, frame)
        checks.check_control_recent(stream.beats, frame)
        body = expect(bodies.Heartbeat, self._open(frame))
        checks.check_timestamp(body, view.clock)
        checks.check_acknowledged(body, view.clock)
        checks.check_stable(body)
        checks.check_promise(stream, body)

        stream.beats.mark(frame.counter)
        stream.hear(Promise(body.timestamp, body.last_sequence))
        view.clock = clock_heard(view.clock, body.timestamp)
        view.stability.note(frame.sender_index, body.acknowledged)
        return []

    def _on_alive(self, frame: SealedFrame) -> list[Effect]:
        view = self._view
        stream = view.streams[frame.sender_index]
        body = expect(bodies.Alive, self._open_control(frame))
        checks.check_timestamp(body, view.clock)
        checks.check_acknowledged(body, view.clock)

        stream.controls.mark(frame.counter)
        stream.show(body.last_sequence)
        view.clock = clock_heard(view.clock, body.timestamp)
        view.stability.note(frame.sender_index, body.acknowledged)
        return []

    # ------------------------------------------------------------ NACK and GAP

    def _on_nack(self, frame: SealedFrame, now: Now) -> list[Effect]:
        view, position = self._view, frame.sender_index
        body = expect(bodies.Nack, self._open_control(frame))
        for at, asked in enumerate(body.ranges):
            checks.check_range(asked, len(view.streams), f"ranges[{at}]")
        lately = view.asked_at[position]
        checks.check_rate(sum(at > now.mono_ms - SECOND for at in lately))

        view.streams[position].controls.mark(frame.counter)
        lately.append(now.mono_ms)
        if any(asked.sender == view.own for asked in body.ranges):
            view.pacing.asked()
        frames, gaps = repairs.answers(view.streams, body.ranges)
        to = view.epoch.contacts[position].to_address()
        if to is None:
            return []
        # REQ-MUL-27: to the member that asked, and to nobody else
        answers = frames + [view.pen.seal(gap) for gap in gaps]
        return [Send(self._standing.overlay, to, answer) for answer in answers]

    def _on_gap(self, frame: SealedFrame) -> list[Effect]:
        view = self._view
        body = expect(bodies.Gap, self._open_control(frame))
        checks.check_range(body, len(view.streams), "sender")

        view.streams[frame.sender_index].controls.mark(frame.counter)
        sender = view.epoch.members[body.sender]
        fields: dict[str, Field] = {
            "view": view.epoch.view,
            "sender": sender,
            "first": body.first,
            "last": body.last,
        }
        return [Event(self._standing.overlay, "gap", fields)]

    # ------------------------------------------------------------ SENDER and PROXY

    def _on_sender(self, frame: SealedFrame) -> list[Effect]:
        view, position = self._view, frame.sender_index
        body = expect(bodies.SenderRequest, self._open_control(frame))
        checks.check_operation(body.operation)
        checks.check_coordinator(view.own)
        checks.check_not_frozen(frozen=view.frozen)

        view.streams[position].controls.mark(frame.counter)
        if view.entrance.wants(position, view.order.group):
            self._outbox.put(Waiting(ADD, position.to_bytes(2, "big")))
        return []

    def _on_proxy(self, frame: SealedFrame) -> list[Effect]:
        view, position = self._view, frame.sender_index
        body = expect(bodies.Proxy, self._open_control(frame))
        checks.check_asked_proxy(
            body.origin_sequence, len(body.payload), self._outbox.capacity - PROXIED_SIZE
        )
        place = (self._standing.overlay, view.epoch.view, view.epoch.members[position])
        signed = proxies.covered(place, body.origin_sequence, body.payload)
        checks.check_asked_signature(self._public(position), signed, body.signature)
        checks.check_coordinator(view.own)
        checks.check_not_frozen(frozen=view.frozen)

        view.streams[position].controls.mark(frame.counter)
        asked = Proxied(position, body.origin_sequence, body.signature, body.payload)
        for proxied in view.intake.take(asked, room=self._outbox.has_room):
            self._outbox.put(Waiting(PROXIED, encode_proxied(proxied)))
        return []

    # ------------------------------------------------------------ opening

    def _open_control(self, frame: SealedFrame) -> Body:
        window = self._view.streams[frame.sender_index].controls
        checks.check_control_unused(window, frame)
        checks.check_control_recent(window, frame)
        return self._open(frame)

    def _open(self, frame: SealedFrame) -> Body:
        name = frame.header.name
        seal = self._view.epoch.seal_of(frame.sender_index, SECRETS[name])
        return decode_body(name, seal.open(frame.counter, frame.associated, frame.sealed))


SHOWING = frozenset({"DATA", "HEARTBEAT", "ALIVE"})
"""The frames after which something may be missing, or not any more."""


def later_clock(clock: int, timestamp: int) -> int:
    """The clock after a frame with `timestamp` was accepted."""
    # REQ-REC-13: at least the greatest timestamp in it
    return max(clock, timestamp)


def clock_heard(clock: int, timestamp: int) -> int:
    """The clock after a sign of life with `timestamp` was accepted."""
    # REQ-MUL-14: at least that of its sender
    return max(clock, timestamp)


def expect(kind: type[T], body: object) -> T:
    """`body`, which the codec has made for this type."""
    if not isinstance(body, kind):
        raise TypeError(f"{body} is not {kind}")
    return body
