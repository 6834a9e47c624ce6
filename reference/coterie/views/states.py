"""The states of a key run at one member, and the table that says which flow may come when.

Implements the Key run chapter, "Flows in turn".

Two rules. Every transition of a run stands in `TRANSITIONS`; a pair that is not in it is the protocol error.
The table does not know who the member is: `START` puts each role at its place, and from there all walk the
same way.

A base member that is not the controller has nothing to contribute and waits for DOWN from the beginning. The
controller, and the first newcomer where there is no base, have contributed by the time the run stands. Every
other newcomer waits for UP. Who contributes last makes DOWN itself and needs none.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType


class Role(Enum):
    """What a member has to do in a run, which follows from its place in the order alone."""

    BASE = "a base member that waits for the others"
    OPENER = "the controller, or the first newcomer where there is no base"
    SOLE = "an opener that is the last member as well"
    NEWCOMER = "a newcomer whose UP is still to come"


class State(Enum):
    """How far a run has come at this member."""

    AWAITS_UP = "awaits-up"
    AWAITS_DOWN = "awaits-down"
    CONFIRMING = "confirming"
    INSTALLED = "installed"
    ENDED = "ended"


class Input(Enum):
    """What moves a run."""

    UP = "an UP that this member passes on"
    LAST_UP = "an UP that this member turns into DOWN"
    DOWN = "a DOWN"
    CONFIRM = "a CONFIRM that is not the last one"
    LAST_CONFIRM = "the CONFIRM that was missing"
    FAULT = "proof that a member cheats, or a member that is gone"
    GIVE_UP = "the time for the run is over"
    SUPERSEDED = "a greater INSTALL"


START: Mapping[Role, State] = MappingProxyType(
    {
        Role.BASE: State.AWAITS_DOWN,
        Role.OPENER: State.AWAITS_DOWN,
        Role.SOLE: State.CONFIRMING,
        Role.NEWCOMER: State.AWAITS_UP,
    }
)

UNDER_WAY = (State.AWAITS_UP, State.AWAITS_DOWN, State.CONFIRMING)

TRANSITIONS: Mapping[tuple[State, Input], State] = MappingProxyType(
    {
        (State.AWAITS_UP, Input.UP): State.AWAITS_DOWN,
        (State.AWAITS_UP, Input.LAST_UP): State.CONFIRMING,
        (State.AWAITS_DOWN, Input.DOWN): State.CONFIRMING,
        (State.CONFIRMING, Input.CONFIRM): State.CONFIRMING,
        (State.CONFIRMING, Input.LAST_CONFIRM): State.INSTALLED,
    }
    | {
        (state, end): State.ENDED
        for state in UNDER_WAY
        for end in (Input.FAULT, Input.GIVE_UP, Input.SUPERSEDED)
    }
)
