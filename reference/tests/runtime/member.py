"""One member in a process of its own, for tests: joins, speaks under load, and says what order it heard.

The part is one JSON object on the command line, commands come line by line on standard input, and what
happens goes to standard output as JSON lines. `finish` ends the load: when everyone has said so, everyone has
delivered everything, and tells the digest of all of it.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from coterie.application import Connection, Group, Member, Membership, Service, Settings
from coterie.vocabulary import Address

LAST = b"that was all of "
LONGEST_LINE = 1 << 16


@dataclass(frozen=True)
class Part:
    """What a member is to do: `count` messages of `size` octets, or without a count until told, `rate` a
    second (0: as fast as they go), when it sees `members`; done when `finishers` have finished."""

    name: str
    listen: str = "127.0.0.1:0"
    advertise: str | None = None
    join: tuple[str, ...] = ()
    members: int = 1
    finishers: int = 1
    count: int | None = 0
    size: int = 32
    rate: float = 0.0
    service: str = "timestamp-ordered"
    state: str | None = None
    trace: str | None = None
    log: str | None = None
    multicast: str | None = None
    deep: bool = False
    patience_s: float = 60.0

    @property
    def settings(self) -> Settings:
        return Settings(
            listen=Address.parse(self.listen),
            advertise=Address.parse(self.advertise) if self.advertise else None,
            state=Path(self.state) if self.state else None,
            trace=Path(self.trace) if self.trace else None,
            multicast=Address.parse(self.multicast) if self.multicast else None,
            log=Path(self.log).open("w") if self.log else None,
            max_datagram=8192,
            patience_s=self.patience_s,
            deep_trace=self.deep,
        )


class Speaker:
    """Plays one part."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.order = sha256()
        self.heard = 0
        self.finished: set[str] = set()
        self.all_finished = asyncio.Event()
        self.stop = asyncio.Event()
        self.chance = random.Random(part.name)

    async def play(self) -> None:
        part = self.part
        connection = Connection(part.settings)
        connection.set_name(part.name)
        await connection.connect()
        group = connection.group("test")
        group.service = Service(part.service)
        group.on_data, group.on_memb = self.on_data, self.on_memb
        commands = asyncio.create_task(self.obey())
        await group.join(*map(Address.parse, part.join))
        tell(say="in", node=group.own.node.hex(), at=str(connection.address), state=connection.state)
        await group.members(part.members)
        await self.speak(group)
        await group.send(LAST + part.name.encode())
        await self.all_finished.wait()
        tell(say="digest", digest=self.order.hexdigest(), heard=self.heard)
        await commands
        await connection.disconnect()
        tell(say="left")

    async def speak(self, group: Group) -> None:
        said = 0
        while not self.stop.is_set() and (self.part.count is None or said < self.part.count):
            said += 1
            words = f"{self.part.name} {said} ".encode()
            await group.send(
                words.ljust(self.chance.randint(len(words), max(len(words), self.part.size)), b".")
            )
            if self.part.rate:
                await asyncio.sleep(self.chance.expovariate(self.part.rate))

    def on_data(self, _group: Group, sender: Member, message: bytes) -> None:
        self.heard += 1
        self.order.update(sender.node + len(message).to_bytes(4, "big") + message)
        if message.startswith(LAST):
            self.finished.add(sender.name)
            if len(self.finished) >= self.part.finishers:
                self.all_finished.set()

    def on_memb(self, _group: Group, told: Membership) -> None:
        names = sorted(member.name for member in told.members)
        tell(say="view", view=told.view.hex(), members=names, heard=self.heard)

    async def obey(self) -> None:
        reader = asyncio.StreamReader(LONGEST_LINE)
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
        )
        while line := await reader.readline():
            match line.strip():
                case b"finish":
                    self.stop.set()
                case b"leave":
                    return


def tell(**line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it says when it ends
    given = json.loads(sys.argv[1])
    asyncio.run(Speaker(Part(**{**given, "join": tuple(given.get("join", ()))})).play())
