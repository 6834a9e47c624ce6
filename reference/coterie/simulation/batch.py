"""Many seeds on several processors: one function of a seed, its results in the order of the seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

T = TypeVar("T")

AHEAD = 8
"""Seeds given out to each process before its first result is waited for."""


def over(function: Callable[[int], T], seeds: Iterable[int], jobs: int) -> Iterator[tuple[int, T]]:
    """Each seed with what the function made of it. The function can be pickled; one job needs no process."""
    if jobs <= 1:
        for seed in seeds:
            yield seed, function(seed)
        return
    waiting: list[tuple[int, Future[T]]] = []
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for seed in seeds:
            waiting.append((seed, pool.submit(function, seed)))
            if len(waiting) >= AHEAD * jobs:
                first, result = waiting.pop(0)
                yield first, result.result()
        for seed, result in waiting:
            yield seed, result.result()
