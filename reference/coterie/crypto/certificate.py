"""An X.509 certificate as its fields, read strictly and judged by nobody yet.

Implements the reading half of REQ-LEF-2 (RFC 5280, section 4.1); the rules about the fields are in `leaf`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from coterie.crypto.der import (
    BIT_STRING,
    BOOLEAN,
    CONSTRUCTED,
    CONTEXT,
    GENERALIZED_TIME,
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    SET,
    UTC_TIME,
    Element,
    Fields,
    MalformedDer,
    is_bit_string,
    only,
    parts,
)

VERSION, EXTENSIONS = CONTEXT | CONSTRUCTED, CONTEXT | CONSTRUCTED | 3
ISSUER_ID, SUBJECT_ID = CONTEXT | 1, CONTEXT | 2
VERSION_1, VERSION_3 = 0, 2  # as they are written
LONGEST_SERIAL = 20  # octets (RFC 5280, section 4.1.2.2)
REMEMBERED = 128
"""How many certificates are remembered as read: peers show theirs again with each greeting and each value."""

ED25519_ALGORITHM = bytes.fromhex("300506032b6570")
ECDSA_SHA256_ALGORITHM = bytes.fromhex("300a06082a8648ce3d040302")


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension: the content of its OBJECT IDENTIFIER, whether it is critical, and its DER."""

    oid: bytes
    critical: bool
    value: bytes


@dataclass(frozen=True, slots=True)
class Certificate:
    """The fields of a certificate. Times in seconds since 1970; algorithms and SPKI as their DER."""

    der: bytes
    signed: bytes
    version: int
    inner_algorithm: bytes
    issuer: Element
    not_before: int
    not_after: int
    subject: Element
    spki: bytes
    extensions: tuple[Extension, ...]
    algorithm: bytes
    signature: bytes

    def __hash__(self) -> int:
        return hash(self.der)

    def extension(self, oid: bytes) -> bytes | None:
        """The DER of the extension with that OID, or None."""
        return next((each.value for each in self.extensions if each.oid == oid), None)


@lru_cache(REMEMBERED)
def parse(der: bytes) -> Certificate:
    """The certificate that `der` is, and nothing else; `MalformedDer` otherwise."""
    outer = Fields(_sequence(only(der)))
    signed = outer.take(SEQUENCE)
    algorithm = _algorithm(outer.take(SEQUENCE))
    signature = _whole_octets(outer.take(BIT_STRING))
    outer.end()
    fields = Fields(signed)
    version = _version(fields.optional(VERSION))
    check_serial(fields.take(INTEGER).content)
    inner_algorithm = _algorithm(fields.take(SEQUENCE))
    issuer = _name(fields.take(SEQUENCE))
    not_before, not_after = _validity(fields.take(SEQUENCE))
    subject = _name(fields.take(SEQUENCE))
    spki = _spki(fields.take(SEQUENCE))
    check_unique_id(fields.optional(ISSUER_ID), version)
    check_unique_id(fields.optional(SUBJECT_ID), version)
    extensions = _extensions(fields.optional(EXTENSIONS))
    fields.end()
    return Certificate(
        der=der,
        signed=signed.raw,
        version=version,
        inner_algorithm=inner_algorithm,
        issuer=issuer,
        not_before=not_before,
        not_after=not_after,
        subject=subject,
        spki=spki,
        extensions=extensions,
        algorithm=algorithm,
        signature=signature,
    )


def check_serial(content: bytes) -> None:
    """Refuse a serial number that is not positive or is longer than 20 octets. Implements REQ-LEF-2."""
    # REQ-LEF-2: RFC 5280 asks issuers for this; a credential that breaks it was not made by one.
    if len(content) > LONGEST_SERIAL or int.from_bytes(content, "big", signed=True) <= 0:
        raise MalformedDer("a serial number that is not positive, or too long")


def check_unique_id(element: Element | None, version: int) -> None:
    """Refuse a unique identifier that is no BIT STRING, or that version 1 has not. Implements REQ-LEF-2."""
    if element is None:
        return
    # REQ-LEF-2: its tag is its own, so that the reader of DER does not know what type it is.
    if not is_bit_string(element.content):
        raise MalformedDer("a unique identifier that is no string of bits")
    # REQ-LEF-2: RFC 5280, section 4.1.2.8: they came with version 2.
    if version == VERSION_1:
        raise MalformedDer("a unique identifier in version 1")


def _sequence(element: Element) -> Element:
    if element.tag != SEQUENCE:
        raise MalformedDer("not a sequence")
    return element


def _version(element: Element | None) -> int:
    if element is None:
        return VERSION_1
    fields = Fields(element)
    version = int.from_bytes(fields.take(INTEGER).content, "big", signed=True)
    fields.end()
    # DER leaves out what is the default, and version 1 is.
    if version == VERSION_1:
        raise MalformedDer("version 1 written out")
    return version


def _algorithm(element: Element) -> bytes:
    fields = Fields(element)
    fields.take(OID)
    if len(fields.left()) > 1:
        raise MalformedDer("an algorithm with two parameters")
    return element.raw


def _name(element: Element) -> Element:
    for part in parts(element):
        if part.tag != SET or not part.content:
            raise MalformedDer("a name that is no sequence of sets")
        for attribute in parts(part):
            fields = Fields(_sequence(attribute))
            fields.take(OID)
            if len(fields.left()) != 1:
                raise MalformedDer("an attribute without exactly one value")
    return element


def _validity(element: Element) -> tuple[int, int]:
    fields = Fields(element)
    first, last = fields.take(UTC_TIME, GENERALIZED_TIME), fields.take(UTC_TIME, GENERALIZED_TIME)
    fields.end()
    return _seconds(first), _seconds(last)


def _seconds(element: Element) -> int:
    digits, zone = element.content[:-1], element.content[-1:]
    if element.tag == UTC_TIME:
        # RFC 5280, section 4.1.2.5.1: two digits mean 1950 to 2049.
        digits = (b"19" if digits[:1] >= b"5" else b"20") + digits
    if len(digits) != 14 or not digits.isdigit() or zone != b"Z":
        raise MalformedDer("a time that is not in seconds of UTC")
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    hour, minute, second = int(digits[8:10]), int(digits[10:12]), int(digits[12:])
    try:
        return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp())
    except ValueError:
        raise MalformedDer("a time that is not in the calendar") from None


def _spki(element: Element) -> bytes:
    fields = Fields(element)
    _algorithm(fields.take(SEQUENCE))
    fields.take(BIT_STRING)
    fields.end()
    return element.raw


def _whole_octets(element: Element) -> bytes:
    if element.content[0]:
        raise MalformedDer("a signature that is not whole octets")
    return element.content[1:]


def _extensions(element: Element | None) -> tuple[Extension, ...]:
    if element is None:
        return ()
    explicit = Fields(element)
    listed = parts(explicit.take(SEQUENCE))
    explicit.end()
    if not listed:
        raise MalformedDer("an empty list of extensions")
    return tuple(_extension(each) for each in listed)


def _extension(element: Element) -> Extension:
    fields = Fields(_sequence(element))
    oid = fields.take(OID)
    critical = fields.optional(BOOLEAN)
    # DER leaves out what is the default: an extension that says it is not critical is written wrongly.
    if critical is not None and critical.content != b"\xff":
        raise MalformedDer("critical FALSE written out")
    value = fields.take(OCTET_STRING)
    fields.end()
    return Extension(oid.content, critical is not None, value.content)
