"""Bodies: exact both ways; every way to end too early, too late or to count wrong has its refusal."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coterie import registry
from coterie.errors import LocalError, RemoteError
from coterie.vocabulary import NodeId, ViewId
from coterie.wire import bodies, codec, constructs, layouts
from coterie.wire.contact import NO_CONTACT
from reference.tests.wire import hexdumps, samples

PLAIN_BODIES = ("HELLO1", "RETRY", "ERROR")
LISTED = [name for name in layouts.BODIES if name not in (*PLAIN_BODIES, "SEGMENT")]
MEMBER = bodies.Member(NodeId(bytes(32)), 1, bytes(32), NO_CONTACT, ViewId(bytes(16)))
SENDER = bodies.CutSender(NodeId(bytes(32)), 1, 0)
WHOLE_ROWS = {"permits[0]": "permits[0].permit", **{f"held[{at}]": f"held[{at}].envelope" for at in (0, 1)}}
SEGMENT_LEAST = 19  # one octet of payload is a whole SEGMENT
MESSAGE = bodies.Message(1, 0, 0, 1, b"")
CANDIDATE = bodies.Candidate(NodeId(bytes(32)), 1, NO_CONTACT)
NEIGHBOUR = bodies.Neighbour(NodeId(bytes(32)), NO_CONTACT)
HOLDING = bodies.Holding(NodeId(bytes(32)), 1)
VIEW = ViewId(bytes(16))


def sample(name: str) -> bytes:
    return b"".join(part.octets for part in hexdumps.read(name).body())


def outcome(name: str, octets: bytes) -> bodies.Body | RemoteError:
    try:
        return codec.decode_body(name, octets)
    except RemoteError as refused:
        return refused


def is_exact(name: str, octets: bytes) -> bool:
    """Whether octets are refused while decoding, or are the only ones of the value that they are read as."""
    found = outcome(name, octets)
    return found.phase == "decode" if isinstance(found, RemoteError) else codec.encode_body(found) == octets


def refusal(name: str, octets: bytes, **options: Any) -> tuple[str, str | None, str]:
    with pytest.raises(RemoteError) as caught:
        codec.decode_body(name, octets, **options)
    return caught.value.reason, caught.value.field, caught.value.requirement


@pytest.mark.parametrize("name", samples.BODIES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_body_comes_back_from_the_wire_changed(name: str, data: st.DataObject) -> None:
    body = data.draw(samples.BODIES[name])

    octets = codec.encode_body(body)

    assert codec.decode_body(name, octets) == body
    assert codec.encode_body(codec.decode_body(name, octets)) == octets


@pytest.mark.parametrize("name", samples.BODIES)
@settings(max_examples=60, deadline=None)
@given(octets=st.binary(max_size=400))
def test_random_octets_break_the_decoder(name: str, octets: bytes) -> None:
    assert is_exact(name, octets)


@pytest.mark.parametrize("name", layouts.BODIES)
def test_a_flipped_octet_breaks_the_decoder_or_reads_as_something_it_is_not(name: str) -> None:
    octets = sample(name)

    for position in range(len(octets)):
        for mask in (0x01, 0x80, 0xFF):
            changed = bytearray(octets)
            changed[position] ^= mask
            assert is_exact(name, bytes(changed)), position


@pytest.mark.parametrize("name", layouts.BODIES)
def test_a_body_cut_short_is_read_as_a_whole_one(name: str) -> None:
    octets, parts = sample(name), hexdumps.read(name).body()
    ends, offset = {0: parts[0].path}, 0
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        offset += len(part.octets)
        ends[offset] = following.path if following else ""

    for size in range(SEGMENT_LEAST if name == "SEGMENT" else len(octets)):
        if ends.get(size, "").startswith("extensions[0]"):
            continue
        start = max(end for end in ends if end <= size)
        reason, field, requirement = refusal(name, octets[:size])
        if ends[start].startswith("extensions"):
            assert (reason, field) == ("extension-overrun", "extensions[0]")
        elif name == "SEGMENT" and ends[start] == "payload":
            assert (reason, field, requirement) == ("truncated-body", "payload", "REQ-FRM-28")
        else:
            path = ends[start].removesuffix(".address").removesuffix(".port")
            path = WHOLE_ROWS.get(path, path)
            assert (reason, field, requirement) == ("truncated-body", path, "REQ-FRM-16")


@pytest.mark.parametrize("name", PLAIN_BODIES)
def test_octets_after_the_last_field_go_unnoticed(name: str) -> None:
    assert refusal(name, sample(name) + b"\x00") == ("trailing-bytes", None, "REQ-FRM-17")


@pytest.mark.parametrize("position", [0, 35, 71])
def test_something_hides_in_the_padding_of_hello1(position: int) -> None:
    octets = bytearray(sample("HELLO1"))
    octets[32 + position] = 1

    assert refusal("HELLO1", bytes(octets)) == ("padding-nonzero", "padding", "REQ-FRM-17")


def install(members: int, cuts: int = 0, senders: int = 0) -> bodies.Install:
    cut = bodies.Cut(ViewId(bytes(16)), 0, (SENDER,) * senders)
    return bodies.Install(1, bytes(32), 1, 0, (MEMBER,) * members, (cut,) * cuts)


HELLO2 = bodies.Hello2(bytes(32), bytes(32), bytes(32), (1,), b"x")
COUNTS = {
    "HELLO2": ("suite_count", lambda n: replace(HELLO2, suites=(1,) * n), 1, 8),
    "HELLO3": (
        "suite_count",
        lambda n: bodies.Hello3(
            bytes(32), bytes(32), bytes(32), 1, ViewId(bytes(16)), NO_CONTACT, (1,) * n, b"x"
        ),
        1,
        8,
    ),
    "ERROR": ("version_count", lambda n: bodies.Error(bytes(32), 0, 0, (1,) * n), 0, 8),
    "INSTALL": ("member_count", install, 1, 64),
    "INSTALL cuts": ("cut_count", lambda n: install(1, n), 0, 64),
    "INSTALL senders": ("cuts[0].sender_count", lambda n: install(1, 1, n), 0, 64),
    "UP": ("entry_count", lambda n: bodies.Up(bytes(32), (bytes(32),) * n, bytes(32)), 1, 63),
    "DOWN": ("entry_count", lambda n: bodies.Down(bytes(32), (bytes(32),) * n), 1, 64),
    "DATA": ("message_count", lambda n: bodies.Data(0, 1, (MESSAGE,) * n), 1, 256),
    "PROPOSE": ("candidate_count", lambda n: bodies.Propose(1, (CANDIDATE,) * n), 1, 64),
    "PROPOSE permits": ("permit_count", lambda n: bodies.Propose(1, (CANDIDATE,), (b"x",) * n), 0, 63),
    "PROPOSE permit": (
        "permits[0].permit_length",
        lambda n: bodies.Propose(1, (CANDIDATE,), (bytes(n),)),
        1,
        8192,
    ),
    "FLUSH": ("holding_count", lambda n: bodies.Flush(1, 0, 0, 0, VIEW, 1, 1, (HOLDING,) * n), 0, 64),
    "FLUSH refused": (
        "refused_count",
        lambda n: bodies.Flush(1, 0, 0, 0, VIEW, 1, 1, (), (NodeId(bytes(32)),) * n),
        0,
        64,
    ),
    "JOIN": ("member_count", lambda n: bodies.Join(VIEW, (CANDIDATE,) * n), 1, 64),
    "NODES": ("neighbour_count", lambda n: bodies.Nodes(1, (NEIGHBOUR,) * n), 0, 8),
    "VALUES": ("held_count", lambda n: bodies.Values(1, 0, (b"",) * n), 0, 32),
    "NACK": ("range_count", lambda n: bodies.Nack((bodies.Range(0, 1, 1),) * n), 1, 16),
}


@pytest.mark.parametrize("case", COUNTS)
def test_a_count_at_its_limit_is_refused_or_one_beyond_it_is_read(case: str) -> None:
    path, make, low, high = COUNTS[case]
    name = case.split(maxsplit=1)[0]

    for count in {low, low + 1, high}:
        assert codec.decode_body(name, codec.encode_body(make(count))) == make(count)
    for count in {low - 1, high + 1} - {-1}:
        assert refusal(name, codec.encode_body(make(count))) == ("count-out-of-range", path, "REQ-FRM-18")


@pytest.mark.parametrize("case", COUNTS)
def test_a_count_is_believed_before_it_is_checked(case: str) -> None:
    """Nothing follows the count: if it were read for first, the reason would be truncation."""
    path, make, _, high = COUNTS[case]
    name = case.split(maxsplit=1)[0]
    whole = codec.encode_body(make(high + 1))
    start = next(end for end in range(len(whole)) if _counts(name, whole[:end]) == path)

    assert refusal(name, whole[:start]) == ("count-out-of-range", path, "REQ-FRM-18")


def _counts(name: str, octets: bytes) -> str | None:
    found = outcome(name, octets)
    counted = isinstance(found, RemoteError) and found.reason == "count-out-of-range"
    return found.field if isinstance(found, RemoteError) and counted else None


@pytest.mark.parametrize("name", ["HELLO2", "HELLO3"])
def test_a_leaf_of_no_octets_is_read(name: str) -> None:
    body: Any = codec.decode_body(name, sample(name))
    octets = codec.encode_body(replace(body, leaf=b""))

    assert refusal(name, octets) == ("count-out-of-range", "leaf_length", "REQ-FRM-18")


def test_a_store_of_nothing_is_read() -> None:
    assert refusal("STORE", bytes(2)) == ("count-out-of-range", "envelope_length", "REQ-FRM-18")


@pytest.mark.parametrize("size", [1, 65535])
def test_a_store_is_refused_for_the_size_of_its_envelope(size: int) -> None:
    body = bodies.Store(bytes(size))

    assert codec.decode_body("STORE", codec.encode_body(body)) == body


def test_a_page_with_an_empty_row_is_already_refused_by_the_structure() -> None:
    body = bodies.Values(7, 2, (b"", b"x", b""))

    assert codec.decode_body("VALUES", codec.encode_body(body)) == body


def test_a_leaf_longer_than_its_limit_is_already_refused_by_the_structure() -> None:
    long = replace(HELLO2, leaf=bytes(registry.limit("leaf") + 1))

    assert codec.decode_body("HELLO2", codec.encode_body(long)) == long


@pytest.mark.parametrize(
    ("index", "count", "field"),
    [
        (0, 0, "count"),
        (0, 1, "count"),
        (0, 65, "count"),
        (2, 2, "index"),
        (63, 63, "index"),
        (255, 64, "index"),
    ],
)
def test_a_segment_of_an_impossible_place_is_read(index: int, count: int, field: str) -> None:
    octets = bytes(16) + bytes([index, count]) + b"payload"

    assert refusal("SEGMENT", octets) == ("count-out-of-range", field, "REQ-FRM-18")


@pytest.mark.parametrize(("index", "count"), [(0, 2), (1, 2), (63, 64)])
def test_a_segment_at_the_edge_is_refused(index: int, count: int) -> None:
    octets = bytes(16) + bytes([index, count]) + b"payload"

    assert codec.decode_body("SEGMENT", octets) == bodies.Segment(bytes(16), index, count, b"payload")


@pytest.mark.parametrize("value", [{"suites": (256,)}, {"leaf": bytes(65536)}, {"nonce": bytes(31)}])
def test_a_value_that_does_not_fit_its_field_is_written_all_the_same(value: dict[str, Any]) -> None:
    with pytest.raises(LocalError, match="does not fit"):
        codec.encode_body(replace(HELLO2, **value))


@given(payload=samples.PROXIED)
def test_a_proxied_message_comes_back_changed(payload: bodies.Proxied) -> None:
    assert codec.decode_proxied(codec.encode_proxied(payload)) == payload


@pytest.mark.parametrize("size", [0, 1, 2, 9, 10, 73])
def test_a_proxied_message_without_its_signature_is_read(size: int) -> None:
    with pytest.raises(RemoteError) as caught:
        codec.decode_proxied(bytes(size))

    assert caught.value.reason == "bad-proxied"
    assert codec.decode_proxied(bytes(74)).payload == b""


def test_a_row_read_in_one_step_reads_otherwise_than_field_by_field() -> None:
    octets = bytes(range(106))
    for packed in (
        layouts.HEADER,
        layouts.SIGNED_PREFIX,
        layouts.SEALED_PREFIX,
        layouts.MEMBER,
        layouts.CANDIDATE,
    ):
        by_field = constructs.construct.Struct(*packed.subcons)
        slow = by_field.parse(octets)
        assert packed.parse(octets) == {name: slow[name] for name in packed.names}
