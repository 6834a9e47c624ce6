"""The table of loads: what must not be counted for the wrong nodes, and what must not be left out."""

import pytest

from benchmarks.load.table import BEGIN, END, table, written
from benchmarks.load.ways import WAYS, Load, Outcome, Setting, fairness, play

SMALL = Setting(nodes=12, members=3, messages=6, grace=4_000)
SPOKEN = [name for name in WAYS if "nobody speaks" not in name]


@pytest.fixture(name="outcomes", scope="module")
def of_all_ways() -> dict[str, Outcome]:
    return {name: play(name, SMALL) for name in WAYS}


@pytest.mark.parametrize("name", SPOKEN)
def test_load_was_counted_of_messages_that_nobody_heard(name: str, outcomes: dict[str, Outcome]) -> None:
    assert len(outcomes[name].delays) == outcomes[name].due == 12
    assert len(outcomes[name].members) == 3
    assert len(outcomes[name].others) == 9


def test_group_was_carried_by_those_outside(outcomes: dict[str, Outcome]) -> None:
    own, silent, *through_main = outcomes.values()

    # what goes on in the main overlay goes on without a word being said
    assert [load.octets for load in own.others] == [load.octets for load in silent.others]
    assert all(load.octets > 1_000 for outcome in through_main for load in outcome.others)
    assert own.hops == []
    assert all(min(outcome.hops) >= 1 for outcome in through_main)


def test_second_run_counted_something_else(outcomes: dict[str, Outcome]) -> None:
    name = SPOKEN[0]

    assert play(name, SMALL).members == outcomes[name].members


def test_one_who_carries_everything_was_fair() -> None:
    assert fairness([5, 5, 5, 5]) == pytest.approx(1)
    assert fairness([8, 0, 0, 0]) == pytest.approx(1 / 4)
    assert fairness([0, 0]) == 1


def test_table_was_written_into_another_place() -> None:
    outcome = Outcome(SMALL, [Load(2, 200), Load(4, 400)], [Load(1, 10)], [7, 9])
    text = table({"a way": outcome})

    assert "| a way | 2 of 12 | 8 ms |  | 3 | 300 (400) | 1 | 10 (10) | 0.90 | 0.62 |" in text
    assert written(f"before\n{BEGIN}old\n{END}after", text) == f"before\n{BEGIN}\n{text}\n{END}after"
    with pytest.raises(ValueError, match="no section"):
        written("nothing", text)
