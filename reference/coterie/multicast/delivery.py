"""What is told to the application, and when a view forgets.

Implements REQ-MUL-13, REQ-MUL-15 to REQ-MUL-19, REQ-MUL-43, REQ-MUL-45 and REQ-VIE-18.
"""

from __future__ import annotations

from collections.abc import Collection

from coterie.effects import Effect, Event, Field
from coterie.multicast import services
from coterie.multicast.installed import Installed
from coterie.multicast.kinds import ADD, APPLICATION, PROXIED, REMOVE
from coterie.multicast.proxies import Proxies
from coterie.multicast.stream import Complete
from coterie.vocabulary import NodeId, OverlayId
from coterie.wire.bodies import Data
from coterie.wire.codec import decode_proxied


class Delivery:
    """Takes messages through the order of one view and tells them."""

    __slots__ = ("_overlay", "_proxies", "_view")

    def __init__(self, overlay: OverlayId, view: Installed, proxies: Proxies) -> None:
        self._overlay = overlay
        self._view = view
        self._proxies = proxies

    def take(self, position: int, octets: bytes, body: Data, mono_ms: int) -> list[Effect]:
        """A DATA of a member, one's own among them: hold it, and tell what its arrival alone allows."""
        view = self._view
        stream = view.streams[position]
        # it is not stable yet, even if the own acknowledgement was the last that was missing
        view.beats.mark(busy=True, ordered=view.order.place[0], mono_ms=mono_ms)
        told = self.tell(view.service.arrived(stream.rank, body.first_sequence, body.messages))
        complete = stream.take(octets, body, mono_ms)
        view.order.add(complete)
        return told + self.tell(view.service.contiguous(complete))

    def advance(self) -> list[Effect]:
        """A new cut: what was held already may count now."""
        told: list[Effect] = []
        for stream in self._view.streams:
            complete = stream.advance()
            self._view.order.add(complete)
            told += self.tell(self._view.service.contiguous(complete))
        return told

    def settle(self, mono_ms: int) -> list[Effect]:
        """Something has changed: tell what can be told, and forget what is stable."""
        view = self._view
        view.now_ms = mono_ms
        effects = [] if is_closed(view) else self._order(mono_ms)
        stable = view.stability.stable
        if stable > view.released:
            view.released = stable
            effects.append(Event(self._overlay, "stable", {"view": view.epoch.view, "timestamp": stable}))
            for stream in view.streams:
                if stream.count:
                    stream.discard(stable)
            view.pacing.stable(view.own_stream.floor, mono_ms)
        effects += self.tell(view.service.stable(stable))
        return effects

    def _order(self, mono_ms: int) -> list[Effect]:
        view = self._view
        passed = view.order.ready(view.clock)
        if view.order.changes:
            self._follow(mono_ms)
        view.acknowledged = later_acknowledged(view.acknowledged, view.order.horizon)
        view.stability.note(view.own, view.acknowledged)
        return self.tell(view.service.ordered(passed))

    def _follow(self, mono_ms: int) -> None:
        view = self._view
        for kind, position in view.order.changes:
            own = position == view.own
            if kind == ADD:
                view.entrance.added(position, own=own, mono_ms=mono_ms)
            else:
                view.entrance.removed(own=own)
        view.order.changes.clear()

    def finish(self, together: tuple[NodeId, ...], mono_ms: int) -> list[Effect]:
        """The view is over, and everything up to its cut is here."""
        view = self._view
        effects = self.settle(mono_ms)
        # REQ-VIE-18: what one of them had acknowledged, the signal, what is left of those who go on
        effects += self.tell(view.service.ordered(view.order.up_to(view.common)))
        fields: dict[str, Field] = {"view": view.epoch.view, "together": together}
        effects.append(Event(self._overlay, "transitional", fields))
        onward = frozenset(at for at, node in enumerate(view.epoch.members) if node in together)
        late = [message for message in view.order.rest(onward) if speaks_for(message, onward)]
        rest = view.service.rest(late)
        return effects + self.tell([message for message in rest if message[3] in (APPLICATION, PROXIED)])

    # ------------------------------------------------------------ events

    def tell(self, messages: list[Complete]) -> list[Effect]:
        """One event for each that the application is told."""
        effects: list[Effect] = []
        if not messages:
            return effects
        overlay, of_view = self._overlay, self._view.epoch.view
        members, positions = self._view.epoch.members, self._view.order.positions
        # half of the time that calling the class takes
        tell, new = effects.append, tuple.__new__
        for timestamp, rank, sequence, kind, payload in messages:
            if kind == APPLICATION:
                fields: dict[str, Field] = {
                    "view": of_view,
                    "sender": members[positions[rank]],
                    "sequence": sequence,
                    "timestamp": timestamp,
                    "payload": payload,
                    "proxied": 0,
                }
                tell(new(Event, (overlay, "message", fields)))
            elif kind == PROXIED:
                effects += self._tell_proxied(timestamp, payload)
            elif kind in (ADD, REMOVE):
                member = members[int.from_bytes(payload, "big") if kind == ADD else positions[rank]]
                name = "sender-added" if kind == ADD else "sender-removed"
                changed: dict[str, Field] = {
                    "view": of_view,
                    "member": member,
                    "timestamp": timestamp,
                }
                effects.append(Event(self._overlay, name, changed))
        return effects

    def _tell_proxied(self, timestamp: int, payload: bytes) -> list[Effect]:
        view = self._view
        proxied = decode_proxied(payload)
        gaps = services.has_gaps(view.service)
        if not view.once.has_turn(proxied.origin, proxied.origin_sequence, gaps=gaps):
            return []
        if proxied.origin == view.own:
            self._proxies.delivered(proxied.origin_sequence)
        fields: dict[str, Field] = {
            "view": view.epoch.view,
            "sender": view.epoch.members[proxied.origin],
            "sequence": proxied.origin_sequence,
            "timestamp": timestamp,
            "payload": proxied.payload,
            "proxied": 1,
        }
        return [Event(self._overlay, "message", fields)]


def is_closed(view: Installed) -> bool:
    """Whether the order of the view has come to its end, but for what the next view decides."""
    # REQ-MUL-46: what FLUSH said of it stays true
    return view.frozen


def speaks_for(message: Complete, onward: Collection[int]) -> bool:
    """Whether it is of a member that goes on, and not only said by one."""
    # REQ-VIE-48: the causes of a proxied message are its origin's
    return message[3] != PROXIED or decode_proxied(message[4]).origin in onward


def later_acknowledged(before: int, horizon: int) -> int:
    """What a member acknowledges when everything up to `horizon` is there."""
    # REQ-MUL-18: never less than before
    return max(before, horizon)
