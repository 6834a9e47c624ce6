"""The numbers of the wire that are rules rather than layout: code points, limits and sizes."""

from __future__ import annotations

from typing import Any

from coterie_kit import registry
from coterie_kit.registry import limit

_TABLES: dict[str, Any] = dict(registry.tables())

MAGIC = int(_TABLES["header"]["magic"])
VERSION = int(_TABLES["header"]["version"])
HEADER = int(_TABLES["header"]["size"])
PROTECTIONS: dict[str, int] = {row["name"]: row["code"] for row in _TABLES["protection"]}
FRAMES: dict[str, tuple[int, str]] = {
    row["name"]: (row["code"], row["protection"]) for row in _TABLES["frame"]
}
DATAGRAM = limit("datagram")
MAX_EXTENSIONS = limit("extensions")
PREFIX = {"plain": 0, "signed": 80, "sealed": 28}
TRAILER = {"plain": 0, "signed": 64, "sealed": 16}

# The field that counts, in one frame type or in any ("").
COUNT_RANGES: dict[tuple[str, str], tuple[int, int]] = {
    ("", "suite_count"): (1, limit("suites")),
    ("", "leaf_length"): (1, 0xFFFF),
    ("", "member_count"): (1, limit("members")),
    ("", "cut_count"): (0, limit("cut-views")),
    ("", "sender_count"): (0, limit("cut-senders")),
    ("UP", "entry_count"): (1, limit("members") - 1),
    ("DOWN", "entry_count"): (1, limit("members")),
    ("", "message_count"): (1, limit("messages")),
    ("", "candidate_count"): (1, limit("candidates")),
    ("", "permit_count"): (0, limit("permits")),
    ("", "permit_length"): (1, limit("permit")),
    ("", "holding_count"): (0, limit("members")),
    ("", "refused_count"): (0, limit("refused")),
    ("", "range_count"): (1, limit("nack-ranges")),
    ("", "version_count"): (0, limit("error-versions")),
    ("", "neighbour_count"): (0, limit("bucket")),
    ("STORE", "envelope_length"): (1, 0xFFFF),
    ("HOST", "group_length"): (1, limit("group-id")),
    ("HOST", "info_length"): (1, 0xFFFF),
    ("", "held_count"): (0, limit("page-values")),
    ("SEGMENT", "count"): (2, limit("segments")),
}
# Critical extensions, and the frame types that may carry them.
EXTENSION_HOMES: dict[int, tuple[str, ...]] = {0x8002: ("DATA",), 0x8003: ("INSTALL",)}
