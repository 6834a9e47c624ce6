"""Entering an overlay, and meeting peers in it from time to time."""

from __future__ import annotations

import pytest

from coterie.errors import LocalError
from coterie.overlay.states import TRANSITIONS, Input, State
from coterie.vocabulary import Address
from coterie.wire.bodies import Depart, Nodes
from reference.tests.overlay.commons import Commons, contacts
from reference.tests.overlay.puppet import heard, say, sequences
from reference.tests.peer.network import OVERLAY, Host


def greetings(commons: Commons, host: Host) -> int:
    return len({each.nonce for each in heard(commons, host, "HELLO1")})


def test_address_of_nobody_is_greeted_without_a_pause() -> None:
    commons = Commons()
    host, other = commons.settle("ab")
    commons.dead.add(other.address)

    commons.join(host, other)
    commons.run(9_999)
    assert greetings(commons, other) == 1
    commons.run(1)

    assert greetings(commons, other) == 2


def test_peer_enters_without_looking_itself_up() -> None:
    commons = Commons()
    host, other = commons.settle("ab")
    commons.join(host, other)
    commons.run(100)

    assert [each.target for each in heard(commons, other, "FIND")] == [host.node]
    assert [event.fields["contacts"] for event in host.told("entered")] == [1]
    commons.run(20_000)
    assert greetings(commons, other) == 1


def test_peer_that_lost_everybody_stays_alone() -> None:
    commons = Commons()
    host, other = commons.settle("ab")
    commons.join(host, other)
    commons.run(100)

    say(commons, other, host, Depart())
    assert contacts(host) == []
    commons.run(10_000)

    assert contacts(host) == [other.node]
    assert len(host.told("entered")) == 2


def test_peer_never_meets_anybody_new() -> None:
    commons = Commons()
    host, other = commons.settle("ab")
    commons.join(host, other)
    commons.run(100)
    entered = commons.mono

    commons.run(599_000)
    assert len(heard(commons, other, "FIND")) == 1
    commons.run(1_300_000 - commons.mono + entered)

    targets = [each.target for each in heard(commons, other, "FIND")]
    assert len(targets) == len(set(targets)) == 3
    assert len(host.told("found")) == 0


@pytest.mark.parametrize("amount", [0, 17])
def test_peer_is_given_nobody_or_a_crowd_to_enter_by(amount: int) -> None:
    commons = Commons()
    (host,) = commons.settle("a")
    addresses = [Address("192.0.2.77", 1000 + number) for number in range(amount)]

    with pytest.raises(LocalError, match="1 to 16"):
        host.peer.join(OVERLAY, addresses, commons.now)


def test_peer_is_to_enter_by_itself() -> None:
    commons = Commons()
    (host,) = commons.settle("a")

    with pytest.raises(LocalError, match="no other peer"):
        commons.join(host, host)


def test_second_way_in_is_forgotten_while_the_first_is_tried() -> None:
    commons = Commons()
    host, dead, other = commons.settle("abc")
    commons.dead.add(dead.address)
    commons.join(host, dead)
    commons.join(host, dead, other)
    commons.run(100)

    assert contacts(host) == [other.node]
    assert greetings(commons, dead) == 1


def test_state_cannot_be_left() -> None:
    assert {state for state, given in TRANSITIONS if given is Input.LEAVE} == set(State)
    assert {state for state, given in TRANSITIONS if given is Input.JOIN} == set(State)


def test_answer_that_comes_late_lets_a_peer_enter_twice() -> None:
    commons = Commons()
    host, other = commons.settle("ab")
    commons.greet(other, host)
    commons.run(50)
    commons.dead.add(other.address)
    commons.join(host, other)
    (number,) = sequences(commons, other, "FIND")
    assert host.told("entered") == []

    assert say(commons, other, host, Nodes(number, ())) == ""
    assert say(commons, other, host, Nodes(number, ())) == "unexpected-reply"

    assert len(host.told("entered")) == 1
