"""Mutants out of a nursery: the reference starts once, warms up, and forks a child for each mutant or crowd.

To the kit such a child is a peer like any other, behind a link like any other. What it costs to start is the
fork and not the imports, which is most of what a mutant costs that is asked few cases.
"""

from __future__ import annotations

import json
import time

from coterie_kit.connect import Command, argv_of
from coterie_kit.faults import CaseEnd, Crashed

__all__ = ["Hatched", "close_all", "nursery"]

LEAVE = 1.0  # seconds to answer "stop"
_NURSERIES: dict[str, Command] = {}  # one in each worker process, by harness


def nursery(harness: str, deadline: float) -> Command:
    """The nursery of this process, which is started when the first child is wanted."""
    if harness not in _NURSERIES:
        command = f"{harness} --nursery"
        _NURSERIES[harness] = Command(f"cmd:{command}", argv_of(command), deadline, adopt=True)
    return _NURSERIES[harness]


def close_all() -> None:
    """Ends the nurseries of this process."""
    for nest in _NURSERIES.values():
        nest.kill()


class Hatched:
    """The link to one child, which is all ``mutants``; ``open`` after ``kill`` hatches the same anew."""

    def __init__(self, nest: Command, mutants: tuple[str, ...]) -> None:
        self.spec = f"{nest.spec} ({', '.join(mutants)})"
        self.confinement = nest.confinement
        self._nest, self._mutants = nest, mutants
        self._lives = False

    def open(self) -> None:
        """Hatches the child. Crashed when the nursery does not."""
        if not self._nest.is_open:
            self._nest.open()
        reply = json.loads(self._nest.exchange(_line("hatch", mutants=self._mutants)))
        if reply.get("status") != "ok":
            message = f"the nursery does not hatch {', '.join(self._mutants)}: {reply.get('detail')}"
            raise Crashed(message)
        self._lives = True

    def exchange(self, line: bytes) -> bytes:
        """As ``Link.exchange``. A child that does not answer goes with the nursery: what it might say later
        is no answer to anything."""
        try:
            return self._nest.exchange(line)
        except CaseEnd:
            self._lives = False
            self._nest.kill()
            raise

    def kill(self) -> None:
        """Ends the child: it is told to stop, and where that fails the nursery goes as well."""
        if not self._lives:
            return
        self._lives = False
        end = time.monotonic() + LEAVE
        try:
            self._nest.exchange(_line("stop"), end)
        except CaseEnd:
            self._nest.kill()

    def close(self) -> str:
        """As ``kill``: how a mutant ends is not what is judged."""
        self.kill()
        return ""

    def log(self) -> str:
        """What the nursery and its children wrote."""
        return self._nest.log()


def _line(command: str, **fields: tuple[str, ...]) -> bytes:
    return json.dumps({"seq": 1, "cmd": command, **fields}).encode()
