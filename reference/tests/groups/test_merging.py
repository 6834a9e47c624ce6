"""Two parts of a group: they find each other in the main overlay, and nobody else is bothered."""

from __future__ import annotations

import pytest

from coterie.documents import GroupIdRedirect, GroupInfo
from coterie.groups.steps import Fetch, Join
from reference.tests.groups.desk import (
    GROUP,
    HERE,
    Desk,
    admitted,
    at,
    closed_info,
    info,
    of,
    only,
    published,
)
from reference.tests.peer.network import WALL, make_identity


def poll(desk: Desk) -> list[Fetch]:
    """The one poll that is due within the time that any may take."""
    return [only(desk.wait(35_000), Fetch)]


def test_coordinators_all_ask_at_the_same_moment() -> None:
    desk = Desk()
    desk.found()
    due = []
    for _ in range(20):
        since = desk.mono
        wake = desk.groups.wake()
        assert wake is not None
        due.append(wake - since)
        desk.answer(desk.wait(wake - since))

    assert all(25_000 <= each <= 35_000 for each in due)
    assert max(due) - min(due) > 5_000
    assert len(set(due)) > 15


def test_draw_of_a_poll_is_read_from_its_wrong_end() -> None:
    desk = Desk()
    drawn = Desk().draws("group-poll", HERE, 8)

    desk.found()

    assert desk.groups.wake() == 25_000 + int.from_bytes(drawn, "big") % 10_001


def test_poll_looks_for_something_else_than_the_group() -> None:
    desk = Desk()
    desk.found()

    (fetch,) = poll(desk)

    assert (fetch.resource.kind, fetch.resource.name) == ("group-info", GROUP)


def test_poll_is_put_off_by_each_view() -> None:
    desk = Desk()
    desk.found()
    due = desk.groups.wake()
    desk.mono += 15_000
    desk.view(2, leads=True)

    assert desk.groups.wake() == due


def test_member_that_does_not_coordinate_polls() -> None:
    desk = Desk()
    desk.found()
    desk.view(2, leads=False)

    assert of(desk.wait(100_000), Fetch) == []


def test_other_part_of_the_group_is_never_met() -> None:
    desk = Desk()
    desk.found()
    desk.mono += 11_000
    desk.view(3, leads=True)
    found = [
        published("eve", info(9), sequence=WALL - 4),
        published("dan", info(7, 1), sequence=WALL - 3),
        published("cyd", info(3), sequence=WALL - 2),
        published("ada", info(8), sequence=WALL - 1),
    ]

    steps = desk.answer(poll(desk), *found)

    assert steps == [Join(HERE, (at(7),))]


@pytest.mark.parametrize(
    "document",
    [info(1), info(3), closed_info(9), GroupIdRedirect(b"growers")],
    ids=["self", "member", "closed", "alias"],
)
def test_somebody_of_another_group_is_asked_to_merge(document: GroupInfo | GroupIdRedirect) -> None:
    desk = Desk()
    desk.found()
    desk.view(3, leads=True)
    leaf = admitted(make_identity("bob")) if document == closed_info(9) else b""

    assert desk.answer(poll(desk), published("bob", document, leaf=leaf)) == []


def test_poll_that_finds_nothing_is_the_last_one() -> None:
    desk = Desk()
    desk.found()
    desk.answer(poll(desk), is_complete=False)

    assert len(poll(desk)) == 1


def test_coordinator_that_handed_over_meanwhile_greets_somebody() -> None:
    desk = Desk()
    desk.found()
    asked = poll(desk)
    desk.view(2, leads=False)

    assert desk.answer(asked, published("bob", info(7))) == []
    assert desk.groups.wake() is None


def test_answer_to_a_poll_falls_into_the_farewell() -> None:
    desk = Desk()
    desk.found()
    polled = poll(desk)
    desk.groups.leave(HERE)

    assert desk.answer(polled, published("bob", info(7))) == []
