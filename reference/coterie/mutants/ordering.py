"""Mutants of the chapter on multicast: the order of messages, who may send, and what is told and stable."""

from __future__ import annotations

from typing import Any

from coterie.mutants.registry import Function, Mutant, dropped, giving

PACKAGE = "coterie.multicast"
ORDER = f"{PACKAGE}.order"
SERVICES = f"{PACKAGE}.services"
STREAM = f"{PACKAGE}.stream"
RECEIVING = f"{PACKAGE}.receiving"


def _as_before(_original: Function) -> Function:
    return lambda before, *_others: before


def _heard_of_nothing(original: Function) -> Function:
    def begin(self: Any, rank: int, clock_base: int) -> None:
        original(self, rank, clock_base)
        self.heard = 0

    return begin


def _promise_counts_early(_original: Function) -> Function:
    def listen(self: Any) -> None:
        if self.promise:
            self.heard = max(self.heard, self.promise.timestamp)

    return listen


def _pieces_count(_original: Function) -> Function:
    def listen(self: Any) -> None:
        if self.promise and self.promise.last_sequence <= self.contiguous:
            self.heard = max(self.heard, self.promise.timestamp)

    return listen


def _last_promise_kept(_original: Function) -> Function:
    def hear(self: Any, promise: Any) -> None:
        self.show(promise.last_sequence)
        self.promise = promise
        self._listen()

    return hear


def _horizon_of(heard_of: Function) -> Function:
    def change(_original: Function) -> Function:
        from coterie.multicast import order

        def look(self: Any, clock: int) -> int:
            others = [self._streams[position] for position in self.group if position != self._own]
            self.horizon = order.least_heard([heard_of(stream) for stream in others], clock)
            return int(self.horizon)

        return look

    return change


def _with_pieces(self: Any) -> Any:
    return max([self.heard, *(piece.timestamp for piece in self._partial)])


def _with_gaps(self: Any) -> Any:
    return max([self.heard, *(max(held.timestamps) for held in self._held.values())])


def _unheard_newcomer(original: Function) -> Function:
    def change(self: Any, position: int, message: Any) -> Any:
        before = [stream.heard for stream in self._streams]
        changed = original(self, position, message)
        for stream, heard in zip(self._streams, before, strict=True):
            stream.heard = heard
        return changed

    return change


def _alive_promises(original: Function) -> Function:
    from coterie.multicast.stream import Promise

    def on_alive(self: Any, frame: Any) -> Any:
        effects = original(self, frame)
        body = self._open(frame)
        self._view.streams[frame.sender_index].hear(Promise(body.timestamp, body.last_sequence))
        return effects

    return on_alive


def _by_position(_original: Function) -> Function:
    return lambda members: (list(range(len(members))), list(range(len(members))))


def _ties_reversed(original: Function) -> Function:
    def ranks(members: Any) -> Any:
        rank_of, positions = original(members)
        return [len(rank_of) - 1 - rank for rank in rank_of], positions[::-1]

    return ranks


def _all_but_one(_original: Function) -> Function:
    def ready(self: Any, clock: int) -> Any:
        passed: list[Any] = []
        self.look(clock)
        queue = self.queue()
        while queue and queue[0][0] <= _second_least(self):
            self.pass_on(queue.pop(0), passed)
            self.look(clock)
        return passed

    return ready


def _second_least(self: Any) -> int:
    heard = sorted(self._streams[position].heard for position in self.group if position != self._own)
    return int(heard[1]) if len(heard) > 2 else int(self.horizon)


def _own_told_at_once(original: Function) -> Function:
    def take(self: Any, position: int, octets: bytes, body: Any, mono_ms: int) -> Any:
        from coterie.multicast.services import TimestampOrdered

        view = self._view
        effects = original(self, position, octets, body, mono_ms)
        if position != view.own or type(view.service) is not TimestampOrdered:
            return effects
        rank = view.own_stream.rank
        first = body.first_sequence
        whole = [
            (message.timestamp, rank, first + at, message.kind, message.payload)
            for at, message in enumerate(body.messages)
        ]
        return effects + self.tell(whole)

    return take


def _told_on_arrival(original: Function) -> Function:
    from coterie.multicast.services import TimestampOrdered

    def contiguous(self: Any, complete: Any) -> Any:
        if type(self) is not TimestampOrdered:
            return original(self, complete)
        return [found for found in complete if found[3] == 0]

    return contiguous


def _group_at_receipt(kind: int) -> Function:
    def change(original: Function) -> Function:
        def add(self: Any, complete: Any) -> None:
            for message in complete:
                if message[3] == kind:
                    self._change(self.positions[message[1]], message)
            original(self, complete)

        return add

    return change


def _in_pieces(kind: int) -> Function:
    def change(original: Function) -> Function:
        return lambda found: found if found == kind else original(found)

    return change


def _add_by_anyone(original: Function) -> Function:
    return lambda _sender, payload, members: original(0, payload, members)


