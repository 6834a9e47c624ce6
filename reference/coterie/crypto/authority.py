"""The authority of a closed group: a P-256 certificate authority that admits keys for a week at most.

Implements the making of what REQ-LEF-12 and REQ-LEF-13 check. Issuing is out of band: nothing on the wire
asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from coterie import registry
from coterie.crypto import certificate, identity, keys, leaf, names
from coterie.crypto.der import MalformedDer
from coterie.crypto.identity import Validity
from coterie.crypto.signature import PrivateKey, PublicKey
from coterie.errors import LocalError, RemoteError
from coterie.vocabulary import OverlayId

Role = Literal["member", "receiver"]
ROLES: tuple[Role, ...] = ("member", "receiver")
PEM = b"-----BEGIN"


@dataclass(frozen=True, slots=True)
class Issuer:
    """An authority that can issue: its private key, and its certificate in DER."""

    key: EllipticCurvePrivateKey
    certificate: bytes

    @property
    def hash(self) -> bytes:
        """What its groups are named by, 32 octets."""
        return names.authority_hash(identity.spki_of(self.key))


@dataclass(frozen=True, slots=True)
class Admission:
    """Whom to admit: the key (SPKI), into which overlay, as what, when, under which serial number."""

    spki: bytes
    overlay: OverlayId
    role: Role
    validity: Validity
    serial: int


def new_authority(key: PrivateKey, name: str, validity: Validity, serial: int) -> bytes:
    """The certificate of a new authority, in DER, self-signed. `LocalError` unless the key is on P-256."""
    subject = identity.common_name(name)
    public = curve_key(key).public_key()
    builder = (
        identity.begin(subject, public, validity, serial)
        .issuer_name(subject)
        # The path ends here: an authority admits leaves, never another authority.
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(identity.key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    return identity.sign(builder, key)


def curve_key(key: PrivateKey) -> EllipticCurvePrivateKey:
    """The key, if an authority can have it. `LocalError` if not."""
    if not isinstance(key, EllipticCurvePrivateKey):
        raise LocalError("an authority has a P-256 key; make one with 'coterie authority new'")
    return key


def load_issuer(key: PrivateKey, certificate_der: bytes) -> Issuer:
    """The authority of that key and certificate. `LocalError` if they do not belong together."""
    return Issuer(curve_key(key), identity.pair(key, certificate_der).leaf)


def issue(issuer: Issuer, admission: Admission) -> bytes:
    """An admission certificate in DER: a leaf for the closed overlay, and for no other.

    `LocalError` for a key that no leaf may have, a validity above seven days, or one that the authority's own
    does not hold, and where an authority's long name makes the leaf too long.
    """
    authority = x509.load_der_x509_certificate(issuer.certificate)
    check_term(certificate.parse(issuer.certificate), admission.validity)
    builder = (
        # The subject says nothing that the name of the overlay does not; it is left empty.
        identity.begin(x509.Name([]), public_key(admission.spki), admission.validity, admission.serial)
        .issuer_name(authority.subject)
        .add_extension(x509.SubjectAlternativeName([admission_name(admission)]), critical=True)
        .add_extension(key_identifier(authority), critical=False)
    )
    made = identity.sign(identity.add_client_usage(builder), issuer.key)
    if len(made) > registry.limit("leaf"):
        raise LocalError(f"the leaf would have {len(made)} octets; give the authority a shorter name")
    return made


def admission_name(admission: Admission) -> x509.UniformResourceIdentifier:
    """The one name of an admission: where to, and as what."""
    return x509.UniformResourceIdentifier(f"urn:coterie:{admission.overlay.hex()}:{admission.role}")


def key_identifier(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """Which key of the authority signed, for tools that look for it."""
    stated = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(stated)


def check_term(authority: certificate.Certificate, validity: Validity) -> None:
    """`LocalError` for a term that no receiver would accept."""
    days = registry.limit("leaf-validity-closed")
    if validity.not_after - validity.not_before > days * leaf.DAY_S:
        raise LocalError(f"an admission is valid for at most {days} days; renew it instead")
    if validity.not_before < authority.not_before or validity.not_after > authority.not_after:
        raise LocalError(
            "the authority's own certificate is not valid that long; make a new one with the same key"
        )


def public_key(spki: bytes) -> PublicKey:
    """The key of an SPKI, if a leaf may have it. `LocalError` if not."""
    try:
        leaf.check_key(spki)
        leaf.check_small_order(spki)
    except RemoteError as refused:
        raise LocalError(
            f"the key cannot be admitted ({refused.reason}); ask for an Ed25519 or P-256 key"
        ) from refused
    return keys.public_key(spki)


def subject_key(octets: bytes) -> bytes:
    """The SPKI in a file: of a leaf or of a public key, in PEM or in DER. `LocalError` if it has neither."""
    try:
        der = identity.certificate_from_pem(octets) if identity.PEM_BEGIN in octets else octets
        return certificate.parse(der).spki
    except MalformedDer:
        read = load_pem_public_key if PEM in octets else load_der_public_key
    try:
        return read(octets).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm) as unreadable:
        raise LocalError("the file has neither a certificate nor a public key in it") from unreadable
