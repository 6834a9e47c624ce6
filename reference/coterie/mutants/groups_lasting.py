"""Mutants of the chapter on groups: what lasts over restarts, and addresses that others name."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from coterie.mutants.registry import Function, Mutant, giving

LOOKING = "coterie.groups.looking"
SHOWING = "coterie.groups.showing"
RETURNING = "coterie.groups.returning"
ALIASES = "coterie.groups.aliases"
STRANGERS = "coterie.groups.strangers"
MANAGEMENT = "coterie.peer.management"


def _by(ms: int) -> Any:
    def change(original: Function) -> Function:
        return lambda *given: original(*given) + ms

    return change


def _own_counts(original: Function) -> Function:
    return lambda found, _own: original(found, b"")


def _clients_alone(original: Function) -> Function:
    def tell(group: Any, standing: Any, now: Any) -> Any:
        is_left = not group.is_created and not group.others and standing.trust.role == "client"
        return [] if is_left else original(group, standing, now)

    return tell


def _greatest_suite(original: Function) -> Function:
    def begin(peer: Any, overlay: Any, now: Any) -> None:
        suites = peer.overlay(overlay).standing.trust.suites
        original(SimpleNamespace(create=lambda to, at: peer.create(to, at, suite=max(suites))), overlay, now)

    return begin


def _one_alias(original: Function) -> Function:
    return lambda kept: dict(list(original(kept).items())[:1])


def _reversed(original: Function) -> Function:
    return lambda *given: original(*given)[::-1]


def _first_only(original: Function) -> Function:
    return lambda *given: original(*given)[:1]


def _privately(original: Function) -> Function:
    return lambda kept: [replace(each, is_public=False) for each in original(kept)]


def _shyly(original: Function) -> Function:
    def groups(kept: Any) -> Any:
        return [replace(each, part=replace(each.part, shows_itself=False)) for each in original(kept)]

    return groups


def _by_group(original: Function) -> Function:
    """Each group counts for itself."""

    def may_greet(self: Any, overlay: Any, to: Any, now: Any) -> Any:
        kept = dict(self._begun)
        self._begun = {to: tuple(each for each in kept.get(to, ()) if each.overlay == overlay)}
        try:
            return original(self, overlay, to, now)
        finally:
            self._begun = kept

    return may_greet


def _twice_as_many(_original: Function) -> Function:
    return lambda counted: len(counted) < 6


def _twice_as_soon(_original: Function) -> Function:
    return lambda counted, mono_ms: all(mono_ms - each.at >= 400 for each in counted)


def _soon_over(_original: Function) -> Function:
    return lambda greeting, mono_ms: mono_ms - greeting.at < 15_000


MUTANTS = (
    Mutant("creates-not-over-its-own", "REQ-GRP-1", "altered", f"{LOOKING}:is_taken", _own_counts,
           "A name is taken where the peer itself has published it."),
    Mutant("clients-let-groups-end", "REQ-GRP-2", "altered", f"{SHOWING}:tell_of", _clients_alone,
           "A client of the main overlay that is left alone in a group does not advertise it."),
    Mutant("begins-with-the-last-suite", "REQ-GRP-15", "altered", f"{MANAGEMENT}:begin", _greatest_suite,
           "The first view has the greatest suite of the options."),
    Mutant("aliases-end-with-the-life", "REQ-GRP-16", "dropped", f"{RETURNING}:aliases", giving({}),
           "Aliases are forgotten in a restart."),
    Mutant("one-alias-lasts", "REQ-GRP-16", "altered", f"{RETURNING}:aliases", _one_alias,
           "Only the alias that was bound first is published again after a restart."),
    Mutant("unbound-aliases-end-with-the-life", "REQ-GRP-16", "altered", f"{RETURNING}:unbound", giving({}),
           "An alias that was unbound just before a restart is not withdrawn after it."),
    Mutant("unbound-aliases-stay", "REQ-GRP-27", "altered", f"{ALIASES}:Aliases.withdrawn", giving([]),
           "Who enters the main overlay does not withdraw what it has unbound."),
    Mutant("unbound-aliases-stay-after-300-s", "REQ-GRP-27", "altered", f"{ALIASES}:found_until",
           _by(-300_000), "An alias that was unbound 300 s before is not withdrawn."),
    Mutant("aliases-taken-down-by-nobody", "REQ-GRP-27", "altered", f"{ALIASES}:is_taken_down",
           giving(value=True), "A tombstone that nobody has stored is not sent again."),
    Mutant("stays-away", "REQ-GRP-17", "dropped", f"{RETURNING}:groups", giving(()),
           "A peer does not come back to its groups after a restart."),
    Mutant("returns-in-another-order", "REQ-GRP-17", "altered", f"{RETURNING}:contacts", _reversed,
           "A peer comes back to the last member of its view first."),
    Mutant("returns-to-the-first", "REQ-GRP-17", "altered", f"{RETURNING}:contacts", _first_only,
           "A peer comes back to the first member of its view only."),
    Mutant("returns-alone", "REQ-GRP-17", "altered", f"{RETURNING}:begins", giving(value=True),
           "A peer that comes back begins its group anew, whoever else was there."),
    Mutant("returns-privately", "REQ-GRP-17", "altered", f"{RETURNING}:groups", _privately,
           "A public group is private for a peer that comes back."),
    Mutant("returns-shyly", "REQ-GRP-17", "altered", f"{RETURNING}:groups", _shyly,
           "A peer that comes back does not publish that it is a member."),
    Mutant("returns-once", "REQ-GRP-18", "dropped", f"{RETURNING}:goes_on", giving(value=False),
           "A peer that nobody takes in after its restart gives its group up."),
    Mutant("returns-and-forgets", "REQ-GRP-18", "altered", f"{RETURNING}:sought", giving(()),
           "A peer that has begun its group again after a restart greets nobody from there."),
    Mutant("greets-strangers-often", "REQ-GRP-19", "altered", f"{STRANGERS}:is_seldom", _twice_as_many,
           "Six handshakes in 30 s are begun with an address that does not answer."),
    Mutant("greets-strangers-at-once", "REQ-GRP-19", "altered", f"{STRANGERS}:is_late", _twice_as_soon,
           "Groups greet an address within 400 ms of each other."),
    Mutant("greets-strangers-by-group", "REQ-GRP-19", "altered", f"{STRANGERS}:Strangers.may_greet",
           _by_group, "Each group greets an address as often as all together may."),
    Mutant("forgets-strangers", "REQ-GRP-19", "altered", f"{STRANGERS}:is_within", _soon_over,
           "Handshakes count for 15 s."),
    Mutant("takes-friends-for-strangers", "REQ-GRP-19", "altered", f"{STRANGERS}:is_answered",
           giving(value=False), "Handshakes count that have led to sessions."),
)  # fmt: skip
