"""The command `coterie`: one table of subcommands, each imported only when it is asked for.

Exit codes: 0 done, 1 something was refused, 2 wrong usage, 4 it could not be done. A user reads sentences,
never a traceback; whoever debugs the command itself sets `COTERIE_TRACEBACK=1`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from coterie.errors import LocalError, RemoteError

DONE, REFUSED, USAGE, FAILED, BUG, INTERRUPTED = 0, 1, 2, 4, 70, 130


@dataclass(frozen=True, slots=True)
class Command:
    """A subcommand: its name, the module whose `register(subparsers)` declares it, and one line of help."""

    name: str
    module: str
    help: str


COMMANDS = (
    Command("document", "coterie.cli.document", "check, show and write the documents that announce groups"),
    Command("identity", "coterie.cli.identity", "make a peer's key and leaf, and show whose a leaf is"),
    Command("authority", "coterie.cli.authority", "found the authority of a closed group, and admit peers"),
    Command("peer", "coterie.cli.peer", "run a peer: greet others, agree on a key, exchange messages"),
    Command("daemon", "coterie.cli.daemon", "stay in the main overlay, and in groups that are asked for"),
    Command("group", "coterie.cli.group", "create, find, join and leave groups by the daemon"),
    Command("chat", "coterie.cli.chat", "talk in a group: who is there, and one order of words for all"),
    Command("record", "coterie.cli.record", "write what a group delivers to a file"),
    Command("play", "coterie.cli.play", "send a recording to a group, with its timing"),
    Command("demo", "coterie.cli.demo", "start four peers on this machine and watch them talk"),
    Command("simulate", "coterie.cli.simulate", "run whole peers under faults that a seed draws"),
    Command("completion", "coterie.cli.completion", "a script that lets a shell complete these commands"),
    Command("harness", "coterie.cli.harness", "be driven over the test interface, one JSON line at a time"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options = parser(given).parse_args(given)
        code: int = options.run(options)
        sys.stdout.flush()
    except (LocalError, RemoteError, OSError, KeyboardInterrupt) as known:
        return report(known)
    except Exception as unknown:
        if os.environ.get("COTERIE_TRACEBACK"):
            raise
        say(f"this is a bug of coterie: {type(unknown).__name__}: {unknown}; please report it")
        return BUG
    return code


def parser(given: Sequence[str]) -> argparse.ArgumentParser:
    """The parser for these arguments: all subcommands by name, but only the one asked for in full."""
    top = argparse.ArgumentParser(
        prog="coterie",
        description="Secure, ordered group communication among peers.",
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=20),
    )
    top.add_argument(
        "--version", action="version", version=f"coterie {version()}" if "--version" in given else ""
    )
    subparsers = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    asked = next((word for word in given if not word.startswith("-")), None)
    for command in COMMANDS:
        if command.name == asked:
            import_module(command.module).register(subparsers)
        else:
            subparsers.add_parser(command.name, help=command.help)
    return top


@cache
def version() -> str:
    """The version of the distribution."""
    from importlib import metadata

    try:
        return metadata.version("coterie")
    except metadata.PackageNotFoundError:
        return "(from a checkout)"


def report(fault: BaseException) -> int:
    """Tell the user what went wrong, in one sentence; the exit code."""
    match fault:
        case BrokenPipeError():
            # Whoever read the output has seen enough; the interpreter must not try to write the rest.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return DONE
        case KeyboardInterrupt():
            say("interrupted")
            return INTERRUPTED
        case RemoteError():
            say(f"refused: {fault}")
            return REFUSED
        case OSError():
            say(f"{fault.filename or 'the system'}: {fault.strerror or fault}")
            return FAILED
        case _:
            say(str(fault))
            return FAILED


def say(sentence: str) -> None:
    """One line on standard error."""
    print(f"coterie: {sentence}", file=sys.stderr)
