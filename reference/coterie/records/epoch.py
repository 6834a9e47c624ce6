"""The epoch that records are sealed in: one view with its read secret.

Implements REQ-REC-1, REQ-REC-2 and the sender keys of REQ-KEY-37.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from coterie.crypto import schedule
from coterie.crypto.leaf import Leaf
from coterie.crypto.seal import Seal
from coterie.vocabulary import Address, NodeId, ViewId
from coterie.wire.contact import Contact


@dataclass(frozen=True)
class Epoch:
    """An installed view as records see it. `leaves` has every other member's, `contacts` where each member
    is."""

    view: ViewId
    suite: int
    members: tuple[NodeId, ...]
    own_index: int
    read: bytes
    contacts: tuple[Contact, ...]
    leaves: Mapping[NodeId, Leaf]
    _seals: dict[int, Seal] = field(default_factory=dict)

    def seal_of(self, index: int) -> Seal:
        """The seal of the sender at `index`, derived when it is first needed."""
        if index not in self._seals:
            # REQ-KEY-37: by index and Node-ID, so that no two senders share a nonce
            key = schedule.sender_key(self.suite, self.read, index, self.members[index])
            self._seals[index] = Seal(self.suite, key)
        return self._seals[index]

    @cached_property
    def receivers(self) -> tuple[Address, ...]:
        """Where every other member is, in view order."""
        others = self.contacts[: self.own_index] + self.contacts[self.own_index + 1 :]
        return tuple(address for contact in others if (address := contact.to_address()))
