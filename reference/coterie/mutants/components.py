"""Mutants of the chapter on views: joining, merging, leaving, what is kept, and what follows a failure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coterie.mutants.registry import Function, Mutant, dropped, giving

VIEWS = "coterie.views"
PEER = "coterie.peer"
MULTICAST = "coterie.multicast"


def _always(_original: Any) -> Any:
    return property(lambda _self: True)


def _silence_is_enough(original: Function) -> Function:
    def lose(self: Any, node: Any, why: str) -> Any:
        return original(self, node, why) if why != "left" else []

    return lose


def _not_gone(original: Function) -> Function:
    """A member of a failed run is barred, but not gone."""

    def left(missing: Any, others: Any, newcomers: Any) -> Any:
        found = original(missing, others, newcomers)
        return found if found == newcomers else frozenset()

    return left


def _all_or_nobody(original: Function) -> Function:
    def left(missing: Any, others: Any, _newcomers: Any) -> Any:
        return original(missing, others, frozenset())

    return left


def _maker_always(_original: Function) -> Function:
    return lambda fields, _accuser: fields.get("culprit")


def _rarely(original: Function) -> Function:
    def fire(self: Any, now: Any) -> Any:
        effects = original(self, now)
        self._next_at = now.mono_ms + 1500
        return effects

    return fire


def _no_second_look(original: Function) -> Function:
    def fire(self: Any, now: Any) -> Any:
        self._tries = 0
        return original(self, now)

    return fire


def _first_contact_only(original: Function) -> Function:
    def fire(self: Any, now: Any) -> Any:
        self._turn = -1
        return original(self, now)

    return fire


def _lower_leads(_original: Function) -> Function:
    from coterie.vocabulary import counter_of

    def leads(view: Any, node: Any, ground: Any) -> bool:
        mine, theirs = counter_of(ground.view), counter_of(view)
        return theirs > mine or (theirs == mine and node < ground.node)

    return leads


def _forgets_sooner(original: Function) -> Function:
    def seek(self: Any, address: Any, node: Any, now: Any) -> None:
        original(self, address, node, now)
        if address in self._sought:
            self._sought[address] = replace(self._sought[address], until=now.mono_ms + 60_000)

    return seek


def _always_the_first(original: Function) -> Function:
    def fire(self: Any, now: Any) -> Any:
        before = dict(self._sought)
        effects = original(self, now)
        self._sought = {at: self._sought[at] for at in before if at in self._sought}
        return effects

    return fire


def _only_who_leads(original: Function) -> Function:
    return lambda *, leads: original(leads=leads) if leads else 2**63


def _only_coordinators_follow(original: Function) -> Function:
    def on_seen(self: Any, seen: Any, now: Any) -> Any:
        return original(self, seen, now) if self._ground.leads else []

    return on_seen


def _leaves_rarely(original: Function) -> Function:
    def tell(self: Any, others: Any, now: Any) -> Any:
        effects = original(self, others, now)
        self._next_at = min(now.mono_ms + 500, self._until or 2**63)
        return effects

    return tell


def _stores_less(original: Function) -> Function:
    return lambda self, overlay, counter: original(self, overlay, counter - 1)


def _forgets_answers(original: Function) -> Function:
    def left(self: Any) -> None:
        from coterie.vocabulary import counter_of

        original(self)
        self._ground.seen = counter_of(self._ground.view)
        self.rank = (0, self.rank[1])

    return left


def _keeps_the_older(original: Function) -> Function:
    def on_join(self: Any, frame: Any, body: Any, now: Any) -> None:
        before = self._kept.get(frame.signer)
        original(self, frame, body, now)
        if before is not None:
            self._kept[frame.signer] = before

    return on_join


def _keeps_longer(original: Function) -> Function:
    def on_join(self: Any, frame: Any, body: Any, now: Any) -> None:
        original(self, frame, body, now)
        self._kept[frame.signer] = replace(self._kept[frame.signer], until=now.mono_ms + 10_000)

    return on_join


def _bars_evenly(original: Function) -> Function:
    return lambda _times: original(1)


MUTANTS = (
    Mutant("joins-rarely", "REQ-VIE-21", "altered", f"{VIEWS}.joining:Joining.fire", _rarely,
           "JOIN is sent every 1,500 ms."),
    Mutant("joins-without-looking", "REQ-VIE-21", "altered", f"{VIEWS}.joining:Joining.fire",
           _no_second_look, "Who is coordinator is asked only once."),
    Mutant("joins-at-the-first", "REQ-VIE-21", "altered", f"{VIEWS}.joining:Joining.fire",
           _first_contact_only, "Only the first contact is ever greeted."),
    Mutant("lower-node-leads", "REQ-VIE-22", "altered", f"{VIEWS}.merging:leads_before", _lower_leads,
           "Of equal counters the lower Node-ID leads."),
    Mutant("waits-to-be-asked", "REQ-VIE-22", "dropped", f"{VIEWS}.merging:Merging._waited",
           giving(value=False), "A coordinator whose turn it is not never asks."),
    Mutant("lost-for-a-minute", "REQ-VIE-23", "altered", f"{VIEWS}.lost:Lost.seek", _forgets_sooner,
           "Lost members are sought for a minute."),
    Mutant("seeks-one-only", "REQ-VIE-23", "altered", f"{VIEWS}.lost:Lost.fire", _always_the_first,
           "Of several lost members always the same is greeted."),
    Mutant("members-seek-nobody", "REQ-VIE-23", "dropped", f"{VIEWS}.lost:pause", _only_who_leads,
           "Only the coordinator greets members that were lost."),
    Mutant("members-follow-nobody", "REQ-VIE-22", "dropped", f"{VIEWS}.merging:Merging.on_seen",
           _only_coordinators_follow, "Only the coordinator greets a coordinator that a HELLO3 states."),
    Mutant("leave-told-rarely", "REQ-VIE-24", "altered", f"{VIEWS}.leaving:Leaving._tell", _leaves_rarely,
           "LEAVE is sent every 500 ms."),
    Mutant("farewell-ignored", "REQ-VIE-24", "dropped", f"{VIEWS}.leaving:Leaving.know_gone", dropped,
           "A proposal without it does not end a peer's leaving."),
    Mutant("leaves-in-mid-sentence", "REQ-VIE-24", "dropped", f"{PEER}.group:Group.is_idle", _always,
           "A peer leaves before its messages are stable."),
    Mutant("former-life-stays", "REQ-VIE-25", "dropped", f"{VIEWS}.membership:Membership.incarnation_over",
           giving([]), "A member with a new incarnation still counts as a member."),
    Mutant("stores-a-counter-less", "REQ-VIE-26", "altered", f"{PEER}.config:Stored.keep", _stores_less,
           "The counter before that of the view is stored."),
    Mutant("forgets-what-it-answered", "REQ-VIE-26", "altered", f"{VIEWS}.answering:Answering.left",
           _forgets_answers, "A counter that was answered is forgotten with the group."),
    Mutant("never-refreshes", "REQ-VIE-27", "dropped", f"{VIEWS}.causes:Causes._is_refresh_due",
           giving(value=False), "Views are never refreshed."),
    Mutant("run-left-in-peace", "REQ-VIE-37", "dropped", f"{VIEWS}.causes:Causes._is_hopeless",
           giving(value=False), "A proposer waits for the end of a run whose member is silent."),
    Mutant("silent-confirmers-stay", "REQ-VIE-37", "dropped", f"{VIEWS}.failures:left_out", _not_gone,
           "Who does not confirm twice is a candidate again."),
    Mutant("newcomers-hold-up", "REQ-VIE-37", "altered", f"{VIEWS}.failures:left_out", _all_or_nobody,
           "Where nobody confirms twice, all are candidates again."),
    Mutant("accuser-believed", "REQ-VIE-37", "altered", f"{VIEWS}.failures:at_fault", _maker_always,
           "Whoever says that it got another DOWN is believed each time."),
    Mutant("older-join-kept", "REQ-VIE-41", "altered", f"{VIEWS}.joins:Joins.on_join", _keeps_the_older,
           "The first JOIN of a signer is kept, not the last."),
    Mutant("join-kept-long", "REQ-VIE-41", "altered", f"{VIEWS}.joins:Joins.on_join", _keeps_longer,
           "JOIN is kept for ten seconds."),
    Mutant("leave-forgotten", "REQ-VIE-42", "altered", f"{VIEWS}.liveness:Liveness.lose", _silence_is_enough,
           "Who sent LEAVE is a member until it is silent."),
    Mutant("bars-nobody", "REQ-VIE-45", "dropped", f"{VIEWS}.exclusions:Exclusions.left_out", dropped,
           "Who was left out is asked again at once."),
    Mutant("bars-evenly", "REQ-VIE-45", "altered", f"{VIEWS}.exclusions:bar_holds", _bars_evenly,
           "A bar is a second long each time."),
)  # fmt: skip
