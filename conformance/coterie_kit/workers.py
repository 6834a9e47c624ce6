"""Two worker processes that judge peers beside each other. Each worker is its own sub-reaper."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from coterie_kit import reaper
from coterie_kit.connect import connect
from coterie_kit.engine import Run, Settings
from coterie_kit.faults import KitError
from coterie_kit.killing import Finding
from coterie_kit.selection import all_cases, by_slug

__all__ = ["Job", "judged"]


@dataclass(frozen=True, slots=True)
class Job:
    """One peer and the cases to ask it, by slug."""

    name: str
    peer: str
    slugs: tuple[str, ...]
    seed: int
    deadline: float = 5.0


def _prepare() -> None:
    reaper.become_sub_reaper()
    by_slug(all_cases())


def _judge(job: Job) -> tuple[str, list[Finding], str]:
    """Name, findings, and what kept the peer from being judged at all."""
    cases = by_slug(all_cases())
    run = Run(connect(job.peer, deadline=job.deadline, adopt=True), Settings(job.seed, job.deadline))
    try:
        run.open()
    except KitError as fault:
        return job.name, [], str(fault)
    try:
        outcomes = [run.judge(cases[slug]) for slug in job.slugs]
    finally:
        run.close()
    findings = [Finding(o.slug, o.verdict, tuple(sorted(o.blamed)), o.why) for o in outcomes]
    return job.name, findings, ""


def judged(jobs: list[Job], workers: int = 2) -> Iterator[tuple[str, list[Finding], str]]:
    """What came of each job, in the order of ``jobs``, while the others go on."""
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare) as pool:
        yield from pool.map(_judge, jobs)
