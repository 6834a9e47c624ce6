"""The states of one group at a peer, and the table of what moves it.

Implements the ways of REQ-GRP-1, REQ-GRP-7, REQ-GRP-10 and REQ-GRP-6 from one to the next. A pair that is not
in the table is a mistake of this program: what users ask for is checked before.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType


class State(Enum):
    """Where a peer stands towards a group."""

    LOOKING = "its name is looked up in the main overlay"
    ENTERING = "the peer is in its overlay, and has no view yet"
    MEMBER = "it has had a view"
    LEAVING = "the user wants to leave"
    GONE = "nothing of it is left"


class Input(Enum):
    """What moves it."""

    GO = "it is known how to reach the group, or that it may be created"
    FAILED = "it is not, or the question is answered"
    VIEW = "a view was installed"
    SILENT = "there was no view for too long"
    LEAVE = "the user wants to leave"
    LEFT = "the peer is outside"


TRANSITIONS: Mapping[tuple[State, Input], State] = MappingProxyType(
    {
        (State.LOOKING, Input.GO): State.ENTERING,
        (State.LOOKING, Input.FAILED): State.GONE,
        (State.ENTERING, Input.VIEW): State.MEMBER,
        (State.ENTERING, Input.SILENT): State.GONE,
        (State.ENTERING, Input.LEAVE): State.LEAVING,
        (State.ENTERING, Input.LEFT): State.GONE,
        (State.MEMBER, Input.VIEW): State.MEMBER,
        (State.MEMBER, Input.LEAVE): State.LEAVING,
        (State.MEMBER, Input.LEFT): State.GONE,
        (State.LEAVING, Input.VIEW): State.LEAVING,
        (State.LEAVING, Input.LEFT): State.GONE,
    }
)
