"""Vectors of envelopes: signing, and each rule of a storer broken alone, and with all that follow it."""

from collections.abc import Iterator
from dataclasses import replace

from coterie.crypto import identity
from coterie.crypto.signature import P256_ORDER, sign
from coterie.values import envelope
from vectors.generator import admissions, envelopes, leaf_keys, leaves, scene
from vectors.generator.book import Book, Fault, Json, Page
from vectors.generator.envelopes import INFO, LIST, MEMBERS, NOWHERE, Draft, draft, stored, tombstone

W = scene.WALL_MS
DAY_S = 86_400
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
SIZES = {
    "kind": 1, "name-length": 1, "name": 7, "slot": 16, "sequence": 8, "lifetime": 4, "leaf-length": 2,
}  # fmt: skip
"""The fields up to the leaf, in octets."""


def signing() -> list[Json]:
    """Envelopes by Ed25519 keys, whose signatures are one only."""
    book = Book("envelope-sign")
    page = book.page("envelope.sign", reqs=["VAL-11", "VAL-2"])
    twin = page.accept("info", _unsigned(draft()))
    page.accept("members", _unsigned(draft(kind=MEMBERS)))
    page.accept("list", _unsigned(draft("Cleo", LIST)))
    page.accept("tombstone", _unsigned(tombstone(draft())), variation="tombstone")
    page.accept("other-overlay", _unsigned(replace(draft(), overlay=scene.OTHER)), variation="other-overlay")
    for word, changes in _odd().items():
        page.accept(word, _unsigned(draft().but(**changes)), variation="not-checked")
    wrong = Fault("argument-of-no-size", "usage", ["VAL-2"])
    sizes: dict[str, Json] = {
        "kind-256": {"kind": 256},
        "kind-is-a-name": {"kind": "group-info"},
        "name-256": {"name": bytes(256).hex()},
        "slot-15": {"slot": bytes(15).hex()},
        "slot-17": {"slot": bytes(17).hex()},
        "sequence-beyond": {"sequence": 2**64},
        "lifetime-beyond": {"lifetime": 2**32},
        "leaf-65536": {"leaf": bytes(65536).hex()},
        "value-65536": {"value": bytes(65536).hex()},
        "overlay-15": {"overlay": bytes(15).hex()},
        "no-key": {"key": bytes(32).hex()},
    }
    for word, given in sizes.items():
        page.misuse(word, twin, wrong, given)
    return book.vectors


def _odd() -> dict[str, Json]:
    return {
        "kind-0": {"kind": 0},
        "kind-255": {"kind": 255},
        "name-empty": {"name": b""},
        "name-255": {"name": bytes(255)},
        "sequence-0": {"sequence": 0},
        "sequence-greatest": {"sequence": 2**64 - 1},
        "lifetime-0": {"lifetime": 0},
        "lifetime-greatest": {"lifetime": 2**32 - 1},
        "leaf-empty": {"leaf": b""},
        "value-8193": {"value": bytes(8193)},
    }


def _unsigned(made: Draft) -> Json:
    fields = made.fields
    return {
        "overlay": made.overlay.hex(),
        "kind": fields.kind,
        "name": fields.name.hex(),
        "slot": fields.slot.hex(),
        "sequence": fields.sequence,
        "lifetime": fields.lifetime,
        "leaf": fields.leaf.hex(),
        "value": fields.value.hex(),
        "key": identity.private_key_der(made.key).hex(),
    }


def checking() -> list[Json]:
    """What a storer takes, and what it refuses."""
    book = Book("envelope")
    page = book.page("envelope.check", reqs=["VAL-2", "VAL-11"])
    twin = page.accept("ed25519", stored(draft().signed()))
    for word, variation, reqs, given in _good():
        page.accept(word, given, variation=variation, reqs=reqs)
    for word, fault, octets in (*_structure(), *_fields(), *_signatures()):
        page.refuse(word, twin, fault, {"bytes": octets.hex()})
    _clocks(page, twin)
    _order(page, twin)
    return book.vectors


