"""The interface of a program, over peers that always agree."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from coterie.application import Connection, Group, Member, Membership, Message, Settings, group
from coterie.errors import LocalError
from coterie.runtime.chronicle import Chronicle
from coterie.vocabulary import Address
from reference.tests.application.fake import Company, company


@pytest.fixture(name="company")
def agreeing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    with company(monkeypatch) as made:
        yield made


async def connected(name: str, settings: Settings | None = None) -> Connection:
    connection = Connection(settings)
    connection.set_name(name)
    await connection.connect()
    return connection


async def pair() -> tuple[Connection, Connection, Group, Group]:
    ada, bob = await connected("ada"), await connected("bob")
    first, second = ada.group("club"), bob.group("club")
    await first.join()
    await second.join(ada.address)
    return ada, bob, first, second


async def take(told: Group, count: int) -> list[Message | Membership]:
    async with asyncio.timeout(5):
        return [await anext(told) for _ in range(count)]


def test_members_are_told_different_stories(company: Company) -> None:
    async def story() -> tuple[list[Message | Membership], list[Message | Membership]]:
        ada, bob, first, second = await pair()
        await first.send(b"one")
        await second.send(b"two")
        heard = await take(first, 4), await take(second, 3)
        await bob.disconnect()
        gone = await take(first, 1)
        await ada.disconnect()
        return [*heard[0], *gone], heard[1]

    first, second = asyncio.run(story())

    assert [type(told) for told in first] == [Membership, Membership, Message, Message, Membership]
    assert first[1:4] == [second[0].__class__(*_same(first[1], second[0])), *second[1:]]
    alone, both, gone = (told for told in first if isinstance(told, Membership))
    assert [member.name for member in both.members] == ["ada", "bob"]
    assert [member.name for member in both.joined] == ["bob"]
    assert [member.name for member in gone.left] == ["bob"]
    assert alone.members == gone.members


def _same(mine: Message | Membership, other: Message | Membership) -> tuple[object, ...]:
    # who is new depends on whom one knew before; everything else is the same for all
    assert isinstance(mine, Membership)
    assert isinstance(other, Membership)
    assert (mine.view, mine.members, mine.together) == (other.view, other.members, other.together)
    return mine.view, mine.members, mine.joined, mine.left, mine.together


def test_callbacks_miss_a_message_after_one_that_they_choked_on(company: Company) -> None:
    heard: list[tuple[str, str, bytes]] = []
    complaints: list[str] = []

    def on_data(told: Group, sender: Member, message: bytes) -> None:
        heard.append((told.name, str(sender), message))
        if message == b"bad":
            raise ValueError("choked")

    async def story() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _loop, context: complaints.append(str(context["message"]))
        )
        ada = await connected("ada")
        club = ada.group("club")
        club.on_data = on_data
        await club.join()
        for message in (b"good", b"bad", b"good again"):
            await club.send(message)
        await asyncio.sleep(0)
        await ada.disconnect()

    asyncio.run(story())

    assert heard == [("club", "ada", message) for message in (b"good", b"bad", b"good again")]
    assert complaints == ["a callback of the group 'club' failed"]


def test_sender_is_turned_away_when_the_window_is_full(company: Company) -> None:
    async def story() -> list[bytes]:
        ada, bob, first, second = await pair()
        company.room = 1
        await first.send(b"fits")
        assert not first.post(b"does not fit")
        waiting = [asyncio.create_task(first.send(word)) for word in (b"waits", b"waits longer")]
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
        company.room = 10
        await second.send(b"makes room")
        async with asyncio.timeout(5):
            await asyncio.gather(*waiting)
        heard = [told.payload for told in await take(second, 5) if isinstance(told, Message)]
        await bob.disconnect()
        await ada.disconnect()
        return heard

    assert asyncio.run(story()) == [b"fits", b"makes room", b"waits", b"waits longer"]


def test_program_that_takes_nothing_fills_the_memory(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group, "MOST_WAITING", 4)

    async def story() -> None:
        ada, bob, first, second = await pair()
        for _ in range(8):
            await first.send(b"again")
        async with asyncio.timeout(5):
            while second.membership is not None:
                await bob.station.turn()
        told = await take(second, 4)
        assert isinstance(told[0], Membership)
        with pytest.raises(LocalError, match="take them faster"):
            await anext(second)
        with pytest.raises(LocalError, match="take them faster"):
            await second.send(b"too late")
        await ada.disconnect()
        await bob.disconnect()

    asyncio.run(story())


def test_nobody_at_the_contact_is_waited_for_without_end(company: Company) -> None:
    async def story() -> str:
        ada = await connected("ada", Settings(patience_s=0.05))
        with pytest.raises(LocalError) as failed:
            await ada.group("club").join(Address("127.0.0.1", 9))
        await ada.disconnect()
        return str(failed.value)

    said = asyncio.run(story())

    assert said == "nobody let this program into 'club' within 0.05 s; no answer from 127.0.0.1:9"


def test_mistake_of_a_program_is_no_sentence(company: Company, tmp_path: Path) -> None:
    async def story() -> None:
        idle = Connection()
        with pytest.raises(LocalError, match="connect first"):
            await idle.group("club").join()
        with pytest.raises(LocalError, match="is no Group-ID"):
            idle.group("")
        ada = await connected("ada", Settings(state=tmp_path / "ada", patience_s=0.2))
        with pytest.raises(LocalError, match="keeps its state in"):
            await connected("ada", Settings(state=tmp_path / "ada"))
        with pytest.raises(LocalError, match="before connect"):
            ada.set_name("bob")
        with pytest.raises(LocalError, match="stands already"):
            await ada.connect()
        with pytest.raises(LocalError, match="is not in 'club'"):
            await ada.group("club").send(b"?")
        await ada.group("club").join()
        with pytest.raises(LocalError, match=r"has 1 members after 0\.2 s, and not 2"):
            await ada.group("club").members(2)
        with pytest.raises(LocalError, match="is in 'club' already"):
            await ada.group("club").join()
        await ada.disconnect()
        with pytest.raises(LocalError, match="max-datagram is"):
            Settings(max_datagram=100)
        with pytest.raises(LocalError, match="name both, or 1 alone"):
            Settings(suites=(2,))
        with pytest.raises(LocalError, match="one of the suites"):
            Settings(suites=(1,), suite=2)

    asyncio.run(story())


def test_name_is_lost_at_a_restart(company: Company, tmp_path: Path) -> None:
    async def live(name: str) -> Member:
        connection = await connected(name, Settings(state=tmp_path / "ada"))
        joined = await connection.group("club").join()
        await connection.disconnect()
        return joined.members[0]

    first, again, renamed = (asyncio.run(live(name)) for name in ("ada", "ada", "Ada L."))

    assert first == again
    assert (renamed.node, renamed.name) == (first.node, "Ada L.")


def test_restarted_member_founds_a_group_of_its_own(company: Company, tmp_path: Path) -> None:
    async def story() -> list[int]:
        ada = await connected("ada")
        await ada.group("club").join()
        sizes = []
        for life in range(2):
            bob = await connected("bob", Settings(state=tmp_path / "bob"))
            club = bob.group("club")
            sizes.append(len((await (club.rejoin() if life else club.join(ada.address))).members))
            await bob.disconnect()
        await ada.disconnect()
        return sizes

    assert asyncio.run(story()) == [2, 2]


def test_restarted_member_waits_for_ever_where_nobody_is_left(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group, "REJOIN_S", 0.05)
    state = Settings(state=tmp_path / "bob")

    async def story() -> tuple[int, str]:
        ada, bob = await connected("ada"), await connected("bob", state)
        await ada.group("club").join()
        await bob.group("club").join(ada.address)
        await bob.disconnect()
        await ada.disconnect()
        again = await connected("bob", state)
        sizes = len((await again.group("club").rejoin()).members)
        known = again.contacts("club")
        await again.disconnect()
        return sizes, str(known[0])

    size, known = asyncio.run(story())

    assert size == 1
    assert known == str(company.peers[0].config.address)


def test_groups_of_one_connection_hear_each_other(company: Company) -> None:
    async def story() -> list[list[bytes]]:
        ada = await connected("ada")
        clubs = [ada.group(name) for name in ("books", "films")]
        for club in clubs:
            await club.join()
            assert ada.group(club.name) is club
        with pytest.raises(LocalError, match="has a group 'books' already"):
            Group(ada).set_name("books")
        for club in clubs:
            await club.send(club.name.encode())
        heard = [await take(club, 2) for club in clubs]
        await ada.disconnect()
        return [[told.payload for told in each if isinstance(told, Message)] for each in heard]

    assert asyncio.run(story()) == [[b"books"], [b"films"]]
    assert len(company.peers) == 1


def test_peer_goes_on_without_the_disk_that_it_promised_to_write(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_chronicle: Chronicle, _lines: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "trace.jsonl")

    async def story() -> None:
        ada = await connected("ada", Settings(trace=tmp_path))
        club = ada.group("club")
        await club.join()
        monkeypatch.setattr(Chronicle, "write", full)
        await club.send(b"to be written down")
        with pytest.raises(LocalError, match=r"trace\.jsonl: No space left on device; the peer has stopped"):
            await take(club, 9)
        with pytest.raises(LocalError, match="the peer has stopped"):
            await club.send(b"?")
        await ada.disconnect()

    asyncio.run(story())
    assert len(list(tmp_path.glob("*.jsonl"))) == 1
