"""The leaf: the one certificate that a peer shows in an overlay, and the rules that admit it.

Implements REQ-LEF-1 to REQ-LEF-14, in their order. Under `open` the certificate only carries a key; under
`closed` it is an admission by the group's authority.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Literal

from coterie import registry
from coterie.crypto import certificate, edwards, keys, usage
from coterie.crypto.certificate import ECDSA_SHA256_ALGORITHM, ED25519_ALGORITHM, Certificate
from coterie.crypto.der import MalformedDer
from coterie.crypto.policy import Policy
from coterie.crypto.signature import PublicKey
from coterie.crypto.usage import Usage
from coterie.errors import RemoteError
from coterie.vocabulary import OverlayId

KeyKind = Literal["ed25519", "p256"]

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf that was checked: its DER, its key in three forms, and SHA-256 of the DER."""

    der: bytes
    spki: bytes
    public: PublicKey
    kind: KeyKind
    hash: bytes


@dataclass(frozen=True)
class Shown:
    """A certificate shown in an overlay at a time in seconds since 1970."""

    certificate: Certificate
    policy: Policy
    overlay: OverlayId
    wall_s: int

    @cached_property
    def usage(self) -> Usage:
        """What it says it is for, which several checks ask; `MalformedDer` if it cannot be read."""
        return usage.read(self.certificate)


