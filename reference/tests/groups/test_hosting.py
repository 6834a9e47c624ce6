"""Groups that one peer creates for another: who is asked, what is refused, and when the host is gone."""

from __future__ import annotations

from typing import Any

import pytest

from coterie import documents
from coterie.crypto import names
from coterie.documents import Contact, GroupIdRedirect, GroupInfo
from coterie.errors import LocalError
from coterie.groups import petitions
from coterie.groups.wishes import Petition
from coterie.peer.config import decode_disk
from coterie.wire.bodies import Host as Request
from reference.tests.groups.desk import CA
from reference.tests.groups.village import Village, is_in, of_group
from reference.tests.peer.network import Host

A, B = b"anglers", b"bakers"
INFO = GroupInfo((), "about fish")


def place(village: Village, hosts: tuple[int, ...] = (0, 8, 0), client: int = 0) -> list[Host]:
    """Peers that host so many groups each, all in the main overlay; the one at `client` is a client."""
    made = []
    for at, count in enumerate(hosts):
        trust: dict[str, Any] = {"role": "client"} if at == client else {"hosts": count}
        made += village.settle([f"peer {at}"], **trust)
    for at in (*range(1, len(made)), 0):
        village.join(made[at], made[1 if at != 1 else 2])
        village.run(200)
    village.until_told(made, "entered")
    village.run(1_000)
    return made


def host(village: Village, one: Host, group: bytes = A, info: GroupInfo = INFO, **changes: Any) -> None:
    """That one has another peer create a group."""
    village.groups(one).host(Petition(group, info, village.part(one, **changes)), village.now)
    village.collect(one)


def request(village: Village, to: Host, group: bytes = A, info: documents.Document | bytes = INFO) -> Request:
    """What asks that peer."""
    if isinstance(info, GroupInfo):
        info = documents.build(GroupInfo((Contact("192.0.2.77", 7),), info.description, info.policy,
                                         authority_certificate=info.authority_certificate))  # fmt: skip
    return Request(group, info if isinstance(info, bytes) else documents.build(info))


def test_client_waits_for_a_group_that_nobody_creates() -> None:
    village = Village()
    client, keeper, other = place(village)

    host(village, client)
    village.until_views([client, keeper], A)

    assert [event.fields["created"] for event in client.told("group-entered")] == [0]
    (told,) = keeper.told("hosting")
    assert told.fields["group_overlay"] == names.overlay_id(A)
    assert village.listed(other) == [A]


def test_host_stays_for_ever() -> None:
    village = Village()
    client, keeper, other = place(village)
    host(village, client, shows_itself=True, name="Ada")
    village.until_views([client, keeper], A)
    village.run(13_000)

    assert not is_in(keeper, A)
    assert of_group(client, A)["members"] == [client.peer.node(names.overlay_id(A))]
    village.run(10_000)
    assert village.members(other, A)["names"] == (b"Ada",)
    village.enter(other, A)
    village.until_views([client, other], A)


def test_host_waits_for_ever() -> None:
    village = Village()
    client, keeper, other = place(village)
    host(village, client)
    village.run(300)
    village.hosts.remove(client)
    village.run(59_000)
    assert is_in(keeper, A)

    village.run(3_000)

    assert not is_in(keeper, A)
    assert village.listed(other) == []
    assert [event.fields["group"] for event in keeper.told("group-left")] == [A]


def test_host_comes_back_after_a_crash() -> None:
    village = Village()
    client, keeper, _ = place(village)
    host(village, client)
    village.run(1_000)

    assert is_in(keeper, A)
    assert decode_disk(keeper.disk).groups == {}


def test_client_is_told_nothing_where_nobody_hosts() -> None:
    village = Village()
    client, *_ = place(village, (0, 0, 0))

    host(village, client)
    village.run(1_000)

    assert [event.fields["reason"] for event in client.told("group-failed")] == ["not-hosted"]
    assert {event.fields["reason"] for event in client.told("refused")} == {"not-hosting"}
    assert len(client.told("refused")) == 2


def test_fourth_peer_is_asked_too() -> None:
    village = Village()
    client, *others = place(village, (0, 0, 0, 0, 0, 0))
    target = petitions.target(A)
    closest = client.inside.without_views().neighbours.closest(target, 9)

    host(village, client)
    village.run(3_000)

    asked = [event.fields["node"] for event in client.told("refused")]
    assert asked == list(closest[:3])
    assert len(others) == 5


def test_client_that_knows_nobody_waits() -> None:
    village = Village()
    (alone,) = village.settle(["alone"])

    host(village, alone)

    assert [event.fields["reason"] for event in alone.told("group-failed")] == ["not-hosted"]


def test_client_that_leaves_the_main_overlay_waits_for_an_answer() -> None:
    village = Village()
    client, keeper, _ = place(village)
    village.hosts.remove(keeper)
    host(village, client)
    village.leave(client)
    village.collect(client)

    assert [event.fields["reason"] for event in client.told("group-failed")] == ["not-hosted"]


def test_group_that_is_there_already_is_not_joined() -> None:
    village = Village()
    client, keeper, other = place(village)
    village.create(other, A)
    village.until_told([other], "group-entered")
    village.run(2_000)

    host(village, client)
    village.until_views([client, other], A)

    assert [event.fields["reason"] for event in keeper.told("group-failed")] == ["group-exists"]


def test_closed_group_is_hosted() -> None:
    village = Village()
    client, *_ = place(village)
    closed = GroupInfo((), "secret", policy="closed", authority_certificate=CA)

    with pytest.raises(LocalError, match="open groups only"):
        host(village, client, info=closed)


def test_same_group_is_hosted_twice() -> None:
    village = Village()
    client, keeper, other = place(village, (0, 1, 0))
    host(village, client)
    host(village, other)

    village.until_views([client, keeper, other], A)

    assert len(keeper.told("hosting")) == 1


def test_more_is_hosted_than_the_user_allows() -> None:
    village = Village()
    client, keeper, other = place(village, (0, 1, 0))
    host(village, client, A)
    village.run(1_000)
    host(village, other, B)
    village.run(5_000)

    assert not is_in(keeper, B)
    assert [event.fields["reason"] for event in other.told("group-failed")] == ["not-hosted"]


@pytest.mark.parametrize(
    ("group", "info", "reason"),
    [
        (B"e\xcc\x81", INFO, "bad-group-id"),
        (A, b"no document", "not-a-group-document"),
        (A, GroupIdRedirect(B), "wrong-document"),
        (A, GroupInfo((), "secret", policy="closed", authority_certificate=CA), "not-hosting"),
        (b"bound", INFO, "not-hosting"),
        (b"private", INFO, "not-hosting"),
    ],
)
def test_impossible_group_is_hosted(group: bytes, info: documents.Document | bytes, reason: str) -> None:
    village = Village()
    client, keeper, _ = place(village)
    village.bind(keeper, b"bound", A)
    village.create(keeper, b"private", is_public=False)
    village.run(1_000)
    neighbours = client.inside.without_views().neighbours
    before = keeper.peer.counters + keeper.inside.counters
    sent = neighbours.ask_host(keeper.node, request(village, keeper, group, info), village.now, 77)
    client.inside.emit(sent, village.now)
    village.collect(client)
    village.run(100)

    after = keeper.peer.counters + keeper.inside.counters
    assert after - before == {reason: 1}
    assert [event.fields["reason"] for event in client.told("refused")] == [reason]
    assert neighbours.take_hosted() == ((77, False),)
    assert keeper.told("hosting") == []
