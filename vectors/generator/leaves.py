"""Vectors of leaves: each rule of the draft broken alone, under `open` and under `closed`."""

from collections.abc import Iterator
from dataclasses import replace

from vectors.generator import admissions, leaf_keys, scene
from vectors.generator.admissions import plain
from vectors.generator.book import Book, Fault, Json, Page
from vectors.generator.certificates import (
    BITS,
    CLIENT,
    ECDSA_SHA256,
    ED25519,
    INTEGER,
    NULL,
    OCTETS,
    SEQUENCE,
    SIGNS,
    Recipe,
    extension,
    name,
    names,
    oid,
    tlv,
)

DAY, NOW = scene.DAY, scene.NOW
URI, DNS, EMAIL = 0x86, 0x82, 0x81
PRIVATE = "1.3.6.1.4.1.99999.1"
NAMED = admissions.NAMED
ISSUER_ID, SUBJECT_ID = 0x81, 0x82
UNIQUE_IDS = tlv(ISSUER_ID, b"\x00\xff") + tlv(SUBJECT_ID, b"\x04\xf0")
VERSION = {"v1-absent": b"", "v2": b"\x01", "v4": b"\x03"}


def under_open(leaf: bytes, wall_ms: int = scene.WALL_MS) -> Json:
    """The arguments of leaf.check in the open overlay."""
    return {"leaf": leaf.hex(), "overlay": scene.OPEN.hex(), "policy": "open", "wall_ms": wall_ms}


def cases() -> list[Json]:
    """All vectors of this kind."""
    book = Book("leaf")
    page = book.page("leaf.check", reqs=["LEF-2", *NAMED])
    twin = page.accept("open.ed25519", under_open(plain().made()))
    page.accept("open.p256", under_open(scene.person("Ben").leaf), variation="p256-key")
    page.accept("open.made-by-the-library", under_open(scene.person("Ada").leaf))
    _good(page)
    _encodings(page, twin)
    for word, fault, recipe in _open_faults():
        page.refuse(f"open.{word}", twin, fault, {"leaf": recipe.made().hex()})
    for word, fault, recipe in leaf_keys.faults(plain()):
        page.refuse(f"open.{word}", twin, fault, {"leaf": recipe.made().hex()})
    _times(page, twin)
    _order(page, twin)
    admissions.closed(page)
    return book.vectors


# ---------------------------------------------------------------- what is allowed


def padded(size: int) -> bytes:
    """A leaf of exactly `size` octets."""
    for filling in range(size):
        more = extension(PRIVATE, bytes(filling))
        made = replace(plain(), extensions=(SIGNS, CLIENT, more)).made()
        if len(made) == size:
            return made
    raise AssertionError(size)


def _good(page: Page) -> None:
    uri = names((URI, b"urn:example:ada"))
    signs_more = extension("2.5.29.15", tlv(BITS, b"\x03\xa8"), critical=True)
    no_authority = extension("2.5.29.19", tlv(SEQUENCE))
    good: dict[str, tuple[str, str, bytes]] = {
        "octets-600": ("LEF-1", "longest", padded(600)),
        "serial-20-octets": ("LEF-2", "longest-serial", replace(plain(), serial=b"\x7f" + bytes(19)).made()),
        "unique-ids": ("LEF-2", "unique-ids", replace(plain(), unique_ids=UNIQUE_IDS).made()),
        "unique-id-empty": (
            "LEF-2",
            "unique-ids",
            replace(plain(), unique_ids=tlv(SUBJECT_ID, b"\x00")).made(),
        ),
        "unknown-extension": ("LEF-7", "unknown-extension", padded(500)),
        "critical-names": ("LEF-7", "critical-names", _with(names((URI, b"urn:a"), critical=True)).made()),
        "without-extensions": ("LEF-8", "without-extensions", replace(plain(), extensions=None).made()),
        "more-usages": (
            "LEF-8",
            "more-usages",
            replace(plain(), extensions=(signs_more, no_authority)).made(),
        ),
        "names-only": ("LEF-9", "without-subject", replace(_with(uri), subject=name(), issuer=name()).made()),
        "days-400": ("LEF-11", "longest-validity", replace(plain(), not_after=NOW + 399 * DAY).made()),
        "signed-by-nobody": ("LEF-14", "signature-of-zeros", plain().made(bytes(64))),
        "signed-by-another": (
            "LEF-14",
            "other-issuer",
            replace(plain(), signer=scene.person("Cleo").key).made(),
        ),
        "signed-by-ecdsa": (
            "LEF-14",
            "ecdsa-issuer",
            replace(plain(), signer=scene.person("Ben").key).made(),
        ),
        "issuer-unnamed": ("LEF-14", "issuer-without-name", replace(plain(), issuer=name()).made()),
    }
    for word, (req, variation, made) in good.items():
        page.accept(f"open.{word}", under_open(made), variation=variation, reqs=[req, *NAMED])
    edges = {"first-instant": (NOW - DAY) * 1000, "last-instant": (NOW + 300 * DAY) * 1000 + 999}
    for word, wall_ms in edges.items():
        page.accept(
            f"open.{word}",
            under_open(plain().made(), wall_ms),
            variation="edge-of-validity",
            reqs=["LEF-10", *NAMED],
        )


