"""The registry of code points as the kit reads it: reasons with their phases, limits, timers, frame types."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from coterie_kit import data
from coterie_kit.faults import KitError

__all__ = [
    "FrameType", "Reason", "frame", "frame_name", "frames", "limit", "reason", "reasons", "tables", "timer",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """Why bytes are refused: code point, name, phase of the check, one sentence."""

    code: int
    name: str
    phase: str
    text: str


@dataclass(frozen=True, slots=True)
class FrameType:
    """A frame type and its one protection; ``secret`` names what seals it, and is empty when nothing does."""

    code: int
    name: str
    protection: str
    secret: str = ""


# not a code point: what a peer answers when the command itself cannot be carried out
USAGE = Reason(0, "usage", "usage", "The command cannot be carried out as it was given.")


@cache
def tables() -> Mapping[str, Any]:
    """The registry as it stands in ``spec/registry.toml``."""
    return tomllib.loads(data.read_text("spec/registry.toml"))


def _named(found: Mapping[str, Any], name: str, table: str) -> Any:
    if name not in found:
        message = f"the registry has no {table} called {name!r}"
        raise KitError(message)
    return found[name]


@cache
def reasons() -> Mapping[str, Reason]:
    """Every reason of refusal, by name, and the word of the test interface for a caller's mistake."""
    found = [Reason(row["code"], row["name"], row["phase"], row["text"]) for row in tables()["reason"]]
    return {row.name: row for row in (*found, USAGE)}


def reason(name: str) -> Reason:
    """The reason called ``name``; KitError when there is none."""
    found: Reason = _named(reasons(), name, "reason")
    return found


@cache
def frames() -> Mapping[str, FrameType]:
    """Every assigned frame type, by name."""
    return {
        row["name"]: FrameType(row["code"], row["name"], row["protection"], row.get("secret", ""))
        for row in tables()["frame"]
    }


def frame(name: str) -> FrameType:
    """The frame type called ``name``; KitError when there is none."""
    found: FrameType = _named(frames(), name, "frame type")
    return found


def frame_name(datagram: bytes) -> str:
    """What the type octet of ``datagram`` says; for people, so that it never fails."""
    header = tables()["header"]
    if len(datagram) < header["size"] or int.from_bytes(datagram[:2], "big") != header["magic"]:
        return f"{len(datagram)} octets"
    by_code = {row.code: row.name for row in frames().values()}
    return by_code.get(datagram[3], f"type {datagram[3]:#04x}")


@cache
def _values(table: str) -> Mapping[str, int]:
    return {row["name"]: row["value"] for row in tables()[table]}


def limit(name: str) -> int:
    """The value of the limit called ``name``."""
    value: int = _named(_values("limit"), name, "limit")
    return value


def timer(name: str) -> int:
    """The value, in milliseconds, of the timer called ``name``."""
    value: int = _named(_values("timer"), name, "timer")
    return value
