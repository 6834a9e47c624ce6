"""`coterie group`, as its user meets it: sentences, exit codes, and names from strangers."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from coterie import data
from coterie.application.daemon import sentences
from coterie.cli import main
from reference.tests.runtime.town import Resident, town, until

Capture = pytest.CaptureFixture[str]
Town = list[Resident]


@pytest.fixture(scope="module")
def residents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town"), "ada", "bob") as everyone:
        everyone[0].ask("create", group="pond", description="of frogs")
        yield everyone


def group(capsys: Capture, asked: Resident, *words: str) -> tuple[int, str, str]:
    """Exit code, and what is written; nothing about waiting."""
    code = main(["group", *words, "--state", str(asked.folder), "--quiet"])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@pytest.mark.live
def test_user_is_not_told_what_has_come_of_it(residents: Town, capsys: Capture) -> None:
    ada, bob = residents

    assert group(capsys, bob, "list") == (0, "pond  of frogs\n", "")
    assert group(capsys, bob, "join", "pond") == (0, "joined pond, with 2 in it: ada, bob\n", "")
    until(lambda: ada.view("pond") == ["ada", "bob"], "ada sees bob")
    assert group(capsys, bob, "list", "--mine") == (0, "pond  2 in it  public\n", "")
    assert group(capsys, bob, "alias", "lake", "pond") == (0, "lake means pond\n", "")
    assert group(capsys, ada, "info", "lake") == (0, "lake is an alias of pond\n", "")
    assert group(capsys, ada, "say", "pond", "quak", "\x1b[2J") == (0, "said to 2 in pond\n", "")
    code, out, err = group(capsys, bob, "listen", "pond", "--all", "--count", "1")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "ada: quak \\x1b[2J"
    assert group(capsys, bob, "unalias", "lake") == (0, "lake means nothing any more\n", "")
    code, out, err = group(capsys, bob, "info", "pond")
    assert (code, err) == (0, "")
    assert "policy     open" in out
    assert group(capsys, bob, "leave", "pond") == (0, "left pond\n", "")
    assert group(capsys, bob, "list", "--mine") == (0, "", "no group\n")
    code, out, err = group(capsys, bob, "status", "--json")
    assert (code, err, json.loads(out)["main"]) == (0, "", "coterie")


@pytest.mark.live
def test_private_group_is_joined_by_strangers_or_not_by_friends(
    residents: Town, capsys: Capture, tmp_path: Path
) -> None:
    ada, bob = residents
    assert group(capsys, ada, "create", "den", "--private") == (0, "created den, with 1 in it: ada\n", "")
    _, uri, _ = group(capsys, ada, "invite", "den")
    _, document, _ = group(capsys, ada, "invite", "den", "--document")
    paper = tmp_path / "den.xml"
    paper.write_text(document, encoding="utf-8")

    assert group(capsys, bob, "list") == (0, "pond  of frogs\n", "")
    assert group(capsys, bob, "join", uri.strip()) == (0, "joined den, with 2 in it: ada, bob\n", "")
    assert group(capsys, bob, "leave", "den")[0] == 0
    until(lambda: ada.view("den") == ["ada"], "bob is out")
    assert group(capsys, bob, "join", "--invitation", str(paper))[:2] == (
        0,
        "joined den, with 2 in it: ada, bob\n",
    )
    assert group(capsys, bob, "leave", "den")[0] == 0


@pytest.mark.parametrize("verb", ["create", "host"])
def test_group_that_is_to_have_another_suite_is_made_with_the_first(
    tmp_path: Path, capsys: Capture, verb: str
) -> None:
    code = main(["group", verb, "pond", "--suite", "2", "--state", str(tmp_path)])

    assert (code, capsys.readouterr().err) == (
        4, "coterie: a group of the main overlay begins with suite 1, and not 2; leave --suite out\n"
    )  # fmt: skip


@pytest.mark.live
def test_refusal_does_not_say_what_to_do(residents: Town, capsys: Capture, tmp_path: Path) -> None:
    ada, bob = residents
    authority = tmp_path / "authority"
    assert main(["authority", "new", "--name", "the pond", "--out", str(authority)]) == 0
    certificate = str(authority / "authority.cert.pem")
    leaf = str(tmp_path / "leaf.pem")
    overlay = ["--authority", str(authority), "--group", "court"]
    shown = str(ada.folder / "peer.leaf.pem")
    assert main(["authority", "issue", shown, *overlay, "--out", leaf]) == 0
    capsys.readouterr()

    assert group(capsys, bob, "create", "pond") == (
        1, "", "coterie: there is a pond already; join it, or choose another name\n"
    )  # fmt: skip
    assert group(capsys, bob, "join", "pund") == (
        1, "", ("coterie: nobody announces a group called pund; see 'coterie group list', or ask one of its "
        "members for an invitation\n"),
    )  # fmt: skip
    assert group(capsys, bob, "info", "pund")[0] == 1
    assert group(capsys, ada, "create", "court", "--closed", certificate, "--leaf", leaf)[0] == 0
    code, _, err = group(capsys, bob, "join", "court")
    assert (code, err.startswith("coterie: court is closed, and its authority has not admitted this")) == (
        1,
        True,
    )
    assert group(capsys, bob, "alias", "court", "pond")[0] == 0
    code, _, err = group(capsys, bob, "join", "court")
    assert (code, err.startswith("coterie: court means several groups; see 'coterie group info court'")) == (
        1,
        True,
    )
    code, out, err = group(capsys, bob, "info", "court")
    assert (code, err) == (0, "")
    assert "court is ambiguous: 2 groups or aliases have this name" in out
    assert "authority  the pond" in out
    assert group(capsys, bob, "join", "court", "--open")[0] == 1
    (known,) = [line.split()[-1] for line in out.splitlines() if "authority" in line]
    for chosen in (certificate, known):
        code, _, err = group(capsys, bob, "join", "court", "--authority", chosen)
        assert (code, err.startswith("coterie: court is closed, and its authority has not admitted")) == (
            1,
            True,
        )
    assert group(capsys, bob, "unalias", "court")[0] == 0
    assert group(capsys, bob, "say", "pond", "x") == (
        4, "", ("coterie: this daemon is not in a group called pond; 'coterie group list --mine' shows where "
        "it is\n"),
    )  # fmt: skip
    assert group(capsys, bob, "join", "coterie:x")[0] == 4
    code, out, err = group(capsys, bob, "join", "pund", "--json")
    assert (code, json.loads(out)["reason"]) == (1, "no-such-group")


def test_reason_of_the_registry_has_no_sentence() -> None:
    written = tomllib.loads(data.read_text("spec/registry.toml"))
    of_groups = {each["name"] for each in written["reason"] if each["area"] == "groups"}
    assert of_groups
    # by these a peer refuses a frame, of which no user knows
    assert of_groups - {"not-hosting", "wrong-group"} <= set(sentences.SENTENCES)
    assert sentences.sentence("redirect-loop", b"\xff").startswith("\\xff is an alias that leads back")
    assert sentences.sentence("bad-uri", b"a").startswith("a: ")


@pytest.mark.live
def test_name_from_a_stranger_reaches_the_shell(residents: Town, capsys: Capture) -> None:
    ada, bob = residents
    for name in ("$(reboot)", "-rf", "two words"):
        ada.ask("create", group=name)

    code, out, _ = group(capsys, bob, "list", "--names")

    assert code == 0
    assert set(out.splitlines()) >= {"pond", "two words"}
    assert "reboot" not in out
    assert "-rf" not in out


@pytest.mark.live
def test_interrupt_leaves_a_traceback_or_ends_what_was_asked_for(residents: Town) -> None:
    _, bob = residents
    command = subprocess.Popen(
        [sys.executable, "-m", "coterie", "group", "create", "later", "--state", str(bob.folder)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )  # fmt: skip
    assert command.stderr is not None
    assert (
        command.stderr.readline()
        == "coterie: looking up in the main overlay whether there is a later already\n"
    )
    os.kill(bob.process.pid, signal.SIGSTOP)
    try:
        command.send_signal(signal.SIGINT)
        out, err = command.communicate(timeout=20)
    finally:
        os.kill(bob.process.pid, signal.SIGCONT)

    assert (command.returncode, out) == (130, "")
    assert err.splitlines()[-1] == (
        "coterie: not waited for any more; the daemon goes on with it: see 'coterie group status'"
    )
    until(lambda: bob.view("later") == ["bob"], "the daemon went on")


@pytest.mark.parametrize("made", [False, True], ids=["no-folder", "left-behind"])
def test_missing_daemon_is_a_traceback(made: bool, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "control"
    if made:
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(path))

    assert main(["group", "list", "--state", str(tmp_path)]) == 4

    assert capsys.readouterr().err == (
        f"coterie: no daemon is asked at {path}; start one with 'coterie daemon', or name the folder of one "
        "that runs with --state\n"
    )


def test_environment_does_not_say_where_the_daemon_is(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COTERIE_STATE", str(tmp_path / "here"))
    assert main(["group", "status"]) == 4
    assert f"at {tmp_path}/here/control;" in capsys.readouterr().err

    monkeypatch.delenv("COTERIE_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "there"))
    assert main(["group", "status"]) == 4
    assert f"at {tmp_path}/there/coterie/control;" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "whoever is asked at {} is no daemon of coterie"),
        (b"[]\n", "whoever is asked at {} is no daemon of coterie"),
        (b"", "the daemon at {} has ended meanwhile; start it again, and ask again"),
        (b'{"say":"progress","text":"x"}\n', "the daemon at {} has ended meanwhile; start it again, and ask"),
    ],
)
def test_somebody_else_who_answers_is_a_traceback(
    answer: bytes, sentence: str, tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "control"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()

        def serve() -> None:
            with listening.accept()[0] as client:
                client.recv(1000)
                client.sendall(answer)

        server = threading.Thread(target=serve)
        server.start()
        assert main(["group", "status", "--control", str(path), "--quiet"]) == 4
        server.join()

    assert capsys.readouterr().err.startswith(f"coterie: {sentence.format(path)}")


def test_daemon_that_is_silent_is_waited_for_without_a_word(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coterie.cli.caller.PROGRESS_S", 0.02)
    monkeypatch.setattr("coterie.cli.caller.Caller.lines.__defaults__", (0.2,))
    path = tmp_path / "control"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        began = time.monotonic()
        assert main(["group", "status", "--control", str(path)]) == 4

    said = capsys.readouterr().err.splitlines()
    assert time.monotonic() - began < 5
    assert said[0] == "coterie: still the daemon, 0 s"
    assert said[-1] == "coterie: the daemon says nothing for 0.2 s; is it stopped?"
