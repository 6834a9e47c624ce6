"""Mutants of the chapter on multicast: what a member says to all, when, and how much of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coterie import registry
from coterie.mutants.registry import Function, Mutant, giving

PACKAGE = "coterie.multicast"
BEATS = f"{PACKAGE}.beats"
MACHINE = f"{PACKAGE}.machine"
OUTBOX = f"{PACKAGE}.outbox"
SENDING = f"{PACKAGE}.sending"
ENTRANCE = f"{PACKAGE}.sendergroup"


# ---------------------------------------------------------------- when it may send


def _while_frozen(_original: Function) -> Function:
    return lambda view: view.sends and view.pen.has_ink("read")


def _from_outside(_original: Function) -> Function:
    return lambda view: not view.frozen and not view.entrance.resigned


def _on_receipt(original: Function) -> Function:
    def may_send(view: Any) -> bool:
        queue = view.order.fingerprint()[-1]
        let_in = any(message[3] == 1 and int.from_bytes(message[4], "big") == view.own for message in queue)
        return bool(original(view)) or (let_in and not view.frozen)

    return may_send


def _any_number(_original: property) -> property:
    return property(lambda _self: True)


def _any_octets(original: Function) -> Function:
    def add(self: Any, payload: bytes) -> None:
        if len(payload) > self.longest or not self.has_room:
            original(self, payload)
        else:
            from coterie.multicast.outbox import Waiting

            self.put(Waiting(0, payload))

    return add


# ---------------------------------------------------------------- the sender group


def _later(ms: int) -> Function:
    def change(original: Function) -> Function:
        return lambda at: original(at) + ms

    return change


def _again_and_again(_original: Function) -> Function:
    return lambda _self, position, group: position not in group


def _senders_too(original: Function) -> Function:
    return lambda self, position, _group: original(self, position, set())


def _coordinator_too(_original: Function) -> Function:
    def idle_at(self: Any, view: Any) -> int | None:
        from coterie.multicast import sendergroup

        return sendergroup.idle_at(view.entrance.said_at) if view.sends and not len(self._outbox) else None

    return idle_at


# ---------------------------------------------------------------- packing


def _a_header_less(original: Function) -> Function:
    return lambda messages, size, left: original(messages, size + 13, left)


def _one_fewer(original: Function) -> Function:
    return lambda messages, size, left: original(messages + 1, size, left)


def _evenly(original: Function) -> Function:
    def cut(waiting: Any, timestamp: int, capacity: int) -> Any:
        count = len(original(waiting, timestamp, capacity))
        return original(waiting, timestamp, -(-len(waiting.payload) // count))

    return cut


def _number_of_octets_only(_original: Function) -> Function:
    return lambda self, _count, octets: octets <= self.octets


def _number_of_messages_only(_original: Function) -> Function:
    return lambda self, count, _octets: count <= self.messages


def _pieces_as_one(_original: Function) -> Function:
    return lambda self, _count, octets: self.messages >= 1 and octets <= self.octets


# ---------------------------------------------------------------- to whom


def _twice(original: Function) -> Function:
    def messages(self: Any, now: Any) -> Any:
        from coterie.effects import Send

        effects = original(self, now)
        return effects + [effect for effect in effects if isinstance(effect, Send)][:1]

    return messages


def _as_data(original: Function) -> Function:
    def tell(self: Any, messages: Any) -> Any:
        effects = original(self, messages)
        return [*effects, *(effect._replace(name="data") for effect in effects if effect.name == "message")]

    return tell


def _one_by_one(_original: Function) -> Function:
    return lambda _multicast, receivers: receivers


def _both_ways(_original: Function) -> Function:
    return lambda multicast, receivers: (multicast, *receivers) if multicast else receivers


def _repairs_to_all(original: Function) -> Function:
    def on_nack(self: Any, frame: Any, now: Any) -> Any:
        effects = original(self, frame, now)
        to = self._standing.trust.multicast
        return [replace(effect, to=to) for effect in effects] if to else effects

    return on_nack


# ---------------------------------------------------------------- signs of life


def _when_sending(*, sends: bool, **how: Any) -> Function:
    """The next sign of life by other times, for senders or for the others."""

    def change(original: Function) -> Function:
        def next_beat_at(view: Any) -> int | None:
            from coterie.multicast import sending

            found: int | None = original(view)
            soon = registry.timer("acknowledge-delay")
            if found is None or sending.promises(view) is not sends or found == view.beats.last_at + soon:
                return found
            after = how["busy"] if view.is_busy else how["idle"]
            return int(view.beats.last_at) + int(after) if after else found

        return next_beat_at

    return change


def _data_is_no_beat(original: Function) -> Function:
    def messages(self: Any, now: Any) -> Any:
        last_at = self._view.beats.last_at
        effects = original(self, now)
        self._view.beats.last_at = last_at
        return effects

    return messages


def _outsiders_too(original: Function) -> Function:
    return lambda self, *, sends: original(self, sends=True) if not sends else original(self, sends=sends)


def _no_pause(_original: Function) -> Function:
    return lambda _spoken, _last_at, mono_ms: mono_ms


def _once_in_a_millisecond(_original: Function) -> Function:
    return lambda _spoken, last_at, mono_ms: max(mono_ms, last_at + 1)


def _one_message_more(_original: Function) -> Function:
    return lambda received: received > 128


def _by_frames(original: Function) -> Function:
    return lambda self, _messages, timestamp: original(self, 1, timestamp)


def _not_so_soon(original: Function) -> Function:
    def due(self: Any, *, sends: bool) -> int:
        at: int = original(self, sends=sends)
        return at + 40 if at == self.last_at + 10 else at

    return due


# ---------------------------------------------------------------- patience


def _twice_the_time(original: Function) -> Function:
    return lambda held_at, mono_ms: original(held_at + 10_000, mono_ms)


def _slow_before_silent(_original: Function) -> Function:
    def laggards(self: Any, mono_ms: int) -> list[int]:
        slow = self._overdue(self.stability.stable, mono_ms)
        return [] if slow is None else [at for at in self.stability.behind(slow) if at != self.own]

    return laggards


MUTANTS = (
    Mutant("makes-data-while-frozen", "REQ-MUL-1", "altered", f"{SENDING}:may_send", _while_frozen,
           "New DATA is made after the answer to a PROPOSE."),
    Mutant("sends-from-outside", "REQ-MUL-1", "altered", f"{SENDING}:may_send", _from_outside,
           "New DATA is made outside the sender group."),
    Mutant("waiting-any-number", "REQ-MUL-1", "dropped", f"{OUTBOX}:Outbox.has_room", _any_number,
           "Any number of messages may wait."),
    Mutant("waiting-any-octets", "REQ-MUL-1", "altered", f"{OUTBOX}:Outbox.add", _any_octets,
           "Messages of any size together may wait."),
    Mutant("asks-to-send-late", "REQ-MUL-2", "altered", f"{ENTRANCE}:ask_again_at", _later(250),
           "SENDER is repeated every 500 ms."),
    Mutant("asks-to-send-once", "REQ-MUL-2", "altered", f"{ENTRANCE}:ask_again_at", _later(10**9),
           "SENDER is not repeated."),
    Mutant("adds-again", "REQ-MUL-3", "altered", f"{ENTRANCE}:Entrance.wants", _again_and_again,
           "Each SENDER makes one more sender-add."),
    Mutant("adds-senders", "REQ-MUL-3", "altered", f"{ENTRANCE}:Entrance.wants", _senders_too,
           "A sender-add is sent for members that are in the sender group."),
    Mutant("adds-nobody", "REQ-MUL-3", "dropped", f"{ENTRANCE}:Entrance.wants", giving(False),
           "No SENDER makes a sender-add."),
    Mutant("sends-when-the-sender-add-comes", "REQ-MUL-5", "altered", f"{SENDING}:may_send", _on_receipt,
           "A member sends when its sender-add comes, before it is ordered."),
    Mutant("leaves-late", "REQ-MUL-7", "altered", f"{ENTRANCE}:idle_at", _later(5000),
           "A sender-remove is sent after 15 s."),
    Mutant("coordinator-leaves", "REQ-MUL-7", "altered", f"{MACHINE}:Multicast._idle_at", _coordinator_too,
           "The coordinator sends a sender-remove as well."),
    Mutant("never-leaves", "REQ-MUL-7", "dropped", f"{ENTRANCE}:idle_at", giving(2**62),
           "No sender-remove is ever sent."),
    Mutant("packs-nothing", "REQ-MUL-9", "dropped", f"{OUTBOX}:has_place", giving(False),
           "Each message has a DATA of its own."),
    Mutant("packs-too-little", "REQ-MUL-9", "altered", f"{OUTBOX}:has_place", _a_header_less,
           "A message that just fits is left to the next DATA."),
    Mutant("packs-255", "REQ-MUL-9", "altered", f"{OUTBOX}:has_place", _one_fewer,
           "A DATA has at most 255 messages."),
    Mutant("cuts-evenly", "REQ-MUL-9", "altered", f"{OUTBOX}:cut", _evenly,
           "Fragments have one length and do not fill their DATA."),
    Mutant("unstable-any-number", "REQ-MUL-29", "dropped", f"{OUTBOX}:Room.takes", _number_of_octets_only,
           "Any number of own messages may be unstable."),
    Mutant("unstable-any-octets", "REQ-MUL-29", "altered", f"{OUTBOX}:Room.takes", _number_of_messages_only,
           "Own messages of any size together may be unstable."),
    Mutant("unstable-pieces-as-one", "REQ-MUL-29", "altered", f"{OUTBOX}:Room.takes", _pieces_as_one,
           "A message of many fragments counts as one that is unstable."),
    Mutant("data-twice", "REQ-MUL-42", "altered", f"{SENDING}:Sending.messages", _twice,
           "The first DATA of each moment is sent to one member twice."),
    Mutant("told-as-data", "REQ-MUL-42", "altered", f"{PACKAGE}.delivery:Delivery.tell", _as_data,
           "Messages are told as in an overlay with stated membership, too."),
    Mutant("multicast-unused", "REQ-MUL-37", "dropped", f"{SENDING}:destinations", _one_by_one,
           "The multicast address is not used."),
    Mutant("multicast-and-unicast", "REQ-MUL-37", "altered", f"{SENDING}:destinations", _both_ways,
           "What is sent to the multicast address is sent to each member besides."),
    Mutant("repairs-multicast", "REQ-MUL-37", "altered", f"{PACKAGE}.receiving:Receiving._on_nack",
           _repairs_to_all, "Repairs are sent to the multicast address."),
    Mutant("senders-seldom-heard", "REQ-MUL-20", "altered", f"{MACHINE}:next_beat_at",
           _when_sending(sends=True, busy=500, idle=500),
           "A sender says HEARTBEAT every 500 ms at all times."),
    Mutant("senders-always-busy", "REQ-MUL-20", "altered", f"{MACHINE}:next_beat_at",
           _when_sending(sends=True, busy=None, idle=100),
           "A sender says HEARTBEAT every 100 ms at all times."),
    Mutant("data-is-no-beat", "REQ-MUL-20", "altered", f"{SENDING}:Sending.messages", _data_is_no_beat,
           "A new DATA does not begin the interval anew."),
    Mutant("senders-promise-nothing", "REQ-MUL-20", "dropped", f"{SENDING}:promises", giving(False),
           "Members of the sender group say ALIVE."),
    Mutant("others-seldom-heard", "REQ-MUL-21", "altered", f"{MACHINE}:next_beat_at",
           _when_sending(sends=False, busy=500, idle=500),
           "Others say ALIVE every 500 ms at all times."),
    Mutant("others-promise", "REQ-MUL-21", "altered", f"{SENDING}:promises", giving(True),
           "Members outside the sender group say HEARTBEAT."),
    Mutant("promise-not-at-once", "REQ-MUL-22", "dropped", f"{BEATS}:owes_promise", giving(False),
           "A sender promises only at its intervals."),
    Mutant("promise-of-outsiders", "REQ-MUL-22", "altered", f"{BEATS}:Beats.urgent", _outsiders_too,
           "Members outside the sender group say ALIVE at once."),
    Mutant("promise-without-pause", "REQ-MUL-22", "altered", f"{BEATS}:at_once", _no_pause,
           "A sender promises any number of times in a millisecond."),
    Mutant("promise-once-a-millisecond", "REQ-MUL-22", "altered", f"{BEATS}:at_once", _once_in_a_millisecond,
           "A sender promises no more than once in a millisecond."),
    Mutant("many-unacknowledged", "REQ-MUL-23", "dropped", f"{BEATS}:many_received", giving(False),
           "Any number of messages is acknowledged only at the intervals."),
    Mutant("acknowledges-after-129", "REQ-MUL-23", "altered", f"{BEATS}:many_received", _one_message_more,
           "129 messages are acknowledged at once."),
    Mutant("acknowledges-by-frames", "REQ-MUL-23", "altered", f"{BEATS}:Beats.heard", _by_frames,
           "128 DATA are acknowledged at once, however many messages they have."),
    Mutant("ordered-unacknowledged", "REQ-MUL-47", "dropped", f"{BEATS}:owes_acknowledgement", giving(False),
           "What was ordered is acknowledged only at the intervals."),
    Mutant("ordered-acknowledged-late", "REQ-MUL-47", "altered", f"{BEATS}:Beats.due", _not_so_soon,
           "What was ordered is acknowledged 40 ms later."),
    Mutant("patience-endless", "REQ-MUL-30", "dropped", f"{PACKAGE}.installed:overdue", giving(False),
           "Nobody ever counts as holding the view up."),
    Mutant("patience-twice-as-long", "REQ-MUL-30", "altered", f"{PACKAGE}.installed:overdue",
           _twice_the_time, "Who holds the view up is gone after 20 s."),
    Mutant("slow-before-silent", "REQ-MUL-30", "altered", f"{PACKAGE}.installed:Installed.laggards",
           _slow_before_silent, "Who has not acknowledged is gone, though it waits for a silent sender."),
)  # fmt: skip
