"""Tier 0 of the test interface: pure functions by name.

Implements the tables of the section on tier 0. Each action takes its arguments as a JSON object and gives its
result as one; `run` is the only way in, for the harness and for the generator of the vectors alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from coterie.harness import (
    actions_of_frames,
    actions_of_key_runs,
    actions_of_names,
    actions_of_sessions,
    actions_of_values,
)
from coterie.harness.arguments import Arguments, JsonObject

Action = Callable[[Arguments], JsonObject]

ACTIONS: Mapping[str, Action] = {
    **actions_of_names.ACTIONS,
    **actions_of_frames.ACTIONS,
    **actions_of_sessions.ACTIONS,
    **actions_of_key_runs.ACTIONS,
    **actions_of_values.ACTIONS,
}
"""Every action of tier 0, by its name in the draft."""


def run(action: str, given: Mapping[str, Any]) -> JsonObject:
    """The result of an action.

    KeyError if there is no such action; RemoteError when the octets are refused, LocalError when the
    arguments are not those of the action.
    """
    return ACTIONS[action](Arguments(given))