def _add_of_any_length(original: Function) -> Function:
    return lambda sender, payload, members: original(sender, payload[:2].rjust(2, b"\0"), members)


def _remove_with_payload(original: Function) -> Function:
    return lambda position, _payload: original(position, b"")


def _coordinator_may_go(_original: Function) -> Function:
    return lambda _position, payload: not payload


def _assembly_dropped(original: Function) -> Function:
    def put(self: Any, rank: int, sequence: int, message: Any) -> Any:
        if message.fragment_count == 1:
            self._open.clear()
        return original(self, rank, sequence, message)

    return put


def _unordered_in_a_row(original: Any) -> Any:
    return {**original, "unordered-unreliable": original["source-ordered"]}


def _latest_of_all(_original: Function) -> Function:
    from coterie.multicast.services import Unordered

    def arrived(self: Any, rank: int, first: int, messages: Any) -> Any:
        told = []
        for found in Unordered.arrived(self, rank, first, messages):
            if found[2] > self._told.get(0, 0):
                self._told[0] = found[2]
                told.append(found)
        return told

    return arrived


def _whole_ones_at_once(_original: Function) -> Function:
    def arrived(self: Any, rank: int, first: int, messages: Any) -> Any:
        from coterie.multicast.services import SourceOrdered

        if type(self) is not SourceOrdered:
            return []
        return [
            (message.timestamp, rank, first + at, message.kind, message.payload)
            for at, message in enumerate(messages)
            if message.fragment_count == 1 and message.kind == 0
        ]

    return arrived


def _backwards(original: Function) -> Function:
    return lambda self, complete: original(self, complete)[::-1]


def _one_beyond_stable(original: Function) -> Function:
    return lambda timestamp, stable: original(timestamp, stable + 1 if stable else 0)


def _one_beyond(original: Function) -> Function:
    return lambda before, horizon: original(before, horizon + 1)


