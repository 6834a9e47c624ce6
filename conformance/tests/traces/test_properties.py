"""Each property, held against stories that satisfy it and stories that break it and nothing else."""

import importlib
import json
from pathlib import Path

import jsonschema
import pytest

from conformance.tests.traces.catalogue import BROKEN, SOUND, Broken, Teller
from coterie_kit import data
from coterie_kit.traces import PROPERTIES, Violation
from coterie_kit.traces.reading import fault_of

for found in sorted(Path(__file__).parent.glob("stories_*.py")):
    importlib.import_module(f"conformance.tests.traces.{found.stem}")

NAMES = [row.name for row in PROPERTIES]
GOOD = sorted(
    ((name, tell) for name in SOUND for tell in SOUND[name]), key=lambda row: (row[0], row[1].__name__)
)
TELLERS = sorted({*(tell for _, tell in GOOD), *(row.tell for row in BROKEN)}, key=lambda tell: tell.__name__)


def told(violations: tuple[Violation, ...]) -> list[str]:
    return [f"{row.property}: {row.sentence}" for row in violations]


@pytest.mark.parametrize(("name", "tell"), GOOD, ids=[f"{name}-{tell.__name__}" for name, tell in GOOD])
def test_sound_run_is_called_broken(name: str, tell: Teller) -> None:
    report = tell().report

    assert name in report.judged, report.unjudged.get(name)
    assert told(report.violations) == []


@pytest.mark.parametrize("row", BROKEN, ids=[f"{row.property}-{row.tell.__name__}" for row in BROKEN])
def test_broken_run_is_not_noticed_or_blamed_on_something_else(row: Broken) -> None:
    report = row.tell().report

    assert {one.property for one in report.violations} == {row.property, *row.also}, told(report.violations)


@pytest.mark.parametrize("row", BROKEN, ids=[f"{row.property}-{row.tell.__name__}" for row in BROKEN])
def test_finding_points_to_no_line_of_the_run(row: Broken) -> None:
    story = row.tell()
    files = {records[0]["node"]: len(records) for records in story.records}
    files["harness"] = len(story.harness_records)

    places = [place for one in story.report.violations for place in one.places]

    assert places
    assert all(0 <= place.line < files[place.node] for place in places)
    assert all(one.sentence for one in story.report.violations)


@pytest.mark.parametrize("name", NAMES)
def test_property_that_no_story_tells_of(name: str) -> None:
    assert SOUND.get(name), "no story satisfies it"
    assert len({row.tell.__name__ for row in BROKEN if row.property == name}) >= 2, (
        "fewer than two stories break it"
    )


def test_story_of_a_property_that_there_is_not() -> None:
    assert {*SOUND, *(row.property for row in BROKEN)} <= set(NAMES)


def test_list_of_properties_lacks_one_of_the_draft() -> None:
    wanted = {
        *(f"VS-{number}" for number in range(1, 18)),
        *(f"TO-{number}" for number in range(1, 10)),
        *(f"RL-{number}" for number in range(1, 11)),
        *(f"KA-{number}" for number in (1, 2, 3, 4, 7, 8, 12, 13, 17, 19, 20, 21)),
    }

    assert set(NAMES) == wanted
    assert len(NAMES) == len(wanted)
    assert all(row.statement.endswith(".") and row.kind in {"safety", "liveness"} for row in PROPERTIES)


@pytest.fixture(name="schema", scope="module")
def validator() -> jsonschema.Draft202012Validator:
    content = json.loads(data.read_text("schemas/trace.schema.json"))
    jsonschema.Draft202012Validator.check_schema(content)
    return jsonschema.Draft202012Validator(content)


def test_story_is_told_in_lines_that_the_schema_refuses(schema: jsonschema.Draft202012Validator) -> None:
    seen = set()
    for tell in TELLERS:
        story = tell()
        for line in (line for lines in (*story.records, story.harness_records) for line in lines):
            shape = (line["event"], *sorted(line))
            if shape not in seen:
                seen.add(shape)
                schema.validate(line)
            assert fault_of(line, harness="node" not in line) == ""
