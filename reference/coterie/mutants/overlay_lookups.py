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


def _under(most: int) -> Any:
    return lambda _original: lambda count: count < most


def _from(least: int) -> Any:
    return lambda _original: lambda count: count >= least


def _when_none_is_greeted(original: Function) -> Function:
    return lambda path, met: [] if path.greeting else original(path, met)


def _whole_path(original: Function) -> Function:
    def weed(self: Any, path: Any, met: Any) -> None:
        total = sum(path.in_vain.values())
        for named_by in {each.named_by for each in path.candidates.values()} if total else ():
            path.in_vain[named_by] = total
        original(self, path, met)

    return weed


def _struck_uncounted(_original: Function) -> Function:
    def strike_others(self: Any, address: Any) -> None:
        for node in [node for node in self.greeting if self.candidates[node].address == address]:
            self.strike(node)

    return strike_others


def _one_after_the_other(original: Function) -> Function:
    def fire(self: Any, now: Any) -> Any:
        first = min(self._running.values(), key=lambda going: (going.due, going.number))
        for path in first.paths if first.due != first.ends_at else ():
            for node in [node for node, until in path.greeting.items() if until <= first.due]:
                path.not_met(node)
                return self._go_on(first, now)
        return original(self, now)

    return fire


def _its_own_path_alone(original: Function) -> Function:
    def done(self: Any, going: Any, index: int, now: Any) -> Any:
        others = [path for at, path in enumerate(going.paths) if at != index and not path.is_asking]
        for path in others:
            path.is_asking = True
        effects = original(self, going, index, now)
        for path in others:
            path.is_asking = False
        return effects

    return done


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
    Mutant("greetings-one", "REQ-OVL-23", "altered", f"{OVERLAY}.lookup:may_greet", _under(1),
           "A path greets one candidate at a time."),
    Mutant("greetings-five", "REQ-OVL-23", "altered", f"{OVERLAY}.lookup:may_greet", _under(5),
           "A path greets five candidates beside each other."),
    Mutant("greeting-before-asking", "REQ-OVL-23", "altered", f"{OVERLAY}.lookup:ready",
           _when_none_is_greeted, "A path asks nobody while it greets somebody."),
    Mutant("names-in-vain-one", "REQ-OVL-34", "altered", f"{OVERLAY}.lookup:is_doubted", _from(1),
           "One candidate that is not there makes all doubtful that were named with it."),
    Mutant("names-in-vain-three", "REQ-OVL-34", "altered", f"{OVERLAY}.lookup:is_doubted", _from(3),
           "Three candidates that are not there make the others doubtful."),
    Mutant("names-never-in-vain", "REQ-OVL-34", "dropped", f"{OVERLAY}.lookup:is_doubted", giving(False),
           "All that are named are greeted, however many of them are not there."),
    Mutant("names-in-vain-of-a-path", "REQ-OVL-34", "altered", f"{OVERLAY}.lookup:Lookup.weed", _whole_path,
           "What one liar names makes doubtful what others name."),
    Mutant("names-of-others-uncounted", "REQ-OVL-34", "altered", f"{OVERLAY}.lookup:Path.strike_others",
           _struck_uncounted, "A candidate that has another Node-ID makes nobody doubtful."),
    Mutant("names-struck-in-turn", "REQ-OVL-34", "altered", f"{OVERLAY}.lookups:Lookups.fire",
           _one_after_the_other, "Of candidates whose time is up at once, one is struck at a time."),
    Mutant("path-waits-for-the-far", "REQ-OVL-24", "altered", f"{OVERLAY}.lookups:Lookups._done",
           _its_own_path_alone, "A path that waits is not told what the others have come to."),
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
