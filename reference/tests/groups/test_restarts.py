"""Peers that are killed and start again: what they published comes back, and so do they."""

from __future__ import annotations

from typing import Any

import pytest

from coterie.crypto import names
from coterie.documents import GroupInfo
from coterie.effects import Disk
from coterie.errors import LocalError
from coterie.groups import memory
from coterie.groups.memory import Kept
from coterie.groups.steps import Inherit, Publish, Withdraw
from coterie.groups.wishes import Part, Return
from coterie.peer.config import Stored, decode_disk, encode_disk
from reference.tests.groups.desk import HERE, Desk, info, of, published
from reference.tests.groups.test_advertising import ENTRY, INFO, MEMBER
from reference.tests.groups.village import Village, coordinator, is_in, of_group
from reference.tests.peer.network import Host

A, B = b"anglers", b"bakers"


def reborn(village: Village, host: Host, by: Host) -> Host:
    """The host in its next life, in the main overlay again."""
    again = village.restart(host)
    village.join(again, by)
    village.until_told([again], "entered")
    return again


def test_member_that_was_killed_stays_outside() -> None:
    village = Village()
    one, two, three = village.gather(3)
    village.create(one, A, shows_itself=True)
    village.until_told([one], "group-entered")
    village.enter(two, A, shows_itself=True, name="Bob")
    village.until_views([one, two], A)
    village.run(12_000)

    two = reborn(village, two, three)

    village.until_views([one, two], A)
    assert [event.fields["created"] for event in two.told("group-entered")] == [0]
    village.run(2_000)
    assert sorted(village.members(three, A)["names"]) == [b"", b"Bob"]


def test_group_of_one_is_locked_out_of_its_own_name() -> None:
    village = Village()
    one, two, three = village.gather(3)
    village.create(one, A)
    village.until_told([one], "group-entered")
    village.run(3_000)
    first = of_group(one, A)["view"]

    one = reborn(village, one, three)
    village.run(15_000)

    assert of_group(one, A)["view"][:8] > first[:8]
    assert village.listed(two) == [A]
    village.enter(two, A)
    village.until_views([one, two], A)


def test_members_that_were_all_killed_at_once_wait_for_each_other() -> None:
    village = Village()
    one, two, three = village.gather(3)
    village.create(one, A)
    village.until_told([one], "group-entered")
    village.enter(two, A)
    village.until_views([one, two], A)
    village.run(1_000)

    again = [village.restart(host) for host in (one, two)]
    for host in again:
        village.join(host, three)

    village.until_views(again, A, within=90_000)
    assert [event.fields["created"] for host in again for event in host.told("group-entered")] == [0, 0]
    assert not [event for host in again for event in host.told("group-failed")]


def test_group_is_lost_when_nobody_answers_after_a_restart() -> None:
    village = Village()
    one, two, three = village.gather(3)
    village.create(one, A)
    village.until_told([one], "group-entered")
    village.enter(two, A)
    village.until_views([one, two], A)

    two = reborn(village, two, three)
    village.hosts.remove(one)
    village.run(32_000)

    assert of_group(two, A)["members"] == [two.peer.node(names.overlay_id(A))]
    assert [event.fields["created"] for event in two.told("group-entered")] == [0]
    assert two.told("group-failed") == []


def test_those_who_came_a_moment_ago_are_not_on_disk() -> None:
    village = Village()
    one, two, _ = village.gather(3)
    village.create(one, A)
    village.until_told([one], "group-entered")
    village.enter(two, A)
    village.until_views([one, two], A)

    (kept,) = memory.decode(decode_disk(one.disk).groups[one.overlay]).groups

    assert [each.address for each in kept.info.contacts] == [one.address.host, two.address.host]


def aliased() -> tuple[Village, Host, Host]:
    """A group, and two peers outside of it, of whom the first has bound an alias of it."""
    village = Village()
    one, two, three = village.gather(3)
    village.create(one, A)
    village.until_told([one], "group-entered")
    village.bind(two, B, A)
    village.run(1_000)
    return village, two, three


def test_alias_is_forgotten_with_the_life_that_bound_it() -> None:
    village, two, three = aliased()
    two = reborn(village, two, three)
    village.run(590_000)

    assert village.inform(three, B)["group"] == A
    village.unbind(two, B)
    village.run(2_000)
    assert village.inform(three, B)["reason"] == "no-such-group"


def test_alias_is_found_after_its_peer_was_killed_before_the_tombstone_went() -> None:
    village, two, three = aliased()
    assert village.inform(three, B)["group"] == A

    village.groups(two).unbind(B, village.now)
    # of what it then does only what is kept is done
    two.disk = [each.blob for each in two.peer.effects() if isinstance(each, Disk)][-1]
    assert village.inform(three, B)["group"] == A
    two = reborn(village, two, three)
    village.run(2_000)

    assert village.inform(three, B)["reason"] == "no-such-group"
    assert decode_disk(two.disk).groups == {}


def test_peer_comes_back_to_a_group_that_it_left() -> None:
    village = Village()
    one, two, three = village.gather(3)
    village.create(one, A)
    village.until_told([one], "group-entered")
    village.enter(two, A)
    village.until_views([one, two], A)
    village.quit(two, A)
    village.bind(two, B, A)
    village.unbind(two, B)

    two = reborn(village, two, three)
    village.run(60_000)

    assert not is_in(two, A)
    assert decode_disk(two.disk).groups == {}


