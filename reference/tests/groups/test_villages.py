"""Whole peers in one main overlay: admission, invitations, aliases, parts that meet, and silent groups."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from coterie.crypto import names
from coterie.documents import Contact, GroupInvitation
from coterie.errors import LocalError
from reference.tests.groups.desk import ISSUER, admitted, closed_info, info
from reference.tests.groups.village import Village, answers, is_in, is_one_view, of_group
from reference.tests.peer.network import Host

A, B = b"anglers", b"bakers"


def group_failures(host: Host) -> list[object]:
    return [event.fields["reason"] for event in host.told("group-failed")]


def test_closed_group_is_no_group_for_those_whom_it_admits() -> None:
    village = Village()
    one, two, three = village.gather(3)
    overlay = names.overlay_id(A, ISSUER.hash)
    leaves = {host: admitted(host.inside.standing.identity, overlay) for host in (one, two)}

    village.create(one, A, info=closed_info(), leaf=leaves[one])
    village.until_told([one], "group-entered")
    village.run(2_000)
    village.enter(two, A, leaf=leaves[two])
    village.enter(three, A)
    village.until_told([two], "group-entered")
    village.until_told([three], "group-failed")

    assert group_failures(three) == ["not-admitted"]
    village.run(3_000)
    assert is_one_view([one, two], overlay)
    assert overlay not in three.peer.overlays
    assert village.spoken(one, overlay)
    assert not village.spoken(three, overlay)


def test_two_parts_of_a_group_live_side_by_side() -> None:
    village = Village()
    one, two, three, *_ = village.gather(5)
    village.create(one, A)
    village.create(two, A)
    village.until_told([one, two], "group-entered")
    village.enter(three, A)

    village.until_views([one, two, three], A, within=90_000)

    assert village.inform(three, A)["name"] == "group-found"


def test_invited_peer_finds_no_way_into_a_private_group() -> None:
    village = Village()
    one, two, three = village.gather(3)
    village.create(one, A, is_public=False)
    about = replace(info(), contacts=(Contact(one.address.host, one.address.port),))
    invitation = GroupInvitation(A, about)
    village.enter(two, A, invitation=invitation)

    village.until_views([one, two], A)

    assert village.listed(three) == []
    assert village.inform(three, A)["reason"] == "no-such-group"
    assert village.members(three, A)["members"] == ()


def test_alias_leads_nowhere_or_lives_on_unbound() -> None:
    village = Village()
    one, two, three = village.gather(3)
    village.create(one, A)
    village.until_told([one], "group-entered")
    village.bind(two, B, A)
    village.run(2_000)

    assert village.inform(three, B)["group"] == A
    village.enter(three, B)
    village.until_views([one, three], A)
    village.create(three, B)
    village.until_told([three], "group-failed")
    assert group_failures(three) == ["group-exists"]
    village.unbind(two, B)
    village.run(2_000)
    assert village.inform(three, B)["reason"] == "no-such-group"


def test_members_that_show_themselves_are_not_seen() -> None:
    village = Village()
    one, two, three = village.gather(3)
    village.create(one, A, shows_itself=True, name="Ada")
    village.until_told([one], "group-entered")
    village.run(1_000)
    village.enter(two, A, shows_itself=True)
    village.until_views([one, two], A)
    village.run(1_000)

    found = village.members(three, A)

    shown = {names.peer_id(host.inside.standing.identity.spki) for host in (one, two)}
    assert found["complete"] == 1
    assert set(found["members"]) == shown
    assert sorted(found["names"]) == [b"", b"Ada"]


def test_group_that_died_keeps_whoever_looks_for_it() -> None:
    village = Village()
    one, two, three = village.gather(3)
    village.create(one, A)
    village.until_told([one], "group-entered")
    village.run(2_000)
    village.dead.add(one.address)

    village.enter(two, A)
    village.until_told([two], "group-failed")

    assert group_failures(two) == ["group-silent"]
    assert not is_in(two, A)
    with pytest.raises(LocalError):
        of_group(two, A)
    village.run(5_000)
    assert len(answers(three, "group-failed")) == 0


def test_leftovers_of_a_group_wake_the_peer_that_left_it() -> None:
    village = Village()
    one, two, _ = village.gather(3)
    village.create(one, A)
    village.until_told([one], "group-entered")
    village.enter(two, A)
    village.until_views([one, two], A)
    village.quit(two, A)
    village.until_told([two], "group-left")
    village.wire.clear()

    village.run(60_000)

    assert not village.spoken(two, names.overlay_id(A))
    village.enter(two, A)
    village.until_views([one, two], A)


def test_member_leaves_by_the_verb_of_its_group() -> None:
    village = Village()
    one, two = village.gather(2)
    village.create(one, A)
    village.until_told([one], "group-entered")
    village.run(1_000)

    one.peer.leave(names.overlay_id(A), village.now)
    village.collect(one)
    village.run(2_000)

    assert [event.name for event in answers(one, "left", "group-left")] == ["left", "group-left"]
    assert not is_in(one, A)
    assert village.listed(two) == []


def test_peer_outside_of_the_main_overlay_waits_for_its_group_for_ever() -> None:
    village = Village()
    (lonely,) = village.settle(["lonely"], role="client")
    village.create(lonely, A)

    village.run(60_000)

    assert group_failures(lonely) == ["lookup-incomplete"]
    assert lonely.peer.next_wake() is None


@pytest.mark.parametrize("seed", range(3))
def test_rough_network_divides_a_group_for_good(seed: int) -> None:
    def fate(chance: random.Random, _source: Host, _to: Host, _datagram: bytes) -> list[int]:
        return [] if chance.random() < 0.1 else [chance.randint(1, 40)]

    village = Village(seed, fate)
    hosts = village.gather(5)
    one, two, three, *_ = hosts
    village.create(one, A)
    village.until_told([one], "group-entered")
    village.run(3_000)
    village.enter(two, A)
    village.enter(three, A)

    village.until_views([one, two, three], A, within=120_000)
    for host in (one, two, three):
        village.quit(host, A)
        village.until_told([host], "group-left")
    village.run(15_000)

    assert village.listed(hosts[4]) == []


def test_change_of_a_group_is_told_when_something_else_happens() -> None:
    village = Village()
    one, two, three = village.gather(3)
    village.create(one, A)
    village.until_told([one], "group-entered")
    village.enter(two, A)
    village.until_views([one, two], A)

    management = one.inside.management
    assert management is not None
    alarm, due = management.wake(), one.inside.due
    assert alarm is not None
    assert due is not None
    assert due[0] <= alarm < village.mono + 10_000
    village.run(12_000)
    (document,) = village.inform(three, A)["documents"]
    assert b"192.0.2.2" in document
