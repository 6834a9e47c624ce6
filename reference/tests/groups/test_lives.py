"""The lives of groups: who is in which, by whom they are kept known, and how their names end."""

from __future__ import annotations

from reference.tests.groups.village import Village, coordinator, is_in

A, B = b"anglers", b"bakers"


def test_peers_of_one_main_overlay_cannot_make_the_groups_that_they_want() -> None:
    village = Village()
    one, two, three, four = village.gather(4)

    village.create(one, A)
    village.until_told([one], "group-entered")
    assert village.listed(three) == [A]
    village.enter(two, A)
    village.until_views([one, two], A)
    village.create(two, B)
    village.run(2_000)
    village.enter(four, B)
    village.until_views([two, four], B)

    assert village.listed(three) == [A, B]
    assert not is_in(three, A)
    assert not is_in(three, B)
    assert not is_in(one, B)
    assert not is_in(four, A)
    first = coordinator([two, four], B)
    last = four if first is two else two
    village.quit(first, B)
    village.until_told([first], "group-left")
    village.until_views([last], B)
    village.run(12_000)
    found = village.inform(three, B)
    assert found["name"] == "group-found"
    assert village.listed(three) == [A, B]
    village.quit(last, B)
    village.until_told([last], "group-left")
    village.run(2_000)
    assert village.listed(three) == [A]
    assert village.inform(three, B)["reason"] == "no-such-group"
    for host in (one, two):
        village.quit(host, A)
        village.until_told([host], "group-left")
        village.run(2_000)
    assert village.listed(three) == []
    assert all(host.peer.overlays == (host.overlay,) for host in (one, two, three, four))
