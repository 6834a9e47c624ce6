"""A shadow that misses a difference would let a self-test call a case unaffected that a mutant fails."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import IO

import pytest

P256 = "00" * 91
"""As long as the public key of P-256; nobody looks into it."""

COMMAND = (sys.executable, "-m", "coterie", "harness", "--shadow")


Action = tuple[str, dict[str, object]]


class Watched:
    """A harness that watches for all mutants, which takes it a while; asked for one run after the other."""

    def __init__(self, into: IO[str], out: IO[str]) -> None:
        self._into, self._out, self._seq = into, out, 0

    def shadows(self, *actions: Action) -> list[set[str]]:
        """What differed in each of the actions, asked one after the other."""
        self._ask("shadow")  # what another test has left is not looked at
        return [self._differed(action, args) for action, args in actions]

    def _differed(self, action: str, args: dict[str, object]) -> set[str]:
        self._ask("do", action=action, args=args)
        return set(self._ask("shadow")["result"]["mutants"])

    def _ask(self, command: str, **fields: object) -> dict[str, dict[str, list[str]]]:
        print(json.dumps({"seq": self._seq, "cmd": command, **fields}), file=self._into, flush=True)
        self._seq += 1
        reply: dict[str, dict[str, list[str]]] = json.loads(self._out.readline())
        return reply


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Watched(process.stdin, process.stdout)


def test_mutant_that_computes_otherwise_goes_unseen(watched: Watched) -> None:
    (seen,) = watched.shadows(("name.peer", {"spki": P256}))

    assert "peer-id-unlabelled" in seen


def test_dropped_check_is_taken_for_a_difference_where_it_passes(watched: Watched) -> None:
    good = {"group": "636f74657269650a".removesuffix("0a")}
    bad = {"group": "65cc81"}

    passed, refused = watched.shadows(("name.overlay", good), ("name.overlay", bad))

    assert "group-id-any" not in passed
    assert "group-id-any" in refused


def test_changed_table_is_met_by_what_never_reads_it_or_reads_the_same(watched: Watched) -> None:
    long, one, short = {"frame": "00" * 1300}, {"frame": "00" * 900}, {"group": "65"}

    cut, whole, named = watched.shadows(("segment.cut", long), ("segment.cut", one), ("name.overlay", short))

    assert "segments-of-1000" in cut
    assert "segments-of-1000" not in whole
    assert "segments-of-1000" not in named


def test_property_is_met_before_anyone_asks_for_it(watched: Watched) -> None:
    (seen,) = watched.shadows(("name.peer", {"spki": P256}))

    assert "waiting-any-number" not in seen


def test_what_differed_once_differs_for_ever(watched: Watched) -> None:
    first, second = watched.shadows(("name.peer", {"spki": P256}), ("document.parse", {"bytes": ""}))

    assert "peer-id-unlabelled" in first
    assert "peer-id-unlabelled" not in second
