"""Tables of the draft, written from ``spec/registry.toml``: code points, reasons, limits, timers, labels.

Every row has the anchor ``<table>.<name>`` ("reason.bad-magic"), so that a chapter that names a row links
to it, and a name that is in no table is an error of the rendering.
"""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
Column = tuple[str, Callable[[Row], str]]


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its title, and per column the heading and what stands in it."""

    title: str
    key: str
    columns: tuple[Column, ...]


def octet(row: Row) -> str:
    """The code point of a row as a hexadecimal octet."""
    return f"0x{row['code']:02X}"


def two_octets(row: Row) -> str:
    """The code point of a row as two hexadecimal octets."""
    return f"0x{row['code']:04X}"


def draw_size(row: Row) -> str:
    """How many octets are drawn; a scalar takes as many as its suite says."""
    return str(row["length"] or "by suite")


def secret(row: Row) -> str:
    """The secret of the view that a sealed frame type takes its keys from."""
    return str(row.get("secret", ""))


def field(name: str) -> Callable[[Row], str]:
    """The field ``name`` of a row, as text; truth values as words."""

    def text(row: Row) -> str:
        value = row[name]
        if isinstance(value, bool):
            return "yes" if value else "no"
        return f"{value:,}" if isinstance(value, int) else str(value)

    return text


CODE = ("Code", octet)
NAME = ("Name", field("name"))
COLUMNS: dict[str, tuple[str, tuple[Column, ...]]] = {
    "protection": ("Protections", (CODE, NAME, ("Meaning", field("text")))),
    "frame": ("Frame types", (CODE, NAME, ("Protection", field("protection")), ("Secret", secret))),
    "reserved-frame": ("Frame types reserved for later revisions", (CODE, NAME)),
    "extension": (
        "Extensions",
        (("Code", two_octets), NAME, ("Critical", field("critical")), ("Meaning", field("text"))),
    ),
    "suite": (
        "Suites",
        (
            CODE,
            NAME,
            ("Mandatory", field("mandatory")),
            ("Element", field("element")),
            ("Draw", field("contribution")),
            ("AEAD key", field("key")),
        ),
    ),
    "role": ("Role bits", (("Bit", field("bit")), NAME)),
    "payload-kind": ("Payload kinds", (("Code", field("code")), NAME)),
    "service": ("Services", (("Code", field("code")), NAME)),
    "kind": ("Kinds of resources", (("Code", field("code")), NAME, ("Meaning", field("text")))),
    "label": ("Labels", (NAME, ("Use", field("use")))),
    "draw": ("Draws of randomness", (NAME, ("Octets", draw_size), ("Context", field("context")))),
    "limit": ("Limits", (NAME, ("Value", field("value")), ("Unit", field("unit")), ("Why", field("reason")))),
    "timer": ("Timers", (NAME, ("Milliseconds", field("value")), ("Why", field("reason")))),
}
TABLES = {key: Table(title, key, columns) for key, (title, columns) in COLUMNS.items()}
REASONS = (("Code", two_octets), NAME, ("Phase", field("phase")), ("Meaning", field("text")))
AREAS = {
    "documents": "Reasons of refusal: documents",
    "frames": "Reasons of refusal: frames",
    "sessions": "Reasons of refusal: sessions",
    "names": "Reasons of refusal: names and leaves",
    "keyrun": "Reasons of refusal: key run",
    "records": "Reasons of refusal: records",
    "views": "Reasons of refusal: views",
    "overlay": "Reasons of refusal: overlay",
    "multicast": "Reasons of refusal: multicast",
    "values": "Reasons of refusal: stored values",
    "groups": "Reasons of refusal: groups",
}


def tables(registry: dict[str, Any]) -> dict[str, str]:
    """File name to table, for every table of the registry."""
    written = {f"table-{key}.xml": xml(table, registry[table.key]) for key, table in TABLES.items()}
    for area, title in AREAS.items():
        rows = [row for row in registry["reason"] if row["area"] == area]
        if rows:
            written[f"table-reason-{area}.xml"] = xml(
                Table(title, "reason", REASONS), rows, f"reasons-{area}"
            )
    unknown = {row["area"] for row in registry["reason"]} - set(AREAS)
    if unknown:
        raise ValueError(f"reasons of areas without a table: {sorted(unknown)}")
    return written


def xml(table: Table, rows: list[Row], anchor: str = "") -> str:
    """The table as an element of RFCXML."""
    root = ET.Element("table", anchor=anchor or f"tbl-{table.key}")
    ET.SubElement(root, "name").text = table.title
    heading = ET.SubElement(ET.SubElement(root, "thead"), "tr")
    for title, _ in table.columns:
        ET.SubElement(heading, "th").text = title
    body = ET.SubElement(root, "tbody")
    for row in rows:
        line = ET.SubElement(body, "tr", anchor=f"{table.key}.{row['name']}")
        for _, cell in table.columns:
            ET.SubElement(line, "td").text = cell(row)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"
