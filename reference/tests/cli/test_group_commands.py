"""The commands of members as processes on loopback: pipes, interrupts, files, programs in Node.js."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from coterie.cli import main
from coterie.runtime.troupe import free_addresses
from reference.tests.house.floors import ROOT

CLIENT = ROOT / "clients" / "node" / "chat.mjs"
PATIENCE = 40


class Command:
    """One `coterie` process; what it prints is read line by line."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "coterie", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            # whoever runs the tests in the background has interrupts ignored, and children inherit that
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )  # fmt: skip
        self.seen: list[str] = []

    def until(self, words: str, stream: IO[str] | None = None) -> str:
        """The next line that has these words."""
        for line in stream or self.process.stdout or ():
            self.seen.append(line.rstrip("\n"))
            if words in line:
                return self.seen[-1]
        raise AssertionError(f"{words!r} was never said: {self.seen}, {self.ended()}")

    def type(self, words: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()

    def ended(self, words: str | None = None) -> tuple[int, str, str]:
        """Exit code and all that was not read yet, after the end of its input."""
        out, err = self.process.communicate(words, timeout=PATIENCE)
        return self.process.returncode, out, err


@contextmanager
def running(*arguments: str) -> Iterator[Command]:
    command = Command(*arguments)
    try:
        yield command
    finally:
        if command.process.poll() is None:
            command.process.kill()
        command.process.communicate()


def address() -> str:
    return str(free_addresses(1, "127.0.0.1")[0])


def test_piped_chat_loses_words_or_does_not_end() -> None:
    here = address()
    with (
        running("chat", "pub", "--name", "ada", "--listen", here) as ada,
        running("chat", "pub", "--name", "bob", "--join", here) as bob,
    ):
        ada.until("bob has come")
        code, out, err = bob.ended("first\nsecond \u2713\n/who\n")
        assert (code, err) == (0, "")
        ada.until("bob: first")
        ada.until("bob: second \u2713")
        ada.until("bob has gone")
        said = [line for line in out.splitlines() if not line.startswith("*")]
        assert said == ["bob: first", "bob: second \u2713"]
        assert "* here: ada, bob (you)" in out or "* here: bob (you), ada" in out
        assert out.splitlines()[-1] == "* you have left"

        ada.process.send_signal(signal.SIGINT)
        code, out, err = ada.ended()
        assert (code, err) == (0, "")
        assert out.splitlines()[-1] == "* you have left"


def test_recording_plays_back_other_words(tmp_path: Path) -> None:
    here, file, again = address(), tmp_path / "talk", tmp_path / "again"
    with running("chat", "pub", "--name", "ada", "--listen", here, "--stay") as ada:
        ada.until("view 1")
        with running("record", str(file), "pub", "--join", here, "--count", "3", "--name", "tape") as tape:
            assert tape.process.stderr is not None
            tape.until("recording pub", tape.process.stderr)
            for words in ("eins", "zwei", "drei"):
                ada.type(words)
            assert tape.ended()[0] == 0
        with running("record", str(again), "pub", "--join", here, "--count", "3", "--name", "tape") as tape:
            assert tape.process.stderr is not None
            tape.until("recording pub", tape.process.stderr)
            with running("play", str(file), "pub", "--join", here, "--speed", "0", "--name", "echo") as echo:
                code, _, err = echo.ended()
                assert (code, err) == (0, "coterie: 3 of 3 messages played were delivered\n")
            assert tape.ended()[0] == 0

    words = [line.split('"message":"')[1].split('"')[0] for line in lines(file)]
    assert [bytes.fromhex(each).decode() for each in words] == ["eins", "zwei", "drei"]
    assert [line.split('"message":"')[1].split('"')[0] for line in lines(again)] == words


def lines(file: Path) -> list[str]:
    return [line for line in file.read_text().splitlines() if '"message"' in line]


def test_program_in_another_language_is_kept_out_of_the_group(tmp_path: Path) -> None:
    config = tmp_path / "peer.toml"
    config.write_text(f'group = "pub"\nname = "host"\nlisten = "{address()}"\nserve = "127.0.0.1:0"\n')
    state = tmp_path / "state"
    with running("peer", "--config", str(config), "--state", str(state), "--say", "welcome") as host:
        served = host.until("serving at ").split()[2].rstrip(",")
        host.until("host: welcome")
        client = subprocess.run(
            ["node", str(CLIENT), "pub", "node", served], input="grüße\n", capture_output=True, text=True,
            check=False, timeout=PATIENCE, env={**os.environ, "COTERIE_TOKEN_FILE": str(state / "token")},
        )  # fmt: skip
        assert (client.returncode, client.stderr) == (0, "")
        assert client.stdout.splitlines()[0].startswith("* here: ")
        assert "node: grüße" in client.stdout
        host.until("node: grüße")
        host.process.send_signal(signal.SIGTERM)
        code, _, err = host.ended()
        assert (code, err) == (0, "")
    assert (state / "token").stat().st_mode & 0o077 == 0


def test_stranger_is_let_into_a_closed_group(tmp_path: Path) -> None:
    authority, here = tmp_path / "authority", address()
    assert main(["authority", "new", "--name", "authority", "--out", str(authority)]) == 0
    closed = ["--authority", str(authority / "authority.cert.pem")]
    for name in ("ada", "bob", "eve"):
        assert main(["identity", "new", "--name", name, "--out", str(tmp_path / name)]) == 0
    issue = ["authority", "issue", "--authority", str(authority)]
    for name, group in (("ada", "club"), ("bob", "club"), ("eve", "other")):
        leaf = [str(tmp_path / name / "peer.leaf.pem"), "--out", str(tmp_path / f"{name}.pem")]
        assert main([*issue, "--group", group, *leaf]) == 0

    def member(name: str) -> list[str]:
        return ["--identity", str(tmp_path / name), "--leaf", str(tmp_path / f"{name}.pem"), *closed]

    with running("peer", "--group", "club", "--listen", here, *member("ada")) as ada:
        ada.until("node ")
        with running("chat", "club", "--join", here, *member("bob")) as bob:
            code, out, err = bob.ended("let in\n")
            assert (code, err) == (0, "")
            assert "let in" in out
        with running("chat", "club", "--join", here, "--patience", "2", *member("eve")) as eve:
            code, _, err = eve.ended("not let in\n")
            assert code == 4
            assert err.startswith("coterie: nobody let this program into 'club' within 2 s")
        with running("chat", "club", "--join", here, "--patience", "2") as mallory:
            code, _, err = mallory.ended("an open group of that name\n")
            assert (code, err.count("\n")) == (4, 1)
        ada.process.send_signal(signal.SIGINT)
        code, out, err = ada.ended()
        assert (code, err) == (0, "")
        assert "eve" not in out
        assert "an open group" not in out


def test_peer_that_heard_too_little_ends_as_if_all_were_well() -> None:
    with running("peer", "--group", "g", "--expect", "1", "--patience", "0.5") as alone:
        code, out, err = alone.ended()

    assert (code, err) == (4, "coterie: after 0.5 s 0 of 1 messages were heard\n")
    assert "of 1 members" in out


@pytest.mark.parametrize("interrupts", [1, 2])
def test_interrupt_while_joining_is_answered_by_a_traceback(interrupts: int) -> None:
    with running("chat", "pub", "--join", "127.0.0.1:9", "--name", "ada") as ada:
        ada.until("asking 127.0.0.1:9")
        for _ in range(interrupts):
            ada.process.send_signal(signal.SIGINT)
        _, _, err = ada.ended()

    assert err in ("", "coterie: interrupted\n")


def test_killed_peer_has_forgotten_its_group(tmp_path: Path) -> None:
    def member(name: str, *more: str) -> list[str]:
        return ["peer", "--group", "g", "--name", name, "--state", str(tmp_path / name), *more]

    here = address()
    with running(*member("ada", "--listen", here)) as ada:
        node = ada.until("node ")
        with running(*member("bob", "--join", here)) as bob:
            bob.until("of 2 members")
            ada.until("of 2 members")
            ada.process.kill()
            ada.process.communicate()
            bob.until("of 1 members: bob")
            with running(*member("ada", "--listen", here)) as again:
                again.until("of 2 members")
                assert again.until("node ") == node
                bob.until("of 2 members")
                again.process.send_signal(signal.SIGTERM)
                assert again.ended()[0] == 0
            bob.process.send_signal(signal.SIGTERM)
            assert bob.ended()[0] == 0


def test_terminal_is_left_in_disorder() -> None:
    outer, inner = pty.openpty()
    before = termios.tcgetattr(inner)
    process = subprocess.Popen(
        [sys.executable, "-m", "coterie", "chat", "pub", "--name", "ada"],
        stdin=inner,
        stdout=inner,
        stderr=inner,
    )
    shown = b""
    try:
        for typed, awaited in (
            (b"", b"view 1"),
            (b"good evening\r", b"\x1b[0m: good evening"),
            (b"\x03", b"have left"),
        ):
            os.write(outer, typed)
            while awaited not in shown:
                assert select.select([outer], [], [], PATIENCE)[0], shown
                shown += os.read(outer, 4096)
        assert process.wait(PATIENCE) == 0
        assert termios.tcgetattr(inner) == before
        assert b"Traceback" not in shown
    finally:
        process.kill()
        process.wait()
        os.close(outer)
        os.close(inner)
