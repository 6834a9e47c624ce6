"""One member of `coterie demo group`, in a process of its own: a program as any other that uses
`coterie.application`.

Its part is one JSON object on the command line; what it is to do comes as one JSON object a line on standard
input, and what happens to it goes to standard output in the same form.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from coterie.application import Connection, Group, Membership, Message, Settings
from coterie.errors import LocalError
from coterie.vocabulary import Address

LONGEST_LINE = 1 << 16
MS_PER_S = 1000


@dataclass(frozen=True, slots=True)
class Part:
    """Who the member is, where it listens and is reached, and the folder that survives its death."""

    name: str
    group: str
    listen: str
    advertise: str
    state: str
    suite: int
    patience_s: float

    @property
    def settings(self) -> Settings:
        """What the part means for a connection; the log goes where the lines go."""
        return Settings(
            listen=Address.parse(self.listen),
            advertise=Address.parse(self.advertise),
            state=Path(self.state),
            suite=self.suite,
            patience_s=self.patience_s,
            log=sys.stdout,
        )


class Order:
    """What was delivered since the last view, and in which order, in 32 octets."""

    def __init__(self) -> None:
        self.view = b""
        self.count = 0
        self._hash = sha256()

    def begin(self, view: bytes) -> None:
        """A view was installed; its order begins with nothing."""
        self.view, self.count, self._hash = view, 0, sha256(view)

    def add(self, told: Message) -> None:
        """The next message."""
        self.count += 1
        place = told.sender.node + told.sequence.to_bytes(8, "big")
        self._hash.update(place + len(told.payload).to_bytes(4, "big") + told.payload)

    @property
    def digest(self) -> str:
        """The digest of all so far."""
        return self._hash.hexdigest()


class Actor:
    """Plays the part: obeys, and tells."""

    def __init__(self, connection: Connection, group: Group) -> None:
        self._connection = connection
        self._group = group
        self._order = Order()
        self._tasks: set[asyncio.Task[None]] = set()

    async def obey(self, commands: asyncio.StreamReader) -> None:
        """One command after the other, until the input ends or the group was left."""
        tell(say="ready", at=str(self._connection.address), state=self._connection.state)
        while line := await commands.readline():
            match json.loads(line):
                case {"do": "join", "at": contacts}:
                    await self._group.join(*map(Address.parse, contacts))
                    self._start(self._follow())
                case {"do": "come back"}:
                    await self._group.rejoin()
                    self._start(self._follow())
                case {"do": "say", "words": words, "pause_ms": pause}:
                    self._start(self._speak(words, pause / MS_PER_S))
                case {"do": "digest"}:
                    tell(
                        say="digest", view=self._order.view.hex(), count=self._order.count,
                        digest=self._order.digest,
                    )  # fmt: skip
                case {"do": "leave"}:
                    await self._group.leave()
                    tell(say="gone")
                    return
                case other:
                    raise LocalError(f"{other!r} is nothing that a member can do")

    def _start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _speak(self, words: list[str], pause_s: float) -> None:
        for each in words:
            await self._group.send(each.encode())
            await asyncio.sleep(pause_s)

    async def _follow(self) -> None:
        async for told in self._group:
            match told:
                case Message(sender, payload, view):
                    self._order.add(told)
                    tell(say="heard", view=view.hex(), sender=str(sender), words=payload.decode())
                case Membership(view, members) if members:
                    self._order.begin(view)
                    tell(say="view", view=view.hex(), members=[str(member) for member in members])
                case Membership():
                    tell(say="out")


def tell(**line: Any) -> None:
    """One line for whoever started the member."""
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
    sys.stdout.flush()


async def play(part: Part) -> None:
    """The life of the member."""
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader(LONGEST_LINE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    connection = Connection(part.settings)
    connection.set_name(part.name)
    await connection.connect()
    try:
        await Actor(connection, connection.group(part.group)).obey(commands)
    finally:
        await connection.disconnect()


def main(arguments: list[str]) -> int:
    """Play the part that the arguments hold; 0 when it has come to its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it says when it ends
    try:
        asyncio.run(play(Part(**json.loads(arguments[0]))))
    except (LocalError, OSError) as known:
        print(known, file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
