"""Key and certificate files: secrets for their owner alone, and nothing is ever written over.

A file is read up to a limit that no key or certificate of ours reaches.
"""

from __future__ import annotations

import os
from pathlib import Path

from coterie.errors import LocalError

PRIVATE, PUBLIC = 0o600, 0o644
LONGEST = 64 * 1024  # octets; a PEM file of ours has less than 2,048


def check_free(*paths: Path) -> None:
    """`LocalError` if one of the files is there: before the first of several is written."""
    for path in paths:
        if path.exists():
            raise LocalError(f"{path} is there already; move it away, or write to another place")


def write_new(path: Path, content: bytes, mode: int) -> None:
    """Write a new file, with that mode from its first moment. `LocalError` if it is there already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as there:
        raise LocalError(f"{path} is there already; move it away, or write to another place") from there
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def read(path: Path) -> bytes:
    """The content of a key or certificate file. `LocalError` if it is too long to be one."""
    with path.open("rb") as file:
        content = file.read(LONGEST + 1)
    if len(content) > LONGEST:
        raise LocalError(f"{path} is too long for a key or a certificate")
    return content
