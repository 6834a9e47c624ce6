"""From values to octets: builds whatever it is asked for, hostile counts and lengths included."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from scapy.fields import FieldLenField, FieldListField, PacketListField, StrFixedLenField

from coterie_kit.faults import Inconclusive
from coterie_kit.frames.layers import BODIES, PREFIXES, Header
from coterie_kit.frames.parts import NUMBERS, Row, outer_name
from coterie_kit.wire_rules import FRAMES, PROTECTIONS

Values = dict[str, Any]
Writer = Callable[[Any], bytes]


@dataclass(frozen=True, slots=True)
class _Step:
    """How one field of a layer is written, and what it counts where it is a count or a length."""

    name: str
    default: Any
    counted: str
    writer: Writer

    def octets(self, values: Mapping[str, Any]) -> bytes:
        """The field, from the values of its layer."""
        value = values.get(self.name, self.default)
        if value is None and self.counted:
            value = len(values.get(self.counted, ()))
        try:
            return self.writer(value)
        except (TypeError, ValueError, struct.error):
            # what a peer has told comes into the frames of the puppets: where it is odd there is none to send
            message = f"no frame can be made with {self.name} {value!r}"
            raise Inconclusive(message[:200]) from None


@cache
def _steps(kind: Any) -> tuple[tuple[_Step, ...], frozenset[str]]:
    """How the fields of a layer are written, and their names; found out once, as for reading."""
    made = tuple(_step(item) for item in kind.fields_desc)
    return made, frozenset(step.name for step in made)


def _step(item: Any) -> _Step:
    counted = outer_name(item.count_of or item.length_of) if isinstance(item, FieldLenField) else ""
    return _Step(outer_name(item.name), item.default, counted, _writer(item))


def _writer(item: Any) -> Writer:
    match item:
        case PacketListField():
            return partial(_rows, item.cls)
        case FieldListField():
            return partial(_list, _writer(item.field))
        case StrFixedLenField():
            return struct.Struct(f"{item.sz}s").pack
        case _ if isinstance(item, NUMBERS):
            return item.struct.pack  # type: ignore[no-any-return]
        case _:
            return partial(item.addfield, None, b"")


def _rows(kind: type[Row], rows: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join([_octets(kind, row) for row in rows])


def _list(writer: Writer, values: Iterable[Any]) -> bytes:
    return b"".join(map(writer, values))


def _octets(kind: type[Row], values: Mapping[str, Any]) -> bytes:
    """The octets of a layer, field by field: to build a packet for each row would cost more than the rest."""
    steps, names = _steps(kind)  # type: ignore[arg-type]  # a class is hashable, whatever its instances are
    if not names.issuperset(values):
        message = f"{kind.__name__} has no field {min(values.keys() - names)!r}"
        raise KeyError(message)
    return b"".join([step.octets(values) for step in steps])


def write_body(name: str, values: Mapping[str, Any]) -> bytes:
    """The body of frame type ``name``; counts and lengths are derived unless ``values`` states them."""
    return _octets(BODIES[name], values)


def write_header(name: str, overlay: bytes, length: int, **other: int) -> bytes:
    """A header; ``other`` replaces magic, version, type, protection or reserved."""
    code, protection = FRAMES[name]
    fields: Values = {
        "type": code,
        "protection": PROTECTIONS[protection],
        "overlay_id": overlay,
        "length": length,
    }
    return _octets(Header, fields | other)


def write_prefix(protection: str, values: Mapping[str, Any]) -> bytes:
    """The prefix of a signed or sealed frame."""
    return _octets(PREFIXES[protection], values)


def write(name: str, overlay: bytes, body: bytes, prefix: bytes = b"", trailer: bytes = b"") -> bytes:
    """A whole frame from its parts."""
    rest = prefix + body + trailer
    return write_header(name, overlay, len(rest)) + rest
