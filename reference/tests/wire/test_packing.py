"""The short way of the data path beside the layouts: the same values, the same octets, the same refusals."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coterie import registry
from coterie.errors import LocalError, RemoteError
from coterie.vocabulary import NodeId, OverlayId, ViewId
from coterie.wire import bodies, codec, constructs, frames, layouts, packing
from reference.tests.wire import hexdumps, samples

NAMES = list(packing.READERS)
ORIGIN = registry.extensions()["origin-signature"]
ALLOWED = frozenset({ORIGIN})
SIGNED = st.just((bodies.Extension(ORIGIN, bytes(64)),))


def refused(error: RemoteError) -> tuple[str, str | None, str, str]:
    return error.reason, error.field, error.requirement, str(error)


def quick(name: str, octets: bytes, allowed: frozenset[int]) -> Any:
    try:
        return packing.read(name, octets, allowed)
    except RemoteError as error:
        return refused(error)


def slow(name: str, octets: bytes, allowed: frozenset[int]) -> Any:
    try:
        return codec.decode_by_layout(name, octets, allowed)
    except RemoteError as error:
        return refused(error)


def compare(name: str, octets: bytes) -> None:
    """Both ways agree; where the short one does not know, it is the layout's to refuse."""
    for allowed in (codec.NONE_ALLOWED, ALLOWED):
        found, expected = quick(name, octets, allowed), slow(name, octets, allowed)
        if found is None:
            assert isinstance(expected, tuple)
        else:
            assert found == expected


def changed(data: st.DataObject, octets: bytes) -> bytes:
    """One valid body with an octet flipped, cut, or some put in."""
    at = data.draw(st.integers(0, max(len(octets) - 1, 0)))
    match data.draw(st.integers(0, 3)):
        case 0 if octets:
            return octets[:at] + bytes([octets[at] ^ data.draw(st.integers(1, 255))]) + octets[at + 1 :]
        case 1:
            return octets[:at]
        case 2:
            return octets[:at] + data.draw(st.binary(max_size=6)) + octets[at:]
        case _:
            return octets[:at] + octets[at + data.draw(st.integers(1, 9)) :]


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_the_short_way_reads_or_writes_something_else(name: str, data: st.DataObject) -> None:
    body = data.draw(samples.BODIES[name])
    if data.draw(st.booleans()):
        body = replace(body, extensions=(*body.extensions, *data.draw(SIGNED)))

    octets = codec.encode_by_layout(body)

    assert packing.write(body) == octets
    if all(each.type != ORIGIN for each in body.extensions):
        assert packing.read(name, octets, codec.NONE_ALLOWED) == body
    compare(name, octets)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_the_short_way_refuses_otherwise(name: str, data: st.DataObject) -> None:
    octets = codec.encode_by_layout(data.draw(samples.BODIES[name]))

    for _ in range(data.draw(st.integers(1, 3))):
        octets = changed(data, octets)

    compare(name, octets)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=100, deadline=None)
@given(octets=st.binary(max_size=120))
def test_random_octets_are_read_in_two_ways(name: str, octets: bytes) -> None:
    compare(name, octets)


@pytest.mark.parametrize("name", NAMES)
def test_every_cut_and_every_flip_of_a_frame_is_read_in_two_ways(name: str) -> None:
    octets = b"".join(part.octets for part in hexdumps.read(name).body())

    for at in range(len(octets)):
        compare(name, octets[:at])
        for mask in (0x01, 0x40, 0x80, 0xFF):
            compare(name, octets[:at] + bytes([octets[at] ^ mask]) + octets[at + 1 :])


@pytest.mark.parametrize("name", NAMES)
def test_a_frame_of_the_data_path_takes_the_long_way(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    octets = b"".join(part.octets for part in hexdumps.read(name).body())
    body = codec.decode_by_layout(name, octets)
    monkeypatch.setattr(layouts, "BODIES", {})

    assert codec.decode_body(name, octets) == body
    assert codec.encode_body(body) == octets


MESSAGE = bodies.Message(1, 0, 0, 1, b"")
UNFIT: dict[str, Any] = {
    "timestamp": bodies.Data(0, 1, (replace(MESSAGE, timestamp=2**64),)),
    "negative": bodies.Data(-1, 1, (MESSAGE,)),
    "payload": bodies.Data(0, 1, (replace(MESSAGE, payload=bytes(65536)),)),
    "messages": bodies.Data(0, 1, (MESSAGE,) * 65536),
    "extension": bodies.Data(0, 1, (MESSAGE,), (bodies.Extension(65536, b""),)),
    "value": bodies.Alive(0, 0, 0, (bodies.Extension(7, bytes(65536)),)),
    "text": bodies.Data(0, 1, (replace(MESSAGE, payload="words"),)),  # type: ignore[arg-type]
    "stable": bodies.Heartbeat(0, 0, 0, 2**64),
    "ranges": bodies.Nack((bodies.Range(0, 1, 1),) * 256),
    "sender": bodies.Nack((bodies.Range(65536, 1, 1),)),
}


@pytest.mark.parametrize("case", UNFIT)
def test_a_value_that_does_not_fit_is_written_the_short_way(case: str) -> None:
    body = UNFIT[case]

    assert packing.write(body) is None
    with pytest.raises(LocalError) as long:
        codec.encode_by_layout(body)
    with pytest.raises(LocalError) as short:
        codec.encode_body(body)
    assert str(short.value) == str(long.value)


OVERLAY = OverlayId(bytes(range(16)))
VIEW = ViewId(bytes(range(16)))


@pytest.mark.parametrize("packed", [layouts.HEADER, layouts.SIGNED_PREFIX, layouts.SEALED_PREFIX])
def test_a_row_written_in_one_step_is_written_otherwise_than_field_by_field(
    packed: constructs.Packed,
) -> None:
    values = packed.parse(bytes(range(100, 200)))

    assert packed.pack(values) == packed.build(values) == bytes(range(100, 100 + packed.format.size))


@pytest.mark.parametrize(
    "prefix",
    [
        frames.SealedPrefix(ViewId(bytes(15)), 1, 1),
        frames.SealedPrefix(ViewId(bytes(17)), 1, 1),
        frames.SealedPrefix(VIEW, 65536, 1),
        frames.SealedPrefix(VIEW, 1, -1),
        frames.SealedPrefix("text", 1, 1),  # type: ignore[arg-type]
    ],
)
def test_a_prefix_that_does_not_fit_is_written_all_the_same(prefix: frames.SealedPrefix) -> None:
    with pytest.raises(LocalError, match="does not fit"):
        frames.associated(OVERLAY, prefix, 10)


def test_a_signer_that_is_too_short_is_filled_with_zeros() -> None:
    prefix = frames.SignedPrefix(NodeId(bytes(31)), 1, 1, NodeId(bytes(32)))

    with pytest.raises(LocalError, match="'signer' does not fit"):
        frames.unsigned(OVERLAY, prefix, bodies.Ping(bytes(8)))
