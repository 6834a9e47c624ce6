"""The two kinds of public key, and the one form that each has as SubjectPublicKeyInfo.

Implements the forms of REQ-LEF-4 (RFC 8410; RFC 5480). Only the last octets of an SPKI differ among the keys
of a kind, so a key is told by the octets before them.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from coterie.crypto.signature import PublicKey

ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")
P256_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
ED25519_SIZE, P256_SIZE = 32, 64
REMEMBERED = 128
"""How many public keys are remembered as loaded: several checks ask for the key of one leaf."""


def is_ed25519(spki: bytes) -> bool:
    """Whether the SPKI has the form of an Ed25519 key."""
    return spki.startswith(ED25519_SPKI) and len(spki) == len(ED25519_SPKI) + ED25519_SIZE


def is_p256(spki: bytes) -> bool:
    """Whether the SPKI has the form of an uncompressed P-256 key."""
    return spki.startswith(P256_SPKI) and len(spki) == len(P256_SPKI) + P256_SIZE


def p256(spki: bytes) -> EllipticCurvePublicKey:
    """The P-256 key of an SPKI of that form; ValueError for another form, or a point off the curve."""
    if not is_p256(spki):
        raise ValueError("no SPKI of an uncompressed P-256 key")
    return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), spki[len(P256_SPKI) - 1 :])


@lru_cache(REMEMBERED)
def public_key(spki: bytes) -> PublicKey:
    """The key of an SPKI in one of the two forms; ValueError for another, or a point off the curve."""
    if is_ed25519(spki):
        return Ed25519PublicKey.from_public_bytes(spki[len(ED25519_SPKI) :])
    return p256(spki)
