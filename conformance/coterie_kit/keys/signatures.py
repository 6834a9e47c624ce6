"""Keys of leaves: how they sign, and how their signatures are checked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from coterie_kit.keys import p256

__all__ = ["SigningKey", "verify"]

# The cases of a seed make the same keys and sign the same octets for each peer that is asked: what came of
# the last few thousand is remembered. Both kinds of signatures are deterministic, so nobody can tell.
REMEMBERED = 1 << 13


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key of one of the two kinds that leaves have."""

    private: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey

    @classmethod
    def from_octets(cls, octets: bytes, kind: str = "ed25519") -> SigningKey:
        """The key that 32 octets make: the same octets, the same key."""
        return cls(_private(octets, kind))

    @classmethod
    def from_pkcs8(cls, octets: bytes) -> SigningKey:
        """The key in DER. TypeError when it is of another kind."""
        private = load_der_private_key(octets, None)
        if not isinstance(private, ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey):
            raise TypeError("a leaf has no key of that kind")
        return cls(private)

    @property
    def spki(self) -> bytes:
        """The public key as DER."""
        return _spki(self.private)

    @property
    def pkcs8(self) -> bytes:
        """The private key as DER."""
        return _pkcs8(self.private)

    @property
    def kind(self) -> str:
        """``ed25519`` or ``p256``."""
        return "ed25519" if isinstance(self.private, ed25519.Ed25519PrivateKey) else "p256"

    def sign(self, octets: bytes) -> bytes:
        """64 octets, as the trailer of a signed frame carries them."""
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return _signed(self.private, octets)
        r, s = decode_dss_signature(self.sign_der(octets))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def sign_der(self, octets: bytes) -> bytes:
        """The signature as certificates carry it."""
        return _signed(self.private, octets)


Private = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


@lru_cache(REMEMBERED)
def _private(octets: bytes, kind: str) -> Private:
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(octets)
    scalar = int.from_bytes(octets, "big") % (p256.ORDER - 1) + 1
    return ec.derive_private_key(scalar, ec.SECP256R1())


@lru_cache(REMEMBERED)
def _spki(private: Private) -> bytes:
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@lru_cache(REMEMBERED)
def _pkcs8(private: Private) -> bytes:
    return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@lru_cache(REMEMBERED)
def _signed(private: Private, octets: bytes) -> bytes:
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return private.sign(octets)
    # RFC 6979: the second run of a seed gives the same octets
    return private.sign(octets, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


@lru_cache(REMEMBERED)
def verify(spki: bytes, octets: bytes, signature: bytes) -> bool:
    """Whether 64 octets are a signature over ``octets`` by the key of ``spki``."""
    public = load_der_public_key(spki)
    try:
        if isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(signature, octets)
        elif isinstance(public, ec.EllipticCurvePublicKey):
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            public.verify(encode_dss_signature(r, s), octets, ec.ECDSA(hashes.SHA256()))
        else:
            return False
    except (InvalidSignature, ValueError):
        return False
    return True
