"""Shares of CPU time: what is counted for the wrong part sends people to the wrong place."""

import json
import time
from pathlib import Path

import pytest

from benchmarks.peers.shares import Sampler, main, part_of, shares

HERE = "/anywhere/reference/coterie"


@pytest.mark.parametrize(
    ("place", "part"),
    [
        (f"{HERE}/runtime/ports.py send", "system calls: sockets"),
        (f"{HERE}/runtime/station.py _turn", "runtime: turns of the loop, ports"),
        (f"{HERE}/records/memory.py remember", "cryptography: SHA-256 of frames"),
        (f"{HERE}/records/checks.py check_kind", "records: checks, memory of senders"),
        (f"{HERE}/crypto/seal.py open", "cryptography: sealing and opening"),
        ("/usr/lib/python3.11/heapq.py merge", "everything else"),
    ],
)
def test_function_is_counted_for_another_part(place: str, part: str) -> None:
    assert part_of(place) == part


def test_samples_of_one_part_are_lost() -> None:
    seen = [(f"{HERE}/wire/frames.py decode_rest", 2), (f"{HERE}/wire/codec.py decode_body", 3)]

    assert list(shares(seen).values()) == [5]


def test_work_that_was_done_is_not_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "member0-throughput.json"
    sampler = Sampler()
    sampler.start()
    try:
        until = time.process_time() + 0.1
        while time.process_time() < until:
            pass
    finally:
        sampler.stop(file)

    main([str(file)])

    assert sum(count for _, count in json.loads(file.read_text())) > 0
    assert "the measured program" in capsys.readouterr().out
