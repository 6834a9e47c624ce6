"""Mutants of the chapter on views, as far as a check or a computed value is broken: what is refused of
PROPOSE, FLUSH, INSTALL, JOIN and LEAVE, and what an INSTALL is made of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coterie.mutants.registry import Function, Mutant, dropped, giving, refusing_as

VIEWS = "coterie.views"
PEER = "coterie.peer"


def _dropped_for(requirement: str) -> Any:
    """A check that two rules share, left out for one of them."""

    def change(original: Function) -> Function:
        def check(*given: Any, **named: Any) -> None:
            first = original.__defaults__[0] if original.__defaults__ else ""
            rule = next((one for one in (*given, *named.values()) if str(one).startswith("REQ-")), first)
            if rule != requirement:
                original(*given, **named)

        return check

    return change


def _refused_for(requirement: str, reason: str) -> Any:
    """A check that two rules share, with another reason for one of them."""

    def change(original: Function) -> Function:
        def check(rows: Any, proposer: Any, rule: str = "REQ-VIE-7") -> None:
            from coterie.errors import RemoteError

            try:
                original(rows, proposer, rule)
            except RemoteError as refused:
                kept = refused.reason if rule != requirement else reason
                raise RemoteError(kept, requirement=rule, field=refused.field) from None

        return check

    return change


def _another_reason(original: Function) -> Function:
    from coterie.errors import RemoteError

    def stated() -> Any:
        return RemoteError("not-coordinator", requirement=original().requirement, field="header.type")

    return stated


def _first_pair(original: Function) -> Function:
    return lambda rows: original(rows[:2])


def _any_life(original: Function) -> Function:
    def check(rows: Any, node: Any, incarnation: int) -> None:
        original([replace(row, incarnation=incarnation) for row in rows], node, incarnation)

    return check


def _first_contact(original: Function) -> Function:
    def check(rows: Any, requirement: str = "REQ-VIE-7") -> None:
        original(rows[:1] if requirement == "REQ-VIE-7" else rows, requirement)

    return check


def _counter_alone(_original: Function) -> Function:
    from coterie.errors import RemoteError

    def check(rank: Any, answered: Any, floor: int) -> None:
        if rank[0] <= max(answered[0], floor):
            raise RemoteError("stale-proposal", requirement="REQ-VIE-8", field="counter")

    return check


def _equal_passes(original: Function) -> Function:
    def check(rank: Any, answered: Any, floor: int) -> None:
        original(rank, (answered[0] - 1, answered[1]) if rank[0] == answered[0] else answered, floor)

    return check


def _one_more(original: Function) -> Function:
    return lambda counter, most: original(counter, most + 1)


def _equal_to_view(original: Function) -> Function:
    return lambda rank, answered, floor: original(rank, answered, floor - 1)


def _any_destination(original: Function) -> Function:
    def read(octets: Any, overlay: Any, _proposer: Any, field: str) -> Any:
        return original(octets, overlay, octets[72:104], field)

    return read


def _longer_permit(original: Function) -> Function:
    def read(octets: Any, overlay: Any, proposer: Any, field: str) -> Any:
        whole = 24 + int.from_bytes(octets[6:8], "big")
        return original(octets[:whole], overlay, proposer, field)

    return read


def _any_member_permits(_original: Function) -> Function:
    def permitted(ground: Any, permits: Any, _now: Any) -> bool:
        return any(permit.frame.signer in ground.members or not ground.members for permit in permits)

    return permitted


def _joining_or_not(original: Function) -> Function:
    def permitted(ground: Any, permits: Any, now: Any) -> bool:
        return bool(permits) if not any(ground.view) else original(ground, permits, now)

    return permitted


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


def _answer_by_counter(original: Function) -> Function:
    return lambda terms, counter, _signer: original(terms, counter, terms.proposer)


def _stated_rows_alone(_original: Function) -> Function:
    from coterie.errors import RemoteError
    from coterie.views.terms import cut_of

    def check(terms: Any, install: Any, previous: Any) -> None:
        stated = cut_of(install, previous)
        if any(node in stated and stated[node] < held for node, held in terms.holdings.items()):
            raise RemoteError("cut-below-holdings", requirement="REQ-VIE-13", field="cuts")

    return check


def _far_bits(original: Function) -> Function:
    return lambda install: original(replace(install, members=install.members * 64))


def _first_absent(_original: Function) -> Function:
    from coterie.errors import RemoteError
    from coterie.wire import extensions

    def check(install: Any) -> None:
        positions = extensions.senders_of(install.extensions)
        if positions is None or not positions or max(positions) >= len(install.members):
            raise RemoteError("bad-senders", requirement="REQ-VIE-15", field="extensions")

    return check


def _floor_passes(original: Function) -> Function:
    return lambda counter, floor: original(counter, floor - 1)


def _newcomer_like_all(original: Function) -> Function:
    return lambda clock_base, clock, _jump="clock-jump": original(clock_base, clock)


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


def _senders_alone(original: Function) -> Function:
    def senders(answers: Any, ordered: Any) -> Any:
        found = original(answers, ordered)
        return found if answers[ordered[0].node_id].sends else found - {0}

    return senders


def _next_by_two(original: Function) -> Function:
    return lambda seen: original(seen) + 1


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


def _all_together(_original: Function) -> Function:
    return lambda accepted: tuple(row.node_id for row in accepted.install.members)


def _own_view_alone(_original: Function) -> Function:
    from coterie.errors import RemoteError

    def check(ground: Any, _signer: Any, body: Any) -> None:
        if body.view_id == ground.view:
            raise RemoteError("own-view", requirement="REQ-VIE-40", field="view_id")

    return check


def _any_view(original: Function) -> Function:
    return lambda ground, signer, body: original(ground, signer, replace(body, view_id=ground.view))


def _without_counter(original: Function) -> Function:
    return lambda standing, to, frame, refused, _seen: original(standing, to, frame, refused, None)


def _of_the_next(original: Function) -> Function:
    def refuse(standing: Any, to: Any, frame: Any, refused: Any, seen: Any) -> Any:
        later = replace(frame, sequence=frame.sequence + 1)
        return original(standing, to, later, refused, seen)

    return refuse


MUTANTS = (
    Mutant("stated-other-reason", "REQ-VIE-1", "altered", f"{PEER}.refusals:stated_membership",
           _another_reason, "What is for groups is refused in a stated overlay for another reason."),
    Mutant("propose-counter-skips-one", "REQ-VIE-4", "altered", f"{VIEWS}.counters:next_counter",
           _next_by_two, "A proposal leaves one counter out."),
    Mutant("candidate-twice", "REQ-VIE-7", "dropped", f"{VIEWS}.questions:check_no_duplicate",
           _dropped_for("REQ-VIE-7"), "A candidate may stand twice."),
    Mutant("candidates-in-any-order", "REQ-VIE-7", "dropped", f"{VIEWS}.questions:check_ascending", dropped,
           "The candidates may stand in any order."),
    Mutant("candidates-first-pair", "REQ-VIE-7", "altered", f"{VIEWS}.questions:check_ascending",
           _first_pair, "Only the first two candidates are compared."),
    Mutant("asked-about-others", "REQ-VIE-7", "dropped", f"{VIEWS}.questions:check_self_among", dropped,
           "A PROPOSE without the receiver is answered."),
    Mutant("asked-in-another-life", "REQ-VIE-7", "altered", f"{VIEWS}.questions:check_self_among", _any_life,
           "A PROPOSE to an earlier life of the receiver is answered."),
    Mutant("proposer-stays-out", "REQ-VIE-7", "dropped", f"{VIEWS}.questions:check_proposer_among",
           _dropped_for("REQ-VIE-7"), "A PROPOSE without its signer is answered."),
    Mutant("candidate-nowhere", "REQ-VIE-7", "altered", f"{VIEWS}.questions:check_contacts", _first_contact,
           "Only the contact of the first candidate is looked at."),
    Mutant("equal-counter-refused", "REQ-VIE-8", "altered", f"{VIEWS}.questions:check_greater",
           _counter_alone, "Of proposals with one counter the first counts."),
    Mutant("equal-counter-passes", "REQ-VIE-8", "altered", f"{VIEWS}.questions:check_greater",
           _equal_passes, "Of proposals with one counter the last counts."),
    Mutant("propose-counter-of-the-view", "REQ-VIE-8", "altered", f"{VIEWS}.questions:check_greater",
           _equal_to_view, "The counter of a PROPOSE may be that of the view."),
    Mutant("propose-counter-any", "REQ-VIE-43", "dropped", f"{VIEWS}.questions:check_near", dropped,
           "The counter of a PROPOSE may be as far ahead as it likes."),
    Mutant("propose-counter-one-more", "REQ-VIE-43", "altered", f"{VIEWS}.questions:check_near", _one_more,
           "The counter of a PROPOSE may be one more ahead."),
    Mutant("anyone-proposes", "REQ-VIE-9", "dropped", f"{VIEWS}.authority:check_authority", dropped,
           "Anyone may propose."),
    Mutant("any-member-permits", "REQ-VIE-9", "altered", f"{VIEWS}.authority:is_permitted",
           _any_member_permits, "The permit of any member counts."),
    Mutant("permit-without-joining", "REQ-VIE-9", "altered", f"{VIEWS}.authority:is_permitted",
           _joining_or_not, "A permit counts although its signer does not join any more."),
    Mutant("permit-unverified", "REQ-VIE-30", "dropped", f"{VIEWS}.authority:check_permit_signature", dropped,
           "The signature of a permit is not verified."),
    Mutant("permit-for-anyone", "REQ-VIE-30", "altered", f"{VIEWS}.authority:read_permit", _any_destination,
           "A permit may be for another than the proposer."),
    Mutant("permit-with-a-tail", "REQ-VIE-30", "altered", f"{VIEWS}.authority:read_permit", _longer_permit,
           "A permit may have octets after its frame."),
    Mutant("refuse-without-counter", "REQ-VIE-28", "altered", f"{PEER}.refusals:refuse", _without_counter,
           "The REFUSE of a stale PROPOSE does not say which counter was seen."),
    Mutant("refuse-of-another-frame", "REQ-VIE-28", "altered", f"{PEER}.refusals:refuse", _of_the_next,
           "REFUSE names another sequence number than that of the frame."),
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
    Mutant("install-unasked", "REQ-VIE-12", "dropped", f"{VIEWS}.terms:check_answered", dropped,
           "An INSTALL need not be of the proposal that was answered last."),
    Mutant("install-of-another", "REQ-VIE-12", "altered", f"{VIEWS}.terms:check_answered",
           _answer_by_counter, "An INSTALL may be signed by another than the proposer."),
    Mutant("install-no-candidate", "REQ-VIE-44", "dropped", f"{VIEWS}.terms:check_candidates", dropped,
           "A member need not have been a candidate."),
    Mutant("cut-below", "REQ-VIE-13", "dropped", f"{VIEWS}.terms:check_cut", dropped,
           "The cut may be below what is held."),
    Mutant("cut-rows-absent", "REQ-VIE-13", "altered", f"{VIEWS}.terms:check_cut", _stated_rows_alone,
           "A row that is missing in the cut counts as none at all."),
    Mutant("cut-of-strangers", "REQ-VIE-13", "dropped", f"{VIEWS}.terms:check_cut_rows", dropped,
           "The cut may have rows of others than members, or be missing."),
    Mutant("cut-acknowledges-less", "REQ-VIE-13", "dropped", f"{VIEWS}.terms:check_cut_acknowledged", dropped,
           "The cut may acknowledge less than the receiver."),
    Mutant("senders-any", "REQ-VIE-15", "dropped", f"{VIEWS}.terms:check_senders", dropped,
           "The sender group of an INSTALL may be missing, or any."),
    Mutant("senders-beyond", "REQ-VIE-15", "altered", f"{VIEWS}.terms:check_senders", _far_bits,
           "The sender group may have positions beyond the members."),
    Mutant("senders-without-first", "REQ-VIE-15", "altered", f"{VIEWS}.terms:check_senders", _first_absent,
           "The sender group may be without the first member."),
    Mutant("senders-made-without-first", "REQ-VIE-15", "altered", f"{VIEWS}.cutting:senders", _senders_alone,
           "A first member that did not send is left out of the sender group."),
    Mutant("install-counter-of-the-view", "REQ-VIE-46", "altered", f"{VIEWS}.terms:check_after_view",
           _floor_passes, "The counter of an INSTALL may be that of the view."),
    Mutant("newcomer-measures-clock", "REQ-VIE-46", "altered", f"{VIEWS}.proposal:check_clock",
           _newcomer_like_all, "A newcomer measures clock_base by its own clock like everyone."),
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
    Mutant("all-together", "REQ-VIE-47", "altered", f"{VIEWS}.told:together", _all_together,
           "All members count as going on together."),
    Mutant("join-twice", "REQ-VIE-39", "dropped", f"{VIEWS}.questions:check_no_duplicate",
           _dropped_for("REQ-VIE-39"), "A member may stand twice in a JOIN."),
    Mutant("join-for-others", "REQ-VIE-39", "altered", f"{VIEWS}.questions:check_proposer_among",
           _refused_for("REQ-VIE-39", "self-absent"),
           "A JOIN without its signer is refused for want of the receiver."),
    Mutant("join-from-nowhere", "REQ-VIE-39", "dropped", f"{VIEWS}.questions:check_contacts",
           _dropped_for("REQ-VIE-39"), "The contacts of a JOIN may be any."),
    Mutant("join-several-alone", "REQ-VIE-39", "dropped", f"{VIEWS}.joins:check_lone", dropped,
           "Several may join without a view."),
    Mutant("join-at-anyone", "REQ-VIE-40", "dropped", f"{VIEWS}.joins:check_coordinator", dropped,
           "Every member takes a JOIN."),
    Mutant("join-from-within", "REQ-VIE-40", "dropped", f"{VIEWS}.joins:check_other_view", dropped,
           "A JOIN from the own view is taken."),
    Mutant("join-from-before", "REQ-VIE-40", "altered", f"{VIEWS}.joins:check_other_view", _own_view_alone,
           "A late JOIN of a member is taken for a new one."),
    Mutant("leave-of-anyone", "REQ-VIE-42", "dropped", f"{VIEWS}.leaving:check_leave", dropped,
           "LEAVE of another view, or of a stranger, is accepted."),
    Mutant("leave-of-any-view", "REQ-VIE-42", "altered", f"{VIEWS}.leaving:check_leave", _any_view,
           "LEAVE of another view is accepted."),
)  # fmt: skip
