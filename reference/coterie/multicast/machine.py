"""Ordered multicast of one overlay: what the application sends and is told, view after view.

Implements the Multicast chapter. The order of its parts is the way of a message: `outbox` and `sending` make
frames; `receiving` checks them; `stream` puts each sender's in a row; `order` makes one row of all;
`services` and `delivery` tell them; `stability` says when they may be forgotten, and `repairs` asks for what
is missing.

All of it belongs to one view (`Installed`), but for the clock, what waits to be sent, and the chosen service.
Nothing leaves before the batch ends: its timer is due at once, and so after everything else that is there.
"""

from __future__ import annotations

from collections.abc import Callable

from coterie import registry
from coterie.effects import Effect, Field
from coterie.errors import LocalError
from coterie.holdings import Holdings, Recovery
from coterie.multicast import proxies, sendergroup, sending
from coterie.multicast.delivery import Delivery
from coterie.multicast.installed import Beginning, Installed
from coterie.multicast.outbox import Outbox
from coterie.multicast.proxies import PROXIED_SIZE, Proxies
from coterie.multicast.receiving import Receiving
from coterie.multicast.sending import Sending
from coterie.multicast.services import SERVICES
from coterie.records import Epoch, checks, sealing
from coterie.standing import Standing
from coterie.vocabulary import NodeId, Now, ViewId
from coterie.wire.frames import SealedFrame

Action = Callable[[Now], list[Effect]]


