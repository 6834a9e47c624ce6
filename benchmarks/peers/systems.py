"""The systems that are measured: what each needs, how its member is built, and how it is started."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from benchmarks.peers import packages

HERE = Path(__file__).parent
JGROUPS = Path("/usr/share/java/jgroups.jar")

# JGroups' own stack for total order, as it ships, but for two settings: in a few short
# trials eight members delivered more with them (12,000 to 19,000 a second) than without (8,000 to 10,000).
BETTER = (("<UNICAST ", "<UNICAST2 "), ('max_credits="2M"', 'max_credits="200K"'))


@dataclass(frozen=True, slots=True)
class System:
    """One column of the table.

    ``command`` is what a member's own arguments are put behind, ``warming`` how many times as long as others
    it warms up.
    """

    key: str
    title: str
    packages: tuple[str, ...]
    daemon: str | None
    build: Callable[[Path], None]
    command: Callable[[Path], list[str]]
    version: Callable[[], str]
    warming: float = 1.0


def build_libcpg(folder: Path) -> None:
    """Compiles the member; raises CalledProcessError."""
    source = HERE / "libcpg" / "member.c"
    subprocess.run(["gcc", "-O2", "-Wall", "-o", str(folder / "member"), str(source), "-lcpg"], check=True)


def build_jgroups(folder: Path) -> None:
    """Compiles the member and lays its stack beside it; raises CalledProcessError."""
    source = HERE / "jgroups" / "Member.java"
    subprocess.run(["javac", "-cp", str(JGROUPS), "-d", str(folder), str(source)], check=True)
    with zipfile.ZipFile(JGROUPS) as shipped:
        stack = shipped.read("sequencer.xml").decode("utf-8")
    for theirs, better in BETTER:
        if theirs not in stack:
            raise ValueError(f"this JGroups ships a stack without {theirs}: look at it first")
        stack = stack.replace(theirs, better)
    (folder / "sequencer.xml").write_text(stack, encoding="utf-8")


def jgroups_command(folder: Path) -> list[str]:
    """A virtual machine that looks for the stack in ``folder`` first."""
    options = ["-Xmx512m", "-Djava.net.preferIPv4Stack=true", "-Djgroups.bind_addr=127.0.0.1"]
    return ["java", *options, "-cp", f"{folder}:{JGROUPS}", "Member"]


def java_version() -> str:
    """The virtual machine that measures JGroups."""
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True).stderr
    return said.splitlines()[0].replace('"', "")


def build_ours(_folder: Path) -> None:
    """Nothing is compiled; the program has to find what it is written against. Raises ValueError."""
    from coterie.peer import Peer

    if not hasattr(Peer, "subscribe"):
        raise ValueError("the reference peer has no groups")


def ours(key: str, title: str, max_datagram: int) -> System:
    """The reference peer with datagrams of that size."""
    return System(
        key=key,
        title=title,
        packages=("iproute2",),
        daemon=None,
        build=build_ours,
        command=lambda _folder: [sys.executable, "-m", "benchmarks.peers.ours", str(max_datagram)],
        version=lambda: f"Coterie {metadata.version('coterie')} (datagrams up to {max_datagram:,}, sealed)",
    )


COROSYNC = System(
    key="corosync",
    title="Corosync",
    packages=("corosync", "libcpg-dev", "gcc", "iproute2"),
    daemon="corosync",
    build=build_libcpg,
    command=lambda folder: [str(folder / "member")],
    version=lambda: f"Corosync {packages.version('corosync')} (libcpg, udpu, no crypto)",
)
JGROUPS_SEQUENCER = System(
    key="jgroups",
    title="JGroups",
    packages=("libjgroups-java", "default-jdk-headless", "iproute2"),
    daemon=None,
    build=build_jgroups,
    command=jgroups_command,
    version=lambda: f"JGroups {packages.version('libjgroups-java')} (SEQUENCER, no crypto, {java_version()})",
    warming=2.0,  # eight virtual machines compile on the cores that they are measured on
)
OURS, OURS_SMALL = ours("coterie", "Coterie", 8192), ours("coterie-1200", "Coterie, 1,200", 1200)
SYSTEMS = {system.key: system for system in (OURS, OURS_SMALL, COROSYNC, JGROUPS_SEQUENCER)}