def _majority(_original: Function) -> Function:
    return lambda acknowledged: sorted(acknowledged)[(len(acknowledged) - 1) // 2]


def _as_claimed(original: Function) -> Function:
    def on_heartbeat(self: Any, frame: Any) -> Any:
        effects = original(self, frame)
        stability = self._view.stability
        stability.stable = max(stability.stable, self._open(frame).stable)
        return effects

    return on_heartbeat


def _stated_by_all(_original: Function) -> Function:
    return lambda view: view.stability.stable


def _own_word_for_it(original: Function) -> Function:
    return lambda view: view.acknowledged if original(view) else 0


MUTANTS = (
    Mutant("acknowledged-one-too-high", "REQ-MUL-18", "altered", f"{PACKAGE}.delivery:later_acknowledged",
           _one_beyond, "One timestamp more is acknowledged than is held."),
    Mutant("acknowledged-never-moves", "REQ-MUL-18", "altered", f"{PACKAGE}.delivery:later_acknowledged",
           _as_before, "Nothing is ever acknowledged."),
    Mutant("stable-by-majority", "REQ-MUL-19", "altered", f"{PACKAGE}.stability:least_acknowledged",
           _majority, "What half of the members hold is stable."),
    Mutant("stable-as-claimed", "REQ-MUL-19", "altered", f"{RECEIVING}:Receiving._on_heartbeat", _as_claimed,
           "What a HEARTBEAT calls stable is believed."),
    Mutant("stable-stated-by-all", "REQ-MUL-19", "altered", f"{PACKAGE}.sending:stated_stable",
           _stated_by_all, "Members other than the coordinator state what is stable."),
    Mutant("stable-stated-as-acknowledged", "REQ-MUL-19", "altered", f"{PACKAGE}.sending:stated_stable",
           _own_word_for_it, "The coordinator calls stable what it has acknowledged itself."),
    Mutant("clock-base-unheard", "REQ-MUL-10", "altered", f"{STREAM}:Stream.__init__", _heard_of_nothing,
           "At the beginning of a view nothing counts as heard."),
    Mutant("promise-before-its-messages", "REQ-MUL-10", "altered", f"{STREAM}:Stream._listen",
           _promise_counts_early, "A HEARTBEAT counts before the messages that it names are held."),
    Mutant("promise-amid-fragments", "REQ-MUL-10", "altered", f"{STREAM}:Stream._listen", _pieces_count,
           "A HEARTBEAT counts when pieces of a message are held up to its last one."),
    Mutant("promise-of-the-last-heartbeat", "REQ-MUL-10", "altered", f"{STREAM}:Stream.hear",
           _last_promise_kept, "The HEARTBEAT that came last is kept."),
    Mutant("heard-by-fragments", "REQ-MUL-10", "altered", f"{ORDER}:Order.look", _horizon_of(_with_pieces),
           "A fragment counts as heard before its message is whole."),
    Mutant("heard-beyond-gaps", "REQ-MUL-10", "altered", f"{ORDER}:Order.look", _horizon_of(_with_gaps),
           "A message counts as heard although earlier ones are missing."),
    Mutant("heard-not-by-sender-add", "REQ-MUL-10", "altered", f"{ORDER}:Order._change", _unheard_newcomer,
           "A sender-add does not count as heard of its member."),
    Mutant("heard-by-alive", "REQ-MUL-10", "altered", f"{RECEIVING}:Receiving._on_alive", _alive_promises,
           "An ALIVE counts as a promise."),
    Mutant("tie-by-position", "REQ-MUL-12", "altered", f"{ORDER}:ranks", _by_position,
           "Of messages with one timestamp that of the first member of the view is first."),
    Mutant("tie-reversed", "REQ-MUL-12", "altered", f"{ORDER}:ranks", _ties_reversed,
           "Of messages with one timestamp that of the greatest Node-ID is first."),
    Mutant("ordered-before-the-last-sender", "REQ-MUL-12", "altered", f"{ORDER}:Order.ready", _all_but_one,
           "A message is ordered when all other senders but one were heard."),
    Mutant("told-on-arrival", "REQ-MUL-43", "altered", f"{SERVICES}:TimestampOrdered.contiguous",
           _told_on_arrival, "Messages are told when they come, beside the order."),
    Mutant("own-told-at-once", "REQ-MUL-43", "altered", f"{PACKAGE}.delivery:Delivery.take",
           _own_told_at_once, "A peer's own messages are told when they are sent, beside the order."),
    Mutant("outsiders-told", "REQ-MUL-8", "dropped", f"{ORDER}:may_say", giving(True),
           "Messages of members outside the sender group count."),
    Mutant("sender-add-at-receipt", "REQ-MUL-4", "altered", f"{ORDER}:Order.add", _group_at_receipt(1),
           "A sender-add works when it comes, not at its place."),
    Mutant("sender-add-by-anyone", "REQ-MUL-4", "altered", f"{ORDER}:added_position", _add_by_anyone,
           "Every member can let others in."),
    Mutant("sender-add-of-any-length", "REQ-MUL-4", "altered", f"{ORDER}:added_position", _add_of_any_length,
           "The payload of a sender-add may have any length."),
    Mutant("sender-add-in-pieces", "REQ-MUL-4", "altered", f"{PACKAGE}.kinds:kind_of_whole", _in_pieces(1),
           "A sender-add may come in fragments."),
    Mutant("sender-add-without-effect", "REQ-MUL-4", "dropped", f"{ORDER}:added_position", dropped,
           "Nobody is let in."),
    Mutant("sender-remove-at-receipt", "REQ-MUL-6", "altered", f"{ORDER}:Order.add", _group_at_receipt(2),
           "A sender-remove works when it comes, not at its place."),
    Mutant("sender-remove-with-payload", "REQ-MUL-6", "altered", f"{ORDER}:may_remove", _remove_with_payload,
           "A sender-remove may have a payload."),
    Mutant("sender-remove-of-the-coordinator", "REQ-MUL-6", "altered", f"{ORDER}:may_remove",
           _coordinator_may_go, "The coordinator can leave the sender group."),
    Mutant("sender-remove-in-pieces", "REQ-MUL-6", "altered", f"{PACKAGE}.kinds:kind_of_whole",
           _in_pieces(2), "A sender-remove may come in fragments."),
    Mutant("sender-remove-without-effect", "REQ-MUL-6", "dropped", f"{ORDER}:may_remove", giving(False),
           "Nobody leaves the sender group."),
    Mutant("unordered-drops-pieces", "REQ-MUL-15", "altered", f"{PACKAGE}.assembler:Assembler.put",
           _assembly_dropped, "A whole message makes the fragments that are held forgotten."),
    Mutant("unordered-waits-for-gaps", "REQ-MUL-15", "altered", f"{SERVICES}:SERVICES", _unordered_in_a_row,
           "By unordered-unreliable, messages wait for what is missing before them.",
           f"{SERVICES}:Unordered.arrived"),
    Mutant("overtaken-told", "REQ-MUL-16", "dropped", f"{SERVICES}:is_latest", giving(True),
           "Messages that were overtaken are told."),
    Mutant("overtaken-by-anyone", "REQ-MUL-16", "altered", f"{SERVICES}:SourceLatest.arrived", _latest_of_all,
           "Messages of one sender count as overtaken by those of another."),
    Mutant("source-ordered-on-arrival", "REQ-MUL-17", "altered", f"{SERVICES}:SourceOrdered.arrived",
           _whole_ones_at_once, "By source-ordered, messages are told before what is missing."),
    Mutant("source-ordered-backwards", "REQ-MUL-17", "altered", f"{SERVICES}:SourceOrdered.contiguous",
           _backwards, "By source-ordered, what was missing and what came before it is told last first."),
    Mutant("safe-when-ordered", "REQ-MUL-13", "altered", f"{SERVICES}:is_safe", giving(True),
           "By safe, messages are told when they are ordered."),
    Mutant("safe-one-early", "REQ-MUL-13", "altered", f"{SERVICES}:is_safe", _one_beyond_stable,
           "By safe, the first message that is not stable is told."),
)  # fmt: skip
