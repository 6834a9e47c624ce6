"""Four peers, two groups: what is counted for each overlay, and whether anything of a group gets out."""

from __future__ import annotations

from collections import Counter

from coterie.crypto import names
from coterie.vocabulary import OverlayId
from coterie.wire.frames import read_header
from reference.tests.groups.village import Village, is_in
from reference.tests.peer.network import OVERLAY, Host

A, B = b"anglers", b"bakers"
GROUPS = names.overlay_id(A), names.overlay_id(B)


def picture() -> tuple[Village, list[Host]]:
    """One and two are in A, two and four in B, three is in none and looks both up; all groups talk."""
    village = Village()
    one, two, three, four = hosts = village.gather(4)
    village.create(one, A)
    village.until_told([one], "group-entered")
    village.enter(two, A)
    village.until_views([one, two], A)
    village.create(two, B)
    village.run(1_000)
    village.enter(four, B)
    village.until_views([two, four], B)
    assert village.inform(three, A)["name"] == village.inform(three, B)["name"] == "group-found"
    for host, group in ((one, A), (two, A), (two, B), (four, B)):
        host.peer.send(names.overlay_id(group), b"word " * 100, village.now)
        village.collect(host)
    village.run(2_000)
    return village, hosts


def counted(host: Host, overlay: OverlayId, way: str) -> Counter[str]:
    return Counter(host.peer.inspect(overlay)["traffic"][way])


def test_frame_of_a_group_left_its_overlay() -> None:
    _, hosts = picture()
    one, two, three, four = hosts

    assert [[is_in(host, group) for group in (A, B)] for host in hosts] == [
        [True, False], [True, True], [False, False], [False, True],
    ]  # fmt: skip
    for overlay, inside in zip((OVERLAY, *GROUPS), (hosts, [one, two], [two, four]), strict=True):
        sent, received = (
            sum((counted(host, overlay, way) for host in inside), Counter[str]())
            for way in ("sent", "received")
        )
        assert sent == received
        assert sent["frames"] > 20
    # whoever is not in an overlay would count what comes of it as unknown
    assert [host.refused.count("unknown-overlay") for host in hosts] == [0, 0, 0, 0]
    assert three.peer.overlays == (OVERLAY,)


def test_datagram_was_counted_for_another_overlay() -> None:
    village, hosts = picture()

    for host in hosts:
        for overlay in host.peer.overlays:
            own = [datagram for source, _, datagram in village.wire if source is host]
            mine = [each for each in own if read_header(each).overlay_id == overlay]
            counted_there = counted(host, overlay, "sent")
            assert counted_there == {"frames": len(mine), "octets": sum(map(len, mine))}
            assert len(mine) < len(own) or host.peer.overlays == (OVERLAY,)


def test_refused_frame_was_not_counted() -> None:
    village, (one, *_) = picture()
    before = counted(one, GROUPS[0], "received")
    octets = next(each for _, to, each in village.wire if to == one.address and each[8:24] == GROUPS[0])
    refused = len(one.refused)

    village.deliver(village.hosts[1].address, one, octets[:-1] + bytes([octets[-1] ^ 1]))

    assert len(one.refused) == refused + 1
    assert counted(one, GROUPS[0], "received") - before == {"frames": 1, "octets": len(octets)}
