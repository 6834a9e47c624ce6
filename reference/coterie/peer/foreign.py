"""A main overlay of a peer that is not made of peers of this protocol: its side in the peer.

Implements nothing that goes over the wire in frames. What the peer wants of the store comes out as the
effects `Put` and `Get`; whoever carries them out says here what came of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from coterie.effects import Effect
from coterie.overlay.foreign import Foreign
from coterie.overlay.published import Item
from coterie.peer.management import Management
from coterie.peer.named import ResourceName, Value
from coterie.peer.neighbourhood import resource_of
from coterie.peer.timed import Due, Timed, first_due
from coterie.standing import Standing
from coterie.vocabulary import Address, Now


class ForeignOverlay:
    """All state of a peer in one foreign main overlay. What happens is appended to `outbox`, in order."""

    def __init__(self, standing: Standing, outbox: list[Effect]) -> None:
        self.standing = standing
        self.values = Foreign(standing)
        self.management: Management | None = None
        self._outbox = outbox

    # ------------------------------------------------------------ verbs

    def publish(self, value: Value, now: Now) -> None:
        """Have a value found until it is withdrawn; each time that it was put, `published` is told."""
        leaf = value.leaf or self.standing.identity.leaf
        item = Item(resource_of(value.resource), value.slot, value.lifetime, value.value, leaf)
        self.emit(self.values.publish(item, now), now)

    def withdraw(self, resource: ResourceName, slot: bytes, now: Now) -> None:
        """Withdraw what was published; ends in `published`."""
        self.emit(self.values.withdraw(resource_of(resource), slot, now), now)

    def fetch(self, resource: ResourceName, now: Now) -> None:
        """Find all values of a resource; ends in `fetched`."""
        self.emit(self.values.fetch(resource_of(resource), now), now)

    def leave(self, now: Now) -> None:
        """Have nothing to do with the store any more; ends in `left`."""
        self.emit(self.values.left(), now)

    # ------------------------------------------------------------ what the store says

    def met(self, contacts: Sequence[Address], now: Now) -> None:
        """There are others, at those addresses; the first time `entered` is told."""
        self.emit(self.values.met(contacts), now)

    def stored(self, number: int, others: int, now: Now) -> None:
        """The Put of that number has ended: so many others hold what was put."""
        self.emit(self.values.stored(number, others, now), now)

    def fetched(self, number: int, envelopes: Iterable[bytes], now: Now, *, is_complete: bool) -> None:
        """The Get of that number has ended, with whatever was there; `is_complete` says that it is all."""
        self.emit(self.values.fetched(number, envelopes, now, is_complete=is_complete), now)

    # ------------------------------------------------------------ what management and the peer need

    def emit(self, effects: list[Effect], now: Now) -> None:
        """Put effects into the outbox, and tell the management of them."""
        self._outbox += effects
        if self.management is not None:
            self.management.follow(effects, now)

    def manage(self, management: Management) -> None:
        """Manage groups here: after all else that is due at once."""
        self.management = management

    def touch(self) -> None:
        """Nothing: what is due is looked for each time."""

    @property
    def due(self) -> Due | None:
        """The timer that is due first."""
        machines: tuple[Timed, ...] = (self.values,)
        return first_due(machines if self.management is None else (*machines, self.management))

    def fire(self, machine: Timed, now: Now) -> None:
        """Let the one timer of a machine go off that is due first."""
        self.emit(machine.fire(now), now)

    def follow_clocks(self, now: Now) -> None:
        """Nothing: no timer here goes by the wall clock."""
