# ruff: noqa: SLF001 - construct calls the verbs that its own classes implement `_parse` and `_build`
"""What construct leaves open: the kinds of field that the layouts need beside its own.

Counts are checked before anything is read for them, a row of a list has its index in the path of an error,
and a row of fixed size is read in one step. Implements REQ-FRM-16 to REQ-FRM-24 where they are about one
field.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Mapping
from itertools import takewhile
from typing import IO, Any

import construct
from construct import Bytes, Int16ub, this

from coterie.wire import rules
from coterie.wire.bodies import Extension
from coterie.wire.contact import Contact

Stream = IO[bytes]


def dotted(path: str) -> str:
    """construct's path of a field, `(parsing) -> members[3] -> contact`, as the project writes it."""
    return ".".join(path.split(" -> ")[1:])


class Packed(construct.Struct):
    """A Struct of fields of fixed size, unpacked in one step; field by field when octets are missing."""

    def __init__(self, *fields: Any) -> None:
        super().__init__(*fields)
        self.names = tuple(str(field.name) for field in fields)
        self.format = struct.Struct(">" + "".join(_code(field) for field in fields))
        self.adapters = [
            (field.name, field.subcon) for field in fields if isinstance(field.subcon, construct.Adapter)
        ]
        self.sizes = [
            (at, field.subcon.sizeof())
            for at, field in enumerate(fields)
            if not isinstance(field.subcon, construct.FormatField)
        ]

    def pack(self, values: Mapping[str, Any]) -> bytes | None:
        """The octets of fields without adapters, in one step; None where a value does not fit its field."""
        fields = [values[name] for name in self.names]
        try:
            for at, size in self.sizes:
                if len(fields[at]) != size:
                    return None
            return self.format.pack(*fields)
        except (struct.error, TypeError):
            return None

    def _build(self, obj: Any, stream: Stream, context: Any, path: str) -> Any:
        values = dict(obj)
        for name, adapter in self.adapters:
            values[name] = adapter._encode(values[name], context, path)
        packed = self.pack(values)
        if packed is None:
            # one of them does not fit: its field says which
            for field in self.subcons:
                field._build(obj[field.name], stream, context, path)
        else:
            stream.write(packed)
        return obj

    def _parse(self, stream: Stream, context: Any, path: str) -> Any:
        octets = stream.read(self.format.size)
        if len(octets) < self.format.size:
            stream.seek(-len(octets), io.SEEK_CUR)
            return {field.name: field._parsereport(stream, context, path) for field in self.subcons}
        values = dict(zip(self.names, self.format.unpack(octets), strict=True))
        for name, adapter in self.adapters:
            values[name] = adapter._decode(values[name], context, path)
        return values


class Headed(construct.Struct):
    """A Struct whose first fields, as far as they are of fixed size, are packed in one step, the others one
    by one. What a field may look at is a plain dict of those before it and of the parameters: a Container
    costs more than the fields."""

    def __init__(self, *fields: Any) -> None:
        super().__init__(*fields)
        head = tuple(takewhile(_is_fixed, fields))
        self.head = Packed(*head)
        self.rest = [(str(field.name), field.subcon) for field in fields[len(head) :]]

    def parse_stream(self, stream: Stream, **params: Any) -> Any:
        """The fields by name, and the parameters as `_params`."""
        return self._parse(stream, {"_params": params}, "(parsing)")

    def build_stream(self, obj: Any, stream: Stream, **params: Any) -> None:
        """Write the fields of a mapping."""
        self._build(obj, stream, {"_params": params}, "(building)")

    def _parse(self, stream: Stream, context: Any, path: str) -> Any:
        found = self.head._parse(stream, context, path)
        found["_params"] = context["_params"]
        for name, subcon in self.rest:
            found[name] = subcon._parse(stream, found, f"{path} -> {name}")
        return found

    def _build(self, obj: Any, stream: Stream, context: Any, path: str) -> Any:
        self.head._build(obj, stream, context, path)
        known = {**obj, "_params": context["_params"]}
        for name, subcon in self.rest:
            value = known.get(name) if subcon.flagbuildnone else known[name]
            known[name] = subcon._build(value, stream, known, f"{path} -> {name}")
        return obj


def _is_fixed(field: Any) -> bool:
    subcon = field.subcon
    if isinstance(subcon, construct.Bytes):
        return not callable(subcon.length)
    return isinstance(subcon, construct.FormatField)


def _code(field: Any) -> str:
    subcon = field.subcon
    return str(subcon.fmtstr[1:]) if isinstance(subcon, construct.FormatField) else f"{subcon.sizeof()}s"


class Count(construct.Subconstruct):  # type: ignore[type-arg]
    """How many rows or octets the later field `of` has: checked when read, derived when written."""

    def __init__(self, size: Any, of: str, check: Callable[[int, str], None]) -> None:
        super().__init__(size)
        self.flagbuildnone = True
        self.of = of
        self.check = check

    def _parse(self, stream: Stream, context: Any, path: str) -> Any:
        value = self.subcon._parsereport(stream, context, path)
        self.check(value, dotted(path))
        return value

    def _build(self, _obj: Any, stream: Stream, context: Any, path: str) -> Any:
        return self.subcon._build(len(context[self.of]), stream, context, path)


