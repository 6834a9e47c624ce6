"""`coterie peer`: run one peer on a real socket, in a group or with a fixed list of members."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from coterie.cli import membership
from coterie.cli.membership import Option
from coterie.errors import LocalError
from coterie.vocabulary import Address

if TYPE_CHECKING:
    from coterie.crypto.identity import Identity
    from coterie.effects import Event
    from coterie.peer import PeerConfig
    from coterie.runtime.driver import Driver
    from coterie.runtime.meeting import Missed, Plan

GROUP = Option("group", str, None, "the Group-ID")
SERVE = Option("serve", Address.parse, None, "serve programs over TCP here", "ADDR")
TOKEN_FILE = Option("token-file", Path, None, "what they have to know (made in --state)", "FILE")
SEED_SIZE = 32
LONGEST_STATE = 4096
FAILED = 4


def register(subparsers: Any) -> None:
    """Declare the command."""
    command = subparsers.add_parser(
        "peer",
        help="run a peer: be in a group, or meet a fixed list of members",
        description="Be a member of a group until interrupted, and serve programs; or, with --member, greet "
        "every member of a fixed list, agree on a key with all of them, say something, hear the others, and "
        "leave. Exit code 4 when someone was missed.",
    )
    command.add_argument("--group", metavar="TEXT", help="the Group-ID")
    membership.declare(command)
    for option in (SERVE, TOKEN_FILE):
        command.add_argument(
            f"--{option.name}", type=membership.argument(option), metavar=option.metavar, help=option.help
        )
    command.add_argument("--say", action="append", default=[], metavar="TEXT", help="a message; repeatable")
    command.add_argument("--expect", type=int, default=0, metavar="N", help="how many messages to hear (0)")
    fixed = command.add_argument_group("a fixed list of members, each with a key of its own")
    fixed.add_argument(
        "--member", type=address, action="append", default=[], metavar="ADDR",
        help="a member; repeat, in one order for all, this peer included; the first proposes the view",
    )  # fmt: skip
    fixed.add_argument(
        "--insecure-seed", metavar="HEX", help="64 digits that fix every secret; for replays only"
    )
    fixed.add_argument("--journal", metavar="FILE", help="all inputs and outputs; needs --insecure-seed")
    command.set_defaults(run=run)


def address(text: str) -> Address:
    """An address of the command line."""
    try:
        return Address.parse(text)
    except LocalError as mistake:
        raise argparse.ArgumentTypeError(str(mistake)) from mistake


def run(options: argparse.Namespace) -> int:
    """Be in the group, or hold the meeting; 0 when it went well."""
    import asyncio

    from coterie.cli import staying

    membership.complete(options, (GROUP, SERVE, TOKEN_FILE))
    if options.group is None:
        raise LocalError("a peer is in a group; name it with --group")
    if not options.member:
        return staying.run(options)
    check(options)
    with ExitStack() as files:
        driver = start(options, files)
        print(f"node {driver.node.hex()} at {options.advertise or options.listen}", flush=True)
        missed = asyncio.run(meet(options, driver, open_text(options.log, files)))
    if missed is not None:
        print(f"coterie: {missed.sentence}", file=sys.stderr)
        return FAILED
    return 0


def check(options: argparse.Namespace) -> None:
    """`LocalError` for options that contradict each other."""
    if options.listen is None or options.identity is None:
        raise LocalError("a member of a fixed list needs --listen and --identity")
    own = options.advertise or options.listen
    if own not in options.member:
        raise LocalError(
            f"{own} is not among the members; list this peer's own address with --member as well"
        )
    if options.journal is not None and options.insecure_seed is None:
        raise LocalError("a journal repeats a run only with a fixed seed; give --insecure-seed as well")
    if any(member.port == 0 for member in options.member):
        raise LocalError("a member has no port; the others have to know where to find it")
    if len(set(options.member)) != len(options.member):
        raise LocalError("a member is listed twice; list each address once")
    if len(set(options.say)) != len(options.say):
        raise LocalError("the same words are said twice, which others hear once; say each once")
    if options.expect < 0 or options.patience <= 0:
        raise LocalError("--expect is not negative, and --patience is positive")


def start(options: argparse.Namespace, files: ExitStack) -> Driver:
    """The peer, with its journal."""
    from coterie.runtime import system
    from coterie.runtime.driver import Driver
    from coterie.runtime.journal import Journal

    seed = read_seed(options.insecure_seed)
    file = open_text(options.journal, files)
    record = None if file is None else Journal(file)
    driver = Driver(configure(options, grease=seed is None), system.read_clocks(), seed, record)
    keep(options, driver)
    return driver


def configure(options: argparse.Namespace, *, grease: bool) -> PeerConfig:
    """What the peer is started with."""
    from coterie.cli.identity import group_overlay, read_certificate
    from coterie.crypto import names
    from coterie.crypto.policy import OPEN, closed
    from coterie.peer import Membership, PeerConfig, Trust

    policy = OPEN if options.authority is None else closed(read_certificate(options.authority))
    hashed = b"" if policy.authority is None else names.authority_hash(policy.authority.spki)
    trust = Trust(group_overlay(options.group, hashed), policy)
    own = options.advertise or options.listen
    memberships = (Membership(read_identity(options.identity, options.leaf), trust),)
    return PeerConfig(own, memberships, read_state(options.state), grease)


def read_identity(folder: Path, admission: Path | None) -> Identity:
    """The key of a folder that `coterie identity new` wrote, with its leaf there or the `admission` of it."""
    from coterie.cli import files
    from coterie.cli.identity import KEY_FILE, LEAF_FILE, read_certificate
    from coterie.crypto import identity

    key = identity.load_private_key(files.read(folder / KEY_FILE))
    return identity.pair(key, read_certificate(admission or folder / LEAF_FILE))


def read_seed(text: str | None) -> bytes | None:
    """The octets of an insecure seed."""
    if text is None:
        return None
    try:
        seed = bytes.fromhex(text)
    except ValueError:
        seed = b""
    if len(seed) != SEED_SIZE:
        raise LocalError(f"an insecure seed has {2 * SEED_SIZE} hexadecimal digits")
    return seed


def read_state(path: Path | None) -> bytes | None:
    """What an earlier life of the peer left, if there was one."""
    if path is None or not path.exists():
        return None
    with path.open("rb") as file:
        return file.read(LONGEST_STATE)


def keep(options: argparse.Namespace, driver: Driver) -> None:
    """Write what has to survive a restart, before anything is sent."""
    import os

    from coterie.effects import Disk

    for effect in driver.started:
        if isinstance(effect, Disk) and options.state is not None:
            # whole or not at all: half a file would cost the peer its incarnation
            half = options.state.with_name(options.state.name + ".new")
            with half.open("wb") as file:
                file.write(effect.blob)
                file.flush()
                os.fsync(file.fileno())
            half.replace(options.state)


def open_text(name: str | None, files: ExitStack) -> TextIO | None:
    """A file to write text into; - is standard output, and no name no file."""
    if name is None or name == "-":
        return None if name is None else sys.stdout
    return files.enter_context(Path(name).open("w", encoding="utf-8"))


async def meet(options: argparse.Namespace, driver: Driver, log: TextIO | None) -> Missed | None:
    """The meeting on a real socket."""
    from coterie.runtime.log import Log
    from coterie.runtime.meeting import Meeting
    from coterie.runtime.node import Node, open_node

    meeting = Meeting(plan(options), lambda event: tell(event, quiet=log is sys.stdout))
    node = Node(driver, options.advertise or options.listen, Log(log), meeting.told)
    await open_node(node, options.listen)
    try:
        return await meeting.hold(node)
    finally:
        node.close()


def plan(options: argparse.Namespace) -> Plan:
    """What the meeting is to bring."""
    from coterie.runtime.meeting import Plan

    says = tuple(words.encode() for words in options.say)
    return Plan(tuple(options.member), says, options.expect, options.suite or 1, options.patience)


def tell(event: Event, *, quiet: bool) -> None:
    """One line for the user, of events that matter to one."""
    fields = event.fields
    if quiet:
        return
    match event.name, fields.get("view"):
        case "view-installed", bytes() as view:
            members = fields["members"]
            count = len(members) if isinstance(members, tuple) else 0
            print(f"view {view.hex()} of {count} members", flush=True)
        case "data", bytes() as view:
            sender, payload = fields["sender"], fields["payload"]
            if isinstance(sender, bytes) and isinstance(payload, bytes):
                words = payload.decode("utf-8", "replace")
                print(f"{sender.hex()[:8]} in view {view.hex()}: {printable(words)}", flush=True)
        case _:
            pass


def printable(text: str) -> str:
    """Text from elsewhere, without what could command a terminal."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
