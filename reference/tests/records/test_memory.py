"""What a receiver remembers of a sender, against a model that remembers everything."""

from __future__ import annotations

import random

import pytest

from coterie import registry
from coterie.records.memory import SenderMemory, Stretch
from coterie.wire.bodies import Message

WINDOW = registry.limit("counter-memory")


def stretch(first: int, count: int, timestamp: int) -> Stretch:
    messages = tuple(Message(timestamp + at, 0, 0, 1, b"") for at in range(count))
    return Stretch.of(first, messages)


@pytest.mark.parametrize("seed", range(5))
def test_receiver_forgets_a_counter_inside_its_window(seed: int) -> None:
    chance = random.Random(seed)
    memory, seen, highest = SenderMemory(), set[int](), -1
    for sequence in range(1, 400):
        counter = max(0, highest + chance.choice([1, 1, 2, -3, -50, 70, 3000, 5000]))
        if counter in seen or counter <= highest - WINDOW:
            continue
        seen.add(counter)
        highest = max(highest, counter)
        memory.remember(counter, counter.to_bytes(8, "big"), stretch(sequence, 1, sequence))

        assert memory.highest == highest
        inside = {known for known in seen if known > highest - WINDOW}
        assert {known for known in seen if memory.frame_of(known) is not None} == inside


@pytest.mark.parametrize("seed", range(5))
def test_sequence_is_taken_twice_or_refused_once(seed: int) -> None:
    chance = random.Random(seed)
    memory, used = SenderMemory(), dict[int, int]()
    for counter in range(600):
        first = chance.randint(1, 900)
        count = chance.choice([1, 1, 1, 2, 5])
        wanted = range(first, first + count)
        before, shared, after = memory.neighbours(first, first + count - 1)

        lower = max((known for known in used if known < first), default=None)
        higher = min((known for known in used if known >= first + count), default=None)
        assert bool(shared) == any(known in used for known in wanted)
        if not shared:
            assert (before.last if before else None) == lower
            assert (before.last_timestamp if before else None) == (used[lower] if lower else None)
            assert (after.first if after else None) == higher
            assert (after.first_timestamp if after else None) == (used[higher] if higher else None)
            memory.remember(counter, b"", stretch(first, count, 10 * first))
            used |= {known: 10 * first + known - first for known in wanted}


def test_sender_with_gaps_everywhere_fills_the_memory() -> None:
    memory = SenderMemory()
    for number in range(WINDOW + 200):
        memory.remember(number, b"", stretch(2 * number + 1, 1, number + 1))

    assert len(memory._stretches) == WINDOW
    assert len(memory._counters) == WINDOW
