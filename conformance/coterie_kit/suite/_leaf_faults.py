"""What can be wrong with a leaf, as recipes: encodings, keys, extensions, names and times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from coterie_kit import leaves
from coterie_kit.judge import Judge
from coterie_kit.keys import curve25519
from coterie_kit.keys.signatures import SigningKey
from coterie_kit.leaves import BITS, DAY, INTEGER, OID, SEQUENCE, Extension, Recipe, der, make, name
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._scenes import Scene

Made = dict[str, bytes]

ISSUER_ID, SUBJECT_ID = 0x81, 0x82
UNIQUE_IDS = der(ISSUER_ID, b"\x00\xff") + der(SUBJECT_ID, b"\x04\xf0")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of leaves: how it is broken, in how many ways, and what its conforming twin is."""

    name: str
    reqs: tuple[str, ...]
    reason: str
    bad: Callable[[Recipe, Judge], Made]
    good: Callable[[Recipe], Made] = lambda recipe: {"twin": make(recipe)}
    policy: str = "open"


def recipe_of(here: Scene) -> Recipe:
    """The recipe of the leaf that the scene's puppet shows."""
    key, stage = here.puppet.key, here.stage
    if stage.authority is None:
        return leaves.good(key, stage.wall)
    return leaves.closed(key, stage.authority, stage.overlay, stage.wall)


def showing(here: Scene, leaf: bytes) -> Draft:
    """The greeting with another leaf."""
    return here.draft.with_body(leaf=leaf)


def with_more(recipe: Recipe, *more: Extension) -> Recipe:
    """A recipe with further extensions."""
    return recipe.changed(extensions=(*recipe.extensions, *more))


def with_only(recipe: Recipe, *these: Extension) -> Recipe:
    """A recipe with these extensions alone."""
    return recipe.changed(extensions=these)


# ---------------------------------------------------------------- encoding


def bad_encodings(recipe: Recipe, judge: Judge) -> Made:
    """REQ-LEF-2, in every way that the draft names."""
    good = make(recipe)
    body = good[4:]
    length = len(body)
    serial = der(INTEGER, recipe.serial)
    place = good.index(serial)

    def long_serial(octets: bytes) -> bytes:
        return make(recipe.changed(serial=octets))

    def unique_id(tag: int, *octets: bytes) -> bytes:
        return make(recipe.changed(unique_ids=der(tag, *octets)))

    return {
        "trailing-octet": good + b"\x00",
        "two-certificates": good + good,
        "truncated": good[:-1],
        "non-minimal-length": b"\x30\x83\x00" + length.to_bytes(2, "big") + body,
        "indefinite-length": b"\x30\x80" + body + b"\x00\x00",
        "inner-length-non-minimal": good[:place] + b"\x02\x81\x01\x05" + good[place + 3 :],
        "serial-negative": long_serial(b"\x85"),
        "serial-zero": long_serial(b"\x00"),
        "serial-21-octets": long_serial(b"\x01" + bytes(20)),
        "serial-padded": long_serial(b"\x00\x05"),
        "length-of-4-gib": b"\x30\x84\xff\xff\xff\xff" + body,
        "not-a-certificate": judge.octets(120),
        "a-public-key": recipe.key.spki,
        "issuer-id-empty": unique_id(ISSUER_ID),
        "issuer-id-of-8-unused": unique_id(ISSUER_ID, b"\x08\x00"),
        "subject-id-unused-set": unique_id(SUBJECT_ID, b"\x04\x1f"),
        "unique-id-in-version-1": make(recipe.changed(version=b"", unique_ids=UNIQUE_IDS, extensions=())),
    }


def rare_encodings(recipe: Recipe) -> Made:
    """The longest serial number that is allowed, and unique identifiers."""
    return {
        "twin": make(recipe.changed(serial=b"\x7f" + bytes(19))),
        "unique-ids": make(recipe.changed(unique_ids=UNIQUE_IDS)),
    }


def oversize(recipe: Recipe, _judge: Judge) -> Made:
    """REQ-LEF-1."""
    return {"octets-601": leaves.padded(recipe, 601), "octets-640": leaves.padded(recipe, 640)}


