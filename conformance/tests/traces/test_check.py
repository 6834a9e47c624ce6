"""The checker as a whole: what it leaves unjudged, how long it takes, and the command around it."""

import json
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from conformance.tests.traces.stories_basic import content_changed_on_the_way, three, two_views
from conformance.tests.traces.stories_keys import frames_in_two_views
from conformance.tests.traces.stories_membership import healed_in_time, partition_never_healed
from conformance.tests.traces.story import Story, view_id
from conformance.tests.traces.test_reading import written
from coterie_kit import cli
from coterie_kit.traces import PROPERTIES, Bounds, Violation, check, keys, run_from_records
from coterie_kit.traces.cycles import cycle


def test_nothing_was_told_and_something_was_judged() -> None:
    report = check(run_from_records([]))

    assert report.judged == ()
    assert set(report.unjudged) == {row.name for row in PROPERTIES}
    assert not report.clean


def test_property_is_judged_that_the_traces_say_nothing_of() -> None:
    story = Story("ab", "unordered-unreliable", keys=False)
    story.install(1, "ab")
    story.deliver("ab", story.send("a"))

    report = story.report

    assert set(report.judged) == {"VS-1", "VS-2", "VS-3", "VS-4", "VS-5", "VS-7", "VS-8"}
    assert report.unjudged["TO-1"] == "no node asked for one order"
    assert report.unjudged["KA-19"] == "nothing is told of what was sealed"
    assert report.unjudged["RL-4"] == "no harness says when the network was healthy"


def test_trace_without_times_is_judged_by_its_times() -> None:
    story = partition_never_healed()
    records = [[{**line, "t": None} for line in lines] for lines in story.records]

    report = check(run_from_records(records, story.harness_records))

    assert "VS-13" in report.unjudged
    assert report.violations == ()


def test_member_that_writes_no_trace_is_held_against_the_others() -> None:
    story = frames_in_two_views()
    del story.members["c"]

    assert story.report.violations == ()


def test_other_bounds_do_not_count() -> None:
    story = healed_in_time()
    story.bounds = replace(Bounds(), converge=1_000)

    assert {one.property for one in story.report.violations} == {"VS-13"}


def test_replaced_rule_is_not_the_one_that_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "ka_3", lambda _: [Violation("KA-3", (), "replaced")])

    assert [one.sentence for one in three().report.violations] == ["replaced"]


@pytest.mark.parametrize(
    ("chains", "ring"),
    [
        ([], []),
        ([[1, 2, 3], [1, 3], [2, 3, 4]], []),
        ([[1, 2], [2, 1]], [1, 2]),
        ([[9, 1, 2], [2, 3], [3, 1, 8]], [1, 2, 3]),
    ],
)
def test_circle_of_orders_is_overlooked_or_invented(chains: list[list[int]], ring: list[int]) -> None:
    found = cycle(chains)

    assert sorted(found) == ring
    steps = {pair for chain in chains for pair in pairwise(chain)}
    assert all(pair in steps for pair in pairwise([*found, *found[:1]]))


def busy(letters: str, views: int) -> Story:
    story = Story(letters)
    for number in range(1, views + 1):
        story.install(number, letters)
        for _ in range(10):
            story.deliver(letters, *[story.send(letter) for letter in letters])
            for letter in letters:
                story.line(letter, "stable", view=view_id(number), timestamp=story.stamp)
    return story


def test_long_run_takes_more_than_a_moment() -> None:
    story = busy("0123456789ab", 12)
    records = story.records

    before = time.process_time()
    report = check(run_from_records(records))
    spent = time.process_time() - before

    assert sum(map(len, records)) > 20_000
    assert report.violations == ()
    assert spent < 0.9  # a third of it on a quiet machine


def test_clean_run_and_broken_run_and_no_run_end_alike(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, story in (
        ("clean", two_views()),
        ("broken", content_changed_on_the_way()),
        ("empty", Story("a")),
    ):
        (tmp_path / name).mkdir()
        written(story, tmp_path / name)

    assert cli.main(["check-traces", str(tmp_path / "clean")]) == 0
    clean = capsys.readouterr().out
    assert cli.main(["check-traces", str(tmp_path / "broken")]) == 1
    broken = capsys.readouterr().out
    assert cli.main(["check-traces", str(tmp_path / "empty")]) == 2

    assert capsys.readouterr().out.splitlines()[-1] == "1 nodes, 1 lines: nothing was judged"
    assert "RL-9   not judged: no node says what it keeps" in clean.splitlines()
    assert clean.splitlines()[-1].endswith("clean")
    finding = next(line for line in broken.splitlines() if line.startswith("VS-1:"))
    assert "bbbbbbbb line " in finding
    assert any(line.startswith("VS-1   violated 1") for line in broken.splitlines())


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["no-such-folder"],
        ["."],
        [".", "--most", "-1"],
        [".", "--bound", "patience=3"],
        [".", "--bound", "converge"],
        [".", "--bound", "converge=nan"],
    ],
)
def test_wrong_use_of_the_command_is_no_usage_error(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert cli.main(["check-traces", *words]) == 4
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_findings_cannot_be_read_by_a_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = written(partition_never_healed(), tmp_path)
    file = tmp_path / "found.json"

    words = ["check-traces", str(folder), "--json", str(file), "--most", "0"]
    assert cli.main(words) == 1
    assert cli.main([*words, "--bound", "converge=60000"]) == 0

    capsys.readouterr()
    assert json.loads(file.read_text(encoding="utf-8"))["violations"] == []


def test_properties_are_not_shown_to_whoever_asks(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check-traces", "--properties"]) == 0

    shown = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in shown] == [row.name for row in PROPERTIES]
    assert all(row.statement in line for row, line in zip(PROPERTIES, shown, strict=True))


def test_traces_named_one_by_one_are_not_found(tmp_path: Path) -> None:
    written(two_views(), tmp_path)

    assert cli.main(["check-traces", *(str(tmp_path / f"{letter}.jsonl") for letter in "abc")]) == 0
    assert cli.main(["check-traces", str(tmp_path / "a.jsonl"), str(tmp_path / "d.jsonl")]) == 4
