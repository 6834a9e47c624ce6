"""The tables of states in the draft are those that the machines of the reference walk by."""

from collections.abc import Mapping
from enum import Enum
from xml.etree import ElementTree as ET

import pytest

from coterie.sessions import states as handshake
from coterie.views import membership_states as membership
from coterie.views import states as run
from reference.tests.house.floors import ROOT


def word(value: Enum) -> str:
    return value.name.lower().replace("_", "-")


def drawn(chapter: str, anchor: str) -> set[tuple[str, ...]]:
    root = ET.parse(ROOT / "spec" / chapter).getroot()
    (table,) = [found for found in root.iter("table") if found.get("anchor") == anchor]
    rows = [tuple(cell.text or "" for cell in row.iter("td")) for row in table.iter("tr")]
    return {row for row in rows if row}


@pytest.mark.parametrize(
    ("chapter", "anchor", "transitions"),
    [
        ("sessions.xml", "tbl-handshake-states", handshake.TRANSITIONS),
        ("keyrun.xml", "tbl-run-states", run.TRANSITIONS),
        ("views.xml", "tbl-membership-states", membership.TRANSITIONS),
    ],
    ids=["handshake", "run", "membership"],
)
def test_draft_draws_a_transition_that_the_peer_does_not_make(
    chapter: str, anchor: str, transitions: Mapping[tuple[Enum, Enum], Enum]
) -> None:
    walked = {(word(state), word(given), word(then)) for (state, given), then in transitions.items()}

    assert drawn(chapter, anchor) == walked
