"""Children of the nursery: each has its own rule broken and no other, and a lost one is hatched anew."""

import json
from collections.abc import Iterator
from typing import cast

import pytest

from coterie_kit import reaper
from coterie_kit.connect import Command
from coterie_kit.engine import Run, Settings
from coterie_kit.faults import Hung, KitError
from coterie_kit.nursery import Hatched, nursery
from coterie_kit.selection import all_cases, by_slug
from coterie_kit.verdict import Verdict
from coterie_kit.workers import Job, Workers

HARNESS = "coterie harness"


@pytest.fixture
def nest() -> Iterator[Command]:
    reaper.own.clear()
    found = nursery(HARNESS, 5.0)
    yield found
    found.kill()


def verdict(nest: Command, slug: str, *mutants: str) -> Verdict:
    run = Run(Hatched(nest, mutants), Settings(1))
    run.open()
    try:
        return run.judge(by_slug(all_cases())[slug]).verdict
    finally:
        run.peer.kill()


def mutant_and_killer() -> tuple[str, str]:
    cited = [case for case in all_cases() if "REQ-FRM-3" in case.reqs and case.operator != "none"]
    return "magic-any", cited[0].slug


def test_broken_rule_of_one_child_is_still_broken_in_the_next(nest: Command) -> None:
    mutant, slug = mutant_and_killer()

    assert verdict(nest, slug, mutant) is Verdict.FAIL
    assert verdict(nest, slug, "reserved-octet-any") is Verdict.PASS


def test_child_that_is_several_mutants_keeps_all_rules_but_the_first(nest: Command) -> None:
    mutant, slug = mutant_and_killer()

    assert verdict(nest, slug, "reserved-octet-any", mutant) is Verdict.FAIL
    assert verdict(nest, slug, "reserved-octet-any", "version-any") is Verdict.PASS


def test_child_that_was_killed_is_not_hatched_again(nest: Command) -> None:
    mutant, slug = mutant_and_killer()
    verdict(nest, slug, mutant)
    nest.kill()

    assert verdict(nest, slug, mutant) is Verdict.FAIL


def test_unknown_mutant_is_judged_as_if_it_were_sound(nest: Command) -> None:
    with pytest.raises(KitError, match="no-such-mutant"):
        verdict(nest, mutant_and_killer()[1], "no-such-mutant")


class Slow:
    """A nursery whose child answers when nobody waits for it any more."""

    spec, confinement, is_open = "slow", "", True

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.killed = False

    def exchange(self, line: bytes, _end: float | None = None) -> bytes:
        self.asked.append(json.loads(line)["cmd"])
        if self.asked[-1] == "tick":
            raise Hung("no answer")
        return b'{"seq":1,"status":"ok"}'

    def kill(self) -> None:
        self.killed = True


def test_late_answer_of_a_child_that_hung_is_taken_for_that_to_stop() -> None:
    nest = Slow()
    lost = Hatched(cast("Command", nest), ("magic-any",))
    lost.open()
    with pytest.raises(Hung):
        lost.exchange(b'{"seq":1,"cmd":"tick"}')
    lost.kill()

    assert (nest.asked, nest.killed) == (["hatch", "tick"], True)


def test_failure_that_was_looked_for_ends_the_run_where_it_comes_after_the_story(nest: Command) -> None:
    """A page of 33 values cannot be read, which ends the story; that it names the rule ends the case."""
    enough = frozenset({"REQ-OVL-19"})
    slug = next(case.slug for case in all_cases() if "REQ-OVL-19" in case.reqs and "page" in case.slug)
    run = Run(Hatched(nest, ("page-of-33",)), Settings(1, enough=enough))
    run.open()
    try:
        outcome = run.judge(by_slug(all_cases())[slug])
    finally:
        run.peer.kill()

    assert outcome.verdict is Verdict.FAIL
    assert enough & set(outcome.blamed)


@pytest.mark.parametrize(("killers", "asked"), [(0, 6), (2, 2)])
def test_mutant_that_was_killed_often_enough_is_asked_on(killers: int, asked: int) -> None:
    known = by_slug(all_cases())
    citing = [case.slug for case in known.values() if "REQ-FRM-3" in case.reqs and case.tier == 0]
    job = Job(
        "m", HARNESS, tuple(citing[:6]), 1, mutants=("magic-any",), enough=("REQ-FRM-3",), killers=killers
    )  # fmt: skip

    with Workers(1, known) as workers:
        ((_, findings, fault),) = workers.judged([job])

    assert [finding.slug for finding in findings] == citing[:asked]
    assert {finding.verdict for finding in findings} == {Verdict.FAIL}
    assert fault == ""
