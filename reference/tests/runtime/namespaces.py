"""Members in network namespaces of their own, joined by a bridge: run this inside a fresh namespace.

    unshare --net python namespaces.py FOLDER 4|6        (with --user --map-root-user when not root)

Everything that is made here goes with the processes that are in it. The digests that the members tell go to
standard output, one a line.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from reference.tests.runtime.member import Part
from reference.tests.runtime.processes import Process, digests, start

NAMES = ("ada", "bob", "cleo")
NETWORK = {4: ("192.0.2.{}", "24"), 6: ("2001:db8::{}", "64")}  # for documentation: nobody has them
GROUP = {4: "239.77.4.5:45770", 6: "[ff15::77]:45770"}
ROUTE = {4: "224.0.0.0/4", 6: "ff00::/8"}
PORT = 4000
LONGEST_S = "120"


def ip(*words: str, inside: int | None = None) -> None:
    """One command to the network of this namespace, or of the one that a process is in."""
    into = [] if inside is None else into_namespace(inside)
    subprocess.run([*into, "ip", *words], check=True, stdin=subprocess.DEVNULL)


def into_namespace(process: int) -> list[str]:
    """What goes before a command that shall run where a process is."""
    return ["nsenter", f"--net=/proc/{process}/ns/net"]


def contact(number: int, family: int) -> str:
    """Where a member listens."""
    host = NETWORK[family][0].format(number)
    return f"[{host}]:{PORT}" if family == 6 else f"{host}:{PORT}"


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
    ip("-6" if family == 6 else "-4", "route", "replace", ROUTE[family], "dev", "eth0", inside=holder)


async def talk(holders: list[subprocess.Popen[bytes]], folder: Path, family: int) -> None:
    """Members that speak by multicast, one in each namespace."""
    members: list[Process] = []
    try:
        for number, (name, holder) in enumerate(zip(NAMES, holders, strict=True), start=1):
            part = Part(
                name, listen=contact(number, family), members=len(NAMES), finishers=len(NAMES),
                join=() if number == 1 else (contact(1, family),), count=200, rate=500.0, size=400,
                multicast=GROUP[family], trace=str(folder), log=str(folder / f"{name}.log"),
            )  # fmt: skip
            members.append(await start(part, *into_namespace(holder.pid)))
        for told in await digests(members, 60):
            sys.stdout.write(f"{told['digest']} {told['heard']}\n")
        for member in members:
            await member.end()
    finally:
        for member in members:
            if member.process.returncode is None:
                member.process.kill()
                await member.process.wait()


def main() -> None:
    folder, family = Path(sys.argv[1]), int(sys.argv[2])
    holders = [
        subprocess.Popen(["unshare", "--net", "sleep", LONGEST_S], stdin=subprocess.DEVNULL) for _ in NAMES
    ]
    try:
        ip("link", "add", "bridge0", "type", "bridge", "mcast_snooping", "0")
        ip("link", "set", "bridge0", "up")
        for number, holder in enumerate(holders, start=1):
            settle(holder)
            connect(number, holder.pid, family)
        asyncio.run(talk(holders, folder, family))
    finally:
        for holder in holders:
            holder.kill()
            holder.wait()


def settle(holder: subprocess.Popen[bytes]) -> None:
    """Wait until a process is in its own namespace."""
    own = Path("/proc/self/ns/net").readlink()
    for _ in range(1000):
        if Path(f"/proc/{holder.pid}/ns/net").readlink() != own:
            return
        subprocess.run(["sleep", "0.005"], check=True)
    raise RuntimeError("unshare has not made a network namespace")


if __name__ == "__main__":
    main()
