"""Vectors as cases of tier 0: what goes in, what must come out, and that the expected value stays here.

One case is one (requirements, type, operator); its vectors are the checks inside. A refusal is judged
together with its conforming twin: the same input without the one fault, which the peer must accept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from coterie_kit import data, registry, strict
from coterie_kit.case import CONFORMING, MOST_REQUIREMENTS, Case
from coterie_kit.difference import first_difference
from coterie_kit.faults import KitError
from coterie_kit.judge import Judge
from coterie_kit.reply import Reply

__all__ = ["Vector", "VectorFile", "cases_of", "class_of", "digest_of_all", "files", "load"]

FOLDER = "vectors"
# What a peer declares that is asked the vectors of a kind; all other kinds are a member's.
CLASSES = {"documents": "documents", "values": "overlay"}
LARGEST_FILE = 64 << 20
MEMBERS = frozenset(
    {"id", "reqs", "type", "operation", "input", "result", "expected", "reason", "phase", "twin", "mutation"}
)


@dataclass(frozen=True, slots=True)
class Vector:
    """One vector; ``reason`` is empty for a valid one, ``twin`` is the id of the conforming one."""

    id: str
    reqs: tuple[str, ...]
    type: str
    operation: str
    input: Mapping[str, Any]
    valid: bool
    expected: Mapping[str, Any]
    reason: str
    twin: str
    mutation: str
    kind: str

    @property
    def operator(self) -> str:
        """The mutation, or the word for none."""
        return self.mutation if not self.valid else CONFORMING


@dataclass(frozen=True, slots=True)
class VectorFile:
    """One file: its kind, the digest that its header states, and its vectors by id."""

    name: str
    kind: str
    digest: str
    vectors: Mapping[str, Vector]


def files(folder: Path | None = None) -> list[Path]:
    """The vector files, in order. Links that lead out of the folder are refused."""
    try:
        where = folder or data.path(FOLDER)
    except FileNotFoundError:
        return []
    found = sorted(
        path
        for path in where.glob("*/*.json")
        if path.parent.name not in {"anchors", "captures", "generator"}
    )
    for path in found:
        if not path.resolve().is_relative_to(where.resolve()):
            message = f"{path.name} leads out of the folder of vectors"
            raise KitError(message)
    return found


def load(path: Path) -> VectorFile:
    """The vectors of one file. KitError, with the place, when it is not what its header says."""
    state = path.stat()
    return _load(path, state.st_size, state.st_mtime_ns)


@cache
def _load(path: Path, size: int, _changed: int) -> VectorFile:
    if size > LARGEST_FILE:
        message = f"{path.name} is larger than {LARGEST_FILE} octets"
        raise KitError(message)
    try:
        content = strict.parse(path.read_bytes())
    except strict.Malformed as error:
        message = f"{path.name}: {error}"
        raise KitError(message) from None
    try:
        rows, kind, stated = content["vectors"], content["kind"], content["digest"]
        found = [_vector(row, kind) for row in rows]
    except (KeyError, TypeError, AttributeError) as error:
        message = f"{path.name} is not a vector file: {type(error).__name__} at {error}"
        raise KitError(message) from None
    if hashlib.sha256(strict.compact(rows)).hexdigest() != stated:
        message = f"{path.name} is not what its digest says: make it again with 'make vectors'"
        raise KitError(message)
    by_id = {vector.id: vector for vector in found}
    if len(by_id) != len(found) or not found:
        message = f"{path.name} has no vectors, or one id twice"
        raise KitError(message)
    return VectorFile(path.name, kind, stated, by_id)


def _vector(row: Mapping[str, Any], kind: str) -> Vector:
    strange = sorted(row.keys() - MEMBERS)
    if strange or row["result"] not in {"valid", "invalid"}:
        message = (
            f"vector {row.get('id')!r} has the unknown member or result {(strange or [row['result']])[0]!r}"
        )
        raise KitError(message)
    valid = row["result"] == "valid"
    if not 1 <= len(row["reqs"]) <= MOST_REQUIREMENTS or (not valid and not row["mutation"]):
        message = f"vector {row['id']!r} cites too many requirements, or names no mutation"
        raise KitError(message)
    if not valid and registry.reason(row["reason"]).phase != row.get("phase"):
        message = f"vector {row['id']!r} states another phase than the registry has for {row['reason']!r}"
        raise KitError(message)
    return Vector(
        row["id"], tuple(row["reqs"]), row["type"], row["operation"], row["input"], valid,
        row["expected"] if valid else {}, "" if valid else row["reason"], row.get("twin") or "",
        "" if valid else row["mutation"], kind,
    )  # fmt: skip


def digest_of_all(found: Iterable[VectorFile]) -> str:
    """One digest over the digests of all files, for reports."""
    return hashlib.sha256("".join(file.digest for file in found).encode("ascii")).hexdigest()


def cases_of(found: Iterable[VectorFile]) -> list[Case]:
    """The cases that the vectors of ``found`` make, in the order of their first vectors."""
    loaded = list(found)
    everything = {vector.id: vector for file in loaded for vector in file.vectors.values()}
    groups: dict[str, list[Vector]] = {}
    for vector in everything.values():
        groups.setdefault(slug_of(vector), []).append(vector)
    return [_case(slug, vectors, everything) for slug, vectors in groups.items()]


def slug_of(vector: Vector) -> str:
    """The address of the case that ``vector`` belongs to: made of what a case counts once by."""
    cited = "-".join(req.removeprefix("REQ-").lower() for req in sorted(vector.reqs))
    return f"vector.{vector.kind}.{_word(vector.type)}.{_word(vector.operator)}.{cited}"


@lru_cache(1 << 10)
def _word(text: str) -> str:
    return "-".join("".join(sign if sign.isalnum() else " " for sign in text.lower()).split())


def _case(slug: str, vectors: list[Vector], everything: Mapping[str, Vector]) -> Case:
    first = vectors[0]
    asked = [set(_suites(vector)) for vector in vectors]
    return Case(
        slug, first.reqs, first.type, first.operator, class_of(first), 0,
        lambda judge: _story(judge, vectors, everything),
        suites=tuple(sorted(set.intersection(*asked))), module="vectors",
    )  # fmt: skip


def class_of(vector: Vector) -> str:
    """The class that a peer must declare to be asked ``vector``."""
    return CLASSES.get(vector.kind, "member")


def _suites(vector: Vector) -> Iterator[int]:
    suite = vector.input.get("suite")
    if isinstance(suite, int):
        yield suite


def _story(judge: Judge, vectors: list[Vector], everything: Mapping[str, Vector]) -> None:
    peer = judge.peer()
    accepted: set[str] = set()
    for vector in vectors:
        if not set(_suites(vector)) <= set(peer.hello.suites):
            judge.note(f"{vector.id}: suite not declared, not asked")
            continue
        reply = peer.do(vector.operation, **vector.input)
        if vector.valid:
            _judge_result(judge, vector, reply)
            continue
        judge.refused(reply, vector.reason, name=vector.id)
        twin = everything.get(vector.twin)
        if twin is not None and twin.id not in accepted:
            # What the twin results in hangs on other rules, and is judged by the twin's own case.
            accepted.add(twin.id)
            judge.accepted(peer.do(twin.operation, **twin.input), name=f"{vector.id}.twin")


def _judge_result(judge: Judge, vector: Vector, reply: Reply) -> None:
    if not judge.accepted(reply, vector.id):
        return
    found = first_difference(dict(reply.result), dict(vector.expected))
    if found:
        judge.check(vector.id, ok=False, field=found.path, expected=found.expected, observed=found.observed)
