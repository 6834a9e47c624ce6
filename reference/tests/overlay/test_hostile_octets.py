"""Hostile octets in the frames of the overlay, rightly signed: only refusals come of them, and no change."""

from __future__ import annotations

import random

import pytest

from coterie import registry
from coterie.crypto import signature
from coterie.peer import Value
from coterie.vocabulary import NodeId
from coterie.wire import frames, segments
from coterie.wire.bodies import Body, Depart, Fetch, Find, Nodes, Refuse, Store, Stored, Values
from reference.tests.overlay.commons import MEMBERS, Commons, facts
from reference.tests.overlay.puppet import acquainted, rows, sealed, sequences
from reference.tests.peer.network import OVERLAY, Host

ROUNDS = 150
BODY_AT = frames.HEADER_SIZE + frames.SIGNED_PREFIX_SIZE
SEQUENCE = slice(frames.HEADER_SIZE + 40, frames.HEADER_SIZE + 48)


def busy() -> tuple[Commons, Host, Host]:
    """A client that waits for an answer to each kind of request, and a peer, both known to a puppet."""
    commons = Commons()
    puppet, other = commons.settle(["puppet", "other"])
    (host,) = commons.settle(["host"], role="client")
    acquainted(commons, puppet, other, host=host)
    host.peer.publish(OVERLAY, Value(MEMBERS, bytes(16), 600, b"value"), commons.now)
    host.peer.fetch(OVERLAY, MEMBERS, commons.now)
    commons.collect(host)
    for each in (puppet, other):
        for number in sequences(commons, each, "FIND"):
            commons.deliver(each.address, host, each.inside.standing.sign(host.node, Nodes(number, ())))
    host.peer.find(OVERLAY, bytes(32), commons.now)
    commons.collect(host)
    return commons, host, puppet


def bodies(commons: Commons, host: Host, puppet: Host) -> list[Body]:
    """One of each type, as good as it can be."""
    found, stored, fetched = (sequences(commons, puppet, name)[-1] for name in ("FIND", "STORE", "FETCH"))
    nobody = NodeId(bytes(32))
    return [
        Find(bytes(range(32))), Store(sealed(puppet)), Fetch(bytes(32), nobody, bytes(16)),
        Nodes(found, rows(bytes(32), puppet, host)), Stored(stored),
        Values(fetched, 1, (sealed(puppet),)),
        Refuse(found, 0x0A02, registry.frame_type("FIND").code), Depart(),
    ]  # fmt: skip


def spoilt(chance: random.Random, frame: bytes, host: Host) -> bytes:
    """The same frame with another body, signed anew."""
    body = bytearray(frame[BODY_AT : -frames.SIGNATURE_SIZE])
    for _ in range(chance.randint(1, 3)):
        match chance.randrange(3):
            case 0 if body:
                body[chance.randrange(len(body))] = chance.randrange(256)
            case 1 if body:
                del body[chance.randrange(len(body)) :]
            case _:
                body[chance.randint(0, len(body)) : 0] = chance.randbytes(chance.randint(1, 40))
    whole = bytearray(frame[:BODY_AT] + bytes(body))
    whole[6:8] = (len(whole) - frames.HEADER_SIZE + frames.SIGNATURE_SIZE).to_bytes(2, "big")
    return bytes(whole) + signature.sign(host.inside.standing.identity.key, frames.to_sign(bytes(whole)))


@pytest.mark.parametrize("role", ["peer", "client"])
@pytest.mark.parametrize("kind", range(8))
def test_spoilt_body_breaks_a_peer_or_changes_it(kind: int, role: str) -> None:
    chance = random.Random(kind)
    commons, client, puppet = busy()
    host = client if role == "client" else commons.hosts[1]
    if host is not client:
        commons.dead.discard(host.address)
        acquainted(commons, puppet, host=host)

    for number in range(ROUNDS):
        commons.mono += 10 if number % 40 else 1000
        before = facts(host)["digest"]
        said = puppet.inside.standing.sign(host.node, bodies(commons, host, puppet)[kind])
        frame = spoilt(chance, said, puppet)
        reason = deliver(commons, puppet, host, frame)
        if reason:
            assert facts(host)["digest"] == before, reason
        elif facts(host)["sessions"] == [] or kind == 7:
            # it said goodbye after all
            return
    assert host.refused


def deliver(commons: Commons, source: Host, to: Host, frame: bytes) -> str:
    if len(frame) <= frames.DATAGRAM:
        return commons.deliver(source.address, to, frame)
    pieces = [frames.encode_header("SEGMENT", OVERLAY, len(each)) + each for each in segments.cut(frame)]
    return [commons.deliver(source.address, to, piece) for piece in pieces][-1]
