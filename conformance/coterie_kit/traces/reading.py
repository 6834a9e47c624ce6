"""Trace files of strangers, read and refused line by line. What a line needs stands in the schema alone."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from coterie_kit import data
from coterie_kit.faults import UsageError
from coterie_kit.traces.run import Line

__all__ = ["HARNESS_FILE", "fault_of", "read"]

SCHEMA = "schemas/trace.schema.json"
HARNESS_FILE = "harness.jsonl"
HARNESS_EVENTS = frozenset({"fault", "phase", "action", "end"})
LARGEST = 1 << 29  # octets of one file: a day of a busy node
LONGEST = 1 << 20  # octets of one line
MOST_FILES = 1024
WIDEST = 1 << 16  # sequences in one range

Kind = Callable[[Any], bool]


def read(paths: Sequence[Path]) -> tuple[list[list[Line]], list[Line]]:
    """The lines of each node and those of the harness; a folder stands for the ``*.jsonl`` files in it.

    UsageError, with file and line, for what is no trace.
    """
    records: dict[str, list[Line]] = {}
    harness: list[Line] = []
    for path in _files(paths):
        lines = _lines(path)
        if path.name == HARNESS_FILE:
            harness = lines
        elif lines:
            node = lines[0]["node"]
            if node in records:
                message = f"{path.name}: another file has the lines of this node; put all its lives into one"
                raise UsageError(message)
            records[node] = lines
    return list(records.values()), harness


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(path.glob("*.jsonl"))
        elif path.is_file():
            found.append(path)
        else:
            message = f"there is no file or folder {path.name!r}"
            raise UsageError(message)
    if not found:
        message = "there are no traces: name the files, or a folder with *.jsonl files"
        raise UsageError(message)
    if len(found) > MOST_FILES:
        message = f"{len(found)} files are too many for one run: {MOST_FILES} nodes at the most"
        raise UsageError(message)
    return found


def _lines(path: Path) -> list[Line]:
    try:
        if path.stat().st_size > LARGEST:
            message = f"{path.name}: larger than {LARGEST >> 20} MiB; cut the run into pieces"
            raise UsageError(message)
        rows = path.read_bytes().split(b"\n")
    except OSError as error:
        message = f"{path.name}: cannot be read ({error.strerror})"
        raise UsageError(message) from None
    rows.pop()  # what follows the last line break: nothing, or a line that a crash cut short
    found: list[Line] = []
    for number, row in enumerate(rows):
        try:
            line = _parsed(row)
        except ValueError:
            fault = "it is not JSON"
        else:
            fault = fault_of(line, harness=path.name == HARNESS_FILE) or _out_of_place(line, number, found)
        if fault:
            message = f"{path.name}, line {number + 1}: {fault}"
            raise UsageError(message)
        found.append(line)
    return found


def _parsed(row: bytes) -> Any:
    if len(row) > LONGEST:
        raise ValueError
    try:
        return json.loads(row)
    except RecursionError:
        raise ValueError from None


def _out_of_place(line: Line, number: int, before: list[Line]) -> str:
    if line["i"] != number:
        return f"its index is {line['i']}, and not {number}"
    if not before:
        return ""
    if "inc" in line and line["node"] != before[0]["node"]:
        return "it is of another node than the first line"
    if None not in {line["t"], before[-1]["t"]} and line["t"] < before[-1]["t"]:
        return "its time is before that of the line above"
    return ""


def fault_of(line: Any, *, harness: bool = False) -> str:
    """What is wrong with one line; empty when it is as the schema wants it."""
    if not isinstance(line, dict) or not isinstance(line.get("event"), str):
        return "it is no object with an event"
    event = line["event"]
    if harness != (event in HARNESS_EVENTS):
        return f"event {event!r} belongs into {'another file' if harness else HARNESS_FILE}"
    row = _events().get("x-" if OTHER.match(event) else event)
    if row is None:
        return f"no event is called {event!r}; those of your own begin with 'x-'"
    required, kinds = row
    for name in required:
        if name not in line:
            return f"a {event} needs {name!r}"
    for name, kind in kinds:
        if name in line and not kind(line[name]):
            return f"{name!r} of a {event} is not what it has to be"
    return _contradiction(line)


def _contradiction(line: Line) -> str:
    """What no schema says: members of a line that do not fit each other."""
    match line["event"]:
        case "view" if len(line["members"]) != len(line["incarnations"]):
            return "each member needs its incarnation"
        case "deliver" if line["proxied"] and "via" not in line:
            return "a proxied delivery needs 'via'"
        case "send" if line["timestamp"] is None and not line.get("proxied", False):
            return "only a proxied message has no timestamp yet"
        case "gap" if line["last"] - line["first"] > WIDEST:
            return "the gap is too wide"
    return ""


OTHER = re.compile(r"x-[a-z0-9-]{1,60}\Z")
HEX_64 = re.compile(r"[0-9a-f]{64}\Z")
HEX_32 = re.compile(r"[0-9a-f]{32}\Z")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 64


def _hex(pattern: re.Pattern[str]) -> Kind:
    return lambda value: isinstance(value, str) and pattern.match(value) is not None


def _or_none(kind: Kind) -> Kind:
    return lambda value: value is None or kind(value)


def _several(kind: Kind, most: int) -> Kind:
    return lambda value: isinstance(value, list) and len(value) <= most and all(map(kind, value))


def _word(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 100


def _range(value: Any) -> bool:
    if not isinstance(value, list) or len(value) != 3:
        return False
    return _node(value[0]) and _count(value[1]) and _count(value[2]) and value[2] - value[1] <= WIDEST


def _asking(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and _view(value[0]) and _count(value[1])


def _heard(value: Any) -> bool:
    return isinstance(value, dict) and all(_node(name) and _count(value[name]) for name in value)


_node = _hex(HEX_64)
_view = _hex(HEX_32)

KINDS: dict[str, Kind] = {
    "count": _count,
    "time": _or_none(_number),
    "instant": _number,
    "node": _node,
    "view": _view,
    "view-or-none": _or_none(_view),
    "node-or-none": _or_none(_node),
    "timestamp-or-none": _or_none(_count),
    "digest": _view,
    "transcript-or-none": _or_none(_node),
    "word": _word,
    "flag": lambda value: isinstance(value, bool),
    "nodes": _several(_node, 1024),
    "counts": _several(_count, 1024),
    "components": _several(_several(_node, 1024), 1024),
    "ranges": _several(_range, 64),
    "asking": _asking,
    "heard": _heard,
}


@cache
def _events() -> dict[str, tuple[tuple[str, ...], tuple[tuple[str, Kind], ...]]]:
    """For each event what a line needs, and how each member is checked."""
    definitions = json.loads(data.read_text(SCHEMA))["$defs"]
    found = {}
    for title, definition in definitions.items():
        event = title.removeprefix("event-")
        if event != title:
            kinds = ((name, _kind(part, definitions)) for name, part in definition["properties"].items())
            checks = tuple((name, kind) for name, kind in kinds if name != "event")
            found[event] = tuple(definition["required"]), checks
    return found


def _kind(part: dict[str, Any], definitions: dict[str, Any]) -> Kind:
    name = part.get("$ref", "").rpartition("/")[2]
    choices: Iterable[Any] = definitions.get(name, {}).get("enum", ())
    if choices:
        known = frozenset(choices)
        return lambda value: isinstance(value, str) and value in known
    return KINDS.get(name, lambda _: True)
