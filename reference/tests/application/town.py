"""Daemons in one process, each with a socket of its own, for the length of a story."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from coterie.application.daemon import Control, Home, Resident
from coterie.application.daemon.commands import LONGEST_LINE

PATIENCE_S = 30.0
Line = dict[str, Any]


class Client:
    """A program that asks a daemon."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.seen: list[Line] = []

    async def send(self, line: bytes) -> None:
        self.writer.write(line)
        await self.writer.drain()

    async def read(self) -> Line | None:
        """The next line; None at the end."""
        async with asyncio.timeout(PATIENCE_S):
            line = await self.reader.readline()
        if not line:
            return None
        told: Line = json.loads(line)
        self.seen.append(told)
        return told

    async def ask(self, **command: Any) -> Line:
        """The last line of what is answered."""
        await self.send(json.dumps(command).encode() + b"\n")
        while told := await self.read():
            if told["say"] in ("done", "refused"):
                return told
        raise AssertionError(f"the daemon has closed the connection: {self.seen[-3:]}")

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()

    async def done(self, **command: Any) -> Line:
        """What came of it."""
        told = await self.ask(**command)
        assert told["say"] == "done", told
        result: Line = told["result"]
        return result


class House:
    """One daemon."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.resident = Resident(home)
        self.control = Control(self.resident, home.socket)
        self.clients: list[Client] = []

    async def open(self) -> House:
        await self.resident.open()
        await self.control.open()
        return self

    async def close(self) -> None:
        for each in self.clients:
            await each.close()
        await self.control.close()
        await self.resident.close()

    async def call(self) -> Client:
        client = Client(*await asyncio.open_unix_connection(self.home.socket, limit=LONGEST_LINE * 16))
        self.clients.append(client)
        return client

    async def done(self, **command: Any) -> Line:
        """What comes of a command, on a connection of its own."""
        client = await self.call()
        try:
            return await client.done(**command)
        finally:
            await client.close()

    async def refused(self, **command: Any) -> Line:
        """Why a command is refused."""
        client = await self.call()
        try:
            told = await client.ask(**command)
        finally:
            await client.close()
        assert told["say"] == "refused", told
        return told


@asynccontextmanager
async def town(folder: Path, *names: str, **changes: Any) -> AsyncIterator[list[House]]:
    """Daemons that know the first of them, and have entered."""
    houses: list[House] = []
    try:
        for name in names:
            enter = (houses[0].resident.station.address,) if houses else ()
            home = Home(folder / name, enter=enter, name=name, **changes)
            houses.append(await House(home).open())
        async with asyncio.timeout(PATIENCE_S):
            while not all(each.resident.is_entered for each in houses) and len(houses) > 1:
                await houses[-1].resident.station.turn()
        yield houses
    finally:
        await asyncio.gather(*(each.close() for each in houses))
