"""The same interface over TCP, for programs in other languages or on other machines.

JSON lines both ways (`schemas/application.schema.json`). Each client is a member of its own; nobody is served
without the token, which goes over the wire in the clear: whoever serves beyond the loopback interface does so
on a network that he trusts. A client that does not read is told so and cut off; it may come back and resume.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from coterie.application import lines
from coterie.application.history import History
from coterie.application.lines import Command, Connect, Disconnect, write
from coterie.application.session import Session
from coterie.application.settings import Settings
from coterie.effects import Json
from coterie.errors import LocalError
from coterie.runtime import system
from coterie.vocabulary import Address

MOST_CLIENTS = 64
FIRST_LINE_S = 5.0
"""How long a client has for its first line."""

RESUME_S = 60.0
"""How long a session waits for a client that was lost."""

PACE_S = 0.5
"""How often it is looked whether a client that does not read has fallen behind."""

FAREWELL_S = 2.0
"""How long a client has to take what is left for it when it is cut off."""

SESSION_OCTETS = 16


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server offers: to whom, with which settings, and where the groups of its clients are found."""

    token: str
    settings: Settings
    contacts: Mapping[str, tuple[Address, ...]] = field(default_factory=dict)
    resume_s: float = RESUME_S


@dataclass(slots=True)
class Seat:
    """A session, who speaks for it now, and when it ends if nobody does."""

    session: Session
    client: Client | None = None
    ending: asyncio.TimerHandle | None = None


