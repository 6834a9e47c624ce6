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

pytestmark = pytest.mark.live

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


def sent_by(log: Path) -> list[tuple[str, str]]:
    """To whom a member sent each of its frames that go by multicast, and the frame's mark."""
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return [
        (line["to"], line["mark"]) for line in lines if line["log"] == "sent" and line["type"] in BY_MULTICAST
    ]


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
    sent = {name: sent_by(tmp_path / f"{name}.log") for name in NAMES}
    whole = {name: Counter(mark for to, mark in sent[name] if to == GROUP[family]) for name in NAMES}
    to_all = {mark for counted in whole.values() for mark in counted}
    for name in NAMES:
        assert len(whole[name]) > 50
        assert max(whole[name].values()) == 1
        # what goes to one member is a repair of what went to all, its own or another's
        assert {mark for _, mark in sent[name]} <= to_all
    judged(tmp_path)
