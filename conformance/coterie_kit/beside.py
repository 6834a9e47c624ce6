"""Cases beside each other: processes, each with a peer of its own, and outcomes in the order of the cases.

A peer and the kit wait for each other by turns, so a second pair uses what one pair leaves. Every case starts
from its own reset and its own seed, so the outcomes do not depend on how the cases are spread.
"""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from coterie_kit import reaper
from coterie_kit.case import Case
from coterie_kit.engine import Run
from coterie_kit.faults import KitError
from coterie_kit.peer import Declared
from coterie_kit.verdict import Outcome

__all__ = ["Pairs"]

GARBAGE = 20_000  # objects more than before until a look at what can go: a case leaves a few thousand


class Pairs:
    """``number`` processes over ``cases``; case i is judged in process i modulo ``number``."""

    def __init__(self, make: Callable[[], Run], cases: Sequence[Case], number: int) -> None:
        context = multiprocessing.get_context("fork")
        self._ends: list[Connection] = []
        self._processes: list[BaseProcess] = []
        self._next = 0
        for which in range(number):
            here, there = context.Pipe(duplex=False)
            process = context.Process(target=_judge, args=(make, cases[which::number], there), daemon=True)
            process.start()
            there.close()
            if process.pid is not None:
                reaper.own.add(process.pid)
            self._ends.append(here)
            self._processes.append(process)

    def hello(self) -> Declared:
        """What the peers say of themselves. KitError when one does not, or when they differ."""
        told = [self._take(end) for end in self._ends]
        for answer in told:
            if isinstance(answer, str):
                raise KitError(answer)
        if any(answer != told[0] for answer in told) or not isinstance(told[0], Declared):
            raise KitError("two processes of the peer declare different things")
        return told[0]

    def outcome(self) -> Outcome:
        """The outcome of the next case."""
        found = self._take(self._ends[self._next % len(self._ends)])
        self._next += 1
        if not isinstance(found, Outcome):
            raise KitError("a process of the kit answered out of turn")
        return found

    def close(self) -> str:
        """Waits for the processes; what was wrong with the end of a peer, if anything was."""
        faults = []
        for end, process in zip(self._ends, self._processes, strict=True):
            try:
                last = end.recv()
            except (EOFError, OSError):
                last = ""
            faults += [last] if isinstance(last, str) and last else []
            end.close()
            process.join()
        return faults[0] if faults else ""

    def kill(self) -> None:
        """Ends the processes at once; each takes its peer along."""
        for process in self._processes:
            process.terminate()

    @staticmethod
    def _take(end: Connection) -> object:
        try:
            found: object = end.recv()
        except (EOFError, OSError):
            raise KitError("a process of the kit ended before its cases") from None
        return found


def _judge(make: Callable[[], Run], cases: Sequence[Case], tell: Connection) -> None:
    """The work of one process: hello, an outcome a case, and what was wrong with the peer's end."""
    reaper.become_sub_reaper()
    reaper.own.clear()
    gc.freeze()  # the suite and the vectors stay as long as this process: looking at them again frees nothing
    gc.set_threshold(GARBAGE)
    run = make()
    try:
        tell.send(run.open())
    except KitError as fault:
        tell.send(str(fault))
        return
    try:
        for case in cases:
            tell.send(run.judge(case))
    except (BrokenPipeError, KeyboardInterrupt):
        run.peer.kill()
        return
    run.close()
    tell.send(run.end_fault)
