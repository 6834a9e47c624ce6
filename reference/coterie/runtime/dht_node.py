"""One node of OpenDHT: the only place that knows its library, and the way from its threads into the loop.

What the library calls back it calls in a thread of its own. There nothing is decided: values are noted down
to a bound, and the end is handed over to the loop. Two things of the library shape what is here: `join` and
the questions about sockets wait for its thread without letting other threads of Python run, so they are
asked only when nobody can be called back; and an address that cannot be had ends the whole program, so it is
tried before.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from types import ModuleType
from typing import Any

from coterie import registry
from coterie.errors import LocalError
from coterie.vocabulary import Address

MISSING = "the main overlay is to be one of OpenDHT, which is not here: pip install 'coterie[opendht]'"

KEY_SIZE = 20
"""Octets of a key of OpenDHT: the first ones of a resource key."""

TAG = "coterie"
"""The user type of our values: what strangers put under the same key is left out unread."""

VERSIONS = 3
"""A value is refreshed at half its lifetime, and OpenDHT replaces nothing: so many of one place are there."""

OPERATION_S = 20.0
"""How long a get or put may take. One whose key was looked for in vain before takes OpenDHT some ten."""

MOST_UNDER_WAY = 256
"""Gets and puts that the library has not ended: twice what a peer asks for at once, in lookups and values."""

FAREWELL_S = 3.0
"""How long whoever leaves waits for what is under way: where there is anybody, some milliseconds do."""

GONE_S = 1.0
"""How long it then waits for the library's thread."""

LOOK_S = 0.005
"""How often it looks whether that is done."""

kept_alive: list[Any] = []
"""Nodes whose thread may still call back: to free one is to wait for it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a get or a put: values, where the other nodes are that answered, and whether it came to
    its end."""

    values: tuple[bytes, ...]
    nodes: tuple[Address, ...]
    is_whole: bool


Told = Callable[[Answer], None]


class Operation:
    """A get or put under way. `note` is called in a thread of the library, all else in the loop."""

    def __init__(self, key: Any, told: Told) -> None:
        self.key = key
        self._told = told
        self._values: list[bytes] = []
        self._octets = 0
        self._is_cut = False
        self.is_over = False
        """It was told what came of it."""
        self.is_ended = False
        """The library calls back no more."""
        self.timer: asyncio.TimerHandle | None = None
        self.then: Callable[[], None] | None = None

    def note(self, value: Any) -> bool:
        """One value was found; whether others are wanted."""
        try:
            is_ours = value.user_type == TAG
        except UnicodeDecodeError:
            return not self.is_over
        if not is_ours or self.is_over:
            return not self.is_over
        octets = bytes(value.data)
        if not has_room(len(self._values), self._octets + len(octets)):
            self._is_cut = True
            return False
        self._values.append(octets)
        self._octets += len(octets)
        return True

    def end(self, nodes: tuple[Address, ...] = (), *, is_whole: bool) -> None:
        """Tell what has come of it, once; and do what was to be done behind it."""
        if self.is_over:
            return
        self.is_over = True
        if self.timer is not None:
            self.timer.cancel()
        self._told(Answer(tuple(self._values), nodes, is_whole and not self._is_cut))
        if self.then is not None:
            self.then()


@dataclass(frozen=True, slots=True)
class Upheld:
    """A value that a node upholds, until it is released."""

    value: Any
    putting: Operation


