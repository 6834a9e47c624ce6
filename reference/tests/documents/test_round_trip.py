"""What is written is read again as it was, in every form that a document has."""

import ipaddress
import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coterie import documents
from coterie.documents import (
    Contact,
    Document,
    GroupIdRedirect,
    GroupInfo,
    GroupInvitation,
    GroupListEntry,
    GroupMember,
)
from coterie.errors import LocalError, RemoteError
from vectors.generator import document_bases as bases
from vectors.generator.document_texts import der

FORBIDDEN = [
    chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x2028, 0x202F), *range(0x2066, 0x206A))
]
SIGNS = st.characters(codec="utf-8", exclude_characters=[*FORBIDDEN, "\ufeff", "\ufffe", "\uffff"])
ADDRESSES = st.one_of(
    st.integers(0x01000000, 0xDFFFFFFF).map(lambda number: str(ipaddress.IPv4Address(number))),
    st.integers(0x2000 << 112, (0x4000 << 112) - 1).map(lambda number: str(ipaddress.IPv6Address(number))),
    st.sampled_from(("::1", "127.0.0.1", "fd00::1")),
)
CONTACTS = st.builds(Contact, ADDRESSES, st.integers(1, 65535))
MULTICAST = st.builds(
    Contact, st.sampled_from(("224.0.0.1", "239.255.1.2", "ff0e::1:2")), st.integers(1, 65535)
)
GROUP_IDS = st.one_of(
    st.binary(min_size=1, max_size=255),
    st.text(SIGNS, min_size=1, max_size=40).map(lambda text: unicodedata.normalize("NFC", text).encode()),
)
DIGESTS = st.binary(min_size=32, max_size=32)
TEXTS = st.text(SIGNS, max_size=80)


@st.composite
def infos(draw: st.DrawFn, *, certified: bool = True) -> GroupInfo:
    """Any group-info; of an invitation when `certified` is false, so that closed has no certificate."""
    closed, receivers = draw(st.booleans()), draw(st.booleans())
    others = draw(st.sets(st.integers(2, 65535), max_size=7))
    return GroupInfo(
        contacts=tuple(draw(st.lists(CONTACTS, min_size=1, max_size=16))),
        description=draw(TEXTS),
        policy="closed" if closed else "open",
        authority_certificate=b"\x30\x03\x02\x01\x05" if closed and certified else None,
        suites=(1, *sorted(others)),
        admits_receivers=receivers,
        origin_auth="sender" if receivers else draw(st.sampled_from(("group", "sender"))),
        multicast=draw(st.none() | MULTICAST),
        max_datagram=draw(st.integers(1200, 65000)),
    )


@st.composite
def invitations(draw: st.DrawFn) -> GroupInvitation:
    """Any invitation."""
    info = draw(infos(certified=False))
    main = draw(st.none() | GROUP_IDS)
    return GroupInvitation(
        group_id=draw(GROUP_IDS),
        info=info,
        authority_fingerprint=draw(DIGESTS) if info.policy == "closed" else None,
        main_group_id=main,
        main_contacts=tuple(draw(st.lists(CONTACTS, min_size=1, max_size=4))) if main else (),
    )


DOCUMENTS: st.SearchStrategy[Document] = st.one_of(
    infos(),
    st.builds(GroupIdRedirect, GROUP_IDS),
    st.builds(GroupMember, DIGESTS, st.none() | st.text(SIGNS, min_size=1, max_size=64)),
    st.builds(GroupListEntry, GROUP_IDS, st.none() | TEXTS),
    invitations(),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(DOCUMENTS)
def test_document_changed_on_its_way_through_octets(document: Document) -> None:
    assert documents.parse(documents.build(document)) == document


@settings(max_examples=150, deadline=None, derandomize=True)
@given(DOCUMENTS)
def test_document_changed_on_its_way_through_json(document: Document) -> None:
    fields = json.loads(json.dumps(documents.to_fields(document)))

    assert documents.from_fields(fields) == document


@settings(max_examples=100, deadline=None, derandomize=True)
@given(invitations())
def test_invitation_changed_on_its_way_through_a_uri(invitation: GroupInvitation) -> None:
    uri = documents.to_uri(invitation)

    assert uri.isascii()
    assert documents.from_uri(uri) == invitation


@settings(max_examples=100, deadline=None, derandomize=True)
@given(GROUP_IDS)
def test_group_id_was_written_in_two_ways(group_id: bytes) -> None:
    written = documents.build(GroupIdRedirect(group_id))

    assert documents.build(documents.parse(written)) == written


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"type": "group-infos"},
        {"type": "group-member"},
        {"type": "group-member", "peer_id": 5},
        {"type": "group-member", "peer_id": "ab " * 32},
        {"type": "group-member", "peer_id": "ab" * 32, "nick": "x"},
        {"type": "group-member", "peer_id": "ab" * 32, "name": 7},
        {"type": "group-info", "contacts": {}, "description": ""},
        {"type": "group-info", "contacts": [{"address": "::1"}], "description": ""},
        {"type": "group-info", "contacts": [{"address": "::1", "port": True}], "description": ""},
        {
            "type": "group-info",
            "contacts": [{"address": "::1", "port": 1}],
            "description": "",
            "suites": ["1"],
        },
        {"type": "group-invitation", "group_id": "00"},
    ],
)
def test_wrong_shape_was_taken_for_a_document(fields: dict[str, object]) -> None:
    with pytest.raises(LocalError):
        documents.from_fields(fields)


def test_invitation_too_long_for_a_uri_was_cut() -> None:
    info = GroupInfo((Contact("::1", 1),), "\u4e2d" * 1024)

    with pytest.raises(LocalError):
        documents.to_uri(GroupInvitation(b"x", info))


def test_lone_surrogate_ended_in_a_traceback() -> None:
    with pytest.raises(LocalError):
        documents.build(GroupListEntry(b"x", "\ud800"))


def test_wrong_python_type_was_written() -> None:
    with pytest.raises(LocalError):
        documents.build(GroupInfo((Contact("::1", 1),), "", max_datagram="1300"))  # type: ignore[arg-type]


def test_certificate_of_the_longest_size_was_refused() -> None:
    octets = bases.value("authority-certificate", der(1024))(bases.base("options"))

    read = documents.parse(octets)

    assert isinstance(read, GroupInfo)
    assert len(read.authority_certificate or b"") == 1024


@pytest.mark.parametrize("address", ["::ffff:7f00:1", "fe80::1", "::"])
def test_address_that_reaches_nobody_came_in_by_a_uri(address: str) -> None:
    with pytest.raises(RemoteError) as refusal:
        documents.from_uri(f"coterie:x?c=[{address}]:1&d=")

    assert refusal.value.requirement == "REQ-DOC-34"
