"""HKDF with SHA-256, as RFC 5869 has it."""

from __future__ import annotations

import hmac

from coterie import registry
from coterie.errors import LocalError

HASH = "sha256"
HASH_SIZE = 32


def extract(salt: bytes, material: bytes) -> bytes:
    """A pseudorandom key, 32 octets. An empty salt is the same as 32 zero octets (RFC 5869, section 2.2)."""
    return hmac.digest(salt, material, HASH)


def expand(secret: bytes, info: bytes, length: int) -> bytes:
    """`length` octets from a pseudorandom key, 1 to 8,160; `LocalError` outside that."""
    # RFC 5869, section 2.3: at most 255 blocks, because the block counter is one octet.
    if not 1 <= length <= registry.limit("export"):
        raise LocalError(f"{length} octets cannot be derived; ask for 1 to {registry.limit('export')}")
    material = block = b""
    for counter in range(1, -(-length // HASH_SIZE) + 1):
        block = hmac.digest(secret, block + info + bytes([counter]), HASH)
        material += block
    return material[:length]
