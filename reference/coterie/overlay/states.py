"""How far a peer has come into the overlay, and the table of what moves it.

Implements REQ-OVL-26: addresses are greeted as long as there is no contact, then the own Node-ID is looked
up.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType


class State(Enum):
    """Where a peer stands."""

    OUTSIDE = "nobody has asked it to enter"
    SEEKING = "addresses are greeted until there is a contact"
    LOOKING = "the own Node-ID is looked up"
    INSIDE = "it has entered"


class Input(Enum):
    """What moves a peer."""

    JOIN = "the user wants it to enter"
    CONTACT = "there is a contact"
    LOOKED = "the lookup has ended"
    LONELY = "there is no contact any more"
    LEAVE = "the user wants it to leave"


TRANSITIONS: Mapping[tuple[State, Input], State] = MappingProxyType(
    {
        (State.OUTSIDE, Input.JOIN): State.SEEKING,
        (State.SEEKING, Input.JOIN): State.SEEKING,
        (State.LOOKING, Input.JOIN): State.LOOKING,
        (State.INSIDE, Input.JOIN): State.SEEKING,
        (State.SEEKING, Input.CONTACT): State.LOOKING,
        (State.LOOKING, Input.LOOKED): State.INSIDE,
        (State.INSIDE, Input.LONELY): State.SEEKING,
        (State.OUTSIDE, Input.LEAVE): State.OUTSIDE,
        (State.SEEKING, Input.LEAVE): State.OUTSIDE,
        (State.LOOKING, Input.LEAVE): State.OUTSIDE,
        (State.INSIDE, Input.LEAVE): State.OUTSIDE,
    }
)
