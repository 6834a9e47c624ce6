"""What a peer publishes: made, stored by those closest to its key, renewed, and withdrawn.

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
from coterie.overlay.purposes import Publishing, Storing
from coterie.standing import Standing
from coterie.values import envelope, kinds
from coterie.values.envelope import NOT_SIGNED, Checked
from coterie.values.resource import Resource
from coterie.vocabulary import NodeId, Now
from coterie.wire.bodies import Store
from coterie.wire.rows import Envelope

MS = 1000


@dataclass(frozen=True, slots=True)
class Item:
    """What the user wants to be found: under a resource, in a slot of 16 octets, for `lifetime` seconds, with
    the leaf (DER) that it is shown with. An empty value withdraws."""

    resource: Resource
    slot: bytes
    lifetime: int
    value: bytes
    leaf: bytes

    @property
    def place(self) -> tuple[Resource, bytes]:
        """Of one resource and slot a peer has one value."""
        return self.resource, self.slot


@dataclass(frozen=True, slots=True)
class Publication:
    """What is published, with the sequence that it had last, and when it is published anew, in milliseconds
    of the monotonic clock."""

    item: Item
    sequence: int
    again_at: int


@dataclass(frozen=True, slots=True)
class Resting:
    """What is not published anew any more, and when it is over for all who hold it, in milliseconds of the
    monotonic clock."""

    item: Item
    over_at: int


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
    """All that one peer publishes. `_used` remembers the sequences, also of what was withdrawn."""

    def __init__(self, ground: Ground, lookups: Lookups, held: Held) -> None:
        self._ground = ground
        self._lookups = lookups
        self._held = held
        self._published: dict[tuple[Resource, bytes], Publication] = {}
        self._sending: dict[int, Sending] = {}
        self._used: dict[tuple[Resource, bytes], int] = {}
        self._resting: dict[tuple[Resource, bytes], Resting] = {}
        self._last = 0

    # ------------------------------------------------------------ verbs

    def publish(self, item: Item, now: Now) -> None:
        """Publish, and go on until it is withdrawn. `LocalError` for what nobody would store."""
        is_new = item.place not in self._published
        if is_new and len(self._published) >= registry.limit("publisher-values"):
            raise LocalError("nobody stores more values of one publisher; withdraw one of them")
        if not item.value:
            raise LocalError("a value has octets; withdraw what was published instead")
        self._send(item, now)

    def withdraw(self, resource: Resource, slot: bytes, now: Now) -> None:
        """Publish that there is nothing any more, once. `LocalError` when there is nothing."""
        self._forget_expired(now)
        known = self._published.get((resource, slot)) or self._resting.get((resource, slot))
        if known is None:
            raise LocalError("nothing is published there; publish before you withdraw")
        # REQ-OVL-30: a tombstone in the same slot
        item = Item(resource, slot, registry.limit("lifetime"), b"", known.item.leaf)
        self._published.pop(item.place, None)
        self._send(item, now)

    def rest(self, resource: Resource, slot: bytes, now: Now) -> None:
        """Publish anew no more, and leave what is there until it expires; it can still be withdrawn. Nothing,
        where nothing is published."""
        known = self._published.pop((resource, slot), None)
        if known is not None:
            self._let_rest(known.item, now)

    def inherit(self, item: Item, now: Now) -> None:
        """An earlier life may have published there, for `lifetime` at most: it can be withdrawn as long."""
        if item.place not in self._published:
            self._let_rest(item, now)

    def _let_rest(self, item: Item, now: Now) -> None:
        self._forget_expired(now)
        self._resting.pop(item.place, None)
        if len(self._resting) >= registry.limit("values"):
            # the one that rests longest
            del self._resting[next(iter(self._resting))]
        self._resting[item.place] = Resting(item, now.mono_ms + MS * item.lifetime)

    def _forget_expired(self, now: Now) -> None:
        for place in [place for place, each in self._resting.items() if each.over_at <= now.mono_ms]:
            del self._resting[place]

    def _send(self, item: Item, now: Now) -> None:
        sequence = next_sequence(now.wall_ms, self._used.get(item.place, 0))
        octets = self._sealed(item, sequence, now)

        for number in [number for number, each in self._sending.items() if each.item.place == item.place]:
            # what is published in its place is not sent on
            del self._sending[number]
            self._lookups.cancel(Publishing(number))
        self._remember(item, sequence)
        self._resting.pop(item.place, None)
        if item.value:
            again_at = renew_at(now.mono_ms, item.lifetime)
            self._published[item.place] = Publication(item, sequence, again_at)
        self._last += 1
        self._sending[self._last] = Sending(item, octets, sequence)
        self._lookups.start(item.resource.key, Publishing(self._last))

    def _sealed(self, item: Item, sequence: int, now: Now) -> bytes:
        """The envelope; `LocalError` where it is one that nobody would store."""
        return sealed(self._ground.standing, item, sequence, now)

    def _remember(self, item: Item, sequence: int) -> None:
        self._used.pop(item.place, None)
        self._used[item.place] = sequence
        if len(self._used) > registry.limit("values"):
            # the one used longest ago: the wall clock is ahead of it by now
            del self._used[next(iter(self._used))]

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
        item, known = sending.item, self._published.get(sending.item.place)
        if known is not None and is_nowhere_else(sending):
            soon = min(known.again_at, again_after(now.mono_ms))
            self._published[item.place] = Publication(item, sending.sequence, soon)
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
        self._used.clear()
        self._resting.clear()

    # ------------------------------------------------------------ time and state

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        return min((each.again_at for each in self._published.values()), default=None)

    def fire(self, now: Now) -> list[Effect]:
        """Publish anew what is due first."""
        first = min(self._published.values(), key=lambda each: each.again_at)
        try:
            self._send(first.item, now)
        except LocalError:
            # its leaf has expired, or the wall clock was set: perhaps it does later
            later = Publication(first.item, first.sequence, again_after(now.mono_ms))
            self._published[first.item.place] = later
        return []

    def facts(self) -> list[dict[str, object]]:
        """What `inspect` shows: what is published and not withdrawn."""
        return [
            {"kind": resource.kind, "name": resource.name, "slot": slot, "sequence": each.sequence}
            for (resource, slot), each in sorted(
                self._published.items(), key=lambda entry: (entry[0][0].key, entry[0][1])
            )
        ]

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        sending = tuple((number, each.octets, each.waiting, each.stored)
                        for number, each in self._sending.items())  # fmt: skip
        return (sending, tuple((each.item, each.sequence) for each in self._published.values()))


def sealed(standing: Standing, item: Item, sequence: int, now: Now) -> bytes:
    """The envelope of an item, signed; `LocalError` where it is one that nobody would store."""
    unsigned = Envelope(
        kinds.code_of(item.resource.kind), item.resource.name, item.slot, sequence, item.lifetime,
        item.leaf, item.value, NOT_SIGNED,
    )  # fmt: skip
    octets = envelope.sign(standing.identity.key, standing.overlay, unsigned)
    try:
        envelope.check(octets, standing.overlay, now.wall_ms)
    except RemoteError as refused:
        raise LocalError(f"nobody would store this value: {refused}") from refused
    return octets


def next_sequence(wall_ms: int, used: int) -> int:
    """The sequence of an envelope that is made at `wall_ms`, where `used` was that of the one before."""
    # REQ-OVL-28: greater than all before, also when the wall clock was set back
    return max(wall_ms, used + 1)


def with_self(nodes: tuple[NodeId, ...], own: NodeId, key: bytes) -> tuple[NodeId, ...]:
    """Those closest to a key, if this peer is counted among those found."""
    # REQ-OVL-28: one of 8
    return distance.closest((*nodes, own), key, registry.limit("bucket"))


def renew_at(mono_ms: int, lifetime: int) -> int:
    """When a value that is published at `mono_ms` for `lifetime` seconds is published anew."""
    # REQ-OVL-29: half its lifetime later
    return mono_ms + MS * lifetime // 2


def is_nowhere_else(sending: Sending) -> bool:
    """Whether nobody else has stored a value, all who were asked having answered or not."""
    # REQ-OVL-29: what this peer holds itself others do not find where it is not known
    return sending.stored == int(sending.is_held_here)


def again_after(mono_ms: int) -> int:
    """When a value that nobody else has stored is published again."""
    # REQ-OVL-29: 10,000 ms
    return mono_ms + registry.timer("publish-again")
