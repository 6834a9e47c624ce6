"""One sender's messages as they are held, against a model that keeps a list of everything."""

from __future__ import annotations

import random

import pytest

from coterie.multicast.order import ranks
from coterie.multicast.outbox import Outbox, Room, Waiting
from coterie.multicast.stream import Promise, Stream
from coterie.multicast.window import ControlWindow
from coterie.vocabulary import NodeId
from coterie.wire.bodies import Data, Message

BASE = 100


def said(chance: random.Random) -> tuple[list[Data], dict[int, Message], list[tuple[int, bytes]]]:
    """What a sender says: its frames, each message by number, and the whole ones."""
    frames, by_number, whole, number, timestamp = [], dict[int, Message](), [], 1, BASE
    while number < 80:
        timestamp += chance.randint(1, 3)
        if chance.random() < 0.3:
            count = chance.randint(2, 4)
            pieces = [Message(timestamp, 0, at, count, b"%d" % (number + at)) for at in range(count)]
            frames += [Data(0, number + at, (piece,)) for at, piece in enumerate(pieces)]
            whole.append((number, b"".join(piece.payload for piece in pieces)))
        else:
            count = chance.randint(1, 5)
            pieces = [Message(timestamp + at, 0, 0, 1, b"%d" % (number + at)) for at in range(count)]
            frames.append(Data(0, number, tuple(pieces)))
            whole += [(number + at, piece.payload) for at, piece in enumerate(pieces)]
            timestamp += count
        by_number |= {number + at: piece for at, piece in enumerate(pieces)}
        number += count
    return frames, by_number, whole


@pytest.mark.parametrize("seed", range(10))
def test_message_is_lost_doubled_or_passed_over_between_frames(seed: int) -> None:
    chance = random.Random(seed)
    frames, by_number, whole = said(chance)
    stream, held, told = Stream(3, BASE), set[int](), []
    order = sorted(range(len(frames)), key=lambda at: at + chance.uniform(0, 12))
    for at in order:
        body = frames[at]
        told += stream.take(b"%d" % at, body, 0)
        held |= set(range(body.first_sequence, body.first_sequence + len(body.messages)))

        prefix = next(number for number in range(1, 200) if number not in held) - 1
        assert stream.contiguous == prefix
        assert stream.shown == max(held)
        missing = {number for first, last in stream.missing() for number in range(first, last + 1)}
        assert missing == set(range(1, max(held))) - held
        after = chance.randint(0, 80)
        later = [by_number[number].timestamp for number in held if number > after]
        earlier = [by_number[number].timestamp for number in held if number <= after]
        assert stream.least_after(after) == min(later, default=None)
        assert stream.greatest_to(after) == max(earlier, default=None)
        assert stream.count == len(held)

    assert [(sequence, payload) for _, _, sequence, _, payload in told] == whole
    assert stream.heard == by_number[max(by_number)].timestamp


@pytest.mark.parametrize("seed", range(5))
def test_what_is_stable_is_kept_or_what_is_not_is_thrown_away(seed: int) -> None:
    chance = random.Random(seed)
    frames, by_number, _ = said(chance)
    stream, stable = Stream(0, BASE), BASE
    for body in frames:
        stream.take(b"x" * 50, body, 0)
        stable = chance.randint(stable, stream.heard)
        stream.discard(stable)
        kept = {number for held in stream.held_in(1, 200) for number in range(held.first, held.last + 1)}
        assert {
            number for number in by_number if number <= stream.shown and by_number[number].timestamp > stable
        } <= kept
        assert kept == set(range(stream.floor + 1, stream.shown + 1))
        assert stream.payload == sum(len(by_number[number].payload) for number in kept)
        assert stream.unstable(stable) == sum(by_number[number].timestamp > stable for number in kept)
    stream.discard(stream.heard)
    assert (stream.count, stream.payload, stream.floor) == (0, 0, stream.shown)


