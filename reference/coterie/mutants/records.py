"""Mutants of the chapter on records: counters, seals, sequences, timestamps, repeats."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coterie.mutants.registry import Function, Mutant, dropped, giving, refusing_as

CHECKS = "coterie.records.checks"
MACHINE = "coterie.records.machine"


def _one_limit_more(original: Function) -> Function:
    return lambda frame: original(replace(frame, counter=max(frame.counter - 1, 0)))


def _reuse_is_duplicate(_original: Function) -> Function:
    from coterie.errors import RemoteError

    def check(memory: Any, frame: Any) -> None:
        if memory.frame_of(frame.counter) is not None:
            raise RemoteError("duplicate", requirement="REQ-REC-4", field="counter")

    return check


def _big_iv_sum(_original: Function) -> Function:
    return lambda iv, counter: ((iv + counter) % 2**96).to_bytes(12, "big")


def _range_of_first_only(original: Function) -> Function:
    return lambda body: original(replace(body, messages=body.messages[:1]))


def _equal_timestamp_passes(original: Function) -> Function:
    return lambda arrival, at, before: original(arrival, at, before - 1 if before else before)


def _far_timestamp_passes(original: Function) -> Function:
    return lambda arrival, at, before: original(replace(arrival, clock=2**63), at, before)


def _first_kind_only(original: Function) -> Function:
    def check(message: Any, at: int) -> None:
        if at == 0:
            original(message, at)

    return check


def _index_only(original: Function) -> Function:
    return lambda message, _before, at: original(message, None, at)


def _first_timestamp(_original: Function) -> Function:
    return lambda body: body.messages[0].timestamp


def _clock_stays(_original: Function) -> Function:
    return lambda clock, _body: clock


def _last_clock_only(_original: Function) -> Function:
    return lambda _clock, body: body.messages[-1].timestamp


def _timestamp_repeats(_original: Function) -> Function:
    return lambda clock: max(clock, 1)


def _first_message_only(original: Function) -> Function:
    return lambda self, epoch, frame, body: original(self, epoch, frame, body)[:1]


def _order_reversed(original: Function) -> Function:
    return lambda self, epoch, frame, body: original(self, epoch, frame, body)[::-1]


def _half_as_often(_original: Function) -> Function:
    return lambda now: now.mono_ms + 200


def _once_more(original: Function) -> Function:
    def send(self: Any, payload: bytes, now: Any) -> Any:
        effects = original(self, payload, now)
        self._repeated[-1] = replace(self._repeated[-1], left=self._repeated[-1].left + 1)
        return effects

    return send


def _counter_from_one(original: Function) -> Function:
    def begin(self: Any, epoch: Any, clock_base: int) -> None:
        original(self, epoch, clock_base)
        self.next_counter = 1

    return begin


def _sequence_goes_on(original: Function) -> Function:
    def begin(self: Any, epoch: Any, clock_base: int) -> None:
        sequence = self._next_sequence
        original(self, epoch, clock_base)
        self._next_sequence = sequence

    return begin


def _clock_base_ignored(original: Function) -> Function:
    return lambda self, epoch, _clock_base: original(self, epoch, 0)


def _origin_by_anyone(_original: Function) -> Function:
    from coterie import registry
    from coterie.errors import RemoteError

    def check(arrival: Any) -> None:
        if arrival.signer is None:
            return
        last = arrival.body.extensions[-1:]
        if not last or last[0].type != registry.extensions()["origin-signature"]:
            raise RemoteError("origin-signature", requirement="REQ-REC-12", field="extensions")

    return check


def _in_whatever_overlay(original: Function) -> Function:
    from coterie.errors import RemoteError

    def receive(self: Any, data: bytes, *given: Any, **how: Any) -> Any:
        try:
            return original(self, data, *given, **how)
        except RemoteError as refused:
            if refused.reason != "unknown-view":
                raise
            for overlay in (known for known in self.overlays if known != data[8:24]):
                try:
                    return original(self, data[:8] + overlay + data[24:], *given, **how)
                except RemoteError:
                    continue
            raise

    return receive


MUTANTS = (
    Mutant("view-unknown-is-seal", "REQ-REC-1", "altered", f"{CHECKS}:check_view", refusing_as("bad-seal"),
           "A frame of another view is refused for its seal."),
    Mutant("sender-any", "REQ-REC-2", "altered", f"{CHECKS}:check_sender", refusing_as("bad-seal"),
           "A frame of no other member is refused for its seal."),
    Mutant("counter-any", "REQ-REC-3", "dropped", f"{CHECKS}:check_counter_range", dropped,
           "Counters above the limit pass."),
    Mutant("counter-one-more", "REQ-REC-3", "altered", f"{CHECKS}:check_counter_range", _one_limit_more,
           "One counter above the limit passes."),
    Mutant("counter-reuse-passes", "REQ-REC-4", "dropped", f"{CHECKS}:check_counter_unused", dropped,
           "A counter may be used again."),
    Mutant("counter-reuse-is-duplicate", "REQ-REC-4", "altered", f"{CHECKS}:check_counter_unused",
           _reuse_is_duplicate, "Other bytes under a counter are taken for a repeat."),
    Mutant("counter-old-passes", "REQ-REC-5", "dropped", f"{CHECKS}:check_counter_recent", dropped,
           "Counters older than the memory pass."),
    Mutant("seal-is-signature", "REQ-REC-6", "altered", "coterie.crypto.seal:Seal.open",
           refusing_as("bad-signature"), "A seal that does not open is refused as a signature."),
    Mutant("nonce-by-sum", "REQ-REC-19", "altered", "coterie.crypto.seal:nonce", _big_iv_sum,
           "The nonce is the sum of iv and counter."),
    Mutant("sequence-range-any", "REQ-REC-7", "dropped", f"{CHECKS}:check_sequence_range", dropped,
           "Sequence numbers may be 0 and go past their end."),
    Mutant("sequence-end-any", "REQ-REC-7", "altered", f"{CHECKS}:check_sequence_range",
           _range_of_first_only, "Only the first sequence number of a frame is looked at."),
    Mutant("sequence-reused", "REQ-REC-7", "dropped", f"{CHECKS}:check_sequence_unused", dropped,
           "A sequence number may come again under another counter."),
    Mutant("timestamp-equal", "REQ-REC-8", "altered", f"{CHECKS}:check_timestamp", _equal_timestamp_passes,
           "Two messages may have one timestamp."),
    Mutant("timestamp-far", "REQ-REC-8", "altered", f"{CHECKS}:check_timestamp", _far_timestamp_passes,
           "A timestamp may be any distance ahead."),
    Mutant("timestamp-later-neighbour", "REQ-REC-8", "dropped", f"{CHECKS}:check_later_neighbour", dropped,
           "A late frame may have a timestamp above that of its successor."),
    Mutant("kind-any", "REQ-REC-9", "dropped", f"{CHECKS}:check_kind", dropped,
           "Unassigned payload kinds are delivered."),
    Mutant("kind-of-first", "REQ-REC-9", "altered", f"{CHECKS}:check_kind", _first_kind_only,
           "Only the first message's kind is looked at."),
    Mutant("fragment-any", "REQ-REC-10", "dropped", f"{CHECKS}:check_fragment", dropped,
           "Fragment fields are not looked at."),
    Mutant("fragment-alone", "REQ-REC-10", "altered", f"{CHECKS}:check_fragment", _index_only,
           "A fragment is not compared with the one before."),
    Mutant("acknowledgement-any", "REQ-REC-11", "dropped", f"{CHECKS}:check_acknowledged", dropped,
           "What nobody has sent may be acknowledged."),
    Mutant("acknowledgement-own-clock", "REQ-REC-11", "altered", f"{CHECKS}:latest", giving(0),
           "An acknowledgement that overtook what it is about is refused."),
    Mutant("acknowledgement-of-first", "REQ-REC-11", "altered", f"{CHECKS}:latest", _first_timestamp,
           "Of the frame's own timestamps only the first is looked at."),
    Mutant("origin-any", "REQ-REC-12", "dropped", f"{CHECKS}:check_origin", dropped,
           "The origin signature may be missing."),
    Mutant("origin-unverified", "REQ-REC-12", "altered", f"{CHECKS}:check_origin", _origin_by_anyone,
           "The origin signature is not verified."),
    Mutant("clock-stays", "REQ-REC-13", "altered", f"{MACHINE}:later_clock", _clock_stays,
           "Accepted timestamps do not move the clock."),
    Mutant("clock-goes-back", "REQ-REC-13", "altered", f"{MACHINE}:later_clock", _last_clock_only,
           "The clock follows the last message even when that is earlier."),
    Mutant("timestamp-repeats", "REQ-REC-14", "altered", f"{MACHINE}:next_timestamp", _timestamp_repeats,
           "A new message has the timestamp of the clock."),
    Mutant("sequence-across-views", "REQ-REC-14", "altered", f"{MACHINE}:Records.begin", _sequence_goes_on,
           "Sequence numbers go on in the next view."),
    Mutant("clock-base-ignored", "REQ-REC-14", "altered", f"{MACHINE}:Records.begin", _clock_base_ignored,
           "The clock base of the view is ignored."),
    Mutant("counter-from-one", "REQ-REC-18", "altered", f"{MACHINE}:Records.begin", _counter_from_one,
           "The first frame of a view has counter 1."),
    Mutant("packed-first-only", "REQ-REC-15", "altered", f"{MACHINE}:Records._told", _first_message_only,
           "Of the messages of one DATA only the first is delivered."),
    Mutant("packed-backwards", "REQ-REC-15", "altered", f"{MACHINE}:Records._told", _order_reversed,
           "The messages of one DATA are delivered last first."),
    Mutant("data-repeated-late", "REQ-REC-16", "altered", f"{MACHINE}:resend_after", _half_as_often,
           "DATA is repeated every 200 ms."),
    Mutant("data-repeated-thirteen", "REQ-REC-16", "altered", f"{MACHINE}:Records.send", _once_more,
           "DATA is repeated thirteen times."),
    Mutant("view-in-whatever-overlay", "REQ-REC-17", "altered", "coterie.peer.peer:Peer._receive",
           _in_whatever_overlay, "A frame of a view that is not known is tried in the other overlays."),
)  # fmt: skip
