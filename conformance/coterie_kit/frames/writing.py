"""From values to octets: builds whatever it is asked for, hostile counts and lengths included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scapy.fields import PacketListField

from coterie_kit.frames.layers import BODIES, PREFIXES, Header
from coterie_kit.frames.parts import PAYLOAD, Row
from coterie_kit.wire_rules import FRAMES, PROTECTIONS

Values = dict[str, Any]


def _layer(kind: type[Row], values: Mapping[str, Any]) -> Row:
    built: Values = {}
    rows = {item.name: item.cls for item in kind.fields_desc if isinstance(item, PacketListField)}
    for name, value in values.items():
        inner = PAYLOAD if name == "payload" else name
        built[inner] = [_layer(rows[name], row) for row in value] if name in rows else value
    return kind(**built)


def _octets(layer: Row) -> bytes:
    built: bytes = layer.self_build()  # what bytes() does, without the copy of the layer that it makes first
    return built


def write_body(name: str, values: Mapping[str, Any]) -> bytes:
    """The body of frame type ``name``; counts and lengths are derived unless ``values`` states them."""
    return _octets(_layer(BODIES[name], values))


def write_header(name: str, overlay: bytes, length: int, **other: int) -> bytes:
    """A header; ``other`` replaces magic, version, type, protection or reserved."""
    code, protection = FRAMES[name]
    fields: Values = {
        "type": code,
        "protection": PROTECTIONS[protection],
        "overlay_id": overlay,
        "length": length,
    }
    return _octets(Header(**(fields | other)))


def write_prefix(protection: str, values: Mapping[str, Any]) -> bytes:
    """The prefix of a signed or sealed frame."""
    return _octets(PREFIXES[protection](**values))


def write(name: str, overlay: bytes, body: bytes, prefix: bytes = b"", trailer: bytes = b"") -> bytes:
    """A whole frame from its parts."""
    rest = prefix + body + trailer
    return write_header(name, overlay, len(rest)) + rest
