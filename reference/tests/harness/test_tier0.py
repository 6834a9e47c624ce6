"""Tier 0 says what the draft's tables say, and a caller's mistake is never a refusal of octets."""

import re
from pathlib import Path
from typing import Any

import pytest

from coterie.errors import LocalError, RemoteError
from coterie.harness import tier0

CHAPTER = (Path(__file__).resolve().parents[3] / "spec" / "interface.xml").read_text(encoding="utf-8")


COOKIE = {"secret": "00" * 32, "overlay": "00" * 16, "nonce": "00" * 32, "bucket": 0}


def test_an_action_of_the_draft_is_not_served() -> None:
    tables = re.findall(r'<table anchor="tbl-tier0.*?</table>', CHAPTER, re.DOTALL)
    named = {name for table in tables for name in re.findall(r"<tr>\s*<td>([\w.-]+)</td>", table)}

    assert len(named) >= 28
    assert named <= set(tier0.ACTIONS)


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("name.peer", {}),
        ("name.peer", {"spki": "AB"}),
        ("name.peer", {"spki": "0"}),
        ("name.peer", {"spki": 1}),
        ("name.peer", {"spki": "00", "colour": "blue"}),
        ("name.node", {"overlay": "00", "spki": "00"}),
        ("name.overlay", {"group": "61", "authority": "00"}),
        ("leaf.check", {"leaf": "", "overlay": "00" * 16, "policy": "closed", "wall_ms": 0}),
        ("leaf.check", {"leaf": "", "overlay": "00" * 16, "policy": "ajar", "wall_ms": 0}),
        ("leaf.check", {"leaf": "", "overlay": "00" * 16, "policy": "open", "wall_ms": -1}),
        ("frame.encode", {"type": "HELLO1"}),
        ("frame.seal", {"fields": []}),
        ("frame.seal", {"type": "PING", "fields": {}}),
        ("frame.seal", {"type": 7, "fields": {}}),
        ("element.check", {"suite": 3, "elements": []}),
        ("element.check", {"suite": 1, "elements": "00"}),
        ("scalar.draw", {"suite": 2, "bytes": "00" * 32}),
        ("run.start", {"suite": 1, "entries": [], "position": 0, "x": "00" * 32, "y": "00" * 32}),
        ("export", {"exporter": "00" * 32, "context": "00" * 256, "length": 1}),
        ("export", {"exporter": "00" * 32, "context": "", "length": 8161}),
        ("draw", {"seed": "00" * 32, "label": "é", "context": "", "index": 0, "length": 1}),
        ("hello.transcript", {"frames": ["00"]}),
        (
            "hello.cookie",
            {"secret": "00" * 32, "address": "nowhere", "overlay": "00" * 16, "nonce": "00" * 32},
        ),
        ("segment.cut", {"frame": "00"}),
        ("segment.join", {"segments": []}),
        ("document.build", {"type": "group-list-entry", "group_id": "AB"}),
        ("frame.encode", {"type": ["HELLO1"]}),
        ("hello.cookie", COOKIE | {"address": "[2001:DB8::1]:4000"}),
        ("hello.cookie", COOKIE | {"address": "192.0.2.1:04000"}),
        ("install.check", {"body": "00"}),
        ("document.write-uri", {"type": "group-member", "peer_id": "00" * 32}),
    ],
)
def test_a_mistake_of_the_caller_is_taken_for_a_fault_of_the_octets(
    action: str, given: dict[str, Any]
) -> None:
    with pytest.raises(LocalError):
        tier0.run(action, given)


def test_a_refusal_of_octets_is_taken_for_a_mistake_of_the_caller() -> None:
    with pytest.raises(RemoteError, match="too-short"):
        tier0.run("frame.decode", {"bytes": ""})
    with pytest.raises(RemoteError, match="bad-group-id"):
        tier0.run("name.overlay", {"group": ""})
