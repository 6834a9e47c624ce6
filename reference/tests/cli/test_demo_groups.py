"""Groups over one main overlay, as the audience of the demonstration sees them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from coterie.cli.caller import Caller
from coterie.errors import LocalError
from reference.tests.cli.audience import PATIENCE, demo, sees_groups_that_live
from reference.tests.runtime.town import PAUSE_S


@pytest.mark.live
def test_groups_over_one_overlay_die_before_an_audience(tmp_path: Path) -> None:
    sees_groups_that_live(tmp_path)


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
        time.sleep(PAUSE_S)
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