def check_leaf(der: bytes, policy: Policy, overlay: OverlayId, wall_ms: int) -> Leaf:
    """The leaf in `der`, if it may be shown in `overlay` now; `RemoteError` with its first fault if not."""
    check_length(der)
    shown = Shown(read(der), policy, overlay, wall_ms // 1000)
    for check in CHECKS:
        check(shown)
    spki = shown.certificate.spki
    kind: KeyKind = "ed25519" if keys.is_ed25519(spki) else "p256"
    return Leaf(der, spki, keys.public_key(spki), kind, sha256(der).digest())


def check_length(der: bytes) -> None:
    """Refuse a leaf that is longer than its limit. Implements REQ-LEF-1."""
    # REQ-LEF-1: before anything is read, so that the work for a hostile leaf is bounded.
    if len(der) > registry.limit("leaf"):
        raise refusal("leaf-too-long", "REQ-LEF-1")


def read(der: bytes) -> Certificate:
    """The fields of exactly one certificate in strict DER. Implements REQ-LEF-2."""
    try:
        return certificate.parse(der)
    except MalformedDer as malformed:
        raise refusal("leaf-encoding", "REQ-LEF-2") from malformed


def check_version(shown: Shown) -> None:
    """Refuse all but X.509 version 3. Implements REQ-LEF-3."""
    # REQ-LEF-3: older ones have no extensions, so nothing says what they are for.
    if shown.certificate.version != certificate.VERSION_3:
        raise refusal("leaf-version", "REQ-LEF-3", "version")


def check_key(spki: bytes) -> None:
    """Refuse all but Ed25519 and uncompressed P-256. Implements REQ-LEF-4."""
    # REQ-LEF-4: the form of the key is compared with the two that there are, octet for octet.
    try:
        keys.public_key(spki)
    except ValueError as unusable:
        raise refusal("leaf-key", "REQ-LEF-4", "spki") from unusable


def check_small_order(spki: bytes) -> None:
    """Refuse an Ed25519 key that binds nothing. Implements REQ-LEF-5."""
    if not keys.is_ed25519(spki):
        return
    key = spki[len(keys.ED25519_SPKI) :]
    # REQ-LEF-5: under a key of small order, anyone can sign anything (the library does not look).
    if not edwards.is_canonical(key) or not edwards.is_on_curve(key) or edwards.has_small_order(key):
        raise refusal("leaf-small-order", "REQ-LEF-5", "spki")


def check_signature_algorithm(shown: Shown) -> None:
    """Refuse all signature algorithms but two. Implements REQ-LEF-6."""
    # REQ-LEF-6: also where nobody verifies it, so that a leaf is as good under open as under closed.
    stated = shown.certificate.algorithm
    if (
        stated not in {ED25519_ALGORITHM, ECDSA_SHA256_ALGORITHM}
        or stated != shown.certificate.inner_algorithm
    ):
        raise refusal("leaf-signature-algorithm", "REQ-LEF-6", "algorithm")


def check_extensions(shown: Shown) -> None:
    """Refuse an extension that stands twice, or that must be understood and is not. Implements REQ-LEF-7."""
    seen: set[bytes] = set()
    for extension in shown.certificate.extensions:
        # REQ-LEF-7: with two of one kind, readers differ in which one counts.
        if extension.oid in seen or (extension.critical and extension.oid not in usage.KNOWN):
            raise refusal("leaf-extension", "REQ-LEF-7", "extensions")
        seen.add(extension.oid)
    try:
        _ = shown.usage
    except MalformedDer as malformed:
        raise refusal("leaf-extension", "REQ-LEF-7", "extensions") from malformed


def check_usage(shown: Shown) -> None:
    """Refuse a certificate that says it is for something else. Implements REQ-LEF-8."""
    stated = shown.usage
    # REQ-LEF-8: the key signs, as a client of others; an authority's key must not be used for that.
    if stated.signs is False or stated.is_client is False or stated.is_authority:
        raise refusal("leaf-usage", "REQ-LEF-8", "extensions")


def check_names(shown: Shown) -> None:
    """Refuse a certificate for nobody, or with a name that hides a part of itself. Implements REQ-LEF-9."""
    stated = shown.usage
    # REQ-LEF-9: a name that ends early for one reader and not for another is two names.
    if not shown.certificate.subject.content and not stated.alternative_names:
        raise refusal("leaf-name", "REQ-LEF-9", "subject")
    if not usage.has_clean_names(shown.certificate):
        raise refusal("leaf-name", "REQ-LEF-9", "names")


def check_validity(shown: Shown) -> None:
    """Refuse a leaf before and after its time. Implements REQ-LEF-10."""
    # REQ-LEF-10: both ends belong to the validity (RFC 5280, section 4.1.2.5).
    if shown.wall_s < shown.certificate.not_before:
        raise refusal("leaf-not-yet-valid", "REQ-LEF-10", "not_before")
    if shown.wall_s > shown.certificate.not_after:
        raise refusal("leaf-expired", "REQ-LEF-10", "not_after")


def check_lifetime(shown: Shown) -> None:
    """Refuse a leaf that lives longer than its policy allows. Implements REQ-LEF-11."""
    days = registry.limit("leaf-validity-closed" if shown.policy.is_closed else "leaf-validity-open")
    # REQ-LEF-11: under closed, not renewing is the revocation.
    if shown.certificate.not_after - shown.certificate.not_before > days * DAY_S:
        raise refusal("leaf-validity-too-long", "REQ-LEF-11", "not_after")


def check_admission(shown: Shown) -> None:
    """Under closed: refuse what is no admission to this overlay. Implements REQ-LEF-12."""
    if not shown.policy.is_closed:
        return
    stated = shown.usage
    # REQ-LEF-12: an admission says what it is for, and to which overlay, and nothing besides.
    if not (stated.signs and stated.is_client):
        raise refusal("leaf-usage", "REQ-LEF-12", "extensions")
    admitted = {usage.uri(f"urn:coterie:{shown.overlay.hex()}:{role}") for role in ("member", "receiver")}
    if len(stated.alternative_names) != 1 or stated.alternative_names[0] not in admitted:
        raise refusal("leaf-name", "REQ-LEF-12", "subject_alternative_name")


def check_issuer(shown: Shown) -> None:
    """Under closed: refuse what the authority did not sign. Implements REQ-LEF-13 and REQ-LEF-14."""
    # REQ-LEF-14: under open nobody asks who signed the certificate.
    if shown.policy.authority is None:
        return
    # REQ-LEF-13: name, signature, and an authority that may still sign.
    if not shown.policy.authority.issued(shown.certificate, shown.wall_s):
        raise refusal("leaf-issuer", "REQ-LEF-13", "issuer")


# The order of REQ-LEF-3 to REQ-LEF-14. Looked up when called, so that each rule can be replaced here.
CHECKS: tuple[Callable[[Shown], None], ...] = (
    lambda shown: check_version(shown),
    lambda shown: check_key(shown.certificate.spki),
    lambda shown: check_small_order(shown.certificate.spki),
    lambda shown: check_signature_algorithm(shown),
    lambda shown: check_extensions(shown),
    lambda shown: check_usage(shown),
    lambda shown: check_names(shown),
    lambda shown: check_validity(shown),
    lambda shown: check_lifetime(shown),
    lambda shown: check_admission(shown),
    lambda shown: check_issuer(shown),
)


def refusal(reason: str, requirement: str, field: str | None = None) -> RemoteError:
    """The refusal of a leaf; `field` is a part of the certificate."""
    return RemoteError(reason, requirement=requirement, field=f"leaf.{field}" if field else "leaf")
