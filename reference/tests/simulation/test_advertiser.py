"""A public group under the simulator: who advertises it, how its parts meet, and what is left at its end."""

from __future__ import annotations

from importlib import import_module

import pytest

from coterie.mutants.registry import by_name
from coterie.simulation import memory
from coterie.simulation.overlays import Plan, play
from coterie.simulation.overlays.advertiser import tell
from coterie.simulation.overlays.stage import Outcome, Stage
from coterie.simulation.overlays.story import Story

SIZE = Plan("advertiser", 1, nodes=6, lifetime=60, apart=6_000)

ALONE = Story(1, "one", (), "leave")
CALM = Story(2, "one", (), "leave")
RACE = Story(2, "race", (), "leave")


def told(story: Story) -> Outcome:
    with memory.remembering():
        stage = Stage(SIZE)
        tell(stage, story)
        return stage.close()


@pytest.mark.parametrize("seed", [1])  # make soak plays hundreds
def test_group_had_no_advertiser_or_two_or_left_something_behind(seed: int) -> None:
    outcome = play(Plan("advertiser", seed, nodes=12, lifetime=60, apart=6_000))

    assert outcome.faults == []
    assert outcome.figures["views judged"] >= 1


@pytest.mark.parametrize("story", [ALONE, CALM, RACE])
def test_witness_of_a_group_took_right_for_wrong(story: Story) -> None:
    assert told(story).faults == []


@pytest.mark.parametrize(
    ("mutant", "story", "noticed"),
    [
        ("coordinator-untold", ALONE, "nobody advertises"),
        ("advertises-once", CALM, "not where its members are"),
        ("advertises-others-first", CALM, "not where its members are"),
        ("refreshes-on", RACE, "a group that node"),
        ("refreshes-the-entry-on", RACE, "a group that node"),
        ("never-polls", RACE, "do not come together"),
        ("members-unseen", ALONE, "are told to be members"),
        ("group-unlisted", ALONE, "in no list"),
        ("leaves-its-word", ALONE, "everybody has left"),
        ("leaves-its-entry", ALONE, "everybody has left"),
    ],
)
def test_witness_of_a_group_noticed_nothing(
    mutant: str, story: Story, noticed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = by_name(mutant)
    module, _, function = row.target.partition(":")
    original = getattr(import_module(module), function)
    monkeypatch.setattr(import_module(module), function, row.change(original))

    outcome = told(story)

    assert any(noticed in fault for fault in outcome.faults), outcome.faults
