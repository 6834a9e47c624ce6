"""Other names of groups.

Implements REQ-GRP-14.
"""

from __future__ import annotations

from collections.abc import Mapping

from coterie import documents, registry
from coterie.crypto import names
from coterie.documents import GroupIdRedirect
from coterie.errors import LocalError, RemoteError
from coterie.groups import advertising, wishes
from coterie.groups.steps import Place, Publish, Withdraw
from coterie.values import kinds
from coterie.values.resource import Resource
from coterie.vocabulary import OverlayId


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


class Aliases:
    """What one peer has bound. `leaf` (DER) is shown with each."""

    def __init__(self, leaf: bytes) -> None:
        self._leaf = leaf
        self._bound: dict[bytes, bytes] = {}

    @property
    def names(self) -> Mapping[bytes, bytes]:
        """What each alias means."""
        return self._bound

    def bind(self, alias: bytes, group: bytes) -> Publish:
        """What binds an alias. `LocalError` for what is no name, and for one alias too many."""
        wishes.overlay_of(group, b"")
        if alias not in self._bound and len(self._bound) >= registry.limit("groups"):
            raise LocalError("this peer has as many aliases as it may have; unbind one of them")
        return redirect(alias, group, self._leaf)

    def bound(self, alias: bytes, group: bytes) -> None:
        """The alias is published."""
        self._bound[alias] = group

    def check_free(self, name: bytes, overlay: OverlayId) -> None:
        """`LocalError` where an alias stands in the place of a group."""
        if name in self._bound and names.overlay_id(name) == overlay:
            raise LocalError("this peer has bound an alias of that name; unbind it first")

    def unbind(self, alias: bytes) -> list[Withdraw]:
        """An alias means nothing any more. `LocalError` for one that this peer has not bound."""
        if alias not in self._bound:
            raise LocalError("this peer has bound no such alias; bind before you unbind")
        del self._bound[alias]
        # REQ-GRP-14: which withdraws it
        return [Withdraw(place_of(alias))]

    def published(self) -> list[Publish]:
        """What publishes them all."""
        return [redirect(alias, group, self._leaf) for alias, group in self._bound.items()]

    def fingerprint(self) -> tuple[tuple[bytes, bytes], ...]:
        """All state, for the digest."""
        return tuple(self._bound.items())
