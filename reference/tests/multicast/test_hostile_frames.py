"""A member that says whatever it likes, under its own good keys: nobody breaks, and nobody keeps it all."""

from __future__ import annotations

import random

import pytest

from coterie import registry
from coterie.wire.bodies import Alive, Body, Data, Gap, Heartbeat, Message, Nack, Proxy, Range, SenderRequest
from coterie.wire.frames import encode_header
from reference.tests.multicast.circle import BASE, OVERLAY, Circle, sealed

ODD = [0, 1, 2, 3, 64, 65, BASE, BASE + 1, BASE + 5, 4096, 8192, 8193, 2**32, 2**63, 2**64 - 1]


def odd(chance: random.Random, most: int = 2**64 - 1) -> int:
    """A number near something that counts."""
    if chance.random() < 0.5:
        return min(BASE + chance.randint(0, 60), most)
    return min(chance.choice(ODD), most)


def message(chance: random.Random, timestamp: int) -> Message:
    payload = chance.randbytes(chance.choice([0, 1, 2, 74, 90]))
    count = chance.choice([1, 1, 1, 2, 3])
    return Message(timestamp, chance.choice([0, 0, 0, 1, 2, 3]), chance.randrange(count), count, payload)


def lie(chance: random.Random) -> Body:
    match chance.randrange(7):
        case 0 | 1:
            start = odd(chance, 2**63)
            many = range(chance.choice([1, 1, 2, 5]))
            messages = tuple(message(chance, start + chance.choice([at, at, 0])) for at in many)
            return Data(odd(chance), chance.choice([chance.randint(1, 40), odd(chance)]), messages)
        case 2:
            return Heartbeat(
                odd(chance), odd(chance), chance.choice([chance.randint(0, 40), odd(chance)]), odd(chance)
            )
        case 3:
            return Alive(odd(chance), odd(chance), odd(chance))
        case 4:
            ranges = [
                Range(chance.randrange(4), odd(chance), odd(chance)) for _ in range(chance.choice([1, 3, 16]))
            ]
            return Nack(tuple(ranges))
        case 5:
            return Gap(chance.randrange(4), odd(chance), odd(chance))
        case _:
            signed = Proxy(odd(chance), chance.randbytes(5), chance.randbytes(64))
            return chance.choice([SenderRequest(chance.randrange(3)), signed])


@pytest.mark.parametrize("seed", range(10))
def test_liar_breaks_a_member_or_makes_it_disagree_with_another(seed: int) -> None:
    circle = Circle(3, seed)
    ada, bob, cyd = circle.members
    cyd.dead = True
    accepted = 0
    for counter in range(400):
        datagram = sealed(cyd, counter, lie(circle.chance))
        for member in (ada, bob):
            before = member.machine.fingerprint()
            reason = circle.deliver(member, datagram)
            assert not reason or member.machine.fingerprint() == before
            accepted += not reason
        circle.run(circle.chance.choice([0, 0, 1, 30]))
        if counter % 40 == 0:
            circle.send(ada, b"%d" % counter)
    circle.run(500)

    assert accepted > 20
    circle.change([ada, bob], senders=[0, 1])
    circle.send(bob, b"peace")
    circle.run(500)
    honest = [[row for row in member.order() if row[1] != cyd.node] for member in (ada, bob)]
    assert honest[0] == honest[1]
    assert honest[0][-1][4] == b"peace"


def test_sender_without_a_window_fills_the_memory() -> None:
    circle = Circle(3, max_datagram=65_000)
    ada, bob, _ = circle.members
    held = refused = 0
    for number in range(1, 400):
        body = Data(0, 2 * number, (Message(BASE + number, 0, 0, 1, bytes(60_000)),))
        reason = circle.deliver(ada, sealed(bob, number, body))
        held += not reason
        refused += reason == "flow-exceeded"

    assert held == registry.limit("held-octets") // 60_000
    assert refused == 399 - held


def test_sender_fills_the_memory_with_nothings() -> None:
    circle = Circle(3)
    ada, bob, cyd = circle.members
    cyd.dead = True
    for counter, number in enumerate(range(0, 9000, 50)):
        many = tuple(Message(BASE + number + at, 0, 0, 1, b"") for at in range(1, 51))
        reason = circle.deliver(ada, sealed(bob, counter, Data(0, number + 1, many)))
        assert reason == ("" if number + 50 <= registry.limit("held-messages") else "flow-exceeded")
    assert ada.fact("unstable") == 8150


def test_octets_that_are_no_body_are_believed() -> None:
    circle = Circle(2)
    ada, bob = circle.members
    chance = random.Random(1)
    for counter, name in enumerate(["DATA", "HEARTBEAT", "ALIVE", "NACK", "GAP", "SENDER", "PROXY"] * 30):
        octets = chance.randbytes(chance.randrange(60))
        prefix = bob.epoch.view + (1).to_bytes(2, "big") + bytes(2) + counter.to_bytes(8, "big")
        associated = encode_header(name, OVERLAY, len(prefix) + len(octets) + 16) + prefix
        secret = "read" if name in ("DATA", "HEARTBEAT") else "control"
        body = bob.epoch.seal_of(1, secret).seal(counter, associated, octets)  # type: ignore[arg-type]
        circle.deliver(ada, associated + body)

    assert len(ada.refused) > 150
