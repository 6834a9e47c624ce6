"""One lookup: three paths through the overlay, which have no peer in common, to those closest to a target.

Implements REQ-OVL-23 to REQ-OVL-25 as far as they choose: whom to ask next, when a path ends, and what was
found. Greeting and asking is done by `lookups`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from coterie import registry
from coterie.overlay import distance
from coterie.overlay.purposes import Aim
from coterie.vocabulary import Address, NodeId


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be asked: a Node-ID, and where it is said to be."""

    node: NodeId
    address: Address


@dataclass(slots=True)
class Path:
    """One way through the overlay. `current` is being greeted, until `wait_until`, or asked; then that is
    None."""

    candidates: dict[NodeId, Candidate] = field(default_factory=dict)
    current: Candidate | None = None
    wait_until: int | None = None
    is_over: bool = False

    @property
    def is_greeting(self) -> bool:
        """Whether it waits for a session with its current candidate."""
        return self.wait_until is not None

    def leave(self) -> None:
        """Done with the current candidate."""
        self.current, self.wait_until = None, None


class Lookup:
    """A lookup under way, from `begin` on."""

    def __init__(self, number: int, target: bytes, aim: Aim) -> None:
        self.number = number
        self.target = target
        self.aim = aim
        self.ends_at = 0
        self.paths: tuple[Path, ...] = ()
        self._finds = 0
        self._answered: tuple[NodeId, ...] = ()
        self._met: set[NodeId] = set()

    def begin(self, contacts: Sequence[Candidate], mono_ms: int) -> None:
        """Deal the closest contacts to the paths."""
        self.ends_at = ends_at(mono_ms)
        self.paths = tuple(Path() for _ in range(registry.limit("lookup-paths")))
        for index, hand in enumerate(dealt(contacts, len(self.paths))):
            self.learn(index, hand)

    def learn(self, index: int, stated: Iterable[Candidate]) -> None:
        """New candidates of one path, but for those that some path has or had."""
        for each in stated:
            if is_new(self._met, each.node):
                self._met.add(each.node)
                self.paths[index].candidates[each.node] = each

    def take(self, index: int) -> Candidate | None:
        """The next one that the path asks; None when the path ends."""
        path = self.paths[index]
        following = next_of(path.candidates.values(), self.target)
        is_worth = following is not None and is_worthwhile(following.node, self._answered, self.target)
        if following is None or not is_worth or not self.may_ask:
            path.is_over = True
            return None
        path.current = path.candidates.pop(following.node)
        return path.current

    @property
    def may_ask(self) -> bool:
        """Whether there may be one more FIND."""
        # REQ-OVL-25: after 64 of them
        return self._finds < registry.limit("lookup-requests")

    def asked(self) -> None:
        """One more FIND was sent."""
        self._finds += 1

    def answered(self, node: NodeId) -> None:
        """`node` has answered with NODES."""
        if node not in self._answered:
            self._answered = (*self._answered, node)

    @property
    def is_over(self) -> bool:
        """Whether no path goes on."""
        # REQ-OVL-25: when its paths have ended, or only such are left that could not ask any more
        return all(path.is_over or (path.is_greeting and not self.may_ask) for path in self.paths)

    def stop(self) -> None:
        """No path goes on."""
        for path in self.paths:
            path.leave()
            path.is_over = True

    @property
    def found(self) -> tuple[NodeId, ...]:
        """The closest of those that have answered, the closest first."""
        return found(self._answered, self.target)

    @property
    def due(self) -> int:
        """When something has to happen, in milliseconds of the monotonic clock."""
        waits = (path.wait_until for path in self.paths if path.wait_until is not None)
        return min((self.ends_at, *waits))

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        paths = tuple((tuple(path.candidates), path.current, path.is_over) for path in self.paths)
        return (self.number, self.target, self._finds, self._answered, paths)


def dealt(contacts: Sequence[Candidate], paths: int) -> tuple[Sequence[Candidate], ...]:
    """What each path begins with: the contacts, the closest first, in turn."""
    return tuple(contacts[index::paths] for index in range(paths))


def is_new(met: set[NodeId], node: NodeId) -> bool:
    """Whether a Node-ID becomes a candidate."""
    # REQ-OVL-23: nobody is asked by two paths
    return node not in met


def next_of(candidates: Iterable[Candidate], target: bytes) -> Candidate | None:
    """Whom a path asks next; None when it has nobody."""
    # REQ-OVL-23: the closest that it has
    return min(candidates, key=lambda each: distance.distance(each.node, target), default=None)


def is_worthwhile(node: NodeId, answered: Sequence[NodeId], target: bytes) -> bool:
    """Whether asking `node` may lead to anybody who is found in the end."""
    most = registry.limit("bucket")
    if len(answered) < most:
        return True
    # REQ-OVL-24: closer than the eighth closest of all that have answered
    eighth = distance.closest(answered, target, most)[-1]
    return distance.distance(node, target) < distance.distance(eighth, target)


def found(answered: Sequence[NodeId], target: bytes) -> tuple[NodeId, ...]:
    """What a lookup has found."""
    # REQ-OVL-25: the 8 closest of those that have answered
    return distance.closest(answered, target, registry.limit("bucket"))


def ends_at(mono_ms: int) -> int:
    """When a lookup that begins at `mono_ms` ends at the latest."""
    # REQ-OVL-25: 20,000 ms
    return mono_ms + registry.timer("lookup-give-up")


def wait_until(mono_ms: int) -> int:
    """Until when a candidate that is greeted at `mono_ms` is waited for."""
    # REQ-OVL-23: 3,000 ms
    return mono_ms + registry.timer("candidate-wait")