class Server:
    """Serves clients until it is closed."""

    def __init__(self, offer: Offer) -> None:
        self._offer = offer
        self._seats: dict[str, Seat] = {}
        self._clients: set[asyncio.Task[None]] = set()
        self._endings: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.address = Address("127.0.0.1", 0)

    async def open(self, listen: Address) -> None:
        """Listen for clients. `LocalError` when the address cannot be had."""
        try:
            self._server = await asyncio.start_server(
                self._serve, listen.host, listen.port, limit=lines.LONGEST_LINE
            )
        except OSError as taken:
            raise LocalError(
                f"cannot serve at {listen}: {taken.strerror or taken}; choose another address"
            ) from taken
        self.address = Address(listen.host, self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Say goodbye to everyone, and leave all groups."""
        if self._server is not None:
            self._server.close()
        await asyncio.gather(*(self._end(seat, "the server ends") for seat in list(self._seats.values())))
        for task in list(self._clients | self._endings):
            task.cancel()
        await asyncio.gather(*self._clients, *self._endings, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        client = Client(reader, writer)
        try:
            await self._attend(client)
        except LocalError as mistake:
            client.say({"say": "bye", "why": str(mistake)})
        except ConnectionError:
            pass
        except OSError as fault:
            client.say({"say": "bye", "why": f"the server cannot do this: {fault.strerror or fault}"})
        finally:
            self._clients.discard(task)
            await client.close()

    async def _attend(self, client: Client) -> None:
        if len(self._clients) > 2 * MOST_CLIENTS:
            raise LocalError(f"{MOST_CLIENTS} clients are served already; try again later")
        try:
            async with asyncio.timeout(FIRST_LINE_S):
                command = await client.read()
        except TimeoutError:
            raise LocalError(f"nothing was said for {FIRST_LINE_S:g} s; connect first") from None
        if not isinstance(command, Connect):
            raise LocalError("the first line is 'connect'")
        if not is_token(command.token, self._offer.token):
            raise LocalError("the token is wrong; it stands in the file that the server names")
        seat = await self._take_seat(command, client)
        last = command.last if command.session is not None else 0
        known = {"session": seat.session.identifier, "ref": seat.session.last_ref}
        client.say({"say": "connected", **known})
        telling = asyncio.create_task(client.tell(seat.session, last))
        try:
            await self._obey(client, seat)
        finally:
            telling.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await telling
            self._let_go(seat, client)

    async def _take_seat(self, command: Connect, client: Client) -> Seat:
        if command.session is not None:
            seat = self._seats.get(command.session)
            if seat is None:
                raise LocalError("there is no such session any more; connect without one")
            if seat.client is not None:
                seat.client.cut("another client has taken up this session")
            if seat.ending is not None:
                seat.ending.cancel()
            seat.client, seat.ending = client, None
            return seat
        if len(self._seats) >= MOST_CLIENTS:
            raise LocalError(f"{MOST_CLIENTS} clients are served already; try again later")
        identifier = system.draw("", b"", SESSION_OCTETS).hex()
        template = self._offer.settings
        settings = replace(template, listen=template.listen._replace(port=0), advertise=None, state=None)
        seat = self._seats[identifier] = Seat(Session(identifier, settings, self._offer.contacts), client)
        try:
            await seat.session.open(command.name)
        except LocalError:
            del self._seats[identifier]
            raise
        return seat

    async def _obey(self, client: Client, seat: Seat) -> None:
        while True:
            command = await client.read()
            match command:
                case None:
                    return
                case Connect():
                    raise LocalError("this client is connected already")
                case Disconnect():
                    seat.client = None
                    await self._end(seat, "")
                    client.rest(seat.session.history)
                    client.say({"say": "bye", "why": "as asked"})
                    return
                case _:
                    answer: Json = {"say": "done"}
                    try:
                        await seat.session.carry_out(command)
                    except LocalError as mistake:
                        answer = {"say": "refused", "why": str(mistake)}
                    client.say(answer | ({} if command.ref is None else {"ref": command.ref}))
                    await client.taken()

    def _let_go(self, seat: Seat, client: Client) -> None:
        if seat.client is client:
            seat.client = None
            seat.ending = asyncio.get_running_loop().call_later(self._offer.resume_s, self._expire, seat)

    def _expire(self, seat: Seat) -> None:
        task = asyncio.create_task(self._end(seat, "nobody came back for this session"))
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)

    async def _end(self, seat: Seat, why: str) -> None:
        self._seats.pop(seat.session.identifier, None)
        if seat.ending is not None:
            seat.ending.cancel()
        if seat.client is not None:
            seat.client.cut(why)
        await seat.session.close()


def is_token(told: str, wanted: str) -> bool:
    """Whether a client knows the token; how long this takes says nothing about it."""
    return hmac.compare_digest(told.encode("utf-8", "replace"), wanted.encode())


class Client:
    """One TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._cut = asyncio.Event()
        self._told = 0

    async def read(self) -> Command | None:
        """The next command; None when the client is gone. `LocalError` for a line that is none."""
        try:
            line = await self._reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            raise LocalError(f"a line has at most {lines.LONGEST_LINE} octets") from None
        except asyncio.IncompleteReadError:
            return None
        return lines.read(line)

    def say(self, told: Json) -> None:
        """One line to the client."""
        if not self._cut.is_set() and not self._writer.is_closing():
            self._writer.write(write(told))

    async def taken(self) -> None:
        """Wait until the client has taken enough of its answers; who asks and does not read is not served."""
        while not self._cut.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(PACE_S):
                    await self._writer.drain()
                    return

    async def tell(self, session: Session, last: int) -> None:
        """Everything that the session is told, from the id after `last` on; cut off who falls behind."""
        history = session.history
        if last + 1 < history.first:
            self.say({"say": "gap", "first": last + 1, "last": history.first - 1})
            last = history.first - 1
        self._told = last
        while not self._cut.is_set():
            await history.grown(self._told)
            for line in history.after(self._told):
                self._writer.write(line)
                self._told += 1
                if not await self._drained(history):
                    self.cut(f"this client reads too slowly; resume after {self._told} and expect a gap")
                    return

    def rest(self, history: History) -> None:
        """What has not been told yet, without waiting."""
        for line in history.after(self._told):
            self._writer.write(line)
            self._told += 1

    async def _drained(self, history: History) -> bool:
        """Wait until the client has taken enough; False when it has fallen behind what is kept."""
        while self._told + 1 >= history.first:
            with suppress(TimeoutError):
                async with asyncio.timeout(PACE_S):
                    await self._writer.drain()
                    return True
        return False

    def cut(self, why: str) -> None:
        """The last line, and no more after it."""
        self.say({"say": "bye", "why": why})
        self._cut.set()
        self._reader.feed_eof()

    async def close(self) -> None:
        """Close the connection; who does not take the rest in time does not get it."""
        self._writer.close()
        try:
            async with asyncio.timeout(FAREWELL_S):
                await self._writer.wait_closed()
        except (TimeoutError, ConnectionError):
            self._writer.transport.abort()
