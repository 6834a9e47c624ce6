"""Mutants of the chapter on views: what is refused of PROPOSE, INSTALL, JOIN and LEAVE, and how."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coterie import registry
from coterie.mutants.registry import Function, Mutant, dropped

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


def _senders_alone(original: Function) -> Function:
    def senders(answers: Any, ordered: Any) -> Any:
        found = original(answers, ordered)
        return found if answers[ordered[0].node_id].sends else found - {0}

    return senders


def _next_by_two(original: Function) -> Function:
    return lambda seen: original(seen) + 1


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
        if frame.header.type in (registry.frame_type("PROPOSE").code, registry.frame_type("JOIN").code):
            frame = replace(frame, sequence=frame.sequence + 1)
        return original(standing, to, frame, refused, seen)

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
           "REFUSE names another sequence number than that of the PROPOSE or JOIN."),
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