class Multicast:
    """The messages of one overlay. Every verb is atomic: it refuses, or it does all that it says."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        capacity = min(standing.trust.max_datagram - sealing.around(standing), registry.limit("payload"))
        self._outbox = Outbox(capacity)
        self._proxies = Proxies()
        self._service = standing.trust.service
        self._clock = 0
        self._view: Installed | None = None
        self._batch_at: int | None = None

    # ------------------------------------------------------------ views begin and end

    def begin(self, epoch: Epoch, clock_base: int, senders: frozenset[int], now: Now) -> list[Effect]:
        """A view was installed; `senders` are the positions of its sender group."""
        # REQ-VIE-49: in a group the clock is the view's, and begins with its clock base
        beginning = Beginning(clock_base, senders, self._service, now.mono_ms)
        view = self._view = Installed(self._standing, epoch, beginning)
        self._delivery = Delivery(self._standing.overlay, view, self._proxies)
        self._receiving = Receiving(self._standing, view, self._delivery, self._outbox)
        self._sending = Sending(self._standing, view, self._delivery, self._outbox)
        self._outbox.drop_internal()
        # REQ-MUL-36: what was not delivered is sent anew
        self._proxies.restart()
        if view.own in senders:
            # REQ-MUL-33: in the sender group it is sent like any other
            self._outbox.put_first(self._proxies.hand_over())
        return self._settle(now.mono_ms)

    def freeze(self, now: Now) -> Holdings:
        """A PROPOSE was answered: nothing is sent in this view any more, and this is what is held of it."""
        view = self._view
        if view is None:
            return Holdings(self.clock, sends=False, rows=())
        holdings = view.freeze()
        self._plan(view, now.mono_ms)
        return holdings

    def recover(self, recovery: Recovery, now: Now) -> list[Effect]:
        """An INSTALL was accepted: fetch what is missing of the own previous view up to its cut.

        The holder of each sender's messages is asked first, then those who go on together, all of the view if
        there are none.
        """
        view = self._view
        if view is None:
            return []
        view.recover(recovery)
        effects = self._delivery.advance()
        for position in range(len(view.streams)):
            view.notice(position, now.mono_ms)
        return effects + self._settle(now.mono_ms)

    @property
    def recovered(self) -> bool:
        """Whether everything up to the cut is held; also where there is no view to recover."""
        return self._view is None or self._view.recovered

    def finish(self, together: tuple[NodeId, ...], now: Now) -> list[Effect]:
        """The next view is installed: tell what is left of this one. Nothing where there is none."""
        if self._view is None:
            return []
        effects = self._delivery.finish(together, now.mono_ms)
        self._close()
        return effects

    def end(self) -> None:
        """This peer has left: what waits is forgotten, the clock is not."""
        self._close()
        self._outbox.clear()
        self._proxies = Proxies()

    def _close(self) -> None:
        self._clock = self.clock
        self._view = None
        self._batch_at = None

    # ------------------------------------------------------------ what the application does

    def send(self, payload: bytes, now: Now, proxy: bool = False) -> list[Effect]:
        """One message to all. It waits until the batch ends, and longer while the view is closing or full.

        `proxy`: have the coordinator send it, unless this member sends itself. `LocalError` where there is no
        view or the message is too long; `NoRoomError` where too much waits.
        """
        view = self._view
        if view is None:
            raise LocalError("there is no view to send in; create a group or join one, and wait for the view")
        if proxy and view.own not in view.order.group:
            self._proxies.add(payload, self._outbox.capacity - PROXIED_SIZE)
        else:
            self._outbox.add(payload)
        if self._batch_at is None or self._batch_at > now.mono_ms:
            # who sends many at one time has the batch planned once
            self._plan(view, now.mono_ms)
        return []

    def subscribe(self, service: str) -> None:
        """Choose how messages are told: from the next view on, at once where there is none."""
        if service not in SERVICES:
            raise LocalError(f"there is no service {service!r}; choose one of {', '.join(SERVICES)}")
        self._service = service

    # ------------------------------------------------------------ what others say

    def on_sealed(self, frame: SealedFrame, now: Now) -> list[Effect]:
        """A sealed frame of a member. `RemoteError` when it is refused: then nothing has changed."""
        epoch = checks.check_view(self._view.epoch if self._view else None, frame)
        checks.check_sender(epoch, frame)
        effects = self._receiving.receive(frame, now)
        return effects + self._settle(now.mono_ms)

    # ------------------------------------------------------------ time

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        return min([at for at in self._times() if at is not None], default=None)

    def fire(self, now: Now) -> list[Effect]:
        """The one timer that is due first; of several the first of the list."""
        times = self._times()
        due = min(at for at in times if at is not None)
        actions: tuple[Action, ...] = (
            self._end_batch,
            self._sending.beat,
            self._ask,
            self._sending.request,
            self._repeat_proxied,
            self._resign,
        )
        return actions[times.index(due)](now) + self._settle(now.mono_ms)

    def _times(self) -> tuple[int | None, ...]:
        """When each timer is due, in the order of the actions of `fire`."""
        view = self._view
        if view is None:
            return ()
        batch_at, beat_at = self._batch_at, next_beat_at(view)
        if view.frozen:
            return (batch_at, beat_at, view.repairs.wake())
        asks = (view.entrance.ask_at, self._proxies.resend_at, self._idle_at(view))
        return (batch_at, beat_at, view.repairs.wake(), *asks)

    def _idle_at(self, view: Installed) -> int | None:
        # REQ-MUL-7: the coordinator stays
        leaves = view.sends and not view.is_coordinator and not len(self._outbox)
        return sendergroup.idle_at(view.entrance.said_at) if leaves else None

    def _end_batch(self, now: Now) -> list[Effect]:
        view = self._view
        if view is None:
            return []
        self._batch_at = None
        effects: list[Effect] = []
        if len(self._outbox) and sending.may_send(view):
            effects += self._sending.messages(now)
        if self._wants_in(view):
            effects += self._sending.request(now)
        if self._wants_proxy(view):
            effects += self._sending.start_proxied(self._proxies)
            self._proxies.resend_at = proxies.ask_again_at(now.mono_ms)
        if self._owes_beat(view) and view.beats.urgent_at(now.mono_ms) <= now.mono_ms:
            effects += self._sending.beat(now)
        return effects

    def _ask(self, now: Now) -> list[Effect]:
        view = self._view
        return self._sending.ask(view.repairs.fire(now.mono_ms)) if view else []

    def _repeat_proxied(self, now: Now) -> list[Effect]:
        self._proxies.resend_at = proxies.ask_again_at(now.mono_ms)
        return self._sending.repeat_proxied(self._proxies.under_way())

    def _resign(self, _now: Now) -> list[Effect]:
        self._sending.resign()
        return []

    # ------------------------------------------------------------ what follows from a change

    def _settle(self, mono_ms: int) -> list[Effect]:
        """Something has changed: tell what can be told, and see whether the batch has something to say."""
        view = self._view
        if view is None:
            return []
        effects = self._delivery.settle(mono_ms)
        view.beats.mark(busy=view.is_busy, ordered=view.order.place[0], mono_ms=mono_ms)
        if self._batch_at is None or self._batch_at > mono_ms:
            self._plan(view, mono_ms)
        return effects

    def _plan(self, view: Installed, mono_ms: int) -> None:
        waits = len(self._outbox) > 0
        has_words = waits and sending.may_send(view) and self._outbox.first_fits(self._sending.room())
        if has_words or (waits and self._wants_in(view)) or self._wants_proxy(view):
            self._batch_at = mono_ms
        elif self._owes_beat(view):
            self._batch_at = view.beats.urgent_at(mono_ms)
        else:
            self._batch_at = None

    def _owes_beat(self, view: Installed) -> bool:
        return not view.is_alone and view.beats.urgent(sends=view.own in view.order.group)

    def _wants_in(self, view: Installed) -> bool:
        # REQ-MUL-2: something waits that only a sender may send
        if not len(self._outbox) or view.own in view.order.group or view.frozen:
            return False
        return view.entrance.ask_at is None and self._outbox.asks

    def _wants_proxy(self, view: Installed) -> bool:
        return self._proxies.waits and not view.frozen

    # ------------------------------------------------------------ what others want to know

    @property
    def view(self) -> ViewId | None:
        """The view that messages are sent in."""
        return self._view.epoch.view if self._view else None

    @property
    def clock(self) -> int:
        """The greatest timestamp known."""
        return self._view.clock if self._view else self._clock

    @property
    def idle(self) -> bool:
        """Whether nothing waits, and everyone holds what was sent."""
        sent = self._view is not None and self._view.own_stream.count
        return not sent and not len(self._outbox) and not len(self._proxies)

    @property
    def frames_sent(self) -> int:
        """How many frames this member has sealed under the read secret in this view."""
        return self._view.pen.counters["read"] if self._view else 0

    @property
    def frames_seen(self) -> int:
        """The greatest of the next counter under it, and of those that were accepted of others."""
        return max(self.frames_sent, self._view.counter_seen) if self._view else 0

    def heard_at(self, node: NodeId) -> int | None:
        """When a member's last frame was accepted, or the view installed. None: it is no member."""
        view = self._view
        if view is None or node not in view.epoch.members:
            return None
        return view.heard_at[view.epoch.members.index(node)]

    def laggards(self, now: Now) -> tuple[NodeId, ...]:
        """The members that have held up the view for too long (REQ-MUL-30)."""
        view = self._view
        if view is None:
            return ()
        return tuple(view.epoch.members[position] for position in view.laggards(now.mono_ms))

    def overdue_at(self, now: Now) -> int | None:
        """When somebody may next have held up the view for too long."""
        return self._view.overdue_at(now.mono_ms) if self._view else None

    def facts(self) -> dict[str, Field | bool]:
        """What a user may want to see of this machine."""
        view = self._view
        if view is None:
            return {"service": self._service, "waiting": 0}
        stable = view.stability.stable
        members = view.epoch.members
        return {
            "service": view.service_name,
            "senders": tuple(members[position] for position in sorted(view.order.group)),
            "acknowledged": view.acknowledged,
            "stable": stable,
            "unstable": sum(stream.unstable(stable) for stream in view.streams),
            "waiting": len(self._outbox) + len(self._proxies),
            "frozen": view.frozen,
        }

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        view = self._view.fingerprint() if self._view else ()
        waiting = (self._outbox.fingerprint(), self._proxies.fingerprint())
        return (self.clock, self._service, self._batch_at, waiting, view)


def next_beat_at(view: Installed) -> int | None:
    """When this member has to say that it lives, whatever happens until then."""
    # REQ-MUL-20, REQ-MUL-21: there has to be somebody to say it to
    return None if view.is_alone else view.beats.due(sends=sending.promises(view))
