"""Where a member's CPU time goes: what it was at, a thousand times in each second of CPU at most.

    MEMBER_PROFILE=FOLDER python -m benchmarks.peers.compare --systems coterie --members 4 --sizes 100
    python -m benchmarks.peers.shares FOLDER/member1-throughput.json

A sample counts for the Python function that was at work or had called what was: so the system's calls count
for the port's two functions, and the cryptography for the seal's. Sampling hardly slows down what it looks
at; a trace of every call would.
"""

from __future__ import annotations

import json
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY_S = 0.001
SOCKETS = "system calls: sockets"
PARTS = {
    "runtime/ports.py send": SOCKETS,
    "runtime/ports.py read": SOCKETS,
    "selectors.py select": "system calls: waiting",
    "records/memory.py remember": "cryptography: SHA-256 of frames",
    "/crypto/": "cryptography: sealing and opening",
    "/multicast/": "multicast: packing, holding, ordering, telling",
    "/wire/": "frames and bodies to octets and back",
    "/records/": "records: checks, memory of senders",
    "/peer/": "peer: from datagram to machine, timers",
    "/views/": "peer: from datagram to machine, timers",
    "/sessions/": "peer: from datagram to machine, timers",
    "/runtime/": "runtime: turns of the loop, ports",
    "/application/": "application interface",
    "/benchmarks/": "the measured program",
    "/asyncio/": "asyncio",
    "<string>": "making values",
}


def part_of(place: str) -> str:
    """The part that a function, written as its file and its name, belongs to."""
    return next((part for piece, part in PARTS.items() if piece in place), "everything else")


class Sampler:
    """Counts functions of this process by the CPU time that it uses."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def start(self) -> None:
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)

    def _look(self, _signal: int, frame: FrameType | None) -> None:
        if frame is not None:
            self.seen[f"{frame.f_code.co_filename} {frame.f_code.co_name}"] += 1

    def stop(self, file: Path) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        file.write_text(json.dumps(self.seen.most_common(), indent=0) + "\n", encoding="utf-8")


def shares(seen: list[tuple[str, int]]) -> Counter[str]:
    """Samples by part."""
    counted: Counter[str] = Counter()
    for place, count in seen:
        counted[part_of(place)] += count
    return counted


def main(files: list[str]) -> None:
    """Prints the shares of all members whose files are named."""
    counted: Counter[str] = Counter()
    for file in files:
        counted += shares(json.loads(Path(file).read_text(encoding="utf-8")))
    whole = sum(counted.values())
    for part, count in counted.most_common():
        print(f"{count / whole:6.1%}  {part}")
    print(f"{whole} samples")


if __name__ == "__main__":
    main(sys.argv[1:])
