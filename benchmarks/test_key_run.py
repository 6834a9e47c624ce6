"""A key run from INSTALL to the last CONFIRM, all members in one process, against its bare primitives."""

from statistics import median
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.company import Company
from benchmarks.conftest import Figure, Figures, rounds_of
from benchmarks.primitives import bare_seconds, counted
from coterie.peer import Request

ROUNDS = {2: 60, 8: 20, 32: 5}
BARS = {2: 2.5, 8: 1.5, 32: 1.5}


@pytest.mark.parametrize("size", [2, 8, 32])
@pytest.mark.parametrize("suite", [1, 2])
def test_key_run(suite: int, size: int, benchmark: BenchmarkFixture, figures: Figures) -> None:
    company = Company(size)
    request = company.request(suite)
    with counted() as counts:
        company.install(request)
    assert len(company.views) == 1
    bare: list[float] = []

    def fresh() -> tuple[tuple[Company, Request], dict[str, object]]:
        made = Company(size)
        bare.append(bare_seconds(suite, counts))
        return (made, made.request(suite)), {}

    run: Any = benchmark.pedantic
    run(lambda made, wish: made.install(wish), setup=fresh, rounds=ROUNDS[size])

    # Round by round, because a busy machine slows both: the bare work was done just before.
    measured = rounds_of(benchmark)
    ratio = median(run / work for run, work in zip(measured, bare[-len(measured) :], strict=True))
    named = (
        f"{counts['raise']} raised by {counts['load']}, {counts['sign']} signed, "
        f"{counts['verify']} verified, {counts['mac']} MACs"
    )
    bare_us = median(bare) * 1e6
    figures.add(Figure(f"key run, n = {size}, suite {suite}", ratio * bare_us, bare_us, named, BARS[size]))
