"""Groups over one main overlay, as the audience of the demonstration sees them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from coterie.cli.caller import Caller
from coterie.errors import LocalError

PATIENCE = 100


def demo(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "coterie", "demo", "groups", *options],
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip


@pytest.mark.live
@pytest.mark.parametrize(
    "options", [[], ["--netns", "--ipv6"], ["--main", "opendht"]], ids=["loopback", "namespaces", "opendht"]
)
def test_groups_over_one_overlay_die_before_an_audience(options: list[str], tmp_path: Path) -> None:
    shown = demo("--json", "--keep", str(tmp_path), "--patience", "90", *options)

    assert (shown.returncode, shown.stderr) == (0, "")
    lines = [json.loads(line) for line in shown.stdout.splitlines()]
    headings = [line["text"].split(";")[0] for line in lines if "who" not in line]
    victim = headings[6].split()[0]
    assert victim in ("ada", "bob")
    sleeper = "bob" if victim == "ada" else "ada"
    assert headings[1:] == [
        "ada creates the group “gardeners”",
        "bob joins “gardeners” by its name alone",
        "bob creates “cooks”, which is private, and invites dan",
        "what is said in a group is heard in it, and nowhere else",
        "bob binds “green thumbs” to “gardeners”",
        f"{victim} is killed (SIGKILL), who has announced “gardeners”",
        f"{victim} starts again, and comes back by itself to what it had kept on disk",
        f"{sleeper} stands still (SIGSTOP) and goes on: “gardeners” falls apart, and its parts merge",
        "eve creates “singers”, dan joins",
    ]
    assert [(line["who"], line["text"]) for line in lines[-4:]] == [
        ("ada", "is in gardeners"), ("bob", "is in cooks and gardeners"), ("cleo", "is in no group"),
        ("dan", "is in cooks"),
    ]  # fmt: skip
    # nobody was told more than one address
    logs = {path.stem: path.read_text() for path in tmp_path.glob("*.log")}
    assert sorted(logs) == ["ada", "bob", "cleo", "dan", "eve", "inn"]
    assert not any('"log":"note"' in log for log in logs.values())


@pytest.mark.live
def test_interrupted_story_leaves_its_daemons_behind(tmp_path: Path) -> None:
    command = subprocess.Popen(
        [sys.executable, "-m", "coterie", "demo", "groups", "--keep", str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert command.stdout is not None
    assert command.stdout.readline().startswith("1. inn, ada,")
    while not (tmp_path / "inn" / "control").exists():
        assert command.poll() is None
    command.terminate()
    _, complaint = command.communicate(timeout=PATIENCE)

    assert (command.returncode, complaint) == (130, "coterie: interrupted\n")
    with pytest.raises(LocalError, match="no daemon is asked at"):
        Caller(tmp_path / "inn" / "control")


def test_forbidden_namespaces_are_a_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for tool in ("unshare", "nsenter", "ip"):
        (tmp_path / tool).write_text(
            "#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2; exit 1\n"
        )
        (tmp_path / tool).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    shown = demo("--netns")
    assert (shown.returncode, shown.stderr) == (
        4,
        (
            "coterie: network namespaces are not permitted here (unshare failed: Operation not permitted); "
            "run this as root, or without --netns\n"
        ),
    )

    (tmp_path / "ip").unlink()
    shown = demo("--netns")
    assert (shown.returncode, shown.stderr) == (
        4, "coterie: network namespaces need ip; install util-linux and iproute2\n"
    )  # fmt: skip


@pytest.mark.live
def test_groups_that_cannot_meet_leave_a_traceback_or_say_nothing() -> None:
    shown = demo("--patience", "0.5")

    assert shown.returncode == 4
    assert shown.stderr.startswith("coterie: ")
    assert shown.stderr.endswith(" after 0.5 s in all; --patience gives them longer\n")
    assert shown.stderr.count("\n") == 1
