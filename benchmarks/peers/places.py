"""Where members run: all on one loopback, or each on a network node of its own with a Corosync daemon.

Everything here happens inside the namespaces of a world (see ``world``) and ends with it.
"""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

PRIVATE = ("/run", "/dev/shm", "/var/lib/corosync")  # noqa: S108 - mounted over, not written to
MTU = 9000
NODE = "192.0.2.{}"  # addresses for documentation: no machine anywhere has them
CONFIGURATION = """\
totem {{
  version: 2
  cluster_name: bench
  transport: udpu
  netmtu: {netmtu}
  crypto_cipher: none
  crypto_hash: none
}}
nodelist {{
{nodes}}}
logging {{
  to_stderr: yes
  to_syslog: no
}}
system {{
  sched_rr: no
}}
"""
NODE_ENTRY = "  node {{\n    ring0_addr: {address}\n    nodeid: {number}\n    name: node{number}\n  }}\n"


class Place(Protocol):
    """Prepares what members need, and says how one of them is started there."""

    def prepare(self, members: int) -> None: ...

    def prefix(self, index: int) -> list[str]: ...

    def environment(self, index: int) -> dict[str, str]: ...


def run(*command: str) -> None:
    """One command of the system, which has to succeed."""
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


class Loopback:
    """One loopback for all, with a route for IP multicast."""

    def prepare(self, members: int) -> None:
        del members
        run("ip", "link", "set", "lo", "up", "multicast", "on")
        run("ip", "route", "add", "224.0.0.0/4", "dev", "lo")

    def prefix(self, index: int) -> list[str]:
        del index
        return []

    def environment(self, index: int) -> dict[str, str]:
        del index
        return {}


@dataclass(slots=True)
class CorosyncNodes:
    """A network namespace and a private set of state folders for each node; a bridge joins their wires."""

    folder: Path
    nodes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    daemons: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def prepare(self, members: int) -> None:
        run("ip", "link", "add", "hub", "mtu", str(MTU), "type", "bridge")
        run("ip", "link", "set", "hub", "up")
        entries = [NODE_ENTRY.format(address=NODE.format(i + 1), number=i + 1) for i in range(members)]
        netmtu = MTU - 18  # what corosync.conf(5) advises for frames of 9,000
        text = CONFIGURATION.format(netmtu=netmtu, nodes="".join(entries))
        configuration = self.folder / "corosync.conf"
        configuration.write_text(text, encoding="ascii")
        for index in range(members):
            self._add_node(index)
        for index in range(members):
            self._start_daemon(index, configuration)

    def _add_node(self, index: int) -> None:
        # Holds the namespaces of the node open, and says when they exist.
        holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c", "echo here; exec sleep infinity"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert holder.stdout is not None
        if holder.stdout.readline() != b"here\n":
            raise RuntimeError("no namespace could be made for a node")
        self.nodes.append(holder)
        near, far = f"wire{index}", "eth0"
        run("ip", "link", "add", near, "mtu", str(MTU), "type", "veth",
            "peer", "name", far, "mtu", str(MTU), "netns", str(holder.pid))  # fmt: skip
        run("ip", "link", "set", near, "master", "hub", "up")
        inside = self.prefix(index)
        run(*inside, "ip", "link", "set", "lo", "up")
        run(*inside, "ip", "address", "add", f"{NODE.format(index + 1)}/24", "dev", far)
        run(*inside, "ip", "link", "set", far, "up")
        for folder in PRIVATE:
            run(*inside, "mount", "-t", "tmpfs", "tmpfs", folder)

    def _start_daemon(self, index: int, configuration: Path) -> None:
        with (self.folder / f"corosync{index}.log").open("wb") as log:
            command = [*self.prefix(index), "corosync", "-f", "-c", str(configuration)]
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            self.daemons.append(process)

    def prefix(self, index: int) -> list[str]:
        # nsenter starts the program in its own place, so that the process numbers stay what they are
        return ["nsenter", "--target", str(self.nodes[index].pid), "--net", "--mount"]

    def environment(self, index: int) -> dict[str, str]:
        return {"DAEMON_PID": str(self.daemons[index].pid)}


def place_for(daemon: str | None, folder: Path) -> Place:
    """Corosync needs a daemon and a node for each member; whatever needs no daemon shares the loopback."""
    return Loopback() if daemon is None else CorosyncNodes(folder)
