"""Who may take part in an overlay: anyone with a key, or whom the group's authority admitted.

Implements the authority's half of REQ-LEF-13.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256

from coterie.crypto import certificate, keys, usage
from coterie.crypto.certificate import ECDSA_SHA256_ALGORITHM, Certificate
from coterie.crypto.der import MalformedDer
from coterie.errors import LocalError


@dataclass(frozen=True, slots=True)
class Authority:
    """The authority of a closed group, as its certificate shows it."""

    certificate: Certificate

    @property
    def spki(self) -> bytes:
        """Its key, whose hash names the group."""
        return self.certificate.spki

    def issued(self, leaf: Certificate, wall_s: int) -> bool:
        """Whether it signed that leaf and may sign at that time. Implements REQ-LEF-13."""
        return (
            is_named_by(self.certificate, leaf)
            and may_sign(self.certificate)
            and is_in_time(self.certificate, wall_s)
            and has_signed(self.certificate, leaf)
        )


def is_named_by(authority: Certificate, leaf: Certificate) -> bool:
    """Whether the leaf names the authority as its issuer, octet for octet."""
    return leaf.issuer.raw == authority.subject.raw


def may_sign(authority: Certificate) -> bool:
    """Whether the certificate is one of an authority: cA true, and keyUsage with keyCertSign."""
    try:
        stated = usage.read(authority)
    except MalformedDer:
        return False
    return stated.is_authority and bool(stated.signs_certificates)


def is_in_time(authority: Certificate, wall_s: int) -> bool:
    """Whether the authority itself is valid at that time."""
    return authority.not_before <= wall_s <= authority.not_after


def has_signed(authority: Certificate, leaf: Certificate) -> bool:
    """Whether the leaf's signature is one by the authority's P-256 key, with SHA-256."""
    if leaf.algorithm != ECDSA_SHA256_ALGORITHM:
        return False
    try:
        keys.p256(authority.spki).verify(leaf.signature, leaf.signed, ECDSA(SHA256()))
    except (ValueError, InvalidSignature):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy of an overlay: closed under an authority, or open."""

    authority: Authority | None = None

    @property
    def is_closed(self) -> bool:
        """Whether only whom the authority admitted may take part."""
        return self.authority is not None


OPEN = Policy()


def closed(authority_der: bytes) -> Policy:
    """The policy of a group closed under that authority; `LocalError` if that is no certificate.

    An authority that cannot admit anybody is not refused here: each leaf is, by REQ-LEF-13.
    """
    try:
        return Policy(Authority(certificate.parse(authority_der)))
    except MalformedDer as unreadable:
        raise LocalError(
            "the authority is no certificate in DER; give the one of 'coterie authority new'"
        ) from unreadable
