"""The hand-made hexdumps of `spec/hexdumps/`, read into octets and the fields that their comments name.

A line is offset, up to eight octets and, on the first line of a field, `; path = meaning`. Whether the
offsets are right is checked here; what the octets mean is for the tests.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[3] / "spec" / "hexdumps"
ENVELOPE = "ENVELOPE"
"""The one hexdump that is not of a frame."""
LINE = re.compile(r"([0-9a-f]{4})  ([0-9a-f ]{0,23}?) *(?:; ([\w.\[\]]+) = (.+))?")


@dataclass(frozen=True)
class Part:
    """One annotated field: its path, its octets and what the comment says of them."""

    path: str
    octets: bytes
    meaning: str

    @property
    def number(self) -> int | None:
        """The number that the comment states, if it states one."""
        found = re.fullmatch(r"(\d+)(?: \(.+\))?", self.meaning)
        return int(found.group(1)) if found else None


@dataclass(frozen=True)
class Hexdump:
    """One annotated frame."""

    name: str
    parts: tuple[Part, ...]

    @property
    def octets(self) -> bytes:
        """The whole frame."""
        return b"".join(part.octets for part in self.parts)

    def body(self) -> tuple[Part, ...]:
        """The parts between prefix and trailer."""
        paths = [part.path for part in self.parts]
        last = {"signature", "tag"} & {paths[-1]}
        first = {"signature": "destination", "tag": "counter"}.get(paths[-1], "overlay_id")
        return self.parts[paths.index(first) + 1 : len(paths) - len(last)]


def names() -> list[str]:
    """The frame types that have a hexdump."""
    return sorted(path.stem for path in FOLDER.glob("*.txt") if path.stem != ENVELOPE)


def read(name: str) -> Hexdump:
    """The hexdump of that name; AssertionError where a line is malformed or an offset wrong."""
    offset, parts = 0, list[Part]()
    for line in (FOLDER / f"{name}.txt").read_text(encoding="ascii").splitlines():
        if line.startswith(";"):
            continue
        found = LINE.fullmatch(line)
        assert found, line
        octets = bytes.fromhex(found.group(2))
        assert int(found.group(1), 16) == offset, line
        offset += len(octets)
        if found.group(3):
            parts.append(Part(found.group(3), octets, found.group(4)))
        else:
            parts[-1] = Part(parts[-1].path, parts[-1].octets + octets, parts[-1].meaning)
    return Hexdump(name, tuple(parts))


def at(fields: dict[str, Any], path: str) -> Any:
    """The value at `members[3].contact.port` of a JSON object."""
    value: Any = fields
    for step in re.findall(r"\w+", path):
        value = value[int(step)] if step.isdigit() else value[step]
    return value
