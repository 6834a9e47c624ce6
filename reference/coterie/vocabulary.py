"""The words that every floor shares: addresses, instants, identifiers of overlays, peers and views.

Implements the Names chapter of `spec/`. Only the standard library; nothing here reads a clock or a socket.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, NewType

from coterie.errors import LocalError

OverlayId = NewType("OverlayId", bytes)
"""16 octets: names an overlay in every frame header."""

NodeId = NewType("NodeId", bytes)
"""32 octets: names a peer within one overlay."""

ViewId = NewType("ViewId", bytes)
"""16 octets: counter as u64, then the first 8 octets of the INSTALL digest."""

COUNTER_SIZE = 8

NO_VIEW = ViewId(bytes(16))
ALL_NODES = NodeId(bytes(32))

READ = 1024
"""Addresses whose text was read lately: whoever is driven line by line reads the same few in every line."""

Entropy = Callable[[str, bytes, int], bytes]
"""`entropy(label, context, length)`: `length` fresh octets for one registered draw."""


def counter_of(view: ViewId) -> int:
    """The counter in a view id; 0 in zeros."""
    return int.from_bytes(view[:COUNTER_SIZE], "big")


@dataclass(frozen=True, slots=True, order=True)
class Now:
    """An instant in two clocks, both integers of milliseconds: monotonic, and since the Unix epoch."""

    mono_ms: int
    wall_ms: int


class Address(NamedTuple):
    """Where a datagram comes from or goes to: a literal address in canonical text, and a UDP port. Every
    datagram is looked up by it, and so it is as light as can be."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read `192.0.2.1:4000` or `[2001:db8::1]:4000`; `LocalError` if it is neither."""
        return _parse(text)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@lru_cache(READ)
def _parse(text: str) -> Address:
    host, separator, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        literal = ipaddress.ip_address(bare)
        number = int(port) if port.isascii() and port.isdigit() else -1
    except ValueError:
        number = -1
    if not separator or not 0 <= number <= 0xFFFF or (literal.version == 6) != host.startswith("["):
        raise LocalError(f"{text!r} is no address; write 192.0.2.1:4000 or [2001:db8::1]:4000")
    return Address(str(literal), number)
