"""The kill matrix that is published with the kit: of mutants that do not exist it proves nothing."""

from __future__ import annotations

import json
from pathlib import Path

from coterie.mutants import registry

MATRIX = Path(__file__).parents[3] / "conformance" / "kill-matrix.json"


def test_published_matrix_is_of_other_mutants() -> None:
    published = json.loads(MATRIX.read_text(encoding="utf-8"))["mutants"]

    shown = [(row["name"], row["reqs"], row["kind"], row["description"]) for row in published]
    there = [(row["name"], row["reqs"], row["kind"], row["description"]) for row in registry.listing()]
    assert sorted(shown) == sorted(there)
