"""The registry of code points, read once from `spec/registry.toml`.

Implements the tables of the draft: frame types, protections, reasons, limits, timers, labels, suites.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from coterie import data


@dataclass(frozen=True, slots=True)
class Reason:
    """Why bytes were refused: code point, name, phase of the check and one sentence."""

    code: int
    name: str
    phase: str
    area: str
    text: str


@dataclass(frozen=True, slots=True)
class FrameType:
    """A frame type with the one protection that it has; `secret` is the one of the view's secrets that seals
    it, `read` or `control`, and None when it is not sealed."""

    code: int
    name: str
    protection: str
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """A cipher suite: sizes in octets of an element, of the draw for a contribution and of an AEAD key."""

    code: int
    name: str
    mandatory: bool
    element: int
    contribution: int
    key: int


@cache
def tables() -> Mapping[str, Any]:
    """The registry as it stands in the file."""
    return tomllib.loads(data.read_bytes("spec/registry.toml").decode("utf-8"))


def _rows(table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tables()[table]
    return rows


@cache
def _reasons() -> dict[str, Reason]:
    return {row["name"]: Reason(**row) for row in _rows("reason")}


def reason(name: str) -> Reason:
    """The reason of that name; `KeyError` if the registry has none, which is a bug of the caller."""
    return _reasons()[name]


def reason_by_code(code: int) -> Reason | None:
    """The reason with that code point, or None: a peer may have been told a reason of a later revision."""
    return next((row for row in _reasons().values() if row.code == code), None)


@cache
def limit(name: str) -> int:
    """The value of a limit, in the unit that its row states."""
    return int(next(row["value"] for row in _rows("limit") if row["name"] == name))


@cache
def timer(name: str) -> int:
    """The value of a timer in milliseconds."""
    return int(next(row["value"] for row in _rows("timer") if row["name"] == name))


@cache
def frame_types() -> Mapping[int, FrameType]:
    """Frame types by code point; reserved ones are not in it."""
    return {
        row["code"]: FrameType(row["code"], row["name"], row["protection"], row.get("secret"))
        for row in _rows("frame")
    }


@cache
def frame_type(name: str) -> FrameType:
    """The frame type of that name."""
    return next(row for row in frame_types().values() if row.name == name)


@cache
def protections() -> Mapping[str, int]:
    """Code point of each protection by name."""
    return {row["name"]: row["code"] for row in _rows("protection")}


@cache
def suites() -> Mapping[int, Suite]:
    """Suites by code point."""
    return {row["code"]: Suite(**row) for row in _rows("suite")}


@cache
def extensions() -> Mapping[str, int]:
    """Code point of each extension by name."""
    return {row["name"]: row["code"] for row in _rows("extension")}


@cache
def roles() -> Mapping[str, int]:
    """The bit of each role of HELLO3 by name."""
    return {row["name"]: row["bit"] for row in _rows("role")}


@cache
def codes(table: str) -> Mapping[str, int]:
    """Code point by name of a plain table such as `payload-kind` or `service`."""
    return {row["name"]: row["code"] for row in _rows(table)}


@cache
def label(name: str) -> bytes:
    """LABEL(name): the label's prefix, its name and a zero octet; `KeyError` if it is not registered."""
    if not any(row["name"] == name for row in _rows("label")):
        raise KeyError(name)
    return b"coterie/1 " + name.encode("ascii") + b"\x00"
