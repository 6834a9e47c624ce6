"""Why a group could not be created, joined or found: a reason of the registry as a sentence that says what to
do.
"""

from __future__ import annotations

from collections.abc import Mapping

from coterie import registry
from coterie.errors import LocalError

SENTENCES: Mapping[str, str] = {
    "group-exists": "there is a {name} already; join it, or choose another name",
    "lookup-incomplete": "too few peers of the main overlay have answered to know what {name} means; "
    "try again in a moment, and see 'coterie group status'",
    "no-such-group": "nobody announces a group called {name}; see 'coterie group list', or ask one of its "
    "members for an invitation",
    "ambiguous-group": "{name} means several groups; see 'coterie group info {name}', and say which with "
    "--authority, or --open",
    "not-admitted": "{name} is closed, and its authority has not admitted this peer; show an admission with "
    "--leaf, which 'coterie authority issue' makes",
    "group-silent": "nobody of {name} has taken this peer in; its members may be gone, or out of reach: see "
    "'coterie group info {name}', and try again",
    "redirect-loop": "{name} is an alias that leads back to itself; whoever bound it has to unbind it",
    "redirect-depth": "{name} is an alias of an alias, and so on, too often; ask for the name of the group",
}

CANNOT = frozenset({"lookup-incomplete", "group-silent"})
"""Reasons that are nobody's refusal: the same may do later."""


class GroupRefusedError(LocalError):
    """A group was not created, joined or found. `reason` is of the registry; `choices` are the overlays, or
    the names, that were found instead."""

    def __init__(self, reason: str, name: bytes, choices: tuple[bytes, ...] = ()) -> None:
        super().__init__(sentence(reason, name))
        self.reason = reason
        self.choices = choices


def sentence(reason: str, name: bytes) -> str:
    """What the user is told."""
    shown = name.decode("utf-8", "backslashreplace")
    known = SENTENCES.get(reason)
    return f"{shown}: {registry.reason(reason).text}" if known is None else known.format(name=shown)
