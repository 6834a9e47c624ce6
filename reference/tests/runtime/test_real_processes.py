"""Real processes on loopback: everything that the core cannot know about sockets, clocks and exits."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from coterie import registry
from coterie.runtime.relay import Weather
from coterie.runtime.troupe import Player, Script, Troupe, free_addresses
from coterie.wire.frames import read_header

SAYS = {"ada": "one", "bob": "two", "cleo": "three", "dan": "four"}
BAD = Weather(loss=20, duplicate=20, reorder=20, delay_ms=30)


def perform(script: Script, folder: Path) -> Troupe:
    troupe = Troupe(script, folder)
    asyncio.run(troupe.perform(lambda _player, _line: None))
    return troupe


def heard(player: Player) -> set[str]:
    return {bytes.fromhex(fields["payload"]).decode() for fields in player.events("data")}


def views(troupe: Troupe) -> set[str]:
    return {fields["view"] for player in troupe.players for fields in player.events("view-installed")}


@pytest.mark.parametrize(
    "script",
    [
        Script(SAYS, suite=2, family=6, patience_s=25),
        Script(SAYS, weather=BAD, seed=b"\x01" * 32, patience_s=25),
    ],
    ids=["ipv6-suite-2", "ipv4-bad-network"],
)
def test_member_missed_a_message(script: Script, tmp_path: Path) -> None:
    troupe = perform(script, tmp_path)

    assert [(player.exit_code, player.complaint) for player in troupe.players] == [(0, "")] * 4
    assert len(views(troupe)) == 1
    for player in troupe.players:
        assert heard(player) == set(SAYS.values()) - {SAYS[player.name]}
    if troupe.relay is not None:
        assert troupe.relay.lost > 0


def test_survivors_hang_when_a_process_dies_before_its_confirm(tmp_path: Path) -> None:
    troupe: Troupe

    def kill_at_its_down(source: int, to: int, datagram: bytes) -> bool:
        process = troupe.players[3].process
        kind = registry.frame_types()[read_header(datagram).type].name
        if kind == "DOWN" and 3 in (source, to) and process is not None and process.returncode is None:
            process.kill()
        return not (kind == "CONFIRM" and source == 3)

    troupe = Troupe(Script(SAYS, weather=Weather(), witness=kill_at_its_down, patience_s=25), tmp_path)
    asyncio.run(troupe.perform(lambda _player, _line: None))

    victim = troupe.players[3]
    for survivor in troupe.players[:3]:
        assert survivor.exit_code == 4
        assert survivor.complaint.startswith("coterie: the key run was given up (run-timeout); missed ")
        assert str(victim.public) in survivor.complaint
        assert [fields["reason"] for fields in survivor.events("run-failed")] == ["run-timeout"]
        assert survivor.events("view-installed") == []


def test_member_that_never_starts_is_not_named(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "coterie"]
    subprocess.run([*command, "identity", "new", "--name", "ada", "--out", str(tmp_path / "ada")], check=True)
    here, nobody = free_addresses(2, "127.0.0.1")

    ended = subprocess.run(
        [
            *command, "peer", "--listen", str(here), "--identity", str(tmp_path / "ada"), "--group", "g",
            "--member", str(here), "--member", str(nobody), "--patience", "1",
        ],
        capture_output=True, text=True, check=False, timeout=20,
    )  # fmt: skip

    assert ended.returncode == 4
    assert ended.stderr == f"coterie: after 1 s there is no session with {nobody}\n"


def test_journal_of_a_run_does_not_repeat_it(tmp_path: Path) -> None:
    troupe = perform(Script({"ada": "one", "bob": "two"}, seed=b"\x03" * 32), tmp_path)

    for player in troupe.players:
        lines = (player.folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
        replayed = subprocess.run(
            [sys.executable, "-m", "coterie", "harness"],
            input=b"".join(lines[0::2]), capture_output=True, check=True, timeout=20,
        )  # fmt: skip
        assert len(lines) > 20
        assert replayed.stdout == b"".join(lines[1::2])
        assert json.loads(lines[0])["cmd"] == "reset"
