"""Signatures by leaf keys: 64 octets, whether Ed25519 or ECDSA on P-256.

Implements the signature of REQ-FRM-14. ECDSA is written as r and s, 32 octets each, and its nonces are
derived from key and message (RFC 6979), so that no weak randomness can give a key away.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from coterie.errors import RemoteError

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey
PublicKey = Ed25519PublicKey | EllipticCurvePublicKey

SIGNATURE_SIZE = 64
HALF = SIGNATURE_SIZE // 2
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def sign(key: PrivateKey, octets: bytes) -> bytes:
    """The signature of `octets`, 64 octets; the same again for the same key and octets."""
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(octets)
    r, s = decode_dss_signature(key.sign(octets, ECDSA(SHA256(), deterministic_signing=True)))
    return r.to_bytes(HALF, "big") + s.to_bytes(HALF, "big")


def verify(key: PublicKey, octets: bytes, signature: bytes) -> None:
    """Refuse a signature that is not by `key`. Implements REQ-FRM-14; `RemoteError` with `bad-signature`."""
    if not holds(key, octets, signature):
        raise RemoteError("bad-signature", requirement="REQ-FRM-14", field="signature")


def holds(key: PublicKey, octets: bytes, signature: bytes) -> bool:
    """Whether `signature` is one of `octets` by `key`."""
    if len(signature) != SIGNATURE_SIZE:
        return False
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, octets)
        else:
            key.verify(_as_der(signature), octets, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _as_der(signature: bytes) -> bytes:
    r, s = int.from_bytes(signature[:HALF], "big"), int.from_bytes(signature[HALF:], "big")
    # REQ-FRM-14: r and s are 1 to n-1; a larger one would be a second encoding of the same number.
    if not (1 <= r < P256_ORDER and 1 <= s < P256_ORDER):
        raise InvalidSignature
    return encode_dss_signature(r, s)
