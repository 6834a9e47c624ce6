"""A meeting in a network so bad that one has the view when the words of the others are over."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from coterie.effects import Event
from coterie.runtime import meeting
from coterie.runtime.meeting import Meeting, Plan
from coterie.vocabulary import Address, OverlayId

OVERLAY = OverlayId(bytes(16))
HERE, THERE, LATE = (Address("127.0.0.1", port) for port in (4001, 4002, 4003))
THERE_NODE, LATE_NODE = b"\x02" * 32, b"\x03" * 32


class Node:
    """What a meeting needs of a node; everything it says is noted."""

    def __init__(self) -> None:
        self.address = HERE
        self.said: list[bytes] = []
        self.heard_at = 0.0
        self.driver: Any = self
        self.peer: Any = self
        self.overlay = OVERLAY

    def greet(self, _to: Address) -> None:
        pass

    def send(self, payload: bytes) -> None:
        self.said.append(payload)

    def has_repeats(self, _overlay: OverlayId) -> bool:
        return False


def words(sender: bytes, payload: bytes) -> Event:
    return Event(OVERLAY, "data", {"sender": sender, "payload": payload})


async def held(said_by_the_late: list[bytes], pause_s: float) -> tuple[list[bytes], list[Event]]:
    """What is said, and heard, in a meeting of three, the third of which speaks after a pause."""
    node, heard = Node(), list[Event]()
    part = Meeting(Plan((THERE, HERE, LATE), (b"one",), 2, 1, 5.0), heard.append)
    holding = asyncio.create_task(part.hold(node))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    part.told(Event(OVERLAY, "view-installed", {"view": bytes(24)}))
    part.told(words(THERE_NODE, b"two"))
    await asyncio.sleep(pause_s)
    for each in said_by_the_late:
        part.told(words(LATE_NODE, each))
    assert await holding is None
    return node.said, heard


def test_member_that_comes_late_has_missed_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meeting, "FRESH_S", 0.05)

    late, _ = asyncio.run(held([b"three"], 0.1))
    in_time, _ = asyncio.run(held([b"three"], 0.0))

    assert late == [b"one", b"one"]
    assert in_time == [b"one"]


def test_words_that_are_said_once_more_are_heard_twice() -> None:
    _, heard = asyncio.run(held([b"three", b"three"], 0.0))

    told = [each.fields["payload"] for each in heard if each.name == "data"]
    assert told == [b"two", b"three"]
