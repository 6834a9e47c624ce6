"""The five services: what a receiver is told when frames are late, lost or not yet everyone's."""

from __future__ import annotations

import pytest

from coterie.errors import LocalError
from coterie.multicast.services import SERVICES
from coterie.wire.bodies import Data, Message
from reference.tests.multicast.circle import BASE, Circle, Member, losing, perfect, rough, sealed

RELIABLE = ["source-ordered", "timestamp-ordered", "safe"]


def frame(sender: Member, sequence: int, *parts: bytes, first: int = 0) -> bytes:
    """Fragments of one message from `first` on, or a whole one."""
    count = max(len(parts) + first, 1)
    messages = [Message(BASE + sequence, 0, first + at, count, part) for at, part in enumerate(parts)]
    return sealed(sender, sequence, Data(0, sequence, tuple(messages)))


@pytest.mark.parametrize(
    ("service", "told"),
    [
        ("unordered-unreliable", [[b"3"], [b"1"], [b"2"]]),
        ("source-ordered-unreliable", [[b"3"], [], []]),
        ("source-ordered", [[], [b"1"], [b"2", b"3"]]),
        ("timestamp-ordered", [[], [], []]),
        ("safe", [[], [], []]),
    ],
)
def test_service_tells_too_early_or_too_late(service: str, told: list[list[bytes]]) -> None:
    circle = Circle(3, service=service)
    ada, bob, _ = circle.members

    for number, expected in zip((3, 1, 2), told, strict=True):
        before = len(ada.heard())
        assert circle.deliver(ada, frame(bob, number, b"%d" % number)) == ""
        assert ada.heard()[before:] == expected


@pytest.mark.parametrize("service", ["unordered-unreliable", "source-ordered-unreliable"])
def test_fragments_in_the_wrong_order_make_another_message(service: str) -> None:
    circle = Circle(3, service=service)
    ada, bob, _ = circle.members
    pieces = [Message(BASE + 1, 0, at, 3, b"abc"[at : at + 1]) for at in range(3)]

    for at in (2, 0, 1):
        assert ada.heard() == []
        assert circle.deliver(ada, sealed(bob, at, Data(0, at + 1, (pieces[at],)))) == ""

    assert ada.heard() == [b"abc"]
    assert ada.told("message")[0].fields["sequence"] == 1


def test_safe_message_is_told_before_everyone_holds_it() -> None:
    circle = Circle(3, service="safe")
    ada, bob, cyd = circle.members
    circle.fate = losing("DATA", [cyd])
    circle.send(ada, b"carefully")
    circle.run(1000)
    assert ada.heard() == bob.heard() == []
    assert ada.fact("unstable") == 1

    circle.fate = perfect
    circle.run(500)

    assert ada.heard() == bob.heard() == cyd.heard() == [b"carefully"]
    assert ada.fact("unstable") == 0


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_service_loses_messages_on_a_rough_network(service: str) -> None:
    circle = Circle(3, seed=9, service=service)
    circle.fate = rough
    for number in range(20):
        circle.send(circle.chance.choice(circle.members), b"%d" % number)
        circle.run(10)
    circle.run(3000)

    for member in circle.members:
        heard = member.heard()
        assert len(heard) == len(set(heard))
        if service != "source-ordered-unreliable":
            assert set(heard) == {b"%d" % number for number in range(20)}
        if service in RELIABLE:
            by_sender = {
                row[1]: [each[2] for each in member.order() if each[1] == row[1]] for row in member.order()
            }
            assert all(sequences == sorted(sequences) for sequences in by_sender.values())
    if service in ("timestamp-ordered", "safe"):
        assert circle.members[0].order() == circle.members[1].order() == circle.members[2].order()


def test_members_with_different_services_disagree_about_the_group() -> None:
    circle = Circle(4, senders=[0])
    for member, service in zip(circle.members, sorted(SERVICES), strict=False):
        member.machine.subscribe(service)
        assert member.fact("service") == "timestamp-ordered"
    circle.change(circle.members, senders=[0])
    assert [member.fact("service") for member in circle.members] == sorted(SERVICES)[:4]

    circle.send(circle.members[3], b"may I")
    circle.run(500)

    assert all(member.heard() == [b"may I"] for member in circle.members)
    assert len({member.fact("senders") for member in circle.members}) == 1


def test_safe_message_that_is_not_stable_is_told_before_the_signal() -> None:
    circle = Circle(3, service="safe")
    ada, bob, cyd = circle.members
    circle.fate = losing("DATA HEARTBEAT ALIVE", [cyd])
    circle.send(ada, b"carefully")
    circle.run(500)
    cyd.dead = True
    assert ada.heard() == []

    circle.change([ada, bob])

    for member in (ada, bob):
        names = [event.name for event in member.events if event.name in ("transitional", "message")]
        assert names == ["transitional", "message"]


def test_unknown_service_is_accepted() -> None:
    circle = Circle(1)
    with pytest.raises(LocalError):
        circle.members[0].machine.subscribe("telepathic")
