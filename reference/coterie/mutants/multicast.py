"""Mutants of the chapter on multicast: what a member accepts, frame by frame, until the view ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coterie.errors import RemoteError
from coterie.mutants.registry import Function, Mutant, dropped, giving, refusing_as

PACKAGE = "coterie.multicast"
CHECKS = f"{PACKAGE}.checks"
RECEIVING = f"{PACKAGE}.receiving"


def _window_forgets(original: Function) -> Function:
    def mark(self: Any, counter: int) -> None:
        if counter > self.highest:
            self._seen = 0
            self.highest = counter - 1
        original(self, counter)

    return mark


def _one_older(original: Function) -> Function:
    return lambda window, frame: original(window, replace(frame, counter=frame.counter + 1))


def _one_later(original: Function) -> Function:
    return lambda body, clock: original(body, clock + 1)


def _zero_too(original: Function) -> Function:
    return lambda body, clock: original(replace(body, timestamp=max(body.timestamp, 1)), clock)


def _lower_too(_original: Function) -> Function:
    return lambda _clock, timestamp: timestamp


def _as_before(_original: Function) -> Function:
    return lambda before, *_others: before


def _own_clock_only(original: Function) -> Function:
    return lambda body, clock: original(replace(body, timestamp=0), clock)


def _of_any_length(original: Function) -> Function:
    return lambda asked, members, field: original(replace(asked, first=1, last=1), members, field)


def _of_a_bad_sender(original: Function) -> Function:
    def check(asked: Any, members: int, field: str) -> None:
        if asked.sender >= members:
            raise RemoteError("bad-sender-index", requirement="REQ-MUL-26", field=field)
        original(asked, members, field)

    return check


def _one_longer(original: Function) -> Function:
    return lambda asked, members, field: original(
        replace(asked, last=max(asked.last - 1, min(asked.first, asked.last))), members, field
    )


def _first_range_only(original: Function) -> Function:
    return lambda asked, members, field: None if field not in SOLE else original(asked, members, field)


def _one_more(original: Function) -> Function:
    return lambda asked: original(asked - 1)


def _two_too(original: Function) -> Function:
    return lambda operation: None if operation == 2 else original(operation)


def _heard_only(original: Function) -> Function:
    def check(stream: Any, body: Any) -> None:
        kept, stream.promise = stream.promise, None
        try:
            original(stream, body)
        finally:
            stream.promise = kept

    return check


def _equal_passes(original: Function) -> Function:
    def check(stream: Any, body: Any) -> None:
        messages = tuple(replace(message, timestamp=message.timestamp + 1) for message in body.messages)
        original(stream, replace(body, messages=messages))

    return check


def _late_only(_original: Function) -> Function:
    from coterie.errors import RemoteError
    from coterie.multicast import checks

    def check(stream: Any, body: Any) -> None:
        greatest = stream.greatest_to(body.last_sequence)
        if (greatest or 0) > body.timestamp or checks.contradicts(stream.promise, body):
            raise RemoteError("broken-promise", requirement="REQ-MUL-11", field="last_sequence")

    return check


def _equal_times_agree(_original: Function) -> Function:
    def contradicts(kept: Any, body: Any) -> bool:
        if kept is None:
            return False
        later, further = body.timestamp - kept.timestamp, body.last_sequence - kept.last_sequence
        return bool(later * further < 0)

    return contradicts


def _one_beyond_the_cut(original: Function) -> Function:
    return lambda *, frozen, ceiling, body: original(
        frozen=frozen, ceiling=None if ceiling is None else ceiling + 1, body=body
    )


def _any_after_install(original: Function) -> Function:
    return lambda *, frozen, ceiling, body: original(
        frozen=frozen and ceiling is None, ceiling=ceiling, body=body
    )


def _until_install(_original: Function) -> Function:
    return lambda view: view.frozen and not view.recovering


def _cut_stays(original: Function) -> Function:
    def freeze(self: Any) -> Any:
        recovering = self.recovering
        holdings = original(self)
        self.recovering = recovering
        return holdings

    return freeze


def _flow(*, far: bool, count: bool, octets: bool) -> Function:
    def change(_original: Function) -> Function:
        from coterie import registry
        from coterie.errors import RemoteError

        def check(stream: Any, body: Any) -> None:
            most, messages = registry.limit("held-messages"), len(body.messages)
            size = sum(len(message.payload) for message in body.messages)
            ahead = body.first_sequence + messages - 1 > stream.contiguous + most
            many = stream.count + messages > most
            much = stream.payload + size > registry.limit("held-octets")
            if (far and ahead) or (count and many) or (octets and much):
                raise RemoteError("flow-exceeded", requirement="REQ-MUL-38", field="first_sequence")

        return check

    return change


SOLE = {"ranges[0]", "sender"}


MUTANTS = (
    Mutant("control-counter-again", "REQ-MUL-32", "dropped", f"{CHECKS}:check_control_unused", dropped,
           "A counter may be used again by the types other than DATA."),
    Mutant("control-window-forgets", "REQ-MUL-32", "altered", f"{PACKAGE}.window:ControlWindow.mark",
           _window_forgets, "A greater counter makes all smaller ones forgotten."),
    Mutant("control-counter-old", "REQ-MUL-32", "dropped", f"{CHECKS}:check_control_recent", dropped,
           "Counters that nobody remembers pass."),
    Mutant("control-window-one-more", "REQ-MUL-32", "altered", f"{CHECKS}:check_control_recent", _one_older,
           "One counter below the window passes."),
    Mutant("heartbeat-under-counter-of-data", "REQ-MUL-32", "dropped", f"{CHECKS}:check_not_of_data", dropped,
           "A HEARTBEAT may have the counter of a DATA."),
    Mutant("data-under-counter-of-heartbeat", "REQ-MUL-32", "dropped", f"{CHECKS}:check_not_of_heartbeat",
           dropped, "A DATA may have the counter of a HEARTBEAT."),
    Mutant("heartbeat-of-data-is-duplicate", "REQ-MUL-32", "altered", f"{CHECKS}:check_not_of_data",
           refusing_as("duplicate"), "The counter of a DATA is taken for a repeat."),
    Mutant("beat-timestamp-any", "REQ-MUL-14", "dropped", f"{CHECKS}:check_timestamp", dropped,
           "The timestamp of a HEARTBEAT or ALIVE may be any."),
    Mutant("beat-timestamp-zero", "REQ-MUL-14", "altered", f"{CHECKS}:check_timestamp", _zero_too,
           "The timestamp of a HEARTBEAT or ALIVE may be 0."),
    Mutant("beat-timestamp-one-further", "REQ-MUL-14", "altered", f"{CHECKS}:check_timestamp", _one_later,
           "The limit of a timestamp is one greater."),
    Mutant("clock-deaf-to-beats", "REQ-MUL-14", "altered", f"{RECEIVING}:clock_heard", _as_before,
           "HEARTBEAT and ALIVE do not move the clock."),
    Mutant("clock-falls-with-beats", "REQ-MUL-14", "altered", f"{RECEIVING}:clock_heard", _lower_too,
           "The clock is that of the last HEARTBEAT or ALIVE."),
    Mutant("clock-deaf-to-data", "REQ-REC-13", "altered", f"{RECEIVING}:later_clock", _as_before,
           "In a group, DATA does not move the clock."),
    Mutant("beat-acknowledges-anything", "REQ-MUL-18", "dropped", f"{CHECKS}:check_acknowledged", dropped,
           "What nobody has sent may be acknowledged by HEARTBEAT and ALIVE."),
    Mutant("beat-acknowledges-by-own-clock", "REQ-MUL-18", "altered", f"{CHECKS}:check_acknowledged",
           _own_clock_only, "An acknowledgement that overtook what it is about is refused."),
    Mutant("stable-beyond-acknowledged", "REQ-MUL-19", "dropped", f"{CHECKS}:check_stable", dropped,
           "More may be called stable than its sender has acknowledged."),
    Mutant("range-any", "REQ-MUL-26", "dropped", f"{CHECKS}:check_range", _of_any_length,
           "A range may have any first and last."),
    Mutant("range-of-nobody-is-sender", "REQ-MUL-26", "altered", f"{CHECKS}:check_range", _of_a_bad_sender,
           "A range of a member that there is not is refused for its sender."),
    Mutant("range-one-longer", "REQ-MUL-26", "altered", f"{CHECKS}:check_range", _one_longer,
           "A range may be one longer."),
    Mutant("range-of-first", "REQ-MUL-26", "altered", f"{CHECKS}:check_range", _first_range_only,
           "Only the first range is looked at."),
    Mutant("nack-rate-any", "REQ-MUL-25", "dropped", f"{CHECKS}:check_rate", dropped,
           "Members may ask as often as they like."),
    Mutant("nack-rate-one-more", "REQ-MUL-25", "altered", f"{CHECKS}:check_rate", _one_more,
           "Members may ask once more in a second."),
    Mutant("operation-any", "REQ-MUL-41", "dropped", f"{CHECKS}:check_operation", dropped,
           "The operation of SENDER is not looked at."),
    Mutant("operation-two", "REQ-MUL-41", "altered", f"{CHECKS}:check_operation", _two_too,
           "The operation of SENDER may be 2."),
    Mutant("asked-anywhere", "REQ-MUL-40", "dropped", f"{CHECKS}:check_coordinator", dropped,
           "Every member lets in and sends for others."),
    Mutant("asked-elsewhere-is-role", "REQ-MUL-40", "altered", f"{CHECKS}:check_coordinator",
           refusing_as("wrong-role"), "Who asks another member is refused for its role."),
    Mutant("promise-broken-by-data", "REQ-MUL-11", "dropped", f"{CHECKS}:check_kept", dropped,
           "DATA may break a promise."),
    Mutant("promise-for-the-prefix-only", "REQ-MUL-11", "altered", f"{CHECKS}:check_kept", _heard_only,
           "A promise holds only when everything before it is held."),
    Mutant("promise-equal-passes", "REQ-MUL-11", "altered", f"{CHECKS}:check_kept", _equal_passes,
           "A later message may have the timestamp of the promise."),
    Mutant("promise-broken-by-heartbeat", "REQ-MUL-11", "dropped", f"{CHECKS}:check_promise", dropped,
           "HEARTBEATs are not compared with what is held."),
    Mutant("promise-against-later-messages", "REQ-MUL-11", "altered", f"{CHECKS}:check_promise", _late_only,
           "A HEARTBEAT is not compared with the messages after its last one."),
    Mutant("promises-contradict", "REQ-MUL-11", "altered", f"{CHECKS}:contradicts", giving(False),
           "HEARTBEATs of one member are not compared with each other."),
    Mutant("promises-of-one-time", "REQ-MUL-11", "altered", f"{CHECKS}:contradicts", _equal_times_agree,
           "HEARTBEATs with one timestamp may name different last messages."),
    Mutant("frozen-takes-data", "REQ-MUL-31", "dropped", f"{CHECKS}:check_open", dropped,
           "DATA is taken after the answer to a PROPOSE."),
    Mutant("frozen-takes-one-more", "REQ-MUL-31", "altered", f"{CHECKS}:check_open", _one_beyond_the_cut,
           "One message beyond the cut is taken."),
    Mutant("frozen-until-install", "REQ-MUL-31", "altered", f"{CHECKS}:check_open", _any_after_install,
           "Everything is taken again once INSTALL was accepted."),
    Mutant("frozen-by-an-old-cut", "REQ-MUL-31", "altered", f"{PACKAGE}.installed:Installed.freeze",
           _cut_stays, "The cut of an earlier INSTALL goes on to hold after a later PROPOSE."),
    Mutant("frozen-lets-in", "REQ-MUL-31", "dropped", f"{CHECKS}:check_not_frozen", dropped,
           "SENDER and PROXY are taken after the answer to a PROPOSE."),
    Mutant("frozen-orders-on", "REQ-MUL-46", "dropped", f"{PACKAGE}.delivery:is_closed", giving(False),
           "Messages are ordered after the answer to a PROPOSE."),
    Mutant("frozen-orders-what-is-recovered", "REQ-MUL-46", "altered", f"{PACKAGE}.delivery:is_closed",
           _until_install, "Messages are ordered again once INSTALL was accepted."),
    Mutant("flow-any", "REQ-MUL-38", "dropped", f"{CHECKS}:check_flow", dropped,
           "A sender may leave any amount unstable."),
    Mutant("flow-far", "REQ-MUL-38", "altered", f"{CHECKS}:check_flow",
           _flow(far=False, count=True, octets=True), "Sequence numbers may be any distance ahead."),
    Mutant("flow-many", "REQ-MUL-38", "altered", f"{CHECKS}:check_flow",
           _flow(far=True, count=False, octets=True), "The number of messages held is not bounded."),
    Mutant("flow-much", "REQ-MUL-38", "altered", f"{CHECKS}:check_flow",
           _flow(far=True, count=True, octets=False), "The octets held are not bounded."),
)  # fmt: skip
