"""The trace of a node in a file: one JSON object a line, written before its effect leaves the process.

The lines of all lives of a node stand in one file. A line that kill -9 has cut is taken away at the next
start.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from coterie.effects import Json


class Chronicle:
    """A trace file that is open. `lines` is how many lines it has."""

    def __init__(self, path: Path) -> None:
        """Open or make the file, and drop half a line at its end."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.lines = mend(path)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(self, lines: Iterable[Json]) -> None:
        """Append lines; the system has them when this returns."""
        content = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines).encode()
        if content:
            os.write(self._file, content)
            self.lines += content.count(b"\n")

    def close(self) -> None:
        """No more lines."""
        os.close(self._file)


def mend(path: Path) -> int:
    """Cut off a line without an end; how many whole lines there are."""
    if not path.exists():
        return 0
    with path.open("rb+") as file:
        whole, end = 0, 0
        for line in file:
            if line.endswith(b"\n"):
                whole += 1
                end += len(line)
        file.truncate(end)
    return whole
