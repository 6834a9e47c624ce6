"""What is published of a group: by whom, how often, and how it ends."""

from __future__ import annotations

from coterie import documents
from coterie.crypto import names
from coterie.documents import Contact, GroupInfo, GroupListEntry, GroupMember
from coterie.groups.steps import Exit, Fetch, Publish, Rest, Step, Withdraw
from coterie.values.resource import Resource
from reference.tests.groups.desk import GROUP, HERE, Desk, at, info, of, only, published, told
from reference.tests.peer.network import make_identity

INFO = (Resource("group-info", GROUP), HERE)
ENTRY = (Resource("group-list", b""), HERE)
MEMBER = (Resource("group-members", GROUP), bytes(16))


def contacts(steps: list[Step]) -> list[int]:
    """The last numbers of the addresses in the one group-info that is published."""
    (step,) = [each for each in of(steps, Publish) if each.place == INFO]
    document = documents.parse(step.value)
    assert isinstance(document, GroupInfo)
    assert all(each.port == 4000 for each in document.contacts)
    return [int(each.address.rpartition(".")[2]) for each in document.contacts]


def places(steps: list[Step]) -> list[object]:
    return [each.place for each in of(steps, Publish)]


def test_new_group_is_found_by_nobody() -> None:
    desk = Desk()

    steps = desk.found(about=info(suites=(1, 2)))

    assert places(steps) == [INFO, ENTRY]
    stated, listed = (documents.parse(each.value) for each in of(steps, Publish))
    assert stated == GroupInfo((Contact(at(1).host, 4000),), "roses", suites=(1, 2))
    assert listed == GroupListEntry(GROUP, "roses")
    assert {each.lifetime for each in of(steps, Publish)} == {600}
    assert {each.leaf for each in of(steps, Publish)} == {desk.identity.leaf}


def test_private_group_is_found_by_everybody() -> None:
    desk = Desk()
    desk.create(is_public=False)

    assert of(desk.view(leads=True), Publish) == []
    assert desk.wait(100_000) == []


def test_invited_peer_makes_a_private_group_known_to_all() -> None:
    desk = Desk()
    desk.answer(desk.join(invitation=documents.GroupInvitation(GROUP, info(8)), shows_itself=True))

    assert of(desk.view(8, leads=True), Publish) == []


def test_contacts_stand_in_an_order_that_is_not_that_of_the_view() -> None:
    desk = Desk()
    desk.answer(desk.create())

    assert contacts(desk.view(7, 3, 5, leads=True)) == [1, 7, 3, 5]


def test_group_of_many_is_published_with_more_contacts_than_a_document_has() -> None:
    desk = Desk()
    desk.answer(desk.create())

    assert contacts(desk.view(*range(40, 80), leads=True)) == [1, *range(40, 55)]


def test_each_of_many_views_in_a_row_is_published() -> None:
    desk = Desk()
    desk.found()
    for number in range(2, 9):
        desk.mono += 1_000
        assert desk.view(*range(2, number), leads=True) == []

    assert desk.wait(2_999) == []
    assert contacts(desk.wait(1)) == [1, *range(2, 8)]
    desk.mono += 10_000
    assert contacts(desk.view(2, leads=True)) == [1, 2]


def test_entry_of_the_list_is_published_with_each_change() -> None:
    desk = Desk()
    desk.found()
    desk.mono += 20_000

    assert places(desk.view(2, leads=True)) == [INFO]


def test_view_with_the_same_members_is_published_again() -> None:
    desk = Desk()
    desk.found()
    desk.mono += 20_000

    assert desk.view(leads=True) == []


def test_change_that_was_undone_in_time_is_published() -> None:
    desk = Desk()
    desk.found()
    desk.mono += 1_000
    desk.view(2, leads=True)
    desk.view(leads=True)

    assert of(desk.wait(24_000), Publish) == []


def test_member_that_coordinates_no_more_goes_on_refreshing() -> None:
    desk = Desk()
    desk.found()
    desk.mono += 20_000

    assert desk.view(2, leads=False) == [Rest(INFO), Rest(ENTRY)]
    assert desk.wait(100_000) == []


def test_change_is_published_by_one_who_coordinates_no_more() -> None:
    desk = Desk()
    desk.found()
    desk.mono += 1_000
    desk.view(2, leads=True)
    desk.view(2, leads=False)

    assert desk.wait(100_000) == []


def test_coordinator_by_and_by_is_not_told_of_a_second_time() -> None:
    desk = Desk()
    desk.found()
    desk.mono += 20_000
    desk.view(2, leads=False)
    desk.mono += 20_000

    assert places(desk.view(leads=True)) == [INFO, ENTRY]


