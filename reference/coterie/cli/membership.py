"""The options of every command that is a member of a group, on the command line or in a file.

An option of the command line goes before the file, the file before the default. In the file, which is TOML,
options have their long names, without the dashes in front.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie.errors import LocalError
from coterie.vocabulary import Address

if TYPE_CHECKING:
    from typing import TextIO

    from coterie.application import Connection, Group, Membership, Settings
    from coterie.crypto.identity import Identity

SERVICES = (
    "unordered-unreliable", "source-ordered-unreliable", "source-ordered", "timestamp-ordered", "safe",
)  # fmt: skip
PROGRESS_S = 5
LONGEST_FILE = 1 << 20


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its long name, how its text is read, its default, and a line of help.

    `many` may be given more than once; `flag` has no value.
    """

    name: str
    read: Callable[[str], Any]
    default: Any
    help: str
    metavar: str = "TEXT"
    many: bool = False
    flag: bool = False

    @property
    def attribute(self) -> str:
        """Its name among the parsed options."""
        return self.name.replace("-", "_")


def choice(*allowed: str) -> Callable[[str], str]:
    """A reader of one of several words."""

    def read(text: str) -> str:
        if text not in allowed:
            raise LocalError(f"{text!r} is not one of {', '.join(allowed)}")
        return text

    return read


def whole(text: str) -> int:
    """A whole number."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise LocalError(f"{text!r} is no whole number")
    return int(text)


def seconds(text: str) -> float:
    """A number of seconds, greater than 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e9:
        raise LocalError(f"{text!r} is no number of seconds greater than 0")
    return value


def suite(text: str) -> int:
    """The number of a suite."""
    if text not in ("1", "2"):
        raise LocalError(f"{text!r} is no suite; there are 1 and 2")
    return int(text)


OPTIONS = (
    Option("name", str, "", "the name that others are shown", "NAME"),
    Option("join", Address.parse, (), "a member to join at; repeatable", "ADDR", many=True),
    Option("create", bool, False, "be the first (so it is without --join and --state)", flag=True),
    Option("listen", Address.parse, None, "where to listen (127.0.0.1 and a free port)", "ADDR"),
    Option("advertise", Address.parse, None, "where others reach it (as --listen)", "ADDR"),
    Option("state", Path, None, "folder of what survives a restart", "DIR"),
    Option("identity", Path, None, "folder of key and leaf (of --state, or new ones)", "DIR"),
    Option("leaf", Path, None, "another leaf, such as an admission", "FILE"),
    Option("authority", Path, None, "certificate of a closed group's authority", "FILE"),
    Option("service", choice(*SERVICES), "timestamp-ordered", "how messages are ordered here", "NAME"),
    Option("max-datagram", whole, 1200, "octets of the group's datagrams (1200)", "N"),
    Option("origin-auth", choice("group", "sender"), "group", "group or sender, as the group has it", "WHO"),
    Option("multicast", Address.parse, None, "the group's IP multicast address", "ADDR"),
    Option("suite", suite, 0, "the suite of a group that is created, 1 or 2 (1)", "N"),
    Option("patience", seconds, 30.0, "seconds to wait for the group (30)", "S"),
    Option("log", str, None, "what happens, as JSON lines; - is standard output", "FILE"),
    Option("trace", Path, None, "folder for the trace of this member", "DIR"),
)  # fmt: skip


def declare(command: argparse.ArgumentParser, *without: str) -> None:
    """Declare the options, and --config; those that the command has of its own are left out."""
    offer(command, tuple(option for option in OPTIONS if option.name not in without))


def offer(command: argparse.ArgumentParser, options: tuple[Option, ...]) -> None:
    """Declare these options, and --config."""
    command.add_argument("--config", type=Path, metavar="FILE", help="options in a file, in TOML")
    for option in options:
        if option.flag:
            command.add_argument(f"--{option.name}", action="store_true", default=None, help=option.help)
        else:
            command.add_argument(
                f"--{option.name}",
                type=argument(option),
                metavar=option.metavar,
                action="append" if option.many else "store",
                help=option.help,
            )


def argument(option: Option) -> Callable[[str], Any]:
    """A reader that the parser of the command line understands."""

    def read(text: str) -> Any:
        try:
            return option.read(text)
        except LocalError as mistake:
            raise argparse.ArgumentTypeError(str(mistake)) from mistake

    return read


