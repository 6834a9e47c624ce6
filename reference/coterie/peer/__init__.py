"""The peer as a whole, still without a socket: `Peer`, and what it is started with.

Implements the order of checks of the Frames chapter by joining the machines of sessions, views and records,
or of sessions and the overlay.
"""

from coterie.peer.config import Membership, PeerConfig
from coterie.peer.named import ResourceName, Value
from coterie.peer.overlay import Overlay
from coterie.peer.peer import Peer
from coterie.standing import Trust
from coterie.views import Request

__all__ = ["Membership", "Overlay", "Peer", "PeerConfig", "Request", "ResourceName", "Trust", "Value"]
