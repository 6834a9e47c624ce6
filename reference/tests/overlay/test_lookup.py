"""Lookups: whoever is closest to a target is found, by everybody, whatever somebody says in between."""

from __future__ import annotations

from hashlib import sha256

import pytest

from coterie.errors import LocalError
from coterie.overlay import lookup
from coterie.overlay.lookup import Candidate, Lookup
from coterie.overlay.purposes import Finding
from coterie.vocabulary import Address, NodeId
from coterie.wire.bodies import Nodes
from reference.tests.overlay.commons import Commons, closest, contacts, facts
from reference.tests.overlay.puppet import acquainted, heard, row, rows, say, sequences
from reference.tests.peer.network import OVERLAY, Host


@pytest.mark.parametrize("seed", range(5))
def test_two_peers_find_different_peers_closest_to_one_target(seed: int) -> None:
    commons = Commons(seed)
    hosts = commons.gather(12)
    target = sha256(f"target {seed}".encode()).digest()

    found = {host.name: commons.find(host, target) for host in hosts}

    for host in hosts:
        others = [other for other in hosts if other is not host]
        assert found[host.name] == closest(others, target)


def test_peer_that_entered_knows_nobody_but_the_one_it_came_by() -> None:
    commons = Commons()
    hosts = commons.gather(6)

    assert all(len(contacts(host)) == 5 for host in hosts)


def looking(count: int, target: bytes = bytes(32)) -> tuple[Commons, Host, list[Host]]:
    """A client that has just begun to look a target up, and the silent puppets that it knows."""
    commons = Commons()
    puppets = commons.settle(f"puppet {number}" for number in range(count))
    (host,) = commons.settle(["client"], role="client")
    acquainted(commons, *puppets, host=host)
    host.peer.find(OVERLAY, target, commons.now)
    commons.collect(host)
    return commons, host, puppets


def asked(commons: Commons, puppets: list[Host]) -> list[Host]:
    return [puppet for puppet in puppets if heard(commons, puppet, "FIND")]


def test_more_than_three_are_asked_at_once() -> None:
    commons, host, puppets = looking(6)

    first = asked(commons, puppets)

    assert sorted(puppet.node for puppet in first) == sorted(closest(puppets, bytes(32), 3))
    assert facts(host)["lookups"] == 1
    assert facts(host)["requests"] == 3


def test_candidate_of_one_path_is_asked_by_another() -> None:
    commons, host, puppets = looking(3)
    (stranger,) = commons.settle(["stranger"])
    commons.dead.add(stranger.address)

    for puppet in puppets:
        number = sequences(commons, puppet, "FIND")[-1]
        assert say(commons, puppet, host, Nodes(number, rows(bytes(32), stranger))) == ""
    commons.run(2999)
    assert not host.told("found")
    commons.run(1)

    assert len({each.nonce for each in heard(commons, stranger, "HELLO1")}) == 1
    assert host.told("found")[-1].fields["nodes"] == closest(puppets, bytes(32))


def test_candidate_under_a_false_name_is_waited_for() -> None:
    commons, host, (puppet,) = looking(1)
    (other,) = commons.settle(["other"])
    number = sequences(commons, puppet, "FIND")[-1]

    say(commons, puppet, host, Nodes(number, (row(bytes(31) + b"\x01", other),)))
    commons.run(100)

    assert host.told("found")[-1].fields["nodes"] == (puppet.node,)
    assert not heard(commons, other, "FIND")


def test_client_is_asked() -> None:
    commons, host, (puppet,) = looking(1)
    (other,) = commons.settle(["other"], role="client")
    number = sequences(commons, puppet, "FIND")[-1]

    say(commons, puppet, host, Nodes(number, rows(bytes(32), other)))
    commons.run(100)

    assert host.told("found")[-1].fields["nodes"] == (puppet.node,)
    assert not heard(commons, other, "FIND")


def test_lookup_goes_on_for_ever() -> None:
    commons, host, (puppet,) = looking(1)
    strangers = commons.settle(f"stranger {number}" for number in range(20))
    strangers.sort(key=lambda each: each.node, reverse=True)
    began, speaker = commons.mono, puppet

    for following in strangers:
        number = sequences(commons, speaker, "FIND")[-1]
        assert say(commons, speaker, host, Nodes(number, rows(bytes(32), following))) == ""
        while not heard(commons, following, "FIND"):
            commons.run(1)
        commons.dead.add(following.address)
        commons.run(990)
        speaker = following
    commons.run(began + 19_999 - commons.mono)
    assert not host.told("found")
    commons.run(1)

    assert host.told("found")[-1].fields["nodes"] == closest([puppet, *strangers[:-1]], bytes(32))
    assert facts(host)["lookups"] == 0


def test_path_ends_while_it_has_somebody_closer() -> None:
    candidates = [bytes(31) + bytes([number]) for number in range(1, 12)]
    answered = candidates[2:10]

    assert lookup.is_worthwhile(candidates[1], answered, bytes(32))
    assert not lookup.is_worthwhile(candidates[10], answered, bytes(32))
    assert not lookup.is_worthwhile(candidates[9], answered, bytes(32))
    assert lookup.is_worthwhile(candidates[10], answered[:7], bytes(32))


def test_liar_keeps_a_lookup_going_with_peers_that_it_made_up() -> None:
    going = Lookup(1, bytes(32), Finding())
    node = iter(range(2**200, 0, -1))

    def made_up() -> list[Candidate]:
        return [Candidate(NodeId(next(node).to_bytes(32, "big")), Address("192.0.2.1", 1)) for _ in range(8)]

    going.begin(made_up(), 0)
    finds = 0
    while going.may_ask:
        index = finds % len(going.paths)
        chosen = lookup.next_of(going.paths[index].candidates.values(), going.target)
        assert chosen is not None
        going.paths[index].strike(chosen.node)
        going.asked()
        finds += 1
        going.answered(chosen.node)
        going.learn(index, made_up())

    assert finds == 64
    assert going.is_over
    assert going.is_cut
    assert sum(len(path.candidates) for path in going.paths) <= 65 * 8


def test_lookups_of_a_user_crowd_out_each_other() -> None:
    commons, host, puppets = looking(1)
    for number in range(63):
        host.peer.find(OVERLAY, bytes([number]) * 32, commons.now)
    commons.collect(host)

    assert facts(host)["lookups"] == 64
    assert facts(host)["requests"] == 16
    assert len(heard(commons, puppets[0], "FIND")) == 16
    with pytest.raises(LocalError, match="as much"):
        host.peer.find(OVERLAY, bytes(32), commons.now)
