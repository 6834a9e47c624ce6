"""The kinds of resources: which there are, and what a name and a slot of each are.

Implements the table of kinds of the Stored values chapter.
"""

from __future__ import annotations

from coterie import registry
from coterie.errors import LocalError

GROUP_INFO, GROUP_MEMBERS, GROUP_LIST = "group-info", "group-members", "group-list"


def code_of(name: str) -> int:
    """The code of a kind; `LocalError` where there is no such kind."""
    try:
        return registry.codes("kind")[name]
    except KeyError:
        known = ", ".join(registry.codes("kind"))
        raise LocalError(f"{name!r} is no kind of resource; the kinds are {known}") from None


def name_of(code: int) -> str | None:
    """The name of a kind, or None where that code is not assigned."""
    return next((name for name, each in registry.codes("kind").items() if each == code), None)
