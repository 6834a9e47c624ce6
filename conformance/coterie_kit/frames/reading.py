"""From octets to values, strictly and in the order of checks that the draft keeps."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from itertools import takewhile
from types import SimpleNamespace
from typing import Any

from scapy.fields import FieldListField, PacketListField, StrField, StrFixedLenField, StrLenField

from coterie_kit.faults import Unreadable
from coterie_kit.frames.layers import BODIES, PREFIXES, Header, Hello1, Segment
from coterie_kit.frames.parts import NUMBERS, ContactField, PrefixedField, Row, outer_name
from coterie_kit.wire_rules import (
    COUNT_RANGES,
    DATAGRAM,
    EXTENSION_HOMES,
    FRAMES,
    HEADER,
    MAGIC,
    MAX_EXTENSIONS,
    PREFIX,
    PROTECTIONS,
    TRAILER,
    VERSION,
)

Values = dict[str, Any]
NAMES = {code: name for name, (code, _) in FRAMES.items()}


@dataclass(frozen=True, slots=True)
class Span:
    """Where a field lies: path, first octet, end, value."""

    path: str
    start: int
    end: int
    value: Any


@dataclass(slots=True)
class _Cursor:
    data: bytes
    at: int
    end: int
    frame: str
    noted: bool = False
    """Whether anybody wants to know where fields lie."""
    spans: list[Span] = field(default_factory=list)

    def take(self, size: int, path: str) -> bytes:
        """The next octets; REQ-FRM-16: a field beyond the end."""
        if size > self.end - self.at:
            raise Unreadable("truncated-body", path)
        self.at += size
        return self.data[self.at - size : self.at]

    def note(self, path: str, start: int, value: Any) -> None:
        """Remembers where a field lay."""
        if self.noted:
            self.spans.append(Span(path, start, self.at, value))


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as read: names to values for prefix and body."""

    type: str
    protection: str
    overlay: bytes
    header: bytes
    prefix_octets: bytes
    prefix: Values
    body_octets: bytes
    body: Values
    trailer: bytes

    @property
    def spans(self) -> tuple[Span, ...]:
        """Where every field lies."""
        return _spans(self.signed_octets + self.trailer, self.type, self.protection)

    @property
    def signed_octets(self) -> bytes:
        """What a signature covers, after its label; the associated data and ciphertext of a sealed frame."""
        return self.header + self.prefix_octets + self.body_octets

    def at(self, offset: int) -> str:
        """The path of the field that octet ``offset`` of the datagram belongs to."""
        inside = [span for span in self.spans if span.start <= offset < span.end]
        return inside[-1].path if inside else "trailer"


Reader = Callable[[SimpleNamespace, _Cursor, str], Any]


@dataclass(frozen=True, slots=True)
class _Step:
    """How one field of a layer is read."""

    name: str
    suffix: str
    size: int
    """Of a field that has the same size always, otherwise 0."""
    form: str
    """As ``struct`` calls it, where it does."""
    reader: Reader
    made: Callable[[bytes], Any]
    """The value in the octets of a field that has the same size always."""
    is_list: bool
    is_checked: bool


@cache
def _steps(kind: Any) -> tuple[_Step, ...]:
    """How the fields of a layer are read, found out once: to ask each time costs more than to read."""
    return tuple(_step(kind, item) for item in kind.fields_desc)


def _step(kind: Any, item: Any) -> _Step:
    name = outer_name(item.name)
    is_checked = kind in {Segment, Hello1} or any(name == ranged for _, ranged in COUNT_RANGES)
    is_list = isinstance(item, PacketListField | FieldListField)
    size, made = _fixed(item)
    return _Step(name, f".{name}", size, _form(item), _reader(item), made, is_list, is_checked)


def _form(item: Any) -> str:
    if isinstance(item, StrFixedLenField):
        return f"{item.sz}s"
    return str(item.fmt.removeprefix("!")) if isinstance(item, NUMBERS) else ""


def _fixed(item: Any) -> tuple[int, Callable[[bytes], Any]]:
    """The size of a field that has the same always, and the value in its octets; otherwise size 0."""
    match item:
        case StrFixedLenField():
            return item.sz, bytes
        case ContactField():
            return item.sz, partial(item.m2i, None)
        case _ if isinstance(item, NUMBERS):
            return item.sz, int.from_bytes
        case _:
            return 0, bytes


@dataclass(frozen=True, slots=True)
class _Head:
    """The fields at the beginning of a layer that are read at once: each has one size and any value."""

    names: tuple[str, ...]
    layout: struct.Struct
    rest: tuple[_Step, ...]


@cache
def _head(kind: Any) -> _Head:
    steps = _steps(kind)
    plain = tuple(takewhile(lambda step: step.form and not step.is_checked, steps))
    layout = struct.Struct("!" + "".join(step.form for step in plain))
    return _Head(tuple(step.name for step in plain), layout, steps[len(plain) :])


