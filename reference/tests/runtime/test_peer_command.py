"""`coterie peer` as its user meets it: a sentence for every mistake, and closed groups from their files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from coterie.cli import main
from coterie.runtime.troupe import free_addresses

HERE = "127.0.0.1:45771"


@pytest.fixture(name="folder")
def identities(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    for name, kind in (("ada", "ed25519"), ("bob", "p256")):
        assert main(["identity", "new", "--name", name, "--key", kind, "--out", str(tmp_path / name)]) == 0
    capsys.readouterr()
    return tmp_path


def command(folder: Path, *options: str) -> list[str]:
    return ["peer", "--identity", str(folder / "ada"), "--group", "g", *options]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--listen", HERE, "--member", "127.0.0.1:45772"], "is not among the members"),
        (["--listen", HERE, "--member", HERE, "--member", HERE], "listed twice"),
        (["--listen", "127.0.0.1:0", "--member", "127.0.0.1:0"], "has no port"),
        (["--listen", HERE, "--member", HERE, "--journal", "j"], "give --insecure-seed as well"),
        (["--listen", HERE, "--member", HERE, "--insecure-seed", "00"], "has 64 hexadecimal digits"),
        (["--listen", HERE, "--member", HERE, "--expect", "-1"], "--expect is not negative"),
        (["--listen", HERE, "--member", HERE, "--group", ""], "is no Group-ID"),
        (["--listen", HERE, "--member", HERE, "--leaf", "nowhere.pem"], "nowhere.pem"),
        (["--listen", "203.0.113.1:9", "--member", "203.0.113.1:9"], "cannot listen on 203.0.113.1:9"),
    ],
)
def test_mistake_is_answered_by_a_traceback(
    folder: Path, options: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(folder, *options)) == 4

    said = capsys.readouterr().err
    assert said.startswith("coterie: ")
    assert sentence in said
    assert said.count("\n") == 1
    assert not (folder / "j").exists()


def test_peer_alone_forgets_its_incarnation(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ((address),) = free_addresses(1, "127.0.0.1")
    alone = command(
        folder, "--listen", str(address), "--member", str(address), "--state", str(folder / "state")
    )

    journals = []
    for number in range(2):
        journal = folder / f"journal {number}"
        assert main([*alone, "--insecure-seed", "ab" * 32, "--journal", str(journal), "--say", "alone"]) == 0
        journals.append([json.loads(line) for line in journal.read_text().splitlines()])

    assert "view " in capsys.readouterr().out
    first, second = (journal[1]["result"] for journal in journals)
    assert second["incarnation"] > first["incarnation"]
    assert second["nodes"] == first["nodes"]
    assert "disk" not in journals[0][0]
    assert journals[1][0]["disk"].startswith((folder / "state").read_bytes()[:16].hex())


def test_admitted_peers_of_a_closed_group_are_kept_apart(folder: Path) -> None:
    assert main(["authority", "new", "--name", "authority", "--out", str(folder / "authority")]) == 0
    members = free_addresses(2, "127.0.0.1")
    processes = []
    for name, listen in zip(("ada", "bob"), members, strict=True):
        admission = folder / f"{name}.pem"
        issue = ["authority", "issue", "--authority", str(folder / "authority"), "--group", "club"]
        assert main([*issue, "--out", str(admission), str(folder / name / "peer.leaf.pem")]) == 0
        processes.append(
            subprocess.Popen(
                [
                    sys.executable, "-m", "coterie", "peer", "--listen", str(listen),
                    "--identity", str(folder / name), "--leaf", str(admission),
                    "--authority", str(folder / "authority" / "authority.cert.pem"), "--group", "club",
                    "--member", str(members[0]), "--member", str(members[1]),
                    "--say", f"I am {name}", "--expect", "1", "--suite", "2",
                ],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
        )  # fmt: skip

    ended = [process.communicate(timeout=25) for process in processes]

    assert [process.returncode for process in processes] == [0, 0]
    assert [said for _, said in ended] == ["", ""]
    assert ended[0][0].endswith(": I am bob\n")
    assert ended[1][0].endswith(": I am ada\n")
