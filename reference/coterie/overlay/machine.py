"""A peer's part in an overlay with the membership none: whom it counts on, what it asks, and what it keeps.

Implements the Overlay chapter by joining its parts. Sessions are beside it: what happens to them it is told,
and what it wants of them it asks of its surroundings.
"""

from __future__ import annotations

from dataclasses import dataclass

from coterie import registry
from coterie.effects import Effect, Send
from coterie.errors import LocalError
from coterie.overlay import contacts as table
from coterie.overlay import requests
from coterie.overlay.entering import Entering
from coterie.overlay.fetching import Fetched, Fetches
from coterie.overlay.ground import Ground
from coterie.overlay.held import Held
from coterie.overlay.lookup import Lookup
from coterie.overlay.lookups import Lookups
from coterie.overlay.parts import first_of
from coterie.overlay.published import Item, Published
from coterie.overlay.publishing import Publications
from coterie.overlay.purposes import Entering as OwnNode
from coterie.overlay.purposes import Fetching, Finding, Hosting, Publishing, Refreshing
from coterie.overlay.rates import Rates
from coterie.overlay.replies import Replies
from coterie.overlay.serving import Serving
from coterie.overlay.surroundings import Surroundings
from coterie.standing import Standing
from coterie.values.resource import Resource
from coterie.vocabulary import NO_VIEW, Address, NodeId, Now
from coterie.wire.bodies import Depart, Fetch, Find, Host, Hosted, Nodes, Refuse, Store, Stored, Values


@dataclass(frozen=True, slots=True)
class Meeting:
    """A HELLO2 or HELLO3 that was accepted: of whom, at which address; whether it began a session, and
    whether it answers a greeting of this peer."""

    node: NodeId
    address: Address
    is_peer: bool
    is_new: bool
    is_answer: bool


