"""The epoch that records are sealed in: one view with the secrets of its frames.

Implements REQ-REC-1, REQ-REC-2 and the sender keys of REQ-KEY-37.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from coterie import registry
from coterie.crypto import schedule
from coterie.crypto.leaf import Leaf
from coterie.crypto.seal import Seal
from coterie.vocabulary import Address, NodeId, ViewId
from coterie.wire.contact import Contact

Secret: TypeAlias = Literal["read", "control"]
"""What everyone reads who may read the messages, and what only members say to each other."""

READ: Secret = "read"
CONTROL: Secret = "control"

SECRETS: Mapping[str, Secret] = {
    row.name: CONTROL if row.secret == CONTROL else READ
    for row in registry.frame_types().values()
    if row.protection == "sealed"
}
"""The secret that seals each type of frame."""


@dataclass(frozen=True)
class Epoch:
    """An installed view as records see it. `leaves` has every other member's, `contacts` where each member
    is."""

    view: ViewId
    suite: int
    members: tuple[NodeId, ...]
    own_index: int
    read: bytes
    control: bytes
    contacts: tuple[Contact, ...]
    leaves: Mapping[NodeId, Leaf]
    _seals: dict[tuple[int, str], Seal] = field(default_factory=dict)

    def seal_of(self, index: int, secret: Secret = READ) -> Seal:
        """The seal of the sender at `index` under one of the two secrets, derived when it is first needed."""
        found = self._seals.get((index, secret))
        if found is None:
            # REQ-KEY-37: by index and Node-ID, so that no two senders share a nonce
            root = self.read if secret == READ else self.control
            key = schedule.sender_key(self.suite, root, index, self.members[index])
            found = self._seals[index, secret] = Seal(self.suite, key)
        return found

    @cached_property
    def receivers(self) -> tuple[Address, ...]:
        """Where every other member is, in view order."""
        others = self.contacts[: self.own_index] + self.contacts[self.own_index + 1 :]
        return tuple(address for contact in others if (address := contact.to_address()))
