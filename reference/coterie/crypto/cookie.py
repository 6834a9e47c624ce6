"""What binds a handshake before there is a signature: the cookie of RETRY and the transcript of the HELLOs.

Implements the formulas of REQ-SES-1 and REQ-SES-10. Addresses come as their 18 octets of the wire.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from coterie import registry
from coterie.vocabulary import OverlayId


def cookie(secret: bytes, address: bytes, overlay: OverlayId, nonce: bytes, bucket: int) -> bytes:
    """The cookie for a greeter at `address`, 32 octets. Implements REQ-SES-1."""
    bound = registry.label("cookie") + address + overlay + nonce + bucket.to_bytes(8, "big")
    return hmac.digest(secret, bound, "sha256")


def same(left: bytes, right: bytes) -> bool:
    """Whether two cookies or MACs are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(left, right)


def hello_transcript(hello1: bytes, retry: bytes) -> bytes:
    """The transcript that HELLO2 and HELLO3 carry, over the two whole frames, 32 octets."""
    return sha256(registry.label("hello-transcript") + hello1 + retry).digest()
