"""`coterie record`: what a group delivers, into a file, until it is interrupted."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from coterie.cli import membership, say
from coterie.cli.membership import whole


def register(subparsers: Any) -> None:
    """Declare the command."""
    command = subparsers.add_parser(
        "record",
        help="write what a group delivers to a file",
        description="Join a group and write every message and every view, with its time, to a file; "
        "ends at an interrupt, or after so many messages.",
    )
    command.add_argument("file", type=Path, metavar="FILE", help="where to; - is standard output")
    command.add_argument("group", metavar="GROUP", help="the Group-ID")
    command.add_argument("--count", type=whole, default=0, metavar="N", help="end after so many messages")
    membership.declare(command)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Record; 0 when it ended as asked."""
    import asyncio

    from coterie.cli.files import check_free

    membership.complete(options)
    if str(options.file) == "-":
        return asyncio.run(record(options, sys.stdout))
    check_free(options.file)
    with options.file.open("w", encoding="utf-8", buffering=1) as file:
        return asyncio.run(record(options, file))


async def record(options: argparse.Namespace, file: Any) -> int:
    """Take down everything until the end."""
    from coterie.application import Connection
    from coterie.application.recording import Recorder
    from coterie.cli.ending import until_interrupted

    connection = Connection(membership.settings(options))
    group = await membership.enter(connection, options)
    try:
        await membership.join(group, options, say)
        say(f"recording {options.group}, at {connection.address}; Ctrl-C ends")
        recorder = Recorder(file, options.group)

        async def take() -> None:
            async for told in group:
                recorder.take(told)
                if options.count and recorder.messages >= options.count:
                    return

        await until_interrupted(take())
    finally:
        await connection.disconnect()
    say(f"{recorder.messages} messages recorded")
    return 0
