"""What a certificate says it is for, and for whom: four extensions and the names.

Implements the readings that REQ-LEF-7 to REQ-LEF-9 and REQ-LEF-12 judge (RFC 5280, section 4.2.1).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from coterie.crypto.certificate import REMEMBERED, Certificate
from coterie.crypto.der import (
    BIT_STRING,
    BOOLEAN,
    CONSTRUCTED,
    CONTEXT,
    INTEGER,
    OID,
    SEQUENCE,
    Element,
    Fields,
    MalformedDer,
    only,
    parts,
)

KEY_USAGE, ALTERNATIVE_NAME, CONSTRAINTS, EXTENDED_USAGE = (
    b"\x55\x1d\x0f",
    b"\x55\x1d\x11",
    b"\x55\x1d\x13",
    b"\x55\x1d\x25",
)
KNOWN = frozenset({KEY_USAGE, ALTERNATIVE_NAME, CONSTRAINTS, EXTENDED_USAGE})
CLIENT = bytes.fromhex("2b06010505070302")
DIGITAL_SIGNATURE, CERTIFICATE_SIGN = 0x80, 0x04

EMAIL, DNS, URI, DIRECTORY = CONTEXT | 1, CONTEXT | 2, CONTEXT | 6, CONTEXT | CONSTRUCTED | 4

# How each kind of string writes its characters.
CHARACTERS = {
    0x0C: "utf-8", 0x12: "ascii", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1A: "ascii",
    0x1C: "utf-32-be", 0x1E: "utf-16-be", EMAIL: "ascii", DNS: "ascii", URI: "ascii",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Usage:
    """What the four extensions say; None where the extension is absent."""

    signs: bool | None
    signs_certificates: bool | None
    is_client: bool | None
    is_authority: bool
    alternative_names: tuple[Element, ...]


@lru_cache(REMEMBERED)
def read(certificate: Certificate) -> Usage:
    """The four extensions, strictly read; `MalformedDer` if one is not what its type demands."""
    bits = _key_usage(certificate.extension(KEY_USAGE))
    purposes = certificate.extension(EXTENDED_USAGE)
    constraints = certificate.extension(CONSTRAINTS)
    names = certificate.extension(ALTERNATIVE_NAME)
    return Usage(
        signs=None if bits is None else bool(bits & DIGITAL_SIGNATURE),
        signs_certificates=None if bits is None else bool(bits & CERTIFICATE_SIGN),
        is_client=None if purposes is None else CLIENT in _purposes(purposes),
        is_authority=constraints is not None and _is_authority(constraints),
        alternative_names=() if names is None else tuple(_listed(names)),
    )


def uri(text: str) -> Element:
    """A URI as an alternative name."""
    content = text.encode("ascii")
    return Element(URI, content, bytes([URI, len(content)]) + content)


@lru_cache(REMEMBERED)
def has_clean_names(certificate: Certificate) -> bool:
    """Whether every name of subject and subjectAltName is text without control characters."""
    return all(_is_clean(text) for text in _texts(certificate))


def printable_names(certificate: Certificate) -> list[str]:
    """The same names for people to read, with everything escaped that cannot be printed."""
    texts = [
        text.content.decode(CHARACTERS.get(text.tag, "latin-1"), "replace") for text in _texts(certificate)
    ]
    return ["".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in text) for text in texts]


def _texts(certificate: Certificate) -> list[Element]:
    listed = certificate.extension(ALTERNATIVE_NAME)
    texts = _name_texts(certificate.subject)
    for name in () if listed is None else _listed(listed):
        if name.tag in {EMAIL, DNS, URI}:
            texts.append(name)
        elif name.tag == DIRECTORY:
            texts += [text for inner in parts(name) for text in _name_texts(inner)]
    return texts


def _listed(value: bytes) -> list[Element]:
    listed = only(value)
    if listed.tag != SEQUENCE:
        raise MalformedDer("not a sequence")
    return parts(listed)


def _key_usage(value: bytes | None) -> int | None:
    if value is None:
        return None
    bits = only(value)
    if bits.tag != BIT_STRING:
        raise MalformedDer("a key usage that is no string of bits")
    return bits.content[1] if len(bits.content) > 1 else 0


def _purposes(value: bytes) -> list[bytes]:
    purposes = _listed(value)
    if not purposes or any(purpose.tag != OID for purpose in purposes):
        raise MalformedDer("an extended key usage that is no list of purposes")
    return [purpose.content for purpose in purposes]


def _is_authority(value: bytes) -> bool:
    fields = _listed(value)
    is_authority = bool(fields) and fields[0].tag == BOOLEAN
    # DER leaves out what is the default, and not being an authority is.
    if is_authority and fields.pop(0).content != b"\xff":
        raise MalformedDer("cA FALSE written out")
    if len(fields) > 1 or any(field.tag != INTEGER for field in fields):
        raise MalformedDer("basic constraints with other fields")
    return is_authority


def _name_texts(name: Element) -> list[Element]:
    texts = []
    for part in parts(name):
        for attribute in parts(part):
            fields = Fields(attribute)
            fields.take(OID)
            texts += fields.left()
    return texts


def _is_clean(text: Element) -> bool:
    characters = CHARACTERS.get(text.tag)
    if characters is None:
        return False
    try:
        return not any(unicodedata.category(each) == "Cc" for each in text.content.decode(characters))
    except UnicodeDecodeError:
        return False
