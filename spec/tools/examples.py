"""Computed examples of the draft: vectors, laid out for people. What is computed is never typed by hand."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from spec.tools.draft import SPEC

VECTORS = SPEC.parent / "vectors"
NOT_VECTORS = {"captures", "generator"}
WIDTH = 48

# The example of the draft, and the vector that it shows.
EXAMPLES: Mapping[str, str] = {
    "peer-id": "name.peer.ada",
    "node-id": "name.node.ada-in-open",
    "overlay-id-open": "name.overlay.open",
    "overlay-id-closed": "name.overlay.closed",
}


def examples() -> dict[str, str]:
    """File name to text, for every example. KeyError, with its id, for a vector that does not exist."""
    known = {row["id"]: row for row in vectors()}
    missing = sorted(set(EXAMPLES.values()) - set(known))
    if missing:
        raise KeyError(f"the draft shows vectors that do not exist: {missing}")
    return {f"example-{name}.txt": text(known[identifier]) for name, identifier in EXAMPLES.items()}


def vectors() -> Iterator[Mapping[str, Any]]:
    """Every vector that is accepted, of all files."""
    for path in sorted(VECTORS.glob("*/*.json")):
        if not NOT_VECTORS.intersection(Path(path).parts):
            rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["vectors"]
            yield from (row for row in rows if row["result"] == "valid")


def text(vector: Mapping[str, Any]) -> str:
    """The action with its arguments, an arrow, and its result."""
    given, found = list(leaves("", vector["input"])), list(leaves("", vector["expected"]))
    column = 2 + max(len(name) for name, _ in (*given, *found))
    lines = [vector["operation"]]
    lines += [line for name, value in given for line in laid_out(name, value, column)]
    lines.append("gives")
    lines += [line for name, value in found for line in laid_out(name, value, column)]
    return "\n".join(lines) + "\n"


def leaves(path: str, value: object) -> Iterator[tuple[str, str]]:
    """The names and values at the ends of a JSON object."""
    match value:
        case dict():
            for name, inner in value.items():
                yield from leaves(f"{path}.{name}" if path else name, inner)
        case list():
            for at, inner in enumerate(value):
                yield from leaves(f"{path}[{at}]", inner)
        case _:
            yield path, str(value)


def laid_out(name: str, value: str, column: int) -> Iterator[str]:
    """One name and its value, over as many lines as it takes."""
    pieces = [value[at : at + WIDTH] for at in range(0, len(value), WIDTH)] or ["(empty)"]
    for number, piece in enumerate(pieces):
        yield f"  {name if number == 0 else '':<{column}}{piece}"
