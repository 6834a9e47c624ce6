"""The lookups of one peer that go on, and those that wait.

Implements REQ-OVL-23 to REQ-OVL-25 and REQ-OVL-34 as far as something is sent or time passes; whom a lookup
greets and asks is decided in `lookup`.
"""

from __future__ import annotations

from coterie import registry
from coterie.effects import Effect
from coterie.overlay import lookup
from coterie.overlay.ground import Ground
from coterie.overlay.lookup import Candidate, Lookup, Path
from coterie.overlay.purposes import Aim, Step
from coterie.overlay.requests import Request
from coterie.vocabulary import Address, NodeId, Now
from coterie.wire.bodies import Find, Nodes


class Lookups:
    """All lookups of one peer. Whoever starts one calls `advance` before it returns to the outside, and takes
    those that are over by `take_over`."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._running: dict[int, Lookup] = {}
        self._waiting: dict[int, Lookup] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._running) + len(self._waiting)

    def start(self, target: bytes, aim: Aim) -> None:
        """Look `target` up, as soon as there is room."""
        self._last += 1
        self._waiting[self._last] = Lookup(self._last, target, aim)

    def cancel(self, aim: Aim) -> None:
        """Nobody wants to know any more what lookups with that aim find."""
        for some in (self._waiting, self._running):
            for number in [each.number for each in some.values() if each.aim == aim]:
                del some[number]

    def clear(self) -> None:
        """No lookup goes on."""
        self._waiting.clear()
        self._running.clear()

    def advance(self, now: Now) -> list[Effect]:
        """Begin those that waited and have room now."""
        effects: list[Effect] = []
        while self._waiting and has_room(len(self._running)):
            number = next(iter(self._waiting))
            begun = self._running[number] = self._waiting.pop(number)
            count = registry.limit("lookup-paths") * registry.limit("bucket")
            known = self._ground.contacts.closest(begun.target, count)
            begun.begin([Candidate(each.node, each.address) for each in known], now.mono_ms)
            effects += self._go_on(begun, now)
        return effects

    def take_over(self) -> Lookup | None:
        """A lookup that is over, which is not known here any more; None when all go on."""
        number = next((number for number, each in self._running.items() if each.is_over), None)
        return None if number is None else self._running.pop(number)

    # ------------------------------------------------------------ the paths

    def _go_on(self, going: Lookup, now: Now) -> list[Effect]:
        """Whatever has happened: each path that asks nobody greets and asks."""
        effects: list[Effect] = []
        for index, path in enumerate(going.paths):
            if not path.is_over and not path.is_asking:
                effects += self._step(going, index, now)
        return effects

    def _step(self, going: Lookup, index: int, now: Now) -> list[Effect]:
        path = going.paths[index]
        met = {node: known.is_peer for node in path.candidates if (known := self._ground.contacts.get(node))}
        going.weed(path, met)
        if not path.candidates or not going.may_ask:
            # REQ-OVL-24: it has no candidate; REQ-OVL-25: or may ask no more
            path.end(is_cut=bool(path.candidates))
            return []
        effects = self._greet(going, path, lookup.strangers(path, met), now)
        following = lookup.next_of(lookup.ready(path, met), going.target)
        if following is None:
            return effects
        path.strike(following.node)
        path.is_asking = True
        return [*effects, *self._ask(going, index, following.node, now)]

    def _greet(self, going: Lookup, path: Path, strangers: list[Candidate], now: Now) -> list[Effect]:
        """Greet the closest of those who may be, as many as may be beside each other."""
        effects: list[Effect] = []
        while lookup.may_greet(len(path.greeting)):
            each = lookup.next_of(strangers, going.target)
            if each is None:
                break
            strangers.remove(each)
            path.greeting[each.node] = lookup.wait_until(now.mono_ms)
            effects += self._ground.around.greet(each.address, now)
        return effects

    def _ask(self, going: Lookup, index: int, node: NodeId, now: Now) -> list[Effect]:
        going.asked()
        return [*self._ground.ask(node, Find(going.target), Step(going.number, index), now)]

    def met(self, node: NodeId, address: Address, now: Now, *, is_answer: bool) -> list[Effect]:
        """There is a session with `node` at `address`; `is_answer` when it was greeted there."""
        effects: list[Effect] = []
        for going in self._running.values():
            for path in going.paths:
                path.greeting.pop(node, None)
                if is_answer:
                    path.strike_others(address)
            effects += self._go_on(going, now)
        return effects

    def is_wanted(self, step: Step) -> bool:
        """Whether a lookup still waits for that answer, and may ask anew for it."""
        going = self._running.get(step.lookup)
        return going is not None and not going.is_over and going.may_ask

    def ask_anew(self, request: Request, step: Step, now: Now) -> list[Effect]:
        """The FIND was given up: send another one."""
        self._running[step.lookup].asked()
        return [*self._ground.ask(request.node, request.body, step, now, is_again=True)]

    def on_nodes(self, step: Step, signer: NodeId, body: Nodes, now: Now) -> list[Effect]:
        """An answer, which was checked."""
        going = self._running.get(step.lookup)
        if going is None or going.is_over:
            return []
        going.answered(signer)
        own = self._ground.standing
        going.learn(step.path, stated(body, own.node, own.address, signer))
        return self._done(going, step.path, now)

    def unanswered(self, step: Step, now: Now) -> list[Effect]:
        """There was no NODES."""
        going = self._running.get(step.lookup)
        return [] if going is None or going.is_over else self._done(going, step.path, now)

    def _done(self, going: Lookup, index: int, now: Now) -> list[Effect]:
        """A path asks nobody any more."""
        going.paths[index].is_asking = False
        return self._go_on(going, now)

    # ------------------------------------------------------------ time and state

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        return min((going.due for going in self._running.values()), default=None)

    def fire(self, now: Now) -> list[Effect]:
        """The one timer that is due first."""
        first = min(self._running.values(), key=lambda going: (going.due, going.number))
        if first.due == first.ends_at:
            first.stop()
            return []
        for path in first.paths:
            # REQ-OVL-34: what is due at once is struck before a path goes on
            for node in [node for node, until in path.greeting.items() if until <= first.due]:
                path.not_met(node)
        return self._go_on(first, now)

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        going = (*self._running.values(), *self._waiting.values())
        return tuple(each.fingerprint() for each in going)


def has_room(running: int) -> bool:
    """Whether one more lookup may go on."""
    # REQ-OVL-25: at most 16 at once
    return running < registry.limit("lookups")


def stated(body: Nodes, own: NodeId, address: Address, signer: NodeId) -> list[Candidate]:
    """Whom a NODES of `signer` that was checked makes candidates."""
    rows = [(row.node_id, row.contact.to_address()) for row in body.neighbours]
    found, greeted = list[Candidate](), {address}
    for node, at in rows:
        # REQ-OVL-13: a row with the own Node-ID or address is ignored, or with the address of one before it
        if at is not None and node != own and at not in greeted:
            found.append(Candidate(node, at, signer))
        greeted |= {at} if at is not None else set()
    return found
