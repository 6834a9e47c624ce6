"""Two worker processes that judge peers beside each other. Each worker is its own sub-reaper."""

from __future__ import annotations

import gc
import multiprocessing
import multiprocessing.util
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from coterie_kit import reaper
from coterie_kit.beside import GARBAGE
from coterie_kit.case import Case
from coterie_kit.connect import connect
from coterie_kit.crowd import Asking
from coterie_kit.engine import Run, Settings
from coterie_kit.faults import CaseEnd, KitError
from coterie_kit.killing import Finding, Mutant, kills
from coterie_kit.link import Link
from coterie_kit.nursery import Hatched, close_all, nursery

__all__ = ["Crowds", "Job", "Workers"]


@dataclass(frozen=True, slots=True)
class Job:
    """One peer and the cases to ask it, by slug."""

    name: str
    peer: str
    slugs: tuple[str, ...]
    seed: int
    deadline: float = 5.0
    shadowed: bool = False
    """Whether the peer tells after each case which mutants could have made a difference."""
    mutants: tuple[str, ...] = ()
    """Which child of the nursery to ask, where ``peer`` is the command of a reference that has one."""
    enough: tuple[str, ...] = ()
    """Requirements: once a check that names one of them failed, the rest of its case says nothing more."""
    killers: int = 0
    """Once so many cases have failed so, the others are spared; 0 spares none."""


@dataclass(frozen=True, slots=True)
class Crowds:
    """Cases, and of each the mutants whose rules it does not cite; ``peer`` is as for mutants of a job.

    Those in ``alone`` spoil every crowd.
    """

    name: str
    peer: str
    asked: tuple[tuple[str, tuple[Mutant, ...]], ...]
    seed: int
    alone: frozenset[str] = frozenset()


_CASES: dict[
    str, Case
] = {}  # as the parent had them when the workers were forked: files may change meanwhile


def _prepare() -> None:
    reaper.become_sub_reaper()
    reaper.own.clear()
    gc.freeze()  # the suite and the vectors stay as long as this process: looking at them again frees nothing
    gc.set_threshold(GARBAGE)
    multiprocessing.util.Finalize(None, close_all, exitpriority=0)


def _judge(job: Job | Crowds) -> tuple[str, list[Finding], str]:
    """Name, findings, and what kept the peer from being judged at all."""
    try:
        return job.name, _findings(job) if isinstance(job, Job) else _of_crowds(job), ""
    except (KitError, CaseEnd) as fault:
        return job.name, [], str(fault)


def _findings(job: Job) -> list[Finding]:
    settings = Settings(job.seed, job.deadline, traced=frozenset(), enough=frozenset(job.enough))
    run = Run(_link(job), settings)
    run.open()
    try:
        return list(_until_killed(run, job))
    finally:
        run.peer.kill()  # how it ends is not what is judged here, and waiting for it costs time


def _until_killed(run: Run, job: Job) -> Iterator[Finding]:
    left = job.killers
    for slug in job.slugs:
        finding = _finding(run, _CASES[slug], shadowed=job.shadowed)
        yield finding
        left -= kills(finding, job.enough)
        if job.killers and left <= 0:
            return


def _of_crowds(job: Crowds) -> list[Finding]:
    def judge(mutants: tuple[str, ...], slugs: tuple[str, ...]) -> list[Finding]:
        return _findings(Job(job.name, job.peer, slugs, job.seed, mutants=mutants))

    return list(Asking(judge, set(job.alone)).findings(job.asked))


def _link(job: Job) -> Link:
    if job.mutants:
        return Hatched(nursery(job.peer, job.deadline), job.mutants)
    return connect(job.peer, deadline=job.deadline, adopt=True)


def _finding(run: Run, case: Case, *, shadowed: bool) -> Finding:
    outcome = run.judge(case)
    blamed = tuple(sorted(outcome.blamed))
    # a peer that was lost cannot be asked; what it met does not matter, for its case did not pass
    asked = shadowed and run.peer.is_open
    met = frozenset(run.peer.raw({"cmd": "shadow"})["mutants"]) if asked else frozenset()
    return Finding(case.slug, outcome.verdict, blamed, outcome.why, met)


class Workers:
    """Worker processes that know ``cases`` by slug. A context manager."""

    def __init__(self, number: int, cases: Mapping[str, Case]) -> None:
        _CASES.clear()
        _CASES.update(cases)
        context = multiprocessing.get_context("fork")
        self._pool = ProcessPoolExecutor(number, mp_context=context, initializer=_prepare)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def judged(self, jobs: Sequence[Job | Crowds]) -> Iterator[tuple[str, list[Finding], str]]:
        """What came of each job, in the order of ``jobs``, while the others go on; they begin at once."""
        return self._pool.map(_judge, jobs)
