"""What one peer has published, place by place: what it publishes anew and when, what it only leaves there,
and the sequences that it has used.

Implements REQ-OVL-28 and REQ-OVL-29, as far as they do not depend on who stores.
"""

from __future__ import annotations

from dataclasses import dataclass

from coterie import registry
from coterie.errors import LocalError, RemoteError
from coterie.standing import Standing
from coterie.values import envelope, kinds
from coterie.values.envelope import NOT_SIGNED
from coterie.values.resource import Place, Resource
from coterie.vocabulary import Now
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
    def place(self) -> Place:
        """Where it is found."""
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


class Published:
    """The places of one peer; `current` are those that are published anew. Sequences are remembered also of
    what was withdrawn."""

    def __init__(self) -> None:
        self.current: dict[Place, Publication] = {}
        self._resting: dict[Place, Resting] = {}
        self._used: dict[Place, int] = {}

    # ------------------------------------------------------------ verbs

    def check(self, item: Item) -> None:
        """`LocalError` for what a peer cannot publish."""
        if not item.value:
            raise LocalError("a value has octets; withdraw what was published instead")
        most = registry.limit("publisher-values")
        if item.place not in self.current and len(self.current) >= most:
            raise LocalError(f"nobody stores more than {most} values of one publisher; withdraw one of them")

    def at(self, place: Place, now: Now) -> Item:
        """What can be withdrawn there; `LocalError` when there is nothing."""
        self._forget_expired(now)
        known = self.current.get(place) or self._resting.get(place)
        if known is None:
            raise LocalError("nothing is published there; publish before you withdraw")
        return known.item

    def goes_out(self, standing: Standing, item: Item, now: Now) -> tuple[int, bytes]:
        """Sequence and octets of a new envelope of an item. `LocalError`, and nothing has changed, for one
        that nobody would store."""
        sequence = next_sequence(now.wall_ms, self._used.get(item.place, 0))
        octets = sealed(standing, item, sequence, now)

        self._remember(item.place, sequence)
        self._resting.pop(item.place, None)
        if item.value:
            again_at = renew_at(now.mono_ms, item.lifetime)
            self.current[item.place] = Publication(item, sequence, again_at)
        else:
            self.current.pop(item.place, None)
        return sequence, octets

    def unstored(self, item: Item, now: Now) -> None:
        """Nobody else holds what went out last: it does so again soon, if it is not withdrawn."""
        known = self.current.get(item.place)
        if known is not None and known.item is item:
            self._later(known, min(known.again_at, again_after(now.mono_ms)))

    def rest(self, place: Place, now: Now) -> None:
        """Publish there anew no more, and leave what is there until it expires; it can still be withdrawn.
        Nothing, where nothing is published."""
        known = self.current.pop(place, None)
        if known is not None:
            self._let_rest(known.item, now)

    def inherit(self, item: Item, now: Now) -> None:
        """An earlier life may have published there, for `lifetime` at most: it can be withdrawn as long."""
        if item.place not in self.current:
            self._let_rest(item, now)

    def clear(self) -> None:
        """Nothing is published any more."""
        for each in (self.current, self._resting, self._used):
            each.clear()

    # ------------------------------------------------------------ time and state

    def wake(self) -> int | None:
        """When something is due, in milliseconds of the monotonic clock."""
        return min((each.again_at for each in self.current.values()), default=None)

    def due(self) -> Item:
        """What is to be published anew first."""
        return min(self.current.values(), key=lambda each: each.again_at).item

    def put_off(self, item: Item, now: Now) -> None:
        """It cannot be published now, for its leaf has expired or the wall clock was set; perhaps later."""
        self._later(self.current[item.place], again_after(now.mono_ms))

    def facts(self) -> list[dict[str, object]]:
        """What `inspect` shows: what is published and not withdrawn."""
        rows = sorted(self.current.items(), key=lambda row: (row[0][0].key, row[0][1]))
        return [
            {"kind": about.kind, "name": about.name, "slot": slot, "sequence": each.sequence}
            for (about, slot), each in rows
        ]

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        return tuple((each.item, each.sequence) for each in self.current.values())

    # ------------------------------------------------------------ inside

    def _later(self, known: Publication, again_at: int) -> None:
        self.current[known.item.place] = Publication(known.item, known.sequence, again_at)

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

    def _remember(self, place: Place, sequence: int) -> None:
        self._used.pop(place, None)
        self._used[place] = sequence
        if len(self._used) > registry.limit("values"):
            # the one used longest ago: the wall clock is ahead of it by now
            del self._used[next(iter(self._used))]


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


def renew_at(mono_ms: int, lifetime: int) -> int:
    """When a value that is published at `mono_ms` for `lifetime` seconds is published anew."""
    # REQ-OVL-29: half its lifetime later
    return mono_ms + MS * lifetime // 2


def again_after(mono_ms: int) -> int:
    """When a value that nobody else has stored is published again."""
    # REQ-OVL-29: 10,000 ms
    return mono_ms + registry.timer("publish-again")
