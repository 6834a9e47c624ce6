"""The layout of every frame as scapy layers, field by field as the draft lays them out."""

from __future__ import annotations

from collections.abc import Mapping

from scapy.fields import (
    ByteField,
    Field,
    FieldLenField,
    FieldListField,
    LongField,
    PacketListField,
    ShortField,
    StrField,
    StrLenField,
    XShortField,
)

from coterie_kit.frames.group_layers import GROUP_BODIES
from coterie_kit.frames.overlay_layers import OVERLAY_BODIES
from coterie_kit.frames.parts import PAYLOAD, ContactField, Row, counted, extensions, octets
from coterie_kit.wire_rules import MAGIC, VERSION


class Header(Row):
    """The 24 octets in front of every frame."""

    fields_desc = (
        XShortField("magic", MAGIC),
        ByteField("version", VERSION),
        ByteField("type", 0),
        ByteField("protection", 0),
        ByteField("reserved", 0),
        ShortField("length", 0),
        octets("overlay_id", 16),
    )


class Signed(Row):
    """The prefix of a signed frame."""

    fields_desc = (
        octets("signer", 32),
        LongField("incarnation", 0),
        LongField("sequence", 0),
        octets("destination", 32),
    )


class Sealed(Row):
    """The prefix of a sealed frame."""

    fields_desc = (
        octets("view_id", 16),
        ShortField("sender_index", 0),
        ShortField("reserved", 0),
        LongField("counter", 0),
    )


def _suites() -> list[Field]:
    return [
        counted("suite_count", "suites"),
        FieldListField("suites", [], ByteField("", 0), count_from=lambda row: row.suite_count),
    ]


def _leaf() -> list[Field]:
    return [
        FieldLenField("leaf_length", None, length_of="leaf", fmt="H"),
        StrLenField("leaf", b"", length_from=lambda row: row.leaf_length),
    ]


class Hello1(Row):
    """The greeting that proves nothing."""

    fields_desc = (octets("nonce", 32), octets("padding", 72))


class Retry(Row):
    """The stateless answer."""

    fields_desc = (octets("nonce", 32), octets("cookie", 32), octets("responder", 32))


class Error(Row):
    """The hint."""

    fields_desc = (
        octets("nonce", 32),
        ShortField("reason", 0),
        ByteField("refused_type", 0),
        counted("version_count", "versions"),
        FieldListField("versions", [], ByteField("", 0), count_from=lambda row: row.version_count),
    )


class Segment(Row):
    """A part of a longer signed frame."""

    fields_desc = (
        octets("digest", 16),
        ByteField("index", 0),
        ByteField("count", 0),
        StrField(PAYLOAD, b""),
    )


class Hello2(Row):
    """The greeting with leaf and cookie."""

    fields_desc = (
        octets("nonce", 32),
        octets("cookie", 32),
        octets("transcript", 32),
        *_suites(),
        *_leaf(),
        extensions(),
    )


class Hello3(Row):
    """Its answer."""

    fields_desc = (
        octets("nonce", 32),
        octets("cookie", 32),
        octets("transcript", 32),
        ByteField("roles", 1),
        octets("view_id", 16),
        ContactField("coordinator"),
        *_suites(),
        *_leaf(),
        extensions(),
    )


class Refuse(Row):
    """The signed refusal of a request."""

    fields_desc = (
        LongField("refused_sequence", 0),
        ShortField("reason", 0),
        ByteField("refused_type", 0),
        extensions(),
    )


class Ping(Row):
    """Are you there."""

    fields_desc = (octets("nonce", 8), extensions())


class Pong(Row):
    """I am."""

    fields_desc = (octets("nonce", 8), extensions())


class Member(Row):
    """A row of INSTALL."""

    fields_desc = (
        octets("node_id", 32),
        LongField("incarnation", 0),
        octets("leaf_hash", 32),
        ContactField("contact"),
        octets("previous_view", 16),
    )


class CutSender(Row):
    """Where a sender's messages of a previous view end, and who has them."""

    fields_desc = (octets("node_id", 32), LongField("sequence", 0), ByteField("holder", 0))


class Cut(Row):
    """Where a previous view ends."""

    fields_desc = (
        octets("previous_view", 16),
        LongField("acknowledged", 0),
        counted("sender_count", "senders"),
        PacketListField("senders", [], CutSender, count_from=lambda row: row.sender_count),
    )


class Install(Row):
    """The proposal of a view."""

    fields_desc = (
        LongField("counter", 0),
        octets("nonce", 32),
        ByteField("suite", 1),
        LongField("clock_base", 0),
        counted("member_count", "members"),
        PacketListField("members", [], Member, count_from=lambda row: row.member_count),
        counted("cut_count", "cuts"),
        PacketListField("cuts", [], Cut, count_from=lambda row: row.cut_count),
        extensions(),
    )


def _entries() -> list[Field]:
    return [
        counted("entry_count", "entries"),
        FieldListField("entries", [], octets("", 32), count_from=lambda row: row.entry_count),
    ]


class Up(Row):
    """Entries and total on their way through the newcomers."""

    fields_desc = (octets("install_digest", 32), *_entries(), octets("total", 32), extensions())


class Down(Row):
    """The entries for all."""

    fields_desc = (octets("install_digest", 32), *_entries(), extensions())


class Confirm(Row):
    """Proof of holding the key."""

    fields_desc = (
        octets("install_digest", 32),
        octets("down_hash", 32),
        octets("confirmation", 32),
        extensions(),
    )


class Message(Row):
    """A message inside DATA."""

    fields_desc = (
        LongField("timestamp", 0),
        ByteField("kind", 0),
        ByteField("fragment_index", 0),
        ByteField("fragment_count", 1),
        FieldLenField("payload_length", None, length_of=PAYLOAD, fmt="H"),
        StrLenField(PAYLOAD, b"", length_from=lambda row: row.payload_length),
    )


class Data(Row):
    """Messages of one sender."""

    fields_desc = (
        LongField("acknowledged", 0),
        LongField("first_sequence", 1),
        FieldLenField("message_count", None, count_of="messages", fmt="H"),
        PacketListField("messages", [], Message, count_from=lambda row: row.message_count),
        extensions(),
    )


BODIES: Mapping[str, type[Row]] = {
    "HELLO1": Hello1, "RETRY": Retry, "ERROR": Error, "SEGMENT": Segment, "HELLO2": Hello2, "HELLO3": Hello3,
    "REFUSE": Refuse, "PING": Ping, "PONG": Pong, "INSTALL": Install, "UP": Up, "DOWN": Down,
    "CONFIRM": Confirm, "DATA": Data, **GROUP_BODIES, **OVERLAY_BODIES,
}  # fmt: skip
PREFIXES: Mapping[str, type[Row]] = {"signed": Signed, "sealed": Sealed}
