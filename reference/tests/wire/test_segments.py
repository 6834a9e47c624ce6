"""Long frames: cut as the draft says, joined in any order, and every contradiction refused by its name."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coterie.errors import LocalError, RemoteError
from coterie.wire import bodies, codec, segments
from coterie.wire.segments import Assembly
from reference.tests.wire.test_frames import changed, sample, with_length


def long_frame(size: int) -> bytes:
    body = random.Random(size).randbytes(size - len(sample("PING")))
    return with_length(sample("PING") + body)


def pieces(frame: bytes) -> list[bodies.Segment]:
    found = [codec.decode_body("SEGMENT", each) for each in segments.cut(frame)]
    return [each for each in found if isinstance(each, bodies.Segment)]


def refusal(octets: list[bytes]) -> tuple[str, str]:
    with pytest.raises(RemoteError) as caught:
        segments.join(octets)
    return caught.value.reason, caught.value.requirement


@settings(max_examples=30, deadline=None)
@given(size=st.sampled_from([1201, 2316, 2317, 65535 + 24 - 23]) | st.integers(1201, 9000), data=st.data())
def test_a_frame_comes_out_of_its_segments_changed(size: int, data: st.DataObject) -> None:
    frame = long_frame(size)
    cut = segments.cut(frame)
    order = data.draw(st.permutations(cut))

    assert [len(each) - 18 for each in cut[:-1]] == [1158] * (len(cut) - 1)
    assert segments.join([*order, order[0]]) == frame


@pytest.mark.parametrize("size", [200, 1200, 65537])
def test_a_frame_that_needs_no_segments_or_cannot_have_them_is_cut(size: int) -> None:
    with pytest.raises(LocalError):
        segments.cut(bytes(size))


def test_a_segment_that_contradicts_another_is_joined() -> None:
    first, second, third = pieces(long_frame(3000))
    assembly = Assembly.start(first).add(second)

    for segment in (
        bodies.Segment(first.digest, 2, 4, third.payload),
        bodies.Segment(first.digest, 2, 2, third.payload),
        bodies.Segment(first.digest, 0, 3, third.payload),
        bodies.Segment(first.digest, 1, 3, second.payload[:-1]),
    ):
        with pytest.raises(RemoteError) as caught:
            assembly.add(segment)
        assert (caught.value.reason, caught.value.requirement) == ("segment-conflict", "REQ-FRM-28")
    assert assembly.add(second) == assembly
    assert assembly.add(third).is_complete


def test_an_assembly_grows_beyond_its_limit() -> None:
    assembly = Assembly.start(bodies.Segment(bytes(16), 0, 3, bytes(40000)))

    full = assembly.add(bodies.Segment(bytes(16), 1, 3, bytes(25536)))
    assert full.size == 65536
    with pytest.raises(RemoteError) as caught:
        assembly.add(bodies.Segment(bytes(16), 1, 3, bytes(25537)))
    assert (caught.value.reason, caught.value.requirement) == ("segment-limit", "REQ-FRM-29")


def test_a_frame_is_joined_that_its_segments_do_not_name() -> None:
    octets = segments.cut(long_frame(1300))
    spoiled = [changed(octets[0], 500, octets[0][500] ^ 1), octets[1]]

    assert refusal(spoiled) == ("segment-digest", "REQ-FRM-31")


@pytest.mark.parametrize(
    "inner",
    [
        with_length(sample("DATA") + bytes(1300)),
        with_length(sample("SEGMENT") + bytes(1300)),
        with_length(sample("PING") + bytes(1200 - len(sample("PING")))),
        long_frame(1300)[:-1],
        changed(long_frame(1300), 0, 0),
        changed(long_frame(1300), 2, 2),
        changed(long_frame(1300), 3, 0x1D),
        changed(long_frame(1300), 5, 1),
        bytes(1300),
    ],
)
def test_something_else_than_a_long_signed_frame_comes_out_of_segments(inner: bytes) -> None:
    half = len(inner) // 2
    parts = [inner[:half], inner[half:]]
    name = segments.digest(inner)
    octets = [codec.encode_body(bodies.Segment(name, index, 2, part)) for index, part in enumerate(parts)]

    assert refusal(octets) == ("segment-inner", "REQ-FRM-32")


def test_a_frame_with_a_hole_is_joined() -> None:
    first, *_, last = segments.cut(long_frame(3000))

    for incomplete in ([], [first], [first, last], [first, segments.cut(long_frame(3001))[1]]):
        with pytest.raises(LocalError):
            segments.join(incomplete)
