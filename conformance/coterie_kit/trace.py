"""What was said between the kit and a peer, bounded, so that a case can be shown and repeated."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["Trace", "bounded", "harmless"]

MOST_ENTRIES = 400
LONGEST_TEXT = 4096  # characters of one value in a report: a frame of 1,200 octets as hexadecimal, and room
LONGEST_LOG = 2000
PRIVATE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
LONG_HEX = re.compile(r"\b[0-9a-fA-F]{64,}\b")


class Trace:
    """Commands, as the lines that went out, and what came back. Beyond the limit only the number is kept."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.left_out = 0

    @property
    def length(self) -> int:
        """How many commands there were."""
        return len(self.entries) + self.left_out

    def clear(self) -> None:
        """Forgets everything, before a new case."""
        self.entries = []
        self.left_out = 0

    def asked(self, line: bytes) -> dict[str, Any]:
        """A command goes out; gives the entry that its answer belongs to."""
        entry: dict[str, Any] = {"command": line}
        if len(self.entries) < MOST_ENTRIES:
            self.entries.append(entry)
        else:
            self.left_out += 1
        return entry

    def answered(self, entry: dict[str, Any], reply: Mapping[str, Any]) -> None:
        """The reply to it."""
        entry["reply"] = reply

    def failed(self, entry: dict[str, Any], fault: str) -> None:
        """There was no reply to it, or none that counts."""
        entry["fault"] = fault

    def commands(self) -> Iterator[dict[str, Any]]:
        """The commands that went out, the last one first."""
        for entry in reversed(self.entries):
            yield json.loads(entry["command"])

    def kept(self) -> list[dict[str, Any]]:
        """The entries with long values cut, as results keep them."""
        told = [entry | {"command": json.loads(entry["command"])} for entry in self.entries]
        found = [{name: _numberless(bounded(part)) for name, part in entry.items()} for entry in told]
        return [*found, {"left_out": self.left_out}] if self.left_out else found


def _numberless(part: Any) -> Any:
    """Without ``seq``, which depends on what was asked before."""
    return {name: value for name, value in part.items() if name != "seq"} if isinstance(part, dict) else part


def bounded(value: Any) -> Any:
    """``value`` with long texts and lists cut, and private keys taken out."""
    match value:
        case str():
            text = PRIVATE.sub("(a private key)", value)
            return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}… ({len(text)} characters)"
        case Mapping():
            return {str(key)[:100]: bounded(inner) for key, inner in list(value.items())[:200]}
        case list() | tuple():
            return [bounded(inner) for inner in value[:200]]
        case _:
            return value


def harmless(text: str) -> str:
    """The end of a peer's log as a report may show it: no control characters, no keys, not much of it."""
    without_keys = LONG_HEX.sub("(hexadecimal)", PRIVATE.sub("(a private key)", text))
    clean = "".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in without_keys)
    return clean[-LONGEST_LOG:]