def _with(*more: bytes) -> Recipe:
    return replace(plain(), extensions=(SIGNS, CLIENT, *more))


# ---------------------------------------------------------------- LEF-1 and LEF-2


def _encodings(page: Page, twin: Json) -> None:
    too_long = Fault("grow-leaf", "leaf-too-long", ["LEF-1"])
    for size in (601, 4096, 60000):
        page.refuse(f"open.octets-{size}", twin, too_long, {"leaf": padded(size).hex()})
    der = plain().made()
    odd = {
        "empty": b"",
        "one-octet": b"\x30",
        "cut": der[:-1],
        "trailing-octet": der + b"\x00",
        "two-certificates": der + _with().made()[:200],
        "indefinite-length": b"\x30\x80" + der[4:] + b"\x00\x00",
        "longer-length": b"\x30\x83\x00" + der[2:],
        "length-of-4-gib": b"\x30\x84\xff\xff\xff\xff" + der[4:],
        "length-beyond": b"\x30\x82\xff\xff" + der[4:],
        "a-string": tlv(OCTETS, der),
        "a-set": b"\x31" + der[1:],
        "no-signature": tlv(SEQUENCE, plain().signed(), ED25519),
    }
    for word, leaf in odd.items():
        fault = Fault("not-one-certificate", "leaf-encoding", ["LEF-2"])
        page.refuse(f"open.{word}", twin, fault, {"leaf": leaf.hex()})
    serials = {
        "zero": b"\x00",
        "negative": b"\x80",
        "21-octets": b"\x01" + bytes(20),
        "not-minimal": b"\x00\x01",
    }
    for word, serial in serials.items():
        fault = Fault("odd-serial", "leaf-encoding", ["LEF-2"])
        page.refuse(
            f"open.serial-{word}", twin, fault, {"leaf": replace(plain(), serial=serial).made().hex()}
        )
    flag = tlv(SEQUENCE, oid("2.5.29.15"), tlv(0x01, b"\x01"), tlv(OCTETS, tlv(BITS, b"\x07\x80")))
    default = tlv(SEQUENCE, oid("2.5.29.15"), tlv(0x01, b"\x00"), tlv(OCTETS, tlv(BITS, b"\x07\x80")))
    loose = {"true-is-01": (flag, CLIENT), "false-is-stated": (default, CLIENT), "empty-list": ()}
    for word, extensions in loose.items():
        fault = Fault("loose-der", "leaf-encoding", ["LEF-2"])
        made = replace(plain(), extensions=extensions).made()
        page.refuse(f"open.{word}", twin, fault, {"leaf": made.hex()})
    _unique_ids(page, twin)