def complete(
    options: argparse.Namespace, own: tuple[Option, ...] = (), common: tuple[Option, ...] = OPTIONS
) -> None:
    """Fill in from the file, and then from the defaults, what the command line does not say."""
    known = {option.name: option for option in (*common, *own)}
    told = {} if options.config is None else read_config(options.config)
    for name, value in told.items():
        if name not in known:
            raise LocalError(f"{options.config}: there is no option {name!r}; it has {', '.join(known)}")
        option = known[name]
        if getattr(options, option.attribute, None) in (None, []):
            setattr(options, option.attribute, from_config(options.config, option, value))
    for option in known.values():
        if getattr(options, option.attribute, None) is None:
            setattr(options, option.attribute, option.default)


def read_config(path: Path) -> dict[str, Any]:
    """The content of the file. `LocalError` if it is no TOML."""
    with path.open("rb") as file:
        content = file.read(LONGEST_FILE)
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as unreadable:
        raise LocalError(f"{path} is no TOML: {unreadable}") from unreadable


def from_config(path: Path, option: Option, value: object) -> Any:
    """The value of an option in the file. `LocalError` with the file and the option if it is none."""
    if option.flag:
        if not isinstance(value, bool):
            raise LocalError(f"{path}: {option.name!r} is true or false")
        return value
    values = value if option.many and isinstance(value, list) else [value]
    if not all(isinstance(each, str | int | float) and not isinstance(each, bool) for each in values):
        raise LocalError(f"{path}: {option.name!r} is {'a list of texts' if option.many else 'one value'}")
    try:
        read = [option.read(str(each)) for each in values]
    except LocalError as mistake:
        raise LocalError(f"{path}: {option.name!r}: {mistake}") from mistake
    return read if option.many else read[0]


def settings(options: argparse.Namespace, log: TextIO | None = None) -> Settings:
    """What the options mean for a connection."""
    from coterie.application import Settings
    from coterie.application.settings import ANYWHERE, MANDATORY
    from coterie.cli.identity import read_certificate
    from coterie.crypto.policy import OPEN, closed

    if options.create and options.join:
        raise LocalError("a group is created or joined; give --create or --join, not both")
    return Settings(
        listen=options.listen or ANYWHERE,
        advertise=options.advertise,
        state=options.state,
        identity=own_identity(options),
        policy=OPEN if options.authority is None else closed(read_certificate(options.authority)),
        max_datagram=options.max_datagram,
        signs_origin=options.origin_auth == "sender",
        multicast=options.multicast,
        suite=options.suite or MANDATORY,
        patience_s=options.patience,
        log=log,
        trace=options.trace,
    )


def own_identity(options: argparse.Namespace) -> Identity | None:
    """The identity that the options name; None for one of the connection's own making."""
    from coterie.cli.peer import read_identity

    if options.identity is None and options.leaf is None:
        if options.authority is not None:
            raise LocalError("a closed group admits nobody without --leaf; see 'coterie authority issue'")
        return None
    folder = options.identity or options.state
    if folder is None:
        raise LocalError("a leaf belongs to a key; name its folder with --identity")
    return read_identity(folder, options.leaf)


async def enter(connection: Connection, options: argparse.Namespace) -> Group:
    """Connect, and prepare the group; it is joined by `join(*options.join)`."""
    from coterie.application import Service

    connection.settings.overlay(options.group)
    connection.set_name(options.name or default_name())
    await connection.connect()
    group = connection.group(options.group)
    group.service = Service(options.service)
    return group


async def join(group: Group, options: argparse.Namespace, show: Callable[[str], None]) -> Membership:
    """Join at the contacts, or where an earlier life was, or create the group; `show` is told of the wait."""
    import asyncio

    waiting = asyncio.create_task(count(options.patience, show))
    try:
        if options.join or options.create:
            return await group.join(*options.join)
        return await group.rejoin()
    finally:
        waiting.cancel()


async def count(patience: float, show: Callable[[str], None]) -> None:
    """Say from time to time how long the group has been asked."""
    import asyncio

    passed = PROGRESS_S
    while True:
        await asyncio.sleep(PROGRESS_S)
        show(f"still asking the group, {passed} of {patience:g} s")
        passed += PROGRESS_S


def default_name() -> str:
    """The name of the user, as far as the system knows one."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "anonymous"
