"""The kit's own reading of stored values: what it writes it reads, and what it must refuse it refuses."""

import random
import re
from pathlib import Path
from typing import Any

import pytest

from coterie_kit import data, leaves, values
from coterie_kit.faults import Unreadable
from coterie_kit.keys import p256
from coterie_kit.keys.names import digest, overlay_id, peer_id
from coterie_kit.keys.signatures import SigningKey
from coterie_kit.values import Envelope, checking, documents

WALL = 1_800_000_000_000
OVERLAY = b"\x0e" * 16
NAME = b"Lesekreis"
KEY = SigningKey.from_octets(b"\x21" * 32)
LEAF = leaves.make(leaves.good(KEY, WALL))
INFO = documents.info("Jeden Dienstag", "192.0.2.7", 4007)


def envelope(**changes: Any) -> Envelope:
    made = Envelope(1, NAME, overlay_id(NAME), WALL - 5000, 600, LEAF, INFO)
    return made.changed(**changes)


def stored(made: Envelope, key: SigningKey = KEY) -> bytes:
    return made.signed(key, OVERLAY).octets()


def refusal(octets: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        values.read(values.check(octets, OVERLAY, WALL), WALL)
    return refused.value.reason


def found(*envelopes: bytes) -> list[bytes]:
    return [each.publisher for each in values.found_in(envelopes, OVERLAY, "group-info", NAME, WALL)]


def test_envelope_of_the_draft_is_read_otherwise() -> None:
    text = data.path("spec/registry.toml").with_name("hexdumps").joinpath("ENVELOPE.txt").read_text("utf-8")
    rows = (re.match(r"[0-9a-f]{4}  ((?:[0-9a-f]{2} ?)+)", line) for line in text.splitlines())
    octets = bytes.fromhex("".join(row[1] for row in rows if row))

    read = values.parse(octets)

    assert read.octets() == octets
    assert (read.kind, read.name, read.slot) == (1, b"example", bytes(range(0x20, 0x30)))
    assert (read.sequence, read.lifetime) == (1_767_225_600_000, 600)
    assert (read.value, read.signature) == (b"GROUP-MANAGEMENT:", b"Q" * 64)


def test_envelope_is_written_otherwise_than_it_was_read() -> None:
    octets = stored(envelope())

    assert values.parse(octets).octets() == octets


@pytest.mark.parametrize("size", [0, 1, 2, 10, 27, 40, 300, -65, -64, -1])
def test_envelope_that_is_cut_is_read(size: int) -> None:
    assert refusal(stored(envelope())[:size]) == "bad-envelope"


def test_octets_behind_an_envelope_are_passed_over() -> None:
    assert refusal(stored(envelope()) + b"\x00") == "bad-envelope"


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("unknown-kind", {"kind": 4, "name": b""}),
        ("bad-group-id", {"name": b"", "slot": bytes(16)}),
        ("bad-group-id", {"name": b"Cafe\xcc\x81"}),
        ("bad-group-id", {"kind": 3}),
        ("bad-slot", {"slot": bytes(16), "lifetime": 59}),
        ("bad-slot", {"kind": 2}),
        ("bad-lifetime", {"lifetime": 59, "value": bytes(8193)}),
        ("bad-lifetime", {"lifetime": 86_401}),
        ("bad-lifetime", {"lifetime": 86_399, "value": b""}),
        ("value-too-long", {"value": bytes(8193), "sequence": WALL + 300_001}),
        ("future-value", {"sequence": WALL + 300_001, "leaf": b""}),
        ("expired-value", {"sequence": WALL - 600_000, "leaf": b""}),
        ("leaf-too-long", {"leaf": bytes(601)}),
        ("leaf-encoding", {"leaf": LEAF[:-1]}),
        ("wrong-document", {"value": documents.member(b"\x01" * 32), "slot": b"\x01" * 16}),
        ("slot-mismatch", {"slot": b"\x01" * 16}),
        ("publisher-mismatch", {"kind": 2, "slot": bytes(16), "value": documents.member(b"\x01" * 32)}),
        ("not-a-group-document", {"value": b"words"}),
        ("not-well-formed", {"value": INFO[:-5]}),
    ],
)
def test_fault_is_taken_or_refused_for_a_later_one(reason: str, changes: dict[str, Any]) -> None:
    assert refusal(stored(envelope(**changes))) == reason


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"lifetime": 60},
        {"lifetime": 86_400},
        {"sequence": WALL + 300_000},
        {"sequence": WALL - 599_999},
        {"value": INFO.ljust(8192, b"\n")},
        {"value": b"", "lifetime": 86_400},
        {"name": b"\xff" * 255, "slot": overlay_id(b"\xff" * 255)},
        {"kind": 2, "slot": bytes(16), "value": documents.member(peer_id(KEY.spki), "Ada")},
        {"kind": 3, "name": b"", "value": documents.entry(NAME)},
    ],
)
def test_good_envelope_at_the_edge_is_refused(changes: dict[str, Any]) -> None:
    taken = values.check(stored(envelope(**changes)), OVERLAY, WALL)

    assert taken.publisher == peer_id(KEY.spki)
    assert taken.expires == min(taken.envelope.sequence, WALL) + 1000 * taken.envelope.lifetime
    assert (values.read(taken, WALL) is None) == (not taken.envelope.value)


