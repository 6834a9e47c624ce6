"""From values to octets: builds whatever it is asked for, hostile counts and lengths included."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from scapy.fields import FieldLenField, FieldListField, PacketListField

from coterie_kit.faults import Inconclusive
from coterie_kit.frames.layers import BODIES, PREFIXES, Header
from coterie_kit.frames.parts import PAYLOAD, Row
from coterie_kit.wire_rules import FRAMES, PROTECTIONS

Values = dict[str, Any]


def _octets(kind: type[Row], values: Mapping[str, Any]) -> bytes:
    """The octets of a layer, field by field: to build a packet for each row would cost more than the rest."""
    known = {PAYLOAD if name == "payload" else name: value for name, value in values.items()}
    made = b"".join(_field(item, known) for item in kind.fields_desc)
    strange = known.keys() - {item.name for item in kind.fields_desc}
    if strange:
        message = f"{kind.__name__} has no field {min(strange)!r}"
        raise KeyError(message)
    return made


def _field(item: Any, known: Mapping[str, Any]) -> bytes:
    value = known.get(item.name, item.default)
    match item:
        case PacketListField():
            return b"".join(_octets(item.cls, row) for row in value)
        case FieldListField():
            return b"".join(item.field.addfield(None, b"", each) for each in value)
        case FieldLenField() if value is None:
            value = len(known.get(item.count_of or item.length_of, ()))
    try:
        octets: bytes = item.addfield(None, b"", value)
    except (TypeError, ValueError, struct.error):
        # what a peer has told comes into the frames of the puppets: where it is odd there is none to send
        message = f"no frame can be made with {item.name} {value!r}"
        raise Inconclusive(message[:200]) from None
    return octets


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
