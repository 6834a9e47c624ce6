"""Daemons that are killed while they bind an alias or take one back, and started again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reference.tests.runtime.town import Resident, announced, means, town, until

pytestmark = pytest.mark.live

POND = "pond"


@pytest.fixture(scope="module")
def residents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Resident]]:
    with town(tmp_path_factory.mktemp("town"), "inn", "bob", "ada", options=("--hosts=1",)) as everyone:
        everyone[1].ask("create", group=POND)
        yield everyone


@pytest.mark.parametrize("step", ["publishing", "done"])
def test_alias_is_lost_with_the_life_that_bound_it(residents: list[Resident], step: str) -> None:
    _, bob, ada = residents
    alias = f"alias at {step}"
    ada.killed_at(step, "alias", alias=alias, group=POND)
    ada.start()
    ada.entered()

    if not ada.ask("status")["aliases"]:
        assert step != "done"
        ada.ask("alias", alias=alias, group=POND)
    until(lambda: means(bob, alias) == [POND], f"{alias} is found again")
    life = ada.ask("status")["incarnation"]
    until(lambda: announced(bob, alias) >= life, f"{alias} is published by this life")
    ada.ask("unalias", alias=alias)
    until(lambda: means(bob, alias) == [], f"{alias} is gone")


@pytest.mark.parametrize("step", ["publishing", "done"])
def test_alias_that_was_taken_back_comes_again_with_the_next_life(
    residents: list[Resident], step: str
) -> None:
    _, bob, ada = residents
    alias = f"alias ends at {step}"
    ada.ask("alias", alias=alias, group=POND)
    ada.killed_at(step, "unalias", alias=alias)
    ada.start()
    ada.entered()

    if ada.ask("status")["aliases"]:
        # it had not taken it back yet: nothing is in the way of doing it again
        assert step != "done"
        ada.ask("unalias", alias=alias)
    # and where it had, but nobody was told, somebody is told now
    until(lambda: means(bob, alias) == [], f"{alias} is gone")
