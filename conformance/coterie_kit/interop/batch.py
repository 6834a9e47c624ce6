"""Many seeds with one company, or with several beside each other, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import multiprocessing.util
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from coterie_kit import reaper
from coterie_kit.faults import Crashed, Hung, PeerFault, UsageError
from coterie_kit.interop.cast import Company
from coterie_kit.interop.judging import Verdict, judged
from coterie_kit.interop.performance import perform
from coterie_kit.interop.plan import draw
from coterie_kit.peer import Declared

__all__ = ["Batch", "Judged"]

Judged = tuple[Verdict, dict[str, Declared]]
"""What came of a seed, and what the programs say of themselves."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What all seeds have in common."""

    specs: tuple[str, ...]
    members: int | None
    deadline: float

    def company(self) -> Company:
        """Its programs, not started yet."""
        return Company(self.specs, self.deadline)

    def one(self, seed: int, company: Company) -> Judged:
        """The run of one seed. UsageError for a program that is no whole peer; Crashed, Hung or PeerFault for
        one that cannot be started."""
        plan = draw(seed, self.members)
        try:
            members = company.cast(plan)
        except (Crashed, Hung, PeerFault) as fault:
            raise type(fault)(f"a member could not be started: {fault}") from None
        hellos = {member.spec: member.peer.hello for member in members}
        for spec, hello in hellos.items():
            if 1 not in hello.tiers or "member" not in hello.classes:
                raise UsageError(f"{spec} offers no whole peer: class member and tier 1 are needed")
        return judged(perform(plan, members)), hellos

    def run(self, seeds: Sequence[int], jobs: int) -> Iterator[Judged]:
        """All seeds, in their order; what comes of a seed does not depend on ``jobs``."""
        if jobs > 1 and len(seeds) > 1:
            yield from self._beside(seeds, jobs)
            return
        reaper.become_sub_reaper()
        company = self.company()
        try:
            for seed in seeds:
                yield self.one(seed, company)
        finally:
            company.end()

    def _beside(self, seeds: Sequence[int], jobs: int) -> Iterator[Judged]:
        forking = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(jobs, forking, initializer=_prepare, initargs=(self,)) as pool:
            try:
                yield from pool.map(_in_worker, seeds)
            finally:
                pool.shutdown(cancel_futures=True)


_WORKER: list[tuple[Batch, Company]] = []  # the one of this worker process


def _prepare(batch: Batch) -> None:
    reaper.become_sub_reaper()
    reaper.own.clear()
    company = batch.company()
    _WORKER.append((batch, company))
    multiprocessing.util.Finalize(None, company.end, exitpriority=0)


def _in_worker(seed: int) -> Judged:
    batch, company = _WORKER[-1]
    return batch.one(seed, company)
