"""`coterie peer` in a group: a member that stays, says what happens, and serves programs over TCP."""

from __future__ import annotations

import argparse
import secrets
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from coterie.cli import files, membership, say
from coterie.cli.chat import printable
from coterie.errors import LocalError

if TYPE_CHECKING:
    from coterie.application import Connection, Group, Member, Membership
    from coterie.application.server import Server

FAILED = 4
TOKEN_NAME = "token"  # noqa: S105  (the name of a file)
TOKEN_OCTETS = 16


def run(options: argparse.Namespace) -> int:
    """Be a member until interrupted, or until so many messages have been heard."""
    import asyncio

    if options.expect < 0:
        raise LocalError("--expect is not negative")
    if options.journal is not None or options.insecure_seed is not None:
        raise LocalError("journals and insecure seeds are for a fixed list; name it with --member")
    token = None if options.serve is None else read_token(options)
    with ExitStack() as opened:
        log = open_log(options.log, opened)
        return asyncio.run(serve(options, token, log))


def read_token(options: argparse.Namespace) -> str:
    """What a program has to know: from the file, which is made if there is none."""
    path: Path | None = options.token_file
    if path is None and options.state is not None:
        path = options.state / TOKEN_NAME
    if path is None:
        raise LocalError("programs are served only with a token; name its file with --token-file")
    if not path.exists():
        files.write_new(path, secrets.token_hex(TOKEN_OCTETS).encode() + b"\n", files.PRIVATE)
    token = files.read(path).decode("utf-8", "replace").strip()
    if not token:
        raise LocalError(f"{path} is empty; remove it, and a token is made")
    options.token_file = path
    return token


def open_log(name: str | None, opened: ExitStack) -> TextIO | None:
    """The log, which goes on where it ended; - is standard output."""
    if name is None or name == "-":
        return None if name is None else sys.stdout
    return opened.enter_context(Path(name).open("a", encoding="utf-8"))


async def serve(options: argparse.Namespace, token: str | None, log: TextIO | None) -> int:
    """Join, serve, and leave at the end."""
    from coterie.application import Connection
    from coterie.cli.ending import until_interrupted

    connection = Connection(membership.settings(options, log))
    group = await membership.enter(connection, options)
    daemon = Daemon(group, options)
    server: Server | None = None
    try:
        daemon.say(f"listening at {connection.address}")
        if token is not None:
            server = await open_server(connection, options, token)
            daemon.say(f"serving at {server.address}, token in {options.token_file}")
        await until_interrupted(daemon.stay(connection))
    finally:
        if server is not None:
            await server.close()
        await connection.disconnect()
    return daemon.verdict()


async def open_server(connection: Connection, options: argparse.Namespace, token: str) -> Server:
    """The interface over TCP; the groups of its clients are found at this member."""
    from coterie.application.server import Offer, Server

    server = Server(Offer(token, connection.settings, {options.group: (connection.address,)}))
    await server.open(options.serve)
    return server


class Daemon:
    """One member that tells its user what happens."""

    def __init__(self, group: Group, options: argparse.Namespace) -> None:
        import asyncio

        self._group = group
        self._options = options
        self._quiet = options.log == "-"
        self._heard = 0
        self._enough = asyncio.Event()
        group.on_data, group.on_memb = self._on_data, self._on_memb

    async def stay(self, connection: Connection) -> None:
        """Join, say what is to be said, and listen."""
        import asyncio

        options, group = self._options, self._group
        await membership.join(group, options, say)
        self.say(f"node {group.own.node.hex()} at {connection.address}", always=True)
        for words in options.say:
            await group.send(words.encode("utf-8"))
        if not options.expect:
            await asyncio.Event().wait()
        try:
            async with asyncio.timeout(options.patience):
                await self._enough.wait()
        except TimeoutError:
            return

    def verdict(self) -> int:
        """The exit code."""
        if self._heard >= self._options.expect:
            return 0
        heard = f"{self._heard} of {self._options.expect} messages were heard"
        print(f"coterie: after {self._options.patience:g} s {heard}", file=sys.stderr)
        return FAILED

    def say(self, text: str, *, always: bool = False) -> None:
        """One line for the user, unless the log goes there."""
        if always or not self._quiet:
            print(text, flush=True)

    def _on_data(self, group: Group, sender: Member, message: bytes) -> None:
        if sender.node != group.own.node:
            self._heard += 1
            if self._heard >= self._options.expect:
                self._enough.set()
        self.say(f"{printable(str(sender))}: {printable(message.decode('utf-8', 'replace'))}")

    def _on_memb(self, _group: Group, told: Membership) -> None:
        if told.members:
            here = ", ".join(printable(str(member)) for member in told.members)
            self.say(f"view {told.view.hex()} of {len(told.members)} members: {here}")