def _unique_ids(page: Page, twin: Json) -> None:
    fault = Fault("loose-unique-id", "leaf-encoding", ["LEF-2"])
    loose = {
        "issuer-id-empty": tlv(ISSUER_ID),
        "issuer-id-of-8-unused": tlv(ISSUER_ID, b"\x08\x00"),
        "subject-id-unused-of-nothing": tlv(SUBJECT_ID, b"\x01"),
        "subject-id-unused-set": tlv(SUBJECT_ID, b"\x04\x1f"),
        "subject-id-a-list": tlv(SUBJECT_ID, tlv(SEQUENCE, SIGNS, CLIENT)),
        "second-id-loose": tlv(ISSUER_ID, b"\x00\xff") + tlv(SUBJECT_ID, b"\x07\xff"),
    }
    for word, ids in loose.items():
        made = replace(plain(), unique_ids=ids, extensions=None).made()
        page.refuse(f"open.{word}", twin, fault, {"leaf": made.hex()})
    fault = Fault("unique-id-in-version-1", "leaf-encoding", ["LEF-2"])
    for word, ids in {"issuer-id": tlv(ISSUER_ID, b"\x00\xff"), "subject-id": UNIQUE_IDS}.items():
        made = replace(plain(), version=b"", unique_ids=ids, extensions=None).made()
        page.refuse(f"open.v1-with-{word}", twin, fault, {"leaf": made.hex()})


# ---------------------------------------------------------------- LEF-3 to LEF-9


def _open_faults() -> Iterator[tuple[str, Fault, Recipe]]:
    for word, octet in VERSION.items():
        version = tlv(0xA0, tlv(INTEGER, octet)) if octet else b""
        fault = Fault("change-version-of-leaf", "leaf-version", ["LEF-3"])
        extensions = (SIGNS, CLIENT) if octet else None
        yield word, fault, replace(plain(), version=version, extensions=extensions)
    yield from _algorithms()
    yield from _extensions()
    yield from _usages()
    yield from _subjects()


def _algorithms() -> Iterator[tuple[str, Fault, Recipe]]:
    fault = Fault("other-signature-algorithm", "leaf-signature-algorithm", ["LEF-6"])
    others = {
        "ecdsa-sha1": tlv(SEQUENCE, oid("1.2.840.10045.4.1")),
        "ecdsa-sha384": tlv(SEQUENCE, oid("1.2.840.10045.4.3.3")),
        "rsa-md5": tlv(SEQUENCE, oid("1.2.840.113549.1.1.4"), tlv(NULL)),
        "rsa-sha256": tlv(SEQUENCE, oid("1.2.840.113549.1.1.11"), tlv(NULL)),
        "ed448": tlv(SEQUENCE, oid("1.3.101.113")),
        "ecdsa-with-parameters": tlv(SEQUENCE, oid("1.2.840.10045.4.3.2"), tlv(NULL)),
    }
    for word, algorithm in others.items():
        yield f"algorithm-{word}", fault, replace(plain(), algorithm=algorithm)
    fault = Fault("two-signature-algorithms", "leaf-signature-algorithm", ["LEF-6"])
    yield "algorithm-two", fault, replace(plain(), algorithm=ED25519, inner_algorithm=ECDSA_SHA256)


def _extensions() -> Iterator[tuple[str, Fault, Recipe]]:
    fault = Fault("repeat-extension-of-leaf", "leaf-extension", ["LEF-7"])
    yield "extension-twice", fault, _with(CLIENT)
    yield "unknown-extension-twice", fault, _with(extension(PRIVATE, b"a"), extension(PRIVATE, b"b"))
    fault = Fault("critical-extension-of-leaf", "leaf-extension", ["LEF-7"])
    yield "critical-unknown", fault, _with(extension(PRIVATE, b"a", critical=True))
    yield "critical-name-constraints", fault, _with(extension("2.5.29.30", tlv(SEQUENCE), critical=True))
    fault = Fault("malformed-extension-of-leaf", "leaf-extension", ["LEF-7"])
    yield "usage-of-no-bits", fault, replace(plain(), extensions=(extension("2.5.29.15", tlv(NULL)), CLIENT))
    yield "names-of-no-list", fault, _with(extension("2.5.29.17", b"\x04\x00"))


