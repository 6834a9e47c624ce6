"""Trace files as strangers write them: what is read, what is refused, and with which sentence."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.tests.traces.stories_basic import two_views
from conformance.tests.traces.stories_delivery import discarded_when_all_had_it, sent_by_proxy
from conformance.tests.traces.stories_keys import cascade, frames_in_two_views
from conformance.tests.traces.stories_membership import (
    entry_of_a_sender_at_its_place,
    healed_in_time,
    partition_never_healed,
)
from conformance.tests.traces.stories_ordering import all_senders_heard, gap_told_before_what_follows
from conformance.tests.traces.story import Line, Story, node
from coterie_kit import data
from coterie_kit.faults import UsageError
from coterie_kit.traces import check, reading, run_from_records
from coterie_kit.traces.reading import fault_of, read

TELLERS = (
    two_views, discarded_when_all_had_it, sent_by_proxy, frames_in_two_views, cascade,
    entry_of_a_sender_at_its_place, healed_in_time, all_senders_heard, gap_told_before_what_follows,
)  # fmt: skip
WRONG: tuple[Any, ...] = (
    *(
        None,
        True,
        -1,
        1.5,
        1 << 64,
        "",
        "0x",
        "A" * 32,
        "0" * 31,
        "0" * 32,
        "0" * 64,
        [],
        [None],
        [1, 2, 3],
        {},
    ),
    *({"a": 1}, {node("a"): -1}, [[node("a"), 1]], [[node("a"), 1, "2"]], ["0" * 32, 1]),
)


def written(story: Story, folder: Path) -> Path:
    for records in story.records:
        text = "".join(json.dumps(line) + "\n" for line in records)
        (folder / f"{records[0]['node'][0]}.jsonl").write_text(text, encoding="utf-8")
    if story.harness:
        text = "".join(json.dumps(line) + "\n" for line in story.harness_records)
        (folder / "harness.jsonl").write_text(text, encoding="utf-8")
    return folder


def shapes() -> Iterator[Line]:
    """One line of each event and set of members that the stories have."""
    seen = set()
    for tell in TELLERS:
        story = tell()
        for line in (line for lines in (*story.records, story.harness_records) for line in lines):
            shape = (line["event"], *sorted(line))
            if shape not in seen:
                seen.add(shape)
                yield line


def damaged(line: Line) -> Iterator[Line]:
    for name in line.keys() - {"event"}:
        yield {own: line[own] for own in line if own != name}
        yield from ({**line, name: wrong} for wrong in WRONG)


def test_quick_reader_and_schema_disagree_about_a_line() -> None:
    definitions = json.loads(data.read_text("schemas/trace.schema.json"))["$defs"]
    beyond = ("its incarnation", "needs 'via'", "no timestamp yet", "too wide")  # what no schema can say
    count, different = 0, []
    for line in shapes():
        one = {"$ref": f"#/$defs/event-{line['event']}", "$defs": definitions}
        schema = jsonschema.Draft202012Validator(one)
        for wrong in damaged(line):
            count += 1
            fault = fault_of(wrong, harness="node" not in line)
            if not any(words in fault for words in beyond) and schema.is_valid(wrong) != (not fault):
                different.append((wrong, fault))

    assert count > 3_000
    assert different == []


def test_stored_run_is_judged_otherwise_than_the_one_in_memory(tmp_path: Path) -> None:
    story = healed_in_time()

    records, harness = read([written(story, tmp_path)])

    assert records == story.records
    assert harness == story.harness_records
    assert check(run_from_records(records, harness)) == story.report


def test_line_that_a_crash_cut_short_spoils_the_trace(tmp_path: Path) -> None:
    story = two_views()
    file = written(story, tmp_path) / "b.jsonl"
    file.write_bytes(file.read_bytes()[:-20])

    records, _ = read([tmp_path])

    assert records[1] == story.records[1][:-1]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda lines: [lines[0], *lines[2:]], "its index is 2, and not 1"),
        (lambda lines: [*lines, lines[0]], "its index is 0"),
        (lambda lines: [lines[0], {**lines[1], "node": node("c")}], "of another node"),
        (lambda lines: [lines[0], {**lines[1], "t": 0}], "before that of the line above"),
        (lambda lines: [{**lines[0], "t": float("nan")}], "'t' of a start"),
        (lambda lines: [{**lines[0], "event": "born"}], "no event is called 'born'"),
        (lambda lines: [{**lines[0], "event": "end"}], "belongs into harness.jsonl"),
        (lambda lines: [{**lines[0], "inc": "1"}], "'inc' of a start"),
        (lambda _: [[]], "no object"),
        (lambda lines: [{**lines[3], "i": 0, "incarnations": []}], "each member needs its incarnation"),
    ],
)
def test_file_that_is_no_trace_was_judged(change: Any, sentence: str, tmp_path: Path) -> None:
    story = Story("a")
    story.install(1, "a")
    assert story.records[0][3]["event"] == "view"
    text = "".join(json.dumps(line) + "\n" for line in change(story.records[0]))
    (tmp_path / "a.jsonl").write_text(text, encoding="utf-8")

    with pytest.raises(UsageError, match=sentence) as refused:
        read([tmp_path])

    assert str(refused.value).startswith("a.jsonl, line ")


@pytest.mark.parametrize(
    "content",
    [b"{\n", b"[" * 100_000 + b"\n", b"\xff\n", b'{"event": "end", "i": ' + b"9" * 5_000 + b"}\n", b"\n"],
)
def test_file_that_is_no_json_ended_in_a_traceback(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(content)

    with pytest.raises(UsageError, match=r"a\.jsonl, line 1"):
        read([tmp_path])


def test_two_files_of_one_node_were_taken_for_two_nodes(tmp_path: Path) -> None:
    written(two_views(), tmp_path)
    (tmp_path / "copy.jsonl").write_bytes((tmp_path / "a.jsonl").read_bytes())

    with pytest.raises(UsageError, match="another file has the lines of this node"):
        read([tmp_path])


def test_lines_of_its_own_that_an_implementation_adds_were_refused() -> None:
    line = {"i": 0, "t": None, "node": node("a"), "inc": 1, "event": "x-garbage-collected", "pause": [3]}

    assert fault_of(line) == ""


def test_name_with_a_line_break_behind_it_was_read() -> None:
    line = {"i": 0, "t": None, "node": node("a") + "\n", "inc": 1, "event": "crash"}

    assert fault_of(line) == "'node' of a crash is not what it has to be"


def test_file_beyond_all_measure_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(two_views(), tmp_path)
    monkeypatch.setattr(reading, "LARGEST", 100)

    with pytest.raises(UsageError, match="cut the run into pieces"):
        read([tmp_path])


def test_line_beyond_all_measure_was_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(two_views(), tmp_path)
    monkeypatch.setattr(reading, "LONGEST", 20)

    with pytest.raises(UsageError, match=r"a\.jsonl, line 1: it is not JSON"):
        read([tmp_path])


def test_line_of_the_harness_about_a_node_was_taken_for_one_of_that_node(tmp_path: Path) -> None:
    story = partition_never_healed()
    for letter, line in zip("abc", story.harness, strict=True):
        line["node"] = node(letter)

    records, harness = read([written(story, tmp_path)])

    (violation,) = check(run_from_records(records, harness)).violations
    assert [place.node for place in violation.places] == ["harness", node("a"), node("b"), node("c")]
