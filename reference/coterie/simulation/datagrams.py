"""What a bystander can tell of a datagram: its type, without opening it."""

from __future__ import annotations

from functools import cache

from coterie import registry

TYPE_AT = 3
"""Where the octet of the frame type stands in the header."""

OVERLAY_AT = 8
OVERLAY_SIZE = 16
"""Where the Overlay-ID stands in it."""


@cache
def _names() -> tuple[str, ...]:
    rows = registry.frame_types()
    return tuple(rows[code].name if code in rows else "" for code in range(256))


def kind_of(datagram: bytes) -> str:
    """The name of the frame type, empty for a datagram that has none."""
    return _names()[datagram[TYPE_AT]] if len(datagram) > TYPE_AT else ""


def overlay_of(datagram: bytes) -> bytes:
    """The Overlay-ID in the header; shorter for a datagram that has none."""
    return datagram[OVERLAY_AT : OVERLAY_AT + OVERLAY_SIZE]