def _walk(kind: Any, cursor: _Cursor, path: str) -> Values:
    row = SimpleNamespace()  # what the fields ask for counts and lengths: a whole packet would cost more
    values: Values = vars(row)
    head, steps = _head(kind), _steps(kind)
    if not cursor.noted and head.layout.size <= cursor.end - cursor.at:
        values.update(zip(head.names, head.layout.unpack_from(cursor.data, cursor.at), strict=True))
        cursor.at += head.layout.size
        steps = head.rest
    for step in steps:
        here = path + step.suffix
        start = cursor.at
        value = step.made(cursor.take(step.size, here)) if step.size else step.reader(row, cursor, here)
        values[step.name] = value
        if cursor.noted and not step.is_list:
            cursor.note(here, start, value)
        if step.is_checked:
            _check(kind, step.name, values, cursor, here)
    return values


def _reader(item: Any) -> Reader:
    match item:
        case PacketListField() if item.name == "extensions":
            return lambda _row, cursor, path: _read_extensions(cursor, path)
        case PacketListField():
            return partial(_read_rows, item)
        case FieldListField():
            return partial(_read_list, item, _reader(item.field))
        case PrefixedField():
            return lambda _row, cursor, path: _prefixed(item.name, cursor, path)
        case StrLenField():
            return lambda row, cursor, path: cursor.take(item.length_from(row), path)
        case StrField() if not isinstance(item, StrFixedLenField):
            return lambda _row, cursor, path: cursor.take(cursor.end - cursor.at, path)
        case _:
            size, made = _fixed(item)
            return lambda _row, cursor, path: made(cursor.take(size, path))


def _read_rows(item: Any, row: SimpleNamespace, cursor: _Cursor, path: str) -> list[Values]:
    return [_walk(item.cls, cursor, f"{path}[{i}]") for i in range(item.count_from(row))]


def _read_list(item: Any, read_one: Reader, row: SimpleNamespace, cursor: _Cursor, path: str) -> list[Any]:
    of_lengths = isinstance(item.field, PrefixedField)
    found = []
    for i in range(item.count_from(row)):
        start, here = cursor.at, f"{path}[{i}]"
        value = read_one(row, cursor, here)
        # the length in front is a place of its own
        cursor.note(here, cursor.at - len(value) if of_lengths else start, value)
        found.append(value)
    return found


def _prefixed(name: str, cursor: _Cursor, path: str) -> bytes:
    start, here = cursor.at, f"{path}.{name}_length"
    length = int.from_bytes(cursor.take(2, here), "big")
    cursor.note(here, start, length)
    low, high = COUNT_RANGES.get(("", f"{name}_length"), (0, 0xFFFF))
    # REQ-FRM-18: before anything is read or allocated for it
    if not low <= length <= high:
        raise Unreadable("count-out-of-range", here)
    return cursor.take(length, f"{path}.{name}")


def _check(kind: type[Row], name: str, values: Values, cursor: _Cursor, path: str) -> None:
    value = values[name]
    low, high = COUNT_RANGES.get((cursor.frame, name), COUNT_RANGES.get(("", name), (None, None)))
    # REQ-FRM-18: before anything is read or allocated for it
    if low is not None and high is not None and not low <= value <= high:
        raise Unreadable("count-out-of-range", path)
    if kind is Segment and name == "count" and values["index"] >= value:
        raise Unreadable("count-out-of-range", "body.index")
    if kind is Segment and name == "payload" and not value:
        raise Unreadable("truncated-body", path)
    if kind is Hello1 and name == "padding" and any(value):
        raise Unreadable("padding-nonzero", path)


def _read_extensions(cursor: _Cursor, path: str) -> list[Values]:
    found: list[Values] = []
    while cursor.at < cursor.end:
        here = f"{path}[{len(found)}]"
        if len(found) == MAX_EXTENSIONS:
            raise Unreadable("too-many-extensions", here)
        found.append(_extension(cursor, here, found))
    return found


def _extension(cursor: _Cursor, here: str, earlier: list[Values]) -> Values:
    start = cursor.at
    try:
        kind = int.from_bytes(cursor.take(2, here), "big")
        cursor.note(f"{here}.type", start, kind)
        length = int.from_bytes(cursor.take(2, here), "big")
        cursor.note(f"{here}.length", start + 2, length)
        value = cursor.take(length, here)
        cursor.note(f"{here}.value", start + 4, value)
    except Unreadable:
        raise Unreadable("extension-overrun", here) from None
    if kind in {row["type"] for row in earlier}:
        raise Unreadable("duplicate-extension", here)
    if kind & 0x8000 and cursor.frame not in EXTENSION_HOMES.get(kind, ()):
        raise Unreadable("unknown-critical-extension", here)
    if kind == 1 and any(value):
        raise Unreadable("padding-nonzero", here)
    return {"type": kind, "value": value}


def read_body(name: str, octets: bytes) -> tuple[Values, tuple[Span, ...]]:
    """Names to values of a body, and where its fields lie. Raises `Unreadable`."""
    cursor = _Cursor(octets, 0, len(octets), name, noted=True)
    return _walk_body(cursor), tuple(cursor.spans)


