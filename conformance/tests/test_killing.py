"""The self-test itself: a silent mutant, a stray kill and a check that names the wrong rule are all found."""

import json
from dataclasses import replace
from typing import Any

import pytest

from coterie_kit.case import Case
from coterie_kit.commands import ledger
from coterie_kit.commands.selftest import Report
from coterie_kit.faults import KitError
from coterie_kit.killing import Finding, Mutant, beside, fate, mutants_in, part, plan
from coterie_kit.requirements import Requirement
from coterie_kit.verdict import Verdict

MAGIC = Mutant("magic-any", ("REQ-FRM-3",), "dropped", "Any magic will do.", "frames:check_magic")


def case(name: str, *reqs: str) -> Case:
    return Case(f"frames.ping.{name}", reqs, "PING", "flip", "member", 1, lambda _judge: None)


CASES = [case("magic", "REQ-FRM-3"), case("version", "REQ-FRM-4"), case("both", "REQ-FRM-3", "REQ-FRM-4")]
BY_SLUG = {found.slug: found for found in CASES}


def finding(name: str, verdict: Verdict = Verdict.PASS, *blamed: str) -> Finding:
    return Finding(f"frames.ping.{name}", verdict, blamed, "why")


KILLED = finding("magic", Verdict.FAIL, "REQ-FRM-3")


@pytest.mark.parametrize(
    ("findings", "trouble"),
    [
        ([finding("magic", Verdict.FAIL, "REQ-FRM-3"), finding("version")], ""),
        ([finding("magic", Verdict.FAIL, "REQ-FRM-3"), finding("both")], ""),
        ([finding("magic"), finding("both"), finding("version")], "silent"),
        ([finding("version")], "no case cites"),
        ([finding("magic", Verdict.FAIL, "REQ-FRM-4")], "silent"),
        ([KILLED, finding("both", Verdict.FAIL, "REQ-FRM-4")], "does not name"),
        ([finding("magic", Verdict.FAIL, "REQ-FRM-3"), finding("both", Verdict.CRASH)], ""),
        ([finding("magic", Verdict.CRASH), finding("both", Verdict.HANG)], "silent"),
        ([finding("magic", Verdict.FAIL, "REQ-FRM-3"), finding("version", Verdict.FAIL)], "without citing"),
        ([finding("magic", Verdict.FAIL, "REQ-FRM-3"), finding("version", Verdict.HANG)], "without citing"),
        ([finding("magic", Verdict.KIT_ERROR)], "could not be judged"),
        ([finding("magic", Verdict.INCONCLUSIVE)], "silent"),
    ],
)  # fmt: skip
def test_mutant_that_did_not_die_as_it_should_is_called_killed(findings: list[Finding], trouble: str) -> None:
    found = fate(MAGIC, BY_SLUG, findings).trouble

    assert trouble in found
    assert bool(found) == bool(trouble)


def test_case_that_cites_the_rule_is_left_out_of_the_plan() -> None:
    met = {slug: frozenset({MAGIC.name}) for slug in BY_SLUG}

    assert plan(MAGIC, CASES, met) == ["frames.ping.magic", "frames.ping.both"]
    assert plan(MAGIC, CASES, None) == list(BY_SLUG)


def test_case_that_never_met_the_mutant_is_asked() -> None:
    nobody = {slug: frozenset({"another"}) for slug in BY_SLUG}
    some = nobody | {"frames.ping.magic": frozenset({MAGIC.name})}

    assert plan(MAGIC, CASES, nobody) == []
    assert plan(MAGIC, CASES, some) == ["frames.ping.magic"]
    assert beside([MAGIC], CASES, nobody) == []


def test_crowd_holds_a_mutant_whose_rule_the_case_cites() -> None:
    other = Mutant("version-any", ("REQ-FRM-4",), "dropped", "Any version will do.", "frames:check_version")
    met = {slug: frozenset({MAGIC.name, other.name}) for slug in BY_SLUG}

    assert beside([MAGIC, other], CASES, met) == [
        ("frames.ping.magic", (other,)),
        ("frames.ping.version", (MAGIC,)),
    ]


def test_part_of_the_cases_is_the_same_whatever_the_seed_and_the_purpose() -> None:
    many = [f"frames.ping.{number}" for number in range(1000)]

    tenth = part(many, "others", 1, 10)

    assert 60 < len(tenth) < 140
    assert tenth == part(many, "others", 1, 10)
    assert tenth != part(many, "others", 2, 10)
    assert tenth != part(many, "liars", 1, 10)
    assert part(many, "others", 1, 1) == tuple(many)


