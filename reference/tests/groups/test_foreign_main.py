"""Groups whose main overlay is foreign: the same scenes as in the own."""

from __future__ import annotations

import pytest

from coterie.crypto import names
from coterie.documents import GroupIdRedirect
from coterie.effects import Get, Put, to_json
from coterie.errors import LocalError, RemoteError
from coterie.groups.wishes import Petition
from coterie.peer import Membership, ResourceName, Value
from reference.tests.groups.desk import info
from reference.tests.groups.market import STORE, Market, Trader
from reference.tests.groups.village import answers, coordinator, is_in
from reference.tests.overlay.commons import MEMBERS, SLOT
from reference.tests.peer.network import OVERLAY, Host, make_identity

A, ALIAS = b"anglers", b"the ones at the lake"
OTHER = names.overlay_id(b"another square")


def failures(host: Host) -> list[object]:
    return [event.fields["reason"] for event in host.told("group-failed")]


# ------------------------------------------------------------ the scenes of the village


def test_scenario_of_groups_breaks_in_a_foreign_main_overlay() -> None:
    market = Market()
    one, two, three, four = market.open(4)
    market.create(one, A, shows_itself=True, name="one")
    market.until_told([one], "group-entered")
    market.run(1_000)
    market.create(two, A)
    market.until_told([two], "group-failed")
    assert failures(two) == ["group-exists"]

    assert market.inform(two, A)["group_overlay"] == names.overlay_id(A)
    market.enter(two, A)
    market.bind(three, ALIAS, A)
    market.run(1_000)
    market.enter(four, ALIAS)
    market.until_views([one, two, four], A)
    assert market.listed(three) == [A]
    assert market.members(three, A)["names"] == (b"one",)

    for host in (one, two, four):
        market.quit(host, A)
        market.until_told([host], "group-left")
        market.run(15_000)

    assert market.inform(three, A)["reason"] == "no-such-group"
    assert market.listed(three) == []
    assert market.members(three, A)["names"] == ()
    assert not any(is_in(host, A) for host in market.hosts)


def test_two_parts_of_a_group_never_meet_in_a_foreign_main_overlay() -> None:
    market = Market()
    one, two, three = market.open(3)
    market.create(one, A)
    market.create(two, A)
    market.until_told([one, two], "group-entered")
    market.run(1_000)
    market.enter(three, A)

    market.until_views([one, two, three], A, within=90_000)


def test_group_without_its_coordinator_is_lost_from_a_foreign_main_overlay() -> None:
    market = Market()
    one, two, three, four = market.open(4)
    market.create(one, A)
    market.until_told([one], "group-entered")
    market.run(1_000)
    market.enter(two, A)
    market.enter(three, A)
    market.until_views([one, two, three], A)
    leader = coordinator([one, two, three], A)
    rest = [host for host in (one, two, three) if host is not leader]

    market.dead.add(leader.address)
    market.until_views(rest, A)
    market.run(610_000)
    market.enter(four, A)

    market.until_views([*rest, four], A)


def test_peer_that_comes_back_has_forgotten_its_groups_in_a_foreign_main_overlay() -> None:
    market = Market()
    one, two = market.open(2)
    market.bind(one, ALIAS, A)
    market.create(one, A)
    market.until_told([one], "group-entered")
    market.run(1_000)
    market.dead.add(one.address)
    market.run(700_000)
    assert market.inform(two, ALIAS)["reason"] == "no-such-group"

    market.dead.clear()
    reborn = market.restart(one)
    market.meet_store(reborn)
    market.run(60_000)

    assert is_in(reborn, A)
    assert market.inform(two, ALIAS)["name"] == "group-found"


def test_name_counts_as_free_when_nobody_could_be_asked() -> None:
    market = Market()
    one, two = market.open(2)
    market.create(one, A)
    market.until_told([one], "group-entered")
    market.cut_off.add(two)

    market.create(two, A)
    market.run(60_000)

    assert failures(two) == ["lookup-incomplete"]
    assert len(answers(two, "group-entered")) == 0


# ------------------------------------------------------------ beside the other overlays


def test_foreign_main_overlay_is_greeted_in_frames() -> None:
    market = Market()
    one, two = market.open(2)

    with pytest.raises(LocalError, match="not in overlay"):
        one.peer.greet(OVERLAY, two.address, market.now)
    with pytest.raises(RemoteError) as refused:
        one.peer.receive_datagram(hello_of(market), two.address, one.address, market.now)

    assert refused.value.reason == "unknown-overlay"


def hello_of(market: Market) -> bytes:
    """A HELLO1 in the overlay of that name, by a peer that is in it."""
    common = super(Market, market).add("townsman", membership="none")
    common.peer.greet(OVERLAY, market.hosts[0].address, market.now)
    market.hosts.remove(common)
    return next(effect.datagram for effect in common.peer.effects() if hasattr(effect, "datagram"))


def test_main_overlay_is_entered_twice() -> None:
    market = Market()
    (one,) = market.open(1)

    with pytest.raises(LocalError, match="named twice"):
        one.peer.enter_foreign(Membership(make_identity("one"), one.inside.standing.trust), market.now)
    with pytest.raises(LocalError, match="no foreign main overlay"):
        one.peer.foreign(OTHER)
    assert one.peer.overlays == (OVERLAY,)

    market.meet_store(one)
    assert len(one.told("entered")) == 1
    assert [row["address"] for row in one.peer.inspect(OVERLAY)["contacts"]] == list(STORE)


def test_store_is_asked_to_create_a_group() -> None:
    market = Market()
    (one,) = market.open(1)

    market.groups(one).host(Petition(A, info(), market.part(one)), market.now)
    market.collect(one)

    assert failures(one) == ["not-hosted"]
    assert market.puts == []


def test_peer_that_left_goes_on_publishing() -> None:
    market = Market()
    one, two = market.open(2)
    market.publish(one, b"here")
    market.groups(one).inform(A, market.now)
    one.peer.leave(OVERLAY, market.now)
    market.collect(one)
    market.run(700_000)

    assert len(one.told("left")) == 1
    assert failures(one) == ["lookup-incomplete"]
    assert len(market.puts) == 1
    assert market.fetch(two)["envelopes"] == ()
    with pytest.raises(LocalError, match="has left"):
        one.abroad.publish(Value(MEMBERS, bytes(16), 600, b"here"), market.now)
    market.meet_store(one)
    assert len(one.told("entered")) == 2


def test_alias_bound_before_the_store_was_met_is_never_found() -> None:
    market = Market()
    (two,) = market.open(1)
    one: Trader = market.add("early")
    market.cut_off.add(one)
    market.bind(one, ALIAS, A)
    market.run(1_000)
    market.cut_off.discard(one)
    market.meet_store(one)
    market.run(100)

    found = market.fetch(two, ResourceName("group-info", ALIAS))["envelopes"]

    assert len(found) == 1
    assert b"redirect" in found[0]
    assert GroupIdRedirect(A).actual_group_id in found[0]


@pytest.mark.parametrize("effect", [Get(OVERLAY, 1, bytes(32)), Put(OVERLAY, 1, bytes(32), SLOT, b"", 0)])
def test_test_interface_writes_what_it_has_no_words_for(effect: Get | Put) -> None:
    with pytest.raises(TypeError, match="foreign"):
        to_json(effect)
