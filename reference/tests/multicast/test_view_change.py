"""The end of a view: what is frozen, fetched, told and left out, and what goes on in the next one."""

from __future__ import annotations

import pytest

from reference.tests.multicast.circle import Circle, Member, losing, name_of, perfect, rough


def told_since(member: Member, name: str) -> list[object]:
    """The payloads after the first event of that name, up to the next view's."""
    at = next(at for at, event in enumerate(member.events) if event.name == name)
    return [event.fields["payload"] for event in member.events[at:] if event.name == "message"]


def told_before(member: Member, name: str) -> list[object]:
    """The payloads before the first event of that name."""
    at = next(at for at, event in enumerate(member.events) if event.name == name)
    return [event.fields["payload"] for event in member.events[:at] if event.name == "message"]


def test_message_that_one_survivor_was_told_is_lost_with_its_sender() -> None:
    circle = Circle(4, senders=[0, 3])
    ada, bob, cyd, dan = circle.members
    circle.fate = losing("DATA", [ada, cyd])
    circle.send(dan, b"last words")
    circle.send(ada, b"for bob alone")
    circle.run(3)
    dan.dead = True
    assert set(bob.heard()) == {b"for bob alone", b"last words"}

    circle.fate = perfect
    circle.change([ada, bob, cyd])

    for member in (ada, bob, cyd):
        assert told_before(member, "transitional") == bob.heard()


def test_message_of_the_dead_that_nobody_could_order_is_told_to_some() -> None:
    circle = Circle(4)
    ada, bob, cyd, dan = circle.members
    circle.fate = losing("DATA", [ada, cyd])
    circle.send(dan, b"last words")
    circle.run(3)
    dan.dead = True

    circle.fate = perfect
    circle.change([ada, bob, cyd])

    for member in (ada, bob, cyd):
        assert member.heard() == []


def asked_and_answered(count: int) -> Circle:
    """The first asks, the second answers, and the others get the answer and not the question."""
    circle = Circle(count, senders=[0, 1])
    ada, bob, *others = circle.members
    circle.fate = losing("DATA", others, [ada])
    circle.send(ada, b"question")
    circle.run(3)
    assert bob.heard() == [b"question"]
    circle.send(bob, b"answer")
    circle.run(3)
    assert all(member.heard() == [] for member in others)
    circle.fate = perfect
    return circle


@pytest.mark.parametrize("count", [3, 5])
def test_answer_is_told_without_its_question(count: int) -> None:
    circle = asked_and_answered(count)
    ada, bob, *others = circle.members
    ada.dead = bob.dead = True

    circle.change(others)

    for member in others:
        assert member.heard() == []


def test_answer_is_told_before_its_question_was_fetched() -> None:
    circle = asked_and_answered(4)
    ada, bob, cyd, dan = circle.members
    ada.dead = True

    circle.change([bob, cyd, dan])

    for member in (bob, cyd, dan):
        assert told_before(member, "transitional") == [b"question", b"answer"]
        assert told_since(member, "transitional") == []


def test_own_message_is_dropped_with_those_of_the_lost() -> None:
    circle = Circle(4)
    ada, bob, cyd, dan = circle.members
    dan.dead = True
    circle.send(cyd, b"of one who is lost later")
    circle.run(30)
    circle.send(bob, b"mine")
    circle.run(30)
    cyd.dead = True

    circle.change([ada, bob])

    for member in (ada, bob):
        assert member.heard() == told_since(member, "transitional") == [b"mine"]


def test_message_by_proxy_outlives_an_origin_that_is_lost() -> None:
    circle = Circle(4, senders=[0, 3])
    ada, bob, cyd, dan = circle.members
    dan.dead = True
    circle.run(30)
    circle.send(bob, b"of one who is lost", proxy=True)
    circle.send(cyd, b"of one who goes on", proxy=True)
    circle.run(30)
    bob.dead = True

    circle.change([ada, cyd])

    for member in (ada, cyd):
        assert member.heard() == told_since(member, "transitional") == [b"of one who goes on"]


def test_promise_after_the_flush_moves_a_message_to_the_other_side_of_the_signal() -> None:
    circle = Circle(3)
    ada, bob, cyd = circle.members
    circle.fate = losing("HEARTBEAT", [ada, bob], [cyd])
    circle.send(bob, b"waits for cyd")
    circle.run(50)
    circle.freeze([ada, bob])
    before = ada.machine.facts()["acknowledged"]
    circle.fate = losing("HEARTBEAT", [ada], [cyd])
    circle.run(600)

    assert ada.heard() == bob.heard() == []
    assert ada.machine.facts()["acknowledged"] == before
    circle.change([ada, bob])
    for member in (ada, bob):
        assert told_since(member, "transitional") == [b"waits for cyd"]


