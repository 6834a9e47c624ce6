"""What a run says that it has met: faults put at phases, parts of nodes, and where seeds lead too seldom."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace

import pytest

from coterie.simulation import Outcome, Step, simulate
from coterie.simulation.coverage import Coverage
from coterie.simulation.phase import PHASES, Phase
from coterie.simulation.plan import Moment
from coterie.simulation.scenes import SCENES
from reference.tests.simulation.plans import calm, step, talk, told
from reference.tests.simulation.soak import FAULTS, Soak, Verdict

OWN, OTHER = b"own", b"other"


def struck(steps: Sequence[Step], moment: Moment, size: int = 5) -> Outcome:
    """A group to which something happens, and in which one crashes at that moment."""
    crash = replace(step("crash-kept", 2_000, 2_500), on=moment)
    return simulate(calm(size, [*steps, crash], one_way=20))


@pytest.mark.parametrize("phase", ["idle", "propose", "flush", "up", "confirm"])
def test_fault_struck_in_another_phase(phase: str) -> None:
    outcome = struck([step("leave", 2_500, 3_500, 1)], Moment("", False, 0, phase))

    assert outcome.faults == ()
    assert outcome.coverage.hits["F-11", phase] == 1


def test_scene_of_recovery_brought_nobody_there() -> None:
    talks = [
        talk(2_000, 4_000, range(5), every=20),
        step("holes", 2_000, 4_000, 3, percent=50, names=("DATA",)),
    ]
    outcome = struck([*talks, step("leave", 2_500, 3_500, 1)], Moment("", False, 0, "recovery"))

    assert outcome.coverage.hits["F-11", "recovery"] == 1


def test_scene_of_merge_brought_nobody_there() -> None:
    outcome = struck([step("secede", 2_000, 2_700, 3, 4)], Moment("", False, 0, "merge"))

    assert outcome.faults == ()
    assert outcome.coverage.hits["F-11", "merge"] == 1


@pytest.mark.parametrize(("role", "fault"), [("controller", "F-22"), ("coordinator", "F-23")])
def test_one_who_does_not_matter_was_struck(role: str, fault: str) -> None:
    outcome = struck([step("leave", 2_500, 3_500, 1)], Moment("", False, 0, "up", role))

    assert outcome.coverage.hits[fault, "up"] == 1


def test_part_outlived_the_view() -> None:
    phase = Phase()
    phase.follow("view-installed", {"members": (OWN, OTHER)}, OWN, 0)
    assert phase.has("coordinator")
    assert not phase.has("controller")

    phase.sends("DOWN")
    assert phase.has("controller")

    phase.follow("left", {}, OWN, 1)
    assert not phase.has("coordinator")
    assert not phase.has("controller")


def test_change_of_a_calm_group_was_called_a_cascade() -> None:
    outcome = simulate(calm(5, [step("leave", 2_500, 3_500, 1)]))

    assert not any(fault == "F-21" for fault, _ in outcome.coverage.hits)


def test_phase_had_no_scene() -> None:
    assert set(SCENES) == set(PHASES)


def test_nobody_said_what_it_keeps_or_had_heard() -> None:
    outcome = simulate(calm(4, [talk(2_000, 4_000, range(4))]))

    for node in range(4):
        assert told(outcome, node, "resources")
        assert any("heard" in line for line in told(outcome, node, "deliver"))


def soak_of(hits: int, seeds: int, judged: frozenset[str] = frozenset()) -> Soak:
    """A soak in which each fault met each phase so often."""
    soak = Soak(Namespace(shrink=0))
    coverage = Coverage()
    for fault in FAULTS:
        for phase in PHASES:
            coverage.hits[fault, phase] = hits
    soak.coverage.add(coverage)
    for seed in range(seeds):
        soak.add(seed, Verdict([], Coverage(), 0.1, 1, None, judged))
    return soak


def test_thin_cell_was_not_told() -> None:
    soak = soak_of(hits=2, seeds=1_000)
    assert "thin cells: none" in list(soak.coverage_told())

    soak.coverage.hits["F-09", "merge"] = 1

    assert "thin cells: F-09 merge (1)" in list(soak.coverage_told())


def test_property_that_nobody_judged_was_not_missed() -> None:
    assert "RL-8" in soak_of(hits=1, seeds=300, judged=frozenset({"VS-1"})).never_judged()
    assert "VS-1" not in soak_of(hits=1, seeds=300, judged=frozenset({"VS-1"})).never_judged()
    assert soak_of(hits=1, seeds=40).never_judged() == []
