"""One lookup: three paths through the overlay, which have no peer in common, to those closest to a target.

Implements REQ-OVL-23 to REQ-OVL-25 and REQ-OVL-34 as far as they choose: whom to greet and whom to ask next,
when a path ends, and what was found. Greeting and asking is done by `lookups`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from coterie import registry
from coterie.overlay import distance
from coterie.overlay.purposes import Aim
from coterie.vocabulary import Address, NodeId


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be asked: a Node-ID, where it is said to be, and who has said so, if not this peer."""

    node: NodeId
    address: Address
    named_by: NodeId | None = None


@dataclass(slots=True)
class Path:
    """One way through the overlay. `greeting` says until when which candidates are waited for, in
    milliseconds of the monotonic clock, and `in_vain` how many of those that each peer has named could not
    be met. `is_asking` while a FIND waits for its answer; `is_cut` when it ended before it had come to its
    end."""

    candidates: dict[NodeId, Candidate] = field(default_factory=dict)
    greeting: dict[NodeId, int] = field(default_factory=dict)
    in_vain: Counter[NodeId] = field(default_factory=Counter)
    is_asking: bool = False
    is_over: bool = False
    is_cut: bool = False

    def strike(self, node: NodeId) -> None:
        """A candidate is none any more."""
        self.candidates.pop(node, None)
        self.greeting.pop(node, None)

    def not_met(self, node: NodeId) -> None:
        """A candidate that is greeted is not there, or somebody else is."""
        named_by = self.candidates[node].named_by
        if named_by is not None:
            self.in_vain[named_by] += 1
        self.strike(node)

    def strike_others(self, address: Address) -> None:
        """Whoever is at `address` is none of those that are still greeted."""
        # REQ-OVL-23: another Node-ID than was named
        for node in [node for node in self.greeting if self.candidates[node].address == address]:
            self.not_met(node)

    def end(self, *, is_cut: bool) -> None:
        """The path goes no further."""
        self.candidates.clear()
        self.greeting.clear()
        self.is_asking, self.is_over, self.is_cut = False, True, is_cut


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

    def weed(self, path: Path, met: Mapping[NodeId, bool]) -> None:
        """Strike whom a path neither asks nor greets any more; `met` are those with a session, and whether
        each is a peer."""
        closest = distance.closest(self._answered, self.target, registry.limit("bucket"))
        for node in tuple(path.candidates):
            is_client = not met.get(node, True)
            if is_client or not is_worthwhile(node, closest, self.target):
                path.strike(node)
        for each in strangers(path, met):
            if each.named_by is not None and is_doubted(path.in_vain[each.named_by]):
                path.strike(each.node)

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
        return all(path.is_over or not (path.is_asking or self.may_ask) for path in self.paths)

    @property
    def is_cut(self) -> bool:
        """Whether a lookup that is over has ended before its paths had come to their ends."""
        return any(path.is_cut or not path.is_over for path in self.paths)

    def stop(self) -> None:
        """No path goes on."""
        for path in self.paths:
            if not path.is_over:
                path.end(is_cut=True)

    @property
    def found(self) -> tuple[NodeId, ...]:
        """The closest of those that have answered, the closest first."""
        return found(self._answered, self.target)

    @property
    def due(self) -> int:
        """When something has to happen, in milliseconds of the monotonic clock."""
        waits = (until for path in self.paths for until in path.greeting.values())
        return min((self.ends_at, *waits))

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        paths = tuple(
            (tuple(path.candidates), tuple(path.greeting), path.is_asking, path.is_over)
            for path in self.paths
        )
        return (self.number, self.target, self._finds, self._answered, paths)


def dealt(contacts: Sequence[Candidate], paths: int) -> tuple[Sequence[Candidate], ...]:
    """What each path begins with: the contacts, the closest first, in turn."""
    return tuple(contacts[index::paths] for index in range(paths))


def is_new(met: set[NodeId], node: NodeId) -> bool:
    """Whether a Node-ID becomes a candidate."""
    # REQ-OVL-23: nobody is asked by two paths
    return node not in met


def next_of(candidates: Iterable[Candidate], target: bytes) -> Candidate | None:
    """Whom a path greets or asks next; None when it has nobody."""
    # REQ-OVL-23: the closest that it has
    return min(candidates, key=lambda each: distance.distance(each.node, target), default=None)


def strangers(path: Path, met: Mapping[NodeId, bool]) -> list[Candidate]:
    """The candidates that a path may begin to greet."""
    return [
        each for each in path.candidates.values() if each.node not in met and each.node not in path.greeting
    ]


def may_greet(under_way: int) -> bool:
    """Whether a path that greets so many begins to greet one more."""
    # REQ-OVL-23: four beside each other
    return under_way < registry.limit("greetings-beside")


def ready(path: Path, met: Mapping[NodeId, bool]) -> list[Candidate]:
    """The candidates that a path may ask at once."""
    # REQ-OVL-23: those with a session; it waits for others only where there is none
    return [each for each in path.candidates.values() if each.node in met]


def is_doubted(in_vain: int) -> bool:
    """Whether no more are greeted of those that one has named."""
    # REQ-OVL-34: once two of them could not be
    return in_vain >= registry.limit("names-in-vain")


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
