"""Places: where the product refers to a function, a table or a constant, so that all can be exchanged.

A function stands under its name in its module, under the same or another name in modules that import it, and
in tables: in tuples, lists, sets, dictionaries and rows. To look through all of that for each exchange is
dear, so it is looked through once, and again only where something was exchanged or a module came.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from typing import Any

SHARED = (int, str, bytes, type(None))
"""Equal values of these are one object under unrelated names: an exchange by identity would hit too much."""


class Places:
    """The names of the modules of the product by what is referred to under them, however deep."""

    def __init__(self) -> None:
        self._modules: set[str] = set()
        self._loaded = 0
        self._by_object: dict[int, dict[tuple[Any, str], None]] = {}

    def exchange(self, original: Any, replacement: Any) -> None:
        """Put `replacement` wherever `original` is referred to."""
        if isinstance(original, SHARED):
            return
        self.look()
        for module, name in self._by_object.pop(id(original), {}):
            value = getattr(module, name)
            changed = _exchanged(value, original, replacement)
            if changed is not value:
                setattr(module, name, changed)
                self._enter(module, name, changed)

    def look(self) -> None:
        """Look through the modules that were not yet looked through."""
        if len(sys.modules) == self._loaded:
            return
        self._loaded = len(sys.modules)
        for module_name, module in _product_modules():
            if module_name not in self._modules:
                self._modules.add(module_name)
                for name, value in list(vars(module).items()):
                    if not name.startswith("__"):
                        self._enter(module, name, value)

    def _enter(self, module: Any, name: str, value: Any) -> None:
        # an object that is gone may leave its number to another one; then there is nothing to exchange here
        for item in _within(value):
            self._by_object.setdefault(id(item), {})[module, name] = None


def _product_modules() -> Iterator[tuple[str, Any]]:
    for name, module in sorted(sys.modules.items()):
        if name.startswith("coterie.") and not name.startswith("coterie.mutants"):
            yield name, module


def _within(value: Any) -> Iterator[Any]:
    """`value` and all that it refers to and that an exchange would reach."""
    if isinstance(value, SHARED):
        return
    yield value
    if type(value) in (tuple, list, frozenset, set):
        items = list(value)
    elif type(value) is dict:
        items = list(value.values())
    elif _is_row(value):
        items = list(_fields(value).values())
    else:
        return
    for item in items:
        yield from _within(item)


def _exchanged(value: Any, original: Any, replacement: Any) -> Any:
    """`value` with every reference to `original` exchanged; the very same object when there is none."""
    if value is original:
        return replacement
    if type(value) in (tuple, list, frozenset, set):
        items = [_exchanged(item, original, replacement) for item in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return value if same else type(value)(items)
    if type(value) is dict:
        entries = {key: _exchanged(item, original, replacement) for key, item in value.items()}
        return value if all(entries[key] is value[key] for key in value) else entries
    if _is_row(value):
        return _row_exchanged(value, original, replacement)
    return value


def _row_exchanged(row: Any, original: Any, replacement: Any) -> Any:
    fields = _fields(row)
    exchanged = {name: _exchanged(old, original, replacement) for name, old in fields.items()}
    changes = {name: new for name, new in exchanged.items() if new is not fields[name]}
    return dataclasses.replace(row, **changes) if changes else row


def _is_row(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _fields(row: Any) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in dataclasses.fields(row) if field.init}
