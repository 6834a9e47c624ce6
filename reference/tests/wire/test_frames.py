"""The checks before the body: each refuses by its name, in the order of the draft, whatever else is wrong."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie import registry, wire
from coterie.errors import RemoteError
from coterie.vocabulary import NodeId, OverlayId, ViewId
from coterie.wire import bodies, frames, layouts
from reference.tests.wire import hexdumps

NAMES = tuple(layouts.BODIES)
SEALED = "DATA"
OVERLAY = OverlayId(bytes(range(16)))


def sample(name: str) -> bytes:
    return hexdumps.read(name).octets


def changed(octets: bytes, position: int, value: int) -> bytes:
    return octets[:position] + bytes([value]) + octets[position + 1 :]


def with_length(octets: bytes) -> bytes:
    return octets[:6] + (len(octets) - 24).to_bytes(2, "big") + octets[8:]


def outcome(octets: bytes) -> str | bytes:
    """The phase of the refusal, or the octets of the frame that was read."""
    try:
        return wire.decode_frame(octets).octets
    except RemoteError as refused:
        return refused.phase


def refusal(octets: bytes, **options: int) -> tuple[str, str]:
    with pytest.raises(RemoteError) as caught:
        wire.decode_frame(octets, **options)
    return caught.value.reason, caught.value.requirement


@given(octets=st.binary(max_size=300) | st.binary(max_size=300).map(lambda rest: b"\xc0\x7e\x01" + rest))
def test_random_octets_break_the_checks_of_a_datagram(octets: bytes) -> None:
    assert outcome(octets) in {"decode", octets}


@pytest.mark.parametrize("name", NAMES)
def test_a_frame_cut_short_is_read(name: str) -> None:
    octets = sample(name)

    for size in range(len(octets)):
        assert refusal(octets[:size]) == (
            ("too-short", "REQ-FRM-2") if size < 24 else ("bad-length", "REQ-FRM-10")
        )


@pytest.mark.parametrize("name", NAMES)
def test_a_frame_with_octets_after_it_is_read(name: str) -> None:
    assert refusal(sample(name) + b"\x00") == ("bad-length", "REQ-FRM-10")
    assert refusal(sample(name) + sample("HELLO1")) == ("bad-length", "REQ-FRM-10")


@pytest.mark.parametrize("name", NAMES)
def test_a_flipped_bit_of_the_header_goes_unnoticed(name: str) -> None:
    octets = sample(name)
    expected = {
        0: "bad-magic", 1: "bad-magic", 2: "unknown-version", 4: "wrong-protection", 5: "reserved-nonzero",
        6: "bad-length", 7: "bad-length",
    }  # fmt: skip

    for position, reason in expected.items():
        for bit in range(8):
            assert refusal(changed(octets, position, octets[position] ^ 1 << bit))[0] == reason


@pytest.mark.parametrize("code", [0, 8, 0x1D, 0x28, 0x47, 0xFF])
def test_a_type_that_is_not_assigned_is_read(code: int) -> None:
    assert refusal(changed(sample("PING"), 3, code)) == ("unknown-type", "REQ-FRM-7")


@pytest.mark.parametrize("name", NAMES)
def test_a_frame_travels_under_another_protection_than_its_own(name: str) -> None:
    for code in {0, 1, 2, 3, 255} - {sample(name)[4]}:
        assert refusal(changed(sample(name), 4, code)) == ("wrong-protection", "REQ-FRM-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_datagram_one_octet_too_long_is_read(name: str) -> None:
    if name in {"HELLO1", "RETRY"}:
        exact = sample(name)
        assert refusal(with_length(exact + b"\x00")) == ("short-frame", "REQ-FRM-12")
        assert refusal(with_length(exact[:-1])) == ("short-frame", "REQ-FRM-12")
        return
    octets = sample(name)
    at_limit = with_length(octets + bytes(1200 - len(octets)))

    assert wire.decode_frame(at_limit).octets == at_limit
    assert refusal(with_length(at_limit + b"\x00")) == ("datagram-too-long", "REQ-FRM-11")


def test_a_group_with_longer_datagrams_loses_them_or_lends_them_to_signed_frames() -> None:
    sealed = with_length(sample(SEALED) + bytes(1201 - len(sample(SEALED))))
    signed = with_length(sample("PING") + bytes(1201 - len(sample("PING"))))

    assert wire.decode_frame(sealed, max_datagram=1201).octets == sealed
    assert refusal(sealed, max_datagram=1200) == ("datagram-too-long", "REQ-FRM-11")
    assert refusal(signed, max_datagram=65000) == ("datagram-too-long", "REQ-FRM-11")


def test_a_frame_out_of_segments_is_too_long_for_itself() -> None:
    signed = with_length(sample("PING") + bytes(2000))

    assert wire.decode_frame(signed, assembled=True).octets == signed


@pytest.mark.parametrize("name", NAMES)
def test_a_frame_without_room_for_prefix_and_trailer_is_read(name: str) -> None:
    least = {"signed": 24 + 80 + 64, "sealed": 24 + 28 + 16}.get(registry.frame_type(name).protection)
    if least is None:
        return
    octets = sample(name)[:least]

    assert wire.decode_frame(with_length(octets)).octets == with_length(octets)
    assert refusal(with_length(octets[:-1])) == ("short-frame", "REQ-FRM-12")


@pytest.mark.parametrize("position", [0x2A, 0x2B])
def test_the_reserved_field_of_a_sealed_prefix_is_used(position: int) -> None:
    assert refusal(changed(sample(SEALED), position, 1)) == ("reserved-nonzero", "REQ-FRM-9")


@dataclass(frozen=True)
class Fault:
    """One way to spoil a sealed frame, and the reason that it has alone."""

    reason: str
    position: int
    value: int


FAULTS = (
    Fault("bad-magic", 0, 0),
    Fault("unknown-version", 2, 2),
    Fault("unknown-type", 3, 0x7F),
    Fault("wrong-protection", 4, 1),
    Fault("reserved-nonzero", 5, 1),
    Fault("bad-length", 7, 0),
    Fault("reserved-nonzero", 0x2B, 1),
)


def test_of_several_faults_another_than_the_first_is_named() -> None:
    for first in range(len(FAULTS)):
        octets = sample(SEALED)
        for fault in FAULTS[first:]:
            octets = changed(octets, fault.position, fault.value)
        assert refusal(octets)[0] == FAULTS[first].reason


def test_the_overlay_is_looked_up_before_the_version_or_after_the_type() -> None:
    unknown_type = changed(sample("PING"), 3, 0x7F)

    assert wire.decode_header(unknown_type).overlay_id == sample("PING")[8:24]
    with pytest.raises(RemoteError, match="unknown-version"):
        wire.decode_header(changed(unknown_type, 2, 9))


def test_a_greeting_of_another_version_is_not_answered_or_something_else_is() -> None:
    hello = changed(sample("HELLO1"), 2, 2)

    assert frames.version_question(hello) == (hello[8:24], hello[24:56])
    for other in (sample("HELLO1"), hello + b"\x00", hello[:-1], changed(hello, 3, 2), changed(hello, 0, 0)):
        assert frames.version_question(other) is None


def test_a_signature_covers_something_else_than_label_header_prefix_and_body() -> None:
    octets = sample("PING")
    frame = wire.decode_frame(octets)

    assert isinstance(frame, wire.SignedFrame)
    assert frame.signed_octets == b"coterie/1 frame-signature\x00" + octets[:-64]
    assert frame.signature == octets[-64:]
    assert frame.body == octets[24 + 80 : -64]


def test_a_frame_that_we_make_is_not_the_one_that_we_read() -> None:
    prefix = frames.SignedPrefix(NodeId(b"s" * 32), 5, 6, NodeId(b"d" * 32))
    octets = frames.unsigned(OVERLAY, prefix, bodies.Ping(b"12345678")) + bytes(64)
    signed = wire.decode_frame(octets)
    assert isinstance(signed, wire.SignedFrame)
    assert (signed.signer, signed.incarnation, signed.sequence) == (prefix.signer, 5, 6)
    assert signed.destination == prefix.destination

    associated = frames.associated(OVERLAY, frames.SealedPrefix(ViewId(b"v" * 16), 3, 4), 10)
    sealed = wire.decode_frame(associated + bytes(26))
    assert isinstance(sealed, wire.SealedFrame)
    assert (sealed.view_id, sealed.sender_index, sealed.counter) == (b"v" * 16, 3, 4)
    assert (sealed.associated, sealed.sealed) == (associated, bytes(26))
