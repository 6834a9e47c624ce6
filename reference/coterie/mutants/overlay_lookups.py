"""Mutants of lookups, and of how a peer enters an overlay and stays in it."""

from __future__ import annotations

from typing import Any

from coterie.mutants.registry import Function, Mutant, giving

OVERLAY = "coterie.overlay"


def _first_come(_original: Function) -> Function:
    return lambda candidates, _target: next(iter(candidates), None)


def _farthest(_original: Function) -> Function:
    def next_of(candidates: Any, target: bytes) -> Any:
        from coterie.overlay import distance

        return max(candidates, key=lambda each: distance.distance(each.node, target), default=None)

    return next_of


def _after(milliseconds: int) -> Any:
    return lambda _original: lambda mono_ms: mono_ms + milliseconds


def _anybody_there(original: Function) -> Function:
    def met(self: Any, node: Any, address: Any, now: Any, *, is_answer: bool) -> Any:
        del is_answer
        return original(self, node, address, now, is_answer=False)

    return met


def _both_rounds(_original: Function) -> Function:
    def dealt(contacts: Any, paths: int) -> Any:
        share = -(-len(contacts) // paths)
        return tuple(contacts[index * share : (index + 1) * share] for index in range(paths))

    return dealt


def _one_path(_original: Function) -> Function:
    return lambda contacts, paths: (contacts, *((),) * (paths - 1))


def _eight_answers(_original: Function) -> Function:
    return lambda _node, answered, _target: len(answered) < 8


def _closer_than_the_first(original: Function) -> Function:
    def is_worthwhile(node: Any, answered: Any, target: bytes) -> Any:
        from coterie.overlay import distance

        if len(answered) < 8:
            return original(node, answered, target)
        first = distance.closest(answered, target, 1)[0]
        return distance.distance(node, target) < distance.distance(first, target)

    return is_worthwhile


def _first_eight(_original: Function) -> Function:
    return lambda answered, _target: tuple(answered[:8])


def _at_most(count: int) -> Any:
    return lambda _original: property(lambda self: self._finds < count)


def _running(count: int) -> Any:
    return lambda _original: lambda running: running < count


def _inside_at_once(original: Function) -> Function:
    def look(self: Any, now: Any) -> Any:
        from coterie.overlay.states import Input, State

        if self.state is State.SEEKING and len(self._ground.contacts):
            self._step(Input.CONTACT)
            return self.looked(now)
        return original(self, now)

    return look


def _always_zeros(original: Function) -> Function:
    def fire(self: Any, now: Any) -> Any:
        drawn = self._ground.standing.entropy
        self._ground.standing.entropy = lambda label, context, size: (
            bytes(size) if label == "lookup-target" else drawn(label, context, size)
        )
        try:
            return original(self, now)
        finally:
            self._ground.standing.entropy = drawn

    return fire


MUTANTS = (
    Mutant("path-first-come", "REQ-OVL-23", "altered", f"{OVERLAY}.lookup:next_of", _first_come,
           "A path asks its candidates in the order in which it learnt of them."),
    Mutant("path-farthest", "REQ-OVL-23", "altered", f"{OVERLAY}.lookup:next_of", _farthest,
           "A path asks its farthest candidate."),
    Mutant("paths-share", "REQ-OVL-23", "altered", f"{OVERLAY}.lookup:is_new", giving(True),
           "Two paths may ask the same peer."),
    Mutant("candidate-waited-for", "REQ-OVL-23", "altered", f"{OVERLAY}.lookup:wait_until", _after(10_000),
           "A candidate that does not answer a greeting is waited for ten seconds."),
    Mutant("candidate-under-another-name", "REQ-OVL-23", "altered", f"{OVERLAY}.lookups:Lookups.met",
           _anybody_there, "A candidate that has another Node-ID is waited for."),
    Mutant("contacts-in-rows", "REQ-OVL-23", "altered", f"{OVERLAY}.lookup:dealt", _both_rounds,
           "The closest contacts all begin on the first path."),
    Mutant("one-path", "REQ-OVL-23", "altered", f"{OVERLAY}.lookup:dealt", _one_path,
           "A lookup goes along one path."),
    Mutant("lookup-eight-answers", "REQ-OVL-24", "altered", f"{OVERLAY}.lookup:is_worthwhile",
           _eight_answers, "A path ends at the first eight answers."),
    Mutant("lookup-of-all", "REQ-OVL-24", "dropped", f"{OVERLAY}.lookup:is_worthwhile", giving(True),
           "A path asks all of its candidates."),
    Mutant("lookup-closest-alone", "REQ-OVL-24", "altered", f"{OVERLAY}.lookup:is_worthwhile",
           _closer_than_the_first, "A path ends when it has nobody closer than the closest."),
    Mutant("lookup-finds-the-first", "REQ-OVL-25", "altered", f"{OVERLAY}.lookup:found", _first_eight,
           "A lookup finds the first eight that answer."),
    Mutant("lookup-65", "REQ-OVL-25", "altered", f"{OVERLAY}.lookup:Lookup.may_ask", _at_most(65),
           "A lookup sends 65 FINDs."),
    Mutant("lookup-32", "REQ-OVL-25", "altered", f"{OVERLAY}.lookup:Lookup.may_ask", _at_most(32),
           "A lookup sends 32 FINDs."),
    Mutant("lookup-ten-seconds", "REQ-OVL-25", "altered", f"{OVERLAY}.lookup:ends_at", _after(10_000),
           "A lookup ends after ten seconds."),
    Mutant("lookup-endless", "REQ-OVL-25", "dropped", f"{OVERLAY}.lookup:ends_at", _after(10**9),
           "A lookup never ends for want of time."),
    Mutant("lookups-unbounded", "REQ-OVL-25", "dropped", f"{OVERLAY}.lookups:has_room", giving(True),
           "Any number of lookups go on at once."),
    Mutant("lookups-one", "REQ-OVL-25", "altered", f"{OVERLAY}.lookups:has_room", _running(1),
           "One lookup goes on at once."),
    Mutant("enter-again-soon", "REQ-OVL-26", "altered", f"{OVERLAY}.entering:greet_again_at",
           _after(1_000), "An address is greeted every second."),
    Mutant("enter-once", "REQ-OVL-26", "altered", f"{OVERLAY}.entering:greet_again_at", _after(10**9),
           "An address is greeted once."),
    Mutant("enter-without-looking", "REQ-OVL-26", "dropped", f"{OVERLAY}.entering:Entering.look",
           _inside_at_once, "A peer that enters does not look up its own Node-ID."),
    Mutant("refresh-five-minutes", "REQ-OVL-27", "altered", f"{OVERLAY}.entering:refresh_after",
           _after(300_000), "A peer looks up a target every five minutes."),
    Mutant("refresh-never", "REQ-OVL-27", "dropped", f"{OVERLAY}.entering:refresh_after", giving(None),
           "A peer that has entered looks nothing up of itself."),
    Mutant("refresh-zeros", "REQ-OVL-27", "altered", f"{OVERLAY}.entering:Entering.fire", _always_zeros,
           "A peer always looks up the same target."),
)  # fmt: skip
