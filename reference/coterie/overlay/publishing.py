"""What a peer publishes: stored by those closest to its key, renewed, and withdrawn.

Implements REQ-OVL-28 to REQ-OVL-30.
"""

from __future__ import annotations

from dataclasses import dataclass

from coterie import registry
from coterie.effects import Effect
from coterie.errors import LocalError, RemoteError
from coterie.overlay import distance
from coterie.overlay.ground import Ground
from coterie.overlay.held import Held
from coterie.overlay.lookups import Lookups
from coterie.overlay.published import Item, Published
from coterie.overlay.purposes import Publishing, Storing
from coterie.values import envelope
from coterie.values.envelope import Checked
from coterie.values.resource import Resource
from coterie.vocabulary import NodeId, Now
from coterie.wire.bodies import Store


@dataclass(slots=True)
class Sending:
    """An envelope on its way to those who are to hold it: how many are still asked, how many hold it, and
    whether this peer is one of those."""

    item: Item
    octets: bytes
    sequence: int
    waiting: int = 0
    stored: int = 0
    is_held_here: bool = False


class Publications:
    """All that one peer publishes, on its way to those who are to hold it."""

    def __init__(self, ground: Ground, lookups: Lookups, held: Held, published: Published) -> None:
        self._ground = ground
        self._lookups = lookups
        self._held = held
        self._published = published
        self._sending: dict[int, Sending] = {}
        self._last = 0

    # ------------------------------------------------------------ verbs

    def publish(self, item: Item, now: Now) -> None:
        """Publish, and go on until it is withdrawn. `LocalError` for what nobody would store."""
        self._published.check(item)
        self._send(item, now)

    def withdraw(self, resource: Resource, slot: bytes, now: Now) -> None:
        """Publish that there is nothing any more, once. `LocalError` when there is nothing."""
        known = self._published.at((resource, slot), now)
        # REQ-OVL-30: a tombstone in the same slot
        self._send(Item(resource, slot, registry.limit("lifetime"), b"", known.leaf), now)

    def rest(self, resource: Resource, slot: bytes, now: Now) -> None:
        """Publish anew no more, and leave what is there until it expires; it can still be withdrawn. Nothing,
        where nothing is published."""
        self._published.rest((resource, slot), now)

    def inherit(self, item: Item, now: Now) -> None:
        """An earlier life may have published there, for `lifetime` at most: it can be withdrawn as long."""
        self._published.inherit(item, now)

    def _send(self, item: Item, now: Now) -> None:
        sequence, octets = self._published.goes_out(self._ground.standing, item, now)
        for number in [number for number, each in self._sending.items() if each.item.place == item.place]:
            # what is published in its place is not sent on
            del self._sending[number]
            self._lookups.cancel(Publishing(number))
        self._last += 1
        self._sending[self._last] = Sending(item, octets, sequence)
        self._lookups.start(item.resource.key, Publishing(self._last))

    # ------------------------------------------------------------ on its way

    def found(self, number: int, nodes: tuple[NodeId, ...], now: Now) -> list[Effect]:
        """Those closest to the key are known: have them hold it."""
        sending = self._sending[number]
        own, key = self._ground.standing.node, sending.item.resource.key
        storers = with_self(nodes, own, key) if self._ground.is_peer else nodes
        effects: list[Effect] = []
        for node in storers:
            if node == own:
                sending.is_held_here = self._hold(sending.octets, now)
                sending.stored += sending.is_held_here
                continue
            asked = self._ground.ask(node, Store(sending.octets), Storing(number), now)
            sending.waiting += bool(asked)
            effects += asked
        return effects + self._ended(number, now)

    def _hold(self, octets: bytes, now: Now) -> bool:
        """Whether this peer holds its own value, as if it had come with STORE."""
        try:
            self._held.admit(self._check(octets, now), now)
        except RemoteError:
            return False
        return True

    def _check(self, octets: bytes, now: Now) -> Checked:
        return envelope.check(octets, self._ground.standing.overlay, now.wall_ms)

    def is_wanted(self, purpose: Storing) -> bool:
        """Whether anybody still waits for an answer to that STORE."""
        return purpose.publication in self._sending

    def answered(self, purpose: Storing, now: Now, *, is_stored: bool) -> list[Effect]:
        """One of those who were asked holds it, or does not."""
        sending = self._sending.get(purpose.publication)
        if sending is None:
            return []
        sending.waiting -= 1
        sending.stored += is_stored
        return self._ended(purpose.publication, now)

    def _ended(self, number: int, now: Now) -> list[Effect]:
        sending = self._sending[number]
        if sending.waiting:
            return []
        del self._sending[number]
        item = sending.item
        if is_nowhere_else(sending):
            self._published.unstored(item, now)
        return [
            self._ground.event(
                "published", kind=item.resource.kind, name=item.resource.name, slot=item.slot,
                sequence=sending.sequence, stored=sending.stored,
            )
        ]  # fmt: skip

    def clear(self) -> None:
        """Nothing is published any more."""
        self._published.clear()
        self._sending.clear()

    # ------------------------------------------------------------ time and state

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        return self._published.wake()

    def fire(self, now: Now) -> list[Effect]:
        """Publish anew what is due first."""
        item = self._published.due()
        try:
            self._send(item, now)
        except LocalError:
            self._published.put_off(item, now)
        return []

    def facts(self) -> list[dict[str, object]]:
        """What `inspect` shows: what is published and not withdrawn."""
        return self._published.facts()

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        sending = tuple((number, each.octets, each.waiting, each.stored)
                        for number, each in self._sending.items())  # fmt: skip
        return (sending, self._published.fingerprint())


def with_self(nodes: tuple[NodeId, ...], own: NodeId, key: bytes) -> tuple[NodeId, ...]:
    """Those closest to a key, if this peer is counted among those found."""
    # REQ-OVL-28: one of 8
    return distance.closest((*nodes, own), key, registry.limit("bucket"))


def is_nowhere_else(sending: Sending) -> bool:
    """Whether nobody else has stored a value, all who were asked having answered or not."""
    # REQ-OVL-29: what this peer holds itself others do not find where it is not known
    return sending.stored == int(sending.is_held_here)
