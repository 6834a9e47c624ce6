"""A member's own frames in one view: sealed once each, under counters that are never used twice.

Implements REQ-REC-18 for both secrets: each has one row of counters, whatever the type of the frame.
"""

from __future__ import annotations

from coterie import registry
from coterie.records import Epoch, sealing
from coterie.records.epoch import SECRETS, Secret
from coterie.standing import Standing
from coterie.wire.bodies import NAMES, Body


class Pen:
    """Seals what this member says in one view."""

    __slots__ = ("_epoch", "_standing", "counters")

    def __init__(self, standing: Standing, epoch: Epoch) -> None:
        self._standing = standing
        self._epoch = epoch
        self.counters: dict[Secret, int] = {"read": 0, "control": 0}
        """The next counter of each."""

    def has_ink(self, secret: Secret) -> bool:
        """Whether that secret has a counter left."""
        # REQ-REC-18: who has used the last one says no more in this view
        return self.counters[secret] <= registry.limit("counter")

    def seal(self, body: Body) -> bytes:
        """A new frame with `body`."""
        secret = SECRETS[NAMES[type(body)]]
        frame = sealing.seal(self._standing, self._epoch, self.counters[secret], body)
        self.counters[secret] += 1
        return frame
