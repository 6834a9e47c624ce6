"""A session: what a peer knows about another one whose key and address are proven. And the table of all of
them.

Implements REQ-SES-14 to REQ-SES-18, REQ-OVL-32, and the part of REQ-OVL-8 that is about room.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from coterie import registry
from coterie.crypto.leaf import Leaf
from coterie.errors import RemoteError
from coterie.sessions.roles import CLIENT, PEER
from coterie.sessions.window import SequenceWindow
from coterie.vocabulary import Address, NodeId, Now


@dataclass(frozen=True, slots=True)
class Claim:
    """What an accepted HELLO2 or HELLO3 says of its signer; the roles as bits."""

    node: NodeId
    incarnation: int
    address: Address
    leaf: Leaf
    suites: tuple[int, ...]
    sequence: int
    roles: int = PEER


@dataclass(frozen=True, slots=True)
class Answered:
    """A HELLO2 that was accepted, and the HELLO3 that it gets as often as it comes."""

    hello2: bytes
    hello3: bytes


class Session:
    """One other peer, in one incarnation, at the address that its handshake proved."""

    __slots__ = (
        "accepted", "address", "answered", "incarnation", "leaf", "node", "roles", "suites", "window",
    )  # fmt: skip

    def __init__(self, claim: Claim) -> None:
        self.node = claim.node
        self.incarnation = claim.incarnation
        self.address = claim.address
        self.leaf = claim.leaf
        self.suites = claim.suites
        self.roles = claim.roles
        self.window = SequenceWindow(claim.sequence)
        self.accepted = 0
        self.answered: Answered | None = None

    @property
    def is_client(self) -> bool:
        """Whether the other side only uses the overlay, and is not asked."""
        return bool(self.roles & CLIENT)

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
            *((self.roles,) if self.is_client else ()),
        )


class SessionTable:
    """The sessions of one overlay, by Node-ID and by address. `forgets` where sessions may be forgotten while
    the incarnation of the other side goes on."""

    __slots__ = ("_by_address", "_by_node", "_forgets")

    def __init__(self, *, forgets: bool = False) -> None:
        self._forgets = forgets
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
            known.roles = claim.roles
            return known
        if known is not None and self._by_address.get(known.address) == claim.node:
            del self._by_address[known.address]
        # REQ-SES-17: a higher incarnation begins anew, window included
        session = Session(claim)
        if self._forgets:
            session.window.seen = seen_before()
        self._by_node[claim.node] = session
        self._by_address[claim.address] = claim.node
        return session

    def forget(self, node: NodeId) -> None:
        """The session with `node` is no more, if there was one (REQ-OVL-6, REQ-OVL-8, REQ-OVL-21)."""
        gone = self._by_node.pop(node, None)
        if gone is None or self._by_address.get(gone.address) != node:
            return
        del self._by_address[gone.address]
        # somebody else may have proven the same address: FRM-27 asks for any session there
        for other in self.sorted():
            if other.address == gone.address:
                self._by_address[other.address] = other.node


def seen_before() -> int:
    """What a window begins with where sessions are forgotten: all of its numbers are used up."""
    # REQ-OVL-32: a session that was forgotten may have seen them
    return (1 << registry.limit("sequence-window")) - 1


class Room(Protocol):
    """Whoever knows which session may give way when there are as many as there may be."""

    def give_way(self, now: Now, /) -> NodeId | None:
        """Whose session is to be forgotten, or None where nobody's may be. Changes nothing."""
        ...


class NoRoom:
    """Where sessions stay: nobody gives way."""

    def give_way(self, _now: Now) -> None:
        """Nobody."""


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


def is_full(table: SessionTable, known: Session | None) -> bool:
    """Whether a session with a peer that has none would be one too many."""
    return known is None and len(table) >= registry.limit("sessions")


def check_room(table: SessionTable, known: Session | None) -> None:
    """There is room for a session with a peer that has none."""
    # REQ-SES-16: as many sessions as the receiver keeps
    if is_full(table, known):
        raise RemoteError("session-limit", requirement="REQ-SES-16")


def leaver(table: SessionTable, claim: Claim, room: Room, now: Now) -> NodeId | None:
    """Whose session gives way to the one that `claim` proves; None where there is room, or nobody does."""
    # REQ-OVL-8: asked only when there is no room
    return room.give_way(now) if is_full(table, table.get(claim.node)) else None


def check_claim(table: SessionTable, claim: Claim, room: Room, now: Now) -> NodeId | None:
    """The checks of state on an accepted handshake, in their order; whose session has to be forgotten for
    it."""
    known = table.get(claim.node)
    check_incarnation_current(known, claim)
    check_incarnation_in_place(known, claim)
    found = leaver(table, claim, room, now)
    if found is None:
        check_room(table, known)
    return found
