"""The vectors are what the generator writes, and the generator notices when they or the reference are not."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from coterie import registry
from vectors.generator import anchors, files, frames, kinds, names
from vectors.generator.book import Book, DisagreementError, Fault

FOUND = sorted(path for path in files.FOLDER.glob("*/*.json") if path.parent.name not in files.NOT_VECTORS)
SCHEMA = json.loads((files.FOLDER.parent / "schemas" / "vectors.schema.json").read_text(encoding="utf-8"))
REQUIREMENTS = files.FOLDER.parent / "spec" / "requirements.json"


@cache
def vectors(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="ascii"))["vectors"]
    return rows


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def test_a_kind_of_vectors_has_no_file() -> None:
    assert [name_of(path) for path in FOUND] == sorted(kinds.FILES)


@pytest.mark.parametrize("path", FOUND, ids=name_of)
def test_a_file_of_vectors_does_not_match_its_schema(path: Path) -> None:
    content = json.loads(path.read_text(encoding="ascii"))

    jsonschema.Draft202012Validator(SCHEMA).validate(content)
    assert content["digest"] == files.digest(content["vectors"])
    assert content["kind"] == path.parent.name


def test_the_known_answers_are_not_what_the_generator_writes() -> None:
    schema = json.loads((files.FOLDER.parent / "schemas" / "anchors.schema.json").read_text(encoding="utf-8"))
    written = (files.FOLDER / "anchors" / "primitives.json").read_text(encoding="ascii")

    jsonschema.Draft202012Validator(schema).validate(json.loads(written))
    assert written == files.anchors(anchors.answers())


@pytest.mark.parametrize("path", FOUND, ids=name_of)
def test_a_vector_cites_a_rule_that_is_none(path: Path) -> None:
    known = {row["id"] for row in json.loads(REQUIREMENTS.read_text(encoding="utf-8"))["requirements"]}

    assert {req for row in vectors(path) for req in row["reqs"]} <= known


@pytest.mark.parametrize("path", FOUND, ids=name_of)
def test_a_refusal_equals_its_twin(path: Path) -> None:
    everything = {row["id"]: row for each in FOUND for row in vectors(each)}

    for row in vectors(path):
        if row["result"] == "invalid":
            twin = everything[row["twin"]]
            assert twin["result"] == "valid"
            assert (twin["operation"], twin["input"]) != (row["operation"], row["input"]), row["id"]


def test_most_vectors_are_accepted() -> None:
    rows = [row for path in FOUND for row in vectors(path)]

    assert sum(row["result"] == "invalid" for row in rows) >= len(rows) / 2


def test_a_second_run_of_the_generator_writes_other_bytes() -> None:
    for name, cases in {"names/names.json": names.cases, "frames/signatures.json": frames.signatures}.items():
        written = (files.FOLDER / name).read_text(encoding="ascii")
        assert kinds.text(name, cases()) == written


def test_a_changed_file_or_a_stranger_goes_unnoticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = {"names/names.json": kinds.text("names/names.json", names.cases())}
    monkeypatch.setattr(files, "FOLDER", tmp_path)

    assert files.differences(good) == ["names/names.json is missing"]
    assert files.write(good) == ["names/names.json"]
    assert files.differences(good) == []
    (tmp_path / "names" / "names.json").write_text("{}", encoding="ascii")
    (tmp_path / "names" / "more.json").write_text("{}", encoding="ascii")
    assert [each.split()[0] for each in files.differences(good)] == ["names/names.json", "names/more.json"]
    assert files.write(good) == ["names/names.json", "names/more.json"]
    assert files.differences(good) == []


def test_the_generator_believes_an_author_who_is_wrong_about_the_reference() -> None:
    page = Book("test").page("name.overlay", reqs=["NAM-4"])
    twin = page.accept("good", {"group": "61"})

    with pytest.raises(DisagreementError):
        page.accept("empty", {"group": ""})
    for fault in (Fault("x", "bad-group-id", ["NAM-4"]), Fault("x", "too-short", ["NAM-3"])):
        with pytest.raises(DisagreementError):
            page.refuse("empty", twin, fault, {"group": ""})
    with pytest.raises(DisagreementError):
        page.refuse("fine", twin, Fault("x", "bad-group-id", ["NAM-3"]), {"group": "62"})
    assert (
        registry.reason("bad-group-id").phase
        == page.refuse("empty", twin, Fault("x", "bad-group-id", ["NAM-3"]), {"group": ""})["phase"]
    )
