"""A resource: a kind and a name, and what is found of it among envelopes.

Implements REQ-VAL-1, REQ-VAL-4 and the order in which REQ-VAL-2 to REQ-VAL-16 are applied to many envelopes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from coterie.crypto import names
from coterie.errors import RemoteError
from coterie.values import checks, choosing, envelope, kinds, reading
from coterie.values.choosing import Found
from coterie.values.envelope import Checked
from coterie.vocabulary import OverlayId


@dataclass(frozen=True, slots=True)
class Resource:
    """What values are stored under: the name of a kind, and the octets of a name."""

    kind: str
    name: bytes

    @classmethod
    def of(cls, kind: str, name: bytes) -> Resource:
        """The resource of that kind and name. `LocalError` for an unknown kind, `RemoteError` `bad-group-id`
        for a name that the kind does not have (REQ-VAL-4)."""
        kinds.code_of(kind)
        checks.check_name(kind, name)
        return cls(kind, name)

    @property
    def key(self) -> bytes:
        """Where its values lie in the space of Node-IDs, 32 octets."""
        return names.resource_key(kinds.code_of(self.kind), self.name)


Place = tuple[Resource, bytes]
"""A resource and a slot of 16 octets: of one place a peer has one value."""


def found_in(
    resource: Resource, many: Iterable[bytes], overlay: OverlayId, wall_ms: int
) -> tuple[Found, ...]:
    """What a reader finds of a resource in envelopes in any order: those that count and are not refused."""
    accepted = (each for each in acceptable(many, overlay, wall_ms) if is_of(resource, each))
    chosen = choosing.ordered(choosing.counting(accepted))
    return tuple(readable(chosen, wall_ms))


def is_of(resource: Resource, checked: Checked) -> bool:
    """Whether an envelope is one of this resource."""
    return (checked.kind, checked.envelope.name) == (resource.kind, resource.name)


def acceptable(many: Iterable[bytes], overlay: OverlayId, wall_ms: int) -> Iterator[Checked]:
    """Those of the envelopes that pass REQ-VAL-2 to REQ-VAL-11; the others are left out."""
    for octets in many:
        try:
            yield envelope.check(octets, overlay, wall_ms)
        except RemoteError:
            continue


def readable(chosen: Iterable[Checked], wall_ms: int) -> Iterator[Found]:
    """Those of the chosen whose documents pass REQ-VAL-12 to REQ-VAL-14; the others are left out."""
    for each in chosen:
        try:
            document = reading.read(each, wall_ms)
        except RemoteError:
            continue
        if document is not None:
            yield Found(each, document)
