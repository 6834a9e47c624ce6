"""Certificates written part by part, so that each part can be wrong on its own.

The encoder writes DER; whatever is no DER is made of its output afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from coterie.crypto.signature import PrivateKey

SEQUENCE, SET, INTEGER, BITS, OCTETS, OID, BOOLEAN, NULL, UTF8 = (
    0x30,
    0x31,
    0x02,
    0x03,
    0x04,
    0x06,
    0x01,
    0x05,
    0x0C,
)
YEAR_OF_GENERALIZED_TIME = 2050


def tlv(tag: int, *content: bytes) -> bytes:
    """One element of DER."""
    whole = b"".join(content)
    if len(whole) < 0x80:
        return bytes([tag, len(whole)]) + whole
    size = len(whole).to_bytes((len(whole).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + whole


def oid(text: str) -> bytes:
    """An object identifier of dotted numbers."""
    first, second, *rest = (int(part) for part in text.split("."))
    content = bytearray([40 * first + second])
    for number in rest:
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(number & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return tlv(OID, bytes(content))


def name(text: str | bytes = "", tag: int = UTF8) -> bytes:
    """A distinguished name with one common name, or without any."""
    octets = text.encode() if isinstance(text, str) else text
    if not octets:
        return tlv(SEQUENCE)
    return tlv(SEQUENCE, tlv(SET, tlv(SEQUENCE, oid("2.5.4.3"), tlv(tag, octets))))


def instant(seconds: int) -> bytes:
    """A time: UTCTime before 2050, GeneralizedTime from then on."""
    moment = datetime.fromtimestamp(seconds, UTC)
    if moment.year < YEAR_OF_GENERALIZED_TIME:
        return tlv(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode())


def extension(which: str, value: bytes, *, critical: bool = False) -> bytes:
    """An extension of a certificate."""
    flag = tlv(BOOLEAN, b"\xff") if critical else b""
    return tlv(SEQUENCE, oid(which), flag, tlv(OCTETS, value))


ED25519 = tlv(SEQUENCE, oid("1.3.101.112"))
ECDSA_SHA256 = tlv(SEQUENCE, oid("1.2.840.10045.4.3.2"))

SIGNS = extension("2.5.29.15", tlv(BITS, b"\x07\x80"), critical=True)
CLIENT = extension("2.5.29.37", tlv(SEQUENCE, oid("1.3.6.1.5.5.7.3.2")))


def names(*alternatives: tuple[int, bytes], critical: bool = False) -> bytes:
    """A subjectAltName: pairs of the tag and the content of each name."""
    rows = (tlv(tag, content) for tag, content in alternatives)
    return extension("2.5.29.17", tlv(SEQUENCE, *rows), critical=critical)


@dataclass(frozen=True, slots=True)
class Recipe:
    """The parts of a certificate; `signer` signs with the algorithm of its key."""

    spki: bytes
    signer: PrivateKey
    not_before: int
    not_after: int
    subject: bytes
    issuer: bytes
    extensions: Sequence[bytes] | None = (SIGNS, CLIENT)
    version: bytes = tlv(0xA0, tlv(INTEGER, b"\x02"))
    serial: bytes = b"\x01"
    algorithm: bytes | None = None
    inner_algorithm: bytes | None = None
    unique_ids: bytes = b""

    def signed(self) -> bytes:
        """What the signature covers."""
        own = self.algorithm or _algorithm(self.signer)
        several = () if self.extensions is None else (tlv(0xA3, tlv(SEQUENCE, *self.extensions)),)
        return tlv(
            SEQUENCE,
            self.version,
            tlv(INTEGER, self.serial),
            self.inner_algorithm or own,
            self.issuer,
            tlv(SEQUENCE, instant(self.not_before), instant(self.not_after)),
            self.subject,
            self.spki,
            self.unique_ids,
            *several,
        )

    def made(self, signature: bytes | None = None) -> bytes:
        """The certificate; `signature` stands in the place of the true one."""
        true = _sign(self.signer, self.signed()) if signature is None else signature
        return tlv(
            SEQUENCE, self.signed(), self.algorithm or _algorithm(self.signer), tlv(BITS, b"\x00", true)
        )


def _algorithm(key: PrivateKey) -> bytes:
    return ED25519 if isinstance(key, Ed25519PrivateKey) else ECDSA_SHA256


def _sign(key: PrivateKey, octets: bytes) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(octets)
    return key.sign(octets, ECDSA(SHA256(), deterministic_signing=True))