def body_values(name: str, octets: bytes) -> Values:
    """Names to values of a body. Raises `Unreadable`."""
    return _walk_body(_Cursor(octets, 0, len(octets), name))


def _walk_body(cursor: _Cursor) -> Values:
    values = _walk(BODIES[cursor.frame], cursor, "body")
    if cursor.at != cursor.end:
        raise Unreadable("trailing-bytes", "body")
    return values


def read_header(
    datagram: bytes, max_sealed: int = DATAGRAM, *, assembled: bool = False
) -> tuple[str, str, Values]:
    """Type, protection and header fields; the checks 1, 2 and 4 to 6 of the draft. Raises `Unreadable`."""
    name, protection, values, _ = _header(datagram, max_sealed, assembled=assembled)
    return name, protection, values


def _header(datagram: bytes, max_sealed: int, *, assembled: bool) -> tuple[str, str, Values, _Cursor]:
    if len(datagram) < HEADER:
        raise Unreadable("too-short", "header")
    cursor = _Cursor(datagram, 0, HEADER, "")
    values = _walk(Header, cursor, "header")
    name, protection = _named(values)
    if values["length"] != len(datagram) - HEADER:
        raise Unreadable("bad-length", "header.length")
    most = max_sealed if protection == "sealed" else DATAGRAM
    if len(datagram) > most and not assembled:
        raise Unreadable("datagram-too-long", "header.length")
    rest = len(datagram) - HEADER
    exact = {"HELLO1": 104, "RETRY": 96}.get(name)
    if rest < PREFIX[protection] + TRAILER[protection] or (exact is not None and rest != exact):
        raise Unreadable("short-frame", "header.length")
    if protection == "sealed" and any(datagram[HEADER + 18 : HEADER + 20]):
        raise Unreadable("reserved-nonzero", "prefix.reserved")
    return name, protection, values, cursor


def _named(values: Values) -> tuple[str, str]:
    if values["magic"] != MAGIC:
        raise Unreadable("bad-magic", "header.magic")
    if values["version"] != VERSION:
        raise Unreadable("unknown-version", "header.version")
    name = NAMES.get(values["type"])
    if name is None:
        raise Unreadable("unknown-type", "header.type")
    protection = FRAMES[name][1]
    if PROTECTIONS[protection] != values["protection"]:
        raise Unreadable("wrong-protection", "header.protection")
    if values["reserved"]:
        raise Unreadable("reserved-nonzero", "header.reserved")
    return name, protection


def read(datagram: bytes, max_sealed: int = DATAGRAM, *, assembled: bool = False) -> Frame:
    """The whole frame, strictly; the body of a sealed frame stays closed. Raises `Unreadable`."""
    name, protection, prefix, body = _read(datagram, max_sealed, assembled)
    start, stop = HEADER + PREFIX[protection], len(datagram) - TRAILER[protection]
    return Frame(
        name, protection, datagram[8:HEADER], datagram[:HEADER], datagram[HEADER:start], _copy(prefix),
        datagram[start:stop], _copy(body), datagram[stop:],
    )  # fmt: skip


@lru_cache(1 << 12)
def _read(datagram: bytes, max_sealed: int, assembled: bool) -> tuple[str, str, Values, Values]:
    """Type, protection, prefix and body. The same frames are read time and again, and cost little then."""
    name, protection, _, cursor = _header(datagram, max_sealed, assembled=assembled)
    return name, protection, *_walk_on(datagram, name, protection, cursor)


def _copy(values: Values) -> Values:
    """The same values, for whoever wants to change them; what is no list is never changed."""
    return {
        name: [_copy(row) if isinstance(row, dict) else row for row in value]
        if isinstance(value, list)
        else value
        for name, value in values.items()
    }


def _walk_on(datagram: bytes, name: str, protection: str, cursor: _Cursor) -> tuple[Values, Values]:
    """Prefix and body, from behind the header on."""
    start, stop = HEADER + PREFIX[protection], len(datagram) - TRAILER[protection]
    cursor.end = start
    prefix = _walk(PREFIXES[protection], cursor, "prefix") if protection in PREFIXES else {}
    body: Values = {}
    if protection == "sealed":
        cursor.at = stop
        cursor.note("body", start, datagram[start:stop])
    else:
        cursor.end, cursor.frame = stop, name
        body = _walk_body(cursor)
    if protection != "plain":
        cursor.at = len(datagram)
        cursor.note("signature" if protection == "signed" else "tag", stop, datagram[stop:])
    return prefix, body


@lru_cache(1 << 6)
def _spans(datagram: bytes, name: str, protection: str) -> tuple[Span, ...]:
    """Where the fields of a frame lie; who asks for one octet asks for the next as well."""
    cursor = _Cursor(datagram, 0, HEADER, "", noted=True)
    _walk(Header, cursor, "header")
    _walk_on(datagram, name, protection, cursor)
    return tuple(cursor.spans)


def seal_parts(frame: Frame) -> tuple[bytes, bytes]:
    """Associated data and sealed octets (tag included) of a sealed frame."""
    return frame.header + frame.prefix_octets, frame.body_octets + frame.trailer
