"""A capture and what stands beside it, written: packets with comments, and the sidecar of a replay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coterie_kit.captures.datagrams import Datagram, packed
from coterie_kit.captures.explaining import comments
from coterie_kit.captures.files import RAW, Packet, write
from coterie_kit.captures.lines import lined
from coterie_kit.captures.sidecar import SCHEMA, TOLD, field_digest

__all__ = ["outcome", "write_both"]


def write_both(
    out: Path,
    nodes: Sequence[Mapping[str, Any]],
    recorded: Sequence[Datagram],
    lost: frozenset[int] = frozenset(),
) -> None:
    """The pcapng at ``out``, and the sidecar beside it. ``nodes`` are its rows; ``lost`` are packets that
    reached nobody."""
    names = {str(row["address"]): str(row["name"]) for row in nodes}
    trusted = {row["overlay"]: row for node in nodes for row in node["reset"]["trust"]}
    rows = []
    for one in recorded:
        # an overlay that nobody was started with is a group's, entered by group management
        membership = trusted.get(one.payload[8:24].hex(), {"membership": "group"}).get("membership")
        said = comments(one, names, in_group=membership == "group")
        said += ("lost on its way",) if one.number in lost else ()
        rows.append(Packet(one.number, RAW, packed(one.source, one.to, one.payload), one.time_ns, said))
    write(out, rows)
    out.with_suffix(".json").write_text(_text(nodes, recorded), encoding="ascii")


def _text(nodes: Sequence[Mapping[str, Any]], recorded: Sequence[Datagram]) -> str:
    """JSON with a line for each step and each packet."""
    fields = _fields(recorded)
    rows = {"schema": lined(SCHEMA, 0), "nodes": lined(list(nodes), 3), "packets": lined(fields, 1)}
    return "{\n" + ",\n".join(f'"{name}": {text}' for name, text in rows.items()) + "\n}\n"


def _fields(recorded: Sequence[Datagram]) -> dict[str, Any]:
    """Where the fields of each packet lie, with their digests; of a repeat only what it repeats."""
    from coterie_kit.replay import spans

    first: dict[tuple[str, str, bytes], int] = {}
    rows: dict[str, Any] = {}
    for one in recorded:
        same = first.setdefault((one.source, one.to, one.payload), one.number)
        fields = spans(one.payload) if same == one.number else []
        laid = {path: [start, end, field_digest(one.payload[start:end])] for path, start, end in fields}
        rows[str(one.number)] = laid if same == one.number else same
    return rows


def outcome(reply: Mapping[str, Any], sends: Sequence[int]) -> dict[str, Any]:
    """What came of a step, as the sidecar has it: status, numbers of the packets sent, what was told."""
    events = [row for row in reply.get("effects", ()) if row["effect"] == "event"]
    data = [row["fields"] for row in events if row["name"] == "data"]
    told = [{"name": row["name"], "fields": row["fields"]} for row in events if row["name"] in TOLD]
    status = {} if reply["status"] == "ok" else {"status": reply["reason"]}
    parts = {"sends": list(sends), "data": data, "told": told}
    return status | {name: part for name, part in parts.items() if part}
