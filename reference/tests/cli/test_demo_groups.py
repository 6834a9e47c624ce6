"""Groups over one main overlay, as the audience of the demonstration sees them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

LONGEST_S = 30
PATIENCE = 100


def demo(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "coterie", "demo", "groups", *options],
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip


@pytest.mark.serial
def test_groups_over_one_overlay_die_before_an_audience(tmp_path: Path) -> None:
    shown = demo("--json", "--keep", str(tmp_path))

    assert (shown.returncode, shown.stderr) == (0, "")
    lines = [json.loads(line) for line in shown.stdout.splitlines()]
    assert [line["text"].split(";")[0] for line in lines if "who" not in line][1:] == [
        "ada creates the group “gardeners”",
        "bob joins “gardeners” by its name alone",
        "bob creates “cooks”, which is private, and invites dan",
        "what is said in a group is heard in it, and nowhere else",
        "bob binds “green thumbs” to “gardeners”",
        "ada is killed (SIGKILL), who has announced “gardeners”",
        "ada starts again, and comes back by itself to what it had kept on disk",
        "ada and bob leave “gardeners”: it is gone everywhere",
    ]
    assert lines[-1]["seconds"] < LONGEST_S
    # nobody was told more than one address
    logs = {path.stem: path.read_text() for path in tmp_path.glob("*.log")}
    assert sorted(logs) == ["ada", "bob", "cleo", "dan", "eve", "inn"]
    assert not any('"log":"note"' in log for log in logs.values())


@pytest.mark.serial
def test_groups_that_cannot_meet_leave_a_traceback_or_say_nothing() -> None:
    shown = demo("--patience", "0.5")

    assert shown.returncode == 4
    assert shown.stderr.startswith("coterie: ")
    assert shown.stderr.endswith(" after 0.5 s in all; --patience gives them longer\n")
    assert shown.stderr.count("\n") == 1