class DhtNode:
    """A node on a UDP port of its own. It belongs to the event loop that it is made in."""

    def __init__(self, listen: Address, bootstrap: tuple[Address, ...]) -> None:
        self._library = load()
        self._loop = asyncio.get_running_loop()
        self._under_way = 0
        self._is_running = True
        self._idle = asyncio.Event()
        self._idle.set()
        check_free(listen)
        self._runner = run(self._library, listen)
        self.address = bound(self._runner, listen)
        # who only waits for others takes itself for cut off, and asks nobody, for some 15 s after they came
        for each in bootstrap or (self.address,):
            self._runner.bootstrap(each.host, str(each.port))

    def get(self, key: bytes, told: Told) -> None:
        """Find all values under a key of which the first 20 octets count."""
        going = Operation(self._hash(key), told)
        if self._begin(going):
            self._runner.get(going.key, going.note, self._ending(going))

    def put(self, key: bytes, octets: bytes, told: Told) -> Upheld:
        """Have a value found there until it is released; those who keep it forget it ten minutes later."""
        going, value = Operation(self._hash(key), told), self._library.Value(octets)
        value.user_type = TAG
        # the same envelope is the same value; 0 would be one that the library draws later
        value.id = int.from_bytes(sha256(octets).digest()[:8], "big") or 1
        if self._begin(going):
            self._runner.put(going.key, value, self._ending(going), permanent=True)
        return Upheld(value, going)

    def release(self, upheld: Upheld) -> None:
        """Uphold a value no longer, as soon as it is there or has not got there in time."""
        if upheld.putting.is_over:
            self._cancel(upheld)
        else:
            upheld.putting.then = lambda: self._cancel(upheld)

    async def quiet(self) -> None:
        """Wait until nothing is under way, within reason."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await self._idle.wait()

    async def close(self) -> None:
        """Be gone from the network, whatever is under way, and from this process, if nothing is."""
        self._is_running = False
        running = threading.Lock()
        running.acquire()
        # the library's thread calls this last, when all that was under way has ended. In what is written in
        # Python it could be made to wait for this thread, and `join`, which lets nobody run, for it.
        self._runner.shutdown(running.release)
        with suppress(TimeoutError):
            async with asyncio.timeout(GONE_S):
                while running.locked():  # noqa: ASYNC110 - an Event would be set in Python
                    await asyncio.sleep(LOOK_S)
                await self._idle.wait()
        if running.locked() or not self._idle.is_set():
            kept_alive.append(self._runner)
        else:
            self._runner.join()

    def abandon(self) -> None:
        """Be gone from the network, whatever is under way."""
        self._is_running = False
        self._runner.shutdown(None)
        kept_alive.append(self._runner)

    # ------------------------------------------------------------ inside

    def _hash(self, key: bytes) -> Any:
        return self._library.InfoHash(key[:KEY_SIZE].hex().encode())

    def _begin(self, going: Operation) -> bool:
        if self._under_way >= MOST_UNDER_WAY:
            going.is_ended = True
            self._loop.call_soon(lambda: going.end(is_whole=False))
            return False
        self._under_way += 1
        self._idle.clear()
        going.timer = self._loop.call_later(OPERATION_S, lambda: going.end(is_whole=False))
        return True

    def _ending(self, going: Operation) -> Callable[[bool, list[Any]], None]:
        """What the library calls in its thread when it has ended an operation."""

        def ended(is_done: bool, nodes: list[Any]) -> None:
            found = [each.getNode().getAddr() for each in nodes]
            self._hand_over(lambda: self._ended(going, addresses(found), is_whole=is_done))

        return ended

    def _ended(self, going: Operation, nodes: tuple[Address, ...], *, is_whole: bool) -> None:
        self._forget(going)
        going.end(nodes, is_whole=is_whole)

    def _cancel(self, upheld: Upheld) -> None:
        if self._is_running:
            self._runner.cancelPut(upheld.putting.key, upheld.value)
            # of a put that is cancelled the library tells nothing any more
            self._forget(upheld.putting)

    def _forget(self, going: Operation) -> None:
        if going.is_ended:
            return
        going.is_ended = True
        self._under_way -= 1
        if not self._under_way:
            self._idle.set()

    def _hand_over(self, call: Callable[[], None]) -> None:
        with suppress(RuntimeError):
            # a loop that is closed wants to know nothing any more
            self._loop.call_soon_threadsafe(call)


def load() -> ModuleType:
    """The library. `LocalError` where it is not installed."""
    try:
        import opendht
    except ImportError as missing:
        raise LocalError(MISSING) from missing
    found: ModuleType = opendht
    return found


def has_room(values: int, octets: int) -> bool:
    """Whether a get that has so many values may come to have so many octets, with one more."""
    most, most_octets = registry.limit("resource-values"), registry.limit("fetched-octets")
    return values < VERSIONS * most and octets <= VERSIONS * most_octets


def addresses(found: Iterable[bytes]) -> tuple[Address, ...]:
    """Where nodes are, as the library writes it; without those that it does not know."""
    known = list[Address]()
    for each in found:
        with suppress(LocalError):
            known.append(Address.parse(each.decode("ascii", "replace")))
    return tuple(known)


def check_free(listen: Address) -> None:
    """`LocalError` unless the address can be had."""
    family = family_of(listen)
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as trial:
            trial.bind((listen.host, listen.port))
    except OSError as taken:
        raise LocalError(
            f"OpenDHT cannot listen on {listen}: {taken.strerror or taken}; choose another address"
        ) from taken


def run(library: ModuleType, listen: Address) -> Any:
    """A node that runs; others are found only through those that it is told of."""
    config = library.DhtConfig()
    config.setPeerDiscovery(False, False)
    runner = library.DhtRunner()
    if family_of(listen) is socket.AF_INET6:
        runner.run(port=listen.port, ipv6=listen.host, config=config)
    else:
        runner.run(port=listen.port, ipv4=listen.host, config=config)
    return runner


def bound(runner: Any, listen: Address) -> Address:
    """Where a node that has asked for nothing yet listens."""
    return listen._replace(port=runner.getBound(family_of(listen)).getPort())


def family_of(address: Address) -> socket.AddressFamily:
    """IPv4 or IPv6."""
    return socket.AF_INET6 if ":" in address.host else socket.AF_INET
