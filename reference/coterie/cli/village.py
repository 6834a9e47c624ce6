"""The daemons of `coterie demo groups` as whoever started them sees them: processes, and what they answer."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coterie.errors import LocalError
from coterie.vocabulary import Address

LONGEST_LINE = 1 << 20
PAUSE_S = 0.1
"""How often a daemon is asked whether it has come so far."""

Json = dict[str, Any]


class ToldError(LocalError):
    """A daemon has refused; `reason` is of the registry, or empty."""

    def __init__(self, name: str, line: Json) -> None:
        super().__init__(f"{name} was told: {line['why']}")
        self.reason = str(line.get("reason", ""))


@dataclass(frozen=True, slots=True)
class House:
    """Where a daemon lives: its address, its folder, what stands before its command line, and what it is told
    beside that. Others enter the main overlay at `entrance`."""

    name: str
    listen: Address
    folder: Path
    entrance: Address
    before: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def socket(self) -> Path:
        """Where it is asked."""
        return self.folder / "control"


@dataclass
class Daemon:
    """One process, in one of its lives, and what was told in the groups that it was listened to in."""

    house: House
    process: asyncio.subprocess.Process
    heard: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    listeners: list[asyncio.Task[None]] = field(default_factory=list)
    peer: str = ""

    @property
    def name(self) -> str:
        """Who it is."""
        return self.house.name

    async def ask(self, do: str, show: Callable[[str], None] | None = None, **asked: Any) -> Json:
        """What it answers. `ToldError` when it refuses; `LocalError` when it has ended."""
        reader, writer = await self._connect()
        try:
            writer.write(json.dumps({"do": do, **asked}).encode() + b"\n")
            while line := await reader.readline():
                told = json.loads(line)
                if told["say"] == "progress" and show is not None:
                    show(told["text"])
                if told["say"] == "done":
                    result: Json = told["result"]
                    return result
                if told["say"] == "refused":
                    raise ToldError(self.name, told)
        finally:
            writer.close()
        raise LocalError(f"{self.name} has ended: {await self.complaint()}")

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while True:
            with suppress(FileNotFoundError, ConnectionRefusedError):
                return await asyncio.open_unix_connection(self.house.socket, limit=LONGEST_LINE)
            if self.process.returncode is not None:
                raise LocalError(f"{self.name} has ended: {await self.complaint()}")
            await asyncio.sleep(PAUSE_S)

    async def complaint(self) -> str:
        """What it said when it ended."""
        said = b"" if self.process.stderr is None else await self.process.stderr.read(LONGEST_LINE)
        return said.decode("utf-8", "replace").strip() or f"with {self.process.returncode}"

    async def listen(self, group: str) -> None:
        """Take down what is told there from now on."""
        reader, writer = await self._connect()
        writer.write(json.dumps({"do": "listen", "group": group}).encode() + b"\n")
        first = json.loads(await reader.readline())
        if first["say"] != "done":
            raise ToldError(self.name, first)
        self.listeners.append(asyncio.create_task(self._take(group, reader, writer)))

    async def _take(self, group: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        words = self.heard.setdefault(group, [])
        with suppress(ConnectionError):
            while line := await reader.readline():
                match json.loads(line):
                    case {"say": "data", "sender": {"name": sender}, "text": text}:
                        words.append((sender, text))
                    case _:
                        continue
        writer.close()

    def freeze(self) -> None:
        """Let it stand still, as a machine that sleeps."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        """As a power failure would."""
        self.process.kill()
        await self.end()

    async def end(self) -> None:
        """Wait until it has ended, and whatever listened to it."""
        await self.process.wait()
        for each in self.listeners:
            each.cancel()
        await asyncio.gather(*self.listeners, return_exceptions=True)


class Village:
    """All daemons. What comes to pass is waited for with `until`, within the patience of all of it."""

    def __init__(self, patience_s: float) -> None:
        self.daemons: dict[str, Daemon] = {}
        self.patience_s = patience_s
        self._deadline = asyncio.get_running_loop().time() + patience_s

    async def start(self, house: House, enter: Sequence[Address] = ()) -> Daemon:
        """Start a daemon, in its next life if it had one."""
        options = [*house.options, *(f"--enter={each}" for each in enter)]
        process = await asyncio.create_subprocess_exec(
            *house.before, sys.executable, "-m", "coterie", "daemon", "--state", str(house.folder),
            "--listen", str(house.listen), "--name", house.name, *options,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, limit=LONGEST_LINE,
        )  # fmt: skip
        daemon = self.daemons[house.name] = Daemon(house, process)
        return daemon

    async def until(self, reached: Callable[[], Any], otherwise: str) -> Any:
        """Ask again and again, until something true is answered, which is returned. `LocalError` with the
        sentence when it is not in time."""
        try:
            async with asyncio.timeout_at(self._deadline):
                answer = await reached()
                while not answer:
                    await asyncio.sleep(PAUSE_S)
                    answer = await reached()
                return answer
        except TimeoutError:
            raise self.late(otherwise) from None

    async def in_time(self, work: Any, otherwise: str) -> Any:
        """What comes of the work."""
        try:
            async with asyncio.timeout_at(self._deadline):
                return await work
        except TimeoutError:
            raise self.late(otherwise) from None

    def late(self, otherwise: str) -> LocalError:
        """What did not come to pass."""
        return LocalError(f"{otherwise}, after {self.patience_s:g} s in all; --patience gives them longer")

    async def close(self) -> None:
        """End everyone who is left."""
        for daemon in self.daemons.values():
            if daemon.process.returncode is None:
                daemon.process.kill()
        for daemon in self.daemons.values():
            await daemon.end()
