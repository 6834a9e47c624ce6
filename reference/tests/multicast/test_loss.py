"""Loss: how it is noticed, whom a member asks, how often, and what comes back."""

from __future__ import annotations

import pytest

from coterie import registry
from coterie.wire.bodies import Data, Heartbeat, Message, Nack, Range
from coterie.wire.codec import decode_body
from coterie.wire.frames import SealedFrame, decode_frame
from reference.tests.multicast.circle import BASE, Circle, Member, losing, name_of, perfect, sealed

READ_NAMES = ("DATA", "HEARTBEAT")


def said(circle: Circle, member: Member, name: str) -> list[bytes]:
    """The different datagrams of that type that a member has sent."""
    return [datagram for source, _, datagram in circle.wire if source is member and name_of(datagram) == name]


def opened(reader: Member, datagram: bytes) -> object:
    """The body of a sealed frame, read with the keys of the view."""
    frame = decode_frame(datagram, max_datagram=65_000)
    assert isinstance(frame, SealedFrame)
    kind = "read" if frame.header.name in READ_NAMES else "control"
    seal = reader.epoch.seal_of(frame.sender_index, kind)  # type: ignore[arg-type]
    return decode_body(frame.header.name, seal.open(frame.counter, frame.associated, frame.sealed))


def message(sequence: int, payload: bytes = b"x") -> Data:
    return Data(0, sequence, (Message(BASE + sequence, 0, 0, 1, payload),))


def test_last_message_is_lost_and_nobody_notices() -> None:
    circle = Circle(3)
    ada, bob, cyd = circle.members
    circle.fate = losing("DATA", [bob])
    circle.send(ada, b"the last")
    circle.run(2)
    circle.fate = perfect

    circle.run(300)

    assert bob.heard() == cyd.heard() == [b"the last"]
    assert len(said(circle, bob, "NACK")) == 1
    assert said(circle, cyd, "NACK") == []


def test_repair_is_another_frame_or_goes_to_everyone() -> None:
    circle = Circle(3)
    ada, bob, cyd = circle.members
    circle.fate = losing("DATA", [bob])
    circle.send(ada, b"the last")
    circle.run(2)
    circle.fate = perfect
    circle.run(300)

    sent = [(to, datagram) for source, to, datagram in circle.wire if name_of(datagram) == "DATA"]
    assert [to for to, _ in sent] == [bob.standing.address, cyd.standing.address, bob.standing.address]
    assert len({datagram for _, datagram in sent}) == 1


def test_member_asks_before_reordered_frames_had_their_chance() -> None:
    circle = Circle(2)
    ada, bob = circle.members
    assert circle.deliver(ada, sealed(bob, 1, message(2))) == ""
    wanted = ada.machine._view.repairs.wake()  # type: ignore[union-attr]
    assert wanted is not None
    assert 0 <= wanted - circle.mono <= registry.timer("nack-delay")

    assert circle.deliver(ada, sealed(bob, 0, message(1))) == ""
    circle.run(50)

    assert said(circle, ada, "NACK") == []


def test_gap_is_asked_for_too_often_or_of_one_holder_only() -> None:
    circle = Circle(3)
    ada, bob, cyd = circle.members
    circle.fate = losing("DATA NACK", [ada, bob, cyd])
    assert circle.deliver(bob, sealed(cyd, 5, Heartbeat(0, BASE + 9, 3, 0))) == ""

    circle.run(1000)

    asked = [
        (to, opened(ada, datagram)) for source, to, datagram in circle.wire if name_of(datagram) == "NACK"
    ]
    assert {body for _, body in asked} == {Nack((Range(2, 1, 3),))}
    turns = [cyd.standing.address, ada.standing.address] * 5
    assert [to for to, _ in asked] == turns
    assert [event.fields["first"] for event in bob.told("nack")] == [1] * 10


def test_silent_holder_is_asked_again_and_again() -> None:
    circle = Circle(3)
    ada, bob, cyd = circle.members
    assert circle.deliver(bob, sealed(cyd, 5, Heartbeat(0, BASE + 9, 3, 0))) == ""
    cyd.dead = True
    circle.run(2200)
    circle.wire.clear()

    circle.run(500)

    asked = {to for source, to, datagram in circle.wire if name_of(datagram) == "NACK"}
    assert asked == {ada.standing.address}


