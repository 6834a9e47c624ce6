"""Captures judged alone: frames that nobody can read, and frames in segments."""

import random
import struct
from collections.abc import Callable, Iterator

import pytest

from conformance.tests.captured import (
    ALL,
    CHECKED,
    ONE,
    TWO,
    added,
    broken,
    changed,
    first,
    flipped,
    loaded,
    put,
)
from coterie_kit import frames
from coterie_kit.captures import files
from coterie_kit.captures.datagrams import Datagram, datagrams
from coterie_kit.captures.judging import OF_REASONS, Setting, judged
from coterie_kit.captures.judging.seen import OTHER_VERSION, read
from coterie_kit.registry import frame_name


@pytest.fixture(name="picture")
def of_the_picture() -> list[Datagram]:
    return loaded("picture")


def test_truncated_frame_passed(picture: list[Datagram]) -> None:
    place = first(picture, "FIND")
    cut = picture[place].payload[:-1]

    found = judged(changed(picture, place, cut), CHECKED)

    assert broken(found) == {"structure": {"REQ-FRM-10"}}
    assert found.findings[0].packet == place + 1
    assert found.findings[0].sentence.startswith("FIND from ")


WRONG: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "too-short": ("PING", lambda octets: octets[:20]),
    "unknown-type": ("FIND", lambda octets: put(octets, 3, b"\x2f")),
    "wrong-protection": ("FIND", lambda octets: put(octets, 4, b"\x00")),
    "reserved-nonzero": ("ALIVE", lambda octets: put(octets, 43, b"\x01")),
    "datagram-too-long": ("FIND", lambda octets: put(octets, 6, struct.pack(">H", 1177)).ljust(1201, b"\0")),
    "short-frame": ("HELLO1", lambda octets: put(octets, 6, b"\0\x67")[:-1]),
    "padding-nonzero": ("HELLO1", lambda octets: octets[:-1] + b"\x01"),
    "truncated-body": ("FIND", lambda octets: put(octets, 6, b"\0\xa0")[:184]),
    "count-out-of-range": ("NODES", lambda octets: put(octets, 112, b"\x09")),
    "extension-overrun": ("DEPART", lambda octets: put(octets, 6, b"\0\x91") + b"\0"),
}


@pytest.mark.parametrize("reason", WRONG)
def test_frame_that_everyone_refuses_passed(reason: str, picture: list[Datagram]) -> None:
    kind, change = WRONG[reason]
    place = first(picture, "FIND" if kind == "PING" else kind)
    wrong = changed(picture, place, change(picture[place].payload))

    found = judged(wrong, Setting())

    faults = [each for each in found.findings if each.rule == "structure"]
    assert [each.packet for each in faults] == [place + 1]
    assert f": {reason}" in faults[0].sentence
    assert faults[0].reqs == (OF_REASONS[reason],)


def test_frame_of_another_version_was_judged_by_this_one(picture: list[Datagram]) -> None:
    place = first(picture, "DEPART")

    found = judged(changed(picture, place, put(picture[place].payload, 2, b"\x02")), CHECKED)

    assert found.findings == []
    assert found.unknown == 1


def samples() -> Iterator[bytes]:
    """A frame of each type and size class that there is in the captures."""
    known = set()
    for path in ALL:
        for one in datagrams(files.read(path)):
            mark = (frame_name(one.payload), len(one.payload) // 64)
            if mark not in known:
                known.add(mark)
                yield one.payload


def mutations(octets: bytes, chance: random.Random) -> Iterator[bytes]:
    """What is cut, with a length that fits and without; what is longer; and octets changed."""
    for size in {*range(2, len(octets), 7), len(octets) - 1}:
        yield octets[:size]
        if size >= 24:
            yield put(octets[:size], 6, struct.pack(">H", size - 24))
    yield put(octets, 6, struct.pack(">H", len(octets) - 23)) + b"\x00"
    for _ in range(60):
        at = chance.randrange(2, len(octets))
        yield put(octets, at, bytes([chance.choice((0, 1, 0x7F, 0xFF, chance.randrange(256)))]))


def test_two_readings_of_the_kit_differ() -> None:
    chance = random.Random(7)
    kinds, reasons = set(), set()
    for octets in samples():
        for mutation in (octets, *mutations(octets, chance)):
            seen = read(1, (ONE, TWO), mutation)
            assert seen is not None
            try:
                whole = frames.read(mutation, 65_000)
                slow, kind = "", whole.type
            except frames.Unreadable as refused:
                slow, kind = refused.reason, seen.type
            fast = "unknown-version" if seen.type == OTHER_VERSION else seen.fault
            assert (fast, seen.type if not slow else kind) == (slow, kind), mutation.hex()
            kinds.add(seen.type)
            reasons.add(slow)

    assert len(kinds) >= 27
    assert reasons >= {
        "", "too-short", "unknown-type", "bad-length", "short-frame", "truncated-body", "count-out-of-range",
        "extension-overrun", "reserved-nonzero", "wrong-protection",
    }  # fmt: skip


# ---------------------------------------------------------------- segments


def test_segment_of_something_else_was_put_in(picture: list[Datagram]) -> None:
    place = first(picture, "SEGMENT", 1)

    found = judged(changed(picture, place, flipped(picture[place].payload, -1)), Setting())

    assert broken(found)["segments"] == {"REQ-FRM-31"}


def test_segment_said_two_things(picture: list[Datagram]) -> None:
    piece = picture[first(picture, "SEGMENT")]

    found = judged(added(picture, piece, payload=flipped(piece.payload, -1)), Setting())

    assert broken(found) == {"segments": {"REQ-FRM-28"}}


def test_frame_in_segments_was_not_looked_at(picture: list[Datagram]) -> None:
    pieces = [one for one in picture if frame_name(one.payload) == "SEGMENT"]
    found = judged(picture, CHECKED)

    assert len(pieces) > 1
    assert found.rows["structure"].looked == len(picture) + found.rows["segments"].looked // 2