def _good() -> Iterator[tuple[str, str, list[str], Json]]:
    made = draft("Ben").signed()
    yield "p256", "p256-key", ["VAL-11"], stored(made)
    yield "p256-other-signature", "high-s", ["VAL-11"], stored(envelopes.other_signature(made))
    for word, kind in {"members": MEMBERS, "list": LIST}.items():
        yield word, f"kind-{word}", ["VAL-3", "VAL-4", "VAL-5"], stored(draft("Ben", kind).signed())
        buried = tombstone(draft("Cleo", kind))
        yield f"tombstone-{word}", "tombstone", ["VAL-6"], stored(buried.signed())
    yield "tombstone", "tombstone", ["VAL-6"], stored(tombstone(draft()).signed())
    changes: dict[str, tuple[str, str, Json]] = {
        "name-1": ("VAL-4", "shortest-name", {"name": b"a"}),
        "name-255": ("VAL-4", "longest-name", {"name": b"x" * 255}),
        "name-binary": ("VAL-4", "binary-name", {"name": bytes([0xFF, 0x00])}),
        "slot-last-bit": ("VAL-5", "slot-almost-zeros", {"slot": bytes(15) + b"\x01"}),
        "lifetime-60": ("VAL-6", "shortest-lifetime", {"lifetime": 60}),
        "lifetime-86400": ("VAL-6", "longest-lifetime", {"lifetime": DAY_S}),
        "value-1": ("VAL-12", "value-no-document", {"value": b"\x00"}),
        "value-8192": ("VAL-7", "longest-value", {"value": scene.octets("value", 8192)}),
        "admission": ("VAL-10", "leaf-of-a-closed-group", {"leaf": scene.admission("Ada")}),
        "leaf-by-another": ("VAL-10", "other-issuer", {"leaf": _recipe(signer="Cleo")}),
        "slot-of-another": ("VAL-13", "slot-not-compared", {"slot": scene.OTHER}),
        "document-of-another-kind": ("VAL-12", "value-not-read", {"value": envelopes.entry()}),
    }
    for word, (req, variation, fields) in changes.items():
        yield word, variation, [req], stored(draft().but(**fields).signed())
    early = draft().but(sequence=W + 300_000).signed()
    yield "sequence-ahead", "furthest-ahead", ["VAL-8"], stored(early)
    late = draft().but(sequence=W - 600_000 + 1).signed()
    yield "last-millisecond", "last-millisecond", ["VAL-9"], stored(late)
    day = draft().but(sequence=W - DAY_S * 1000 + 1, lifetime=DAY_S).signed()
    yield "last-millisecond-of-a-day", "last-millisecond", ["VAL-9"], stored(day)


def _recipe(signer: str) -> bytes:
    return replace(admissions.plain(), signer=scene.person(signer).key).made()


def _structure() -> Iterator[tuple[str, Fault, bytes]]:
    octets = draft().signed()
    cut = Fault("cut-envelope", "bad-envelope", ["VAL-2"])
    borders, at = {"nothing": 0}, 0
    for name, size in SIZES.items():
        at += size
        borders[f"after-{name}"] = at
    fields = draft().fields
    for name, size in (("leaf", len(fields.leaf)), ("value-length", 2), ("value", len(fields.value))):
        at += size
        borders[f"after-{name}"] = at
    for word, size in borders.items():
        yield f"cut.{word}", cut, octets[:size]
        if size > 1:
            yield f"cut.before-{word}", cut, octets[: size - 1]
    yield "cut.inside-signature", cut, octets[:-32]
    yield "cut.last-octet", cut, octets[:-1]
    longer = Fault("grow-envelope", "bad-envelope", ["VAL-2"])
    yield "grown.octet", longer, octets + b"\x00"
    yield "grown.signature", longer, octets + octets[-64:]
    yield "grown.twice", longer, octets + octets
    untrue = Fault("change-envelope-length", "bad-envelope", ["VAL-2"])
    after = len(fields.leaf) + 39
    for word, place, size in (("name", 1, 1), ("leaf", 37, 2), ("value", after, 2)):
        stated = int.from_bytes(octets[place : place + size], "big")
        for step, more in (("less", -1), ("more", 1)):
            changed = (stated + more).to_bytes(size, "big")
            yield f"length.{word}-{step}", untrue, octets[:place] + changed + octets[place + size :]
        most = b"\xff" * size
        yield f"length.{word}-greatest", untrue, octets[:place] + most + octets[place + size :]


