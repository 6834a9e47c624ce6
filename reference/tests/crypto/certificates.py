"""Certificates put together octet by octet, so that any part of one can be wrong."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from coterie.crypto import identity, names
from coterie.crypto.identity import Validity
from coterie.crypto.signature import PrivateKey

NOW = 1_800_000_000
DAY = 86_400
VALIDITY = Validity(NOW - DAY, NOW + 5 * DAY)

ED25519 = identity.new_private_key("ed25519", bytes(range(48)))
P256 = identity.new_private_key("p256", bytes(range(1, 49)))

KEY_USAGE = "551d0f"
ALTERNATIVE_NAME = "551d11"
CONSTRAINTS = "551d13"
EXTENDED_USAGE = "551d25"
UNKNOWN = "2a0304"
CLIENT, SERVER = "2b06010505070302", "2b06010505070301"
COMMON_NAME = "550403"

ED25519_ALGORITHM = bytes.fromhex("300506032b6570")
ECDSA_ALGORITHM = bytes.fromhex("300a06082a8648ce3d040302")


def tlv(tag: int, *content: bytes) -> bytes:
    """One element in DER."""
    joined = b"".join(content)
    if len(joined) < 0x80:
        return bytes([tag, len(joined)]) + joined
    length = len(joined).to_bytes((len(joined).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + joined


def sequence(*content: bytes) -> bytes:
    return tlv(0x30, *content)


def oid(content: str) -> bytes:
    return tlv(0x06, bytes.fromhex(content))


def integer(number: int) -> bytes:
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def name(text: bytes, string: int = 0x0C) -> bytes:
    """A Name with one common name, of that kind of string."""
    return sequence(tlv(0x31, sequence(oid(COMMON_NAME), tlv(string, text))))


def utc_time(seconds: int) -> bytes:
    return tlv(0x17, datetime.fromtimestamp(seconds, UTC).strftime("%y%m%d%H%M%SZ").encode())


def extension(kind: str, value: bytes, *, critical: bool = False) -> bytes:
    return sequence(oid(kind), *([tlv(0x01, b"\xff")] if critical else []), tlv(0x04, value))


def key_usage(bits: int = 0x80) -> bytes:
    return extension(KEY_USAGE, tlv(0x03, b"\x00", bytes([bits])), critical=True)


def extended_usage(*purposes: str) -> bytes:
    return extension(EXTENDED_USAGE, sequence(*(oid(each) for each in purposes)))


def alternative_name(*names: bytes, critical: bool = False) -> bytes:
    return extension(ALTERNATIVE_NAME, sequence(*names), critical=critical)


def uri(text: str) -> bytes:
    return tlv(0x86, text.encode())


def constraints(*fields: bytes) -> bytes:
    return extension(CONSTRAINTS, sequence(*fields), critical=True)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a certificate, each in DER. A good leaf as it stands; `but` makes one part another."""

    version: bytes = tlv(0xA0, integer(2))
    serial: bytes = integer(7)
    algorithm: bytes = ED25519_ALGORITHM
    issuer: bytes = name(b"anyone")
    validity: bytes = sequence(utc_time(VALIDITY.not_before), utc_time(VALIDITY.not_after))
    subject: bytes = name(b"Alice")
    spki: bytes = identity.spki_of(ED25519)
    extensions: tuple[bytes, ...] | None = (key_usage(), extended_usage(CLIENT))
    outer_algorithm: bytes | None = None
    signature: bytes | None = None
    unique_ids: bytes = b""
    key: PrivateKey = ED25519

    def but(self, **changes: object) -> "Parts":
        return replace(self, **changes)

    def signed(self) -> bytes:
        """The octets that the certificate's signature covers."""
        extensions = b"" if self.extensions is None else tlv(0xA3, sequence(*self.extensions))
        return sequence(
            self.version,
            self.serial,
            self.algorithm,
            self.issuer,
            self.validity,
            self.subject,
            self.spki,
            self.unique_ids,
            extensions,
        )

    def der(self) -> bytes:
        """The certificate, truly signed unless a signature is given."""
        signature = tlv(0x03, b"\x00", self._sign() if self.signature is None else self.signature)
        return sequence(self.signed(), self.outer_algorithm or self.algorithm, signature)

    def _sign(self) -> bytes:
        if isinstance(self.key, EllipticCurvePrivateKey):
            return self.key.sign(self.signed(), ECDSA(SHA256(), deterministic_signing=True))
        return self.key.sign(self.signed())


OPEN_OVERLAY = names.overlay_id(b"an open group")
P256_LEAF = Parts(key=P256, spki=identity.spki_of(P256), algorithm=ECDSA_ALGORITHM)


def validity(not_before: int, not_after: int) -> bytes:
    return sequence(utc_time(not_before), utc_time(not_after))
