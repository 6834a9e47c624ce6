"""The codec says what the draft's hexdumps say, and its layouts are the draft's tables."""

import tomllib
from typing import Any

import construct
import pytest

from coterie import registry, wire
from coterie.wire import constructs, envelopes, layouts
from reference.tests.wire import hexdumps
from reference.tests.wire.hexdumps import FOLDER

TABLES = tomllib.loads((FOLDER.parent / "frames.toml").read_text(encoding="utf-8"))
DERIVED = ("magic", "version", "reserved", "length", "padding")
KINDS = {constructs.Padding: "zero", constructs.ContactField: "contact", construct.Bytes: "bytes"}
ROWS = {
    "member": layouts.MEMBER,
    "cut": layouts.CUT,
    "cut_sender": layouts.CUT_SENDER,
    "message": layouts.MESSAGE,
    "element": construct.Struct("element" / construct.Bytes(32)),
    "candidate": layouts.CANDIDATE,
    "permit": layouts.PERMIT,
    "neighbour": layouts.NEIGHBOUR,
    "held": layouts.HELD,
    "holding": layouts.HOLDING,
    "node": construct.Struct("node" / construct.Bytes(32)),
    "range": layouts.RANGE,
    "envelope": layouts.ENVELOPE,
}


def decoded(name: str) -> dict[str, Any]:
    dump = hexdumps.read(name)
    fields = wire.to_fields(wire.decode_frame(dump.octets))
    body = wire.decode_body(name, b"".join(part.octets for part in dump.body()))
    tag = {"tag": fields["sealed"][-2 * layouts.TRAILERS["sealed"] :]} if "sealed" in fields else {}
    return fields | wire.fields.body_to_fields(body) | tag


def name_of(part: hexdumps.Part) -> str | None:
    """The name that JSON has instead of the number, of the two fields that are named there."""
    if part.path == "type":
        return registry.frame_types()[part.octets[0]].name
    return {0: "plain", 1: "signed", 2: "sealed"}[part.octets[0]] if part.path == "protection" else None


def test_a_frame_type_without_a_hexdump() -> None:
    assert hexdumps.names() == sorted(row.name for row in registry.frame_types().values())


@pytest.mark.parametrize("name", hexdumps.names())
def test_the_codec_reads_another_value_than_the_hexdump_states(name: str) -> None:
    dump, fields = hexdumps.read(name), decoded(name)

    for part in dump.parts:
        if part.number is not None:
            assert int.from_bytes(part.octets, "big") == part.number, part.path
        leaf = part.path.rsplit(".", 1)[-1]
        if leaf in DERIVED or leaf.endswith(("_count", "_length")) or part.meaning == "none":
            continue
        expected = registry.frame_types()[part.number or 0].name if part.path == "type" else None
        expected = (
            {0: "plain", 1: "signed", 2: "sealed"}[part.number or 0] if leaf == "protection" else expected
        )
        found = hexdumps.at(fields, part.path)
        stated = int.from_bytes(part.octets, "big") if isinstance(found, int) else part.octets.hex()
        assert found == (expected or stated), part.path


@pytest.mark.parametrize("name", hexdumps.names())
def test_a_field_that_the_hexdump_does_not_show(name: str) -> None:
    dump = hexdumps.read(name)
    body = wire.decode_body(name, b"".join(part.octets for part in dump.body()))

    shown = {part.path.split(".")[0].split("[")[0] for part in dump.parts}

    assert set(type(body).__slots__) <= shown


@pytest.mark.parametrize("name", hexdumps.names())
def test_the_codec_writes_other_octets_than_the_hexdump_shows(name: str) -> None:
    dump = hexdumps.read(name)
    frame = wire.decode_frame(dump.octets)
    body = b"".join(part.octets for part in dump.body())

    assert wire.from_fields(wire.to_fields(frame)) == dump.octets
    assert wire.encode_body(wire.decode_body(name, body)) == body


