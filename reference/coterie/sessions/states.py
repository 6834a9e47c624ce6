"""The states of a handshake at its initiator, and the table of what moves it.

Implements the Sessions chapter, "The handshake". The responder has no such machine: it keeps nothing until
HELLO2 has passed every check, and then it has a session.

Two peers that greet each other at once run two handshakes, one each way. Neither knows of the other: both end
in the same session, named by Node-ID and incarnation.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from coterie.errors import RemoteError


class State(Enum):
    """How far a handshake has come."""

    GREETED = "HELLO1 is sent"
    INTRODUCED = "HELLO2 is sent"
    OVER = "there is a session, or the handshake was given up"


class Input(Enum):
    """What moves a handshake."""

    RETRY = "a RETRY"
    HELLO3 = "a HELLO3"
    GIVE_UP = "the time for the handshake is over"


TRANSITIONS: Mapping[tuple[State, Input], State] = MappingProxyType(
    {
        (State.GREETED, Input.RETRY): State.INTRODUCED,
        (State.INTRODUCED, Input.HELLO3): State.OVER,
        (State.GREETED, Input.GIVE_UP): State.OVER,
        (State.INTRODUCED, Input.GIVE_UP): State.OVER,
    }
)


def follow(state: State, received: Input, requirement: str) -> State:
    """The state after `received`; `unexpected-reply` by `requirement` where the table has none."""
    # REQ-SES-9, REQ-SES-20: what answers nothing is refused
    if (state, received) not in TRANSITIONS:
        raise RemoteError("unexpected-reply", requirement=requirement)
    return TRANSITIONS[state, received]
