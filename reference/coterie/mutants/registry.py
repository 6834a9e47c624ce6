"""The registry of mutants and the one way in which a mutant takes effect.

A row names the requirement that the mutant breaks, the function that holds the rule, and what stands in its
place.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable
from functools import cache
from typing import Any, Literal

from coterie.errors import LocalError, RemoteError
from coterie.mutants.places import Places

Function = Callable[..., Any]

PLACES = Places()

CHAPTERS = (
    "documents",
    "names",
    "frames",
    "arrival",
    "sessions",
    "elements",
    "keyrun",
    "records",
    "views",
    "gathering",
    "membership",
    "components",
    "multicast",
    "ordering",
    "speaking",
    "repairing",
    "values",
    "choosing",
    "overlay_frames",
    "overlay",
    "overlay_lookups",
    "overlay_values",
    "overlay_certainty",
    "groups",
    "groups_shown",
    "groups_lasting",
    "groups_hosting",
    "interface",
)


@dataclasses.dataclass(frozen=True, slots=True)
class Mutant:
    """One broken rule.

    `requirement` is the id that the mutant violates; `kind` says whether the rule is dropped or altered;
    `target` is `package.module:function`, `package.module:Class.method`, or a table or constant of a module;
    `change` takes what stands there and gives what replaces it. Of a table or constant, `through` names the
    function of its module that reads it: as long as that comes to the same, so does the mutant.
    """

    name: str
    requirement: str
    kind: Literal["dropped", "altered"]
    target: str
    change: Callable[[Any], Any]
    text: str
    through: str = ""


def dropped(_original: Function) -> Function:
    """The rule is not there: the check passes whatever it is given."""

    def passes(*_args: Any, **_keywords: Any) -> None:
        return None

    return passes


def refusing_as(reason: str) -> Callable[[Function], Function]:
    """The rule refuses what it should, but states another reason."""

    def change(original: Function) -> Function:
        def refuses(*args: Any, **keywords: Any) -> Any:
            try:
                return original(*args, **keywords)
            except RemoteError as refused:
                raise RemoteError(reason, requirement=refused.requirement, field=refused.field) from None

        return refuses

    return change


def giving(value: Any) -> Callable[[Function], Function]:
    """The rule always comes to `value`."""

    def change(_original: Function) -> Function:
        def gives(*_args: Any, **_keywords: Any) -> Any:
            return value

        return gives

    return change


@cache
def _mutants() -> dict[str, Mutant]:
    rows: dict[str, Mutant] = {}
    for chapter in CHAPTERS:
        module = importlib.import_module(f"coterie.mutants.{chapter}")
        for row in module.MUTANTS:
            if row.name in rows:
                raise LocalError(f"two mutants are named {row.name}; rename one")
            rows[row.name] = row
    return rows


def by_name(name: str) -> Mutant:
    """The mutant of that name; `LocalError` that says how to list them if there is none."""
    if name not in _mutants():
        raise LocalError(f"no mutant is named {name!r}; `coterie harness --list-mutants` prints them")
    return _mutants()[name]


def listing() -> list[dict[str, Any]]:
    """Every mutant as JSON for the kit, in the order of the draft's chapters: name, reqs, kind, text, place.

    Two mutants with the same place exchange the same thing; no peer can be both.
    """
    return [
        {
            "name": row.name, "reqs": [row.requirement], "kind": row.kind, "description": row.text,
            "place": row.target,
        }
        for row in _mutants().values()
    ]  # fmt: skip


def targets() -> list[str]:
    """The modules that hold the rules, each once."""
    return sorted({row.target.partition(":")[0] for row in _mutants().values()})


def apply(name: str) -> Mutant:
    """Break the named rule in this process, everywhere the function that holds it is referred to."""
    row = by_name(name)
    put(row.target, row.change)
    return row


def put(target: str, change: Callable[[Any], Any]) -> None:
    """Exchange what stands at `target` for what `change` makes of it; `LocalError` when nothing does."""
    module_name, _, path = target.partition(":")
    owner: Any = importlib.import_module(module_name)
    *classes, attribute = path.split(".")
    for part in classes:
        owner = _attribute(owner, part, target)
    original = _attribute(owner, attribute, target)
    replacement = change(original)
    setattr(owner, attribute, replacement)
    PLACES.exchange(original, replacement)


def _attribute(owner: Any, name: str, target: str) -> Any:
    # vars() and not getattr: what is inherited or imported lazily would be patched in the wrong place.
    if name not in vars(owner):
        raise LocalError(f"{target} is aimed at and does not exist; mend the row that names it")
    found = vars(owner)[name]
    return found.__func__ if isinstance(found, staticmethod | classmethod) else found
