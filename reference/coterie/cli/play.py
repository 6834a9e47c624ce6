"""`coterie play`: the messages of a recording, sent to a group with the timing that they had."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie.cli import membership, say
from coterie.errors import LocalError

if TYPE_CHECKING:
    from coterie.application import Group

FAILED = 4
MS_PER_S = 1000


def register(subparsers: Any) -> None:
    """Declare the command."""
    command = subparsers.add_parser(
        "play",
        help="send a recording to a group, with its timing",
        description="Send the messages of a recording to a group, each as long after the one before as it "
        "was recorded; then leave.",
    )
    command.add_argument("file", type=Path, metavar="FILE", help="what 'coterie record' wrote")
    command.add_argument("group", metavar="GROUP", help="the Group-ID")
    command.add_argument(
        "--speed", type=speed, default=1.0, metavar="X", help="so many times as fast (1); 0 is all at once"
    )
    command.add_argument("--members", type=membership.whole, default=1, metavar="N", help="wait for so many")
    membership.declare(command)
    command.set_defaults(run=run)


def speed(text: str) -> float:
    """How many times as fast."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no speed; 2 is twice as fast, 0 is all at once")
    return value


def run(options: argparse.Namespace) -> int:
    """Play; 0 when everything was sent and delivered."""
    import asyncio

    from coterie.application.recording import check

    membership.complete(options)
    check(options.file)
    return asyncio.run(play(options))


async def play(options: argparse.Namespace) -> int:
    """Join, send, and leave when all of it has come back."""
    from coterie.application import Connection
    from coterie.cli.ending import until_interrupted

    connection = Connection(membership.settings(options))
    group = await membership.enter(connection, options)
    back = Back(group)
    try:
        await membership.join(group, options, say)
        done = await until_interrupted(back.play(options))
    finally:
        await connection.disconnect()
    say(f"{back.delivered} of {back.sent} messages played were delivered")
    return 0 if done and back.delivered == back.sent else FAILED


class Back:
    """Counts what was sent and what of it has come back."""

    def __init__(self, group: Group) -> None:
        import asyncio

        self._group = group
        self._own: bytes = b""
        self._all_back = asyncio.Event()
        self.sent = 0
        self.delivered = 0
        group.on_data = lambda _group, sender, _message: self._heard(sender.node)

    def _heard(self, node: bytes) -> None:
        self.delivered += node == self._own
        if self.delivered >= self.sent:
            self._all_back.set()

    async def play(self, options: argparse.Namespace) -> None:
        """Send everything in time, and wait until it is delivered."""
        import asyncio

        from coterie.application.recording import messages

        group = self._group
        await group.members(options.members)
        self._own = group.own.node
        loop = asyncio.get_running_loop()
        began = loop.time()
        for played in messages(options.file):
            if options.speed:
                wait = began + played.at_ms / MS_PER_S / options.speed - loop.time()
                await asyncio.sleep(max(0.0, wait))
            self._all_back.clear()
            self.sent += 1
            await group.send(played.payload)
        try:
            async with asyncio.timeout(options.patience):
                while self.delivered < self.sent:
                    await self._all_back.wait()
        except TimeoutError:
            raise LocalError(
                f"{self.sent - self.delivered} messages were not delivered within {options.patience:g} s"
            ) from None