def _compressed(key: SigningKey) -> bytes:
    point = SigningKey.from_octets(key.spki[-32:], "p256").spki[-64:]
    algorithm = der(
        SEQUENCE, der(OID, bytes.fromhex("2a8648ce3d0201")), der(OID, bytes.fromhex("2a8648ce3d030107"))
    )
    return der(SEQUENCE, algorithm, der(BITS, b"\x00", bytes([2 + (point[63] & 1)]) + point[:32]))


def other_keys(recipe: Recipe, judge: Judge) -> Made:
    """REQ-LEF-4."""
    modulus = b"\x00\xc1" + judge.octets(62) + b"\x01"
    rsa_key = der(SEQUENCE, der(INTEGER, modulus), der(INTEGER, b"\x01\x00\x01"))
    rsa = der(
        SEQUENCE,
        der(SEQUENCE, der(OID, bytes.fromhex("2a864886f70d010101")), b"\x05\x00"),
        der(BITS, b"\x00", rsa_key),
    )
    x25519 = der(
        SEQUENCE, der(SEQUENCE, der(OID, bytes.fromhex("2b656e"))), der(BITS, b"\x00", judge.octets(32))
    )
    ed448 = der(
        SEQUENCE, der(SEQUENCE, der(OID, bytes.fromhex("2b6571"))), der(BITS, b"\x00", judge.octets(57))
    )
    curve = der(SEQUENCE, der(OID, bytes.fromhex("2a8648ce3d0201")), der(OID, bytes.fromhex("2b81040022")))
    p384 = der(SEQUENCE, curve, der(BITS, b"\x00\x04", judge.octets(96)))
    spkis = {
        "rsa-512": rsa,
        "x25519": x25519,
        "ed448": ed448,
        "p384": p384,
        "p256-compressed": _compressed(recipe.key),
    }
    return {label: make(recipe.changed(spki=spki)) for label, spki in spkis.items()}


def _ed25519(point: bytes) -> bytes:
    return der(SEQUENCE, der(SEQUENCE, der(OID, leaves.ED25519)), der(BITS, b"\x00", point))


def small_orders(recipe: Recipe, _judge: Judge) -> Made:
    """REQ-LEF-5."""
    field = curve25519.FIELD
    order_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
    points = {
        "identity": (1).to_bytes(32, "little"),
        "order-2": (field - 1).to_bytes(32, "little"),
        "order-4": bytes(32),
        "order-4-negative": bytes(31) + b"\x80",
        "order-8": bytes.fromhex(order_8),
        "order-8-negative": bytes.fromhex(order_8[:-2] + "85"),
        "not-canonical-p": field.to_bytes(32, "little"),
        "not-canonical-p-plus-3": (field + 3).to_bytes(32, "little"),
        "not-on-the-curve": (2).to_bytes(32, "little"),
    }
    return {label: make(recipe.changed(spki=_ed25519(point))) for label, point in points.items()}


def other_algorithms(recipe: Recipe, _judge: Judge) -> Made:
    """REQ-LEF-6."""
    named = {"ecdsa-sha384": leaves.ECDSA_SHA384, "ecdsa-sha1": leaves.ECDSA_SHA1, "rsa-md5": leaves.RSA_MD5}
    return {label: make(recipe.changed(algorithm=oid)) for label, oid in named.items()}


def other_versions(recipe: Recipe, _judge: Judge) -> Made:
    """REQ-LEF-3."""
    plain = recipe.changed(extensions=())
    two = bytes.fromhex("a003020101")
    return {"v1": make(plain.changed(version=b"")), "v2": make(plain.changed(version=two)), "v4": _v4(recipe)}


def _v4(recipe: Recipe) -> bytes:
    return make(recipe.changed(version=bytes.fromhex("a003020103")))


# ---------------------------------------------------------------- extensions, usage, names, times


