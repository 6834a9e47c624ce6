"""A shadow that misses a difference would let a self-test call a case unaffected that a mutant fails."""

from __future__ import annotations

import json
import subprocess
import sys

P256 = "00" * 91
"""As long as the public key of P-256; nobody looks into it."""

COMMAND = (sys.executable, "-m", "coterie", "harness", "--shadow")


def _shadows(*actions: tuple[str, dict[str, object]]) -> list[set[str]]:
    """What differed in each of the actions, asked one after the other of one harness."""
    lines = []
    for action, args in actions:
        lines.append({"seq": len(lines), "cmd": "do", "action": action, "args": args})
        lines.append({"seq": len(lines), "cmd": "shadow"})
    said = subprocess.run(
        COMMAND,
        input="\n".join(map(json.dumps, lines)),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )  # fmt: skip
    replies = [json.loads(line) for line in said.stdout.splitlines()]
    return [set(reply["result"]["mutants"]) for reply in replies[1::2]]


def test_mutant_that_computes_otherwise_goes_unseen() -> None:
    (seen,) = _shadows(("name.peer", {"spki": P256}))

    assert "peer-id-unlabelled" in seen


def test_dropped_check_is_taken_for_a_difference_where_it_passes() -> None:
    good = {"group": "636f74657269650a".removesuffix("0a")}
    bad = {"group": "65cc81"}

    passed, refused = _shadows(("name.overlay", good), ("name.overlay", bad))

    assert "group-id-any" not in passed
    assert "group-id-any" in refused


def test_changed_table_is_met_by_what_never_reads_it() -> None:
    long, short = {"frame": "00" * 1300}, {"group": "65"}

    cut, named = _shadows(("segment.cut", long), ("name.overlay", short))

    assert "segments-of-1000" in cut
    assert "segments-of-1000" not in named


def test_property_is_met_before_anyone_asks_for_it() -> None:
    (seen,) = _shadows(("name.peer", {"spki": P256}))

    assert "waiting-any-number" not in seen


def test_what_differed_once_differs_for_ever() -> None:
    first, second = _shadows(("name.peer", {"spki": P256}), ("document.parse", {"bytes": ""}))

    assert "peer-id-unlabelled" in first
    assert "peer-id-unlabelled" not in second
