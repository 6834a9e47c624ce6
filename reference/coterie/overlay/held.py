"""The values that a peer holds for others, and for itself where it is one of the closest.

Implements REQ-OVL-14 to REQ-OVL-19. `admit` checks and then holds; each rule is looked up in this module when
it is applied. Values expire by the wall clock: `follow` says what it shows, so that `wake` can tell when that
will be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coterie import registry
from coterie.crypto import names
from coterie.effects import Effect
from coterie.errors import RemoteError
from coterie.overlay import distance
from coterie.values.envelope import Checked
from coterie.vocabulary import Now

Place = tuple[bytes, bytes]
"""Publisher and slot: where a value stands under its resource."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the values under a key, in their order, and whether others stand behind them."""

    values: tuple[Checked, ...]
    has_more: bool


class Held:
    """The values held by one peer, whose Node-ID says which of them are the farthest."""

    def __init__(self, own: bytes) -> None:
        self._own = own
        self._by_key: dict[bytes, dict[Place, Checked]] = {}
        self._publishers: Counter[bytes] = Counter()
        self._count = 0
        self._octets = 0
        self._first: int | None = None
        """When the first of them expires, as far as that is known."""
        self._ahead = 0
        """The wall clock less the monotonic one."""

    # ------------------------------------------------------------ what is held

    def get(self, key: bytes, place: Place, wall_ms: int) -> Checked | None:
        """The value at a place, unless it has expired."""
        found = self._by_key.get(key, {}).get(place)
        return found if found is not None and is_live(found, wall_ms) else None

    def under(self, key: bytes, wall_ms: int) -> tuple[Checked, ...]:
        """All values under a key that have not expired, tombstones too, in their order."""
        places = self._by_key.get(key, {})
        return tuple(places[place] for place in sorted(places) if is_live(places[place], wall_ms))

    def page(self, key: bytes, behind: Place, wall_ms: int) -> Page:
        """The first values under a key behind a place, as many as go into an answer."""
        rest = [each for each in self.under(key, wall_ms) if is_behind(place_of(each), behind)]
        count = fitting(rest)
        return Page(tuple(rest[:count]), count < len(rest))

    def all(self, wall_ms: int) -> Iterator[Checked]:
        """Every value that has not expired, by resource key, publisher and slot."""
        for key in sorted(self._by_key):
            yield from self.under(key, wall_ms)

    # ------------------------------------------------------------ what is taken

    def admit(self, checked: Checked, now: Now) -> bool:
        """Hold a value, which is well in itself; `RemoteError` if it may not be. Whether anything has
        changed."""
        key, place = key_of(checked), place_of(checked)
        known = self.get(key, place, now.wall_ms)
        if known is not None and known.octets == checked.octets:
            # REQ-OVL-18: the same envelope again changes nothing
            return False
        check_newer(known, checked)
        before = self._by_key.get(key, {}).get(place)
        if before is None:
            check_publisher_quota(self._publishers[checked.publisher])
            check_resource_quota(len(self._by_key.get(key, {})))
        leaving = self._leaving(checked, before)

        self.follow(now)
        for each in leaving:
            self._drop(each)
        if before is not None:
            self._drop(before)
        self._keep(key, place, checked)
        return True

    def _leaving(self, checked: Checked, before: Checked | None) -> list[Checked]:
        """Those that have to give way; `RemoteError` where not enough may."""
        gone = 0 if before is None else len(before.octets)
        count = self._count + (before is None)
        octets = self._octets - gone + len(checked.octets)
        leaving: list[Checked] = []
        if is_within(count, octets):
            return leaving
        for each in self._farthest_first():
            if each is before:
                continue
            check_farther(self._own, key_of(each), key_of(checked))
            leaving.append(each)
            count, octets = count - 1, octets - len(each.octets)
            if is_within(count, octets):
                return leaving
        raise _full()

    def _farthest_first(self) -> Iterator[Checked]:
        for key in sorted(self._by_key, key=lambda key: distance.distance(key, self._own), reverse=True):
            places = self._by_key[key]
            yield from (places[place] for place in sorted(places, reverse=True))

    def _keep(self, key: bytes, place: Place, checked: Checked) -> None:
        if self._first is not None or not self._count:
            ends = expiry_of(checked)
            self._first = ends if self._first is None else min(self._first, ends)
        self._by_key.setdefault(key, {})[place] = checked
        self._publishers[checked.publisher] += 1
        self._count += 1
        self._octets += len(checked.octets)

    def _drop(self, checked: Checked) -> None:
        if self._first == expiry_of(checked):
            self._first = None
        key = key_of(checked)
        del self._by_key[key][place_of(checked)]
        if not self._by_key[key]:
            del self._by_key[key]
        self._publishers[checked.publisher] -= 1
        if not self._publishers[checked.publisher]:
            del self._publishers[checked.publisher]
        self._count -= 1
        self._octets -= len(checked.octets)

    def clear(self) -> None:
        """Nothing is held any more."""
        self._by_key.clear()
        self._publishers.clear()
        self._count = self._octets = 0
        self._first = None

    # ------------------------------------------------------------ time and state

    def follow(self, now: Now) -> bool:
        """Both clocks as they are now; whether the wall clock was set since."""
        before, self._ahead = self._ahead, now.wall_ms - now.mono_ms
        return before != self._ahead

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        if self._first is None and self._count:
            self._first = min(map(expiry_of, self._everything()))
        return None if self._first is None else max(self._first - self._ahead, 0)

    def fire(self, now: Now) -> list[Effect]:
        """What has expired is not held any more."""
        self.follow(now)
        for each in [each for each in self._everything() if not is_live(each, now.wall_ms)]:
            self._drop(each)
        return []

    def _everything(self) -> Iterator[Checked]:
        for places in self._by_key.values():
            yield from places.values()

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        return tuple(
            (key, *place, self._by_key[key][place].octets)
            for key in sorted(self._by_key) for place in sorted(self._by_key[key])
        )  # fmt: skip


