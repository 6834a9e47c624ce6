"""The socket by which a daemon is asked for something: a Unix socket that its user alone can open.

JSON lines both ways (`schemas/application.schema.json`, `control`). A client asks for one thing after the
other; each ends with `done` or `refused`, and `progress` says how far it is. Whoever goes away does not end
what was asked for.
"""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

from coterie.application.daemon import commands
from coterie.application.daemon.commands import Listen
from coterie.application.daemon.resident import Resident
from coterie.application.daemon.room import Room
from coterie.application.daemon.sentences import CANNOT, GroupRefusedError
from coterie.application.daemon.verbs import Verbs
from coterie.application.lines import write
from coterie.effects import Json
from coterie.errors import LocalError, RemoteError

MOST_CLIENTS = 64
LONGEST_PATH = 107
"""Octets of the path of a Unix socket, by the system."""

BACKLOG = 16
PRIVATE = 0o600


class Control:
    """Serves clients at a path until it is closed."""

    def __init__(self, resident: Resident, path: Path) -> None:
        self._resident = resident
        self._verbs = Verbs(resident)
        self._path = path
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()
        self._verbs_under_way: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen for clients. `LocalError` when somebody else does there, or the path does not do."""
        listening = bound(self._path)
        self._server = await asyncio.start_unix_server(
            self._serve, sock=listening, limit=commands.LONGEST_LINE, backlog=BACKLOG
        )

    async def close(self) -> None:
        """No more clients; what they have asked for is told them as far as it is known."""
        if self._server is None:
            return
        self._server.close()
        with suppress(FileNotFoundError):
            self._path.unlink()
        for task in list(self._clients | self._verbs_under_way):
            task.cancel()
        await asyncio.gather(*self._clients, *self._verbs_under_way, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            with suppress(ConnectionError):
                await self._attend(reader, writer)
        finally:
            self._clients.discard(task)
            writer.close()

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._clients) > MOST_CLIENTS:
            say(
                writer,
                refused(None, LocalError(f"{MOST_CLIENTS} clients are served already; try again later")),
            )
            return
        while (line := await self._line(reader, writer)) is not None:
            number: int | None = None
            try:
                number, command = commands.read(line)
                if isinstance(command, Listen):
                    await self._tell(command, number, writer)
                    return
                work = asyncio.create_task(self._carry_out(command, number, writer))
            except LocalError as mistake:
                say(writer, refused(number, mistake))
            else:
                self._verbs_under_way.add(work)
                work.add_done_callback(self._verbs_under_way.discard)
                # whoever goes away does not end it
                await asyncio.shield(work)
            await writer.drain()

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
        try:
            return await reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            mistake = LocalError(f"a line has at most {commands.LONGEST_LINE} octets")
            say(writer, refused(None, mistake))
        except asyncio.IncompleteReadError:
            pass
        return None

    async def _carry_out(
        self, command: commands.Command, number: int | None, writer: asyncio.StreamWriter
    ) -> None:
        def show(step: str, text: str) -> None:
            say(writer, {"say": "progress", **referred(number), "step": step, "text": text})

        try:
            result = await self._verbs.carry_out(command, show)
        except LocalError as mistake:
            say(writer, refused(number, mistake))
        except RemoteError as refusal:
            # of what its user has handed on to it: a certificate, a document
            say(writer, refused(number, LocalError(str(refusal))))
        except OSError as fault:
            what = LocalError(f"the daemon cannot do this: {fault.strerror or fault}")
            say(writer, refused(number, what))
        else:
            say(writer, {"say": "done", **referred(number), "result": result})

    async def _tell(self, command: Listen, number: int | None, writer: asyncio.StreamWriter) -> None:
        """What is told in a group, until the client goes away or the daemon is out of the group."""
        room = self._resident.inside(command.group)
        history = room.history
        told = history.last if command.last is None else min(command.last, history.last)
        say(writer, {"say": "done", **referred(number), "result": {"last": told}})
        while True:
            if told + 1 < history.first:
                say(writer, {"say": "gap", "first": told + 1, "last": history.first - 1})
                told = history.first - 1
            for line in history.after(told):
                writer.write(line)
                told += 1
            await writer.drain()
            if is_over(room, told):
                return
            await history.grown(told)


def is_over(room: Room, told: int) -> bool:
    """Whether nothing more is told in a group to whoever has been told so much."""
    return not room.is_in and told >= room.history.last


def bound(path: Path) -> socket.socket:
    """A socket at that path that only its owner can open. One that a process left behind when it was killed
    is taken away. `LocalError` when it cannot be had."""
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise LocalError(
            f"{path} is too long for a socket: the system takes {LONGEST_PATH} octets; name a shorter "
            "one with --control"
        )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    clear(path)
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        opened.bind(os.fspath(path))
        # before anybody can connect
        path.chmod(PRIVATE)
        opened.listen(BACKLOG)
        opened.setblocking(False)
    except OSError as taken:
        opened.close()
        raise LocalError(f"cannot serve at {path}: {taken.strerror or taken}") from taken
    return opened


def clear(path: Path) -> None:
    """Take away a socket that nobody answers at. `LocalError` where somebody does, or it is no socket."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise LocalError(f"{path} is there, and no socket; move it away, or name another path with --control")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(os.fspath(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise LocalError(f"another daemon is asked at {path}; stop it, or name another path with --control")


def say(writer: asyncio.StreamWriter, told: Json) -> None:
    """One line to a client, if it is still there."""
    if not writer.is_closing():
        writer.write(write(told))


def referred(number: int | None) -> Json:
    """The number of a command, if it had one."""
    return {} if number is None else {"ref": number}


def refused(number: int | None, mistake: LocalError) -> Json:
    """What did not come to pass, and why: with the reason of the registry where there is one."""
    line: Json = {"say": "refused", **referred(number), "why": str(mistake)}
    if isinstance(mistake, GroupRefusedError):
        line |= {
            "reason": mistake.reason, "later": mistake.reason in CANNOT,
            "choices": [each.hex() for each in mistake.choices],
        }  # fmt: skip
    return line
