"""The leaf of an envelope as the kit reads it: what an open overlay asks of it, and what a closed group does.

The certificates come out of the cryptography package, so what is not DER is told apart as finely as it does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, SignatureAlgorithmOID

from coterie_kit import registry
from coterie_kit.faults import Unreadable
from coterie_kit.keys.curve25519 import FIELD

__all__ = ["check_admission", "check_leaf", "check_speaker", "spki_of", "spki_of_authority"]

Result = TypeVar("Result")
Kind = TypeVar("Kind", bound=x509.ExtensionType)

DAY = 86_400
D = -121665 * pow(121666, -1, FIELD) % FIELD
# y of the points of order 1, 2, 4 and 8
SMALL = {0, 1, FIELD - 1} | {
    int.from_bytes(bytes.fromhex(text), "little")
    for text in (
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    )
}
MAY_BE_CRITICAL = {
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
}
ALGORITHMS = {SignatureAlgorithmOID.ED25519, SignatureAlgorithmOID.ECDSA_WITH_SHA256}


def check_leaf(leaf: bytes, wall_ms: int) -> x509.Certificate:
    """Implements REQ-LEF-1 to REQ-LEF-11 under the policy open. Unreadable with their reasons."""
    if len(leaf) > registry.limit("leaf"):
        raise Unreadable("leaf-too-long", "leaf")
    try:
        certificate = x509.load_der_x509_certificate(leaf)
    except x509.InvalidVersion:
        raise Unreadable("leaf-version", "leaf") from None
    except ValueError:
        raise Unreadable("leaf-encoding", "leaf") from None
    if certificate.version is not x509.Version.v3:
        raise Unreadable("leaf-version", "leaf")
    _judged(spki_of, certificate, "leaf-key")
    _check_point(certificate)
    if certificate.signature_algorithm_oid not in ALGORITHMS:
        raise Unreadable("leaf-signature-algorithm", "leaf")
    extensions = _judged(lambda found: found.extensions, certificate, "leaf-extension")
    if any(each.critical and each.oid not in MAY_BE_CRITICAL for each in extensions):
        raise Unreadable("leaf-extension", "leaf")
    _check_usage(certificate)
    _check_names(certificate)
    _check_time(certificate, wall_ms)
    check_validity(certificate, "leaf-validity-open")
    return certificate


def _judged(read: Callable[[x509.Certificate], Result], certificate: x509.Certificate, reason: str) -> Result:
    """What ``read`` finds, or the refusal when the library cannot."""
    try:
        return read(certificate)
    except (ValueError, x509.DuplicateExtension, TypeError):
        raise Unreadable(reason, "leaf") from None


def spki_of(certificate: x509.Certificate) -> bytes:
    """The public key as DER. Implements REQ-LEF-4: ValueError when it is of another kind."""
    key = certificate.public_key()
    good = isinstance(key, ed25519.Ed25519PublicKey) or (
        isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    )
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) if good else b""
    if not spki or spki not in certificate.tbs_certificate_bytes:
        raise ValueError("another key, or another form of it")
    return spki


def _check_point(certificate: x509.Certificate) -> None:
    """Implements REQ-LEF-5."""
    key = certificate.public_key()
    if not isinstance(key, ed25519.Ed25519PublicKey):
        return
    y = int.from_bytes(key.public_bytes_raw(), "little") % 2**255
    square = (y * y - 1) * pow(D * y * y + 1, -1, FIELD) % FIELD
    on_curve = pow(square, (FIELD - 1) // 2, FIELD) in {0, 1}
    if y >= FIELD or y in SMALL or not on_curve:
        raise Unreadable("leaf-small-order", "leaf")


def _check_usage(certificate: x509.Certificate) -> None:
    """Implements REQ-LEF-8."""
    usage = _extension(certificate, x509.KeyUsage)
    purposes = _extension(certificate, x509.ExtendedKeyUsage)
    basic = _extension(certificate, x509.BasicConstraints)
    bad = (
        usage is not None and not usage.digital_signature,
        purposes is not None and ExtendedKeyUsageOID.CLIENT_AUTH not in purposes,
        basic is not None and basic.ca,
    )
    if any(bad):
        raise Unreadable("leaf-usage", "leaf")


def _extension(certificate: x509.Certificate, kind: type[Kind]) -> Kind | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _check_names(certificate: x509.Certificate) -> None:
    """Implements REQ-LEF-9 for names of text."""
    alternative = _extension(certificate, x509.SubjectAlternativeName)
    texts = [str(each.value) for each in certificate.subject]
    texts += [str(each.value) for each in alternative or ()]
    empty = not list(certificate.subject) and not list(alternative or ())
    if empty or any(ord(sign) < 0x20 or 0x7F <= ord(sign) <= 0x9F for text in texts for sign in text):
        raise Unreadable("leaf-name", "leaf")


def _check_time(certificate: x509.Certificate, wall_ms: int) -> None:
    """Implements REQ-LEF-10."""
    now = wall_ms // 1000
    if now < certificate.not_valid_before_utc.timestamp():
        raise Unreadable("leaf-not-yet-valid", "leaf")
    if now > certificate.not_valid_after_utc.timestamp():
        raise Unreadable("leaf-expired", "leaf")


def check_validity(certificate: x509.Certificate, limit: str) -> None:
    """Implements REQ-LEF-11 for one policy; the limit is in days."""
    lasts = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    if lasts.total_seconds() > registry.limit(limit) * DAY:
        raise Unreadable("leaf-validity-too-long", "leaf")


def check_speaker(leaf: x509.Certificate, overlay: bytes, authority: bytes, wall_ms: int) -> None:
    """Implements REQ-VAL-14: the leaf of somebody that a closed group has admitted as member."""
    check_admission(leaf, overlay, authority, wall_ms)
    stated = [each.value for each in _extension(leaf, x509.SubjectAlternativeName) or ()]
    if stated != [f"urn:coterie:{overlay.hex()}:member"]:
        raise Unreadable("leaf-name", "leaf")


def check_admission(leaf: x509.Certificate, overlay: bytes, authority: bytes, wall_ms: int) -> None:
    """Implements REQ-LEF-11 to REQ-LEF-13 under the policy closed."""
    check_validity(leaf, "leaf-validity-closed")
    if _extension(leaf, x509.KeyUsage) is None or _extension(leaf, x509.ExtendedKeyUsage) is None:
        raise Unreadable("leaf-usage", "leaf")
    stated = list(_extension(leaf, x509.SubjectAlternativeName) or ())
    wanted = {f"urn:coterie:{overlay.hex()}:{role}" for role in ("member", "receiver")}
    is_uri = len(stated) == 1 and isinstance(stated[0], x509.UniformResourceIdentifier)
    if not is_uri or stated[0].value not in wanted:
        raise Unreadable("leaf-name", "leaf")
    if not _is_issued(leaf, x509.load_der_x509_certificate(authority), wall_ms):
        raise Unreadable("leaf-issuer", "leaf")


def _is_issued(leaf: x509.Certificate, authority: x509.Certificate, wall_ms: int) -> bool:
    """Implements REQ-LEF-13."""
    key = authority.public_key()
    basic = _extension(authority, x509.BasicConstraints)
    usage = _extension(authority, x509.KeyUsage)
    algorithm = leaf.signature_algorithm_oid
    if not isinstance(key, ec.EllipticCurvePublicKey) or algorithm != SignatureAlgorithmOID.ECDSA_WITH_SHA256:
        return False
    if basic is None or not basic.ca or usage is None or not usage.key_cert_sign:
        return False
    try:
        _check_time(authority, wall_ms)
        key.verify(leaf.signature, leaf.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))
    except (Unreadable, InvalidSignature):
        return False
    return leaf.issuer.public_bytes() == authority.subject.public_bytes()


def spki_of_authority(certificate: bytes) -> bytes | None:
    """The public key of an authority's certificate, or nothing where there is none of REQ-LEF-4."""
    try:
        return spki_of(x509.load_der_x509_certificate(certificate))
    except (ValueError, TypeError, x509.InvalidVersion):
        return None
