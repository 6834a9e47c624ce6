"""``coterie-kit capture``: a live run of several peers over loopback, or a scenario, recorded.

In a live run every peer listens on a socket of its own and is reached at a socket of the relay, so that all
of its datagrams pass here. The peers are started with an insecure seed and keep a journal; out of capture and
journals comes the sidecar that a replay needs. Keys, leaves and seeds are made for the run alone.

With ``--scenario`` the kit owns network and clocks instead, and the same scenario gives the same octets.
"""

from __future__ import annotations

import argparse
import json
import secrets
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie_kit.faults import KitError, UsageError

if TYPE_CHECKING:
    from coterie_kit.captures.datagrams import Datagram
    from coterie_kit.captures.relay import Relay

__all__ = ["register", "run"]

FEWEST, MOST = 2, 16
KEPT = ("seed", "mono_ms", "wall_ms", "key", "leaf", "address", "trust")


@dataclass(frozen=True, slots=True)
class Performer:
    """One peer of the run, before it is started."""

    name: str
    seed: str
    listen: str
    public: str
    folder: Path

    @property
    def journal(self) -> Path:
        """Where its journal is written."""
        return self.folder / "journal.jsonl"


def register(subparsers: Any) -> None:
    """Declares the command."""
    command = subparsers.add_parser("capture", help="record the datagrams of a run into a capture")
    command.add_argument("out", type=Path, metavar="FILE", nargs="?", help="the pcapng to write")
    command.add_argument("--peers", type=int, default=4, metavar="N", help="how many (4)")
    command.add_argument("--peer-command", default="coterie peer", help="what runs one (coterie peer)")
    command.add_argument("--group", default="a recorded group", help="the Group-ID")
    command.add_argument(
        "--suite", type=int, default=1, choices=(1, 2), help="the suite that is proposed (1)"
    )
    command.add_argument("--ipv6", action="store_true", help="over ::1 instead of 127.0.0.1")
    command.add_argument(
        "--seed", default="", metavar="HEX", help="64 digits that all seeds and keys come from"
    )
    command.add_argument("--patience", type=float, default=30.0, metavar="S", help="seconds for the run (30)")
    scenario = command.add_argument_group("scenarios, in virtual time, behind the test interface")
    scenario.add_argument(
        "--scenario", metavar="NAME", help="record this one; 'all': into the folder FILE; 'list': show them"
    )
    scenario.add_argument("--peer", default="cmd:coterie harness", help="every member (cmd:coterie harness)")
    scenario.add_argument("--check", action="store_true", help="compare instead of writing")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Runs the peers, records them, writes both files; 0 when the run went well."""
    from coterie_kit.captures.relay import Relay
    from coterie_kit.captures.writing import write_both

    if arguments.scenario:
        return _scenarios(arguments)
    if arguments.out is None:
        raise UsageError("name the pcapng file to write")
    if not FEWEST <= arguments.peers <= MOST:
        raise UsageError(f"--peers is {FEWEST} to {MOST}")
    seed = _seed(arguments.seed)
    with tempfile.TemporaryDirectory() as folder, Relay(arguments.peers, ipv6=arguments.ipv6) as relay:
        cast = _cast(Path(folder), seed, relay)
        _perform(arguments, cast, relay)
        scripts = {one.name: _journal(one.journal) for one in cast}
        nodes = [_node(one, scripts[one.name], relay.recorded) for one in cast]
        write_both(arguments.out, nodes, relay.recorded)
    sys.stdout.write(f"{len(relay.recorded)} packets of {len(cast)} peers in {arguments.out}\n")
    return 0


def _scenarios(arguments: argparse.Namespace) -> int:
    """Records scenarios, or compares them with what is there: 1 when that is something else."""
    from coterie_kit.interop.cast import Company
    from coterie_kit.interop.scenarios import kept, record, summaries

    known = summaries()
    wanted = list(known) if arguments.scenario == "all" else [arguments.scenario]
    if arguments.scenario == "list":
        for name, summary in known.items():
            sys.stdout.write(f"{name:<26}{summary}\n")
        return 0
    if not set(wanted) <= set(known):
        raise UsageError(f"there is no scenario {wanted[0]!r}; there are {', '.join(known)}")
    if arguments.out is None:
        raise UsageError("name the pcapng file to write, or the folder for all of them")
    drifted = []
    company = Company([arguments.peer], arguments.patience)
    try:
        for name in wanted:
            path = arguments.out / f"{name}.pcapng" if arguments.scenario == "all" else arguments.out
            recording = record(name, company)
            drifted += [] if kept(recording, path, check=arguments.check) else [str(path)]
            sys.stdout.write(f"{name}: {len(recording.packets)} packets\n")
    finally:
        company.end()
    for path_drifted in drifted:
        sys.stdout.write(f"{path_drifted} is not what the scenario gives now\n")
    return 1 if drifted else 0


def _seed(text: str) -> bytes:
    try:
        seed = bytes.fromhex(text) if text else secrets.token_bytes(32)
    except ValueError:
        seed = b""
    if len(seed) != 32:
        raise UsageError("--seed is 64 hexadecimal digits")
    return seed


def _cast(folder: Path, seed: bytes, relay: Relay) -> list[Performer]:
    from coterie_kit import leaves
    from coterie_kit.captures.pem import write_identity
    from coterie_kit.keys.names import digest
    from coterie_kit.keys.signatures import SigningKey

    cast = []
    for index, (listen, public) in enumerate(relay.ends):
        name = chr(ord("A") + index)
        own = folder / name
        own.mkdir()
        key = SigningKey.from_octets(digest(seed, b"key", name.encode()))
        recipe = leaves.good(key, int(time.time() * 1000)).changed(subject=leaves.name(f"peer {name}"))
        write_identity(own, key, leaves.make(recipe))
        cast.append(Performer(name, digest(seed, b"seed", name.encode()).hex(), listen, public, own))
    return cast


def _command(arguments: argparse.Namespace, one: Performer, cast: Sequence[Performer]) -> list[str]:
    members = [word for other in cast for word in ("--member", other.public)]
    return [
        *shlex.split(arguments.peer_command), "--listen", one.listen, "--advertise", one.public, *members,
        "--identity", str(one.folder), "--group", arguments.group, "--suite", str(arguments.suite),
        "--say", f"This is {one.name}.", "--expect", str(len(cast) - 1),
        "--patience", str(arguments.patience), "--insecure-seed", one.seed, "--journal", str(one.journal),
    ]  # fmt: skip


def _perform(arguments: argparse.Namespace, cast: Sequence[Performer], relay: Relay) -> None:
    """All peers from start to end, with the relay between them."""
    try:
        running = [
            subprocess.Popen(
                _command(arguments, one, cast), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            for one in cast
        ]
    except OSError as error:
        raise KitError(f"a peer could not be started: {error.strerror}") from None
    deadline = time.monotonic() + arguments.patience + 5
    try:
        while any(process.poll() is None for process in running) and time.monotonic() < deadline:
            relay.carry(0.05)
    finally:
        for process in running:
            if process.poll() is None:
                process.kill()
            process.wait()
    for one, process in zip(cast, running, strict=True):
        if process.returncode:
            said = process.stderr.read().decode("utf-8", "replace") if process.stderr else ""
            raise KitError(f"peer {one.name} ended with {process.returncode}: {said.strip()[:300]}")


def _journal(path: Path) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    lines = [json.loads(line) for line in path.read_text("ascii").splitlines()]
    return list(zip(lines[::2], lines[1::2], strict=True))


# ---------------------------------------------------------------- the two files


def _node(
    one: Performer, script: list[tuple[dict[str, Any], dict[str, Any]]], recorded: Sequence[Datagram]
) -> dict[str, Any]:
    (reset, answer), *rest = script
    sent = [packet for packet in recorded if packet.source == one.public]
    received = [packet for packet in recorded if packet.to == one.public]
    keylog: list[dict[str, str]] = []
    steps = [_step(command, reply, sent, received) for command, reply in rest]
    for _, reply in rest:
        logged = (effect for effect in reply.get("effects", ()) if effect["effect"] == "keylog")
        keylog += [{name: effect[name] for name in ("view", "label", "secret")} for effect in logged]
    node = next(iter(answer["result"]["nodes"].values()))
    kept = {name: reset[name] for name in KEPT}
    return {
        "name": one.name,
        "node": node,
        "address": one.public,
        "reset": kept,
        "steps": steps,
        "keylog": keylog,
    }


def _step(
    command: dict[str, Any], reply: dict[str, Any], sent: list[Datagram], received: list[Datagram]
) -> dict[str, Any]:
    from coterie_kit.captures.writing import outcome

    kind = command["cmd"]
    rest = {name: value for name, value in command.items() if name not in {"seq", "cmd"}}
    if kind == "deliver":
        packet = _taken(received, command["from"], bytes.fromhex(command["bytes"]), source=True)
        step: dict[str, Any] = {"deliver": packet}
    else:
        step = {kind: rest}
    sends = [
        _taken(sent, row["to"], bytes.fromhex(row["bytes"]))
        for row in reply.get("effects", ())
        if row["effect"] == "send"
    ]
    return step | outcome(reply, sends)


def _taken(packets: list[Datagram], address: str, payload: bytes, *, source: bool = False) -> int:
    """The number of the recorded packet, which is then used up."""
    for place, packet in enumerate(packets):
        if packet.payload == payload and (packet.source if source else packet.to) == address:
            return packets.pop(place).number
    raise KitError("a datagram of a journal did not pass the relay: the run is not complete; try again")
