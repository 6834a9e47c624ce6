"""Network namespaces for `coterie demo groups --netns`: one for each daemon, joined by a bridge.

Everything that is made here is in a namespace that the command has entered first, and goes with the processes
that are in it. Only Linux has such namespaces, and whoever is not root needs one for users as well.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from coterie.errors import LocalError
from coterie.vocabulary import Address

TOOLS = ("unshare", "nsenter", "ip")
NETWORK = {4: ("192.0.2.{}", "24"), 6: ("2001:db8::{}", "64")}  # for documentation: nobody has them
PORT = 4000
LONGEST_S = "300"
"""How long a namespace is held at most, whatever becomes of whoever made it."""

SETTLE_S = 5.0
PAUSE_S = 0.005
INSIDE = "COTERIE_INSIDE"
"""What the environment has for a command that runs in a namespace of its own."""

Before = tuple[str, ...]


def enter(arguments: Sequence[str]) -> None:
    """Begin this command anew in a network namespace of its own, unless it is in one. `LocalError` where that
    is not permitted."""
    if os.environ.get(INSIDE):
        return
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise LocalError(f"network namespaces need {', '.join(missing)}; install util-linux and iproute2")
    alone = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
    # all of it once, where it can fail without harm
    words = "ip link add bridge0 type bridge && ip link set lo up && unshare --net true"
    tried = subprocess.run([*alone, "sh", "-c", words], capture_output=True, text=True, check=False)
    if tried.returncode:
        why = tried.stderr.strip().splitlines()
        raise LocalError(
            f"network namespaces are not permitted here ({why[-1] if why else tried.returncode}); run this "
            "as root, or without --netns"
        )
    os.environ[INSIDE] = "1"
    os.execvp(alone[0], [*alone, sys.executable, "-m", "coterie", *arguments])  # noqa: S606


@contextmanager
def hosts(count: int, family: int) -> Iterator[list[tuple[Before, Address]]]:
    """So many namespaces, each with what stands before a command that shall run there, and an address."""
    holders = [
        subprocess.Popen(["unshare", "--net", "sleep", LONGEST_S], stdin=subprocess.DEVNULL)
        for _ in range(count)
    ]
    try:
        ip("link", "add", "bridge0", "type", "bridge")
        ip("link", "set", "bridge0", "up")
        made: list[tuple[Before, Address]] = []
        for number, holder in enumerate(holders, start=1):
            settle(holder.pid)
            connect(number, holder.pid, family)
            made.append((within(holder.pid), Address(NETWORK[family][0].format(number), PORT)))
        yield made
    finally:
        for holder in holders:
            holder.kill()
            holder.wait()


def within(process: int) -> Before:
    """What goes before a command that shall run where a process is."""
    return ("nsenter", f"--net=/proc/{process}/ns/net")


def ip(*words: str, inside: int | None = None) -> None:
    """One command to the network of this namespace, or of the one that a process is in."""
    command = [*(() if inside is None else within(inside)), "ip", *words]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LocalError(f"'ip {' '.join(words)}' was refused: {done.stderr.strip()}")


def connect(number: int, holder: int, family: int) -> None:
    """A cable from the bridge to a namespace, and an address at its end."""
    ip("link", "add", f"cable{number}", "type", "veth", "peer", "name", "eth0", "netns", str(holder))
    ip("link", "set", f"cable{number}", "master", "bridge0", "up")
    ip("link", "set", "lo", "up", inside=holder)
    ip("link", "set", "eth0", "up", inside=holder)
    network, prefix = NETWORK[family]
    # nobody else can have the address: it need not be asked for first
    at_once = ["nodad"] if family == 6 else []
    ip("address", "add", f"{network.format(number)}/{prefix}", "dev", "eth0", *at_once, inside=holder)


def settle(process: int) -> None:
    """Wait until a process is in its own namespace."""
    own, began = Path("/proc/self/ns/net").readlink(), time.monotonic()
    while Path(f"/proc/{process}/ns/net").readlink() == own:
        if time.monotonic() > began + SETTLE_S:
            raise LocalError("no network namespace was made; try again, or without --netns")
        time.sleep(PAUSE_S)
