"""The layout of the frames of the overlay as scapy layers, field by field as the draft lays them out."""

from __future__ import annotations

from collections.abc import Mapping

from scapy.fields import ByteField, FieldLenField, FieldListField, LongField, PacketListField, StrLenField

from coterie_kit.frames.parts import ContactField, PrefixedField, Row, counted, extensions, octets


class Find(Row):
    """Who is close to a target."""

    fields_desc = (octets("target", 32), extensions())


class Neighbour(Row):
    """A row of NODES."""

    fields_desc = (octets("node_id", 32), ContactField("contact"))


class Nodes(Row):
    """Those who are."""

    fields_desc = (
        LongField("request", 0),
        counted("neighbour_count", "neighbours"),
        PacketListField("neighbours", [], Neighbour, count_from=lambda row: row.neighbour_count),
        extensions(),
    )


class Store(Row):
    """An envelope to be kept."""

    fields_desc = (
        FieldLenField("envelope_length", None, length_of="envelope", fmt="H"),
        StrLenField("envelope", b"", length_from=lambda row: row.envelope_length),
        extensions(),
    )


class Stored(Row):
    """It is kept."""

    fields_desc = (LongField("request", 0), extensions())


class Fetch(Row):
    """What is kept under a key, behind a publisher and slot."""

    fields_desc = (octets("key", 32), octets("publisher", 32), octets("slot", 16), extensions())


class HeldValues(Row):
    """A page of it: the body of VALUES."""

    fields_desc = (
        LongField("request", 0),
        ByteField("more", 0),
        counted("held_count", "held"),
        FieldListField("held", [], PrefixedField("envelope"), count_from=lambda row: row.held_count),
        extensions(),
    )


class Host(Row):
    """A group that somebody is to begin."""

    fields_desc = (
        FieldLenField("group_length", None, length_of="group", fmt="B"),
        StrLenField("group", b"", length_from=lambda row: row.group_length),
        FieldLenField("info_length", None, length_of="info", fmt="H"),
        StrLenField("info", b"", length_from=lambda row: row.info_length),
        extensions(),
    )


class Hosted(Row):
    """It is begun."""

    fields_desc = (LongField("request", 0), octets("group_overlay", 16), extensions())


class Depart(Row):
    """The last word of a peer."""

    fields_desc = (extensions(),)


OVERLAY_BODIES: Mapping[str, type[Row]] = {
    "FIND": Find, "NODES": Nodes, "STORE": Store, "STORED": Stored, "FETCH": Fetch, "VALUES": HeldValues,
    "DEPART": Depart, "HOST": Host, "HOSTED": Hosted,
}  # fmt: skip
