"""What the layers are made of: rows, and the kinds of field that scapy has not."""

from __future__ import annotations

from scapy.fields import (
    ByteField,
    Field,
    FieldLenField,
    LongField,
    PacketListField,
    ShortField,
    StrFixedLenField,
    StrLenField,
    XShortField,
)
from scapy.packet import Packet

# scapy keeps the name "payload" for itself; outside these layers the field is called as in the draft.
PAYLOAD = "content"
# the kinds of field that are one number, which needs nothing but its octets
NUMBERS = (ByteField, ShortField, LongField, FieldLenField)


def outer_name(name: str) -> str:
    """What a field of a layer is called outside of the layers."""
    return "payload" if name == PAYLOAD else name


class Row(Packet):  # type: ignore[misc]
    """A layer: its fields are read and written one by one, and no packet is ever made of it."""


class ContactField(Field):  # type: ignore[misc]
    """Sixteen octets of address and a port, as one pair."""

    def __init__(self, name: str) -> None:
        super().__init__(name, (bytes(16), 0), "18s")

    def i2m(self, pkt: Packet | None, value: tuple[bytes, int]) -> bytes:  # noqa: ARG002
        """The 18 octets."""
        return value[0] + value[1].to_bytes(2, "big")

    def m2i(self, pkt: Packet | None, octets: bytes) -> tuple[bytes, int]:  # noqa: ARG002
        """The pair."""
        return octets[:16], int.from_bytes(octets[16:], "big")


class PrefixedField(Field):  # type: ignore[misc]
    """Octets with their length in front, called ``name``; a pair states another length than they have."""

    def __init__(self, name: str) -> None:
        super().__init__(name, b"", "H")

    def addfield(self, pkt: Packet | None, s: bytes, val: bytes | tuple[int, bytes]) -> bytes:  # noqa: ARG002
        """``s``, and after it length and octets."""
        length, octets = val if isinstance(val, tuple) else (len(val), val)
        return s + length.to_bytes(2, "big") + octets


def octets(name: str, size: int) -> Field:
    """A field of that many octets."""
    return StrFixedLenField(name, bytes(size), size)


def counted(count: str, rows: str) -> Field:
    """How many rows follow, as one octet."""
    return FieldLenField(count, None, count_of=rows, fmt="B")


class Extension(Row):
    """One extension."""

    fields_desc = (
        XShortField("type", 0),
        FieldLenField("length", None, length_of="value", fmt="H"),
        StrLenField("value", b"", length_from=lambda row: row.length),
    )


def extensions() -> Field:
    """Extensions to the end of the body."""
    return PacketListField("extensions", [], Extension)