class Neighbours:
    """The peers around this one, as far as it deals with them."""

    def __init__(self, standing: Standing, around: Surroundings) -> None:
        self.ground = ground = Ground(standing, around)
        self.rates = Rates()
        self.held = Held(standing.node)
        self.published = Published()
        self._lookups = Lookups(ground)
        self._entering = Entering(ground, self._lookups)
        self._publications = Publications(ground, self._lookups, self.held, self.published)
        self._fetches = Fetches(ground, self._lookups, self.held)
        self._replies = Replies(ground, self._lookups, self._publications, self._fetches)
        self._serving = Serving(ground, self.held)
        self._probed: set[NodeId] = set()
        """Those who were asked once whether they are there, and will be asked again."""
        # of two parts that are due at once the first goes first; requests that are given up before all
        self._parts = (self._lookups, self._entering, self._publications, self.held)

    # ------------------------------------------------------------ verbs

    def join(self, addresses: tuple[Address, ...], now: Now) -> list[Effect]:
        """Enter the overlay by those who are at `addresses`."""
        self._entering.join(addresses)
        return self._settle([], now)

    def leave(self, _now: Now) -> list[Effect]:
        """Say goodbye, and forget everything."""
        ground = self.ground
        effects: list[Effect] = [self._farewell(each) for each in told_of_departure(ground.contacts)]
        for part in (self._lookups, self._publications, self._fetches, self.held, ground.requests):
            part.clear()
        ground.contacts.clear()
        self._probed.clear()
        self._entering.leave()
        ground.around.forget_all()
        return [*effects, ground.event("left", view=NO_VIEW)]

    def _farewell(self, to: table.Acquaintance) -> Send:
        return Send(self.ground.standing.overlay, to.address, self.ground.standing.sign(to.node, Depart()))

    def find(self, target: bytes, now: Now) -> list[Effect]:
        """Look a target up."""
        check_waiting(len(self._lookups) + self._fetches.paging)
        self._lookups.start(target, Finding())
        return self._settle([], now)

    @property
    def is_holder(self) -> bool:
        """Whether this peer may be one of those who have stored what it publishes."""
        return self.ground.is_peer

    def publish(self, item: Item, now: Now) -> list[Effect]:
        """Have a value held, until it is withdrawn."""
        self._publications.publish(item, now)
        return self._settle([], now)

    def withdraw(self, resource: Resource, slot: bytes, now: Now) -> list[Effect]:
        """Have nobody find any more what was published there."""
        self._publications.withdraw(resource, slot, now)
        return self._settle([], now)

    def rest(self, resource: Resource, slot: bytes, now: Now) -> None:
        """Publish there no more, and do not withdraw what is there."""
        self._publications.rest(resource, slot, now)

    def inherit(self, item: Item, now: Now) -> None:
        """What an earlier life may have published there can be withdrawn, as long as it may be found."""
        self._publications.inherit(item, now)

    def fetch(self, resource: Resource, now: Now, asker: int | None = None) -> list[Effect]:
        """Find all values of a resource, for the user or for whoever has that number."""
        check_waiting(self.waiting)
        self._fetches.start(resource, asker)
        return self._settle([], now)

    def closest(self, target: bytes, count: int) -> tuple[NodeId, ...]:
        """The contacts that are closest to 32 octets, the closest first."""
        return tuple(each.node for each in self.ground.contacts.closest(target, count))

    def ask_host(self, node: NodeId, body: Host, now: Now, asker: int) -> list[Effect]:
        """Ask a contact to create a group, for whoever has that number; nothing where it is none any more."""
        return [*self.ground.ask(node, body, Hosting(asker), now)]

    def take_hosted(self) -> tuple[tuple[int, bool], ...]:
        """Which of those who asked that were accepted since this was last asked, and which were not."""
        return self._replies.take_hosted()

    @property
    def waiting(self) -> int:
        """How much is looked up or fetched, of which there may be `lookups-waiting`."""
        return len(self._lookups) + self._fetches.paging

    def take_fetched(self) -> tuple[Fetched, ...]:
        """What came of fetches with a number since this was last asked."""
        return self._fetches.take_over()

    # ------------------------------------------------------------ what happens to sessions

    def met(self, who: Meeting, now: Now) -> list[Effect]:
        """A HELLO2 or HELLO3 was accepted."""
        self.ground.contacts.meet(who.node, who.address, now, is_peer=who.is_peer)
        self._probed.discard(who.node)
        effects = self._probe(who.node, now) if who.is_new else []
        effects += self._lookups.met(who.node, who.address, now, is_answer=who.is_answer)
        return self._settle(effects, now)

    def _probe(self, newcomer: NodeId, now: Now) -> list[Effect]:
        # REQ-OVL-7: who is there keeps its place
        suspect = self.ground.contacts.suspect(newcomer, now)
        return [] if suspect is None else self._ask_twice(suspect, now)

    def _ask_twice(self, node: NodeId, now: Now) -> list[Effect]:
        if node in self._probed:
            return []
        self._probed.add(node)
        return self.ground.around.ping(node, now)

    def seen_elsewhere(self, node: NodeId, now: Now) -> list[Effect]:
        """A HELLO2 or HELLO3 of `node` came from another address than that of its session, and was
        refused."""
        # REQ-OVL-33: if nobody is where it was, its session is forgotten
        return self._ask_twice(node, now)

    def heard(self, node: NodeId, now: Now) -> None:
        """A signed frame of `node` was accepted."""
        self.ground.contacts.hear(node, now)
        self._probed.discard(node)

    def ping_lost(self, node: NodeId, now: Now) -> list[Effect]:
        """A PING was not answered."""
        if self.ground.contacts.miss(node):
            return self._settle(self._forget(node, "silence", now), now)
        if node not in self._probed:
            return []
        # REQ-OVL-7, REQ-OVL-33: once again
        self._probed.discard(node)
        return self.ground.around.ping(node, now)

    def leaver(self, now: Now) -> NodeId | None:
        """Whose session may give way to a new one; None where nobody's may."""
        return self.ground.contacts.give_way(self._is_busy, now)

    def _is_busy(self, node: NodeId) -> bool:
        return bool(self.ground.requests.of_node(node)) or self.ground.around.is_pinged(node)

    def gave_way(self, node: NodeId, now: Now) -> list[Effect]:
        """The session with `node` is no more."""
        return self._forget(node, "room", now)

    def _forget(self, node: NodeId, why: str, now: Now) -> list[Effect]:
        """No session with `node`, and no answers from it."""
        ground = self.ground
        ground.around.forget(node)
        ground.contacts.forget(node)
        self._probed.discard(node)
        effects: list[Effect] = [ground.event("forgotten", node=node, why=why)]
        lost = ground.requests.of_node(node)
        for request in lost:
            ground.requests.close(request)
        for request in lost:
            effects += self._replies.unanswered(request, now)
        return effects

    # ------------------------------------------------------------ frames

    def check_asked(self) -> None:
        """This peer may be asked."""
        self._serving.check_asked()

    def on_find(self, signer: NodeId, sequence: int, body: Find) -> list[Effect]:
        """Another one asks who is close to a target."""
        return self._serving.on_find(signer, sequence, body)

    def on_store(self, signer: NodeId, spki: bytes, sequence: int, body: Store, now: Now) -> list[Effect]:
        """Another one asks to hold its value."""
        return self._serving.on_store(signer, spki, sequence, body, now)

    def on_fetch(self, signer: NodeId, sequence: int, body: Fetch, now: Now) -> list[Effect]:
        """Another one asks for values."""
        return self._serving.on_fetch(signer, sequence, body, now)

    def on_answer(self, signer: NodeId, body: Nodes | Stored | Values | Hosted, now: Now) -> list[Effect]:
        """An answer to a request of this peer."""
        match body:
            case Nodes():
                effects = self._replies.on_nodes(signer, body, now)
            case Stored():
                effects = self._replies.on_stored(signer, body, now)
            case Values():
                effects = self._replies.on_values(signer, body, now)
            case Hosted():
                effects = self._replies.on_hosted(signer, body)
        return self._settle(effects, now)

    def on_depart(self, signer: NodeId, now: Now) -> list[Effect]:
        """Another one leaves."""
        # REQ-OVL-21: its session is forgotten
        return self._settle(self._forget(signer, "departed", now), now)

    def is_about(self, signer: NodeId, body: Refuse) -> bool:
        """Whether a REFUSE answers a request of this peer."""
        return self._replies.is_about(signer, body)

    def on_refuse(self, signer: NodeId, body: Refuse, now: Now) -> list[Effect]:
        """A request of this peer was refused."""
        return self._settle(self._replies.on_refuse(signer, body, now), now)

    # ------------------------------------------------------------ what follows

    def _settle(self, effects: list[Effect], now: Now) -> list[Effect]:
        """What follows whatever happened: a contact to look oneself up by, lookups that begin and end."""
        while True:
            effects = effects + self._entering.look(now) + self._lookups.advance(now)
            over = self._lookups.take_over()
            if over is None:
                return effects
            effects += self._follow(over, now)

    def _follow(self, over: Lookup, now: Now) -> list[Effect]:
        match over.aim:
            case OwnNode():
                return self._entering.looked(now)
            case Refreshing():
                return []
            case Finding():
                return [self.ground.event("found", target=over.target, nodes=over.found)]
            case Publishing(number):
                return self._publications.found(number, over.found, now)
            case Fetching(number):
                return self._fetches.found(number, over, now)

    # ------------------------------------------------------------ time and state

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        dues = [due for part in (self.ground.requests, *self._parts) if (due := part.wake()) is not None]
        return min(dues, default=None)

    def fire(self, now: Now) -> list[Effect]:
        """The one timer that is due first."""
        part = first_of(self._parts)
        given_up_at = self.ground.requests.wake()
        part_at = None if part is None else part.wake()
        if given_up_at is not None and (part_at is None or given_up_at <= part_at):
            return self._settle(self._give_up(now), now)
        return self._settle(part.fire(now) if part else [], now)

    def _give_up(self, now: Now) -> list[Effect]:
        request = self.ground.requests.give_up()
        if self.ground.contacts.miss(request.node):
            # REQ-OVL-6: two in a row
            effects = self._forget(request.node, "silence", now)
            return effects + self._replies.unanswered(request, now)
        if requests.is_asked_anew(request):
            return self._replies.ask_anew(request, now)
        return self._replies.unanswered(request, now)

    def facts(self, now: Now) -> dict[str, object]:
        """What `inspect` shows."""
        return {
            "contacts": [{"node": each.node, "address": each.address} for each in self.ground.contacts.all()],
            "held": [
                {
                    "kind": each.kind, "name": each.envelope.name, "slot": each.envelope.slot,
                    "publisher": each.publisher, "sequence": each.envelope.sequence, "expires": each.expires,
                }
                for each in self.held.all(now.wall_ms)
            ],
            "published": self._publications.facts(),
            "lookups": len(self._lookups),
            "requests": len(self.ground.requests),
        }  # fmt: skip

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        parts = (
            self.ground.contacts, self.ground.requests, self._lookups, self._entering, self._publications,
            self._fetches, self.held,
        )  # fmt: skip
        return (*(part.fingerprint() for part in parts), tuple(sorted(self._probed)))


def told_of_departure(known: table.Contacts) -> tuple[table.Acquaintance, ...]:
    """Whom a peer that leaves sends DEPART."""
    # REQ-OVL-22: one to each contact
    return known.all()


def check_waiting(under_way: int) -> None:
    """`LocalError` when as much is looked up as may be."""
    if under_way >= registry.limit("lookups-waiting"):
        raise LocalError("as much is looked up as may be at once; wait for found or fetched")