@pytest.mark.parametrize(
    "listing", [b"", b"\n", b"nonsense\n", b'{"name":"x"}\n', b'{"name":"x","name":"y"}\n']
)
def test_list_of_mutants_that_is_none_is_read(listing: bytes) -> None:
    with pytest.raises(KitError):
        mutants_in(listing)


def report() -> Report:
    return Report(CASES, [MAGIC], 1)


GOOD = [finding("magic", Verdict.FAIL, "REQ-FRM-3"), finding("version")]
STRAY = replace(finding("version", Verdict.FAIL), mutant="magic-any")


@pytest.mark.parametrize(
    ("jobs", "status"),
    [
        ([("reference", [finding("magic")], ""), ("mutant magic-any", GOOD, "")], 0),
        ([("reference", [finding("magic", Verdict.FAIL)], ""), ("mutant magic-any", GOOD, "")], 1),
        ([("reference", [], "did not start"), ("mutant magic-any", GOOD, "")], 1),
        ([("benign timing", [finding("magic", Verdict.FAIL)], ""), ("mutant magic-any", GOOD, "")], 1),
        ([("liar yes_man", [finding("magic")], ""), ("mutant magic-any", GOOD, "")], 1),
        ([("liar yes_man", [finding("magic", Verdict.FAIL)], ""), ("mutant magic-any", GOOD, "")], 0),
        ([("liar skip_all", [finding("magic", Verdict.UNSUPPORTED)], ""), ("mutant magic-any", GOOD, "")], 1),
        ([("mutant magic-any", [finding("magic")], "")], 1),
        ([("mutant magic-any", [], "did not start")], 1),
        ([("reference", [finding("magic")], "")], 1),
        ([("crowds", [STRAY], ""), ("mutant magic-any", GOOD[:1], "")], 1),
        ([("crowds", [replace(STRAY, verdict=Verdict.PASS)], ""), ("mutant magic-any", GOOD[:1], "")], 0),
        ([("crowds", [], "did not start"), ("mutant magic-any", GOOD, "")], 1),
    ],
)
def test_kit_that_does_not_notice_passes_its_self_test(
    jobs: list[tuple[str, list[Finding], str]], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    found = report()
    found.hear_all(jobs)

    assert found.end() == status
    assert ("the kit notices" in capsys.readouterr().out) == (status == 0)


def matrix(**change: Any) -> dict[str, Any]:
    found = report()
    found.hear_all([("reference", [finding("magic"), finding("both")], ""), ("mutant magic-any", GOOD, "")])
    content: dict[str, Any] = json.loads(found.text())
    return {**content, **change}


def lacking(
    monkeypatch: pytest.MonkeyPatch, cases: list[Case], content: dict[str, Any], **change: str
) -> str:
    facts = {"level": "MUST", "hidden": "", **change}
    row = Requirement("REQ-FRM-3", facts["level"], "FRM", "frames", "It MUST.", facts["hidden"])
    monkeypatch.setattr("coterie_kit.requirements.listed", lambda: {"REQ-FRM-3": row})
    return ledger.rows_of(cases, content)[0].lacks


def test_must_without_evidence_is_in_the_ledger_as_if_it_had_some(monkeypatch: pytest.MonkeyPatch) -> None:
    alive = [{**matrix()["mutants"][0], "trouble": "silent"}]

    assert lacking(monkeypatch, CASES, matrix()) == ""
    assert lacking(monkeypatch, [CASES[1]], matrix()) == "no case"
    assert lacking(monkeypatch, CASES, matrix(passing=[])) == "no case that passes"
    assert lacking(monkeypatch, CASES, matrix(mutants=[])) == "no killed mutant"
    assert lacking(monkeypatch, CASES, matrix(mutants=alive)) == "no killed mutant"
    assert lacking(monkeypatch, [CASES[2]], matrix()) == "no case that kills"
    assert lacking(monkeypatch, [], matrix(), level="SHOULD") == ""
    assert lacking(monkeypatch, [], matrix(), hidden="inside") == ""


def test_id_that_no_requirement_has_is_cited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coterie_kit.requirements.known", lambda: frozenset({"REQ-FRM-3"}))

    faults = ledger.unknown(CASES, matrix(passing=["frames.ping.gone"]))

    assert len([fault for fault in faults if "REQ-FRM-4" in fault]) == 2
    assert any("frames.ping.gone" in fault for fault in faults)
