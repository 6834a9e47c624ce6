"""Bodies of the frames of an overlay with random values in every field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit.judge import Judge
from coterie_kit.keys.names import contact
from coterie_kit.suite._group_bodies import extensions

Values = dict[str, Any]


def overlay_values(judge: Judge, kind: str) -> Values:
    """A body of type ``kind``."""
    number = judge.random.randrange
    made: dict[str, Callable[[], Values]] = {
        "FIND": lambda: {"target": judge.octets(32)},
        "NODES": lambda: {
            "request": number(2**64),
            "neighbours": [
                {
                    "node_id": judge.octets(32),
                    "contact": contact(f"[2001:db8::{number(1, 999)}]:{number(65536)}"),
                }
                for _ in range(number(9))
            ],
        },
        "STORE": lambda: {"envelope": judge.octets(number(1, 700))},
        "STORED": lambda: {"request": number(2**64)},
        "FETCH": lambda: {
            "key": judge.octets(32),
            "publisher": judge.octets(32),
            "slot": judge.octets(16),
        },
        "VALUES": lambda: {
            "request": number(2**64),
            "more": number(256),
            "held": [judge.octets(number(30)) for _ in range(number(33))],
        },
        "HOST": lambda: {"group": judge.octets(number(1, 256)), "info": judge.octets(number(1, 700))},
        "HOSTED": lambda: {"request": number(2**64), "group_overlay": judge.octets(16)},
        "DEPART": dict,
    }
    return made[kind]() | {"extensions": extensions(judge)}
