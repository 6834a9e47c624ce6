"""What follows from a run: exit codes, the last line, what is counted, and what a baseline may excuse."""

from pathlib import Path
from typing import Any

import pytest

from coterie_kit import baseline
from coterie_kit.faults import UsageError
from coterie_kit.peer import Declared
from coterie_kit.results import Exit, Results
from coterie_kit.verdict import Check, Outcome, Verdict

HELLO = Declared("scripted", "1", 1, "00", ("documents", "member"), (0, 1), (1,), "D3")


def outcome(verdict: Verdict = Verdict.PASS, number: int = 1, **facts: Any) -> Outcome:
    head = {
        "slug": f"frames.ping.case-{number}", "reqs": ("REQ-FRM-3",), "type": "PING",
        "operator": f"o-{number}", "cls": "member", "tier": 1, "fresh": False,
    }  # fmt: skip
    checks = [Check("reason", Verdict.FAIL, ("REQ-FRM-3",))] if verdict is Verdict.FAIL else []
    return Outcome(**{**head, **facts}, verdict=verdict, checks=checks, why="a reason")


def results(*outcomes: Outcome, available: int | None = None) -> Results:
    return Results("cmd:x", HELLO, 7, list(outcomes), len(outcomes) if available is None else available)


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ([Verdict.PASS], Exit.CONFORMANT),
        ([Verdict.PASS, Verdict.WARN], Exit.CONFORMANT),
        ([Verdict.PASS, Verdict.UNSUPPORTED], Exit.CONFORMANT),
        ([Verdict.PASS, Verdict.FAIL], Exit.NOT_CONFORMANT),
        ([Verdict.PASS, Verdict.CRASH], Exit.NOT_CONFORMANT),
        ([Verdict.PASS, Verdict.HANG], Exit.NOT_CONFORMANT),
        ([Verdict.INCONCLUSIVE, Verdict.FAIL], Exit.NOT_CONFORMANT),
        ([Verdict.PASS, Verdict.INCONCLUSIVE], Exit.NOTHING_JUDGED),
        ([Verdict.UNSUPPORTED], Exit.NOTHING_JUDGED),
        ([], Exit.NOTHING_JUDGED),
        ([Verdict.PASS, Verdict.KIT_ERROR], Exit.BROKEN),
        ([Verdict.FAIL, Verdict.KIT_ERROR], Exit.BROKEN),
    ],
)
def test_run_ends_with_another_status_than_it_deserves(verdicts: list[Verdict], status: int) -> None:
    assert results(*(outcome(verdict, number) for number, verdict in enumerate(verdicts))).exit == status


def test_last_line_is_a_bare_word() -> None:
    found = results(
        outcome(cls="documents", tier=0), outcome(number=2, tier=0), outcome(number=3),
    )  # fmt: skip

    assert found.conclusion == (
        "conformant: documents tier 0; member tiers 0-1 (3 cases, 1 requirement, seed 7)"
    )


def test_class_that_failed_is_named_among_the_conformant_ones() -> None:
    found = results(outcome(cls="documents", tier=0), outcome(Verdict.FAIL, 2, tier=0), outcome(number=3))

    assert found.conformant() == {"documents": [0], "member": [1]}
    assert found.conclusion.startswith("not conformant: 1 fail of 3 judged cases")


def test_part_of_the_suite_is_sold_as_the_whole() -> None:
    found = results(outcome(), available=350)

    assert found.exit == Exit.CONFORMANT
    assert found.conclusion.startswith("conformant as far as asked: ")
    assert "only 1 of 350 cases" in found.conclusion


def test_case_is_counted_for_each_of_its_positions() -> None:
    found = results(
        outcome(operator="flip"), outcome(number=2, operator="flip"),
        outcome(number=3, operator="flip", type="PONG"),
        outcome(number=4, operator="flip", reqs=("REQ-FRM-4", "REQ-FRM-3")),
        outcome(number=5, operator="flip", reqs=("REQ-FRM-3", "REQ-FRM-4")),
        outcome(Verdict.UNSUPPORTED, 6, operator="other"),
    )  # fmt: skip

    assert found.counted == 3


def entry(**facts: Any) -> str:
    row = {
        "case": '"frames.ping.case-1"',
        "verdict": '"fail"',
        "checks": '["reason"]',
        "because": '"slow"',
        **facts,
    }
    return "[[expected]]\n" + "".join(f"{name} = {value}\n" for name, value in row.items() if value)


def applied(text: str, tmp_path: Path, *outcomes: Outcome) -> Results:
    path = tmp_path / "baseline.toml"
    path.write_text(text, encoding="utf-8")
    found = results(*outcomes)
    found.stale = baseline.apply(baseline.read(path), found.outcomes, whole=True)
    return found


def test_known_failure_fails_the_run(tmp_path: Path) -> None:
    found = applied(entry(), tmp_path, outcome(Verdict.FAIL), outcome(number=2))

    assert found.exit == Exit.CONFORMANT
    assert found.conclusion.startswith("not conformant, as the baseline expects")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (entry(), Verdict.PASS),
        (entry(verdict='"crash"', checks="[]"), Verdict.FAIL),
        (entry(checks='["phase"]'), Verdict.FAIL),
        (entry(case='"frames.ping.gone"'), Verdict.PASS),
    ],
)
def test_baseline_that_no_longer_holds_is_kept(text: str, verdict: Verdict, tmp_path: Path) -> None:
    assert applied(text, tmp_path, outcome(verdict)).exit == Exit.STALE_BASELINE


def test_new_failure_hides_behind_a_known_one(tmp_path: Path) -> None:
    found = applied(entry(), tmp_path, outcome(Verdict.FAIL), outcome(Verdict.FAIL, 2))

    assert found.exit == Exit.NOT_CONFORMANT


@pytest.mark.parametrize(
    "text",
    [
        entry(because=""), entry(because='" "'), entry(verdict='"pass"'), entry(verdict='"warn"'),
        entry(until='"ever"'), entry(checks='"reason"'), entry() * 2, "[[expected", "expected = 1",
    ],
)  # fmt: skip
def test_baseline_without_a_reason_or_a_mode_is_read(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        applied(text, tmp_path, outcome(Verdict.FAIL))


def test_written_baseline_does_not_expect_what_was_seen(tmp_path: Path) -> None:
    seen = [outcome(Verdict.FAIL), outcome(number=2), outcome(Verdict.CRASH, 3)]

    found = applied(baseline.text(seen), tmp_path, *seen)

    assert found.stale == []
    assert [row.expected_failure for row in seen] == ["(say why)", "", "(say why)"]
