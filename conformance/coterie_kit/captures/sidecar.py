"""What stands beside a capture so that it can be replayed: who the peers were, and what happened to each.

For every peer: seed, key, leaf, address and trust it was started with, and its script: clock readings, local
actions and deliveries in order, each with what the peer sent then, as numbers of packets. For every packet:
where each field lies and a short digest of it, so that a packet that is not the one recorded is told by the
name of its field.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coterie_kit import strict
from coterie_kit.captures.files import BadCaptureError

__all__ = ["SCHEMA", "TOLD", "Node", "Recorded", "Sidecar", "Step", "field_digest", "load"]

SCHEMA = "capture.schema.json"
LONGEST_FILE = 16 * 1024 * 1024
MOST_STEPS = 100_000
MOST_NODES = 64
KINDS = {"tick", "do", "deliver"}
TOLD = frozenset({
    "view-installed", "transitional", "message", "left", "group-entered", "group-failed", "group-left",
    "group-found", "groups", "group-members",
})  # fmt: skip
"""Events of a group, and of group management, that a replay compares."""


def field_digest(octets: bytes) -> str:
    """Eight digits that tell two values of a field apart."""
    return hashlib.sha256(octets).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a peer: a command of the test interface, and what came of it.

    ``packet`` is the number of the packet that was delivered; ``sends`` are the packets that the peer sent
    then; ``status`` is ``ok`` or the reason of the refusal. ``data`` are the fields of each event data,
    ``told`` names and fields of the events of a group.
    """

    kind: str
    command: Mapping[str, Any]
    packet: int
    sends: tuple[int, ...]
    status: str
    data: tuple[Mapping[str, Any], ...]
    told: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """A field of a packet as it was recorded: path, first octet, end, digest."""

    path: str
    start: int
    end: int
    digest: str


@dataclass(frozen=True, slots=True)
class Node:
    """One peer of the run."""

    name: str
    node: str
    address: str
    reset: Mapping[str, Any]
    steps: tuple[Step, ...]
    keylog: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The whole: peers by name, and per packet the digests of its fields."""

    nodes: Mapping[str, Node]
    packets: Mapping[int, Sequence[Recorded]]

    def keys(self, label: str = "read") -> dict[str, bytes]:
        """The secret with that label, ``read`` or ``control``, of each view in the key log."""
        logged = (row for node in self.nodes.values() for row in node.keylog)
        return {row["view"]: bytes.fromhex(row["secret"]) for row in logged if row["label"] == label}


def load(path: Path) -> Sidecar:
    """The sidecar of a capture. Raises `BadCaptureError`."""
    try:
        content = path.read_bytes() if path.stat().st_size <= LONGEST_FILE else b""
    except OSError:
        raise BadCaptureError(f"{path.name} is not there: a capture is replayed with its sidecar") from None
    try:
        return _whole(strict.parse(content))
    except strict.Malformed as fault:
        raise BadCaptureError(f"{path.name} is not strict JSON: {fault}") from None
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise BadCaptureError(f"{path.name} does not have the members of a sidecar: {fault!r}") from None


def _whole(parsed: Any) -> Sidecar:
    if parsed["schema"] != SCHEMA:
        raise ValueError("another schema")
    rows = parsed["nodes"]
    if not 1 <= len(rows) <= MOST_NODES:
        raise ValueError("no peers, or too many")
    nodes = {row["name"]: _node(row) for row in rows}
    return Sidecar(nodes, _packets(parsed["packets"]))


def _packets(rows: Mapping[str, Any]) -> dict[int, tuple[Recorded, ...]]:
    """Fields by packet number; a number in their place means the same octets as that earlier packet."""
    packets: dict[int, tuple[Recorded, ...]] = {}
    for number, row in rows.items():
        if isinstance(row, int):
            packets[int(number)] = packets[row]
        else:
            packets[int(number)] = tuple(Recorded(path, *where) for path, where in row.items())
    return packets


def _node(row: Mapping[str, Any]) -> Node:
    if len(row["steps"]) > MOST_STEPS:
        raise ValueError("too many steps")
    steps = tuple(_step(step) for step in row["steps"])
    return Node(row["name"], row["node"], row["address"], dict(row["reset"]), steps, tuple(row["keylog"]))


def _step(row: Mapping[str, Any]) -> Step:
    kind = next(name for name in row if name in KINDS)
    value = row[kind]
    packet = int(value) if kind == "deliver" else 0
    command = value if isinstance(value, dict) else {}
    sends = tuple(int(number) for number in row.get("sends", ()))
    status, data, told = row.get("status", "ok"), tuple(row.get("data", ())), tuple(row.get("told", ()))
    return Step(kind, command, packet, sends, status, data, told)
