"""Values that misled their readers: in the wrong place, about another group, by a stranger."""

from __future__ import annotations

import pytest

from coterie import documents
from coterie.crypto import names
from coterie.documents import GroupIdRedirect, GroupInfo, GroupListEntry, GroupMember
from coterie.errors import RemoteError
from coterie.values import read
from reference.tests.values.stock import (
    DAY,
    LIST,
    MEMBERS,
    NAME,
    OPEN,
    W,
    admission,
    closed_info,
    closed_overlay,
    info,
    issuer,
    member,
    publisher,
    redirect,
    signed,
    taken,
)

ADA, BEN = publisher(0), publisher(1, "p256")
MEMBER = {"kind": MEMBERS, "slot": bytes(16)}
ENTRY = {"kind": LIST, "name": b"", "value": documents.build(GroupListEntry(NAME))}


def refusal(octets: bytes, wall_ms: int = W) -> str:
    with pytest.raises(RemoteError) as refused:
        read(taken(octets, wall_ms), wall_ms)
    return refused.value.reason


def test_a_value_in_its_place_was_not_read() -> None:
    assert isinstance(read(taken(signed(ADA)), W), GroupInfo)
    assert isinstance(read(taken(signed(ADA, value=redirect())), W), GroupIdRedirect)
    assert isinstance(read(taken(signed(BEN, **MEMBER, value=member(BEN.peer))), W), GroupMember)
    assert isinstance(read(taken(signed(ADA, **ENTRY)), W), GroupListEntry)
    assert isinstance(read(taken(closed_info(BEN)), W), GroupInfo)


def test_a_tombstone_was_read_as_a_document() -> None:
    assert read(taken(signed(ADA, value=b"", lifetime=DAY)), W) is None


def test_a_document_of_another_kind_was_believed() -> None:
    assert refusal(signed(ADA, value=member(ADA.peer))) == "wrong-document"
    assert refusal(signed(ADA, **MEMBER, value=info())) == "wrong-document"
    assert refusal(signed(ADA, **ENTRY | {"value": redirect()})) == "wrong-document"


def test_noise_was_taken_for_a_document() -> None:
    assert refusal(signed(ADA, value=b"\x00")) == "not-a-group-document"


def test_a_group_hid_in_the_slot_of_another() -> None:
    certificate = issuer().certificate

    assert refusal(signed(ADA, slot=closed_overlay())) == "slot-mismatch"
    assert refusal(signed(ADA, value=redirect(), slot=names.overlay_id(b"novels"))) == "slot-mismatch"
    assert refusal(closed_info(ADA, slot=OPEN)) == "slot-mismatch"
    assert refusal(signed(ADA, name=b"novels")) == "slot-mismatch"
    by_certificate = names.overlay_id(NAME, names.authority_hash(certificate))
    assert refusal(closed_info(ADA, slot=by_certificate)) == "slot-mismatch"


def test_an_authority_without_a_key_named_a_group() -> None:
    assert refusal(closed_info(ADA, value=info(certificate=bytes.fromhex("3003020105")))) == "slot-mismatch"


def test_somebody_was_made_a_member_by_another() -> None:
    assert refusal(signed(ADA, **MEMBER, value=member(BEN.peer))) == "publisher-mismatch"


def test_a_stranger_said_where_a_closed_group_is() -> None:
    elsewhere = admission(ADA, names.overlay_id(b"novels", issuer().hash))

    assert refusal(closed_info(ADA, leaf=ADA.leaf)) == "leaf-name"
    assert refusal(closed_info(ADA, leaf=elsewhere)) == "leaf-name"


def test_a_listener_said_where_a_closed_group_is() -> None:
    assert refusal(closed_info(ADA, leaf=admission(ADA, role="receiver"))) == "leaf-name"


def test_an_admission_that_ended_still_spoke_for_its_group() -> None:
    later = W + 2 * DAY * 1000

    assert refusal(closed_info(ADA, sequence=later), later) == "leaf-expired"
