"""Labels and the names made with them."""

from __future__ import annotations

import hashlib
import ipaddress

__all__ = [
    "address_octets",
    "contact",
    "digest",
    "label",
    "node_id",
    "overlay_id",
    "peer_id",
    "split_address",
]


def label(name: str) -> bytes:
    """The octets that separate one use of a hash or key from all others."""
    return b"coterie/1 " + name.encode("ascii") + b"\x00"


def digest(*parts: bytes) -> bytes:
    """SHA-256 over the parts, one after the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def peer_id(spki: bytes) -> bytes:
    """Implements REQ-NAM-1."""
    return digest(label("peer-id"), spki)


def node_id(overlay: bytes, spki: bytes) -> bytes:
    """Implements REQ-NAM-2."""
    return digest(label("node-id"), overlay, spki)


def overlay_id(group: bytes, authority: bytes = b"") -> bytes:
    """Implements REQ-NAM-4; ``authority`` is the hash of the authority's public key, or nothing."""
    return digest(label("overlay-id"), bytes([len(group)]), group, authority)[:16]


def split_address(address: str) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]:
    """``192.0.2.1:4000`` or ``[2001:db8::1]:4000`` as address and port."""
    host, _, port = address.rpartition(":")
    return ipaddress.ip_address(host.strip("[]")), int(port)


def contact(address: str) -> tuple[bytes, int]:
    """The 16 octets (IPv4 mapped) and the port of ``address``."""
    host, port = split_address(address)
    mapped = bytes(10) + b"\xff\xff" + host.packed if host.version == 4 else host.packed
    return mapped, port


def address_octets(address: str) -> bytes:
    """The 18 octets of ``address``."""
    host, port = contact(address)
    return host + port.to_bytes(2, "big")
