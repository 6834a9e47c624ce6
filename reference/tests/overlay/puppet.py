"""Puppets: hosts of an overlay whose frames a test writes itself, so that they may say anything."""

from __future__ import annotations

from typing import Any

from coterie.overlay.distance import distance
from coterie.values import envelope
from coterie.vocabulary import NodeId
from coterie.wire import decode_frame, frames, segments
from coterie.wire.bodies import Body, Neighbour
from coterie.wire.contact import Contact
from coterie.wire.frames import SignedFrame
from coterie.wire.rows import Envelope
from reference.tests.overlay.commons import Commons
from reference.tests.peer.network import OVERLAY, WALL, Host, body_of, name_of

MEMBERS_KIND = 2


def say(commons: Commons, puppet: Host, to: Host, body: Body) -> str:
    """A frame of the puppet with that body arrives, in segments where it is long; the reason why it is
    refused, or nothing."""
    frame = puppet.inside.standing.sign(to.node, body)
    if len(frame) <= frames.DATAGRAM:
        return commons.deliver(puppet.address, to, frame)
    pieces = [frames.encode_header("SEGMENT", OVERLAY, len(each)) + each for each in segments.cut(frame)]
    return [commons.deliver(puppet.address, to, piece) for piece in pieces][-1]


def heard(commons: Commons, puppet: Host, name: str) -> list[Any]:
    """The bodies of all frames of that type that were sent to the puppet, in their order."""
    return [
        body_of(datagram)
        for _, address, datagram in commons.wire
        if address == puppet.address and name_of(datagram) == name
    ]


def sequences(commons: Commons, puppet: Host, name: str) -> list[int]:
    """The sequence numbers of the frames of that type that were sent to the puppet."""
    found = [
        decode_frame(datagram)
        for _, address, datagram in commons.wire
        if address == puppet.address and name_of(datagram) == name
    ]
    return [frame.sequence for frame in found if isinstance(frame, SignedFrame)]


def acquainted(commons: Commons, *puppets: Host, host: Host) -> None:
    """The puppets greet the host, and answer nothing from then on."""
    for puppet in puppets:
        commons.greet(puppet, host)
    commons.run(50)
    for puppet in puppets:
        commons.dead.add(puppet.address)


def rows(target: bytes, *hosts: Host) -> tuple[Neighbour, ...]:
    """What an honest NODES would state of `hosts`."""
    ordered = sorted(hosts, key=lambda host: distance(host.node, target))
    return tuple(Neighbour(host.node, Contact.of(host.address)) for host in ordered)


def row(node: bytes, host: Host) -> Neighbour:
    """A row that says that `node` is where `host` is."""
    return Neighbour(NodeId(node), Contact.of(host.address))


def sealed(host: Host, value: bytes = b"value", **changes: Any) -> bytes:
    """An envelope of the host."""
    identity = host.inside.standing.identity
    lifetime = 600 if value else 86_400
    given = {
        "kind": MEMBERS_KIND, "name": b"gardeners", "slot": bytes(16), "sequence": WALL, "lifetime": lifetime,
        "leaf": identity.leaf, "value": value, "signature": envelope.NOT_SIGNED,
    } | changes  # fmt: skip
    return envelope.sign(identity.key, OVERLAY, Envelope(**given))
