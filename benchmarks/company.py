"""Peers in one process, each datagram handed over as soon as it is sent: all the work, and no waiting.

Virtual time stands still, so that no timer goes off and every frame is handled exactly once.
"""

from collections import deque

from coterie.crypto import identity, names
from coterie.crypto.entropy import Draws
from coterie.crypto.leaf import KeyKind
from coterie.crypto.policy import OPEN
from coterie.effects import Send
from coterie.peer import Membership, Peer, PeerConfig, Request, Trust
from coterie.vocabulary import NO_VIEW, Address, Now

NOW = Now(1_000, 1_800_000_000_000)
OVERLAY = names.overlay_id(b"benchmarks")
VALID = identity.Validity(NOW.wall_ms // 1000 - 86_400, NOW.wall_ms // 1000 + 86_400)


def peer(number: int, kind: KeyKind) -> Peer:
    """A peer with a key, draws and an address of its own."""
    draws = Draws(number.to_bytes(32, "big"))
    key = identity.new_private_key(kind, draws("key", b"", identity.KEY_OCTETS))
    known = identity.pair(key, identity.self_signed_leaf(key, f"peer {number}", VALID, 7))
    address = Address(f"192.0.2.{number + 1}", 4000)
    return Peer(PeerConfig(address, (Membership(known, Trust(OVERLAY, OPEN)),), grease=False), NOW, draws)


class Company:
    """Peers of one overlay that have greeted each other."""

    def __init__(self, size: int, kind: KeyKind = "ed25519") -> None:
        self.peers = [peer(number, kind) for number in range(size)]
        self.at = {each.address: each for each in self.peers}
        for place, each in enumerate(self.peers):
            for other in self.peers[place + 1 :]:
                each.greet(OVERLAY, other.address, NOW)
                self.settle()

    def settle(self) -> int:
        """Hand over what was sent, and what that causes, until nobody says anything; how many datagrams."""
        flying = deque((each, effect) for each in self.peers for effect in each.effects())
        handed = 0
        while flying:
            source, effect = flying.popleft()
            if isinstance(effect, Send):
                target = self.at[effect.to]
                target.receive_datagram(effect.datagram, source.address, target.address, NOW)
                handed += 1
                flying.extend((target, caused) for caused in target.effects())
        return handed

    def request(self, suite: int = 1) -> Request:
        """The wish for a view of all, told truly where they come from."""
        views = {each.node(OVERLAY): each.inspect(OVERLAY)["view"] or NO_VIEW for each in self.peers}
        return Request(tuple(views), suite, views)

    def install(self, request: Request) -> int:
        """The first peer proposes the view; the number of datagrams until nobody says anything."""
        self.peers[0].install(OVERLAY, request, NOW)
        return self.settle()

    @property
    def views(self) -> set[object]:
        """The views that are installed; one, when all went well."""
        return {each.inspect(OVERLAY)["view"] for each in self.peers}
