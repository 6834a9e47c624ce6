"""Daemons that are killed in the middle of something, and started again."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from coterie.cli.caller import RefusedError
from reference.tests.runtime.town import Resident, town, until

pytestmark = pytest.mark.live

POND = "pond"


@pytest.fixture(scope="module")
def residents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Resident]]:
    with town(tmp_path_factory.mktemp("town"), "inn", "bob", "ada", options=("--hosts=1",)) as everyone:
        everyone[1].ask("create", group=POND)
        yield everyone


def announced(asked: Resident, name: str) -> int:
    """When what a name means was published last, in milliseconds since 1970; 0 where nothing is found."""
    with suppress(RefusedError):
        return max(each["sequence"] for each in asked.ask("info", group=name)["classes"])
    return 0


def is_listed(asked: Resident, group: str) -> bool:
    return group in {each["group"] for each in asked.ask("list")["groups"]}


def means(asked: Resident, name: str) -> list[str]:
    with suppress(RefusedError):
        return [each.get("means", each["kind"]) for each in asked.ask("info", group=name)["classes"]]
    return []


@pytest.mark.parametrize("step", ["looking", "publishing", "done"])
def test_creator_that_was_killed_comes_back_without_its_group(residents: list[Resident], step: str) -> None:
    _, bob, ada = residents
    group = f"killed while {step}"
    ada.killed_at(step, "create", group=group)
    ada.start()
    ada.entered()

    if not ada.belongs(group):
        # it was not there yet: nothing is in the way of doing it again
        assert step != "done"
        with suppress(RefusedError):
            ada.ask("create", group=group)

    until(lambda: ada.view(group) == ["ada"], f"{group} is there again")
    until(lambda: is_listed(bob, group), f"{group} is listed again")
    assert [each for each in bob.published(group) if each != "ada"] == []
    until(lambda: bob.published(group) == ["ada"], f"ada says once that it is in {group}")


@pytest.mark.parametrize("step", ["looking", "greeting", "joining", "done"])
def test_newcomer_that_was_killed_is_there_twice(residents: list[Resident], step: str) -> None:
    _, bob, ada = residents
    ada.killed_at(step, "join", group=POND)
    ada.start()
    ada.entered()
    if step == "done":
        until(lambda: ada.view(POND) == ["ada", "bob"], "ada is back by itself")

    with suppress(RefusedError):
        # it is there already
        ada.ask("join", group=POND)
    until(lambda: ada.view(POND) == bob.view(POND) == ["ada", "bob"], "both are in one view")
    until(lambda: bob.published(POND) == ["ada", "bob"], "each says so once")

    ada.ask("leave", group=POND)
    until(lambda: bob.view(POND) == ["bob"], "ada has left")


def test_leaver_that_was_killed_cannot_leave_any_more(residents: list[Resident]) -> None:
    _, bob, ada = residents
    ada.ask("join", group=POND)
    ada.killed_at("leaving", "leave", group=POND)
    ada.start()
    ada.entered()

    if ada.belongs(POND):
        until(lambda: ada.view(POND) == ["ada", "bob"], "it had not begun to leave")
        ada.ask("leave", group=POND)
    until(lambda: bob.view(POND) == ["bob"], "ada is out")
    assert not ada.belongs(POND)


def test_daemon_that_was_stopped_in_order_is_missed_or_forgets(residents: list[Resident]) -> None:
    _, bob, ada = residents
    ada.ask("join", group=POND)
    with ada.call() as listener:
        # somebody who listens is no reason to complain
        assert "last" in listener.ask({"do": "listen", "group": POND}, lambda _: None)
        ada.process.terminate()
        _, complaint = ada.process.communicate(timeout=20)
    assert (ada.process.returncode, complaint) == (0, "")

    # it has said goodbye: nobody has to find out
    assert bob.view(POND) == ["bob"]
    ada.start()
    until(lambda: ada.view(POND) == bob.view(POND) == ["ada", "bob"], "ada is back by itself")
    ada.ask("leave", group=POND)


def test_client_of_the_overlay_cannot_be_in_a_group(residents: list[Resident], tmp_path: Path) -> None:
    _, bob, _ = residents
    written = tmp_path / "eve.toml"
    at = bob.ask("status")["address"]
    written.write_text(
        f"name = 'eve'\nclient = true\nenter = '{at}'\nlisten = '127.0.0.1:0'\n", encoding="utf-8"
    )
    eve = Resident("eve", tmp_path / "eve", "--config", str(written))
    try:
        status = eve.entered()
        assert (status["role"], status["held"]) == ("client", 0)
        eve.ask("join", group=POND)
        until(lambda: eve.view(POND) == bob.view(POND) == ["bob", "eve"], "eve is in the group")
        until(lambda: bob.published(POND) == ["bob", "eve"], "both say so")
        assert eve.ask("status")["held"] == 0
        eve.ask("leave", group=POND)
    finally:
        eve.kill()


def test_group_is_not_created_by_another_daemon(residents: list[Resident], tmp_path: Path) -> None:
    _, bob, _ = residents
    at = bob.ask("status")["address"]
    eve = Resident("eve", tmp_path / "eve", f"--enter={at}", "--name=eve", "--client")
    try:
        eve.entered()
        joined = eve.ask("host", group="swamp", description="of frogs")
        assert (joined["created"], len(joined["members"])) == (False, 2)
        until(lambda: is_listed(bob, "swamp"), "others find it")
        eve.ask("leave", group="swamp")
    finally:
        eve.kill()


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


def test_newcomer_that_was_killed_at_the_door_is_shut_out(residents: list[Resident], tmp_path: Path) -> None:
    _, bob, _ = residents
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        at = f"--enter=127.0.0.1:{nobody.getsockname()[1]}"
        eve = Resident("eve", tmp_path / "eve", at, "--name=eve", "--client")
        try:
            eve.killed_at("entering", "join", group=POND)
            eve.options = (f"--enter={bob.ask('status')['address']}", "--name=eve", "--client")
            eve.start()
            eve.entered()

            assert not eve.belongs(POND)
            eve.ask("join", group=POND)
            until(lambda: eve.view(POND) == bob.view(POND) == ["bob", "eve"], "eve is in the group")
            eve.ask("leave", group=POND)
        finally:
            eve.kill()


def test_word_of_an_earlier_life_outlives_the_leaver(residents: list[Resident]) -> None:
    _, bob, ada = residents
    ada.ask("create", group="well")
    until(lambda: is_listed(bob, "well"), "it is listed")
    bob.ask("join", group="well")
    until(lambda: ada.view("well") == bob.view("well") == ["ada", "bob"], "bob has come")
    ada.kill()
    until(lambda: bob.view("well") == ["bob"], "ada is missed")
    ada.start()
    ada.entered()
    until(lambda: ada.view("well") == bob.view("well") == ["ada", "bob"], "ada is back by itself")

    for each in (ada, bob):
        each.ask("leave", group="well")
    until(lambda: not is_listed(bob, "well"), "nothing is left of it")
    assert means(bob, "well") == []


def test_first_of_all_comes_back_to_an_empty_overlay(residents: list[Resident]) -> None:
    inn, bob, ada = residents
    inn.ask("create", group="inn")
    inn.kill()
    inn.start()

    assert inn.entered()["state"] == "kept"
    until(lambda: inn.view("inn") == ["inn"], "the group of the first is there again")
    for each in (bob, ada):
        until(lambda who=each: is_listed(who, "inn"), "and it is found")  # type: ignore[misc]
    # what the lives before had published would still be found: whoever came back has published it anew
    for each, group in ((inn, "inn"), (ada, "killed while done")):
        life = each.ask("status")["incarnation"]
        until(lambda: announced(bob, group) >= life, f"{group} is published anew")  # noqa: B023