def key_of(checked: Checked) -> bytes:
    """The resource key that a value lies under."""
    return names.resource_key(checked.envelope.kind, checked.envelope.name)


def place_of(checked: Checked) -> Place:
    """Where a value stands under its key."""
    return checked.publisher, checked.envelope.slot


def expiry_of(checked: Checked) -> int:
    """Until when a value is held, in milliseconds since 1970."""
    # REQ-OVL-18: until it expires
    return checked.expires


def is_live(checked: Checked, wall_ms: int) -> bool:
    """Whether a value is still held."""
    return expiry_of(checked) > wall_ms


def is_behind(place: Place, behind: Place) -> bool:
    """Whether a value stands behind a place."""
    # REQ-OVL-19: not the place itself
    return place > behind


def fitting(values: Sequence[Checked]) -> int:
    """How many of the first values go into one answer."""
    octets, most = 0, registry.limit("page-octets")
    # REQ-OVL-19: in 32 rows and 16,384 octets of envelopes
    for count, each in enumerate(values[: registry.limit("page-values")]):
        octets += len(each.octets)
        if octets > most:
            return count
    return min(len(values), registry.limit("page-values"))


def is_within(count: int, octets: int) -> bool:
    """Whether so many values with so many octets may be held."""
    # REQ-OVL-17: 1,024 values, 2,097,152 octets
    return count <= registry.limit("values") and octets <= registry.limit("value-octets")


def check_own_value(checked: Checked, spki: bytes) -> None:
    """The publisher is the signer of the STORE, whose key is given as SPKI."""
    # REQ-OVL-14: nobody brings back what another has withdrawn
    if checked.leaf.spki != spki:
        raise RemoteError("foreign-value", requirement="REQ-OVL-14", field="envelope")


def check_newer(known: Checked | None, checked: Checked) -> None:
    """A value is newer than the one in its place."""
    # REQ-OVL-15: greater, not equal
    if known is not None and checked.envelope.sequence <= known.envelope.sequence:
        raise RemoteError("stale-value", requirement="REQ-OVL-15", field="envelope.sequence")


def check_publisher_quota(held: int) -> None:
    """A publisher that has `held` values may have one more."""
    # REQ-OVL-16: at most 64
    if held >= registry.limit("publisher-values"):
        raise RemoteError("value-quota", requirement="REQ-OVL-16", field="envelope")


def check_resource_quota(held: int) -> None:
    """A resource that has `held` values may have one more."""
    # REQ-OVL-16: at most 512
    if held >= registry.limit("resource-values"):
        raise RemoteError("value-quota", requirement="REQ-OVL-16", field="envelope")


def check_farther(own: bytes, leaving: bytes, key: bytes) -> None:
    """What gives way is farther from this peer than what takes its place; both as resource keys."""
    # REQ-OVL-17: the closest stay
    if distance.distance(leaving, own) <= distance.distance(key, own):
        raise _full()


def _full() -> RemoteError:
    return RemoteError("store-full", requirement="REQ-OVL-17", field="envelope")
