"""What is left behind in an overlay that a peer is in no more."""

from __future__ import annotations

import pytest

from coterie.crypto import names
from coterie.errors import LocalError
from coterie.peer.former import Former
from coterie.values.resource import Resource
from coterie.vocabulary import OverlayId
from reference.tests.groups.village import Village, of_group
from reference.tests.overlay.commons import MEMBERS, facts

A = b"anglers"
HERE = names.overlay_id(A)
RESTING = Resource(*MEMBERS)


def test_sequence_numbers_begin_anew_in_a_group_that_is_entered_again() -> None:
    village = Village()
    one, two = village.gather(2)
    village.create(one, A)
    village.until_told([one], "group-entered")
    village.enter(two, A)
    village.until_views([one, two], A)
    village.quit(two, A)
    used = two.peer.overlay(HERE).standing.sequence
    village.until_told([two], "group-left")

    village.enter(two, A)
    village.run(100)

    assert two.peer.overlay(HERE).standing.sequence > used > 0
    village.until_views([one, two], A)
    assert "replayed" not in of_group(one, A)["counters"]


def test_counter_of_a_view_is_used_again_by_one_who_left_alone() -> None:
    village = Village()
    one, _ = village.gather(2)
    counters = []
    for _ in range(3):
        village.create(one, A)
        village.run(3_000)
        counters.append(int.from_bytes(of_group(one, A)["view"][:8], "big"))
        village.quit(one, A)
        village.run(3_000)

    assert counters == sorted(set(counters))


def test_overlays_of_long_ago_are_remembered_for_ever() -> None:
    former = Former()
    overlays = [OverlayId(number.to_bytes(16, "big")) for number in range(66)]
    for number, overlay in enumerate(overlays):
        former.remember(overlay, 1000 - number)

    assert former.sequence(overlays[0]) == former.sequence(overlays[1]) == 1000
    assert [former.sequence(each) for each in overlays[2:]] == list(range(998, 934, -1))


def test_peer_goes_out_of_an_overlay_that_it_is_not_in() -> None:
    village = Village()
    (one,) = village.settle(["one"])

    with pytest.raises(LocalError, match="not in overlay"):
        one.peer.exit(HERE)


def test_value_that_rests_is_published_anew() -> None:
    village = Village()
    one, two = village.gather(2)
    sequence = village.publish(one, b"word")["sequence"]
    one.peer.overlay(one.overlay).without_views().rest(RESTING, bytes(16), village.now)
    village.run(500_000)

    assert [event.fields["sequence"] for event in one.told("published")] == [sequence]
    assert facts(one)["published"] == []
    assert len(village.fetch(two)["envelopes"]) == 1


def test_value_that_rests_cannot_be_withdrawn() -> None:
    village = Village()
    one, two = village.gather(2)
    village.publish(one, b"word")
    one.peer.overlay(one.overlay).without_views().rest(RESTING, bytes(16), village.now)
    village.run(1_000)

    village.withdraw(one)

    assert village.fetch(two)["envelopes"] == ()
    with pytest.raises(LocalError, match="nothing is published"):
        one.peer.withdraw(one.overlay, MEMBERS, bytes(16), village.now)


def test_value_that_has_expired_at_rest_is_withdrawn() -> None:
    village = Village()
    one, _ = village.gather(2)
    village.publish(one, b"word")
    one.peer.overlay(one.overlay).without_views().rest(RESTING, bytes(16), village.now)
    village.run(600_000)

    with pytest.raises(LocalError, match="nothing is published"):
        one.peer.withdraw(one.overlay, MEMBERS, bytes(16), village.now)
