"""Mutants of the chapter on groups: what is published of a group, by whom, and for how long."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coterie.mutants.registry import Function, Mutant, giving

ADVERTISING = "coterie.groups.advertising"
SHOWING = "coterie.groups.showing"
MACHINE = "coterie.groups.machine"


def _by(more: int) -> Any:
    def change(original: Function) -> Function:
        return lambda *given, **named: original(*given, **named) + more

    return change


def _others_first(original: Function) -> Function:
    return lambda own, others: (*original(own, others)[1:], own)


def _in_order_of_addresses(original: Function) -> Function:
    return lambda own, others: original(own, sorted(others))


def _one_less(original: Function) -> Function:
    return lambda *given: original(*given)[:15]


def _without_self(original: Function) -> Function:
    return lambda own, others: tuple(others)[:16] or original(own, others)


def _at_once(_original: Function) -> Function:
    return lambda _shown, mono_ms: mono_ms


def _only_at_first(_original: Function) -> Function:
    return lambda shown, _contacts: shown.contacts is None


def _of_other_words(original: Function) -> Function:
    return lambda subject, _description: original(subject, "a group")


def _briefly(original: Function) -> Function:
    def made(*given: Any) -> Any:
        step = original(*given)
        return replace(step, lifetime=step.lifetime // 2)

    return made


def _withdrawn_at_once(original: Function) -> Function:
    def show(group: Any, standing: Any, now: Any) -> Any:
        from coterie.groups.steps import Rest, Withdraw

        steps = original(group, standing, now)
        return [Withdraw(each.place) if isinstance(each, Rest) else each for each in steps]

    return show


def _as_before(_original: Function) -> Function:
    return lambda shown: shown


def _without_haste(original: Function) -> Function:
    return lambda shown: replace(original(shown), at=shown.at)


def _without_aliases(original: Function) -> Function:
    return lambda self, now: original(self, now)[len(self.aliases.names) :]


def _of_kind(kind: str) -> Any:
    def change(original: Function) -> Function:
        return lambda *given: tuple(place for place in original(*given) if place[0].kind == kind)

    return change


def _all_places(_original: Function) -> Function:
    return lambda places, _overlay: tuple(places)


def _everybody(_original: Function) -> Function:
    return lambda **given: given["is_public"]


def _nameless(original: Function) -> Function:
    return lambda subject, peer_id, _name: original(subject, peer_id, None)


def _in_view_only(original: Function) -> Function:
    """The word of the member is not given before somebody else is there."""

    def shown(group: Any, standing: Any) -> Any:
        return original(group, standing) if group.others else []

    return shown


MUTANTS = (
    Mutant("coordinator-untold", "REQ-GRP-2", "dropped", f"{ADVERTISING}:is_told_of", giving(value=False),
           "Nobody publishes where a group is."),
    Mutant("advertises-others-first", "REQ-GRP-2", "altered", f"{ADVERTISING}:contacts_of", _others_first,
           "The coordinator's own address is the last contact."),
    Mutant("advertises-by-address", "REQ-GRP-2", "altered", f"{ADVERTISING}:contacts_of",
           _in_order_of_addresses, "Contacts stand in the order of their addresses."),
    Mutant("advertises-without-self", "REQ-GRP-2", "altered", f"{ADVERTISING}:contacts_of", _without_self,
           "The coordinator is none of the contacts where there are others."),
    Mutant("advertises-fifteen", "REQ-GRP-2", "altered", f"{ADVERTISING}:contacts_of", _one_less,
           "At most 15 contacts are published."),
    Mutant("advertises-at-once", "REQ-GRP-2", "altered", f"{ADVERTISING}:again_at", _at_once,
           "Each change of the contacts is published at once."),
    Mutant("advertises-late", "REQ-GRP-2", "altered", f"{ADVERTISING}:again_at", _by(2000),
           "Contacts are published two seconds later."),
    Mutant("advertises-once", "REQ-GRP-2", "dropped", f"{ADVERTISING}:is_stale", _only_at_first,
           "Contacts that change are not published."),
    Mutant("group-forgotten-early", "REQ-GRP-2", "altered", f"{ADVERTISING}:info", _briefly,
           "Where a group is, is published for 300 s."),
    Mutant("group-unlisted", "REQ-GRP-3", "dropped", f"{ADVERTISING}:is_listed_now", giving(value=False),
           "No group is in the list of groups."),
    Mutant("listed-in-other-words", "REQ-GRP-3", "altered", f"{ADVERTISING}:entry", _of_other_words,
           "The list describes all groups alike."),
    Mutant("listed-briefly", "REQ-GRP-3", "altered", f"{ADVERTISING}:entry", _briefly,
           "A group is in the list for 300 s."),
    Mutant("refreshes-on", "REQ-GRP-4", "dropped", f"{ADVERTISING}:resting", giving(()),
           "Who does not coordinate any more goes on refreshing."),
    Mutant("withdraws-at-handover", "REQ-GRP-4", "altered", f"{SHOWING}:show", _withdrawn_at_once,
           "Who does not coordinate any more withdraws where the group is."),
    Mutant("refreshes-the-entry-on", "REQ-GRP-4", "altered", f"{ADVERTISING}:resting", _of_kind("group-info"),
           "Who does not coordinate any more goes on refreshing the entry of the list."),
    Mutant("refreshes-the-info-on", "REQ-GRP-4", "altered", f"{ADVERTISING}:resting", _of_kind("group-list"),
           "Who does not coordinate any more goes on refreshing where the group is."),
    Mutant("rests-itself-too", "REQ-GRP-4", "altered", f"{ADVERTISING}:resting", _all_places,
           "Who does not coordinate any more does not refresh either that it is a member."),
    Mutant("members-unseen", "REQ-GRP-5", "dropped", f"{ADVERTISING}:is_shown", giving(value=False),
           "No member publishes that it is one."),
    Mutant("members-all-seen", "REQ-GRP-5", "altered", f"{ADVERTISING}:is_shown", _everybody,
           "Members with private membership publish that they are members."),
    Mutant("members-nameless", "REQ-GRP-5", "altered", f"{ADVERTISING}:member", _nameless,
           "A member does not publish its name."),
    Mutant("member-of-two", "REQ-GRP-5", "altered", f"{SHOWING}:show_itself", _in_view_only,
           "A member that is alone does not publish that it is one."),
    Mutant("leaves-its-word", "REQ-GRP-6", "dropped", f"{ADVERTISING}:withdrawn", giving(()),
           "Who has left withdraws nothing."),
    Mutant("leaves-its-entry", "REQ-GRP-6", "altered", f"{ADVERTISING}:withdrawn", _of_kind("group-info"),
           "Who has left withdraws neither its entry of the list nor that it is a member."),
    Mutant("leaves-the-word-of-another-life", "REQ-GRP-6", "altered", f"{ADVERTISING}:former", giving(()),
           "Who has left does not withdraw what it published before a restart."),
    Mutant("enters-in-silence", "REQ-GRP-27", "dropped", f"{ADVERTISING}:after_entering", _as_before,
           "Who enters the main overlay publishes nothing of its groups anew."),
    Mutant("enters-without-haste", "REQ-GRP-27", "altered", f"{ADVERTISING}:after_entering", _without_haste,
           "Where a group is, is published up to 10 s after the main overlay was entered."),
    Mutant("enters-without-aliases", "REQ-GRP-27", "altered", f"{MACHINE}:Groups.main_entered",
           _without_aliases, "Who enters the main overlay does not publish its aliases anew."),
)  # fmt: skip