def test_group_that_came_back_before_the_main_overlay_was_entered_is_found_late() -> None:
    village = Village()
    one, two, three = village.gather(3)
    village.create(one, A)
    village.until_told([one], "group-entered")
    one = village.restart(one)
    village.run(700_000)
    assert is_in(one, A)
    assert village.inform(two, A)["reason"] == "no-such-group"

    village.join(one, three)
    village.until_told([one], "entered")
    village.run(11_000)

    assert village.inform(two, A)["name"] == "group-found"


def test_word_of_an_earlier_life_outlives_the_member() -> None:
    village = Village()
    hosts = one, two, three = village.gather(3)
    village.create(one, A)
    village.until_told([one], "group-entered")
    village.enter(two, A)
    village.enter(three, A)
    village.until_views(hosts, A)
    village.run(12_000)

    one = reborn(village, one, two)
    village.until_views([one, two, three], A)
    assert coordinator([one, two, three], A) is not one
    village.quit(one, A)
    village.until_told([one], "group-left")
    village.run(2_000)

    found = published_by(village.fetch(two, ("group-info", A)), one)
    assert found == []


def published_by(found: dict[str, Any], host: Host) -> list[bytes]:
    """Those of the envelopes that a fetch has found that the host has published."""
    leaf: bytes = host.inside.standing.identity.leaf
    return [each for each in found["envelopes"] if leaf in each]


def test_word_of_another_life_is_taken_back_twice() -> None:
    desk = Desk()
    desk.found(shows_itself=True)
    kept = desk.groups.memory()
    again = Desk()
    again.groups.recall(kept, again.now)
    again.view(2, leads=False)
    third = Desk()
    steps = third.groups.recall(again.groups.memory(), third.now)

    assert {each.place for each in of(steps, Inherit)} == {INFO, ENTRY, MEMBER}
    assert {each.lifetime for each in of(steps, Inherit)} == {600}


def test_member_that_never_coordinated_takes_the_name_down() -> None:
    desk = Desk()
    desk.answer(desk.join(), published("bob", info(2)))
    desk.view(2, leads=False)
    again = Desk()

    steps = again.groups.recall(desk.groups.memory(), again.now)

    assert of(steps, Inherit) == []
    again.view(2, leads=False)
    assert of(again.groups.left(HERE), Withdraw) == []


def test_group_is_unknown_for_ten_seconds_after_its_only_member_came_back() -> None:
    desk = Desk()
    desk.found()
    again = Desk()
    again.groups.recall(desk.groups.memory(), again.now)
    again.view(leads=True)
    again.mono += 500

    steps = again.groups.main_entered(again.now)

    assert [each.place for each in of(steps, Publish)] == [INFO, ENTRY]


def kept(name: bytes = A) -> Return:
    part = Part(b"a leaf", shows_itself=True, name="Ada", service="safe")
    return Return(name, info(1, 2), is_public=True, part=part, was_told=name == A)


def test_memory_says_something_else_than_was_kept() -> None:
    plain = Return(B, GroupInfo(info(1).contacts, ""), is_public=False, part=Part(b""))

    whole = Kept({b"x": A, b"y": B}, (kept(), plain), {b"z": 0, b"w": 2**64 - 1})

    assert memory.decode(memory.encode(whole)) == whole
    assert memory.encode(Kept({}, ())) == b""


@pytest.mark.parametrize("cut", range(1, len(memory.encode(Kept({B: A}, (kept(),)))), 7))
def test_memory_that_was_cut_is_read(cut: int) -> None:
    whole = memory.encode(Kept({B: A}, (kept(),)))
    alias = len(memory.encode(Kept({B: A}, ())))
    if cut == alias:
        assert memory.decode(whole[:cut]).groups == ()
        return

    with pytest.raises(LocalError, match="without the state"):
        memory.decode(whole[:cut])


@pytest.mark.parametrize(
    "damage",
    [
        b"\x00\x01z",
        b"\x00\x01g\x00\x00\x00\x00",
        b"\x00\x01u\x00\x01x\x00\x02\x00\x01",
        memory.encode(Kept({}, (kept(),))).replace(b"safe", b"s\xff\xffe"),
    ],
)
def test_memory_of_something_else_is_read(damage: bytes) -> None:
    with pytest.raises(LocalError, match="without the state"):
        memory.decode(damage)


def test_peer_starts_with_more_groups_than_it_may_be_in() -> None:
    with pytest.raises(LocalError, match="more groups"):
        memory.decode(memory.encode(Kept({b"%d" % number: A for number in range(65)}, ())))
    with pytest.raises(LocalError, match="more groups"):
        memory.decode(memory.encode(Kept({}, (), {b"%d" % number: 1 for number in range(65)})))


def test_disk_says_something_else_than_was_stored() -> None:
    overlays = [names.overlay_id(name) for name in (A, B)]
    stored = Stored(7, {overlays[0]: 3, overlays[1]: 2**63}, {overlays[1]: b"groups"})

    assert decode_disk(encode_disk(stored)) == stored
    for cut in range(1, len(overlays[1]) + 4 + len(b"groups")):
        with pytest.raises(LocalError):
            decode_disk(encode_disk(stored)[:-cut])