def _usages() -> Iterator[tuple[str, Fault, Recipe]]:
    fault = Fault("other-usage", "leaf-usage", ["LEF-8"])
    agrees = extension("2.5.29.15", tlv(BITS, b"\x03\x08"), critical=True)
    server = extension("2.5.29.37", tlv(SEQUENCE, oid("1.3.6.1.5.5.7.3.1")))
    anything = extension("2.5.29.37", tlv(SEQUENCE, oid("2.5.29.37.0")))
    yield "usage-key-agreement", fault, replace(plain(), extensions=(agrees, CLIENT))
    yield "usage-server", fault, replace(plain(), extensions=(SIGNS, server))
    yield "usage-anything", fault, replace(plain(), extensions=(SIGNS, anything))
    authority = extension("2.5.29.19", tlv(SEQUENCE, tlv(0x01, b"\xff")), critical=True)
    yield "usage-authority", Fault("leaf-is-authority", "leaf-usage", ["LEF-8"]), _with(authority)


def _subjects() -> Iterator[tuple[str, Fault, Recipe]]:
    yield "without-names", Fault("no-names", "leaf-name", ["LEF-9"]), replace(plain(), subject=name())
    fault = Fault("control-in-name", "leaf-name", ["LEF-9"])
    texts = {"zero": "Ada\0Eve", "line-feed": "Ada\nEve", "delete": "Ada\x7f", "c1-control": "Ada\x85"}
    for word, text in texts.items():
        yield f"subject-with-{word}", fault, replace(plain(), subject=name(text))
    yield "uri-with-zero", fault, _with(names((URI, b"urn:a\0b")))
    yield "host-with-zero", fault, _with(names((DNS, b"a.example\0.example")))
    yield "mail-with-line-feed", fault, _with(names((EMAIL, b"a@example\n")))


# ---------------------------------------------------------------- LEF-10, LEF-11 and order


def _times(page: Page, twin: Json) -> None:
    der = plain().made()
    early = Fault("before-validity", "leaf-not-yet-valid", ["LEF-10"])
    late = Fault("after-validity", "leaf-expired", ["LEF-10"])
    page.refuse("open.one-ms-early", twin, early, under_open(der, (NOW - DAY) * 1000 - 1))
    page.refuse("open.in-1970", twin, early, under_open(der, 0))
    page.refuse("open.one-ms-late", twin, late, under_open(der, (NOW + 300 * DAY) * 1000 + 1000))
    page.refuse("open.in-2100", twin, late, under_open(der, 4_102_444_800_000))
    fault = Fault("longer-validity", "leaf-validity-too-long", ["LEF-11"])
    for word, end in {
        "400-days-1-s": NOW + 399 * DAY + 1,
        "100-years": NOW + 36525 * DAY,
        "for-ever": 253402300799,
    }.items():
        made = replace(plain(), not_after=end).made()
        page.refuse(f"open.{word}", twin, fault, {"leaf": made.hex()})


def _order(page: Page, twin: Json) -> None:
    """Two faults at once: the first rule names the reason."""
    expired = replace(plain(), not_before=NOW - 900 * DAY, not_after=NOW - DAY)
    curve = replace(plain(), spki=leaf_keys.small_order_spki())
    control, twofold = name("Ada\0Eve"), replace(curve, inner_algorithm=ECDSA_SHA256)
    pairs: dict[str, tuple[str, str, bytes]] = {
        "length-and-encoding": ("leaf-too-long", "LEF-1", bytes(601)),
        "version-and-key": ("leaf-version", "LEF-3", replace(curve, version=b"", extensions=None).made()),
        "key-and-algorithm": ("leaf-small-order", "LEF-5", twofold.made()),
        "algorithm-and-extension": (
            "leaf-signature-algorithm",
            "LEF-6",
            replace(_with(CLIENT), inner_algorithm=ECDSA_SHA256).made(),
        ),
        "extension-and-name": ("leaf-extension", "LEF-7", replace(_with(CLIENT), subject=control).made()),
        "name-and-time": ("leaf-name", "LEF-9", replace(expired, subject=control).made()),
        "time-and-term": ("leaf-expired", "LEF-10", expired.made()),
    }  # fmt: skip
    for word, (reason, req, made) in pairs.items():
        fault = Fault("two-faults-of-leaf", reason, [req])
        page.refuse(f"open.{word}", twin, fault, {"leaf": made.hex()})