def test_coordinator_once_more_publishes_at_once_what_it_published_lately() -> None:
    desk = Desk()
    desk.found()
    desk.mono += 1_000
    desk.view(2, leads=False)

    assert of(desk.view(2, leads=True), Publish) == []
    assert places(desk.wait(9_000)) == [INFO, ENTRY]


def test_member_by_name_says_nothing_of_itself() -> None:
    desk = Desk()
    desk.answer(desk.join(shows_itself=True, name="Ada"), published("bob", info(2)))

    steps = desk.view(2, leads=False)

    assert places(steps) == [MEMBER]
    stated = documents.parse(only(steps, Publish).value)
    assert stated == GroupMember(names.peer_id(desk.identity.spki), "Ada")
    assert desk.view(2, 3, leads=False) == []


def test_member_that_wants_to_be_unseen_is_published() -> None:
    desk = Desk()
    desk.answer(desk.join(), published("bob", info(2)))

    assert of(desk.view(2, leads=False), Publish) == []


def test_joined_group_gets_other_rules_from_its_next_coordinator() -> None:
    desk = Desk()
    rules = info(2, 3, suites=(1, 2), max_datagram=9000)
    desk.answer(desk.join(), published("bob", rules))
    desk.view(2, leads=False)

    steps = desk.view(leads=True)

    first = next(each for each in of(steps, Publish) if each.place == INFO)
    stated = documents.parse(first.value)
    assert stated == GroupInfo((Contact(at(1).host, 4000),), "roses", suites=(1, 2), max_datagram=9000)


def test_name_of_a_group_outlives_the_last_one_out() -> None:
    desk = Desk()
    desk.found(shows_itself=True)
    desk.groups.leave(HERE)

    steps = desk.groups.left(HERE)

    assert {each.place for each in of(steps, Withdraw)} == {INFO, ENTRY, MEMBER}
    assert of(steps, Exit) == [Exit(HERE)]
    assert told(steps) == [("group-left", {"group": GROUP, "group_overlay": HERE})]
    assert desk.wait(100_000) == []


def test_former_coordinator_leaves_its_word_behind() -> None:
    desk = Desk()
    desk.found()
    desk.view(2, leads=False)

    assert {each.place for each in of(desk.groups.left(HERE), Withdraw)} == {INFO, ENTRY}


def test_peer_that_is_leaving_publishes_its_group_once_more() -> None:
    desk = Desk()
    desk.answer(desk.join(), published("bob", info(2)))
    desk.view(2, leads=False)
    desk.groups.leave(HERE)

    assert desk.view(leads=True) == []


def test_value_that_could_not_be_published_is_forgotten() -> None:
    desk = Desk()
    first = desk.found(shows_itself=True)
    for step in of(first, Publish):
        desk.groups.unpublished(step, desk.now)

    assert desk.wait(9_999) == []
    assert places(desk.wait(1)) == places(first)


def test_group_is_unknown_after_its_coordinator_was_outside_of_the_main_overlay() -> None:
    desk = Desk()
    desk.found(shows_itself=True)
    desk.groups.main_left(desk.now)

    assert places(desk.groups.main_entered(desk.now)) == [MEMBER, INFO, ENTRY]
    assert of(desk.view(leads=True), Publish) == []


def test_list_has_a_group_as_often_as_it_had_coordinators() -> None:
    desk = Desk()
    entries = [published(who, GroupListEntry(GROUP, "roses")) for who in ("bob", "cyd")]
    other = published("bob", GroupListEntry(b"growers"))

    (answer,) = told(desk.answer(desk.groups.listing(), *entries, other, is_complete=False))

    fields = answer[1]
    assert answer[0] == "groups"
    assert fields["complete"] == 0
    assert dict(zip(fields["groups"], fields["slots"], strict=True)) == {
        GROUP: HERE, b"growers": names.overlay_id(b"growers")
    }  # fmt: skip


def test_members_are_listed_under_names_of_others() -> None:
    desk = Desk()
    bob, cyd = (names.peer_id(make_identity(who).spki) for who in ("bob", "cyd"))
    rows = [published("bob", GroupMember(bob, "Bob")), published("cyd", GroupMember(cyd))]
    lie = published("dan", GroupMember(cyd, "Cyd"))

    ((name, fields),) = told(desk.answer(desk.groups.members(GROUP), *rows, lie))

    assert name == "group-members"
    assert fields["complete"] == 1
    assert dict(zip(fields["members"], fields["names"], strict=True)) == {bob: b"Bob", cyd: b""}


def test_fetch_of_the_user_is_none_of_the_groups() -> None:
    desk = Desk()
    steps = desk.groups.listing()

    assert only(steps, Fetch).resource == Resource("group-list", b"")
    assert desk.groups.fetched(only(steps, Fetch).number + 1, None, desk.now) == []  # type: ignore[arg-type]
