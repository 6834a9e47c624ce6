"""The vectors say what the kit's own reading of the draft says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance.tests import second_reading, second_reading_of_values
from conformance.tests.second_reading import RefusedError
from coterie_kit import vectors
from coterie_kit.difference import first_difference
from coterie_kit.faults import Unreadable

ACTIONS = {**second_reading.ACTIONS, **second_reading_of_values.ACTIONS}

# What the kit has no function of its own for.
ELSEWHERE = {
    "document.parse", "document.build", "document.read-uri", "document.write-uri", "frame.encode",
    "install.check", "leaf.check", "segment.join",
}  # fmt: skip


def is_elsewhere(vector: vectors.Vector) -> bool:
    """Whether the kit has no function for it, or no caller of its functions hands such arguments in."""
    no_group = (vector.operation, vector.reason) == ("name.overlay", "bad-group-id")
    return vector.operation in ELSEWHERE or vector.reason == "usage" or no_group


def answer(vector: vectors.Vector) -> Mapping[str, Any] | str:
    try:
        return ACTIONS[vector.operation](dict(vector.input))
    except RefusedError as refused:
        return str(refused)
    except Unreadable as refused:
        return refused.reason


@pytest.mark.parametrize("path", vectors.files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_reference_and_the_kit_read_the_draft_differently(path: Path) -> None:
    for vector in vectors.load(path).vectors.values():
        if is_elsewhere(vector):
            continue
        found = answer(vector)
        if vector.valid:
            assert not isinstance(found, str), f"{vector.id}: {found}"
            assert first_difference(dict(found), dict(vector.expected)) is None, vector.id
        else:
            assert found == vector.reason, vector.id


def test_an_action_is_read_once_only() -> None:
    operations = {each.operation for path in vectors.files() for each in vectors.load(path).vectors.values()}

    assert operations <= set(ACTIONS) | ELSEWHERE
    assert operations >= set(ACTIONS)
