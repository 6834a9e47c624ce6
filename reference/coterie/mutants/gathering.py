"""Mutants of the chapter on views: which FLUSH a proposer takes, and what it makes of all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coterie.mutants.registry import Function, Mutant, dropped, giving, refusing_as

VIEWS = "coterie.views"
PEER = "coterie.peer"


def _any_candidate(original: Function) -> Function:
    def check(own: Any, signer: Any, node: Any, body: Any) -> None:
        others = [row.node_id for row in own.candidates if row.node_id != node] if own else []
        original(own, others[0] if others and signer != node else signer, node, body)

    return check


def _counter_any(original: Function) -> Function:
    def check(own: Any, signer: Any, node: Any, body: Any) -> None:
        original(own, signer, node, replace(body, counter=own.counter) if own else body)

    return check


def _only_one(original: Function) -> Function:
    return lambda body, *rest: original(replace(body, sends=min(body.sends, 1)), *rest)


def _own_suite_any(original: Function) -> Function:
    return lambda body, lineage: original(replace(body, suite=lineage.suite), lineage)


def _set_of_members(original: Function) -> Function:
    def check(body: Any, before: Any, own_view: Any) -> None:
        def ordered(flush: Any) -> Any:
            return replace(flush, holdings=tuple(sorted(flush.holdings, key=lambda row: row.node_id)))

        original(ordered(body), [ordered(flush) for flush in before], own_view)

    return check


def _itself_too(original: Function) -> Function:
    return lambda body, own, _signer: original(body, own, bytes(32))


def _every_clock(original: Function) -> Function:
    return lambda body, clock, own_view: original(replace(body, previous_view=own_view), clock, own_view)


def _one_clock_more(original: Function) -> Function:
    return lambda body, clock, own_view: original(body, clock + 1, own_view)


def _last_holder(original: Function) -> Function:
    def rows(answers: Any, ordered: Any, view: Any) -> Any:
        found = original(answers, ordered, view)
        holds = {
            node: {row.node_id: row.sequence for row in flush.holdings} for node, flush in answers.items()
        }
        return tuple(
            replace(
                row,
                holder=max(
                    at for at, member in enumerate(ordered)
                    if member.previous_view == view
                    and holds[member.node_id].get(row.node_id) == row.sequence
                ),
            )
            for row in found
        )  # fmt: skip

    return rows


def _members_alone(original: Function) -> Function:
    def rows(answers: Any, ordered: Any, view: Any) -> Any:
        named = {member.node_id for member in ordered}
        return tuple(row for row in original(answers, ordered, view) if row.node_id in named)

    return rows


def _least_acknowledged(_original: Function) -> Function:
    def least(answers: Any, ordered: Any, view: Any) -> int:
        told: list[int] = [answers[row.node_id].acknowledged for row in ordered if row.previous_view == view]
        return min(told)

    return least


def _newcomers_clock(_original: Function) -> Function:
    return lambda answers, _base: max(flush.clock for flush in answers.values()) + 1


def _clock_itself(original: Function) -> Function:
    return lambda answers, base: original(answers, base) - 1


def _refused_stays(original: Function) -> Function:
    def loser(answers: Any, proposer: Any, refuser: Any, refused: Any) -> Any:
        found = original(answers, proposer, refuser, refused)
        views = (answers[refuser].previous_view, answers[refused].previous_view)
        return refused if views[0] == views[1] and any(views[0]) and proposer != refused else found

    return loser


def _newcomer_wins(original: Function) -> Function:
    def loser(answers: Any, proposer: Any, refuser: Any, refused: Any) -> Any:
        home = answers[proposer].previous_view
        if answers[refused].previous_view == home != answers[refuser].previous_view and refused != proposer:
            return refused
        return original(answers, proposer, refuser, refused)

    return loser


def _lower_out(original: Function) -> Function:
    def loser(answers: Any, proposer: Any, refuser: Any, refused: Any) -> Any:
        strange = not any(answers[refuser].previous_view) and not any(answers[refused].previous_view)
        return min(refuser, refused) if strange else original(answers, proposer, refuser, refused)

    return loser


def _alone_out(_original: Function) -> Function:
    return lambda _answers, _proposer, node: frozenset({node})


def _from_the_end(_original: Function) -> Function:
    from coterie.views import settling

    def settle(answers: Any, proposer: Any) -> Any:
        out: set[Any] = set()
        for refuser in sorted(answers, reverse=True):
            for refused in sorted(set(answers[refuser].refused) & answers.keys()):
                if refuser not in out and refused not in out:
                    lost = settling.loser(answers, proposer, refuser, refused)
                    out |= settling.component(answers, proposer, lost)
        return frozenset(out)

    return settle


MUTANTS = (
    Mutant("flush-of-anyone", "REQ-VIE-31", "altered", f"{VIEWS}.flushes:check_asked", _any_candidate,
           "A FLUSH of one that was not asked counts."),
    Mutant("flush-of-any-counter", "REQ-VIE-31", "altered", f"{VIEWS}.flushes:check_asked", _counter_any,
           "A FLUSH to another counter counts."),
    Mutant("flush-sends-any", "REQ-VIE-32", "altered", f"{VIEWS}.flushes:check_sends", _only_one,
           "The field sends may be more than 1."),
    Mutant("flush-suite-any", "REQ-VIE-32", "dropped", f"{VIEWS}.flushes:check_suite", dropped,
           "The suite of a FLUSH may be any."),
    Mutant("flush-acknowledges-any", "REQ-VIE-32", "dropped", f"{VIEWS}.flushes:check_acknowledged", dropped,
           "A FLUSH may acknowledge more than its clock."),
    Mutant("flush-holds-any", "REQ-VIE-32", "dropped", f"{VIEWS}.flushes:check_holdings", dropped,
           "The holdings of a FLUSH may be without its signer, or twice of one member."),
    Mutant("flush-own-view-any", "REQ-VIE-32", "dropped", f"{VIEWS}.flushes:check_own_view", dropped,
           "A FLUSH may state other members of the receiver's view than it has."),
    Mutant("flush-own-suite-any", "REQ-VIE-32", "altered", f"{VIEWS}.flushes:check_own_view", _own_suite_any,
           "A FLUSH may state another suite of the receiver's view than it has."),
    Mutant("flush-foreign-any", "REQ-VIE-32", "dropped", f"{VIEWS}.flushes:check_foreign_view", dropped,
           "FLUSHes may differ about a foreign view."),
    Mutant("flush-foreign-order", "REQ-VIE-32", "altered", f"{VIEWS}.flushes:check_foreign_view",
           _set_of_members, "FLUSHes may differ about the order of a foreign view."),
    Mutant("flush-refuses-any", "REQ-VIE-32", "dropped", f"{VIEWS}.flushes:check_refused", dropped,
           "A FLUSH may refuse anyone."),
    Mutant("flush-refuses-itself", "REQ-VIE-32", "altered", f"{VIEWS}.flushes:check_refused", _itself_too,
           "A FLUSH may refuse its signer."),
    Mutant("flush-replaced", "REQ-VIE-33", "dropped", f"{VIEWS}.flushes:check_same", dropped,
           "Another answer of a candidate is taken as the first one again."),
    Mutant("flush-differs-mildly", "REQ-VIE-33", "altered", f"{VIEWS}.flushes:check_same",
           refusing_as("bad-flush"), "Another answer of a candidate is refused as a contradiction."),
    Mutant("flush-seen-any", "REQ-VIE-34", "dropped", f"{VIEWS}.flushes:check_seen", dropped,
           "The field seen may be as far ahead as it likes."),
    Mutant("flush-clock-any", "REQ-VIE-34", "dropped", f"{VIEWS}.flushes:check_clock", dropped,
           "The clock of a FLUSH may be as far ahead as it likes."),
    Mutant("flush-clock-one-more", "REQ-VIE-34", "altered", f"{VIEWS}.flushes:check_clock", _one_clock_more,
           "The clock of a FLUSH may be one more ahead."),
    Mutant("flush-clock-of-others", "REQ-VIE-34", "altered", f"{VIEWS}.flushes:check_clock", _every_clock,
           "The clock of another view is compared with the own one."),
    Mutant("cut-last-holder", "REQ-VIE-14", "altered", f"{VIEWS}.cutting:cut_senders", _last_holder,
           "The cut names the holder at the highest position."),
    Mutant("cut-of-members-alone", "REQ-VIE-14", "altered", f"{VIEWS}.cutting:cut_senders", _members_alone,
           "The cut leaves out the messages of members that do not go on."),
    Mutant("cut-least-acknowledged", "REQ-VIE-14", "altered", f"{VIEWS}.cutting:cut_acknowledged",
           _least_acknowledged, "The cut acknowledges what all do, not what one does."),
    Mutant("clock-of-newcomers", "REQ-VIE-36", "altered", f"{VIEWS}.cutting:clock_base", _newcomers_clock,
           "The clocks of newcomers count for clock_base."),
    Mutant("clock-not-later", "REQ-VIE-36", "altered", f"{VIEWS}.cutting:clock_base", _clock_itself,
           "clock_base is the greatest clock itself."),
    Mutant("suite-forced", "REQ-VIE-36", "altered", f"{VIEWS}.cutting:unwilling", giving(frozenset()),
           "Newcomers that do not offer the suite are taken in all the same."),
    Mutant("refused-goes", "REQ-VIE-16", "altered", f"{VIEWS}.settling:loser", _refused_stays,
           "Between members of one view the refused one goes."),
    Mutant("newcomer-refuses", "REQ-VIE-16", "altered", f"{VIEWS}.settling:loser", _newcomer_wins,
           "A member that a newcomer refuses is left out."),
    Mutant("lower-newcomer-out", "REQ-VIE-16", "altered", f"{VIEWS}.settling:loser", _lower_out,
           "Of two newcomers the one with the lower Node-ID is left out."),
    Mutant("component-torn", "REQ-VIE-16", "altered", f"{VIEWS}.settling:component", _alone_out,
           "A peer is left out without the others of its component."),
    Mutant("refusals-from-the-end", "REQ-VIE-16", "altered", f"{VIEWS}.settling:settle", _from_the_end,
           "Pairs of refuser and refused are taken from the end."),
)  # fmt: skip