def test_frozen_members_are_laggards() -> None:
    circle = Circle(2)
    ada, bob = circle.members
    circle.send(ada, b"never stable")
    circle.run(0)
    circle.freeze([ada, bob])
    circle.run(20_000)

    assert ada.machine.laggards(circle.now) == bob.machine.laggards(circle.now) == ()


def test_safe_message_is_called_safe_because_one_had_acknowledged_it() -> None:
    circle = Circle(4, senders=[0, 1], service="safe")
    ada, bob, cyd, dan = circle.members
    circle.fate = losing("DATA ALIVE", [cyd, dan])
    circle.send(ada, b"held by two")
    circle.run(40)
    ada.dead = True
    circle.fate = perfect

    circle.change([bob, cyd, dan])

    for member in (bob, cyd, dan):
        assert told_before(member, "transitional") == []
        assert told_since(member, "transitional") == [b"held by two"]


def test_rest_of_the_cut_is_told_before_the_signal_or_not_at_all() -> None:
    circle = Circle(3)
    ada, bob, cyd = circle.members
    cyd.dead = True
    circle.send(bob, b"cyd never promised", b"so this waits")
    circle.run(1000)
    assert ada.heard() == bob.heard() == []

    circle.change([ada, bob])

    for member in (ada, bob):
        assert told_since(member, "transitional") == [b"cyd never promised", b"so this waits"]
        assert member.told("transitional")[0].fields["together"] == (ada.node, bob.node)


def test_messages_beyond_the_cut_are_told_to_those_who_hold_them() -> None:
    circle = Circle(3)
    ada, bob, cyd = circle.members
    circle.fate = losing("DATA", [ada, bob])
    circle.send(cyd, b"lost everywhere")
    circle.run(1)
    circle.fate = losing("DATA", [ada])
    circle.send(cyd, b"held by one, after a gap")
    circle.run(1)
    cyd.dead = True
    circle.run(5)

    circle.fate = perfect
    circle.change([ada, bob])

    assert ada.heard() == bob.heard() == []


@pytest.mark.parametrize("seed", range(6))
def test_survivors_of_a_rough_network_deliver_different_messages(seed: int) -> None:
    circle = Circle(4, seed)
    circle.fate = rough
    for number in range(30):
        circle.send(circle.chance.choice(circle.members), b"%d" % number)
        circle.run(circle.chance.randint(0, 15))
    circle.members[3].dead = True

    circle.change(circle.members[:3])
    circle.send(circle.members[1], b"new view")
    circle.run(3000)

    orders = [member.order() for member in circle.members[:3]]
    assert orders[0] == orders[1] == orders[2]
    assert orders[0][-1][4] == b"new view"
    own = [row[4] for row in orders[0] if row[1] == circle.members[0].node]
    assert own == [event.fields["payload"] for event in circle.members[0].told("sent")]


def test_frozen_member_goes_on_sending_or_takes_what_it_has_not_stated() -> None:
    circle = Circle(2)
    ada, bob = circle.members
    circle.send(bob, b"on its way")
    circle.run(0)
    held = circle.freeze([ada, bob])
    assert held[bob.node] == {ada.node: 0, bob.node: 1}
    circle.send(ada, b"later")
    circle.wire.clear()

    circle.run(150)
    assert ada.refused == ["view-frozen"]
    assert {name_of(datagram) for _, _, datagram in circle.wire} == {"HEARTBEAT"}
    assert not ada.told("sent")

    circle.recover([ada, bob], held)
    assert not ada.machine.recovered
    circle.run(200)
    assert ada.machine.recovered
    circle.install([ada, bob])
    circle.run(200)
    assert ada.heard() == bob.heard() == [b"on its way", b"later"]
    assert ada.told("sent")[0].fields["view"] == ada.machine.view


def test_second_proposal_hides_what_the_first_one_fetched() -> None:
    circle = Circle(2)
    ada, bob = circle.members
    circle.send(bob, b"one")
    circle.run(0)
    held = circle.freeze([ada, bob])
    circle.recover([ada, bob], held)
    circle.run(300)

    again = circle.freeze([ada, bob])

    assert again[ada.node][bob.node] == 1
    circle.recover([ada, bob], again)
    circle.install([ada, bob])
    assert ada.heard() == bob.heard() == [b"one"]
