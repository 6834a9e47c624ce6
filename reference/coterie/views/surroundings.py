"""What membership needs of the machines beside it: sessions, and the messages of the view.

Implements nothing itself; the overlay offers it, for it alone knows them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from coterie.effects import Effect
from coterie.holdings import Holdings, Recovery
from coterie.views.proposal import Partner
from coterie.vocabulary import Address, NodeId, Now
from coterie.wire.frames import SignedFrame


class Surroundings(Protocol):
    """The peer around the membership of one overlay. Times are in milliseconds of the monotonic clock."""

    @property
    def clock(self) -> int:
        """The greatest timestamp known."""

    @property
    def is_recovered(self) -> bool:
        """Whether everything up to the cut is held."""

    @property
    def is_idle(self) -> bool:
        """Whether nothing of this peer waits to be sent, and what it sent is stable."""

    @property
    def frames_seen(self) -> int:
        """The most frames of messages that one member has sealed in the view."""

    def partners(self) -> Mapping[NodeId, Partner]:
        """Whom there is a session with, this peer itself included."""

    def partner(self, node: NodeId) -> Partner | None:
        """What is known of one of them; None for a stranger."""

    def vouches(self, frame: SignedFrame) -> bool:
        """Whether the signer is this peer or one with a session, in this incarnation, and signed the
        frame."""

    def greet(self, to: Address, now: Now) -> list[Effect]:
        """Begin a handshake, unless one is under way or there is no room."""

    def seek(self, to: Address, now: Now) -> list[Effect]:
        """The same with an address that somebody has given, or that was known once: unless it is no one to
        be greeted again so soon."""

    def heard_at(self, node: NodeId) -> int:
        """When a sealed frame of that member was last accepted under the view; 0 for never."""

    def laggards(self, now: Now) -> tuple[NodeId, ...]:
        """Members that have held back what the others could forget for too long."""

    def overdue_at(self, now: Now) -> int | None:
        """When there may next be such members; None if nothing is held."""

    def freeze(self, now: Now) -> Holdings:
        """Stop sending in the view; what is held of it."""

    def recover(self, recovery: Recovery, now: Now) -> list[Effect]:
        """Fetch what is missing up to the cut."""

    def end(self) -> None:
        """Outside again: the view and what waits to be sent are forgotten."""
