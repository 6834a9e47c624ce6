"""Whole groups under the simulator: what a seed promises, and the figures that a group has to keep."""

from __future__ import annotations

import time

import pytest

from coterie.simulation import draw, simulate
from reference.tests.simulation.plans import calm, step, talk, told
from reference.tests.simulation.soak import judge

SUSPECT_MS = 2_000


def test_same_seed_ran_another_way() -> None:
    assert simulate(draw(11)).digest == simulate(draw(11)).digest


def test_run_without_a_fault_did_not_come_together() -> None:
    found, outcome = judge(calm(5, [talk(2_000, 6_000, range(5))]))

    assert found == []
    assert all(told(outcome, node, "deliver") for node in range(5))


@pytest.mark.parametrize("seed", range(5))  # the soak goes on from here: hundreds in each run of all tests
def test_seed_broke_a_promise(seed: int) -> None:
    found, _ = judge(draw(seed))

    assert found == []


def test_survivors_waited_longer_than_one_and_a_half_suspicions() -> None:
    found, outcome = judge(
        calm(5, [talk(2_000, 6_500, range(4), every=20), step("crash", 3_000, 6_500, 4)], heals=6_500)
    )

    assert found == []
    for node in range(4):
        times = [line["t"] for line in told(outcome, node, "deliver")]
        again = min(at for at in times if at > 3_000 + SUSPECT_MS)
        assert again <= 3_000 + 1.5 * SUSPECT_MS


def test_healed_partition_took_more_than_five_seconds() -> None:
    parts = {"groups": ((0, 1, 2), (3, 4, 5, 6, 7))}
    found, outcome = judge(
        calm(8, [talk(3_000, 9_000, range(8)), step("partition", 4_000, 9_000, **parts)], heals=9_000,
             one_way=25)
    )  # fmt: skip

    assert found == []
    assert outcome.converged is not None
    assert outcome.converged - 9_000 <= 5_000


def test_nacks_grew_with_the_group() -> None:
    steps = [talk(4_000, 8_000, (0, 1), every=40), step("loss", 4_000, 8_000, percent=30)]
    found, outcome = judge(calm(4, steps))

    assert found == []
    assert outcome.counts["sent NACK"] <= 2 * outcome.counts["lost DATA"]


@pytest.mark.parametrize("size", [16, pytest.param(64, marks=pytest.mark.soak)])
def test_nacks_grew_in_the_largest_group(size: int) -> None:
    # one second of loss and two who speak: what matters is how many ask for the same message
    steps = [talk(1_800, 2_500, (0, 1), every=40), step("loss", 1_800, 2_800, percent=30)]
    found, outcome = judge(calm(size, steps, heals=2_800))

    assert found == []
    assert outcome.counts["lost DATA"] >= 8 * size
    assert outcome.counts["sent NACK"] <= 2 * outcome.counts["lost DATA"]


@pytest.mark.serial
def test_idle_group_cost_more_than_a_hundredth_of_its_time() -> None:
    ratios = []
    for _ in range(3):
        began = time.process_time()
        outcome = simulate(calm(8, heals=120_000), deep=False)
        ratios.append(outcome.ended / 1000 / (time.process_time() - began))
        assert outcome.faults == ()

    # the best of three: a machine that does something else besides says nothing about the group
    assert max(ratios) >= 100
