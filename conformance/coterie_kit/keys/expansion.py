"""HKDF (RFC 5869) and HMAC with SHA-256, from the definition."""

from __future__ import annotations

import hmac

__all__ = ["expand", "extract", "mac"]

_BLOCK = 32


def mac(key: bytes, octets: bytes) -> bytes:
    """HMAC with SHA-256."""
    return hmac.digest(key, octets, "sha256")


def extract(salt: bytes, material: bytes) -> bytes:
    """HKDF-Extract; no salt is a block of zeros."""
    return mac(salt or bytes(_BLOCK), material)


def expand(key: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand to ``length`` octets, at most 255 blocks."""
    if length > 255 * _BLOCK:
        raise ValueError("HKDF gives at most 8160 octets")
    made, block = b"", b""
    for number in range(1, -(-length // _BLOCK) + 1):
        block = mac(key, block + info + bytes([number]))
        made += block
    return made[:length]
