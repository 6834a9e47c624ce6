"""`coterie daemon`: a peer that stays in the main overlay and in groups, asked by `coterie group`."""

from __future__ import annotations

import argparse
import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from coterie.cli import membership
from coterie.cli.membership import Option
from coterie.errors import LocalError
from coterie.vocabulary import Address

if TYPE_CHECKING:
    from coterie.application.daemon import Home, Resident
    from coterie.crypto.identity import Identity

FAILED = 4
VARIABLE = "COTERIE_STATE"

OPTIONS = (
    Option("main", str, "coterie", "the name of the main overlay (coterie)", "NAME"),
    Option(
        "enter", Address.parse, (), "a peer that is in it; repeatable; none for the first", "ADDR", many=True
    ),
    Option("client", bool, False, "ask others, and keep nothing for them", flag=True),
    Option("hosts", membership.whole, 0, "how many groups at a time to create for others (0)", "N"),
    Option("name", str, "", "the name that others are shown", "NAME"),
    Option(
        "listen", Address.parse, None, "where to listen (as before, or 127.0.0.1 and a free port)", "ADDR"
    ),
    Option("advertise", Address.parse, None, "where others reach it (as --listen)", "ADDR"),
    Option("state", Path, None, f"folder of what survives a restart (${VARIABLE})", "DIR"),
    Option("control", Path, None, "the socket by which it is asked (control, in --state)", "PATH"),
    Option("identity", Path, None, "folder of key and leaf (of --state)", "DIR"),
    Option(
        "main-binding",
        membership.choice("own", "opendht"),
        "own",
        "what the main overlay is made of: own, or opendht (own)",
        "NAME",
    ),
    Option("main-listen", Address.parse, None, "where its node of OpenDHT listens (a free port)", "ADDR"),
    Option("log", str, None, "what happens, as JSON lines; - is standard output", "FILE"),
    Option("trace", Path, None, "folder for the traces of its groups", "DIR"),
)


def register(subparsers: Any) -> None:
    """Declare the command."""
    command = subparsers.add_parser(
        "daemon",
        help="stay in the main overlay, and in groups that are asked for with 'coterie group'",
        description="Be in the main overlay until interrupted, and in any number of groups, which 'coterie "
        "group' asks for. Who is killed comes back to its groups at the next start with the same --state.",
    )
    membership.offer(command, OPTIONS)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Stay until interrupted."""
    import asyncio

    from coterie.cli.staying import open_log

    membership.complete(options, common=OPTIONS)
    with ExitStack() as opened:
        log = open_log(options.log, opened)
        return asyncio.run(stay(home(options, log), quiet=options.log == "-"))


def folder_of(state: Path | None) -> Path:
    """Where a daemon keeps its state: as said, as the environment says, or where such things are kept."""
    if state is not None:
        return state
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE])
    try:
        kept = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    except RuntimeError:
        raise LocalError(
            f"there is no home folder; name one for the state with --state or {VARIABLE}"
        ) from None
    return kept / "coterie"


def home(options: argparse.Namespace, log: TextIO | None) -> Home:
    """What the options mean for a daemon."""
    from coterie.application.daemon import Home
    from coterie.application.settings import ANYWHERE

    if any(each.port == 0 for each in options.enter):
        raise LocalError("a peer to enter by has a port; --enter 192.0.2.1:4000")
    return Home(
        state=folder_of(options.state), main=options.main, enter=tuple(options.enter),
        role="client" if options.client else "peer", listen=options.listen, advertise=options.advertise,
        name=options.name or membership.default_name(), identity=own_identity(options.identity),
        control=options.control, log=log, trace=options.trace, binding=options.main_binding,
        main_listen=options.main_listen or ANYWHERE, hosts=options.hosts,
    )  # fmt: skip


def own_identity(folder: Path | None) -> Identity | None:
    """The identity of a folder; None for the one of the state."""
    from coterie.cli.peer import read_identity

    return None if folder is None else read_identity(folder, None)


async def stay(home: Home, *, quiet: bool) -> int:
    """Open the peer and its socket, and end in order."""
    from coterie.application.daemon import Control, Resident
    from coterie.cli.ending import until_interrupted

    resident = Resident(home)
    await resident.open()
    control = Control(resident, home.socket)
    try:
        await control.open()
        if not quiet:
            introduce(resident)
        await until_interrupted(wait(resident, quiet=quiet))
    finally:
        await control.close()
        await resident.close()
    if resident.fault is not None:
        raise LocalError(resident.fault)
    return 0


async def wait(resident: Resident, *, quiet: bool) -> None:
    """Until the peer has stopped by itself; say once that it is in the main overlay."""
    import asyncio

    entered = resident.hearing.first(lambda each: each.name == "entered")
    stopped = asyncio.create_task(resident.stopped.wait())
    await asyncio.wait((entered, stopped), return_when=asyncio.FIRST_COMPLETED)
    if entered.done() and not entered.cancelled() and entered.exception() is None and not quiet:
        print(f"entered, with {len(resident.neighbours())} others known", flush=True)
    await stopped


def introduce(resident: Resident) -> None:
    """What a user needs to know of a daemon that has begun."""
    home, contacts = resident.home, resident.contacts()
    at = f"entering by {', '.join(map(str, contacts))}" if contacts else "waiting to be met"
    print(f"main overlay {home.main}, {at}")
    print(f"node {resident.station.node(resident.overlay).hex()} at {resident.station.address}")
    print(f"asked at {home.socket}", flush=True)
