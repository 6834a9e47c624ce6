"""A function that is exchanged in one place and stays in another leaves a peer half broken."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from coterie.mutants.places import Places


def rule() -> str:
    return "the rule"


def other_rule() -> str:
    return "another rule"


def broken() -> str:
    return "broken"


@dataclass(frozen=True)
class Row:
    check: Any
    name: str


@pytest.fixture
def module() -> Iterator[Any]:
    made = ModuleType("coterie.made_for_places")
    sys.modules[made.__name__] = made
    yield made
    del sys.modules[made.__name__]


def test_function_survives_in_a_table_built_at_import(module: Any) -> None:
    table = {"checks": ((1, rule), [rule]), "rows": {"first": Row(rule, "first")}}
    module.TABLE, module.imported_as = table, rule

    Places().exchange(rule, broken)

    exchanged = module.TABLE
    assert module.imported_as is broken
    assert exchanged == {"checks": ((1, broken), [broken]), "rows": {"first": Row(broken, "first")}}
    assert table["checks"] == ((1, rule), [rule])


def test_second_exchange_misses_a_table_that_the_first_made_anew(module: Any) -> None:
    module.TABLE = ((rule, other_rule),)
    places = Places()

    places.exchange(rule, broken)
    places.exchange(other_rule, broken)
    places.exchange(module.TABLE, ())

    assert module.TABLE == ()


def test_module_that_was_loaded_after_the_first_look_keeps_the_rule(module: Any) -> None:
    places = Places()
    del sys.modules[module.__name__]
    places.look()
    sys.modules[module.__name__] = module
    module.late = rule

    places.exchange(rule, broken)

    assert module.late is broken


def test_equal_number_under_an_unrelated_name_is_exchanged(module: Any) -> None:
    module.MOST, module.PORT = 4096, 4096

    Places().exchange(module.MOST, 1)

    assert (module.MOST, module.PORT) == (4096, 4096)
