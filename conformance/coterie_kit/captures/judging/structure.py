"""Whether a body has the structure of its type: a fast reading, made of the field tables of the draft.

It says no more than the reason: what is refused here, the layers of `coterie_kit.frames` read once more,
field by field, and a test holds the two together.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from functools import cache
from typing import Any, NamedTuple

from coterie_kit import data
from coterie_kit.wire_rules import COUNT_RANGES, EXTENSION_HOMES, MAX_EXTENSIONS

__all__ = ["body_fault"]

SIZES = {"u8": 1, "u16": 2, "u32": 4, "u64": 8, "contact": 18}
CRITICAL, PADDING = 0x8000, 1
ANY = (0, (1 << 64) - 1)


class Does(IntEnum):
    """What a step does with the octets."""

    SKIP = 0
    NUMBER = 1
    OCTETS = 2
    ROWS = 3
    ZEROS = 4
    REST = 5
    EXTENSIONS = 6


class Step(NamedTuple):
    """``size`` is that of what is skipped, of a number, or of one row where all are of one size, else 0.
    ``slot`` is where a number is kept, or found."""

    does: Does
    size: int = 0
    slot: str = ""
    least: int = 0
    most: int = 0
    rows: tuple[Any, ...] = ()


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(data.read_text("spec/frames.toml"))


@cache
def steps_of(frame: str) -> tuple[Step, ...]:
    """The steps through the body of a type."""
    return _compiled(_tables()["body"][frame]["fields"], frame)


def _compiled(fields: Sequence[Sequence[Any]], frame: str) -> tuple[Step, ...]:
    counts = {str(size)[1:] for _, size, *_ in fields if str(size).startswith("*")}
    steps: list[Step] = []
    for name, size, kind, *of in fields:
        bounds = COUNT_RANGES.get((frame, name), COUNT_RANGES.get(("", name)))
        if bounds is not None or name in counts:
            steps.append(Step(Does.NUMBER, int(size), name, *(bounds or ANY)))
        elif kind == "list":
            steps.append(_rows(str(size)[1:], of[0], frame))
        elif isinstance(size, int):
            steps.append(Step(Does.ZEROS if kind == "zero" else Does.SKIP, size))
        elif size == "rest":
            steps.append(Step(Does.EXTENSIONS if kind == "ext" else Does.REST))
        else:
            steps.append(Step(Does.OCTETS, slot=size[1:]))
    return tuple(_joined(steps))


def _rows(slot: str, of: str, frame: str) -> Step:
    if of in SIZES:
        return Step(Does.ROWS, SIZES[of], slot)
    steps = _compiled(_tables()["row"][of]["fields"], frame)
    whole = steps[0].size if len(steps) == 1 and steps[0].does is Does.SKIP else 0
    return Step(Does.ROWS, whole, slot, rows=steps)


def _joined(steps: Iterable[Step]) -> list[Step]:
    """Neighbours that are only skipped are one."""
    found: list[Step] = []
    for step in steps:
        if found and step.does is found[-1].does is Does.SKIP:
            found[-1] = found[-1]._replace(size=found[-1].size + step.size)
        else:
            found.append(step)
    return found


def body_fault(frame: str, octets: bytes, at: int, end: int) -> str:
    """The reason why the octets from ``at`` to ``end`` are no body of that type; empty when they are one."""
    at, fault = _walked(steps_of(frame), octets, at, end, frame)
    if fault:
        return fault
    if frame == "SEGMENT":
        # REQ-FRM-18, REQ-FRM-28: an index below the count, and a payload
        return _segment_fault(octets, end)
    # REQ-FRM-17: octets that are left over
    return "trailing-bytes" if at != end else ""


def _segment_fault(octets: bytes, end: int) -> str:
    index, count = octets[40], octets[41]
    if index >= count:
        return "count-out-of-range"
    return "truncated-body" if end <= 42 else ""


def _walked(steps: tuple[Step, ...], octets: bytes, at: int, end: int, frame: str) -> tuple[int, str]:
    """Where the steps end, and what was wrong on the way."""
    numbers: dict[str, int] = {}
    for step in steps:
        does, start, fault = step.does, at, ""
        if does is Does.SKIP or does is Does.ZEROS or does is Does.NUMBER:
            at += step.size
        elif does is Does.OCTETS:
            at += numbers[step.slot]
        elif does is Does.ROWS:
            at, fault = _rows_walked(step, numbers[step.slot], octets, (at, end), frame)
        else:
            at, fault = end, "" if does is Does.REST else _extensions_fault(octets, at, end, frame)
        # REQ-FRM-16: a field beyond the end
        fault = fault or ("truncated-body" if at > end else "")
        if does is Does.NUMBER and not fault:
            numbers[step.slot] = number = int.from_bytes(octets[start:at], "big")
            # REQ-FRM-18: before anything is read for it
            fault = "" if step.least <= number <= step.most else "count-out-of-range"
        elif does is Does.ZEROS and not fault:
            fault = "padding-nonzero" if any(octets[start:at]) else ""
        if fault:
            return at, fault
    return at, ""


def _rows_walked(
    step: Step, count: int, octets: bytes, bounds: tuple[int, int], frame: str
) -> tuple[int, str]:
    at, end = bounds
    if step.size:
        return at + count * step.size, ""
    for _ in range(count):
        at, fault = _walked(step.rows, octets, at, end, frame)
        if fault:
            return at, fault
    return at, ""


def _extensions_fault(octets: bytes, at: int, end: int, frame: str) -> str:
    """Implements REQ-FRM-19 to REQ-FRM-24, extension by extension."""
    known: set[int] = set()
    while at < end:
        if len(known) == MAX_EXTENSIONS:
            return "too-many-extensions"
        kind = int.from_bytes(octets[at : at + 2], "big")
        size = int.from_bytes(octets[at + 2 : at + 4], "big")
        if at + 4 > end or at + 4 + size > end:
            return "extension-overrun"
        if kind in known:
            return "duplicate-extension"
        if kind & CRITICAL and frame not in EXTENSION_HOMES.get(kind, ()):
            return "unknown-critical-extension"
        if kind == PADDING and any(octets[at + 4 : at + 4 + size]):
            return "padding-nonzero"
        known.add(kind)
        at += 4 + size
    return ""
