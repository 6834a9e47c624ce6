"""Mutants of the chapter on views: suspicion, proposing, answering, and the way from one view to the next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coterie.mutants.registry import Function, Mutant, dropped, giving

VIEWS = "coterie.views"
PEER = "coterie.peer"
MULTICAST = "coterie.multicast"


def _always(_original: Any) -> Any:
    return property(lambda _self: True)


def _heard_later(by: int) -> Any:
    def change(original: Function) -> Function:
        return lambda self, node: original(self, node) + by

    return change


def _delay(change_of: Any) -> Any:
    def change(original: Function) -> Function:
        def delay(self: Any, now: Any) -> Any:
            found = original(self, now)
            return None if found is None else change_of(found)

        return delay

    return change


def _never_tired(original: Function) -> Function:
    def overtaken(self: Any, node: Any, now: Any) -> Any:
        self._overtakes.clear()
        return original(self, node, now)

    return overtaken


def _last_first(original: Function) -> Function:
    def chosen(self: Any, incumbents: Any, now: Any) -> Any:
        self._kept = dict(reversed(self._kept.items()))
        try:
            return original(self, incumbents, now)
        finally:
            self._kept = dict(reversed(self._kept.items()))

    return chosen


def _one_each(original: Function) -> Function:
    """Of a component only the one that asked."""

    def chosen(self: Any, incumbents: Any, now: Any) -> Any:
        found = original(self, incumbents, now)
        return tuple(
            replace(
                kept,
                body=replace(
                    kept.body,
                    members=tuple(row for row in kept.body.members if row.node_id == kept.signer),
                ),
            )
            for kept in found
        )

    return chosen


def _resends_later(original: Function) -> Function:
    """Between two ends of its waiting; these come when they should."""

    def later(made_at: int, now: Any) -> int:
        from coterie import registry

        ends = [made_at + registry.timer(name) for name in ("flush-wait", "flush-give-up")]
        late: int = original(made_at, now) + 125
        return min([late, *(end for end in ends if end > now.mono_ms)])

    return later


def _at_once(original: Function) -> Function:
    """FLUSH leaves without waiting for sessions."""

    def try_flush(self: Any, now: Any) -> Any:
        if self.current is not None and self.current.flush_by is not None:
            self.current.flush_by = now.mono_ms
        return original(self, now)

    return try_flush


def _flush_late(original: Function) -> Function:
    def answer(self: Any, *given: Any) -> Any:
        effects = original(self, *given)
        self.current.flush_by += 250
        return effects

    return answer


def _blocked_twice(original: Function) -> Function:
    def answer(self: Any, *given: Any) -> Any:
        effects = original(self, *given)
        told = any(getattr(effect, "name", "") == "blocked" for effect in effects)
        ground = self._ground
        return (
            effects if told or not ground.members else [*effects, ground.event("blocked", view=ground.view)]
        )

    return answer


def _sends_on(_original: Function) -> Function:
    return lambda view: view.sends and view.pen.has_ink("read")


def _own_row_zero(original: Function) -> Function:
    def flush(self: Any, refused: Any = ()) -> Any:
        made = original(self, refused)
        own = self._ground.node
        rows = tuple(replace(row, sequence=0) if row.node_id == own else row for row in made.holdings)
        return replace(made, holdings=rows)

    return flush


def _waits_for_nobody(original: Function) -> Function:
    def enough(self: Any, own: Any, now: Any) -> bool:
        return now.mono_ms - own.made_at >= 1500 or bool(original(self, own, now))

    return enough


def _waits_for_members(_original: Function) -> Function:
    def enough(_self: Any, own: Any, now: Any) -> bool:
        return not own.missing or now.mono_ms - own.made_at >= 3000

    return enough


def _later(by: int) -> Any:
    def change(original: Function) -> Function:
        return lambda waiting_since: original(waiting_since) + by

    return change


def _withdraws_never(original: Function) -> Function:
    def fire(self: Any, now: Any) -> Any:
        current = self.current
        waits = current is not None and current.flush_by is not None and current.flush_by <= now.mono_ms
        if current is not None and not self._ground.members and not waits:
            current.give_up_at = now.mono_ms + 10_000
            return []
        return original(self, now)

    return fire


def _gives_up_later(original: Function) -> Function:
    def answer(self: Any, *given: Any) -> Any:
        effects = original(self, *given)
        self.current.give_up_at += 500
        return effects

    return answer


def _view_wait_later(original: Function) -> Function:
    def run_began(self: Any, now: Any) -> None:
        original(self, now)
        if self.current is not None:
            self.current.give_up_at += 400

    return run_began


def _unblocked_untold(original: Function) -> Function:
    def installed(self: Any, run: Any, now: Any) -> Any:
        effects = original(self, run, now)
        return [effect for effect in effects if getattr(effect, "name", "") != "unblocked"]

    return installed


def _rest_first(original: Function) -> Function:
    """The event transitional comes last."""

    def finish(self: Any, together: Any, mono_ms: int) -> Any:
        effects = original(self, together, mono_ms)
        last = [effect for effect in effects if getattr(effect, "name", "") == "transitional"]
        return [effect for effect in effects if effect not in last] + last

    return finish


def _later_clock(original: Function) -> Function:
    def begin(self: Any, epoch: Any, clock_base: int, senders: Any, now: Any) -> Any:
        return original(self, epoch, max(clock_base, self.clock), senders, now)

    return begin


MUTANTS = (
    Mutant("suspects-late", "REQ-VIE-2", "altered", f"{VIEWS}.liveness:Liveness.last_heard",
           _heard_later(300), "A silent member is suspected 300 ms later."),
    Mutant("suspects-early", "REQ-VIE-2", "altered", f"{VIEWS}.liveness:Liveness.last_heard",
           _heard_later(-150), "A silent member is suspected 150 ms earlier."),
    Mutant("signed-frames-unheard", "REQ-VIE-2", "altered", f"{VIEWS}.liveness:Liveness.hear", dropped,
           "Who signs a frame is not heard."),
    Mutant("proposes-at-once", "REQ-VIE-3", "altered", f"{VIEWS}.causes:Causes._delay",
           _delay(lambda _wait: 0), "A proposal does not wait for more causes."),
    Mutant("proposes-late", "REQ-VIE-3", "altered", f"{VIEWS}.causes:Causes._delay",
           _delay(lambda wait: 2 * wait), "A proposal waits twice as long."),
    Mutant("proposes-beside-another", "REQ-VIE-3", "dropped", f"{VIEWS}.causes:Causes._is_anothers",
           giving(value=False), "A member proposes although another is at work."),
    Mutant("overtakes-endlessly", "REQ-VIE-4", "dropped", f"{VIEWS}.proposing:Proposing._overtaken",
           _never_tired, "A candidate may show greater counters for ever."),
    Mutant("last-asked-first", "REQ-VIE-5", "altered", f"{VIEWS}.joins:Joins.chosen", _last_first,
           "Components that asked last are candidates first."),
    Mutant("component-in-part", "REQ-VIE-5", "altered", f"{VIEWS}.joins:Joins.chosen", _one_each,
           "Of a component only its coordinator is a candidate."),
    Mutant("propose-resent-late", "REQ-VIE-6", "altered", f"{VIEWS}.proposing:resend_at", _resends_later,
           "PROPOSE is sent again 125 ms later."),
    Mutant("propose-not-with-session", "REQ-VIE-6", "altered",
           f"{VIEWS}.proposing:Proposing.session_known", giving([]),
           "A candidate with which a session arises gets the PROPOSE only with the next repeat."),
    Mutant("no-farewell", "REQ-VIE-6", "dropped", f"{VIEWS}.proposing:Proposing._bid_farewell", giving([]),
           "Who left does not get the proposal of those that stay."),
    Mutant("flush-at-once", "REQ-VIE-10", "altered", f"{VIEWS}.answering:Answering.try_flush", _at_once,
           "FLUSH does not wait for sessions with the candidates."),
    Mutant("flush-late", "REQ-VIE-10", "altered", f"{VIEWS}.answering:Answering.answer", _flush_late,
           "FLUSH waits for sessions 250 ms longer."),
    Mutant("flush-refuses-nobody", "REQ-VIE-10", "dropped", f"{VIEWS}.answering:Answering._refused",
           giving(()), "FLUSH never states whom its signer could not greet."),
    Mutant("sends-while-frozen", "REQ-VIE-11", "dropped", f"{MULTICAST}.sending:may_send", _sends_on,
           "New messages are sent in a view that was given up."),
    Mutant("blocked-told-again", "REQ-VIE-11", "altered", f"{VIEWS}.answering:Answering.answer",
           _blocked_twice, "The event blocked is told for each PROPOSE."),
    Mutant("holds-nothing-of-itself", "REQ-VIE-29", "altered", f"{VIEWS}.answering:Answering.flush",
           _own_row_zero, "FLUSH states none of the signer's own messages."),
    Mutant("decides-without-members", "REQ-VIE-35", "altered", f"{VIEWS}.proposing:Proposing._is_enough",
           _waits_for_nobody, "Members that do not answer are waited for no longer than newcomers."),
    Mutant("decides-late", "REQ-VIE-35", "altered", f"{VIEWS}.proposing:Proposing._is_enough",
           _waits_for_members, "Newcomers that do not answer are waited for as long as members."),
    Mutant("confirms-unrecovered", "REQ-VIE-17", "dropped", f"{PEER}.group:Group.is_recovered", _always,
           "CONFIRM does not wait for what the cut has and the member lacks."),
    Mutant("transitional-last", "REQ-VIE-18", "altered", f"{MULTICAST}.delivery:Delivery.finish", _rest_first,
           "The event transitional is told after all messages."),
    Mutant("common-told-late", "REQ-VIE-18", "dropped", f"{MULTICAST}.order:is_common", giving(value=False),
           "Nothing is told for being acknowledged by one of those who go on."),
    Mutant("lost-causes-told", "REQ-VIE-48", "dropped", f"{MULTICAST}.order:goes_on", giving(value=True),
           "Messages of members that do not come along are told to their end."),
    Mutant("unblocked-untold", "REQ-VIE-19", "dropped", f"{VIEWS}.membership:Membership.installed",
           _unblocked_untold, "The event unblocked is not told."),
    Mutant("clock-goes-on", "REQ-VIE-49", "altered", f"{MULTICAST}.machine:Multicast.begin", _later_clock,
           "The clock goes on from view to view."),
    Mutant("alone-late", "REQ-VIE-20", "altered", f"{VIEWS}.alone:alone_after", _later(1000),
           "A member goes on alone a second later."),
    Mutant("never-alone", "REQ-VIE-20", "dropped", f"{VIEWS}.alone:Alone.wake", giving(None),
           "A member never goes on alone."),
    Mutant("never-withdraws", "REQ-VIE-20", "dropped", f"{VIEWS}.answering:Answering.fire", _withdraws_never,
           "A peer without a view waits for a silent proposer for ever."),
    Mutant("proposer-has-time", "REQ-VIE-38", "altered", f"{VIEWS}.answering:Answering.answer",
           _gives_up_later, "A proposer has 4,500 ms for its INSTALL."),
    Mutant("view-has-time", "REQ-VIE-38", "altered", f"{VIEWS}.answering:Answering.run_began",
           _view_wait_later, "A proposer has 5,900 ms for its view."),
)  # fmt: skip
