"""Signs of life: when a member says that it lives, what it says, and how long nothing is said."""

from __future__ import annotations

import pytest

from coterie.wire.bodies import Alive, Data, Heartbeat, Message
from reference.tests.multicast.circle import BASE, Circle, Member, losing, name_of, perfect, sealed
from reference.tests.multicast.test_loss import opened, said


def times(circle: Circle, member: Member, name: str, milliseconds: int) -> list[int]:
    """When that member says something of that type to its first hearer, from now on."""
    start, found = circle.mono, []
    for _ in range(milliseconds):
        before = len(said(circle, member, name))
        circle.run(1)
        if len(said(circle, member, name)) > before:
            found.append(circle.mono - start)
    return found


@pytest.mark.parametrize(("senders", "name"), [([0, 1], "HEARTBEAT"), ([0], "ALIVE")])
def test_idle_member_falls_silent(senders: list[int], name: str) -> None:
    circle = Circle(2, senders=senders)
    _, bob = circle.members

    assert times(circle, bob, name, 2000) == [500, 1000, 1500, 2000]
    assert {name_of(datagram) for source, _, datagram in circle.wire if source is bob} == {name}


def test_member_with_unstable_messages_beats_as_if_idle() -> None:
    circle = Circle(3, senders=[0])
    ada, bob, cyd = circle.members
    circle.fate = losing("ALIVE", circle.members, [cyd])
    circle.send(ada, b"x")

    assert times(circle, bob, "ALIVE", 350) == [100, 200, 300]
    circle.fate = perfect
    assert times(circle, bob, "ALIVE", 1100) == [50, 150, 250, 350, 450, 950]


def test_heartbeat_says_something_else_than_it_knows() -> None:
    circle = Circle(2)
    ada, bob = circle.members
    circle.send(bob, b"one", b"two")
    circle.run(600)

    last = opened(ada, said(circle, bob, "HEARTBEAT")[-1])
    assert last == Heartbeat(BASE + 2, BASE + 2, 2, 0)
    last = opened(ada, said(circle, ada, "HEARTBEAT")[-1])
    assert last == Heartbeat(BASE + 2, BASE + 2, 0, BASE + 2)


def test_alive_says_something_else_than_it_knows() -> None:
    circle = Circle(2, senders=[0])
    ada, bob = circle.members
    circle.send(ada, b"one")
    circle.run(600)

    assert opened(ada, said(circle, bob, "ALIVE")[-1]) == Alive(BASE + 1, BASE + 1, 0)


def test_others_wait_for_a_sender_that_has_nothing_to_say() -> None:
    circle = Circle(3)
    ada, bob, cyd = circle.members
    circle.send(ada, b"x")
    circle.run(1)

    assert len(said(circle, bob, "HEARTBEAT")) == len(said(circle, cyd, "HEARTBEAT")) == 2
    assert said(circle, ada, "HEARTBEAT") == []


def test_senders_that_have_ordered_a_message_keep_it_to_themselves() -> None:
    circle = Circle(3)
    ada, bob, cyd = circle.members
    circle.send(ada, b"x")
    circle.run(9)
    assert len(said(circle, bob, "HEARTBEAT")) == len(said(circle, cyd, "HEARTBEAT")) == 2
    assert ada.fact("stable") == BASE

    circle.run(5)
    for member in circle.members:
        assert member.fact("stable") == BASE + 1
        assert member.machine.idle
    assert len(said(circle, ada, "HEARTBEAT")) == 2
    circle.run(80)
    assert len(said(circle, bob, "HEARTBEAT")) == 4


def test_member_that_does_not_send_acknowledges_each_message() -> None:
    circle = Circle(3, senders=[0, 1])
    ada, _, cyd = circle.members
    circle.send(ada, b"x")
    assert times(circle, cyd, "ALIVE", 90) == []


def test_sender_promises_without_end_in_one_millisecond() -> None:
    circle = Circle(2)
    ada, bob = circle.members
    circle.run(10)
    for number in range(1, 9):
        one = Data(0, number, (Message(BASE + number, 0, 0, 1, b"x"),))
        assert circle.deliver(ada, sealed(bob, number, one)) == ""
        circle.run(0)
    assert len(said(circle, ada, "HEARTBEAT")) == 4

    circle.run(1)
    assert len(said(circle, ada, "HEARTBEAT")) == 5


def test_sender_that_spoke_a_moment_ago_lets_others_wait_for_its_promise() -> None:
    circle = Circle(2)
    ada, bob = circle.members
    for number in range(1, 4):
        one = Data(0, number, (Message(BASE + 10 * number, 0, 0, 1, b"x"),))
        circle.send(ada, b"own")
        circle.run(0)
        assert circle.deliver(ada, sealed(bob, number, one)) == ""
        circle.run(0)
        assert opened(bob, said(circle, ada, "HEARTBEAT")[-1]).timestamp == BASE + 10 * number  # type: ignore[attr-defined]
        circle.run(1)


def test_receiver_acknowledges_only_by_the_clock() -> None:
    circle = Circle(2, senders=[1])
    ada, bob = circle.members
    circle.run(10)
    for number in range(1, 128):
        one = Data(0, number, (Message(BASE + number, 0, 0, 1, b"x"),))
        assert circle.deliver(bob, sealed(ada, number, one)) == ""
    bob.machine._view.beats.promised = 10**6  # type: ignore[union-attr]
    circle.run(0)
    assert said(circle, bob, "HEARTBEAT") == []

    one = Data(0, 128, (Message(BASE + 128, 0, 0, 1, b"x"),))
    assert circle.deliver(bob, sealed(ada, 128, one)) == ""
    circle.run(0)
    assert len(said(circle, bob, "HEARTBEAT")) == 1


def test_member_alone_talks_to_itself() -> None:
    circle = Circle(1)
    (ada,) = circle.members
    circle.run(1000)
    circle.send(ada, b"hello")
    circle.run(1000)

    assert circle.wire == []
    assert ada.heard() == [b"hello"]
    assert ada.machine.idle
    assert ada.machine.wake() is None


def test_own_words_do_not_count_as_a_sign_of_life() -> None:
    circle = Circle(2)
    ada, _ = circle.members
    circle.run(400)
    circle.fate = losing("DATA", circle.members)
    circle.send(ada, b"x")
    circle.run(1)
    circle.wire.clear()

    assert times(circle, ada, "HEARTBEAT", 160) == [99]
