"""An overlay has views or keeps values: a frame of the one kind must do nothing in the other."""

from __future__ import annotations

import pytest

from coterie.errors import LocalError
from coterie.peer import ResourceName, Value
from coterie.vocabulary import ALL_NODES, NodeId, ViewId
from coterie.wire.bodies import Body, Depart, Fetch, Find, Join, Leave, Nodes, Refuse, Store, Stored, Values
from reference.tests.overlay.commons import Commons
from reference.tests.overlay.puppet import acquainted, heard, say, sealed
from reference.tests.peer.network import OVERLAY, Host, Network

NOBODY = NodeId(bytes(32))
OF_VALUES: list[Body] = [
    Find(bytes(32)), Nodes(1, ()), Store(b"envelope"), Stored(1), Fetch(bytes(32), NOBODY, bytes(16)),
    Values(1, 0, ()), Depart(),
]  # fmt: skip


@pytest.mark.parametrize("body", OF_VALUES, ids=lambda body: type(body).__name__)
@pytest.mark.parametrize("membership", ["stated", "group"])
def test_overlay_with_views_answers_a_frame_about_values(membership: str, body: Body) -> None:
    network = Network()
    a, b = (network.add(name, membership=membership) for name in "ab")
    network.greet(a, b)
    network.run(50)

    frame = a.inside.standing.sign(b.node, body)

    assert network.refuses(a, b, frame) == "no-values"


@pytest.mark.parametrize(
    ("body", "is_for_all"),
    [(Join(ViewId(bytes(16)), ()), False), (Leave(ViewId(bytes(16))), True)],
    ids=["join", "leave"],
)
def test_overlay_without_views_answers_a_frame_about_views(body: Body, is_for_all: bool) -> None:
    commons = Commons()
    a, b = commons.settle("ab")
    acquainted(commons, a, host=b)

    frame = a.inside.standing.sign(ALL_NODES if is_for_all else b.node, body)

    assert commons.refuses(a, b, frame) == "no-views"


def test_sealed_frame_is_looked_at_where_there_are_no_keys() -> None:
    network = Network()
    a, b = network.add("a"), network.add("b")
    network.meet()
    network.install(a, [a, b])
    network.run(1000)
    network.send(a, b"hello")
    data = network.sent("DATA", a, b)
    commons = Commons()
    c, d = commons.settle("cd")

    assert commons.refuses(c, d, data) == "no-views"


def test_client_is_made_to_work_for_others() -> None:
    commons = Commons()
    (peer,) = commons.settle(["peer"])
    (client,) = commons.settle(["client"], role="client")
    acquainted(commons, peer, host=client)

    reasons = {
        say(commons, peer, client, body)
        for body in (Find(bytes(32)), Store(sealed(peer)), Fetch(bytes(32), NOBODY, bytes(16)))
    }

    assert reasons == {"not-a-peer"}
    refusals = heard(commons, peer, "REFUSE")
    assert [type(body) for body in refusals] == [Refuse] * 3


def test_frame_with_a_broken_body_is_told_that_the_client_is_none() -> None:
    commons = Commons()
    (peer,) = commons.settle(["peer"])
    (client,) = commons.settle(["client"], role="client")
    acquainted(commons, peer, host=client)

    assert say(commons, peer, client, Store(b"")) == "count-out-of-range"


def test_client_is_told_to_others() -> None:
    commons = Commons()
    asker, peer, other = commons.settle(["asker", "peer", "other"])
    (client,) = commons.settle(["client"], role="client")
    acquainted(commons, asker, other, client, host=peer)

    assert say(commons, asker, peer, Find(client.node)) == ""

    (nodes,) = heard(commons, asker, "NODES")
    assert [row.node_id for row in nodes.neighbours] == [other.node]


def _verbs(host: Host, commons: Commons) -> list[object]:
    name, now = ResourceName("group-list", b""), commons.now
    return [
        lambda: host.peer.find(OVERLAY, bytes(32), now),
        lambda: host.peer.publish(OVERLAY, Value(name, bytes([1] * 16), 600, b"v"), now),
        lambda: host.peer.withdraw(OVERLAY, name, bytes(16), now),
        lambda: host.peer.fetch(OVERLAY, name, now),
    ]


@pytest.mark.parametrize("membership", ["stated", "group"])
def test_user_asks_for_values_where_there_are_none(membership: str) -> None:
    network = Commons()
    host = network.add("a", membership=membership)

    for verb in _verbs(host, network):
        with pytest.raises(LocalError, match="membership none"):
            verb()  # type: ignore[operator]


def test_user_asks_for_a_view_where_there_are_none() -> None:
    commons = Commons()
    (host,) = commons.settle("a")

    for verb in (
        lambda: host.peer.create(OVERLAY, commons.now),
        lambda: host.peer.send(OVERLAY, b"hello", commons.now),
        lambda: host.peer.export(OVERLAY, b"context", 32),
        lambda: host.peer.subscribe(OVERLAY, "safe"),
    ):
        with pytest.raises(LocalError, match="no views"):
            verb()
