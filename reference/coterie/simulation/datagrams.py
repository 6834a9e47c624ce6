"""What a bystander can tell of a datagram: its type, without opening it."""

from __future__ import annotations

from functools import cache

from coterie import registry

TYPE_AT = 3
"""Where the octet of the frame type stands in the header."""


@cache
def _names() -> tuple[str, ...]:
    rows = registry.frame_types()
    return tuple(rows[code].name if code in rows else "" for code in range(256))


def kind_of(datagram: bytes) -> str:
    """The name of the frame type, empty for a datagram that has none."""
    return _names()[datagram[TYPE_AT]] if len(datagram) > TYPE_AT else ""
