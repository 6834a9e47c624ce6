"""What a group has delivered, in a file: JSON lines with the time of each, to be read or played back.

The first line says what it is. Then each message and each membership in its order, `at` milliseconds after
the beginning.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from coterie.application.lines import member
from coterie.application.told import Membership, Message
from coterie.effects import Json
from coterie.errors import LocalError
from coterie.runtime import system

VERSION = 1
LONGEST_LINE = 2 << 20
"""Octets of a line: the longest message in hexadecimal, and what stands beside it."""


@dataclass(frozen=True, slots=True)
class Played:
    """One message of a recording: when it came after the beginning, in ms, from whom, and what it was."""

    at_ms: float
    sender: str
    payload: bytes


class Recorder:
    """Writes a recording as it happens."""

    def __init__(self, file: IO[str], group: str) -> None:
        self._file = file
        self._began = system.wall_ms()
        self.messages = 0
        self._write({"recording": VERSION, "group": group, "wall_ms": round(self._began)})

    def take(self, told: Message | Membership) -> None:
        """One more line."""
        at = round(system.wall_ms() - self._began, 3)
        match told:
            case Message(sender, payload, view, sequence, timestamp, regular):
                self.messages += 1
                place = {"view": view.hex(), "sequence": sequence, "timestamp": timestamp, "regular": regular}
                self._write({"at": at, "message": payload.hex(), "sender": member(sender), **place})
            case Membership(view, members, joined, left):
                listed = {"joined": joined, "left": left}
                changed = {name: [member(each) for each in who] for name, who in listed.items()}
                here = [member(each) for each in members]
                self._write({"at": at, "members": here, "view": view.hex(), **changed})

    def _write(self, line: Json) -> None:
        self._file.write(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n")


def check(path: Path) -> None:
    """`LocalError` unless the file begins as a recording does."""
    with path.open("rb") as file:
        check_header(path, file.readline(LONGEST_LINE))


def check_header(path: Path, line: bytes) -> None:
    """The first line says what the file is, and of which version."""
    if parsed(path, 1, line).get("recording") != VERSION:
        raise LocalError(f"{path} is no recording of 'coterie record', or one of a later version")


def messages(path: Path) -> Iterator[Played]:
    """The messages of a recording. `LocalError` with the line if it is none."""
    with path.open("rb") as file:
        check_header(path, file.readline(LONGEST_LINE))
        number = 1
        while line := file.readline(LONGEST_LINE):
            number += 1
            told = parsed(path, number, line)
            if "message" in told:
                yield played(path, number, told)


def parsed(path: Path, number: int, line: bytes) -> Json:
    """One line. `LocalError` unless it is a JSON object."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise LocalError(f"{path}, line {number}: not a line of a recording")
    return told


def played(path: Path, number: int, told: Json) -> Played:
    """A message. `LocalError` if it is damaged."""
    at, sender, message = told.get("at"), told.get("sender"), told["message"]
    name = sender.get("name") if isinstance(sender, dict) else None
    try:
        payload = bytes.fromhex(message) if isinstance(message, str) else None
    except ValueError:
        payload = None
    if (
        payload is None
        or not isinstance(at, int | float)
        or isinstance(at, bool)
        or not isinstance(name, str)
    ):
        raise LocalError(f"{path}, line {number}: a message has 'at', 'sender' and 'message' in hexadecimal")
    return Played(float(at), name, payload)
