"""Messages by proxy: sent once, signed by their origin, and not lost with a coordinator."""

from __future__ import annotations

import pytest

from coterie.errors import LocalError, NoRoomError
from reference.tests.multicast.circle import Circle, losing, name_of, perfect, rough


def test_member_outside_the_group_has_to_enter_it_to_be_heard() -> None:
    circle = Circle(3, senders=[0])
    ada, bob, cyd = circle.members
    circle.send(cyd, b"one", b"two", proxy=True)
    circle.run(50)

    assert ada.order() == bob.order() == cyd.order()
    assert [(row[1], row[2], row[4], row[5]) for row in bob.order()] == [
        (cyd.node, 1, b"one", 1),
        (cyd.node, 2, b"two", 1),
    ]
    assert ada.fact("senders") == (ada.node,)
    assert [(event.fields["sequence"], event.fields["timestamp"], event.fields["proxied"])
            for event in cyd.told("sent")] == [(1, None, 1), (2, None, 1)]  # fmt: skip
    assert cyd.machine.idle
    assert [name_of(datagram) for source, _, datagram in circle.wire if source is cyd].count("PROXY") == 2


def test_sender_has_others_speak_for_it() -> None:
    circle = Circle(2)
    _, bob = circle.members
    circle.send(bob, b"myself", proxy=True)
    circle.run(50)

    assert [event.fields["proxied"] for event in bob.told("message")] == [0]


def test_request_is_lost_or_repeated_and_the_message_told_never_or_twice() -> None:
    circle = Circle(3, senders=[0], seed=4)
    ada, bob, cyd = circle.members
    circle.fate = rough
    for number in range(100):
        circle.send(cyd, b"%d" % number, proxy=True)
        circle.send(bob, b"bob %d" % number, proxy=True)
        circle.run(5)
    circle.run(6000)

    assert ada.order() == bob.order() == cyd.order()
    for member in (bob, cyd):
        own = [row[4] for row in ada.order() if row[1] == member.node]
        assert own == [event.fields["payload"] for event in member.told("sent")]
        assert len(own) == 100


def test_more_than_sixty_four_are_under_way() -> None:
    circle = Circle(2, senders=[0])
    ada, bob = circle.members
    ada.dead = True
    circle.send(bob, *[b"x"] * 100, proxy=True)
    circle.run(0)
    assert len(circle.wire) == 64
    circle.run(250)
    proxies = [datagram for _, _, datagram in circle.wire if name_of(datagram) == "PROXY"]
    assert len(proxies) == len(set(proxies)) == 128

    ada.dead = False
    circle.run(2000)
    assert len(ada.heard()) == 100


def test_proxied_message_is_lost_with_the_coordinator_or_told_twice() -> None:
    for lost in ("PROXY", "DATA"):
        circle = Circle(4, senders=[0])
        ada, bob, cyd, dan = circle.members
        circle.send(dan, b"before", proxy=True)
        circle.run(20)
        circle.fate = losing(lost, circle.members, [ada, dan])
        circle.send(dan, b"one", b"two", proxy=True)
        circle.run(100)
        ada.dead = True
        circle.fate = perfect

        circle.change([bob, cyd, dan], senders=[0])
        circle.run(600)

        for member in (bob, cyd, dan):
            assert member.heard() == [b"before", b"one", b"two"]
        assert bob.order() == cyd.order() == dan.order()
        assert [row[2] for row in bob.order()] == [1, 1, 2]


def test_proxied_message_of_the_cut_is_sent_anew() -> None:
    circle = Circle(4, senders=[0, 1])
    ada, bob, cyd, dan = circle.members
    bob.dead = True
    circle.send(dan, b"once", proxy=True)
    circle.run(100)
    assert dan.heard() == []

    circle.change([ada, cyd, dan], senders=[0])
    circle.run(1000)

    assert ada.heard() == cyd.heard() == dan.heard() == [b"once"]


def test_origin_that_coordinates_the_next_view_asks_itself() -> None:
    circle = Circle(3, senders=[0])
    ada, bob, cyd = circle.members
    ada.dead = True
    circle.send(bob, b"one", b"two", proxy=True)
    circle.send(bob, b"three")
    circle.run(100)

    circle.change([bob, cyd], senders=[0])
    circle.run(200)

    assert bob.heard() == cyd.heard() == [b"one", b"two", b"three"]
    assert {row[5] for row in cyd.order()} == {0}
    assert bob.machine.idle


def test_message_too_long_for_a_proxy_is_taken() -> None:
    circle = Circle(2, senders=[0])
    _, bob = circle.members
    longest = 1200 - 24 - 28 - 18 - 13 - 16 - 74
    circle.send(bob, bytes(longest), proxy=True)
    with pytest.raises(LocalError):
        bob.machine.send(bytes(longest + 1), circle.now, proxy=True)
    circle.run(50)
    assert circle.members[0].heard() == [bytes(longest)]

    circle.members[0].dead = True
    for _ in range(4096):
        bob.machine.send(b"", circle.now, proxy=True)
    with pytest.raises(NoRoomError):
        bob.machine.send(b"", circle.now, proxy=True)
