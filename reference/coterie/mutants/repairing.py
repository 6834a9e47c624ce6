"""Mutants of the chapter on multicast: loss and its repair, and messages by proxy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coterie.mutants.registry import Function, Mutant, dropped, giving, refusing_as

PACKAGE = "coterie.multicast"
CHECKS = f"{PACKAGE}.checks"
REPAIRS = f"{PACKAGE}.repairs"
INSTALLED = f"{PACKAGE}.installed"
PROXIES = f"{PACKAGE}.proxies"
STREAM = f"{PACKAGE}.stream"
RECEIVING = f"{PACKAGE}.receiving"


# ---------------------------------------------------------------- asking


def _later(original: Function) -> Function:
    return lambda at: original(at) + 100


def _coordinator_first(_original: Function) -> Function:
    return lambda position: [0, position] if position else [0]


def _sender_only(_original: Function) -> Function:
    return lambda position: [position]


def _all_but_the_last(original: Function) -> Function:
    return lambda self, sequence: original(self, sequence - 1)


def _while_frozen(_original: Function) -> Function:
    return lambda self, position, mono_ms: self.repairs.notice(position, mono_ms)


def _beyond_the_cut(_original: Function) -> Function:
    return lambda self: self.shown


def _cut_without_holders(original: Function) -> Function:
    def recover(self: Any, recovery: Any) -> None:
        original(self, replace(recovery, holders={}))

    return recover


def _without_pause(original: Function) -> Function:
    def fire(self: Any, mono_ms: int) -> Any:
        self._asked_at.clear()
        return original(self, mono_ms)

    return fire


# ---------------------------------------------------------------- answering


def _to_everyone(original: Function) -> Function:
    def on_nack(self: Any, frame: Any, now: Any) -> Any:
        effects = original(self, frame, now)
        others = [to for to in self._view.epoch.receivers if effects and to != effects[0].to]
        return effects + [replace(effect, to=to) for effect in effects for to in others]

    return on_nack


def _sealed_anew(original: Function) -> Function:
    def on_nack(self: Any, frame: Any, now: Any) -> Any:
        return [_anew(self, effect) for effect in original(self, frame, now)]

    return on_nack


def _anew(self: Any, effect: Any) -> Any:
    from coterie.wire import frames
    from coterie.wire.codec import decode_body

    view = self._view
    own: Any = frames.decode_frame(effect.datagram, max_datagram=65_000)
    if own.header.name != "DATA" or own.sender_index != view.own:
        return effect
    opened = view.epoch.seal_of(view.own).open(own.counter, own.associated, own.sealed)
    return replace(effect, datagram=view.pen.seal(decode_body("DATA", opened)))


def _backwards(original: Function) -> Function:
    def answers(streams: Any, ranges: Any) -> Any:
        repairs, gaps = original(streams, ranges)
        return repairs[::-1], gaps

    return answers


def _each_range_anew(original: Function) -> Function:
    def answers(streams: Any, ranges: Any) -> Any:
        found = [original(streams, [asked]) for asked in ranges]
        return [frame for frames, _ in found for frame in frames], [gap for _, gaps in found for gap in gaps]

    return answers


def _without_gaps(original: Function) -> Function:
    return lambda streams, ranges: (original(streams, ranges)[0], [])


def _gap_of_all_asked(original: Function) -> Function:
    def answers(streams: Any, ranges: Any) -> Any:
        asked = list(ranges)
        repairs, gaps = original(streams, asked)
        wide = {(each.sender, each.first): each.last for each in asked}
        return repairs, [replace(gap, last=wide[gap.sender, gap.first]) for gap in gaps]

    return answers


def _one_gap(original: Function) -> Function:
    def answers(streams: Any, ranges: Any) -> Any:
        repairs, gaps = original(streams, ranges)
        return repairs, gaps[:1]

    return answers


# ---------------------------------------------------------------- by proxy, at the origin


def _resent_late(original: Function) -> Function:
    return lambda mono_ms: original(mono_ms) + 250


def _signed_for_no_view(original: Function) -> Function:
    return lambda self, standing, _view: original(self, standing, bytes(16))


def _any_number_under_way(_original: property) -> property:
    return property(lambda self: bool(self._waiting))


def _resent_though_delivered(_original: Function) -> Function:
    return lambda _self, _origin_sequence: None


def _forgotten(original: Function) -> Function:
    def restart(self: Any) -> None:
        self._under_way.clear()
        original(self)

    return restart


def _numbers_go_on(original: Function) -> Function:
    def restart(self: Any) -> None:
        number = self._next
        original(self)
        self._next = number

    return restart


def _backwards_anew(original: Function) -> Function:
    def restart(self: Any) -> None:
        self._under_way = dict(reversed(self._under_way.items()))
        original(self)

    return restart


# ---------------------------------------------------------------- by proxy, at the coordinator


def _long_too(original: Function) -> Function:
    return lambda origin_sequence, _size, longest: original(origin_sequence, 0, longest)


def _each_time(_original: Function) -> Function:
    return lambda _self, asked, *, room: [asked] if room else []


def _as_they_come(_original: Function) -> Function:
    def take(self: Any, asked: Any, *, room: bool) -> Any:
        came = self._ahead.setdefault(asked.origin, {})
        if not room or asked.origin_sequence in came:
            return []
        came[asked.origin_sequence] = asked
        return [asked]

    return take


def _whatever_distance(original: Function) -> Function:
    def take(self: Any, asked: Any, *, room: bool) -> Any:
        if asked.origin_sequence > self._taken.get(asked.origin, 0):
            self._ahead.setdefault(asked.origin, {})[asked.origin_sequence] = asked
        return original(self, asked, room=room)

    return take


def _unsigned(original: Function) -> Function:
    return lambda proxied: original(replace(proxied, signature=bytes(64)))


def _number_first(original: Function) -> Function:
    def encode(proxied: Any) -> bytes:
        octets: bytes = original(proxied)
        return octets[8:10] + octets[:8] + octets[10:]

    return encode


# ---------------------------------------------------------------- by proxy, at the others


def _coordinator_too(original: Function) -> Function:
    return lambda proxied, members, at: original(replace(proxied, origin=proxied.origin or 1), members, at)


def _zero_too(original: Function) -> Function:
    return lambda proxied, members, at: original(
        replace(proxied, origin_sequence=proxied.origin_sequence or 1), members, at
    )


def _of_the_coordinator(original: Function) -> Function:
    def tell(self: Any, timestamp: int, payload: bytes) -> Any:
        effects = original(self, timestamp, payload)
        lead = self._view.epoch.members[0]
        return [effect._replace(fields={**effect.fields, "sender": lead}) for effect in effects]

    return tell


def _first_message_only(original: Function) -> Function:
    return lambda position, at: original(position, at) if at == 0 else None


def _gaps_anywhere(original: Function) -> Function:
    return lambda origin_sequence, told, **_gaps: original(origin_sequence, told, gaps=True)


def _in_turn_everywhere(original: Function) -> Function:
    return lambda origin_sequence, told, **_gaps: original(origin_sequence, told, gaps=False)


MUTANTS = (
    Mutant("nack-without-delay", "REQ-MUL-24", "altered", f"{REPAIRS}:delay_of", giving(0),
           "What is missed is asked for without the delay that was drawn."),
    Mutant("nack-repeated-late", "REQ-MUL-24", "altered", f"{REPAIRS}:again_at", _later,
           "What is missed is asked for every 200 ms."),
    Mutant("nack-to-the-coordinator-first", "REQ-MUL-24", "altered", f"{INSTALLED}:turns",
           _coordinator_first, "The coordinator is asked before the sender."),
    Mutant("nack-to-the-sender-only", "REQ-MUL-24", "altered", f"{INSTALLED}:turns", _sender_only,
           "Nobody but the sender is asked."),
    Mutant("nack-to-the-silent", "REQ-MUL-24", "altered", f"{INSTALLED}:Installed.is_silent", giving(False),
           "Members that are suspected are asked."),
    Mutant("tail-unseen", "REQ-MUL-24", "dropped", f"{STREAM}:Stream.show", dropped,
           "What only HEARTBEAT and ALIVE speak of is not missed."),
    Mutant("last-of-a-tail-unseen", "REQ-MUL-24", "altered", f"{STREAM}:Stream.show", _all_but_the_last,
           "The very last message that HEARTBEAT and ALIVE speak of is not missed."),
    Mutant("nack-while-frozen", "REQ-MUL-24", "altered", f"{INSTALLED}:Installed.notice", _while_frozen,
           "What is missed is asked for between the answer to a PROPOSE and its INSTALL."),
    Mutant("nack-beyond-the-cut", "REQ-MUL-24", "altered", f"{STREAM}:Stream.wanted_to", _beyond_the_cut,
           "In recovery, messages beyond the cut are asked for."),
    Mutant("nack-to-no-holder", "REQ-MUL-24", "altered", f"{INSTALLED}:Installed.recover",
           _cut_without_holders, "In recovery, the sender is asked before the holder."),
    Mutant("nack-without-pause", "REQ-MUL-24", "altered", f"{REPAIRS}:Repairs.fire", _without_pause,
           "One member is asked any number of times in a second."),
    Mutant("repair-to-everyone", "REQ-MUL-27", "altered", f"{RECEIVING}:Receiving._on_nack", _to_everyone,
           "A repair goes to all members."),
    Mutant("repair-sealed-anew", "REQ-MUL-27", "altered", f"{RECEIVING}:Receiving._on_nack", _sealed_anew,
           "A repair is sealed anew, under a new counter."),
    Mutant("repair-backwards", "REQ-MUL-27", "altered", f"{REPAIRS}:answers", _backwards,
           "Repairs are sent last first."),
    Mutant("repair-for-each-range", "REQ-MUL-27", "altered", f"{REPAIRS}:answers", _each_range_anew,
           "A DATA is repeated for each range that names it."),
    Mutant("gap-unsaid", "REQ-MUL-28", "dropped", f"{REPAIRS}:answers", _without_gaps,
           "Nothing is said of what was forgotten."),
    Mutant("gap-of-all-that-is-asked", "REQ-MUL-28", "altered", f"{REPAIRS}:answers", _gap_of_all_asked,
           "A GAP states the whole range that was asked for."),
    Mutant("gap-only-one", "REQ-MUL-28", "altered", f"{REPAIRS}:answers", _one_gap,
           "One GAP is sent for all ranges."),
    Mutant("proxy-resent-late", "REQ-MUL-33", "altered", f"{PROXIES}:ask_again_at", _resent_late,
           "PROXY is repeated every 500 ms."),
    Mutant("proxy-signed-for-no-view", "REQ-MUL-33", "altered", f"{PROXIES}:Proxies.start",
           _signed_for_no_view, "The signature of a PROXY does not cover the view."),
    Mutant("proxy-any-number", "REQ-MUL-33", "altered", f"{PROXIES}:Proxies.waits", _any_number_under_way,
           "Any number of messages by proxy is under way."),
    Mutant("proxy-resent-for-ever", "REQ-MUL-33", "altered", f"{PROXIES}:Proxies.delivered",
           _resent_though_delivered, "PROXY is repeated after its message was delivered."),
    Mutant("proxied-lost-with-the-view", "REQ-MUL-36", "dropped", f"{PROXIES}:Proxies.restart", _forgotten,
           "What was not delivered by proxy is forgotten with the view."),
    Mutant("proxied-numbers-go-on", "REQ-MUL-36", "altered", f"{PROXIES}:Proxies.restart", _numbers_go_on,
           "The numbers of messages by proxy go on in the next view."),
    Mutant("proxied-anew-backwards", "REQ-MUL-36", "altered", f"{PROXIES}:Proxies.restart", _backwards_anew,
           "What was not delivered by proxy is sent anew last first."),
    Mutant("proxy-any", "REQ-MUL-34", "dropped", f"{CHECKS}:check_asked_proxy", dropped,
           "Number and length of a PROXY are not looked at."),
    Mutant("proxy-any-length", "REQ-MUL-34", "altered", f"{CHECKS}:check_asked_proxy", _long_too,
           "The payload of a PROXY may be longer than a DATA holds."),
    Mutant("proxy-unsigned", "REQ-MUL-34", "dropped", f"{CHECKS}:check_asked_signature", dropped,
           "The signature of a PROXY is not verified."),
    Mutant("proxy-each-time", "REQ-MUL-34", "altered", f"{PROXIES}:Intake.take", _each_time,
           "The coordinator multicasts a message each time that it is asked to."),
    Mutant("proxy-as-it-comes", "REQ-MUL-34", "altered", f"{PROXIES}:Intake.take", _as_they_come,
           "The coordinator multicasts messages in the order in which they come."),
    Mutant("proxy-from-afar", "REQ-MUL-34", "altered", f"{PROXIES}:Intake.take", _whatever_distance,
           "The coordinator keeps messages whose turn is any distance away."),
    Mutant("proxied-without-signature", "REQ-MUL-44", "altered", "coterie.wire.codec:encode_proxied",
           _unsigned, "The payload of a proxied message has no signature."),
    Mutant("proxied-number-first", "REQ-MUL-44", "altered", "coterie.wire.codec:encode_proxied",
           _number_first, "In a proxied message the number comes before the origin."),
    Mutant("proxied-in-pieces", "REQ-MUL-35", "dropped", f"{CHECKS}:check_whole", dropped,
           "A proxied message may be a fragment."),
    Mutant("proxied-of-the-coordinator", "REQ-MUL-35", "altered", f"{CHECKS}:check_origin", _coordinator_too,
           "The origin of a proxied message may be the coordinator."),
    Mutant("proxied-number-zero", "REQ-MUL-35", "altered", f"{CHECKS}:check_origin", _zero_too,
           "A proxied message may have the number 0."),
    Mutant("proxied-unsigned", "REQ-MUL-35", "dropped", f"{CHECKS}:check_proxy_signature", dropped,
           "The signature of a proxied message is not verified."),
    Mutant("proxied-told-of-the-coordinator", "REQ-MUL-35", "altered",
           f"{PACKAGE}.delivery:Delivery._tell_proxied", _of_the_coordinator,
           "A proxied message is told as the coordinator's."),
    Mutant("proxied-by-anyone", "REQ-MUL-39", "dropped", f"{CHECKS}:check_proxying", dropped,
           "Every member may send for others."),
    Mutant("proxied-by-anyone-is-bad", "REQ-MUL-39", "altered", f"{CHECKS}:check_proxying",
           refusing_as("bad-proxied"), "Who sends for others without being coordinator is refused as bad."),
    Mutant("proxied-by-anyone-later", "REQ-MUL-39", "altered", f"{CHECKS}:check_proxying",
           _first_message_only, "Only the first message of a DATA is looked at for this."),
    Mutant("proxied-any-time", "REQ-MUL-45", "dropped", f"{PROXIES}:is_next", giving(True),
           "Proxied messages are told whatever their number."),
    Mutant("proxied-with-gaps", "REQ-MUL-45", "altered", f"{PROXIES}:is_next", _gaps_anywhere,
           "A proxied message is told when its number is greater than the last."),
    Mutant("proxied-without-gaps", "REQ-MUL-45", "altered", f"{PROXIES}:is_next", _in_turn_everywhere,
           "By the unreliable services a proxied message that was lost stops all later ones."),
)  # fmt: skip
