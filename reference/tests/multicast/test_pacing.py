"""How much is under way: more than the others can follow, or less than they could."""

from __future__ import annotations

import random

from coterie.multicast.pacing import FEWEST, FIRST, QUEUED_MS, Pacing
from coterie.wire.bodies import Nack, Range
from reference.tests.multicast.circle import Circle, Fate, Member
from reference.tests.multicast.test_loss import said


def rounds(pacing: Pacing, *lasted: int, short: bool = True) -> None:
    """One round after the other, each of so many milliseconds."""
    at = 0
    for count, each in enumerate(lasted, start=1):
        pacing.sent(count, short=short, mono_ms=at)
        at += each
        pacing.stable(count, at)


def test_window_closes_for_good() -> None:
    pacing = Pacing()
    rounds(pacing, 10, *[10 + QUEUED_MS + 1] * 40)
    assert pacing.window == FEWEST

    rounds(pacing, *[10] * 40)
    assert pacing.window > FIRST


def test_window_halves_for_a_round_that_was_just_slow() -> None:
    pacing = Pacing()
    rounds(pacing, 10, *[10 + QUEUED_MS] * 3)
    assert pacing.window > FIRST


def test_window_grows_while_nobody_needs_it() -> None:
    pacing = Pacing()
    rounds(pacing, *[10] * 20, short=False)
    assert pacing.window == FIRST


def test_many_questions_of_one_round_close_the_window() -> None:
    pacing = Pacing()
    pacing.sent(100, short=True, mono_ms=0)
    for _ in range(10):
        pacing.asked()
    pacing.stable(100, 500)
    assert pacing.window == FIRST // 2

    pacing.asked()
    assert pacing.window == FIRST // 2


def test_round_ends_before_its_frame_is_stable() -> None:
    pacing = Pacing()
    pacing.sent(7, short=True, mono_ms=0)
    pacing.sent(9, short=False, mono_ms=3)
    before = pacing.fingerprint()
    pacing.stable(6, 4)
    assert pacing.fingerprint() == before
    pacing.stable(7, 5)
    assert pacing.window > FIRST


def data_on_the_wire(circle: Circle, member: Member) -> int:
    return len(said(circle, member, "DATA")) // (len(circle.members) - 1)


def test_sender_has_more_frames_under_way_than_its_window() -> None:
    circle = Circle(3)
    ada, bob, _ = circle.members
    bob.dead = True
    circle.send(ada, *[bytes(1000)] * (FIRST + 50))
    circle.run(10)
    assert data_on_the_wire(circle, ada) == FIRST
    assert ada.fact("waiting") == 50

    bob.dead = False
    circle.run(1000)
    assert ada.fact("waiting") == 0
    assert ada.heard() == bob.heard() == [bytes(1000)] * (FIRST + 50)


def test_message_in_pieces_waits_for_ever_in_a_narrow_window() -> None:
    circle = Circle(3)
    ada, bob, _ = circle.members
    assert ada.machine._view is not None
    ada.machine._view.pacing.window = FEWEST
    circle.send(ada, bytes(50_000), b"after")
    circle.run(1000)
    assert bob.heard() == [bytes(50_000), b"after"]


def test_sender_goes_on_as_before_when_frames_were_lost() -> None:
    circle = Circle(2)
    ada, bob = circle.members
    circle.send(ada, b"one")
    circle.run(0)
    view = ada.machine._view
    assert view is not None
    question = bob.machine._view.pen.seal(Nack((Range(0, 1, 1),)))  # type: ignore[union-attr]
    assert circle.deliver(ada, question) == ""
    assert view.pacing.window == FIRST // 2


def narrow(circle: Circle, buffer: int, speed: int) -> Fate:
    """Each receiver takes `speed` datagrams a millisecond out of a socket that holds `buffer`."""
    free_at: dict[str, float] = {}

    def fate(_chance: random.Random, _source: Member, to: Member, _datagram: bytes) -> list[int]:
        waits = max(free_at.get(to.name, 0.0) - circle.mono, 0.0)
        if waits * speed >= buffer:
            return []
        free_at[to.name] = circle.mono + waits + 1 / speed
        return [1 + int(waits)]

    return fate


def test_all_send_without_end_and_nobody_is_heard_any_more() -> None:
    circle = Circle(8)
    circle.fate = narrow(circle, buffer=600, speed=4)
    for member in circle.members:
        circle.send(member, *[bytes(1000)] * 300)
    silent = 0
    for _ in range(400):
        circle.run(25)
        for member in circle.members:
            heard = [
                member.machine.heard_at(other.node) or 0 for other in circle.members if other is not member
            ]
            silent = max(silent, circle.mono - min(heard))
        if all(len(member.heard()) == 2400 for member in circle.members):
            break

    assert len({tuple(map(repr, member.order())) for member in circle.members}) == 1
    assert len(circle.members[0].heard()) == 2400
    assert silent < 700
