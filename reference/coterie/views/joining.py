"""Asking another component's coordinator: to join as a peer without a view, or to merge as a coordinator.

Implements REQ-VIE-21 and REQ-VIE-22 on the side that asks.
"""

from __future__ import annotations

from dataclasses import dataclass

from coterie import registry
from coterie.effects import Effect
from coterie.views import counters
from coterie.views.exclusions import Exclusions
from coterie.views.ground import Ground
from coterie.vocabulary import NO_VIEW, Address, NodeId, Now, ViewId
from coterie.wire.bodies import Join
from coterie.wire.contact import Contact


@dataclass(frozen=True, slots=True)
class Seen:
    """What a HELLO3 said: who answered from where, which view it is in, and where its coordinator is."""

    node: NodeId
    address: Address
    view: ViewId
    coordinator: Contact

    @property
    def is_coordinator(self) -> bool:
        """Whether it named itself as the coordinator."""
        return self.coordinator.to_address() == self.address


class Joining:
    """A peer without a view on its way into one."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._contacts: tuple[Address, ...] = ()
        self._turn = 0
        self._tries = 0
        self._next_at: int | None = None
        self._target: NodeId | None = None
        self._frame = b""
        self._sequence = 0

    def start(self, contacts: tuple[Address, ...], now: Now) -> list[Effect]:
        """Ask at the first contact."""
        self.clear()
        self._contacts = contacts
        self._ground.is_joining = True
        self._next_at = now.mono_ms + registry.timer("join-resend")
        return self._ground.around.greet(contacts[0], now)

    def on_seen(self, seen: Seen, now: Now) -> list[Effect]:
        """A peer has answered: ask its coordinator, wherever that is."""
        ground = self._ground
        if self._next_at is None or seen.view == NO_VIEW:
            return []
        if not seen.is_coordinator:
            # where it is this peer's earlier life, they will learn
            return ground.follow(seen.coordinator.to_address(), now)
        if seen.node == self._target:
            return []
        self._target = seen.node
        # REQ-VIE-21: a component of one, with counter 0
        self._frame = ground.standing.sign(seen.node, Join(NO_VIEW, (ground.own_row,)))
        self._sequence = ground.standing.sequence
        return [ground.event("joining", coordinator=seen.node), *ground.send(seen.node, self._frame)]

    def is_about(self, sequence: int) -> bool:
        """Whether that sequence number is the one of the JOIN that is sent."""
        return self._target is not None and self._sequence == sequence

    def refused(self, reason: str) -> None:
        """The JOIN was refused: whoever is no coordinator is not asked again."""
        if reason == "not-coordinator":
            self._target = None

    def clear(self) -> None:
        """There is a view, or the user has given up."""
        self._contacts = ()
        self._turn = self._tries = 0
        self._next_at, self._target, self._frame = None, None, b""
        self._ground.is_joining = False

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        return self._next_at

    def fire(self, now: Now) -> list[Effect]:
        """Ask again; and look again where the coordinator is, each third time or when nobody is known."""
        self._tries += 1
        self._next_at = now.mono_ms + registry.timer("join-resend")
        effects = self._ground.send(self._target, self._frame) if self._target else []
        if self._target is None or self._tries % 3 == 0:
            # REQ-VIE-21: several contacts in turn
            self._turn = (self._turn + 1) % len(self._contacts)
            effects += self._ground.around.greet(self._contacts[self._turn], now)
        return effects

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        return (tuple(str(each) for each in self._contacts), self._target, self._frame)


class Merging:
    """A coordinator that has asked another one to take its component in."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._leader: NodeId | None = None
        self._frame = b""
        self._sequence = 0
        self._until = 0
        self._next_at: int | None = None
        self._vain = Exclusions()
        """Leaders that were asked, and whom no view came of."""
        self._waits: dict[NodeId, tuple[ViewId, int]] = {}
        """Coordinators that should have asked: since when, and in which view they were."""

    def answered(self, proposer: NodeId, now: Now) -> None:
        """A proposal was answered: the leader's, and the wish has done its work; or another one."""
        if self._leader == proposer:
            self._next_at = None
        else:
            self.failed(now)

    def failed(self, now: Now) -> None:
        """The wish was refused, became too old, or came in between: not this leader again at once."""
        if self._leader is not None:
            self._vain.left_out(self._leader, now)
        self.clear()

    @property
    def leader(self) -> NodeId | None:
        """Who was asked, as long as that holds."""
        return self._leader

    def on_seen(self, seen: Seen, now: Now) -> list[Effect]:
        """Another view is there: ask its coordinator, greet it, or wait to be asked."""
        ground = self._ground
        if not seen.is_coordinator:
            return ground.follow(seen.coordinator.to_address(), now)
        # REQ-VIE-22: one leader at a time; REQ-VIE-45: not again at once where it was in vain
        if self._leader is not None or self._vain.holds(seen.node, now):
            return []
        if leads_before(seen.view, seen.node, ground) or self._waited(seen, now):
            return self._ask(seen.node, now)
        return []

    def _waited(self, seen: Seen, now: Now) -> bool:
        """Whether a coordinator that should have asked did not, perhaps because it cannot learn of this
        one."""
        view, since = self._waits.get(seen.node, (NO_VIEW, now.mono_ms))
        if view != seen.view:
            since = now.mono_ms
        if len(self._waits) >= registry.limit("joins"):
            self._waits.clear()
        self._waits[seen.node] = (seen.view, since)
        # REQ-VIE-22: whoever knew would have asked at once
        return now.mono_ms - since >= registry.timer("join-permit")

    def _ask(self, leader: NodeId, now: Now) -> list[Effect]:
        ground = self._ground
        self._leader = leader
        self._frame = ground.standing.sign(leader, Join(ground.view, ground.rows()))
        self._sequence = ground.standing.sequence
        self._until = now.mono_ms + registry.timer("join-permit")
        self._next_at = now.mono_ms + registry.timer("join-resend")
        return [ground.event("joining", coordinator=leader), *ground.send(leader, self._frame)]

    def is_about(self, sequence: int) -> bool:
        """Whether that sequence number is the one of the JOIN that is sent."""
        return self._leader is not None and self._sequence == sequence

    def asked_by(self, node: NodeId, view: ViewId) -> None:
        """That coordinator asks itself: of two that ask each other the one that leads takes its wish back."""
        self._waits.pop(node, None)
        if self._leader == node and not leads_before(view, node, self._ground):
            self.clear()

    def clear(self) -> None:
        """The wish is over, or not this peer's to wish."""
        self._leader, self._frame, self._next_at = None, b"", None

    def installed(self, now: Now) -> None:
        """Another view: whatever was asked for the one before is fulfilled, or was in vain."""
        if self._leader in self._ground.members:
            self.clear()
        self.failed(now)
        self._vain.forgive(self._ground.members)
        self._waits.clear()

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        return None if self._next_at is None else min(self._next_at, self._until)

    def fire(self, now: Now) -> list[Effect]:
        """Ask again, until the wish is too old."""
        if now.mono_ms >= self._until or self._leader is None:
            self.failed(now)
            return []
        self._next_at = now.mono_ms + registry.timer("join-resend")
        return self._ground.send(self._leader, self._frame)

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        return (
            self._leader,
            self._frame,
            tuple((node, self._waits[node][0]) for node in sorted(self._waits)),
        )


def leads_before(view: ViewId, node: NodeId, ground: Ground) -> bool:
    """Whether the coordinator `node` of `view` leads a merge with the view of this peer."""
    # REQ-VIE-22: the greater counter, then the greater Node-ID
    return (counters.counter_of(view), node) > (counters.counter_of(ground.view), ground.node)
