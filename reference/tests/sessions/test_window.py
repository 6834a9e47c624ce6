from __future__ import annotations

import random

import pytest

from coterie.errors import RemoteError
from coterie.sessions.window import SequenceWindow, check_window

WIDTH = 64


def verdict(window: SequenceWindow, sequence: int) -> str:
    try:
        check_window(window, sequence)
    except RemoteError as refused:
        return refused.reason
    return ""


@pytest.mark.parametrize("seed", range(10))
def test_frame_is_taken_twice_or_lost_inside_the_window(seed: int) -> None:
    chance = random.Random(seed)
    window, seen, highest = SequenceWindow(5), {5}, 5
    for _ in range(500):
        sequence = max(0, highest + chance.randint(-80, 12) + chance.choice([0, 0, 0, 100]))
        expected = ""
        if sequence == 0 or (sequence not in seen and sequence <= highest - WIDTH):
            expected = "too-old"
        elif sequence in seen and sequence > highest - WIDTH:
            expected = "replayed"
        elif sequence <= highest - WIDTH:
            expected = "too-old"

        assert verdict(window, sequence) == expected
        if not expected:
            window.mark(sequence)
            seen.add(sequence)
            highest = max(highest, sequence)


@pytest.mark.parametrize(("sequence", "expected"), [(36, "too-old"), (37, ""), (100, "replayed"), (101, "")])
def test_edge_of_the_window_is_off_by_one(sequence: int, expected: str) -> None:
    assert verdict(SequenceWindow(100), sequence) == expected


def test_far_jump_costs_memory() -> None:
    window = SequenceWindow(1)

    window.mark(2**64 - 1)

    assert window.seen == 1
    assert verdict(window, 2**64 - WIDTH) == ""
