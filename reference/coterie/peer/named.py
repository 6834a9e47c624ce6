"""What the user of a peer names when it publishes and fetches.

Implements the arguments of the actions with the membership none of the Test interface chapter. Nothing is
checked here: what stored values are is slow to import, and is known where there are some.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class ResourceName(NamedTuple):
    """A resource: the name of a kind, and the octets of a name."""

    kind: str
    name: bytes


@dataclass(frozen=True, slots=True)
class Value:
    """What is to be found under a resource: in a slot of 16 octets, for `lifetime` seconds. `leaf` is the
    publisher's in DER, None for the one that the peer shows in the overlay."""

    resource: ResourceName
    slot: bytes
    lifetime: int
    value: bytes
    leaf: bytes | None = None
