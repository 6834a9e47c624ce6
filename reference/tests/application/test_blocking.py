"""The interface for programs without an event loop."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest

from coterie.application import Member, Membership, Message, Service
from coterie.application.blocking import Connection, Group
from coterie.errors import LocalError
from reference.tests.application.fake import Company, company


@pytest.fixture(name="company")
def agreeing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    with company(monkeypatch) as made:
        yield made


def connected(name: str) -> Connection:
    connection = Connection()
    connection.set_name(name)
    connection.connect()
    return connection


def test_program_without_a_loop_hears_nothing(company: Company) -> None:
    ada, bob = connected("ada"), connected("bob")
    first, second = ada.group("club"), bob.group("club")
    heard: list[tuple[str, bytes]] = []
    views: list[int] = []
    enough = Event()

    def on_data(_group: Group, sender: Member, message: bytes) -> None:
        heard.append((sender.name, message))
        if len(heard) == 2:
            enough.set()

    first.on_data = on_data
    first.on_memb = lambda _group, told: views.append(len(told.members))
    first.join()
    second.join(ada.address)
    first.members(2)
    first.send(b"one")
    second.send(b"two")

    assert enough.wait(5)
    story = iter(second)
    told = [next(story) for _ in range(3)]
    bob.disconnect()
    (gone,) = story
    assert isinstance(gone, Membership)
    assert (gone.members, len(gone.left)) == ((), 2)
    ada.disconnect()

    assert heard == [("ada", b"one"), ("bob", b"two")]
    assert views == [1, 2, 1, 0]
    assert isinstance(told[0], Membership)
    assert [message.payload for message in told[1:] if isinstance(message, Message)] == [b"one", b"two"]


def test_program_waits_for_a_connection_that_does_not_stand(company: Company) -> None:
    idle = Connection()
    with pytest.raises(LocalError, match="connect first"):
        idle.group("club").join()
    idle.disconnect()
    with Connection() as connection:
        assert len(connection.group("club").join().members) == 1
        assert connection.group("club").name == "club"
    with pytest.raises(LocalError, match="connect first"):
        connection.group("club").send(b"gone")


def test_blocking_programs_do_not_meet_over_udp() -> None:
    ada, bob = connected("ada"), connected("bob")
    first, second = ada.group("club"), bob.group("club")
    first.set_service(Service.SAFE)
    try:
        first.join()
        second.join(ada.address)
        first.members(2)
        for number in range(50):
            first.send(b"a%d" % number)
            second.send(b"b%d" % number)
        heard = [[], []]  # type: ignore[var-annotated]
        for words, group in zip(heard, (first, second), strict=True):
            for told in group:
                if isinstance(told, Message):
                    words.append(told.payload)
                    if len(words) == 100:
                        break
    finally:
        bob.disconnect()
        ada.disconnect()

    assert heard[0] == heard[1]
    assert sorted(heard[0]) == sorted(b"%c%d" % (who, number) for who in b"ab" for number in range(50))