@pytest.mark.parametrize("kind", ["ed25519", "p256"])
def test_signature_for_another_overlay_is_taken(kind: str) -> None:
    key = SigningKey.from_octets(b"\x22" * 32, kind)
    made = envelope(leaf=leaves.make(leaves.good(key, WALL)))

    assert values.check(stored(made, key), OVERLAY, WALL).publisher == peer_id(key.spki)
    assert refusal(made.signed(key, b"\x0f" * 16).octets()) == "bad-signature"


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("leaf-version", {"version": bytes.fromhex("a003020101"), "extensions": ()}),
        ("leaf-signature-algorithm", {"algorithm": leaves.ECDSA_SHA384}),
        ("leaf-usage", {"extensions": (leaves.usage(5),)}),
        ("leaf-extension", {"extensions": (leaves.usage(0), leaves.usage(0))}),
        ("leaf-extension", {"extensions": (leaves.Extension(leaves.PRIVATE, b"\x05\x00", critical=True),)}),
        ("leaf-name", {"subject": leaves.name(None)}),
        ("leaf-name", {"subject": leaves.name("line\nfeed")}),
        ("leaf-not-yet-valid", {"not_before": WALL // 1000 + 1}),
        ("leaf-expired", {"not_after": WALL // 1000 - 1}),
        ("leaf-validity-too-long", {"not_after": WALL // 1000 + 400 * 86_400}),
    ],
)
def test_leaf_that_no_overlay_takes_publishes(reason: str, changes: dict[str, Any]) -> None:
    leaf = leaves.make(leaves.good(KEY, WALL).changed(**changes))

    assert refusal(stored(envelope(leaf=leaf))) == reason


# ---------------------------------------------------------------- closed groups

AUTHORITY = leaves.authority(SigningKey.from_octets(b"\x31" * 32, "p256"), WALL)
CERTIFICATE = leaves.make(AUTHORITY)
CLOSED = overlay_id(NAME, digest(AUTHORITY.key.spki))


def closed(**changes: Any) -> Envelope:
    admitted = leaves.closed(KEY, AUTHORITY, CLOSED, WALL).changed(**changes)
    value = documents.info("geschlossen", "192.0.2.7", 4007, CERTIFICATE)
    return envelope(slot=CLOSED, leaf=leaves.make(admitted), value=value)


def test_member_of_a_closed_group_is_not_heard() -> None:
    document = values.read(values.check(stored(closed()), OVERLAY, WALL), WALL)

    assert document is not None
    assert bytes.fromhex(document["authority_certificate"]) == CERTIFICATE


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("leaf-validity-too-long", {"not_after": WALL // 1000 + 8 * 86_400}),
        ("leaf-usage", {"extensions": (leaves.usage(0),)}),
        ("leaf-name", {"extensions": (leaves.usage(0), leaves.extended_usage(leaves.CLIENT_AUTH))}),
        ("leaf-issuer", {"signer": KEY}),
        ("leaf-issuer", {"issuer": leaves.name("somebody")}),
    ],
)
def test_stranger_says_where_a_closed_group_is(reason: str, changes: dict[str, Any]) -> None:
    assert refusal(stored(closed(**changes))) == reason


# ---------------------------------------------------------------- choosing


def test_order_of_arrival_chooses() -> None:
    rng = random.Random(5)
    keys = [SigningKey.from_octets(bytes([number]) * 32) for number in range(1, 6)]
    envelopes = [
        stored(
            envelope(
                leaf=leaves.make(leaves.good(key, WALL)), sequence=WALL - age - number // 2, lifetime=3600
            ),
            key,
        )
        for number, key in enumerate(keys)
        for age in (0, 50, 90)
    ]
    wanted = found(*envelopes)

    assert len(wanted) == len(keys)
    for _ in range(20):
        rng.shuffle(envelopes)
        assert found(*envelopes, *envelopes[:3]) == wanted


def test_withdrawn_or_contradicted_value_counts() -> None:
    old, new = envelope(), envelope(sequence=WALL - 1000)
    tombstone = envelope(value=b"", lifetime=86_400, sequence=WALL - 500)

    assert found(stored(old), stored(new)) == [peer_id(KEY.spki)]
    assert found(stored(old), stored(new), stored(tombstone)) == []
    assert found(stored(old), stored(new), stored(new.changed(lifetime=601))) == []
    assert found(stored(old), stored(new.changed(value=b"words"))) == []
    assert found(stored(old), stored(new)[:-1]) == [peer_id(KEY.spki)]


def test_second_signature_silences_a_publisher() -> None:
    key = SigningKey.from_octets(b"\x23" * 32, "p256")
    made = envelope(leaf=leaves.make(leaves.good(key, WALL)))
    once = stored(made, key)
    other_half = p256.ORDER - int.from_bytes(once[-32:], "big")
    again = once[:-32] + other_half.to_bytes(32, "big")

    assert found(again) == found(once) == [peer_id(key.spki)]
    assert found(once, again) == [peer_id(key.spki)]


def test_alias_and_group_are_one_class() -> None:
    others = [SigningKey.from_octets(bytes([number]) * 32) for number in (1, 2, 3)]
    said = [INFO, documents.redirect(b"one"), documents.redirect(b"one"), documents.redirect(b"two")]
    envelopes = [
        stored(envelope(leaf=leaves.make(leaves.good(key, WALL)), value=value, sequence=WALL - place), key)
        for place, (key, value) in enumerate(zip([KEY, *others], said, strict=True))
    ]
    several = values.found_in(envelopes, OVERLAY, "group-info", NAME, WALL)
    one = values.found_in(envelopes[1:3], OVERLAY, "group-info", NAME, WALL)

    assert values.classes_of(several) == [[0], [1, 2], [3]]
    assert values.used_of(several, values.classes_of(several), None) == []
    assert values.used_of(several, values.classes_of(several), overlay_id(NAME)) == [0]
    assert values.used_of(one, values.classes_of(one), None) == [0, 1]
    assert values.used_of(one, values.classes_of(one), overlay_id(NAME)) == []


@pytest.mark.parametrize(
    ("names", "reason"), [("aa", "redirect-loop"), ("abcb", "redirect-loop"), ("abcdef", "redirect-depth")]
)
def test_redirects_are_followed_without_end(names: str, reason: str) -> None:
    values.follow([b"a", b"b", b"c", b"d", b"e"])
    with pytest.raises(Unreadable) as refused:
        values.follow([name.encode() for name in names])

    assert refused.value.reason == reason


# ---------------------------------------------------------------- documents


@pytest.mark.parametrize(
    "octets", [b"", b"GROUP-MANAGEMENT:", b"GROUP-MANAGEMENT:\n", INFO.replace(b"info", b"other"), INFO[17:]]
)
def test_octets_that_are_no_document_are_read(octets: bytes) -> None:
    with pytest.raises(Unreadable):
        documents.parse(octets)


def test_document_is_read_otherwise_than_it_was_written() -> None:
    info = documents.parse(documents.info("a < b & c", "192.0.2.7", 4007, CERTIFICATE))

    assert info["description"] == "a < b & c"
    assert info["contacts"] == [{"address": "192.0.2.7", "port": 4007}]
    assert (info["policy"], info["authority_certificate"]) == ("closed", CERTIFICATE.hex())
    assert documents.parse(documents.redirect(b"\xff"))["actual_group_id"] == "ff"
    assert documents.parse(documents.entry(NAME, "x"))["description"] == "x"
    assert documents.parse(documents.member(b"\x01" * 32)) == {
        "type": "group-member", "peer_id": "01" * 32, "name": None,
    }  # fmt: skip


def test_figures_of_the_draft_are_no_documents_to_the_kit() -> None:
    folder: Path = data.path("spec/registry.toml").with_name("examples")
    figures = ("group-info", "group-id-redirect", "group-member", "group-list-entry", "group-invitation")

    for kind in figures:
        assert documents.parse(folder.joinpath(f"{kind}.txt").read_bytes())["type"] == kind


def test_name_that_the_kind_has_not_is_taken() -> None:
    for kind, name in (("group-info", b""), ("group-members", b"\xff" * 256), ("group-list", b"x")):
        with pytest.raises(Unreadable, match="bad-group-id"):
            checking.check_name(kind, name)
