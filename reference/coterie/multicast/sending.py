"""What a member says in one view: messages, signs of life, questions, requests.

Implements REQ-MUL-1, REQ-MUL-2, REQ-MUL-6, REQ-MUL-9, REQ-MUL-18 to REQ-MUL-24, REQ-MUL-33, REQ-MUL-37 and
REQ-MUL-42. Each method makes frames and hands them out; when it is time for them is the machine's to know.
"""

from __future__ import annotations

from coterie import registry
from coterie.effects import Effect, Event, Field, Send
from coterie.multicast import sendergroup
from coterie.multicast.delivery import Delivery
from coterie.multicast.installed import Installed
from coterie.multicast.kinds import REMOVE
from coterie.multicast.order import COORDINATOR
from coterie.multicast.outbox import Outbox, Packing, Room, Waiting
from coterie.multicast.proxies import Proxies
from coterie.multicast.repairs import RangesOf
from coterie.multicast.sendergroup import ENTER
from coterie.standing import Standing
from coterie.vocabulary import Address, Now
from coterie.wire.bodies import Alive, Body, Data, Heartbeat, Nack, Proxy, SenderRequest


class Sending:
    """Makes the frames of one member in one view."""

    __slots__ = ("_delivery", "_outbox", "_standing", "_to_all", "_view")

    def __init__(self, standing: Standing, view: Installed, delivery: Delivery, outbox: Outbox) -> None:
        self._standing = standing
        self._view = view
        self._delivery = delivery
        self._outbox = outbox
        self._to_all = destinations(standing.trust.multicast, view.epoch.receivers)

    # ------------------------------------------------------------ messages

    def room(self) -> Room:
        """How much may still become unstable."""
        own = self._view.own_stream
        most, octets = registry.limit("unstable-messages"), registry.limit("unstable-octets")
        return Room(most - own.count, octets - own.payload, self._view.pacing.window - own.frames)

    def messages(self, now: Now) -> list[Effect]:
        """What waits and may go, in as few frames as it needs."""
        view = self._view
        packing = self._outbox.pack(self.room(), view.clock)
        if not packing.frames:
            return []
        first = view.own_stream.shown + 1
        effects = self._told_sent(packing, first)
        told: list[Effect] = []
        stated = view.acknowledged
        for messages in packing.frames:
            body = Data(stated, first, messages)
            frame = view.pen.seal(body)
            effects += self._send_to_all(frame)
            told += self._delivery.take(view.own, frame, body, now.mono_ms)
            first += len(messages)
        view.pacing.sent(first - 1, short=len(self._outbox) > 0, mono_ms=now.mono_ms)
        view.clock = packing.clock
        view.entrance.said_at = now.mono_ms
        view.entrance.resigned = packing.sent[-1].waiting.kind == REMOVE
        view.beats.spoke(packing.clock, stated, now.mono_ms)
        return effects + told

    def _told_sent(self, packing: Packing, first: int) -> list[Effect]:
        overlay, view = self._standing.overlay, self._view.epoch.view
        effects: list[Effect] = []
        for offset, timestamp, fragments, waiting in packing.sent:
            if waiting.asked:
                fields: dict[str, Field] = {
                    "view": view,
                    "sequence": first + offset,
                    "timestamp": timestamp,
                    "fragments": fragments,
                    "payload": waiting.payload,
                    "proxied": 0,
                }
                effects.append(Event(overlay, "sent", fields))
        return effects

    def resign(self) -> None:
        """Say as the last message that this member sends no more."""
        # REQ-MUL-6: its payload is empty
        self._outbox.put(Waiting(REMOVE, b""))

    # ------------------------------------------------------------ signs of life

    def beat(self, now: Now) -> list[Effect]:
        """Tell all others what this member holds, and, as a sender, that nothing earlier comes from it."""
        view = self._view
        last, clock = view.own_stream.shown, view.clock
        body: Body
        if promises(view):
            body = Heartbeat(view.acknowledged, clock, last, stated_stable(view))
            view.beats.spoke(clock, view.acknowledged, now.mono_ms)
        else:
            body = Alive(view.acknowledged, clock, last)
            view.beats.spoke(None, view.acknowledged, now.mono_ms)
        return self._send_to_all(view.pen.seal(body))

    # ------------------------------------------------------------ to one member

    def ask(self, ranges: RangesOf) -> list[Effect]:
        """Ask each holder for what it is to send again."""
        overlay, epoch = self._standing.overlay, self._view.epoch
        effects: list[Effect] = []
        for holder, asked in ranges.items():
            for each in asked:
                fields: dict[str, Field] = {
                    "view": epoch.view,
                    "to": epoch.members[holder],
                    "sender": epoch.members[each.sender],
                }
                effects.append(Event(overlay, "nack", fields | {"first": each.first, "last": each.last}))
            effects += self._send_to(holder, Nack(tuple(asked)))
        return effects

    def request(self, now: Now) -> list[Effect]:
        """Ask to be let into the sender group."""
        # REQ-MUL-2: each time anew
        self._view.entrance.ask_at = sendergroup.ask_again_at(now.mono_ms)
        return self._send_to(COORDINATOR, SenderRequest(ENTER))

    def start_proxied(self, proxies: Proxies) -> list[Effect]:
        """Have the coordinator send what waits for it."""
        overlay, view = self._standing.overlay, self._view.epoch.view
        effects: list[Effect] = []
        for proxy in proxies.start(self._standing, view):
            fields: dict[str, Field] = {
                "view": view,
                "sequence": proxy.origin_sequence,
                "timestamp": None,
                "fragments": 1,
                "payload": proxy.payload,
                "proxied": 1,
            }
            effects.append(Event(overlay, "sent", fields))
            effects += self._send_to(COORDINATOR, proxy)
        return effects

    def repeat_proxied(self, asked: list[Proxy]) -> list[Effect]:
        """Ask again for what has not come back."""
        # REQ-MUL-33: with a new counter each time
        return [effect for proxy in asked for effect in self._send_to(COORDINATOR, proxy)]

    def _send_to(self, position: int, body: Body) -> list[Effect]:
        frame = self._view.pen.seal(body)
        to = self._view.epoch.contacts[position].to_address()
        return [Send(self._standing.overlay, to, frame)] if to else []

    def _send_to_all(self, frame: bytes) -> list[Effect]:
        overlay = self._standing.overlay
        return [Send(overlay, address, frame) for address in self._to_all]


def may_send(view: Installed) -> bool:
    """Whether new messages may leave now."""
    # REQ-MUL-1: only in an open view, and only as one of its senders
    return not view.frozen and view.sends and view.pen.has_ink("read")


def promises(view: Installed) -> bool:
    """Whether this member says HEARTBEAT, and not ALIVE."""
    # REQ-MUL-20, REQ-MUL-21: only a member of the sender group is waited for
    return view.own in view.order.group


def destinations(multicast: Address | None, receivers: tuple[Address, ...]) -> tuple[Address, ...]:
    """Where a frame for all goes."""
    # REQ-MUL-37: once to the address of the overlay, or to each member
    return (multicast,) if multicast else receivers


def stated_stable(view: Installed) -> int:
    """What a HEARTBEAT calls stable."""
    # REQ-MUL-19: the coordinator what it sees itself, others nothing
    return view.stability.stable if view.is_coordinator else 0
