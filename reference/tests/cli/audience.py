"""The audience of the demonstration of groups: what has to be shown to it, wherever the daemons are."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PATIENCE = 100


def demo(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "coterie", "demo", "groups", *options],
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip


def sees_groups_that_live(folder: Path, *options: str) -> None:
    """Every step, in order, and how it ends; the daemons live in that folder."""
    shown = demo("--json", "--keep", str(folder), "--patience", "90", *options)

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
    logs = {path.stem: path.read_text() for path in folder.glob("*.log")}
    assert sorted(logs) == ["ada", "bob", "cleo", "dan", "eve", "inn"]
    assert not any('"log":"note"' in log for log in logs.values())
