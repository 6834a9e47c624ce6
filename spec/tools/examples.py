"""Computed examples of the draft: vectors, laid out for people. What is computed is never typed by hand."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from spec.tools.draft import SPEC

VECTORS = SPEC.parent / "vectors"
NOT_VECTORS = {"anchors", "captures", "generator"}
WIDTH = 48
LONGEST_NAME = 14  # a longer one has a line of its own, so that no line is too wide for a draft

# The example of the draft, and the vector that it shows.
EXAMPLES: Mapping[str, str] = {
    "peer-id": "name.peer.ada",
    "node-id": "name.node.ada-in-open",
    "overlay-id-open": "name.overlay.open",
    "overlay-id-closed": "name.overlay.closed",
    "cookie": "hello.cookie.conforming",
    "transcript": "hello.transcript.hello2",
    "draw": "draw.cookie-secret.octets-32-number-1",
    "scalar-1": "scalar.suite-1.draw-random-0",
    "scalar-2": "scalar.suite-2.draw-random-0",
    "fold-1": "scalar.suite-1.fold-random-0",
    "fold-2": "scalar.suite-2.fold-random-0",
    "raise-2": "scalar.suite-2.raise-0-x",
    "join-install": "run.suite-1.join-2-and-1.install-at-ada",
    "join-draw-ada": "run.suite-1.join-2-and-1.1-ada-draws",
    "join-scalar-ada": "run.suite-1.join-2-and-1.1-ada-scalar",
    "join-begins": "run.suite-1.join-2-and-1.1-ada-begins",
    "join-scalar-cleo": "run.suite-1.join-2-and-1.2-cleo-scalar",
    "join-goes-on": "run.suite-1.join-2-and-1.2-cleo-goes-on",
    "join-key-ben": "run.suite-1.join-2-and-1.0-ben-key",
    "join-key-cleo": "run.suite-1.join-2-and-1.2-cleo-key",
    "join-epoch": "run.suite-1.join-2-and-1.epoch",
    "join-confirm-ada": "run.suite-1.join-2-and-1.1-ada-confirms",
    "join-sends-ada": "run.suite-1.join-2-and-1.1-ada-sends",
    "join-export": "run.suite-1.join-2-and-1.export",
    "seal": "record.suite-1.counter-0.seal",
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
        if path.parent.name not in NOT_VECTORS:
            rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["vectors"]
            yield from (row for row in rows if row["result"] == "valid")


def text(vector: Mapping[str, Any]) -> str:
    """The action with its arguments, an arrow, and its result."""
    given, found = list(leaves("", vector["input"])), list(leaves("", vector["expected"]))
    column = 2 + max(len(name) for name, _ in (*given, *found) if len(name) <= LONGEST_NAME)
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
    if len(name) > column:
        yield f"  {name}"
        name = ""
    for number, piece in enumerate(pieces):
        yield f"  {name if number == 0 else '':<{column}}{piece}"
