"""Sessions that end before their peer does: forgotten, or given up for one that is new."""

from __future__ import annotations

import pytest

from coterie import registry
from coterie.errors import RemoteError
from coterie.sessions import admission
from coterie.sessions.session import SessionTable
from coterie.vocabulary import ALL_NODES, Address, NodeId, Now
from coterie.wire import SignedFrame, decode_frame
from coterie.wire.bodies import Body, Depart, Fetch, Find, Nodes, Ping, Store, Stored, Values
from reference.tests.peer.network import Host, Network

KEY, PUBLISHER, SLOT = bytes(32), NodeId(bytes(32)), bytes(16)


class Waiting:
    """A room in which those stand who may give way, and that counts how often it is asked."""

    def __init__(self, *nodes: NodeId) -> None:
        self.nodes = list(nodes)
        self.asked: list[Now] = []

    def give_way(self, now: Now) -> NodeId | None:
        self.asked.append(now)
        return self.nodes[0] if self.nodes else None


def three(monkeypatch: pytest.MonkeyPatch) -> tuple[Network, Host, Host, Host]:
    """B has a session with A and room for no other; C greets it next."""
    network = Network(6)
    a, b, c = (network.add(name, membership="none") for name in "abc")
    network.greet(a, b)
    network.run(20)
    limit = registry.limit
    monkeypatch.setattr(registry, "limit", lambda name: 1 if name == "sessions" else limit(name))
    return network, a, b, c


def admitted(host: Host, octets: bytes) -> str:
    """The reason why checks 7 to 10 refuse a frame, or nothing."""
    frame = decode_frame(octets)
    assert isinstance(frame, SignedFrame)
    try:
        admission.admit(host.inside.standing, host.inside.sessions.table, frame)
    except RemoteError as refused:
        return refused.reason
    return ""


def known(host: Host) -> list[NodeId]:
    return [each.node for each in host.inside.sessions.table.sorted()]


def test_newcomer_is_refused_though_somebody_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    network, a, b, c = three(monkeypatch)
    room = b.inside.sessions.room = Waiting(a.node)

    network.greet(c, b)
    network.run(20)

    assert known(b) == [c.node]
    assert len(room.asked) == 1
    assert network.refuses(a, b, a.inside.standing.sign(b.node, Ping(bytes(8)))) == "no-session"


def test_somebody_gives_way_to_a_greeting_that_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    network, a, b, c = three(monkeypatch)
    room = b.inside.sessions.room = Waiting()

    network.greet(c, b)
    network.run(20)

    assert b.refused == ["session-limit"]
    assert known(b) == [a.node]
    assert len(room.asked) == 1


def test_known_peer_makes_room_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    network, a, b, _ = three(monkeypatch)
    room = b.inside.sessions.room = Waiting(a.node)

    network.greet(a, b)
    network.run(20)

    assert known(b) == [a.node]
    assert room.asked == []


def test_greeter_finds_no_room_for_the_one_it_greets(monkeypatch: pytest.MonkeyPatch) -> None:
    network, a, b, c = three(monkeypatch)
    b.inside.sessions.room = Waiting(a.node)

    network.greet(b, c)
    network.run(20)

    assert known(b) == [c.node]


def test_forgotten_peer_is_still_spoken_with_or_cannot_come_back() -> None:
    network = Network(7)
    a, b = network.add("a", membership="none"), network.add("b", membership="none")
    network.greet(a, b)
    network.run(20)
    table = b.inside.sessions.table

    table.forget(a.node)
    table.forget(a.node)

    assert len(table) == 0
    assert table.at(a.address) is None
    assert network.refuses(a, b, a.inside.standing.sign(b.node, Ping(bytes(8)))) == "no-session"
    network.greet(a, b)
    network.run(20)
    assert known(b) == [a.node]


def test_address_of_two_is_lost_with_one_of_them() -> None:
    network = Network(8)
    a, b, c = (network.add(name) for name in "abc")
    network.introduce()
    table: SessionTable = c.inside.sessions.table
    session = table.get(b.node)
    assert session is not None
    session.address = a.address

    table.forget(a.node)

    assert table.at(a.address) is session
    assert table.at(Address("192.0.2.99", 1)) is None


@pytest.mark.parametrize(
    "body",
    [
        Find(KEY), Nodes(1, ()), Store(b"x"), Stored(1), Fetch(KEY, PUBLISHER, SLOT), Values(1, 0, ()),
        Depart(),
    ],
    ids=lambda body: type(body).__name__,
)  # fmt: skip
def test_frame_of_the_overlay_comes_twice_or_to_everybody(body: Body) -> None:
    network = Network(9)
    a, b = network.add("a", membership="none"), network.add("b", membership="none")
    network.greet(a, b)
    network.run(20)

    sent = a.inside.standing.sign(b.node, body)

    assert admitted(b, sent) == ""
    assert admitted(b, sent) == "replayed"
    assert admitted(b, a.inside.standing.sign(ALL_NODES, body)) == "wrong-destination"
