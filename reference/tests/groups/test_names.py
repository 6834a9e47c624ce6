"""Names of groups: taken, free or unknown; and what one means that several have."""

from __future__ import annotations

import pytest

from coterie.crypto import names
from coterie.documents import GroupIdRedirect
from coterie.errors import LocalError
from coterie.groups.steps import Create, Enter, Fetch, Join
from coterie.groups.wishes import Inquiry
from reference.tests.groups.desk import (
    CLOSED,
    GROUP,
    HERE,
    ISSUER,
    Desk,
    admitted,
    at,
    closed_info,
    failure,
    info,
    of,
    only,
    published,
    told,
)
from reference.tests.peer.network import WALL, make_identity

OTHER = b"growers"


def test_group_is_begun_before_anybody_looked_whether_its_name_is_free() -> None:
    desk = Desk()

    steps = desk.create()

    (fetch,) = steps
    assert isinstance(fetch, Fetch)
    assert (fetch.resource.kind, fetch.resource.name) == ("group-info", GROUP)
    assert [type(step) for step in desk.answer(steps)] == [Enter, Create]


@pytest.mark.parametrize(
    "document", [info(2), GroupIdRedirect(OTHER), closed_info(2)], ids=lambda each: type(each).__name__
)
@pytest.mark.parametrize("is_complete", [True, False])
def test_name_that_somebody_has_is_given_to_a_second_group(document: object, is_complete: bool) -> None:
    desk = Desk()
    leaf = admitted(make_identity("bob")) if document == closed_info(2) else b""
    found = published("bob", document, leaf=leaf)  # type: ignore[arg-type]

    assert failure(desk.answer(desk.create(), found, is_complete=is_complete)) == "group-exists"


def test_value_that_no_reader_takes_keeps_a_name_from_its_group() -> None:
    desk = Desk()
    foreign = published("bob", closed_info(2))

    assert of(desk.answer(desk.create(), foreign), Create)


def test_half_of_an_answer_is_taken_for_the_news_that_there_is_nothing() -> None:
    desk = Desk()
    steps = desk.create()
    for _ in range(2):
        assert desk.answer(steps, is_complete=False) == []
        assert desk.wait(4_999) == []
        steps = desk.wait(1)

    assert failure(desk.answer(steps, is_complete=False)) == "lookup-incomplete"
    assert desk.groups.wake() is None


def test_name_is_given_up_although_its_third_fetch_is_complete() -> None:
    desk = Desk()
    steps = desk.create()
    for _ in range(2):
        desk.answer(steps, is_complete=False)
        steps = desk.wait(5_000)

    assert of(desk.answer(steps), Create)


def test_private_group_is_asked_for_in_the_main_overlay() -> None:
    assert [type(step) for step in Desk().create(is_public=False)] == [Enter, Create]


def test_private_group_has_members_that_everybody_sees() -> None:
    with pytest.raises(LocalError, match="private"):
        Desk().create(is_public=False, shows_itself=True)


def test_name_that_nobody_has_is_looked_up_for_ever() -> None:
    desk = Desk()

    assert failure(desk.answer(desk.join())) == "no-such-group"


def test_joining_gives_up_at_the_first_answer_that_is_not_whole() -> None:
    desk = Desk()
    steps = desk.join()
    for _ in range(2):
        assert desk.answer(steps, is_complete=False) == []
        steps = desk.wait(5_000)

    assert failure(desk.answer(steps, is_complete=False)) == "lookup-incomplete"


def test_group_of_an_incomplete_answer_is_not_joined() -> None:
    desk = Desk()

    steps = desk.answer(desk.join(), published("bob", info(2)), is_complete=False)

    assert only(steps, Join).contacts == (at(2),)


def test_one_of_two_groups_of_a_name_is_joined_at_a_venture() -> None:
    desk = Desk()
    open_one = published("bob", info(2), sequence=WALL - 1)
    closed_one = published("cyd", closed_info(3), leaf=admitted(make_identity("cyd")))
    alias = published("dan", GroupIdRedirect(OTHER), sequence=WALL - 2)

    steps = desk.answer(desk.join(), open_one, closed_one, alias)

    assert failure(steps) == "ambiguous-group"
    assert told(steps)[0][1]["choices"] == (CLOSED, HERE, names.overlay_id(OTHER))


@pytest.mark.parametrize(
    ("choice", "joined"), [(b"", HERE), (ISSUER.hash, CLOSED)], ids=["the open one", "the closed one"]
)
def test_choice_of_the_user_is_not_what_is_joined(choice: bytes, joined: bytes) -> None:
    desk = Desk()
    open_one = published("bob", info(2))
    closed_one = published("cyd", closed_info(3), leaf=admitted(make_identity("cyd")))

    steps = desk.join(choice=choice, leaf=admitted(desk.identity))

    assert only(desk.answer(steps, open_one, closed_one), Join).overlay == joined


def test_open_group_is_joined_by_one_who_named_an_authority() -> None:
    desk = Desk()

    steps = desk.join(choice=ISSUER.hash)

    assert failure(desk.answer(steps, published("bob", info(2)))) == "no-such-group"


def test_alias_is_joined_instead_of_the_group_that_it_means() -> None:
    desk = Desk()

    steps = desk.answer(desk.join(OTHER), published("bob", GroupIdRedirect(GROUP), name=OTHER))

    assert only(steps, Fetch).resource.name == GROUP
    joining = desk.answer(steps, published("cyd", info(3)))
    assert only(joining, Join).overlay == HERE
    assert told(desk.view(3, leads=False)) == [
        ("group-entered", {"group": GROUP, "group_overlay": HERE, "created": 0})
    ]


def test_two_aliases_of_each_other_are_followed_in_a_circle() -> None:
    desk = Desk()
    steps = desk.answer(desk.join(OTHER), published("bob", GroupIdRedirect(GROUP), name=OTHER))

    assert failure(desk.answer(steps, published("bob", GroupIdRedirect(OTHER)))) == "redirect-loop"


def test_row_of_aliases_is_followed_without_end() -> None:
    desk = Desk()
    steps = desk.join(b"0")
    for number in range(4):
        name = b"%d" % number
        steps = desk.answer(steps, published("bob", GroupIdRedirect(b"%d" % (number + 1)), name=name))

    last = desk.answer(steps, published("bob", GroupIdRedirect(b"5"), name=b"4"))

    assert failure(last) == "redirect-depth"


def test_user_that_asks_where_a_group_is_is_in_it_afterwards() -> None:
    desk = Desk()
    steps = desk.groups.inform(Inquiry(GROUP))
    found = [published("bob", info(2), sequence=WALL - 1), published("cyd", info(3))]

    answer = desk.answer(steps, *found)

    ((name, fields),) = told(answer)
    assert len(answer) == 1
    assert name == "group-found"
    assert (fields["group"], fields["group_overlay"]) == (GROUP, HERE)
    assert [b"192.0.2.3" in fields["documents"][0], b"192.0.2.2" in fields["documents"][1]] == [True, True]


def test_peer_makes_its_own_group_a_second_time() -> None:
    desk = Desk()
    desk.create()

    with pytest.raises(LocalError, match="leave it first"):
        desk.create()


def test_group_that_the_peer_is_in_is_joined_once_more() -> None:
    desk = Desk()
    desk.overlays.add(HERE)

    assert failure(desk.answer(desk.join(), published("bob", info(2)))) == "group-exists"


def test_peer_asks_for_more_groups_than_it_may_be_in() -> None:
    desk = Desk()
    for number in range(64):
        desk.join(b"%d" % number)

    with pytest.raises(LocalError, match="as many groups"):
        desk.join(b"one more")
