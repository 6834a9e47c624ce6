"""The files of the vectors: their header, their digest and their one way to be written.

Implements the form that `schemas/vectors.schema.json` describes.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from coterie import registry

GENERATOR = "coterie-vectors 1"
SCHEMA = "vectors.schema.json"
FOLDER = Path(__file__).resolve().parents[1]
Row = Mapping[str, Any]
NOT_VECTORS = {"anchors", "captures", "generator"}
"""Folders with JSON of another form, or none."""


def digest(vectors: Sequence[Row]) -> str:
    """SHA-256 of the vectors as one canonical line: names sorted, no spaces, ASCII."""
    line = json.dumps(vectors, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(line.encode("ascii")).hexdigest()


def text(kind: str, vectors: Sequence[Row], note: Callable[[Row], str], more: Mapping[str, str]) -> str:
    """A whole file. `note` says what the mutation of a refusal does; `more` are notes on the whole."""
    notes = dict(more) | {row["mutation"]: note(row) for row in vectors if row["result"] == "invalid"}
    content = {
        "schema": SCHEMA,
        "revision": registry.tables()["meta"]["revision"],
        "generator": GENERATOR,
        "kind": kind,
        "digest": digest(vectors),
        "notes": dict(sorted(notes.items())),
        "vectors": vectors,
    }
    return json.dumps(content, indent=1) + "\n"


def anchors(answers: Sequence[Row]) -> str:
    """The file of known answers, which has a schema of its own."""
    content = {
        "schema": "anchors.schema.json",
        "revision": registry.tables()["meta"]["revision"],
        "generator": GENERATOR,
        "digest": digest(answers),
        "answers": answers,
    }
    return json.dumps(content, indent=1) + "\n"


def differences(files: Mapping[str, str]) -> list[str]:
    """What is amiss between the files as they should be and the folder: one sentence each."""
    amiss = []
    for name, content in files.items():
        path = FOLDER / name
        if not path.is_file():
            amiss.append(f"{name} is missing")
        elif path.read_bytes() != content.encode("ascii"):
            amiss.append(f"{name} differs from what the generator writes")
    return amiss + [f"{name} comes from no generator" for name in strangers(files)]


def strangers(files: Mapping[str, str]) -> list[str]:
    """Vector files in the folder that the generator does not write."""
    found = (path.relative_to(FOLDER) for path in sorted(FOLDER.glob("*/*.json")))
    return [str(path) for path in found if path.parts[0] not in NOT_VECTORS and str(path) not in files]


def write(files: Mapping[str, str]) -> list[str]:
    """Write every file that differs, remove strangers; the names of the files that changed."""
    changed = []
    for name, content in files.items():
        path = FOLDER / name
        if not path.is_file() or path.read_bytes() != content.encode("ascii"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode("ascii"))
            changed.append(name)
    for name in strangers(files):
        (FOLDER / name).unlink()
        changed.append(name)
    return changed
