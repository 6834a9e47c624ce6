"""Sending: what goes into a frame, what is cut, what waits, and what is never sent at all."""

from __future__ import annotations

import pytest

from coterie.effects import Event, Send
from coterie.errors import LocalError, NoRoomError
from coterie.vocabulary import Address
from coterie.wire.bodies import Data
from reference.tests.multicast.circle import BASE, Circle, losing, name_of, perfect
from reference.tests.multicast.test_loss import opened, said

CAPACITY = 1200 - 24 - 28 - 18 - 13 - 16


def test_messages_of_one_batch_go_out_one_by_one() -> None:
    circle = Circle(2)
    ada, bob = circle.members
    circle.send(ada, *[b"%d" % number for number in range(300)])
    assert circle.wire == []
    circle.run(0)

    bodies = [opened(bob, datagram) for datagram in said(circle, ada, "DATA")]
    assert all(isinstance(body, Data) for body in bodies)
    counts = [len(body.messages) for body in bodies]  # type: ignore[attr-defined]
    assert sum(counts) == 300
    assert len(counts) == -(-(10 * 14 + 90 * 15 + 200 * 16) // (1200 - 86))
    timestamps = [message.timestamp for body in bodies for message in body.messages]  # type: ignore[attr-defined]
    assert timestamps == [*range(BASE + 1, BASE + 301)]
    assert [body.first_sequence for body in bodies] == [1 + sum(counts[:at]) for at in range(len(counts))]  # type: ignore[attr-defined]


def test_frame_has_more_messages_than_may_be() -> None:
    circle = Circle(2, max_datagram=8192)
    ada, bob = circle.members
    circle.send(ada, *[b""] * 600)
    circle.run(0)

    bodies = [opened(bob, datagram) for datagram in said(circle, ada, "DATA")]
    assert [len(body.messages) for body in bodies] == [256, 256, 88]  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", [0, 1, CAPACITY, CAPACITY + 1, 5 * CAPACITY, 64 * CAPACITY])
def test_long_message_is_cut_wrongly(size: int) -> None:
    circle = Circle(3)
    ada, bob, cyd = circle.members
    payload = bytes(at % 251 for at in range(size))
    circle.send(ada, b"before", payload, b"after")
    circle.run(50)

    assert ada.heard() == bob.heard() == cyd.heard() == [b"before", payload, b"after"]
    datagrams = said(circle, ada, "DATA")
    assert max(map(len, datagrams)) <= 1200
    if size > CAPACITY:
        count = -(-size // CAPACITY)
        pieces = [message for datagram in datagrams[::2] for message in opened(bob, datagram).messages  # type: ignore[attr-defined]
                  if message.fragment_count > 1]  # fmt: skip
        assert [piece.fragment_index for piece in pieces] == [*range(count)]
        assert {(piece.fragment_count, piece.timestamp) for piece in pieces} == {(count, BASE + 2)}
        assert [len(piece.payload) for piece in pieces[:-1]] == [CAPACITY] * (count - 1)
    sent = [event.fields for event in ada.told("sent")]
    assert [fields["fragments"] for fields in sent] == [1, max(1, -(-size // CAPACITY)), 1]
    assert [fields["sequence"] for fields in sent] == [1, 2, 2 + max(1, -(-size // CAPACITY))]


def test_message_that_no_cut_can_hold_is_taken() -> None:
    circle = Circle(2)
    ada, _ = circle.members
    with pytest.raises(LocalError):
        ada.machine.send(bytes(64 * CAPACITY + 1), circle.now)
    with pytest.raises(LocalError):
        circle.members[1].machine.subscribe("nothing")
    ada.machine.end()
    with pytest.raises(LocalError):
        ada.machine.send(b"into the void", circle.now)


def test_sender_floods_a_receiver_that_acknowledges_nothing() -> None:
    circle = Circle(2)
    ada, bob = circle.members
    bob.dead = True
    for number in range(4000):
        circle.send(ada, number.to_bytes(2, "big"))
    circle.run(10)
    for number in range(4000, 8096):
        circle.send(ada, number.to_bytes(2, "big"))
    circle.run(10)
    for number in range(8096, 8192):
        circle.send(ada, number.to_bytes(2, "big"))
    assert ada.fact("unstable") == 4096
    assert ada.fact("waiting") == 4096
    with pytest.raises(NoRoomError):
        ada.machine.send(b"", circle.now)

    bob.dead = False
    circle.run(3000)

    assert len(bob.heard()) == 8192
    assert ada.heard() == bob.heard()
    assert ada.machine.idle


def test_four_mebioctets_are_not_enough_for_a_sender() -> None:
    circle = Circle(2, max_datagram=65_000)
    ada, bob = circle.members
    bob.dead = True
    for _ in range(2):
        circle.send(ada, *[bytes(60_000)] * 50)
        circle.run(10)
    assert ada.fact("unstable") == 4 * 1024 * 1024 // 60_000 == 69
    assert ada.fact("waiting") == 31
    circle.send(ada, *[bytes(60_000)] * 38)
    with pytest.raises(NoRoomError):
        ada.machine.send(bytes(60_000), circle.now)


def test_application_hears_of_its_message_after_the_network() -> None:
    circle = Circle(1)
    (ada,) = circle.members
    ada.machine.send(b"x", circle.now)
    effects = ada.machine.fire(circle.now)
    assert [effect.name for effect in effects if isinstance(effect, Event)] == ["sent", "message", "stable"]

    circle = Circle(2)
    ada, _ = circle.members
    ada.machine.send(b"x", circle.now)
    effects = ada.machine.fire(circle.now)
    assert isinstance(effects[0], Event)
    assert isinstance(effects[1], Send)
    assert effects[0].fields == {
        "view": ada.epoch.view, "sequence": 1, "timestamp": BASE + 1, "fragments": 1, "payload": b"x",
        "proxied": 0,
    }  # fmt: skip


def test_group_with_an_address_sends_to_each_member() -> None:
    everyone = Address("239.1.2.3", 5000)
    circle = Circle(3, multicast=everyone)
    ada, bob, cyd = circle.members
    circle.mono += 5
    ada.machine.send(b"x", circle.now)
    sends = [effect for effect in ada.machine.fire(circle.now) if isinstance(effect, Send)]
    assert [effect.to for effect in sends] == [everyone]
    for member in (bob, cyd):
        assert circle.deliver(member, sends[0].datagram) == ""
        beats = [effect for effect in member.machine.fire(circle.now) if isinstance(effect, Send)]
        assert [(effect.to, name_of(effect.datagram)) for effect in beats] == [(everyone, "HEARTBEAT")]
    assert circle.refuses(ada, sends[0].datagram) == "bad-sender-index"


def test_origin_is_not_signed_where_the_group_wants_it() -> None:
    circle = Circle(3, signs_origin=True)
    ada, bob, cyd = circle.members
    circle.send(ada, b"mine", bytes(3000))
    circle.run(50)

    assert bob.heard() == cyd.heard() == [b"mine", bytes(3000)]
    assert max(len(datagram) for _, _, datagram in circle.wire) == 1200


def test_sent_messages_are_kept_after_everyone_holds_them() -> None:
    circle = Circle(3)
    ada, bob, cyd = circle.members
    circle.fate = losing("DATA", [cyd])
    circle.send(ada, *[bytes(1000)] * 50)
    circle.run(1000)
    assert ada.fact("unstable") == bob.fact("unstable") == 50
    assert ada.told("stable") == [] or ada.told("stable")[-1].fields["timestamp"] == BASE

    circle.fate = perfect
    circle.run(2000)

    assert [member.fact("unstable") for member in circle.members] == [0, 0, 0]
    assert ada.told("stable")[-1].fields["timestamp"] == BASE + 50
    assert [stream.payload for stream in bob.machine._view.streams] == [0, 0, 0]  # type: ignore[union-attr]


def test_member_that_holds_everyone_up_is_not_named() -> None:
    circle = Circle(3)
    ada, bob, cyd = circle.members
    circle.fate = losing("DATA NACK", [cyd])
    circle.send(ada, b"x")
    circle.run(9_990)
    assert ada.machine.laggards(circle.now) == ()
    circle.run(20)
    assert ada.machine.laggards(circle.now) == bob.machine.laggards(circle.now) == (cyd.node,)
    assert cyd.machine.laggards(circle.now) == ()


def test_sender_that_promises_nothing_makes_the_others_look_slow() -> None:
    circle = Circle(3)
    ada, bob, cyd = circle.members
    circle.fate = losing("HEARTBEAT", circle.members, [cyd])
    for member in (bob, cyd):
        member.machine._view.entrance.said_at += 5000  # type: ignore[union-attr]
    circle.send(ada, b"x")
    circle.run(10_100)

    assert ada.machine.laggards(circle.now) == bob.machine.laggards(circle.now) == (cyd.node,)
