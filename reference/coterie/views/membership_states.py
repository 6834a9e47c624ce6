"""The states of a peer in a group, and the table of what moves it.

Implements the Views chapter, "States". A pair that is not in the table is a mistake of this program: what
others send is checked before.

Whoever has answered a proposal never goes on in the view that it was in: out of `FLUSHED` and `KEYING` leads
another view, or the way outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType


class State(Enum):
    """Where a peer stands in its group."""

    OUTSIDE = "outside"
    STABLE = "stable"
    FLUSHED = "flushed"
    KEYING = "keying"


class Input(Enum):
    """What moves it."""

    ANSWER = "a PROPOSE that it answers, its own included"
    INSTALL = "the INSTALL of the proposal that it answered"
    INSTALLED = "the view that all have confirmed"
    RUN_FAILED = "the run ends without the view"
    WITHDRAW = "a peer without a view that waited in vain"
    LEFT = "it has left"


# REQ-VIE-11: no way leads back from a view that was frozen but through another one
TRANSITIONS: Mapping[tuple[State, Input], State] = MappingProxyType(
    {
        (State.OUTSIDE, Input.ANSWER): State.FLUSHED,
        (State.STABLE, Input.ANSWER): State.FLUSHED,
        (State.FLUSHED, Input.ANSWER): State.FLUSHED,
        (State.FLUSHED, Input.INSTALL): State.KEYING,
        (State.KEYING, Input.ANSWER): State.FLUSHED,
        (State.KEYING, Input.INSTALLED): State.STABLE,
        (State.KEYING, Input.RUN_FAILED): State.FLUSHED,
        (State.FLUSHED, Input.WITHDRAW): State.OUTSIDE,
        (State.KEYING, Input.WITHDRAW): State.OUTSIDE,
        (State.OUTSIDE, Input.LEFT): State.OUTSIDE,
        (State.STABLE, Input.LEFT): State.OUTSIDE,
        (State.FLUSHED, Input.LEFT): State.OUTSIDE,
        (State.KEYING, Input.LEFT): State.OUTSIDE,
    }
)