def test_many_gaps_are_asked_for_in_too_many_or_too_long_questions() -> None:
    circle = Circle(2)
    ada, bob = circle.members
    circle.fate = losing("NACK", [bob])
    for number in range(1, 41):
        assert circle.deliver(ada, sealed(bob, number, message(2 * number))) == ""
    circle.run(60)

    asked = [opened(bob, datagram) for datagram in said(circle, ada, "NACK")]
    assert [len(body.ranges) for body in asked] == [16, 16, 8]  # type: ignore[attr-defined]
    ranges = [each for body in asked for each in body.ranges]  # type: ignore[attr-defined]
    assert ranges == [Range(1, 2 * number - 1, 2 * number - 1) for number in range(1, 41)]


def test_member_with_gaps_of_everyone_asks_more_than_a_hundred_times_a_second() -> None:
    circle = Circle(8)
    ada = circle.members[0]
    circle.fate = losing("NACK", circle.members)
    for number in range(100):
        for other in circle.members[1:]:
            beat = Heartbeat(0, BASE + 9 + number, 2 * number + 1, 0)
            circle.deliver(ada, sealed(other, 1000 + number, beat))
            circle.deliver(ada, sealed(other, 3000 + number, Data(0, 2 * number + 2, (
                Message(BASE + 10 + number, 0, 0, 1, b"x"),))))  # fmt: skip
        circle.run(10)

    times = len(said(circle, ada, "NACK"))
    by_holder = [
        sum(
            to == other.standing.address
            for source, to, datagram in circle.wire
            if name_of(datagram) == "NACK"
        )
        for other in circle.members
    ]
    assert times > 100
    assert max(by_holder) <= 101


def test_answer_floods_the_one_who_asked() -> None:
    circle = Circle(2)
    ada, bob = circle.members
    circle.fate = losing("DATA", [bob])
    ada.machine._view.pacing.window = 100  # type: ignore[union-attr]
    for number in range(100):
        circle.send(ada, b"%d" % number)
        circle.run(0)
    circle.wire.clear()

    assert (
        circle.deliver(ada, sealed(bob, 9, Nack((Range(0, 90, 100), Range(0, 95, 99), Range(0, 1, 80)))))
        == ""
    )

    answer = said(circle, ada, "DATA")
    assert len(answer) == 64
    firsts = [opened(bob, datagram).first_sequence for datagram in answer]  # type: ignore[attr-defined]
    assert firsts == [*range(90, 101), *range(1, 54)]


def test_what_was_forgotten_is_passed_over_in_silence() -> None:
    circle = Circle(2)
    ada, bob = circle.members
    for number in range(5):
        circle.send(ada, b"%d" % number)
        circle.run(200)
    assert ada.fact("unstable") == 0
    circle.wire.clear()

    assert circle.deliver(ada, sealed(bob, 900, Nack((Range(0, 2, 9), Range(1, 1, 9))))) == ""
    assert said(circle, ada, "DATA") == []
    (gap,) = said(circle, ada, "GAP")
    assert opened(bob, gap) == type(opened(bob, gap))(0, 2, 5)
    circle.run(5)
    (told,) = bob.told("gap")
    assert told.fields == {"view": bob.epoch.view, "sender": ada.node, "first": 2, "last": 5}


@pytest.mark.parametrize("name", ["ada", "bob"])
def test_recovery_asks_for_what_is_beyond_the_cut_or_nobody(name: str) -> None:
    circle = Circle(3)
    ada, bob, cyd = circle.members
    circle.fate = losing("DATA", [bob])
    circle.send(cyd, b"one", b"two")
    circle.run(2)
    cyd.dead = True
    circle.wire.clear()
    held = circle.freeze([ada, bob])
    circle.run(150)
    assert said(circle, bob, "NACK") == []

    circle.fate = perfect
    circle.recover([ada, bob], held)
    circle.run(30)

    asked = [(source.name, to) for source, to, datagram in circle.wire if name_of(datagram) == "NACK"]
    assert asked == [("bob", ada.standing.address)]
    assert bob.machine.recovered


def test_rest_of_a_long_gap_waits_although_the_answer_was_full() -> None:
    circle = Circle(2)
    ada, bob = circle.members
    circle.fate = losing("DATA", [bob])
    for number in range(90):
        circle.send(ada, b"%1000d" % number)
    circle.run(2)
    assert len(said(circle, ada, "DATA")) > registry.limit("repairs")
    circle.fate = perfect

    while not said(circle, bob, "NACK"):
        circle.run(1)
    circle.run(50)

    assert len(said(circle, bob, "NACK")) == 2
    assert len(bob.heard()) == 90
