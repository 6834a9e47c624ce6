"""What a storer takes that proves nothing, and what it refuses that it should keep."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from coterie.crypto import names
from coterie.crypto.signature import P256_ORDER
from coterie.errors import LocalError, RemoteError
from coterie.values import Resource
from coterie.vocabulary import OverlayId
from coterie.wire import envelopes
from reference.tests.values.stock import (
    DAY,
    INFO,
    LIST,
    MAIN,
    MEMBERS,
    NAME,
    OPEN,
    W,
    publisher,
    signed,
    taken,
)

ADA, BEN = publisher(0), publisher(1, "p256")


def refusal(octets: bytes, wall_ms: int = W) -> str:
    with pytest.raises(RemoteError) as refused:
        taken(octets, wall_ms)
    return refused.value.reason


def test_the_members_of_a_group_were_stored_where_it_is_announced() -> None:
    keys = {Resource.of(kind, NAME).key for kind in ("group-info", "group-members")}

    assert len(keys) == 2
    assert names.resource_key(INFO, NAME) in keys
    assert Resource.of("group-list", b"").key == sha256(b"coterie/1 resource\x00\x03\x00").digest()


def test_a_resource_without_a_kind_was_looked_up() -> None:
    with pytest.raises(LocalError, match="group-list"):
        Resource.of("group-friends", NAME)


@pytest.mark.parametrize(
    ("kind", "name"), [("group-info", b""), ("group-members", b""), ("group-list", b"x")]
)
def test_a_value_was_looked_for_under_a_name_that_nobody_uses(kind: str, name: bytes) -> None:
    with pytest.raises(RemoteError, match="bad-group-id"):
        Resource.of(kind, name)


@pytest.mark.parametrize("who", [ADA, BEN], ids=["ed25519", "p256"])
def test_an_honest_publisher_was_turned_away(who: Any) -> None:
    passed = taken(signed(who))

    assert (passed.kind, passed.publisher) == ("group-info", who.peer)
    assert passed.expires == W + 600_000
    assert not passed.is_tombstone


def test_an_envelope_was_cut_on_the_way_and_nobody_saw_it() -> None:
    octets = signed(ADA)

    for size in range(len(octets)):
        assert refusal(octets[:size]) == "bad-envelope"
    assert refusal(octets + b"\x00") == "bad-envelope"


def test_a_flipped_bit_was_stored() -> None:
    octets = signed(ADA)

    for at in range(len(octets)):
        changed = bytearray(octets)
        changed[at] ^= 1
        assert refusal(bytes(changed))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": 0}, "unknown-kind"),
        ({"kind": 4}, "unknown-kind"),
        ({"name": b""}, "bad-group-id"),
        ({"name": "Cafe\u0301".encode()}, "bad-group-id"),
        ({"kind": LIST}, "bad-group-id"),
        ({"slot": bytes(16)}, "bad-slot"),
        ({"kind": LIST, "name": b"", "slot": bytes(16)}, "bad-slot"),
        ({"kind": MEMBERS}, "bad-slot"),
        ({"lifetime": 59}, "bad-lifetime"),
        ({"lifetime": DAY + 1}, "bad-lifetime"),
        ({"value": b"", "lifetime": DAY - 1}, "bad-lifetime"),
        ({"value": bytes(8193)}, "value-too-long"),
        ({"sequence": W + 300_001}, "future-value"),
        ({"sequence": W - 600_000}, "expired-value"),
        ({"leaf": b""}, "leaf-encoding"),
        ({"leaf": bytes(601)}, "leaf-too-long"),
        ({"leaf": BEN.leaf}, "bad-signature"),
    ],
)
def test_a_storer_kept_what_it_has_to_refuse(changes: dict[str, Any], reason: str) -> None:
    assert refusal(signed(ADA, **changes)) == reason


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": MEMBERS, "slot": bytes(16)},
        {"kind": LIST, "name": b""},
        {"name": b"x" * 255},
        {"lifetime": 60},
        {"lifetime": DAY},
        {"value": b"", "lifetime": DAY},
        {"value": bytes(8192)},
        {"sequence": W + 300_000},
        {"sequence": W - 599_999},
        {"slot": b"\x01" + bytes(15)},
    ],
)
def test_a_storer_refused_what_it_does_not_have_to_understand(changes: dict[str, Any]) -> None:
    assert taken(signed(ADA, **changes)).publisher == ADA.peer


def test_a_fast_clock_made_a_value_live_longer() -> None:
    ahead, behind = signed(ADA, sequence=W + 300_000), signed(ADA, sequence=W - 1000)

    assert taken(ahead).expires == W + 600_000
    assert taken(behind).expires == W - 1000 + 600_000


def test_a_value_was_carried_into_another_overlay() -> None:
    assert refusal(signed(ADA, OverlayId(OPEN))) == "bad-signature"
    assert taken(signed(ADA, MAIN)).publisher == ADA.peer


def test_the_second_signature_of_a_curve_key_was_refused() -> None:
    octets = signed(BEN)
    s = P256_ORDER - int.from_bytes(octets[-32:], "big")

    assert taken(octets[:-32] + s.to_bytes(32, "big")).publisher == BEN.peer


def test_a_value_too_long_for_its_field_was_cut_in_silence() -> None:
    with pytest.raises(LocalError, match="name"):
        signed(ADA, name=bytes(256))
    with pytest.raises(LocalError, match="slot"):
        signed(ADA, slot=bytes(15))


def test_an_envelope_was_written_otherwise_than_it_was_read() -> None:
    octets = signed(BEN)

    assert envelopes.encode(envelopes.decode(octets)) == octets
