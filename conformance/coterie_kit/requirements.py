"""The requirements of the draft, as ``spec/requirements.json`` lists them: id, level, sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from coterie_kit import data

__all__ = ["Requirement", "area", "known", "level", "listed", "rule", "sentence"]

BCP14 = re.compile(r"\b(?:MUST|SHALL|SHOULD|REQUIRED|RECOMMENDED|MAY)\b")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement; ``hidden`` is the reason why nothing outside can observe it, or empty."""

    id: str
    level: str
    area: str
    chapter: str
    text: str
    hidden: str


@cache
def listed() -> Mapping[str, Requirement]:
    """Every requirement by its id, in the order of the draft; empty while the list has not been generated."""
    try:
        content = json.loads(data.read_text("spec/requirements.json"))
    except FileNotFoundError:
        return {}
    return {
        row["id"]: Requirement(
            row["id"], row["level"], row["area"], row["chapter"], row["text"],
            "" if row["observable"] else (row["reason_unobservable"] or "not observable"),
        )
        for row in content["requirements"]
    }  # fmt: skip


def known() -> frozenset[str]:
    """The ids of all requirements."""
    return frozenset(listed())


def sentence(identifier: str) -> str:
    """The words of a requirement; says so when they are not known."""
    found = listed().get(identifier)
    return found.text if found else "(its sentence is not in the list of requirements)"


def rule(identifier: str) -> str:
    """The sentence of a requirement that says what must be: the first with a word of BCP 14."""
    parts = re.split(r"(?<=[a-z0-9)])\. (?=[A-Z])", sentence(identifier))
    found = next((part for part in parts if BCP14.search(part)), parts[0])
    return found if found.endswith((".", ")")) else f"{found}."


def level(identifier: str) -> str:
    """MUST, SHOULD, ... of a requirement; MUST when it is not known, which is the strict reading."""
    found = listed().get(identifier)
    return found.level if found and found.level else "MUST"


def area(identifier: str) -> str:
    """The three letters in the middle of an id."""
    return identifier.split("-")[1] if identifier.count("-") == 2 else identifier