def test_promise_counts_before_its_messages_are_whole() -> None:
    stream = Stream(0, BASE)
    stream.hear(Promise(BASE + 50, 2))
    assert (stream.heard, stream.contiguous, stream.shown) == (BASE, 0, 2)
    half = [Message(BASE + 7, 0, at, 2, b"x") for at in range(2)]

    stream.take(b"", Data(0, 1, (half[0],)), 0)
    assert stream.heard == BASE
    stream.take(b"", Data(0, 2, (half[1],)), 0)
    assert stream.heard == BASE + 50


def test_message_that_breaks_off_is_glued_to_the_next() -> None:
    stream = Stream(0, BASE)
    half = Message(BASE + 1, 0, 0, 2, b"never ")
    other = [Message(BASE + 2, 0, at, 2, b"on" + b"%d" % at) for at in range(2)]
    tail = Message(BASE + 3, 0, 1, 2, b"ends")
    last = Message(BASE + 4, 0, 0, 1, b"whole")

    told = stream.take(b"", Data(0, 1, (half, *other)), 0)
    told += stream.take(b"", Data(0, 4, (tail, last)), 0)

    assert [(sequence, payload) for _, _, sequence, _, payload in told] == [(2, b"on0on1"), (5, b"whole")]


def test_cut_inside_a_frame_lets_the_rest_of_it_through() -> None:
    stream = Stream(0, BASE)
    stream.ceiling = 2
    five = tuple(Message(BASE + at, 0, 0, 1, b"%d" % at) for at in range(1, 6))

    told = stream.take(b"", Data(0, 1, five), 0)

    assert [payload for *_, payload in told] == [b"1", b"2"]
    assert stream.contiguous == stream.wanted_to() == 2
    stream.ceiling = 4
    assert [payload for *_, payload in stream.advance()] == [b"3", b"4"]


@pytest.mark.parametrize("seed", range(3))
def test_window_forgets_or_invents_counters(seed: int) -> None:
    chance = random.Random(seed)
    window, seen = ControlWindow(), set[int]()
    for _ in range(300):
        counter = max(0, window.highest + chance.choice([1, 1, 2, -1, -5, -1000, 400, 2000]))
        window.mark(counter)
        seen.add(counter)
        for asked in (counter, counter + 1, counter - 1, max(seen), max(seen) - 1023, max(seen) - 1024):
            assert window.holds(asked) == (asked in seen and asked > max(seen) - 1024)


@pytest.mark.parametrize("seed", range(5))
def test_packing_wastes_frames_or_mixes_messages_up(seed: int) -> None:
    chance = random.Random(seed)
    outbox = Outbox(500)
    payloads = [chance.randbytes(chance.choice([0, 10, 100, 487, 500, 501, 1700])) for _ in range(60)]
    for payload in payloads:
        outbox.put(Waiting(0, payload))
    packing = outbox.pack(Room(10_000, 10**6, 10_000), BASE)

    messages = [message for frame in packing.frames for message in frame]
    assert b"".join(message.payload for message in messages) == b"".join(payloads)
    for frame in packing.frames:
        assert sum(13 + len(message.payload) for message in frame) <= 513
    for one, two in zip(packing.frames, packing.frames[1:], strict=False):
        if {message.fragment_count for message in one + two} == {1}:
            assert sum(13 + len(message.payload) for message in (*one, two[0])) > 513
    assert [sent.timestamp for sent in packing.sent] == [*range(BASE + 1, BASE + 61)]
    assert packing.clock == BASE + 60
    firsts = [at for at, message in enumerate(messages) if message.fragment_index == 0]
    assert [sent.offset for sent in packing.sent] == firsts


def test_order_of_members_decides_instead_of_their_names() -> None:
    names = [NodeId(bytes([at]) * 32) for at in (3, 1, 2)]
    assert ranks(names) == ([2, 0, 1], [1, 2, 0])