class Rows(construct.Subconstruct):  # type: ignore[type-arg]
    """As many rows as the earlier field `count` says; the path of an error has the index of its row."""

    def __init__(self, count: str, row: Any) -> None:
        super().__init__(row)
        self.count = count

    def _parse(self, stream: Stream, context: Any, path: str) -> Any:
        parse = self.subcon._parsereport
        return tuple(parse(stream, context, f"{path}[{index}]") for index in range(context[self.count]))

    def _build(self, obj: Any, stream: Stream, context: Any, path: str) -> Any:
        for index, row in enumerate(obj):
            self.subcon._build(row, stream, context, f"{path}[{index}]")
        return obj


class Value(construct.Adapter):  # type: ignore[type-arg]
    """A Struct that stands for a value of the class `kind`: what the class does not name is derived."""

    def __init__(self, kind: Any, layout: Any) -> None:
        super().__init__(layout)
        self.kind = kind
        self.names = tuple(kind.__slots__)

    def _decode(self, obj: Any, _context: Any, _path: str) -> Any:
        return self.kind(*[obj[name] for name in self.names])

    def _encode(self, obj: Any, _context: Any, _path: str) -> Any:
        return {name: getattr(obj, name) for name in self.names}


class Only(construct.Adapter):  # type: ignore[type-arg]
    """A Struct that stands for the value of its field `name`: the others are derived from it."""

    def __init__(self, name: str, layout: Any) -> None:
        super().__init__(layout)
        self.only = name

    def _decode(self, obj: Any, _context: Any, _path: str) -> Any:
        return obj[self.only]

    def _encode(self, obj: Any, _context: Any, _path: str) -> Any:
        return {self.only: obj}


class ContactField(construct.Adapter):  # type: ignore[type-arg]
    """18 octets as a Contact."""

    def _decode(self, obj: bytes, _context: Any, _path: str) -> Contact:
        return Contact.decode(obj)

    def _encode(self, obj: Contact, _context: Any, _path: str) -> bytes:
        return obj.encode()


class Padding(construct.Subconstruct):  # type: ignore[type-arg]
    """Octets that are zero."""

    def __init__(self, size: int) -> None:
        super().__init__(Bytes(size))
        self.flagbuildnone = True

    def _parse(self, stream: Stream, context: Any, path: str) -> Any:
        octets = self.subcon._parsereport(stream, context, path)
        rules.check_padding(octets, dotted(path))
        return octets

    def _build(self, _obj: Any, stream: Stream, context: Any, path: str) -> Any:
        return self.subcon._build(bytes(self.subcon.sizeof()), stream, context, path)


class SegmentPayload(construct.Subconstruct):  # type: ignore[type-arg]
    """What is left of a SEGMENT."""

    def _parse(self, stream: Stream, context: Any, path: str) -> Any:
        payload = self.subcon._parsereport(stream, context, path)
        rules.check_segment_payload(payload, dotted(path))
        return payload


class SegmentCount(construct.Subconstruct):  # type: ignore[type-arg]
    """How many segments a frame was cut into; the index stands before it."""

    def _parse(self, stream: Stream, context: Any, path: str) -> Any:
        value = self.subcon._parsereport(stream, context, path)
        rules.check_count(value, 2, "segments", dotted(path))
        rules.check_segment_index(context["index"], value, "index")
        return value


def read_extensions(octets: bytes, allowed: frozenset[int], path: str) -> tuple[Extension, ...]:
    """The extensions in `octets`, which end the body; `allowed` are the critical ones that it may carry."""
    found, position = list[Extension](), 0
    while position < len(octets):
        where = f"{path}[{len(found)}]"
        rules.check_extension_count(len(found), where)
        rules.check_extension_header(len(octets) - position, where)
        kind = int.from_bytes(octets[position : position + 2], "big")
        length = int.from_bytes(octets[position + 2 : position + 4], "big")
        position += 4
        rules.check_extension_value(length, len(octets) - position, where)
        value = octets[position : position + length]
        rules.check_extension_repeat(kind, frozenset(each.type for each in found), where)
        rules.check_extension_critical(kind, allowed, where)
        rules.check_extension_padding(kind, value, where)
        found.append(Extension(kind, value))
        position += length
    return tuple(found)


class ExtensionList(construct.Construct):  # type: ignore[type-arg]
    """Everything to the end of the body: extensions, checked one by one in the order of the draft."""

    def __init__(self) -> None:
        super().__init__()
        self.row = Headed("type" / Int16ub, "length" / Int16ub, "value" / Bytes(this.length))

    def _parse(self, stream: Stream, context: Any, path: str) -> tuple[Extension, ...]:
        return read_extensions(stream.read(), context["_params"]["allowed"], dotted(path))

    def _build(self, obj: tuple[Extension, ...], stream: Stream, context: Any, path: str) -> Any:
        for each in obj:
            row = {"type": each.type, "length": len(each.value), "value": each.value}
            self.row._build(row, stream, context, path)
        return obj
