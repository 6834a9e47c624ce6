"""A peer's own key and leaf: made, read, and written as files that other tools read too.

Implements the making of what REQ-LEF-1 to REQ-LEF-14 check. Keys are PKCS#8, leaves X.509, both in DER or in
PEM. Randomness and times are handed in.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from coterie.crypto import certificate
from coterie.crypto.der import MalformedDer
from coterie.crypto.leaf import KeyKind
from coterie.crypto.signature import PrivateKey, PublicKey
from coterie.crypto.suites import Suite2
from coterie.errors import LocalError

KEY_OCTETS = 48  # what a new private key is made of, whatever its kind
ED25519_OCTETS = 32
LONGEST_NAME = 64  # octets of a common name in UTF-8 (RFC 5280, appendix A.1, has it in characters)
PEM_BEGIN, PEM_END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
PEM_LINE = 64


@dataclass(frozen=True, slots=True)
class Validity:
    """When a certificate is valid: both ends belong to it, in whole seconds since 1970."""

    not_before: int
    not_after: int


@dataclass(frozen=True, slots=True)
class Identity:
    """A peer's private key, and the leaf (DER) that shows its public half."""

    key: PrivateKey
    leaf: bytes

    @property
    def spki(self) -> bytes:
        """The key that all names of the peer are made of, as DER SubjectPublicKeyInfo."""
        return spki_of(self.key)


def load_identity(key_der: bytes, leaf_der: bytes) -> Identity:
    """The identity of a PKCS#8 key and its leaf. `LocalError` if they do not belong together."""
    return pair(load_private_key(key_der), leaf_der)


def pair(key: PrivateKey, leaf_der: bytes) -> Identity:
    """The identity of a key and its leaf. `LocalError` if they do not belong together.

    Whether others will accept the leaf is not asked: that is theirs to check.
    """
    try:
        shown = certificate.parse(leaf_der).spki
    except MalformedDer as unreadable:
        raise LocalError(
            "the leaf is no certificate in DER; make one with 'coterie identity new'"
        ) from unreadable
    if shown != spki_of(key):
        raise LocalError("the leaf is not one of this key; give the two files of one 'coterie identity new'")
    return Identity(key, leaf_der)


def new_private_key(kind: KeyKind, octets: bytes) -> PrivateKey:
    """A private key made of 48 random octets."""
    if len(octets) != KEY_OCTETS:
        raise LocalError(f"a key is made of {KEY_OCTETS} octets, not {len(octets)}")
    if kind == "ed25519":
        return Ed25519PrivateKey.from_private_bytes(octets[:ED25519_OCTETS])
    return derive_private_key(int.from_bytes(Suite2().scalar_from_draw(octets), "big"), SECP256R1())


def load_private_key(octets: bytes) -> PrivateKey:
    """The private key in PKCS#8 DER, or in a PEM file. `LocalError` if there is none of the two kinds."""
    read = load_pem_private_key if b"-----BEGIN" in octets else load_der_private_key
    try:
        key = read(octets, None)
    except (ValueError, TypeError) as unreadable:
        raise LocalError("the private key cannot be read; give PKCS#8 without a password") from unreadable
    if isinstance(key, Ed25519PrivateKey):
        return key
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return key
    raise LocalError("the private key is neither Ed25519 nor P-256; make one with 'coterie identity new'")


def private_key_der(key: PrivateKey) -> bytes:
    """The key as PKCS#8 DER, in the clear."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def private_key_pem(key: PrivateKey) -> bytes:
    """The key as a PKCS#8 PEM file, in the clear: the mode of the file keeps others out."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def spki_of(key: PrivateKey) -> bytes:
    """The public half as DER SubjectPublicKeyInfo."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def certificate_pem(der: bytes) -> bytes:
    """A certificate as a PEM file."""
    text = b64encode(der)
    lines = [text[at : at + PEM_LINE] for at in range(0, len(text), PEM_LINE)]
    return b"\n".join([PEM_BEGIN, *lines, PEM_END, b""])


def certificate_from_pem(pem: bytes) -> bytes:
    """The DER of the one certificate in a PEM file. `LocalError` if there is none, or more than one."""
    if pem.count(PEM_BEGIN) != 1 or pem.count(PEM_END) != 1:
        raise LocalError("a certificate file has exactly one certificate in PEM")
    text = pem[pem.index(PEM_BEGIN) + len(PEM_BEGIN) : pem.index(PEM_END)]
    try:
        return b64decode(b"".join(text.split()), validate=True)
    except ValueError as unreadable:
        raise LocalError("the certificate in the PEM file is not base64") from unreadable


def self_signed_leaf(key: PrivateKey, name: str, validity: Validity, serial: int) -> bytes:
    """A leaf for overlays of policy open, in DER: signed by its own key, for a signing client.

    `name` is the common name, 1 to 64 octets in UTF-8; it means nothing to the protocol.
    """
    subject = common_name(name)
    builder = begin(subject, key.public_key(), validity, serial).issuer_name(subject)
    return sign(add_client_usage(builder), key)


def common_name(name: str) -> x509.Name:
    """A subject with one common name. `LocalError` unless it can be printed and has 1 to 64 octets."""
    if not name.isprintable() or not 1 <= len(name.encode("utf-8")) <= LONGEST_NAME:
        raise LocalError(f"a name has 1 to {LONGEST_NAME} octets that can be printed, not {name!r}")
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def begin(subject: x509.Name, key: PublicKey, validity: Validity, serial: int) -> x509.CertificateBuilder:
    """A certificate of that subject and key, without issuer and extensions yet."""
    if validity.not_after < validity.not_before:
        raise LocalError("a certificate ends after it begins; give it at least a day")
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(datetime.fromtimestamp(validity.not_before, UTC))
        .not_valid_after(datetime.fromtimestamp(validity.not_after, UTC))
    )


def add_client_usage(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    """Say that the key signs, as a client of others. Implements the making of REQ-LEF-8."""
    return builder.add_extension(key_usage(signs=True), critical=True).add_extension(
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
    )


def key_usage(*, signs: bool = False, signs_certificates: bool = False) -> x509.KeyUsage:
    """A keyUsage with one or both of the bits that this protocol knows."""
    return x509.KeyUsage(
        digital_signature=signs,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def sign(builder: x509.CertificateBuilder, key: PrivateKey) -> bytes:
    """The certificate in DER, signed by `key`; the same again for the same input."""
    if isinstance(key, Ed25519PrivateKey):
        made = builder.sign(key, None)
    else:
        made = builder.sign(key, SHA256(), ecdsa_deterministic=True)
    return made.public_bytes(Encoding.DER)