def bad_extensions(recipe: Recipe, judge: Judge) -> Made:
    """REQ-LEF-7."""
    strange = Extension(leaves.PRIVATE, judge.octets(4))
    return {
        "critical-unknown": make(with_more(recipe, Extension(leaves.PRIVATE, b"\x05\x00", critical=True))),
        "critical-name-constraints": make(
            with_more(recipe, Extension(leaves.NAME_CONSTRAINTS, b"\x30\x00", critical=True))
        ),
        "unknown-twice": make(with_more(recipe, strange, strange)),
        "usage-twice": make(with_more(recipe, leaves.usage(0))),
    }


def more_extensions(recipe: Recipe) -> Made:
    """Extensions that are ignored, and one that says nothing."""
    return {
        "twin": make(
            with_more(recipe, Extension(leaves.PRIVATE, b"\x05\x00"), leaves.basic(is_authority=False))
        )
    }


def bad_usages(recipe: Recipe, _judge: Judge) -> Made:
    """REQ-LEF-8."""
    return {
        "only-certificates": make(with_only(recipe, leaves.usage(5))),
        "only-encipherment": make(with_only(recipe, leaves.usage(2))),
        "server-only": make(with_only(recipe, leaves.usage(0), leaves.extended_usage(leaves.SERVER_AUTH))),
        "an-authority": make(with_more(recipe, leaves.basic(is_authority=True))),
    }


def good_usages(recipe: Recipe) -> Made:
    """More usages than the one needed, and none."""
    both = leaves.extended_usage(leaves.SERVER_AUTH, leaves.CLIENT_AUTH)
    return {
        "twin": make(with_only(recipe, leaves.usage(0, 2), both, leaves.basic(is_authority=False))),
        "no-usage-at-all": make(with_only(recipe)),
    }


def named(recipe: Recipe, common: bytes | None) -> Recipe:
    """A self-signed recipe of another name."""
    return recipe.changed(subject=name(common), issuer=name(common))


def bad_names(recipe: Recipe, _judge: Judge) -> Made:
    """REQ-LEF-9."""
    return {
        "nothing": make(named(recipe, None)),
        "nul-in-subject": make(named(recipe, b"good\x00.evil")),
        "control-in-subject": make(named(recipe, b"line\nfeed")),
        "escape-in-subject": make(named(recipe, b"\x1b[2J")),
        "nul-in-alternative": make(with_more(recipe, leaves.uris(b"urn:x\x00y"))),
        "control-in-alternative": make(with_more(recipe, leaves.uris(b"urn:x\ry"))),
    }


def alternative_name(recipe: Recipe) -> Made:
    """A name in subjectAltName alone."""
    return {"twin": make(with_more(named(recipe, None), leaves.uris("urn:example:member")))}


def _now(recipe: Recipe) -> int:
    return recipe.not_before + (DAY if not _is_closed(recipe) else 3600)


def _is_closed(recipe: Recipe) -> bool:
    return recipe.signer is not recipe.key


def early(recipe: Recipe, _judge: Judge) -> Made:
    """REQ-LEF-10: before its time."""
    now = _now(recipe)
    return {
        "by-one-second": make(recipe.changed(not_before=now + 1)),
        "by-a-day": make(recipe.changed(not_before=now + DAY)),
    }


def late(recipe: Recipe, _judge: Judge) -> Made:
    """REQ-LEF-10: after its time."""
    now = _now(recipe)
    return {
        "by-one-second": make(recipe.changed(not_after=now - 1)),
        "by-an-hour": make(recipe.changed(not_before=now - 2 * 3600, not_after=now - 3600)),
    }


def at_the_ends(recipe: Recipe) -> Made:
    """Valid in this second alone."""
    now = _now(recipe)
    return {"twin": make(recipe.changed(not_before=now, not_after=now))}


def too_long(days: int) -> Callable[[Recipe, Judge], Made]:
    """REQ-LEF-11."""

    def bad(recipe: Recipe, _judge: Judge) -> Made:
        start = recipe.not_before
        return {
            "by-one-second": make(recipe.changed(not_after=start + days * DAY + 1)),
            "a-hundred-years": make(recipe.changed(not_after=start + 36500 * DAY)),
        }

    return bad


def longest(days: int) -> Callable[[Recipe], Made]:
    """The longest validity that is allowed."""
    return lambda recipe: {"twin": make(recipe.changed(not_after=recipe.not_before + days * DAY))}
