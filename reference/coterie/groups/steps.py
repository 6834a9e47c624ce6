"""What group management wants to have done in other overlays: the closed set of its outputs, in order.

Implements nothing itself. The peer carries the steps out, one after the other, and hands back what comes of
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coterie.effects import Field
from coterie.standing import Trust
from coterie.values.resource import Place, Resource
from coterie.vocabulary import Address, NodeId, OverlayId


@dataclass(frozen=True, slots=True)
class Fetch:
    """Fetch a resource; the number tells whose answer it is."""

    number: int
    resource: Resource


@dataclass(frozen=True, slots=True)
class Publish:
    """Publish, and go on refreshing. `lifetime` in seconds; `leaf` is DER."""

    resource: Resource
    slot: bytes
    lifetime: int
    value: bytes
    leaf: bytes

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.resource, self.slot


@dataclass(frozen=True, slots=True)
class Rest:
    """Go on refreshing no more, and do not withdraw."""

    place: Place


@dataclass(frozen=True, slots=True)
class Inherit:
    """Something may be found there that was published before this peer came into the main overlay: have it
    withdrawn when that is wanted. `lifetime` in seconds; `leaf` is DER."""

    place: Place
    lifetime: int
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Have nobody find it any more."""

    place: Place


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask a contact of the main overlay to create a group; the number tells whose answer it is. `info` is a
    document in octets."""

    number: int
    node: NodeId
    group: bytes
    info: bytes


@dataclass(frozen=True, slots=True)
class Enter:
    """Be in the overlay of a group. `leaf` is DER."""

    trust: Trust
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Create:
    """Begin the group there: a view of one."""

    overlay: OverlayId


@dataclass(frozen=True, slots=True)
class Join:
    """The verb join, with these contacts; `are_named` unless the peer knows them of an earlier life."""

    overlay: OverlayId
    contacts: tuple[Address, ...]
    are_named: bool = True


@dataclass(frozen=True, slots=True)
class Leave:
    """The verb leave."""

    overlay: OverlayId


@dataclass(frozen=True, slots=True)
class Exit:
    """Be in that overlay no more, and forget everything of it."""

    overlay: OverlayId


@dataclass(frozen=True, slots=True)
class Tell:
    """An event in the main overlay."""

    name: str
    fields: Mapping[str, Field]


Step = Fetch | Ask | Publish | Rest | Inherit | Withdraw | Enter | Create | Join | Leave | Exit | Tell
