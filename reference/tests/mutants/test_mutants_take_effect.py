"""A mutant that mutates nothing would let the kit boast of a kill that never happened."""

from __future__ import annotations

import importlib

import pytest

from coterie.errors import LocalError
from coterie.mutants import benign, by_name, listing
from coterie.mutants.registry import Mutant


def _rows() -> list[Mutant]:
    return [by_name(entry["name"]) for entry in listing()]


def _target(row: Mutant) -> object:
    return _found(row.target)


def _found(target: str) -> object:
    module_name, _, path = target.partition(":")
    found: object = importlib.import_module(module_name)
    for part in path.split("."):
        found = vars(found)[part]
    return found


@pytest.mark.parametrize("row", _rows(), ids=lambda row: row.name)
def test_target_of_a_mutant_has_been_renamed(row: Mutant) -> None:
    standing = _target(row)

    assert row.change(standing) is not standing


def test_unknown_mutant_passes_for_the_plain_peer() -> None:
    with pytest.raises(LocalError, match="list-mutants"):
        by_name("no-such-rule")


@pytest.mark.parametrize("name", benign.VARIANTS)
def test_benign_variant_is_the_reference_under_another_name(name: str) -> None:
    for target, change in benign.VARIANTS[name].items():
        standing = _found(target)

        assert change(standing) is not standing
