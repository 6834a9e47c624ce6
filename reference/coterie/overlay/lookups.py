"""The lookups of one peer that go on, and those that wait.

Implements REQ-OVL-23 to REQ-OVL-25 as far as something is sent or time passes; whom a lookup asks is decided
in `lookup`.
"""

from __future__ import annotations

from coterie import registry
from coterie.effects import Effect
from coterie.overlay import lookup
from coterie.overlay.ground import Ground
from coterie.overlay.lookup import Candidate, Lookup
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
            for index in range(len(begun.paths)):
                effects += self._go_on(begun, index, now)
        return effects

    def take_over(self) -> Lookup | None:
        """A lookup that is over, which is not known here any more; None when all go on."""
        number = next((number for number, each in self._running.items() if each.is_over), None)
        return None if number is None else self._running.pop(number)

    # ------------------------------------------------------------ the paths

    def _go_on(self, going: Lookup, index: int, now: Now) -> list[Effect]:
        """Ask the next candidates of a path until it has to wait for one."""
        path, effects = going.paths[index], list[Effect]()
        while path.current is None and not path.is_over:
            candidate = going.take(index)
            if candidate is not None:
                effects += self._approach(going, index, candidate, now)
        return effects

    def _approach(self, going: Lookup, index: int, candidate: Candidate, now: Now) -> list[Effect]:
        path, known = going.paths[index], self._ground.contacts.get(candidate.node)
        if known is None:
            # REQ-OVL-23: first it is greeted
            path.wait_until = lookup.wait_until(now.mono_ms)
            return self._ground.around.greet(candidate.address, now)
        if not known.is_peer:
            # a client is not asked
            path.leave()
            return []
        return self._ask(going, index, candidate.node, now)

    def _ask(self, going: Lookup, index: int, node: NodeId, now: Now) -> list[Effect]:
        if not going.may_ask:
            going.paths[index].leave()
            return []
        going.asked()
        going.paths[index].wait_until = None
        return [*self._ground.ask(node, Find(going.target), Step(going.number, index), now)]

    def _strike(self, going: Lookup, index: int, now: Now) -> list[Effect]:
        """The current candidate of a path is none any more."""
        going.paths[index].leave()
        return self._go_on(going, index, now)

    def met(self, node: NodeId, address: Address, now: Now, *, is_answer: bool) -> list[Effect]:
        """There is a session with `node` at `address`; `is_answer` when it was greeted there."""
        effects: list[Effect] = []
        known = self._ground.contacts.get(node)
        for going in self._running.values():
            for index, path in enumerate(going.paths):
                if path.current is None or path.wait_until is None:
                    continue
                if path.current.node == node and known is not None and known.is_peer:
                    effects += self._ask(going, index, node, now) + self._go_on(going, index, now)
                elif path.current.node == node or (is_answer and path.current.address == address):
                    # REQ-OVL-23: a client, or somebody else
                    effects += self._strike(going, index, now)
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
        going.learn(step.path, stated(body, self._ground.standing.node, self._ground.standing.address))
        return self._strike(going, step.path, now)

    def unanswered(self, step: Step, now: Now) -> list[Effect]:
        """There was no NODES."""
        going = self._running.get(step.lookup)
        return [] if going is None or going.is_over else self._strike(going, step.path, now)

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
        index = next(at for at, path in enumerate(first.paths) if path.wait_until == first.due)
        return self._strike(first, index, now)

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        going = (*self._running.values(), *self._waiting.values())
        return tuple(each.fingerprint() for each in going)


def has_room(running: int) -> bool:
    """Whether one more lookup may go on."""
    # REQ-OVL-25: at most 16 at once
    return running < registry.limit("lookups")


def stated(body: Nodes, own: NodeId, address: Address) -> list[Candidate]:
    """Whom a NODES that was checked makes candidates."""
    rows = [(row.node_id, row.contact.to_address()) for row in body.neighbours]
    found, greeted = list[Candidate](), {address}
    for node, at in rows:
        # REQ-OVL-13: a row with the own Node-ID or address is ignored, or with the address of one before it
        if at is not None and node != own and at not in greeted:
            found.append(Candidate(node, at))
        greeted |= {at} if at is not None else set()
    return found
