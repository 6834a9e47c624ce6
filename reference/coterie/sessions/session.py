"""A session: what a peer knows about another one whose key and address are proven. And the table of all of
them.

Implements REQ-SES-14 to REQ-SES-18.
"""

from __future__ import annotations

from dataclasses import dataclass

from coterie import registry
from coterie.crypto.leaf import Leaf
from coterie.errors import RemoteError
from coterie.sessions.window import SequenceWindow
from coterie.vocabulary import Address, NodeId


@dataclass(frozen=True, slots=True)
class Claim:
    """What an accepted HELLO2 or HELLO3 says of its signer."""

    node: NodeId
    incarnation: int
    address: Address
    leaf: Leaf
    suites: tuple[int, ...]
    sequence: int


@dataclass(frozen=True, slots=True)
class Answered:
    """A HELLO2 that was accepted, and the HELLO3 that it gets as often as it comes."""

    hello2: bytes
    hello3: bytes


class Session:
    """One other peer, in one incarnation, at the address that its handshake proved."""

    __slots__ = ("accepted", "address", "answered", "incarnation", "leaf", "node", "suites", "window")

    def __init__(self, claim: Claim) -> None:
        self.node = claim.node
        self.incarnation = claim.incarnation
        self.address = claim.address
        self.leaf = claim.leaf
        self.suites = claim.suites
        self.window = SequenceWindow(claim.sequence)
        self.accepted = 0
        self.answered: Answered | None = None

    def fingerprint(self) -> tuple[object, ...]:
        """What of the session is state. Sequence numbers that refused frames used up are not."""
        return (
            self.node,
            self.incarnation,
            str(self.address),
            self.leaf.hash,
            self.suites,
            self.accepted,
            self.answered,
        )


class SessionTable:
    """The sessions of one overlay, by Node-ID and by address."""

    __slots__ = ("_by_address", "_by_node")

    def __init__(self) -> None:
        self._by_node: dict[NodeId, Session] = {}
        self._by_address: dict[Address, NodeId] = {}

    def __len__(self) -> int:
        return len(self._by_node)

    def get(self, node: NodeId) -> Session | None:
        """The session with `node`, if there is one."""
        return self._by_node.get(node)

    def at(self, address: Address) -> Session | None:
        """A session whose peer is at `address`, if there is one."""
        node = self._by_address.get(address)
        return None if node is None else self._by_node[node]

    def sorted(self) -> tuple[Session, ...]:
        """All sessions by Node-ID."""
        return tuple(self._by_node[node] for node in sorted(self._by_node))

    def accept(self, claim: Claim) -> Session:
        """The session that `claim` proves, which may take the place of one of an earlier incarnation."""
        known = self._by_node.get(claim.node)
        if known is not None and known.incarnation == claim.incarnation:
            # REQ-SES-5: the window of the incarnation goes on
            known.window.mark(claim.sequence)
            known.accepted += 1
            return known
        if known is not None and self._by_address.get(known.address) == claim.node:
            del self._by_address[known.address]
        # REQ-SES-17: a higher incarnation begins anew, window included
        session = Session(claim)
        self._by_node[claim.node] = session
        self._by_address[claim.address] = claim.node
        return session


def check_incarnation_current(known: Session | None, claim: Claim) -> None:
    """No later incarnation of the signer is known."""
    # REQ-SES-14: an earlier life of a peer is over
    if known is not None and claim.incarnation < known.incarnation:
        raise RemoteError("stale-incarnation", requirement="REQ-SES-14", field="incarnation")


def check_incarnation_in_place(known: Session | None, claim: Claim) -> None:
    """One incarnation is at one address."""
    # REQ-SES-15: the same incarnation somewhere else is a second holder of the key
    if known is not None and claim.incarnation == known.incarnation and claim.address != known.address:
        raise RemoteError("incarnation-conflict", requirement="REQ-SES-15", field="incarnation")


def check_room(table: SessionTable, known: Session | None) -> None:
    """There is room for a session with a peer that has none."""
    # REQ-SES-16: as many sessions as the receiver keeps
    if known is None and len(table) >= registry.limit("sessions"):
        raise RemoteError("session-limit", requirement="REQ-SES-16")


def check_claim(table: SessionTable, claim: Claim) -> None:
    """The checks of state on an accepted handshake, in their order."""
    known = table.get(claim.node)
    check_incarnation_current(known, claim)
    check_incarnation_in_place(known, claim)
    check_room(table, known)
