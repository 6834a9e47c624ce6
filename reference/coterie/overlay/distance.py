"""The space of Node-IDs and resource keys, 256 bits, and who in it is close to whom.

Implements the first paragraph of the Overlay chapter, and the buckets of REQ-OVL-5.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

BITS = 256

Id = TypeVar("Id", bound=bytes)


def distance(one: bytes, other: bytes) -> int:
    """How far two identifiers of 32 octets are from each other."""
    # the exclusive-or, as a number
    return int.from_bytes(one, "big") ^ int.from_bytes(other, "big")


def common_prefix(one: bytes, other: bytes) -> int:
    """How many bits, from the first on, two identifiers have in common: 0 to 256."""
    return BITS - distance(one, other).bit_length()


def closest(among: Iterable[Id], target: bytes, count: int) -> tuple[Id, ...]:
    """Those of `among` that are closest to `target`, at most `count`, the closest first."""
    return tuple(sorted(among, key=lambda each: distance(each, target))[:count])
