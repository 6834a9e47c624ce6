"""Names of peers and groups, and what is no name."""

import unicodedata
from hashlib import sha256

import pytest

from coterie.crypto import names
from coterie.errors import LocalError, RemoteError
from coterie.vocabulary import OverlayId

SPKI = bytes(range(44))


def test_names_are_made_otherwise_than_written() -> None:
    overlay = OverlayId(bytes([7]) * 16)

    assert names.peer_id(SPKI) == sha256(b"coterie/1 peer-id\x00" + SPKI).digest()
    assert names.node_id(overlay, SPKI) == sha256(b"coterie/1 node-id\x00" + overlay + SPKI).digest()
    assert names.authority_hash(SPKI) == sha256(SPKI).digest()


@pytest.mark.parametrize("authority", [b"", bytes([9]) * 32], ids=["open", "closed"])
def test_overlay_is_named_otherwise_than_written(authority: bytes) -> None:
    expected = sha256(b"coterie/1 overlay-id\x00\x05books" + authority).digest()[:16]

    assert names.overlay_id(b"books", authority) == expected


def test_peer_has_one_name_in_two_overlays() -> None:
    assert names.node_id(OverlayId(bytes(16)), SPKI) != names.node_id(OverlayId(b"\x01" + bytes(15)), SPKI)


@pytest.mark.parametrize(
    "group", [b"x", b"x" * 255, b"\x00", "日本語".encode(), b"\xff\xfe binary", b"e\xcc"]
)
def test_group_id_is_refused(group: bytes) -> None:
    assert len(names.overlay_id(group)) == 16


@pytest.mark.parametrize(
    "group",
    [b"", b"x" * 256, unicodedata.normalize("NFD", "é").encode(), "\u212b".encode()],
    ids=["empty", "long", "decomposed", "angstrom-sign"],
)
def test_group_has_no_name_or_two(group: bytes) -> None:
    with pytest.raises(RemoteError) as refused:
        names.overlay_id(group)

    assert (refused.value.reason, refused.value.requirement) == ("bad-group-id", "REQ-NAM-3")


@pytest.mark.parametrize("size", [1, 16, 31, 33])
def test_authority_of_another_size_names_a_group(size: int) -> None:
    with pytest.raises(LocalError, match="32 octets"):
        names.overlay_id(b"books", bytes(size))
