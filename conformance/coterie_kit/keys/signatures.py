"""Keys of leaves: how they sign, and how their signatures are checked."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key of one of the two kinds that leaves have."""

    private: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey

    @classmethod
    def from_octets(cls, octets: bytes, kind: str = "ed25519") -> SigningKey:
        """The key that 32 octets make: the same octets, the same key."""
        if kind == "ed25519":
            return cls(ed25519.Ed25519PrivateKey.from_private_bytes(octets))
        scalar = int.from_bytes(octets, "big") % (p256.ORDER - 1) + 1
        return cls(ec.derive_private_key(scalar, ec.SECP256R1()))

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
        return self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def pkcs8(self) -> bytes:
        """The private key as DER."""
        return self.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    @property
    def kind(self) -> str:
        """``ed25519`` or ``p256``."""
        return "ed25519" if isinstance(self.private, ed25519.Ed25519PrivateKey) else "p256"

    def sign(self, octets: bytes) -> bytes:
        """64 octets, as the trailer of a signed frame carries them."""
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(octets)
        r, s = decode_dss_signature(self.sign_der(octets))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def sign_der(self, octets: bytes) -> bytes:
        """The signature as certificates carry it."""
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(octets)
        # RFC 6979: the second run of a seed gives the same octets
        return self.private.sign(octets, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


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
