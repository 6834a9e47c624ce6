"""What the overlay machine needs of the sessions beside it.

Implements nothing itself; the peer offers it, for it alone knows both.
"""

from __future__ import annotations

from typing import Protocol

from coterie.effects import Effect
from coterie.vocabulary import Address, NodeId, Now


class Surroundings(Protocol):
    """The sessions of one overlay."""

    def greet(self, to: Address, now: Now) -> list[Effect]:
        """Begin a handshake, unless one is under way or there is no room."""

    def ping(self, node: NodeId, now: Now) -> list[Effect]:
        """Send a PING, unless one is open; nothing to a stranger."""

    def is_pinged(self, node: NodeId) -> bool:
        """Whether a PING to `node` is open."""

    def forget(self, node: NodeId) -> None:
        """The session with `node` is no more, and no PING to it is open."""

    def forget_all(self) -> None:
        """There is no session, no PING and no handshake any more."""
