"""IP multicast between machines, which network namespaces stand for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from reference.tests.house.floors import ROOT
from reference.tests.runtime.namespaces import GROUP, NAMES
from reference.tests.runtime.test_groups_live import judged

pytestmark = pytest.mark.serial

PROGRAM = Path(__file__).with_name("namespaces.py")
ISOLATED = (["unshare", "--net"], ["unshare", "--user", "--map-root-user", "--net"])
BY_MULTICAST = ("DATA", "HEARTBEAT", "ALIVE")


def isolation() -> list[str]:
    """How this process makes a network of its own. Where it may not, the test says so, and fails in CI."""
    for way in ISOLATED:
        bridge = [*way, "ip", "link", "add", "bridge0", "type", "bridge"]
        try:
            if subprocess.run(bridge, capture_output=True, check=False, timeout=20).returncode == 0:
                return way
        except FileNotFoundError:
            continue
    sentence = "NOT RUN: no network namespaces here (unshare, ip); multicast between machines is not tested"
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.mark.parametrize("family", [4, 6])
def test_multicast_between_machines_is_sent_one_by_one_or_lost(family: int, tmp_path: Path) -> None:
    ended = subprocess.run(
        [*isolation(), sys.executable, str(PROGRAM), str(tmp_path), str(family)],
        capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "reference")])},
    )  # fmt: skip

    assert (ended.returncode, ended.stderr) == (0, "")
    told = ended.stdout.splitlines()
    assert len(told) == len(NAMES)
    assert {line.split()[1] for line in told} == {str(len(NAMES) * 201)}
    assert len(set(told)) == 1
    for name in NAMES:
        log = [json.loads(line) for line in (tmp_path / f"{name}.log").read_text().splitlines()]
        sent = [line for line in log if line["log"] == "sent" and line["type"] in BY_MULTICAST]
        whole = Counter(line["mark"] for line in sent if line["to"] == GROUP[family])
        assert len(whole) > 50
        assert max(whole.values()) == 1
        # what goes to one member is a repair of what went to all
        assert {line["mark"] for line in sent} == set(whole)
    judged(tmp_path)
