"""Leaves, good and bad, written octet by octet so that any rule of DER or X.509 can be broken on purpose."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from coterie_kit.keys.signatures import SigningKey

__all__ = ["DAY", "Extension", "Recipe", "authority", "closed", "der", "good", "make", "name", "padded"]

DAY = 86_400
SEQUENCE, SET, INTEGER, BITS, OCTETS, OID, BOOLEAN, UTF8 = 0x30, 0x31, 0x02, 0x03, 0x04, 0x06, 0x01, 0x0C

ED25519 = bytes.fromhex("2b6570")
ECDSA_SHA256 = bytes.fromhex("2a8648ce3d040302")
ECDSA_SHA384 = bytes.fromhex("2a8648ce3d040303")
ECDSA_SHA1 = bytes.fromhex("2a8648ce3d0401")
RSA_MD5 = bytes.fromhex("2a864886f70d010104")

BASIC_CONSTRAINTS = bytes.fromhex("551d13")
KEY_USAGE = bytes.fromhex("551d0f")
EXTENDED_USAGE = bytes.fromhex("551d25")
ALTERNATIVE_NAME = bytes.fromhex("551d11")
NAME_CONSTRAINTS = bytes.fromhex("551d1e")
PRIVATE = bytes.fromhex("2b0601040183bb4c01")
CLIENT_AUTH = bytes.fromhex("2b06010505070302")
SERVER_AUTH = bytes.fromhex("2b06010505070301")
COMMON_NAME = bytes.fromhex("550403")


def der(tag: int, *content: bytes) -> bytes:
    """One value with its minimal length."""
    body = b"".join(content)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(body).to_bytes(size, "big") + body


def name(common: str | bytes | None) -> bytes:
    """A distinguished name of one common name, or of nothing."""
    if common is None:
        return der(SEQUENCE)
    octets = common if isinstance(common, bytes) else common.encode("utf-8")
    return der(SEQUENCE, der(SET, der(SEQUENCE, der(OID, COMMON_NAME), der(UTF8, octets))))


@lru_cache(1 << 10)
def moment(seconds: int) -> bytes:
    """UTCTime up to 2049, GeneralizedTime after."""
    when = dt.datetime.fromtimestamp(seconds, dt.UTC)
    tag, form = (0x17, "%y%m%d%H%M%SZ") if when.year < 2050 else (0x18, "%Y%m%d%H%M%SZ")
    return der(tag, when.strftime(form).encode("ascii"))


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension of a certificate."""

    oid: bytes
    value: bytes
    critical: bool = False

    def octets(self) -> bytes:
        """Its DER."""
        critical = der(BOOLEAN, b"\xff") if self.critical else b""
        return der(SEQUENCE, der(OID, self.oid), critical, der(OCTETS, self.value))


def usage(*bits: int, critical: bool = True) -> Extension:
    """keyUsage; bit 0 is digitalSignature, 2 keyEncipherment, 5 keyCertSign."""
    octet = sum(0x80 >> bit for bit in bits)
    unused = (octet & -octet).bit_length() - 1
    return Extension(KEY_USAGE, der(BITS, bytes([unused, octet])), critical)


def extended_usage(*purposes: bytes) -> Extension:
    """extKeyUsage."""
    return Extension(EXTENDED_USAGE, der(SEQUENCE, *(der(OID, purpose) for purpose in purposes)))


def basic(*, is_authority: bool) -> Extension:
    """basicConstraints."""
    return Extension(
        BASIC_CONSTRAINTS, der(SEQUENCE, der(BOOLEAN, b"\xff") if is_authority else b""), critical=True
    )


def uris(*values: str | bytes) -> Extension:
    """subjectAltName of URIs."""
    octets = (value if isinstance(value, bytes) else value.encode("ascii") for value in values)
    return Extension(ALTERNATIVE_NAME, der(SEQUENCE, *(der(0x86, value) for value in octets)))


PUPPET = name("puppet")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that a certificate is made of; times in Unix seconds."""

    key: SigningKey
    not_before: int
    not_after: int
    signer: SigningKey
    subject: bytes = PUPPET
    issuer: bytes = PUPPET
    version: bytes = bytes.fromhex("a003020102")
    serial: bytes = b"\x05"
    spki: bytes | None = None
    algorithm: bytes | None = None
    extensions: Sequence[Extension] = ()
    unique_ids: bytes = b""

    def changed(self, **changes: object) -> Recipe:
        """The same recipe but for ``changes``."""
        return replace(self, **changes)  # type: ignore[arg-type]


def make(recipe: Recipe) -> bytes:
    """The certificate of a recipe, signed by its signer."""
    # extensions that stand in a list are those of one case
    return _remembered(recipe) if isinstance(recipe.extensions, tuple) else _made(recipe)


@lru_cache(1 << 12)
def _remembered(recipe: Recipe) -> bytes:
    return _made(recipe)


def _made(recipe: Recipe) -> bytes:
    algorithm = der(SEQUENCE, der(OID, recipe.algorithm or _algorithm(recipe.signer)))
    inner = b"".join(extension.octets() for extension in recipe.extensions)
    extensions = der(0xA3, der(SEQUENCE, inner)) if recipe.extensions else b""
    to_sign = der(
        SEQUENCE,
        recipe.version,
        der(INTEGER, recipe.serial),
        algorithm,
        recipe.issuer,
        der(SEQUENCE, moment(recipe.not_before), moment(recipe.not_after)),
        recipe.subject,
        recipe.spki or recipe.key.spki,
        recipe.unique_ids,
        extensions,
    )
    return der(SEQUENCE, to_sign, algorithm, der(BITS, b"\x00", recipe.signer.sign_der(to_sign)))


def _algorithm(signer: SigningKey) -> bytes:
    return ED25519 if signer.kind == "ed25519" else ECDSA_SHA256


def good(key: SigningKey, wall_ms: int) -> Recipe:
    """The recipe of a self-signed leaf for an open overlay, valid for thirty days around now."""
    now = wall_ms // 1000
    return Recipe(key, now - DAY, now + 29 * DAY, key, extensions=(usage(0),))


def authority(key: SigningKey, wall_ms: int) -> Recipe:
    """The recipe of a group authority's certificate."""
    now = wall_ms // 1000
    both = name("authority")
    rights = (basic(is_authority=True), usage(5))
    return Recipe(key, now - DAY, now + 300 * DAY, key, subject=both, issuer=both, extensions=rights)


def closed(
    key: SigningKey, admitted_by: Recipe, overlay: bytes, wall_ms: int, role: str = "member"
) -> Recipe:
    """The recipe of an admission certificate."""
    now = wall_ms // 1000
    rights = (usage(0), extended_usage(CLIENT_AUTH), uris(f"urn:coterie:{overlay.hex()}:{role}"))
    return Recipe(
        key, now - 3600, now + 3 * DAY, admitted_by.key, issuer=admitted_by.subject, extensions=rights
    )


def padded(recipe: Recipe, size: int) -> bytes:
    """The certificate of a recipe, brought to exactly ``size`` octets by an extension that means nothing."""
    for filler in range(size):
        extension = Extension(PRIVATE, bytes(filler))
        made = make(recipe.changed(extensions=(*recipe.extensions, extension)))
        if len(made) == size:
            return made
        if len(made) > size:
            break
    longer = name("puppet-" + "x" * (recipe.subject.count(b"x") + 1))
    return padded(recipe.changed(subject=longer, issuer=longer), size)
