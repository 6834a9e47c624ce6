"""Memory: whatever others do, what a peer keeps of it is bounded."""

from __future__ import annotations

import pytest

from coterie import registry
from coterie.errors import RemoteError
from coterie.overlay.contacts import Contacts
from coterie.overlay.rates import Rates
from coterie.peer import ResourceName, Value
from coterie.vocabulary import Address, NodeId, Now
from reference.tests.overlay.commons import MEMBERS, Commons, facts
from reference.tests.peer.network import OVERLAY


def node(number: int) -> NodeId:
    return NodeId(number.to_bytes(32, "big"))


def test_every_signer_of_a_second_is_remembered() -> None:
    rates = Rates()
    most = registry.limit("sessions")

    for number in range(10 * most):
        rates.count(node(number), Now(5000, 0))

    assert len(rates._counts) == most


def test_crowd_makes_room_for_whoever_was_counted_out() -> None:
    rates = Rates()
    for _ in range(128):
        rates.count(node(1), Now(5000, 0))
    for number in range(2, 200):
        rates.count(node(number), Now(5000, 0))

    with pytest.raises(RemoteError, match="too-many-requests"):
        rates.count(node(1), Now(5000, 0))


def test_table_has_more_than_eight_of_a_bucket_whoever_comes() -> None:
    table = Contacts(node(0))
    for number in range(1, 2000):
        table.meet(node(number * 2**240), Address("192.0.2.1", 1), Now(number, 0), is_peer=True)

    assert len(table) <= 8 * 17
    for number in range(1, 2000, 2):
        table.forget(node(number * 2**240))
    for number in range(1, 2000):
        table.forget(node(number * 2**240))
    assert len(table) == 0
    assert table.fingerprint() == ((), ())


def test_sequences_of_all_that_was_ever_published_are_kept() -> None:
    commons = Commons()
    (client,) = commons.settle(["client"], role="client")
    most = registry.limit("publisher-values")
    for number in range(most):
        name = ResourceName("group-members", b"%d" % number)
        client.peer.publish(OVERLAY, Value(name, bytes(16), 600, b"v"), commons.now)
        client.peer.withdraw(OVERLAY, name, bytes(16), commons.now)
    commons.collect(client)

    used = client.inside.without_views().neighbours.published._used
    assert most <= len(used) <= registry.limit("values")
    assert facts(client)["published"] == []


def test_peer_that_is_done_is_woken_all_the_same() -> None:
    commons = Commons()
    host, other = commons.settle("ab")
    commons.join(host, other)
    commons.publish(host, b"value", resource=MEMBERS, lifetime=60)
    commons.withdraw(host)
    commons.run(5000)

    commons.leave(host)
    commons.leave(other)

    assert host.peer.next_wake() is None
    assert other.peer.next_wake() is None
