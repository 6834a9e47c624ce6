"""Several `coterie peer` processes on one machine, each with an identity of its own, and what they log.

For the demonstration and for tests with real processes: everything is on loopback, and ends within its
patience.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from coterie.crypto import identity
from coterie.crypto.identity import Validity
from coterie.runtime import system
from coterie.runtime.relay import Relay, Weather, Witness
from coterie.vocabulary import Address

DAY_S = 86_400
KEY_FILE, LEAF_FILE = "peer.key.pem", "peer.leaf.pem"
LOOPBACK = {4: "127.0.0.1", 6: "::1"}
LONGEST_LINE = 1 << 20

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Script:
    """Who takes part and what each says; `weather` puts a relay between them. `seed` fixes everything
    random."""

    says: dict[str, str]
    group: str = "demo"
    suite: int = 1
    family: int = 4
    weather: Weather | None = None
    seed: bytes | None = None
    patience_s: float = 12.0
    witness: Witness | None = None


@dataclass
class Player:
    """One process: its name, addresses, what it logged, and how it ended."""

    name: str
    listen: Address
    public: Address
    folder: Path
    process: asyncio.subprocess.Process | None = None
    lines: list[Line] = field(default_factory=list)
    node: str = ""
    complaint: str = ""
    exit_code: int | None = None

    def events(self, name: str) -> list[Line]:
        """The fields of each event of that name."""
        return [line["fields"] for line in self.lines if line.get("log") == "event" and line["name"] == name]


Told = Callable[[Player, Line], None]


class Troupe:
    """The processes of one script."""

    def __init__(self, script: Script, folder: Path) -> None:
        self.script = script
        self.players: list[Player] = []
        self.relay: Relay | None = None
        self._folder = folder

    async def perform(self, told: Told) -> None:
        """Start everyone, follow their logs, and wait until all have ended."""
        listening = free_addresses(len(self.script.says), LOOPBACK[self.script.family])
        public: Sequence[Address] = listening
        if self.script.weather is not None:
            chance = int.from_bytes(self.script.seed or system.draw("", b"", 8), "big")
            self.relay = await Relay.open(listening, self.script.weather, chance, self.script.witness)
            public = self.relay.public
        for place, name in enumerate(self.script.says):
            player = Player(name, listening[place], public[place], self._folder / name)
            make_identity(player)
            self.players.append(player)
        try:
            await asyncio.gather(*(self._play(player, told) for player in self.players))
        finally:
            for player in self.players:
                if player.process is not None and player.process.returncode is None:
                    player.process.kill()
            if self.relay is not None:
                self.relay.close()

    async def _play(self, player: Player, told: Told) -> None:
        player.process = process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "coterie", "peer", *self._arguments(player),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, limit=LONGEST_LINE,
        )  # fmt: skip
        if process.stdout is None or process.stderr is None:
            raise AssertionError("both pipes were asked for")
        complaint = asyncio.create_task(process.stderr.read(LONGEST_LINE))
        async for text in process.stdout:
            if text.startswith(b"{"):
                player.lines.append(json.loads(text))
                told(player, player.lines[-1])
            elif text.startswith(b"node "):
                player.node = text.split()[1].decode()
        player.complaint = (await complaint).decode("utf-8", "replace").strip()
        player.exit_code = await process.wait()

    def _arguments(self, player: Player) -> list[str]:
        script = self.script
        given = ["--listen", str(player.listen), "--advertise", str(player.public), "--group", script.group]
        given += ["--identity", str(player.folder), "--suite", str(script.suite), "--log", "-"]
        given += ["--say", script.says[player.name], "--expect", str(len(script.says) - 1)]
        given += ["--patience", str(script.patience_s)]
        for member in self.players:
            given += ["--member", str(member.public)]
        if script.seed is not None:
            own = sha256(script.seed + player.name.encode()).hexdigest()
            given += ["--insecure-seed", own, "--journal", str(player.folder / "journal.jsonl")]
        return given


def free_addresses(count: int, host: str) -> list[Address]:
    """Addresses on `host` that nobody listens on at this moment."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    held = [socket.socket(family, socket.SOCK_DGRAM) for _ in range(count)]
    try:
        for each in held:
            each.bind((host, 0))
        return [Address(host, each.getsockname()[1]) for each in held]
    finally:
        for each in held:
            each.close()


def make_identity(player: Player) -> None:
    """A key and a leaf for one day, in the files that `coterie identity new` writes."""
    now_s = system.read_clocks().wall_ms // 1000
    key = identity.new_private_key("ed25519", system.draw("", b"", identity.KEY_OCTETS))
    validity = Validity(now_s - DAY_S, now_s + DAY_S)
    serial = int.from_bytes(b"\x01" + system.draw("", b"", 8), "big")
    player.folder.mkdir(mode=0o700)
    (player.folder / KEY_FILE).write_bytes(identity.private_key_pem(key))
    leaf = identity.self_signed_leaf(key, player.name, validity, serial)
    (player.folder / LEAF_FILE).write_bytes(identity.certificate_pem(leaf))
