"""Bodies of the frames of views and multicast with random values in every field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit.judge import Judge
from coterie_kit.keys.names import contact

Values = dict[str, Any]


def extensions(judge: Judge) -> list[Values]:
    """One that nobody knows, and padding."""
    return [
        {"type": 0x1A1A, "value": judge.octets(8)},
        {"type": 1, "value": bytes(judge.random.randrange(9))},
    ]


def candidate(judge: Judge) -> Values:
    """A row of PROPOSE or JOIN."""
    number = judge.random.randrange
    return {
        "node_id": judge.octets(32),
        "incarnation": number(2**64),
        "contact": contact(f"192.0.2.{number(1, 255)}:{number(1, 65536)}"),
    }


def _range(judge: Judge) -> Values:
    number = judge.random.randrange
    return {"sender": number(2**16), "first": number(2**64), "last": number(2**64)}


def _several(make: Callable[[Judge], Any], judge: Judge, least: int) -> list[Any]:
    return [make(judge) for _ in range(judge.random.randrange(least, 6))]


def group_values(judge: Judge, kind: str) -> Values:
    """A body of type ``kind``, PROPOSE to PROXY."""
    number = judge.random.randrange
    marks = {name: number(2**64) for name in ("acknowledged", "timestamp", "last_sequence")}
    made: dict[str, Callable[[], Values]] = {
        "PROPOSE": lambda: {
            "counter": number(2**64),
            "candidates": _several(candidate, judge, 1),
            "permits": _several(lambda one: one.octets(number(1, 120)), judge, 0),
        },
        "FLUSH": lambda: {
            "counter": number(2**64),
            "seen": number(2**64),
            "clock": number(2**64),
            "acknowledged": number(2**64),
            "previous_view": judge.octets(16),
            "suite": number(256),
            "sends": number(256),
            "holdings": _several(
                lambda one: {"node_id": one.octets(32), "sequence": number(2**64)}, judge, 0
            ),
            "refused": _several(lambda one: one.octets(32), judge, 0),
        },
        "JOIN": lambda: {"view_id": judge.octets(16), "members": _several(candidate, judge, 1)},
        "LEAVE": lambda: {"view_id": judge.octets(16)},
        "HEARTBEAT": lambda: marks | {"stable": number(2**64)},
        "ALIVE": lambda: marks,
        "NACK": lambda: {"ranges": _several(_range, judge, 1)},
        "GAP": lambda: _range(judge),
        "SENDER": lambda: {"operation": number(256)},
        "PROXY": lambda: {
            "origin_sequence": number(2**64),
            "payload": judge.octets(number(300)),
            "signature": judge.octets(64),
        },
    }
    return made[kind]() | {"extensions": extensions(judge)}
