"""The two transports behind one port, on loopback."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator

import pytest

from coterie.errors import LocalError
from coterie.runtime.ports import Arrival, Multicast, Port, Unicast
from coterie.vocabulary import Address

GROUP = Address("239.77.1.2", 45_790)


@pytest.fixture(name="ports", params=["127.0.0.1", "::1"])
def pair(request: pytest.FixtureRequest) -> Iterator[list[Unicast]]:
    opened = [Unicast(Address(request.param, 0)) for _ in range(2)]
    yield opened
    for each in opened:
        each.close()


def heard(port: Port, count: int) -> list[Arrival]:
    arrived: list[Arrival] = []
    while len(arrived) < count:
        assert select.select(port.sockets, [], [], 5)[0], f"only {len(arrived)} of {count} datagrams came"
        while (arrival := port.receive()) is not None:
            arrived.append(arrival)
    return arrived


def test_burst_is_left_in_the_socket(ports: list[Unicast]) -> None:
    near, far = ports
    assert near.receive() is None

    assert all(near.send(b"%d" % number, far.address) for number in range(300))

    assert heard(far, 300) == [(b"%d" % number, near.address) for number in range(300)]


def test_closed_port_elsewhere_breaks_the_socket(ports: list[Unicast]) -> None:
    near, far = ports
    nowhere = Unicast(Address(near.address.host, 0))
    nowhere.close()

    assert near.send(b"is anybody there", nowhere.address)
    assert near.receive() is None
    assert near.send(b"on we go", far.address)

    assert heard(far, 1) == [(b"on we go", near.address)]


def test_impossible_datagram_stops_the_peer(ports: list[Unicast]) -> None:
    near, far = ports

    assert near.send(bytes(70_000), far.address)
    assert near.lost == 1
    assert near.send(b"next", far.address)

    assert heard(far, 1) == [(b"next", near.address)]


def test_taken_address_ends_in_a_traceback() -> None:
    held = Unicast(Address("127.0.0.1", 0))

    with pytest.raises(LocalError, match=f"cannot listen on {held.address}"):
        Unicast(held.address)

    held.close()


class Full(Unicast):
    """A port whose system takes nothing for a while."""

    def __init__(self) -> None:
        super().__init__(Address("127.0.0.1", 0))
        self._real, self._socket = self._socket, Refusing()  # type: ignore[assignment]

    def relent(self) -> None:
        self._socket = self._real


class Refusing:
    def sendto(self, *_: object) -> None:
        raise BlockingIOError


def test_full_system_loses_or_reorders_what_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coterie.runtime.ports.MOST_WAITING", 3)
    near, far = Full(), Unicast(Address("127.0.0.1", 0))

    assert not any(near.send(b"%d" % number, far.address) for number in range(5))
    assert not near.resume()
    near.relent()
    assert near.resume()
    assert near.send(b"5", far.address)

    assert [data for data, _ in heard(far, 4)] == [b"0", b"1", b"2", b"5"]
    assert near.lost == 2
    near.close()
    far.close()


def test_multicast_is_heard_by_some() -> None:
    ears = [Multicast(Unicast(Address("127.0.0.1", 0)), GROUP) for _ in range(3)]
    speaker = ears[0]

    speaker.send(b"to all", GROUP)
    speaker.send(b"to one", ears[1].address)

    assert heard(ears[0], 1) == [(b"to all", speaker.address)]
    assert sorted(heard(ears[1], 2)) == [(b"to all", speaker.address), (b"to one", speaker.address)]
    assert heard(ears[2], 1) == [(b"to all", speaker.address)]
    for ear in ears:
        ear.close()


@pytest.mark.parametrize(
    ("group", "sentence"),
    [
        (Address("127.0.0.1", 4500), "is no multicast address"),
        (Address("239.1.2.3", 0), "is no multicast address"),
        (Address("ff02::7", 4500), "of different IP versions"),
    ],
)
def test_impossible_group_address_is_joined(group: Address, sentence: str) -> None:
    port = Unicast(Address("127.0.0.1", 0))

    with pytest.raises(LocalError, match=sentence):
        Multicast(port, group)

    assert port.sockets[0].type == socket.SOCK_DGRAM
    port.close()
