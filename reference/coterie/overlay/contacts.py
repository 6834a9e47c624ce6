"""Whom a peer knows by a session, and on whom of them it counts: the contacts, its routing table.

Implements REQ-OVL-5 to REQ-OVL-8 as far as they say who is in the table. To each length of the common prefix
with the own Node-ID belongs a bucket; there are at most as many acquaintances as sessions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from coterie import registry
from coterie.overlay import distance
from coterie.vocabulary import Address, NodeId, Now

MOST_MISSES = 2
"""So many requests in a row without answer are enough to be forgotten."""


@dataclass(slots=True)
class Acquaintance:
    """A peer or client with a session. `heard` counts the frames accepted from anybody, so that of two one
    was heard later; `heard_at` in milliseconds of the monotonic clock."""

    node: NodeId
    address: Address
    is_peer: bool
    heard: int
    heard_at: int
    misses: int = 0


class Contacts:
    """The acquaintances of one peer, and the buckets of those that are its contacts."""

    def __init__(self, own: NodeId) -> None:
        self._own = own
        self._known: dict[NodeId, Acquaintance] = {}
        self._buckets: dict[int, list[NodeId]] = {}
        self._accepted = 0

    def get(self, node: NodeId) -> Acquaintance | None:
        """Who has that Node-ID; None without a session."""
        return self._known.get(node)

    def is_contact(self, node: NodeId) -> bool:
        """Whether `node` is in the routing table."""
        return node in self._bucket(node)

    def all(self) -> tuple[Acquaintance, ...]:
        """The contacts by Node-ID."""
        nodes = sorted(node for bucket in self._buckets.values() for node in bucket)
        return tuple(self._known[node] for node in nodes)

    def __len__(self) -> int:
        return sum(len(bucket) for bucket in self._buckets.values())

    def closest(self, target: bytes, count: int, but: NodeId | None = None) -> tuple[Acquaintance, ...]:
        """The contacts that are closest to `target`, but for one; the closest first."""
        nodes = (node for bucket in self._buckets.values() for node in bucket if node != but)
        return tuple(self._known[node] for node in distance.closest(nodes, target, count))

    # ------------------------------------------------------------ what happens to sessions

    def meet(self, node: NodeId, address: Address, now: Now, *, is_peer: bool) -> None:
        """A HELLO2 or HELLO3 of `node` was accepted; whatever it said last of itself holds."""
        known = self._known.get(node)
        if known is None:
            known = self._known[node] = Acquaintance(node, address, is_peer, 0, now.mono_ms)
        known.address, known.is_peer = address, is_peer
        self.hear(node, now)
        if is_contact_material(known):
            self._enter(node)
        else:
            self._drop(node)

    def hear(self, node: NodeId, now: Now) -> None:
        """A signed frame of `node` was accepted."""
        known = self._known.get(node)
        if known is None:
            return
        self._accepted += 1
        known.heard, known.heard_at = self._accepted, now.mono_ms
        # REQ-OVL-6: everything that is accepted ends the row
        known.misses = 0

    def miss(self, node: NodeId) -> bool:
        """`node` has left a request without answer; whether it is to be forgotten for it."""
        known = self._known.get(node)
        if known is None:
            return False
        known.misses += 1
        return is_lost(known.misses)

    def forget(self, node: NodeId) -> None:
        """The session with `node` is no more."""
        if self._known.pop(node, None) is not None:
            self._drop(node)

    def clear(self) -> None:
        """All sessions are no more."""
        self._known.clear()
        self._buckets.clear()

    def _bucket(self, node: NodeId) -> list[NodeId]:
        return self._buckets.get(bucket_of(self._own, node), [])

    def _enter(self, node: NodeId) -> None:
        bucket = self._buckets.setdefault(bucket_of(self._own, node), [])
        if node not in bucket and has_place(bucket):
            bucket.append(node)

    def _drop(self, node: NodeId) -> None:
        number = bucket_of(self._own, node)
        bucket = self._buckets.get(number, [])
        if node not in bucket:
            return
        bucket.remove(node)
        others = [
            known for known in self._known.values()
            if is_contact_material(known) and known.node not in bucket
            and bucket_of(self._own, known.node) == number
        ]  # fmt: skip
        if others:
            bucket.append(successor(others).node)
        if not bucket:
            del self._buckets[number]

    # ------------------------------------------------------------ who is asked, and who gives way

    def suspect(self, newcomer: NodeId, now: Now) -> NodeId | None:
        """Whom to ask whether it is there because `newcomer` found its bucket full; None for nobody."""
        known, bucket = self._known.get(newcomer), self._bucket(newcomer)
        if known is None or not known.is_peer or newcomer in bucket or not bucket:
            return None
        quietest = longest_unheard(self._known[node] for node in bucket)
        return quietest.node if is_quiet(quietest, now) else None

    def give_way(self, is_busy: Callable[[NodeId], bool], now: Now) -> NodeId | None:
        """Whose session may be forgotten for a new one; None where nobody's may."""
        idle = [
            known for known in self._known.values()
            if not self.is_contact(known.node) and not is_busy(known.node) and is_idle(known, now)
        ]  # fmt: skip
        return longest_unheard(idle).node if idle else None

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        buckets = tuple((number, tuple(self._buckets[number])) for number in sorted(self._buckets))
        missing = tuple((node, self._known[node].misses) for node in sorted(self._known))
        return buckets, missing


def bucket_of(own: NodeId, node: NodeId) -> int:
    """The bucket that `node` belongs to: how many bits its Node-ID has in common with the own one."""
    # REQ-OVL-5: 0 to 255
    return distance.common_prefix(own, node)


def is_contact_material(known: Acquaintance) -> bool:
    """Whether others may be sent to it."""
    # REQ-OVL-5: a peer and not a client
    return known.is_peer


def has_place(bucket: list[NodeId]) -> bool:
    """Whether a newcomer enters at once."""
    # REQ-OVL-5: at most 8, those that came first
    return len(bucket) < registry.limit("bucket")


def successor(others: Iterable[Acquaintance]) -> Acquaintance:
    """Who of those without a place takes one that became free."""
    # REQ-OVL-5: whoever was heard last is most likely there
    return max(others, key=lambda known: known.heard)


def is_lost(misses: int) -> bool:
    """Whether so many requests without answer are too many."""
    # REQ-OVL-6: two in a row
    return misses >= MOST_MISSES


def longest_unheard(known: Iterable[Acquaintance]) -> Acquaintance:
    """Of whom nothing was accepted for the longest time."""
    return min(known, key=lambda each: each.heard)


def is_quiet(known: Acquaintance, now: Now) -> bool:
    """Whether a contact is asked if it is still there."""
    # REQ-OVL-7: 60,000 ms or more
    return now.mono_ms - known.heard_at >= registry.timer("contact-quiet")


def is_idle(known: Acquaintance, now: Now) -> bool:
    """Whether a session may give way to a new one."""
    # REQ-OVL-8: whoever greeted had time to ask
    return now.mono_ms - known.heard_at >= registry.timer("session-idle")
