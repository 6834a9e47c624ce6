"""The layout of the frames of views and multicast as scapy layers, field by field as the draft lays them
out."""

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
    StrLenField,
)

from coterie_kit.frames.parts import PAYLOAD, ContactField, PrefixedField, Row, counted, extensions, octets


class Candidate(Row):
    """Who may become a member."""

    fields_desc = (octets("node_id", 32), LongField("incarnation", 0), ContactField("contact"))


class Propose(Row):
    """The question what the candidates of a view hold."""

    fields_desc = (
        LongField("counter", 0),
        counted("candidate_count", "candidates"),
        PacketListField("candidates", [], Candidate, count_from=lambda row: row.candidate_count),
        counted("permit_count", "permits"),
        FieldListField("permits", [], PrefixedField("permit"), count_from=lambda row: row.permit_count),
        extensions(),
    )


class Holding(Row):
    """Up to where a member's messages are held."""

    fields_desc = (octets("node_id", 32), LongField("sequence", 0))


class Flush(Row):
    """Its answer."""

    fields_desc = (
        LongField("counter", 0),
        LongField("seen", 0),
        LongField("clock", 0),
        LongField("acknowledged", 0),
        octets("previous_view", 16),
        ByteField("suite", 1),
        ByteField("sends", 0),
        counted("holding_count", "holdings"),
        PacketListField("holdings", [], Holding, count_from=lambda row: row.holding_count),
        counted("refused_count", "refused"),
        FieldListField("refused", [], octets("", 32), count_from=lambda row: row.refused_count),
        extensions(),
    )


class Join(Row):
    """The wish of a whole view to become part of another."""

    fields_desc = (
        octets("view_id", 16),
        counted("member_count", "members"),
        PacketListField("members", [], Candidate, count_from=lambda row: row.member_count),
        extensions(),
    )


class Leave(Row):
    """The last word of a member."""

    fields_desc = (octets("view_id", 16), extensions())


def _marks() -> list[Field]:
    return [LongField("acknowledged", 0), LongField("timestamp", 1), LongField("last_sequence", 0)]


class Heartbeat(Row):
    """What a sender promises."""

    fields_desc = (*_marks(), LongField("stable", 0), extensions())


class Alive(Row):
    """The same of one that does not send, but for the promise."""

    fields_desc = (*_marks(), extensions())


class Range(Row):
    """Sequence numbers of one sender."""

    fields_desc = (ShortField("sender", 0), LongField("first", 1), LongField("last", 1))


class Nack(Row):
    """What is missing."""

    fields_desc = (
        counted("range_count", "ranges"),
        PacketListField("ranges", [], Range, count_from=lambda row: row.range_count),
        extensions(),
    )


class Gap(Row):
    """What can no longer be had."""

    fields_desc = (ShortField("sender", 0), LongField("first", 1), LongField("last", 1), extensions())


class SenderRequest(Row):
    """The body of SENDER."""

    fields_desc = (ByteField("operation", 1), extensions())


class Proxy(Row):
    """A message for the coordinator to send."""

    fields_desc = (
        LongField("origin_sequence", 1),
        FieldLenField("payload_length", None, length_of=PAYLOAD, fmt="H"),
        StrLenField(PAYLOAD, b"", length_from=lambda row: row.payload_length),
        octets("signature", 64),
        extensions(),
    )


GROUP_BODIES: Mapping[str, type[Row]] = {
    "PROPOSE": Propose, "FLUSH": Flush, "JOIN": Join, "LEAVE": Leave, "HEARTBEAT": Heartbeat, "ALIVE": Alive,
    "NACK": Nack, "GAP": Gap, "SENDER": SenderRequest, "PROXY": Proxy,
}  # fmt: skip
