"""Octets changed at random are refused or read, never anything else; two parsers see the same form."""

import random

import pytest
from lxml import etree

from coterie import documents
from coterie.documents import markup, opening, tree
from coterie.errors import RemoteError
from vectors.generator import document_bases as bases

PIECES = (
    b"<", b">", b"&", b'"', b"'", b"/", b"=", b" ", b"\n", b"\r", b"\x00", b"\xff", b"\xc3", b"]]>", b"<!--",
    b"-->", b"<?", b"?>", b"<![CDATA[", b"<!DOCTYPE a>", b"&amp;", b"&#0;", b"&#x41;", b"xmlns:x='u'", b"x:",
    b"xml:id='1'", b"<x/>", b"</", b"/>", b"\xef\xbb\xbf", b"\xe2\x80\xae", b"0", b"a", b"-", b"</a>", b":",
    b"<a xmlns='u'>",
)  # fmt: skip


def damaged(seed: int) -> bytes:
    """A good document with one to three pieces put in, taken out or put over others."""
    draw = random.Random(seed)
    octets = bytearray(bases.base(draw.choice(list(bases.BASES))))
    for _ in range(draw.choice((1, 1, 2, 3))):
        position = draw.randrange(len(octets))
        length = draw.choice((0, 0, 1, 1, 2, 8))
        octets[position : position + length] = draw.choice((b"", draw.choice(PIECES)))
    return bytes(octets)


def outcome(given: bytes | str) -> str:
    """The type of a good document, which can also be written, or the reason of a refusal."""
    try:
        document = documents.from_uri(given) if isinstance(given, str) else documents.parse(given)
    except RemoteError as refusal:
        return refusal.reason
    documents.build(document)
    return documents.type_of(document)


@pytest.mark.parametrize("start", range(0, 4000, 500))
def test_damaged_document_ended_in_another_exception(start: int) -> None:
    outcomes = {outcome(damaged(seed)) for seed in range(start, start + 500)}

    assert len(outcomes) >= 10


def expat_accepts(text: str) -> bool:
    try:
        tree.parse(text)
    except RemoteError:
        return False
    return True


def libxml_accepts(text: str) -> bool:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError:
        return False
    return True


@pytest.mark.parametrize("start", range(0, 4000, 500))
def test_parsers_disagree_about_what_is_well_formed(start: int) -> None:
    compared = 0
    for seed in range(start, start + 500):
        try:
            text, begin = opening.open_document(damaged(seed))
            markup.scan(text, begin)
        except RemoteError:
            continue
        assert expat_accepts(text) == libxml_accepts(text), seed
        compared += 1

    assert compared >= 100


@pytest.mark.parametrize("name", sorted(bases.BASES))
def test_truncated_document_was_accepted(name: str) -> None:
    whole = bases.base(name).rstrip()

    for length in range(len(whole)):
        with pytest.raises(RemoteError):
            documents.parse(whole[:length])


@pytest.mark.parametrize("name", sorted(bases.BASES))
def test_flipped_bit_ended_in_another_exception(name: str) -> None:
    whole = bases.base(name)

    for position in range(0, len(whole), 3):
        for bit in range(8):
            octets = bytearray(whole)
            octets[position] ^= 1 << bit
            assert outcome(bytes(octets))


@pytest.mark.parametrize("seed", range(20))
def test_damaged_uri_ended_in_another_exception(seed: int) -> None:
    invitation = documents.parse(bases.base("invitation"))
    assert isinstance(invitation, documents.GroupInvitation)
    uri = documents.to_uri(invitation)
    draw = random.Random(seed)
    for _ in range(100):
        position = draw.randrange(len(uri))
        changed = uri[:position] + draw.choice("&=%?[]:#\x00é~A9") + uri[position + draw.choice((0, 1, 3)) :]
        assert outcome(changed)
