"""Joining: a peer without a view asks the coordinator of one to take it in.

Implements REQ-VIE-21.
"""

from __future__ import annotations

from dataclasses import dataclass

from coterie import registry
from coterie.effects import Effect
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
        return self._ground.around.seek(contacts[0], now)

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
            effects += self._ground.around.seek(self._contacts[self._turn], now)
        return effects

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        return (tuple(str(each) for each in self._contacts), self._target, self._frame)
