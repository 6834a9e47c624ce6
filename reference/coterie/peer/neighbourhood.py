"""The side of an overlay with the membership none: the overlay machine, and what it needs of the sessions.

Implements REQ-OVL-8 between the two, and hands each frame of the Overlay chapter to the machine.
"""

from __future__ import annotations

from typing import Protocol

from coterie.effects import Effect, Event
from coterie.errors import LocalError, RemoteError
from coterie.overlay.machine import Meeting, Neighbours
from coterie.overlay.published import Item
from coterie.peer import refusals
from coterie.peer.named import ResourceName, Value
from coterie.sessions import Pings, Session, Sessions
from coterie.standing import Standing
from coterie.values.resource import Resource
from coterie.vocabulary import Address, NodeId, Now
from coterie.wire import bodies, decode_body
from coterie.wire.frames import SignedFrame

Before = tuple[Session | None, int]
"""A session as it was before a handshake: it, if there was one, and how many frames it had accepted."""


class Hosting(Protocol):
    """Who creates groups for others."""

    def on_host(self, session: Session, sequence: int, body: bodies.Host, now: Now) -> list[Effect]:
        """The peer of a session asks to create a group; the answer to it."""


class Neighbourhood:
    """What a peer has in an overlay without views. It is the surroundings of the machine, and says to the
    sessions who gives way."""

    def __init__(self, standing: Standing, sessions: Sessions, pings: Pings) -> None:
        self.hosting: Hosting | None = None
        """Who creates groups for others; None where nobody does."""
        self._standing = standing
        self._sessions = sessions
        self._pings = pings
        self._leaver: NodeId | None = None
        self.neighbours = Neighbours(standing, self)
        sessions.room = self

    # ------------------------------------------------------------ frames

    def count(self, frame: SignedFrame, now: Now) -> None:
        """One more request of the signer, if it is one; `RemoteError` when it is one too many."""
        if frame.header.name in refusals.REQUESTS:
            self.neighbours.rates.count(frame.signer, now)

    def on_frame(self, session: Session, frame: SignedFrame, now: Now) -> list[Effect]:
        """One of the frames of the Overlay chapter, HOST or HOSTED."""
        node, sequence = session.node, frame.sequence
        body = decode_body(frame.header.name, frame.body)
        if frame.header.name in refusals.REQUESTS:
            self.neighbours.check_asked()
        match body:
            case bodies.Find():
                effects = self.neighbours.on_find(node, sequence, body)
            case bodies.Store():
                effects = self.neighbours.on_store(node, session.leaf.spki, sequence, body, now)
            case bodies.Fetch():
                effects = self.neighbours.on_fetch(node, sequence, body, now)
            case bodies.Host():
                effects = self._on_host(session, sequence, body, now)
            case bodies.Nodes() | bodies.Stored() | bodies.Values() | bodies.Hosted():
                effects = self.neighbours.on_answer(node, body, now)
            case bodies.Depart():
                effects = self.neighbours.on_depart(node, now)
            case other:
                raise AssertionError(f"{other} is no body of the overlay")
        session.accepted += 1
        return effects

    def _on_host(self, session: Session, sequence: int, body: bodies.Host, now: Now) -> list[Effect]:
        if self.hosting is None:
            raise refusals.not_hosting()
        return self.hosting.on_host(session, sequence, body, now)

    def on_refuse(self, session: Session, body: bodies.Refuse, now: Now) -> list[Effect]:
        """A REFUSE of a request that is open."""
        session.accepted += 1
        return self.neighbours.on_refuse(session.node, body, now)

    # ------------------------------------------------------------ verbs

    def publish(self, value: Value, now: Now) -> list[Effect]:
        """Have a value held. `LocalError` for one that nobody would store."""
        leaf = value.leaf or self._standing.identity.leaf
        item = Item(resource_of(value.resource), value.slot, value.lifetime, value.value, leaf)
        return self.neighbours.publish(item, now)

    def withdraw(self, resource: ResourceName, slot: bytes, now: Now) -> list[Effect]:
        """Withdraw what was published."""
        return self.neighbours.withdraw(resource_of(resource), slot, now)

    def fetch(self, resource: ResourceName, now: Now) -> list[Effect]:
        """Find the values of a resource."""
        return self.neighbours.fetch(resource_of(resource), now)

    def rest(self, resource: Resource, slot: bytes, now: Now) -> None:
        """Publish no more what was published, and do not withdraw it."""
        self.neighbours.rest(resource, slot, now)

    # ------------------------------------------------------------ sessions

    def before(self, node: NodeId) -> Before:
        """What there was before a HELLO2 or HELLO3 of `node`."""
        session = self._sessions.table.get(node)
        return session, session.accepted if session else 0

    def met(self, frame: SignedFrame, before: Before, now: Now) -> list[Effect]:
        """A HELLO2 or HELLO3 was accepted."""
        session = self._sessions.table.get(frame.signer)
        if session is None or self.before(frame.signer) == before:
            # REQ-SES-18: a HELLO2 that comes again changes nothing
            return []
        is_new, is_answer = session is not before[0], frame.header.name == "HELLO3"
        met = Meeting(session.node, session.address, not session.is_client, is_new, is_answer)
        return self.neighbours.met(met, now)

    def refused(self, frame: SignedFrame, refused: RemoteError, now: Now) -> list[Effect]:
        """A HELLO2 or HELLO3 was refused."""
        return self.neighbours.seen_elsewhere(frame.signer, now) if is_of_elsewhere(refused) else []

    def gave_way(self, now: Now) -> list[Effect]:
        """Whoever had to make room for the session that has just begun."""
        leaver, self._leaver = self._leaver, None
        if leaver is None or self._sessions.table.get(leaver) is not None:
            return []
        return self.neighbours.gave_way(leaver, now)

    def follow(self, effects: list[Effect], now: Now) -> list[Effect]:
        """`effects` with all that follows from a PING that was lost."""
        for effect in tuple(effects):
            if isinstance(effect, Event) and effect.name == "ping-lost":
                effects = effects + self.neighbours.ping_lost(NodeId(_octets(effect.fields["node"])), now)
        return effects

    # ------------------------------------------------------------ the room of sessions

    def give_way(self, now: Now) -> NodeId | None:
        """Whose session is forgotten for a new one."""
        self._leaver = self.neighbours.leaver(now)
        return self._leaver

    # ------------------------------------------------------------ the surroundings of the machine

    def greet(self, to: Address, now: Now) -> list[Effect]:
        """Begin a handshake, unless one is under way or there is no room."""
        try:
            return self._sessions.greet(to, now)
        except LocalError:
            return []

    def ping(self, node: NodeId, now: Now) -> list[Effect]:
        """Send a PING, unless one is open; nothing to a stranger."""
        session = self._sessions.table.get(node)
        return [] if session is None or self.is_pinged(node) else self._pings.ask(session, now)

    def is_pinged(self, node: NodeId) -> bool:
        """Whether a PING to `node` is open."""
        return self._pings.is_open(node)

    def forget(self, node: NodeId) -> None:
        """The session with `node` is no more, and no PING to it is open."""
        self._sessions.table.forget(node)
        self._pings.forget(node)

    def forget_all(self) -> None:
        """There is no session, no PING and no handshake any more."""
        for session in self._sessions.table.sorted():
            self.forget(session.node)
        self._sessions.stop()


def is_of_elsewhere(refused: RemoteError) -> bool:
    """Whether a HELLO2 or HELLO3 was refused for its address alone."""
    # REQ-OVL-33: perhaps its signer has moved
    return refused.reason == "incarnation-conflict"


def resource_of(named: ResourceName) -> Resource:
    """The resource that the user means. `LocalError` for one that there cannot be."""
    try:
        return Resource.of(*named)
    except RemoteError as refused:
        raise LocalError(f"there is no such resource: {refused}") from refused


def _octets(field: object) -> bytes:
    if not isinstance(field, bytes):
        raise TypeError(f"{field!r} is no Node-ID")
    return field
