"""The way into a group: at which contacts, by which rules, for how long, and not without admission."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coterie.documents import GroupInvitation
from coterie.errors import LocalError
from coterie.groups.steps import Create, Enter, Exit, Fetch, Join, Leave
from coterie.standing import Trust
from reference.tests.groups.desk import (
    CLOSED,
    GROUP,
    HERE,
    ISSUER,
    OWN,
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

INVITATION = GroupInvitation(GROUP, info(8, 9))
CLOSED_INVITATION = GroupInvitation(GROUP, closed_info(8), ISSUER.hash)


def test_contacts_of_older_documents_are_tried_before_those_of_newer_ones() -> None:
    desk = Desk()
    older = published("bob", info(2, 3, 4), sequence=WALL - 5)
    newer = published("cyd", info(5, 3, 1), sequence=WALL - 1)

    steps = desk.answer(desk.join(), older, newer)

    assert only(steps, Join).contacts == (at(5), at(3), at(2), at(4))
    assert at(1) == OWN


def test_more_contacts_are_tried_than_sixteen() -> None:
    desk = Desk()
    newer = published("cyd", info(1, 1, *range(10, 20)), sequence=WALL - 1)
    older = published("bob", info(*range(15, 30)), sequence=WALL - 5)

    steps = desk.answer(desk.join(), older, newer)

    assert only(steps, Join).contacts == tuple(at(each) for each in range(10, 26))


def test_rules_of_the_group_are_those_of_an_old_document() -> None:
    desk = Desk()
    rules = info(2, suites=(1, 2), origin_auth="sender", max_datagram=9000)
    newer = published("cyd", rules, sequence=WALL - 1)
    older = published("bob", info(3), sequence=WALL - 5)

    entered = only(desk.answer(desk.join(service="safe"), older, newer), Enter)

    assert entered.trust == Trust(
        HERE, entered.trust.policy, (1, 2), 9000, signs_origin=True, membership="group", service="safe"
    )


def test_stranger_greets_the_members_of_a_closed_group() -> None:
    desk = Desk()
    found = published("cyd", closed_info(3), leaf=admitted(make_identity("cyd")))

    assert failure(desk.answer(desk.join(), found)) == "not-admitted"


def test_admission_of_another_group_opens_this_one() -> None:
    desk = Desk()
    found = published("cyd", closed_info(3), leaf=admitted(make_identity("cyd")))
    leaf = admitted(desk.identity, HERE)

    assert failure(desk.answer(desk.join(leaf=leaf), found)) == "not-admitted"


def test_admitted_peer_is_kept_out_of_its_closed_group() -> None:
    desk = Desk()
    leaf = admitted(desk.identity)
    found = published("cyd", closed_info(3), leaf=admitted(make_identity("cyd")))

    entering, joining = desk.answer(desk.join(leaf=leaf), found)

    assert isinstance(entering, Enter)
    assert entering.leaf == leaf
    assert entering.trust.policy.is_closed
    assert joining == Join(CLOSED, (at(3),))


def test_closed_group_is_created_by_somebody_whom_it_does_not_admit() -> None:
    desk = Desk()

    assert failure(desk.answer(desk.create(about=closed_info()))) == "not-admitted"
    admits = desk.create(about=closed_info(), leaf=admitted(desk.identity))
    assert of(desk.answer(admits), Create) == [Create(CLOSED)]


def test_silent_group_is_waited_for_longer_than_thirty_seconds() -> None:
    desk = Desk()
    desk.answer(desk.join(), published("bob", info(2)))

    assert desk.wait(29_999) == []
    steps = desk.wait(1)

    assert [type(step) for step in steps[:-1]] == [Exit]
    assert told(steps) == [("group-failed", {"group": GROUP, "reason": "group-silent", "choices": ()})]
    assert desk.wait(600_000) == []


def test_member_is_thrown_out_thirty_seconds_after_it_joined() -> None:
    desk = Desk()
    desk.answer(desk.join(), published("bob", info(2)))
    desk.wait(29_999)
    desk.view(2, leads=False)

    assert desk.wait(60_000) == []


def test_group_whose_only_document_is_ones_own_is_joined_at_oneself() -> None:
    desk = Desk()

    steps = desk.answer(desk.join(), published("ada", info(1)))

    assert [type(step) for step in steps] == [Enter]


def test_invited_peer_joins_the_other_group_of_that_name() -> None:
    desk = Desk()
    open_one = published("bob", info(2))
    closed_one = published("cyd", closed_info(3), leaf=admitted(make_identity("cyd")))
    steps = desk.join(invitation=CLOSED_INVITATION, leaf=admitted(desk.identity))

    joining = only(desk.answer(steps, open_one, closed_one), Join)

    assert joining == Join(CLOSED, (at(3), at(8)))


@pytest.mark.parametrize("is_complete", [True, False])
def test_invitation_is_worth_nothing_where_nothing_is_found(is_complete: bool) -> None:
    desk = Desk()

    steps = desk.answer(desk.join(invitation=INVITATION), is_complete=is_complete)

    assert only(steps, Join) == Join(HERE, (at(8), at(9)))
    assert of(desk.view(8, leads=True), Fetch) == []


def test_invitation_that_names_two_authorities_is_followed() -> None:
    with pytest.raises(LocalError, match="another authority"):
        Desk().join(invitation=replace(CLOSED_INVITATION, authority_fingerprint=bytes(32)))


def test_closed_group_whose_authority_nobody_shows_is_entered() -> None:
    desk = Desk()
    hidden = replace(CLOSED_INVITATION, info=replace(INVITATION.info, policy="closed"))

    assert failure(desk.answer(desk.join(invitation=hidden))) == "no-such-group"


def test_peer_that_leaves_before_its_first_view_stays_for_ever() -> None:
    desk = Desk()
    desk.answer(desk.join(), published("bob", info(2)))

    assert desk.groups.leave(HERE) == [Leave(HERE)]
    assert isinstance(desk.groups.left(HERE)[0], Exit)
    assert desk.wait(60_000) == []


@pytest.mark.parametrize("is_in", [False, True])
def test_peer_leaves_where_it_is_not(is_in: bool) -> None:
    desk = Desk()
    if is_in:
        desk.found()
        desk.groups.leave(HERE)

    with pytest.raises(LocalError, match=r"wait for group-(entered|left)"):
        desk.groups.leave(HERE)
