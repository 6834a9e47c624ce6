"""Other names of groups.

Implements REQ-GRP-14, and what REQ-GRP-27 says of aliases that were unbound.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from coterie import documents, registry
from coterie.crypto import names
from coterie.documents import GroupIdRedirect
from coterie.errors import LocalError, RemoteError
from coterie.groups import advertising, wishes
from coterie.groups.steps import Inherit, Publish, Step, Withdraw
from coterie.values import kinds
from coterie.values.resource import Place, Resource
from coterie.vocabulary import Now, OverlayId

MS = 1000


def place_of(alias: bytes) -> Place:
    """Where an alias stands. `LocalError` for a name that is no Group-ID."""
    try:
        # REQ-GRP-14: under the alias, with its own Overlay-ID, and no authority, as slot
        return Resource.of(kinds.GROUP_INFO, alias), names.overlay_id(alias)
    except RemoteError as refused:
        raise LocalError(f"there is no such alias: {refused}") from refused


def redirect(alias: bytes, group: bytes, leaf: bytes) -> Publish:
    """That an alias means a group. `leaf` is DER."""
    resource, slot = place_of(alias)
    return Publish(resource, slot, advertising.lifetime(), documents.build(GroupIdRedirect(group)), leaf)


def found_until(wall_ms: int) -> int:
    """Until when an alias may be found that is unbound at `wall_ms`, both in milliseconds since 1970."""
    # REQ-GRP-27: it was published at that time at the latest
    return wall_ms + MS * advertising.lifetime()


def is_taken_down(stored: int, *, is_holder: bool) -> bool:
    """Whether another peer has stored a tombstone, of so many; `is_holder`: this peer may be one of them."""
    # REQ-GRP-27: this peer does not count
    return stored > is_holder


class Aliases:
    """What one peer has bound, and what it has unbound while others may find it still: until when, in
    milliseconds since 1970. `leaf` (DER) is shown with each."""

    def __init__(self, leaf: bytes) -> None:
        self._leaf = leaf
        self._bound: dict[bytes, bytes] = {}
        self._unbound: dict[bytes, int] = {}

    @property
    def names(self) -> Mapping[bytes, bytes]:
        """What each alias means."""
        return self._bound

    @property
    def unbound(self) -> Mapping[bytes, int]:
        """Until when each may be found that means nothing any more."""
        return self._unbound

    def recall(self, bound: Mapping[bytes, bytes], unbound: Mapping[bytes, int]) -> None:
        """What an earlier life has bound and unbound."""
        self._bound |= bound
        self._unbound |= unbound

    def bind(self, alias: bytes, group: bytes) -> Publish:
        """What binds an alias. `LocalError` for what is no name, and for one alias too many."""
        wishes.overlay_of(group, b"")
        if alias not in self._bound and len(self._bound) >= registry.limit("groups"):
            raise LocalError("this peer has as many aliases as it may have; unbind one of them")
        return redirect(alias, group, self._leaf)

    def bound(self, alias: bytes, group: bytes) -> None:
        """The alias is published."""
        self._unbound.pop(alias, None)
        self._bound[alias] = group

    def check_free(self, name: bytes, overlay: OverlayId) -> None:
        """`LocalError` where an alias stands in the place of a group."""
        if name in self._bound and names.overlay_id(name) == overlay:
            raise LocalError("this peer has bound an alias of that name; unbind it first")

    def unbind(self, alias: bytes, now: Now) -> list[Withdraw]:
        """An alias means nothing any more. `LocalError` for one that this peer has not bound."""
        if alias not in self._bound:
            raise LocalError("this peer has bound no such alias; bind before you unbind")
        del self._bound[alias]
        self._forget_expired(now)
        if len(self._unbound) >= registry.limit("groups"):
            # the one that nobody finds first
            del self._unbound[next(iter(self._unbound))]
        self._unbound[alias] = found_until(now.wall_ms)
        # REQ-GRP-14: which withdraws it
        return [Withdraw(place_of(alias))]

    def published(self) -> list[Publish]:
        """What publishes them all."""
        return [redirect(alias, group, self._leaf) for alias, group in self._bound.items()]

    def withdrawn(self, taken: Collection[Place], now: Now) -> list[Step]:
        """What withdraws those that others may find still; what is `taken` by something else stays."""
        self._forget_expired(now)
        for alias in [alias for alias in self._unbound if place_of(alias) in taken]:
            del self._unbound[alias]
        places = [place_of(alias) for alias in self._unbound]
        inherited = [Inherit(place, advertising.lifetime(), self._leaf) for place in places]
        return [*inherited, *map(Withdraw, places)]

    def stored(self, place: Place, stored: int, *, is_holder: bool) -> None:
        """So many have stored what was published last in that place."""
        for alias in [alias for alias in self._unbound if place_of(alias) == place]:
            if is_taken_down(stored, is_holder=is_holder):
                del self._unbound[alias]

    def _forget_expired(self, now: Now) -> None:
        for alias in [alias for alias, until in self._unbound.items() if until <= now.wall_ms]:
            del self._unbound[alias]

    def fingerprint(self) -> tuple[tuple[bytes, bytes | None], ...]:
        """All state but times, for the digest."""
        return *self._bound.items(), *((alias, None) for alias in self._unbound)