def _fields() -> Iterator[tuple[str, Fault, bytes]]:
    faults: dict[tuple[str, str, str], dict[str, Draft]] = {
        ("kind-without-name", "unknown-kind", "VAL-3"): {
            f"kind-{kind}": draft().but(kind=kind) for kind in (0, 4, 128, 240, 255)
        },
        ("group-empty", "bad-group-id", "NAM-3"): {
            "name-empty": draft().but(name=b""),
            "name-empty-of-members": draft(kind=MEMBERS).but(name=b""),
        },
        ("group-not-nfc", "bad-group-id", "NAM-3"): {
            "name-not-nfc": draft().but(name="Cafe\u0301".encode()),
            "name-not-nfc-of-members": draft(kind=MEMBERS).but(name="Cafe\u0301".encode()),
        },
        ("list-with-name", "bad-group-id", "VAL-4"): {
            "list-named": draft(kind=LIST).but(name=b"Vectors"),
            "list-named-zero": draft(kind=LIST).but(name=b"\x00"),
        },
        ("slot-against-kind", "bad-slot", "VAL-5"): {
            "slot-zeros": draft().but(slot=NOWHERE),
            "slot-zeros-of-list": draft(kind=LIST).but(slot=NOWHERE),
            "slot-of-members": draft(kind=MEMBERS).but(slot=scene.OPEN),
            "slot-of-members-last-bit": draft(kind=MEMBERS).but(slot=bytes(15) + b"\x01"),
            "slot-of-members-first-bit": draft(kind=MEMBERS).but(slot=b"\x80" + bytes(15)),
        },
        ("lifetime-beyond-limits", "bad-lifetime", "VAL-6"): {
            f"lifetime-{seconds}": draft().but(lifetime=seconds) for seconds in (0, 59, DAY_S + 1, 2**32 - 1)
        },
        ("tombstone-shorter", "bad-lifetime", "VAL-6"): {
            f"tombstone-{seconds}": tombstone(draft()).but(lifetime=seconds)
            for seconds in (60, 600, DAY_S - 1)
        },
        ("grow-value", "value-too-long", "VAL-7"): {
            f"value-{size}": draft().but(value=bytes(size)) for size in (8193, 65535)
        },
        ("sequence-ahead", "future-value", "VAL-8"): {
            f"sequence-{word}": draft().but(sequence=value)
            for word, value in (
                ("ahead", W + 300_001),
                ("greatest", 2**64 - 1),
                ("in-seconds-too-large", W * 1000),
            )
        },
        ("lifetime-over", "expired-value", "VAL-9"): {
            f"expired-{word}": draft().but(sequence=value)
            for word, value in (
                ("now", W - 600_000),
                ("before", W - 600_001),
                ("ever-since", 0),
                ("in-seconds", W // 1000),
            )
        },
    }
    for (mutation, reason, req), drafts in faults.items():
        reqs = [req] if req.startswith("VAL") else [req, "VAL-4"]
        for word, made in drafts.items():
            yield f"field.{word}", Fault(mutation, reason, reqs), made.signed()
    yield from _bad_leaves()


def _bad_leaves() -> Iterator[tuple[str, Fault, bytes]]:
    plain = admissions.plain()
    bad = {
        "octets-601": ("grow-leaf", "leaf-too-long", "LEF-1", leaves.padded(601)),
        "empty": ("not-one-certificate", "leaf-encoding", "LEF-2", b""),
        "cut": ("not-one-certificate", "leaf-encoding", "LEF-2", plain.made()[:-1]),
        "small-order": (
            "small-order-key", "leaf-small-order", "LEF-5",
            replace(plain, spki=leaf_keys.small_order_spki()).made(),
        ),
        "early": (
            "before-validity", "leaf-not-yet-valid", "LEF-10",
            replace(plain, not_before=scene.NOW + 1).made(),
        ),
        "expired": (
            "after-validity", "leaf-expired", "LEF-10", replace(plain, not_after=scene.NOW - 1).made(),
        ),
        "400-days-1-s": (
            "longer-validity", "leaf-validity-too-long", "LEF-11",
            replace(plain, not_after=scene.NOW + 399 * DAY_S + 1).made(),
        ),
    }  # fmt: skip
    for word, (mutation, reason, req, leaf) in bad.items():
        yield f"leaf.{word}", Fault(mutation, reason, [req, "VAL-10"]), draft().but(leaf=leaf).signed()


def _signatures() -> Iterator[tuple[str, Fault, bytes]]:
    octets, made = draft().signed(), draft()
    flipped = Fault("flip-envelope-bit", "bad-signature", ["VAL-11"])
    after = len(made.fields.leaf) + 41
    for word, place in {
        "name": 2,
        "slot": 9,
        "sequence": 32,
        "lifetime": 36,
        "value": after,
        "last": -65,
    }.items():
        yield f"signature.flip-{word}", flipped, _flip(octets, place)
    spoilt = Fault("flip-signature", "bad-signature", ["VAL-11"])
    yield "signature.flip-r", spoilt, _flip(octets, -64)
    yield "signature.flip-s", spoilt, _flip(octets, -1)
    yield "signature.zeros", spoilt, octets[:-64] + bytes(64)
    elsewhere = Fault("other-overlay-signed", "bad-signature", ["VAL-11"])
    yield "signature.other-overlay", elsewhere, replace(made, overlay=scene.OTHER).signed()
    yield "signature.other-overlay-p256", elsewhere, replace(draft("Ben"), overlay=scene.OTHER).signed()
    yield "signature.zero-overlay", elsewhere, replace(made, overlay=type(scene.OTHER)(bytes(16))).signed()
    foreign = Fault("signed-by-another", "bad-signature", ["VAL-11"])
    yield "signature.other-key", foreign, replace(made, key=scene.person("Cleo").key).signed()
    yield "signature.other-kind-of-key", foreign, replace(made, key=scene.person("Ben").key).signed()
    yield "signature.other-leaf", foreign, octets.replace(made.fields.leaf, _same_size(made))
    label = b"coterie/1 envelope\x00"
    short = Fault("sign-less", "bad-signature", ["VAL-11"])
    for word, signed in {
        "without-label": made.overlay + made.blank(),
        "without-overlay": label + made.blank(),
        "label-of-frames": b"coterie/1 frame-signature\x00" + made.overlay + made.blank(),
        "value-only": label + made.overlay + made.fields.value,
        "overlay-last": label + made.blank() + made.overlay,
    }.items():
        yield f"signature.{word}", short, made.blank() + sign(made.key, signed)
    yield from _out_of_range()


def _out_of_range() -> Iterator[tuple[str, Fault, bytes]]:
    ada, ben = draft().signed(), draft("Ben").signed()
    second = int.from_bytes(ada[-32:], "little") + ED25519_ORDER
    range_ = Fault("signature-out-of-range", "bad-signature", ["VAL-11"])
    yield "signature.second-s", range_, ada[:-32] + second.to_bytes(32, "little")
    yield "signature.r-zero", range_, ben[:-64] + bytes(32) + ben[-32:]
    yield "signature.s-zero", range_, ben[:-32] + bytes(32)
    yield "signature.s-is-n", range_, ben[:-32] + P256_ORDER.to_bytes(32, "big")


def _same_size(made: Draft) -> bytes:
    """Cleo's leaf, which is as long as Ada's but for her name."""
    spki = scene.person("Cleo").spki
    return made.fields.leaf.replace(scene.person("Ada").spki, spki)


def _flip(octets: bytes, place: int) -> bytes:
    changed = bytearray(octets)
    changed[place] ^= 1
    return bytes(changed)


def _clocks(page: Page, twin: Json) -> None:
    """The same envelope, by other clocks."""
    octets, end = draft().signed(), W + 600_000
    for word, wall_ms in {"earlier": W - 300_000, "earlier-by-one": W - 1, "at-the-end": end - 1}.items():
        page.accept(
            f"clock.{word}", stored(octets, wall_ms), variation="other-clock", reqs=["VAL-8", "VAL-9"]
        )
    for word, wall_ms in {"expired": end, "expired-a-day": end + DAY_S * 1000}.items():
        page.refuse(
            f"clock.{word}", twin, Fault("lifetime-over", "expired-value", ["VAL-9"]), {"wall_ms": wall_ms}
        )
    ahead = Fault("sequence-ahead", "future-value", ["VAL-8"])
    page.refuse("clock.too-early", twin, ahead, {"wall_ms": W - 300_001})
    page.refuse("clock.at-the-epoch", twin, ahead, {"wall_ms": 0})
    buried = page.accept(
        "clock.tombstone",
        stored(tombstone(draft()).signed(), W + 86_399_999),
        variation="tombstone",
        reqs=["VAL-6", "VAL-9"],
    )
    page.refuse(
        "clock.tombstone-expired",
        buried,
        Fault("lifetime-over", "expired-value", ["VAL-9"]),
        {"wall_ms": W + 86_400_000},
    )


def _order(page: Page, twin: Json) -> None:
    """All faults at once, then one less each time: the first that is left decides."""
    steps: list[tuple[str, str, str, Json]] = [
        ("kind", "unknown-kind", "VAL-3", {"kind": 9}),
        ("name", "bad-group-id", "NAM-3", {"name": b""}),
        ("slot", "bad-slot", "VAL-5", {"slot": NOWHERE}),
        ("lifetime", "bad-lifetime", "VAL-6", {"lifetime": 1}),
        ("value", "value-too-long", "VAL-7", {"value": bytes(9000)}),
        ("expiry", "expired-value", "VAL-9", {"sequence": 5}),
        ("leaf", "leaf-too-long", "LEF-1", {"leaf": leaves.padded(700)}),
    ]
    for place, (word, reason, req, _) in enumerate(steps):
        changes: Json = {}
        for *_, more in steps[place:]:
            changes |= more
        octets = draft().but(**changes).blank() + envelope.NOT_SIGNED
        fault = Fault("several-faults", reason, [req])
        page.refuse(f"order.{word}-first", twin, fault, {"bytes": octets.hex()})
    late = draft().but(sequence=2**63, leaf=b"").blank() + envelope.NOT_SIGNED
    page.refuse(
        "order.sequence-first",
        twin,
        Fault("several-faults", "future-value", ["VAL-8"]),
        {"bytes": late.hex()},
    )
    cut = draft().but(kind=INFO + 8).signed()[:-1]
    page.refuse(
        "order.structure-first",
        twin,
        Fault("several-faults", "bad-envelope", ["VAL-2"]),
        {"bytes": cut.hex()},
    )