def test_the_codec_reads_another_envelope_than_the_hexdump_states() -> None:
    dump = hexdumps.read(hexdumps.ENVELOPE)
    envelope = envelopes.decode(dump.octets)

    for part in dump.parts:
        if not part.path.endswith("_length"):
            found = getattr(envelope, part.path)
            assert found == (part.octets if part.number is None else part.number), part.path
    assert {part.path for part in dump.parts} > set(type(envelope).__slots__)
    assert envelopes.encode(envelope) == dump.octets


@pytest.mark.parametrize("name", TABLES["body"])
def test_a_body_lies_otherwise_than_the_table_of_the_draft(name: str) -> None:
    assert described(layouts.BODIES[name]) == table(TABLES["body"][name])


@pytest.mark.parametrize("name", ROWS)
def test_a_row_lies_otherwise_than_the_table_of_the_draft(name: str) -> None:
    assert described(ROWS[name]) == table(TABLES["row"][name])


@pytest.mark.parametrize("name", ["signed", "sealed"])
def test_a_prefix_lies_otherwise_than_the_table_of_the_draft(name: str) -> None:
    assert described(layouts.PREFIXES[name]) == table(TABLES["prefix"][name])
    assert layouts.TRAILERS[name] == TABLES["prefix"][name]["trailer"][1]


def test_the_header_lies_otherwise_than_the_table_of_the_draft() -> None:
    assert described(layouts.HEADER) == table(TABLES["header"])
    extension: Any = layouts.EXTENSIONS.subcon
    assert described(extension.row) == table(TABLES["extension"])
    assert layouts.CONTACT.sizeof() == sum(row[1] for row in TABLES["contact"]["fields"])


def test_a_row_of_the_draft_that_the_codec_does_not_know() -> None:
    assert set(TABLES["body"]) == set(layouts.BODIES)
    assert set(TABLES["row"]) == set(ROWS)
    assert set(TABLES["payload"]) == set(layouts.PAYLOADS)


@pytest.mark.parametrize("name", TABLES["payload"])
def test_a_payload_lies_otherwise_than_the_table_of_the_draft(name: str) -> None:
    assert described(layouts.PAYLOADS[name]) == table(TABLES["payload"][name])


def table(rows: dict[str, Any]) -> list[tuple[str, Any, str]]:
    """Name, size and kind of each field, as the draft writes them; integers of any size are one kind."""
    kinds = {"u8": "int", "u16": "int", "u32": "int", "u64": "int"}
    return [(row[0], row[1], kinds.get(row[2], row[2])) for row in rows["fields"]]


def described(layout: Any) -> list[tuple[str, Any, str]]:
    """The same of a construct: asked of its classes, and where a size is computed, of what it computes."""
    while isinstance(layout, constructs.Value):
        layout = layout.subcon
    return [(field.name, *size_and_kind(field.name, field.subcon)) for field in layout.subcons]


def size_and_kind(name: str, subcon: Any) -> tuple[Any, str]:
    match subcon:
        case constructs.ExtensionList():
            return "rest", "ext"
        case constructs.SegmentPayload():
            return "rest", "bytes"
        case _ if subcon is construct.GreedyBytes:
            return "rest", "bytes"
        case constructs.Rows():
            return f"*{subcon.count}", "list"
        case construct.Bytes() if callable(subcon.length):
            both = construct.Container({f"{name}_length": 77, "length": 78})
            counted = {77: f"{name}_length", 78: "length"}[subcon.length(both)]
            return f"*{counted}", "bytes"
        case constructs.Padding() | constructs.ContactField() | construct.Bytes():
            return subcon.sizeof(), KINDS[type(subcon)]
        case construct.FormatField():
            assert subcon.fmtstr.startswith(">")
            return subcon.sizeof(), "zero" if name == "reserved" else "int"
        case _:
            return size_and_kind(name, subcon.subcon)
