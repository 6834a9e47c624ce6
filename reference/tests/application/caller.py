"""Programs elsewhere: callers of the interface over TCP, and a server for the length of a story."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from coterie.application import Settings
from coterie.application.server import Offer, Server
from coterie.vocabulary import Address

TOKEN = "an open secret"
LOOPBACK = Address("127.0.0.1", 0)
Line = dict[str, Any]


class Caller:
    """A client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.seen: list[Line] = []

    async def say(self, **line: object) -> None:
        self.writer.write(json.dumps(line).encode() + b"\n")
        await self.writer.drain()

    async def hear(self, *wanted: str) -> Line:
        """The next line that says one of these; those before are kept in `seen`."""
        async with asyncio.timeout(5):
            while line := await self.reader.readline():
                told: Line = json.loads(line)
                self.seen.append(told)
                if told["say"] in wanted:
                    return told
        raise AssertionError(f"the connection ended before any of {wanted} was said")

    async def ended(self) -> bool:
        async with asyncio.timeout(5):
            return await self.reader.read() == b""

    def close(self) -> None:
        self.writer.close()


@asynccontextmanager
async def serving(offer: Offer) -> AsyncIterator[Server]:
    served = Server(offer)
    await served.open(LOOPBACK)
    try:
        yield served
    finally:
        await served.close()


async def call(served: Server, **more: object) -> Caller:
    caller = Caller(*await asyncio.open_connection(served.address.host, served.address.port))
    await caller.say(do="connect", token=TOKEN, **more)
    return caller


def held(story: Callable[[Server], Awaitable[list[Caller]]], offer: Offer | None = None) -> list[list[Line]]:
    """Play a story against a server; what each of its callers was told."""

    async def play() -> list[list[Line]]:
        async with serving(offer or Offer(TOKEN, Settings())) as served:
            callers = await story(served)
            for caller in callers:
                caller.close()
            return [caller.seen for caller in callers]

    return asyncio.run(play())
