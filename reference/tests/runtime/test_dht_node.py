"""The way from the threads of OpenDHT into the event loop, over a library that does what the test says."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from coterie.errors import LocalError
from coterie.runtime import dht_node
from coterie.runtime.dht_node import Answer, DhtNode
from coterie.runtime.opendht import OpenDht, is_complete
from coterie.vocabulary import Address
from reference.tests.runtime.abroad import MAIN, Traveller

HERE = Address("127.0.0.1", 0)
KEY = bytes(range(32))
SOMEBODY = SimpleNamespace(getNode=lambda: SimpleNamespace(getAddr=lambda: b"192.0.2.1:4222"))


class Value:
    """A value of the library."""

    def __init__(self, data: bytes, user_type: str | None = None) -> None:
        self.data = data
        self.tag = user_type
        self.id = 0

    @property
    def user_type(self) -> str:
        if self.tag is None:
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no text")
        return self.tag

    @user_type.setter
    def user_type(self, tag: str) -> None:
        self.tag = tag


class Runner:
    """A node that ends nothing by itself."""

    def __init__(self) -> None:
        self.gets: list[tuple[str, Callable[[Value], bool], Callable[[bool, list[Any]], None]]] = []
        self.puts: list[tuple[str, Value, Callable[[bool, list[Any]], None]]] = []
        self.cancelled: list[Value] = []
        self.known: list[tuple[str, str]] = []
        self.is_shut = self.is_joined = False
        self.shuts_down = True

    def run(self, **given: Any) -> None:
        self.given = given

    def getBound(self, _family: int) -> Any:  # noqa: N802
        return SimpleNamespace(getPort=lambda: 4222)

    def bootstrap(self, host: str, port: str) -> None:
        self.known.append((host, port))

    def get(self, key: str, get_cb: Any, done_cb: Any) -> None:
        self.gets.append((key, get_cb, done_cb))

    def put(self, key: str, value: Value, done_cb: Any, *, permanent: bool) -> None:
        assert permanent
        self.puts.append((key, value, done_cb))

    def cancelPut(self, _key: str, value: Value) -> None:  # noqa: N802
        self.cancelled.append(value)

    def shutdown(self, shutdown_cb: Callable[[], None] | None) -> None:
        self.is_shut = True
        if shutdown_cb is not None and self.shuts_down:
            in_a_thread(shutdown_cb)

    def join(self) -> None:
        self.is_joined = True


class Library(SimpleNamespace):
    """The module, with the nodes that were made of it."""

    def __init__(self) -> None:
        super().__init__(Value=Value, InfoHash=lambda digits: digits.decode())
        self.runners: list[Runner] = []

    def DhtConfig(self) -> Any:  # noqa: N802
        return SimpleNamespace(setPeerDiscovery=lambda *_: None)

    def DhtRunner(self) -> Runner:  # noqa: N802
        self.runners.append(Runner())
        return self.runners[-1]


def in_a_thread(call: Callable[..., Any], *given: Any) -> Any:
    """Call as the library does, and wait for it."""
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(call(*given)))
    thread.start()
    thread.join()
    return answers[0]


@pytest.fixture(name="library")
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    library = Library()
    monkeypatch.setattr(dht_node, "load", lambda: library)
    monkeypatch.setattr(dht_node, "FAREWELL_S", 0.1)
    monkeypatch.setattr(dht_node, "GONE_S", 0.1)
    yield library
    dht_node.kept_alive.clear()


def play(library: Library, story: Callable[[DhtNode, Runner, list[Answer]], Awaitable[None]]) -> Runner:
    """A node, and what it tells of gets and puts."""

    async def whole() -> Runner:
        node, told = DhtNode(HERE, ()), list[Answer]()
        await story(node, library.runners[0], told)
        await node.close()
        return library.runners[0]

    return asyncio.run(whole())


def ours(number: int = 0, size: int = 4) -> Value:
    return Value(number.to_bytes(size, "big"), dht_node.TAG)


async def settle() -> None:
    """Let the loop do what it was handed."""
    for _ in range(3):
        await asyncio.sleep(0)


def test_missing_library_ends_in_a_riddle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opendht", None)

    with pytest.raises(LocalError, match=r"pip install 'coterie\[opendht\]'"):
        dht_node.load()


def test_taken_port_ends_the_program(library: Library) -> None:
    async def story() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            with pytest.raises(LocalError, match="choose another address"):
                DhtNode(Address(*taken.getsockname()), ())
        with pytest.raises(LocalError, match="choose another address"):
            DhtNode(Address("192.0.2.1", 0), ())

    asyncio.run(story())

    assert library.runners == []


def test_values_of_strangers_reach_the_peer(library: Library) -> None:
    async def story(node: DhtNode, runner: Runner, told: list[Answer]) -> None:
        node.get(KEY, told.append)
        key, found, done = runner.gets[0]
        assert key == KEY[:20].hex()
        for value in (Value(b"other", "other"), Value(b"none", ""), Value(b"no text"), ours(7)):
            assert in_a_thread(found, value) is True
        assert told == []
        in_a_thread(done, True, [SOMEBODY])
        await settle()

        assert told == [Answer((ours(7).data,), (Address("192.0.2.1", 4222),), True)]

    play(library, story)


def test_flood_of_values_takes_memory_without_end(library: Library) -> None:
    async def story(node: DhtNode, runner: Runner, told: list[Answer]) -> None:
        for size, most in ((4, 3 * 512), (9_000, 3 * 393_216 // 9_000)):
            node.get(KEY, told.append)
            _, found, done = runner.gets[-1]
            taken = 0
            while found(ours(taken, size)):
                taken += 1
                assert taken <= most
            done(True, [SOMEBODY])
            await settle()

            assert len(told[-1].values) == taken == most
            assert told[-1].is_whole is False

    play(library, story)


def test_get_that_the_library_never_ends_is_waited_for(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dht_node, "OPERATION_S", 0.01)

    async def story(node: DhtNode, runner: Runner, told: list[Answer]) -> None:
        node.get(KEY, told.append)
        _, found, done = runner.gets[0]
        in_a_thread(found, ours(1))
        await asyncio.sleep(0.05)
        assert told == [Answer((ours(1).data,), (), False)]

        assert in_a_thread(found, ours(2)) is False
        in_a_thread(done, True, [SOMEBODY])
        await settle()
        assert len(told) == 1

    assert play(library, story).is_joined


def test_gets_without_end_are_under_way_at_once(library: Library) -> None:
    async def story(node: DhtNode, runner: Runner, told: list[Answer]) -> None:
        for _ in range(dht_node.MOST_UNDER_WAY + 1):
            node.get(KEY, told.append)
        await settle()
        assert len(runner.gets) == dht_node.MOST_UNDER_WAY
        assert told == [Answer((), (), False)]

        for _, _, done in runner.gets:
            done(False, [])
        await settle()
        assert len(told) == dht_node.MOST_UNDER_WAY + 1

    play(library, story)


def test_put_that_is_replaced_on_its_way_is_cut_off(library: Library) -> None:
    async def story(node: DhtNode, runner: Runner, told: list[Answer]) -> None:
        upheld = node.put(KEY, b"envelope", told.append)
        key, value, done = runner.puts[0]
        assert (key, value.data, value.user_type) == (KEY[:20].hex(), b"envelope", dht_node.TAG)
        assert value.id
        node.release(upheld)
        assert runner.cancelled == []

        in_a_thread(done, True, [SOMEBODY])
        await settle()

        assert runner.cancelled == [value]
        assert len(told) == 1

    assert play(library, story).is_joined


def test_put_that_the_library_never_ends_keeps_the_node_open(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dht_node, "OPERATION_S", 0.01)

    async def story(node: DhtNode, runner: Runner, told: list[Answer]) -> None:
        node.release(node.put(KEY, b"envelope", told.append))
        await asyncio.sleep(0.05)

        assert told == [Answer((), (), False)]
        assert len(runner.cancelled) == 1

        # it ends all the same, and so does what is asked next
        in_a_thread(runner.puts[0][2], True, [SOMEBODY])
        await settle()
        node.get(KEY, told.append)
        runner.gets[0][2](True, [SOMEBODY])
        await settle()
        assert len(told) == 2

    assert play(library, story).is_joined


def test_node_waits_forever_for_a_thread_that_waits_for_it(library: Library) -> None:
    async def busy(node: DhtNode, _runner: Runner, told: list[Answer]) -> None:
        node.get(KEY, told.append)

    async def stuck(node: DhtNode, runner: Runner, _told: list[Answer]) -> None:
        assert node.address == Address("127.0.0.1", 4222)
        runner.shuts_down = False

    for story in (busy, stuck):
        library.runners.clear()
        runner = play(library, story)
        assert (runner.is_shut, runner.is_joined) == (True, False)
        assert runner in dht_node.kept_alive


def test_answer_behind_the_end_of_the_program_is_a_traceback(library: Library) -> None:
    kept: list[Callable[..., None]] = []

    async def story(node: DhtNode, runner: Runner, told: list[Answer]) -> None:
        node.get(KEY, told.append)
        kept.append(runner.gets[0][2])

    play(library, story)

    assert in_a_thread(kept[0], True, [SOMEBODY]) is None


def test_node_that_waits_for_others_takes_itself_for_cut_off(library: Library) -> None:
    async def story(_node: DhtNode, runner: Runner, _told: list[Answer]) -> None:
        assert runner.known == [("127.0.0.1", "4222")]
        DhtNode(Address("::1", 0), (Address("2001:db8::1", 4000), Address("192.0.2.1", 1)))

    play(library, story)
    second = library.runners[1]

    assert second.known == [("2001:db8::1", "4000"), ("192.0.2.1", "1")]
    assert (second.given["ipv6"], "ipv4" in second.given) == ("::1", False)


def test_value_is_upheld_behind_its_time(library: Library) -> None:
    async def story() -> None:
        traveller = Traveller("ada")
        await traveller.enter()
        runner = library.runners[0]
        await traveller.bind(b"alias", b"group", awaits=False)
        await settle()
        assert len(runner.puts) == 1
        main: OpenDht | None = traveller.main
        assert main is not None
        ((upheld, timer),) = main._upheld.values()
        assert 590 < timer.when() - asyncio.get_running_loop().time() <= 600

        main._release(next(iter(main._upheld)))
        runner.puts[0][2](True, [SOMEBODY])
        await settle()
        assert runner.cancelled == [upheld.value]
        await traveller.leave()
        await traveller.answer("left")

    asyncio.run(story())


def test_value_is_upheld_beside_the_one_in_its_place(library: Library) -> None:
    async def story() -> None:
        traveller = Traveller("ada")
        await traveller.enter()
        runner = library.runners[0]
        for group in (b"group", b"other group"):
            await traveller.bind(b"alias", group, awaits=False)
            await settle()
            runner.puts[-1][2](True, [SOMEBODY])
            await settle()
        (_, first, _), _ = runner.puts
        assert runner.cancelled == [first]
        await traveller.leave()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("answer", "is_all"),
    [
        (Answer((), (HERE,), True), True),
        (Answer((), (HERE,), False), False),
        (Answer((), (), True), False),
    ],
)
def test_what_nobody_was_asked_for_is_known_not_to_be_there(answer: Answer, *, is_all: bool) -> None:
    assert is_complete(answer) is is_all


def test_station_that_ends_leaves_the_node_behind(library: Library) -> None:
    async def story() -> None:
        traveller = Traveller("ada")
        await traveller.enter()
        traveller.station.close()
        assert library.runners[0].is_shut
        assert traveller.main is not None
        await traveller.main.leave()
        with pytest.raises(LocalError, match="named twice"):
            await OpenDht.enter(traveller.station, traveller.membership, traveller.ground())
        assert library.runners[1].is_shut
        assert traveller.station.peer.overlays == (MAIN,)

    asyncio.run(story())
