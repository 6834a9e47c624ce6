"""The routing table: who comes in, who stays, and who is forgotten."""

from __future__ import annotations

import pytest

from coterie.overlay.contacts import Contacts
from coterie.vocabulary import Address, NodeId, Now
from coterie.wire.bodies import Find
from reference.tests.overlay.commons import Commons, contacts, facts
from reference.tests.overlay.puppet import acquainted, heard, say
from reference.tests.peer.network import OVERLAY

OWN = NodeId(bytes(32))


def far(number: int) -> NodeId:
    """Node-IDs that have no bit in common with the own one: all of one bucket."""
    return NodeId(bytes([0x80]) + number.to_bytes(31, "big"))


def at(milliseconds: int) -> Now:
    return Now(milliseconds, 0)


def meet(table: Contacts, node: NodeId, milliseconds: int = 0, *, is_peer: bool = True) -> None:
    table.meet(node, Address("192.0.2.1", 4000), at(milliseconds), is_peer=is_peer)


def filled(count: int) -> Contacts:
    table = Contacts(OWN)
    for number in range(count):
        meet(table, far(number), number)
    return table


def nodes(table: Contacts) -> list[NodeId]:
    return [known.node for known in table.all()]


def test_ninth_contact_enters_a_bucket() -> None:
    table = filled(9)

    assert nodes(table) == [far(number) for number in range(8)]


def test_bucket_is_full_for_those_of_another_bucket() -> None:
    table = filled(8)
    near = NodeId(bytes(31) + b"\x01")

    meet(table, near)

    assert near in nodes(table)


def test_place_goes_to_whoever_waited_longest_and_not_to_whoever_was_heard_last() -> None:
    table = filled(11)
    table.hear(far(9), at(20))

    table.forget(far(3))

    assert far(9) in nodes(table)
    assert far(8) not in nodes(table)
    assert far(10) not in nodes(table)


def test_client_takes_the_place_of_a_contact() -> None:
    table = filled(8)
    meet(table, far(8), is_peer=False)
    meet(table, far(9))

    table.forget(far(0))

    assert far(9) in nodes(table)
    assert far(8) not in nodes(table)


def test_contact_that_became_a_client_is_still_counted_on() -> None:
    table = filled(9)

    meet(table, far(2), 50, is_peer=False)

    assert far(2) not in nodes(table)
    assert far(8) in nodes(table)


def test_one_request_without_answer_is_enough_to_be_forgotten() -> None:
    table = filled(1)

    assert not table.miss(far(0))
    table.hear(far(0), at(5))
    assert not table.miss(far(0))
    assert table.miss(far(0))


def test_contact_that_is_heard_is_asked_whether_it_is_there() -> None:
    table = filled(8)
    table.hear(far(0), at(70_000))
    meet(table, far(8), 60_002)

    assert table.suspect(far(8), at(60_000)) is None
    assert table.suspect(far(8), at(60_001)) == far(1)


@pytest.mark.parametrize(("now", "gives_way"), [(5_007, None), (5_008, far(8))])
def test_session_gives_way_before_its_time(now: int, gives_way: NodeId | None) -> None:
    table = filled(8)
    meet(table, far(8), 8)
    meet(table, far(9), 9)

    assert table.give_way(lambda _node: False, at(now)) == gives_way


def test_session_with_an_open_request_gives_way() -> None:
    table = filled(10)

    assert table.give_way(lambda node: node == far(8), at(60_000)) == far(9)


def test_silent_peer_is_kept_for_ever() -> None:
    commons = Commons()
    host, puppet = commons.settle(["host", "puppet"])
    acquainted(commons, puppet, host=host)

    host.peer.find(OVERLAY, puppet.node, commons.now)
    commons.collect(host)
    commons.run(1999)
    assert contacts(host) == [puppet.node]
    commons.run(1)

    (forgotten,) = host.told("forgotten")
    assert forgotten.fields == {"node": puppet.node, "why": "silence"}
    assert len(heard(commons, puppet, "FIND")) == 2
    assert facts(host)["sessions"] == []
    assert facts(host)["requests"] == 0
    assert say(commons, puppet, host, Find(bytes(32))) == "no-session"


def test_user_pings_a_dead_peer_and_it_stays() -> None:
    commons = Commons()
    host, puppet = commons.settle(["host", "puppet"])
    acquainted(commons, puppet, host=host)

    for _ in range(2):
        host.peer.ping(OVERLAY, puppet.node, commons.now)
        commons.collect(host)
        commons.run(1000)

    names = [event.name for event in host.events]
    assert names[-3:] == ["ping-lost", "ping-lost", "forgotten"]


def test_newcomer_drives_out_a_contact_that_is_there() -> None:
    commons = Commons(3)
    hosts = commons.settle(f"peer {number}" for number in range(40))
    host, bucket = _crowded(hosts)
    *old, newcomer = bucket[:9]
    for each in old:
        commons.greet(each, host)
        commons.run(100)
    commons.run(60_000)
    commons.dead.add(old[1].address)
    commons.greet(newcomer, host)
    commons.run(1_500)

    # the quietest is there and keeps its place; a second newcomer asks for the next one, which is not
    assert {old[0].node, old[1].node} <= set(contacts(host))
    assert newcomer.node not in contacts(host)

    commons.greet(bucket[9], host)
    commons.run(2_500)
    assert old[1].node not in contacts(host)
    assert len(heard(commons, old[1], "PING")) == 2
    assert bucket[9].node in contacts(host)


def _crowded(hosts: list) -> tuple:  # type: ignore[type-arg]
    """A host, and ten others that are in the same one of its buckets."""
    for host in hosts:
        first = [other for other in hosts if (other.node[0] ^ host.node[0]) & 0x80]
        if len(first) >= 10:
            return host, first
    raise AssertionError("no bucket of ten")
