"""Vector files that are damaged are refused; vectors make cases; the expected values stay with the kit."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from conformance.tests.scripted import Scripted, run_of
from coterie_kit import strict, vectors
from coterie_kit.case import Case
from coterie_kit.engine import Run, Settings
from coterie_kit.faults import KitError
from coterie_kit.verdict import Verdict

SECRET = "5ec7" * 16
GOOD = {
    "id": "name.peer.good", "reqs": ["REQ-NAM-1"], "type": "none", "operation": "name.peer",
    "result": "valid",
    "input": {"spki": "30"}, "expected": {"id": SECRET},
}  # fmt: skip
BAD = {
    "id": "name.peer.bad", "reqs": ["REQ-NAM-1"], "type": "none", "operation": "name.peer",
    "result": "invalid",
    "input": {"spki": "31"}, "reason": "leaf-encoding", "phase": "decode", "twin": "name.peer.good",
    "mutation": "first-octet",
}  # fmt: skip


def written(folder: Path, *rows: dict[str, Any], name: str = "names/peer.json", **header: Any) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(strict.compact(list(rows))).hexdigest()
    content = {"schema": "vectors.schema.json", "kind": "names", "digest": digest, "vectors": rows, **header}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def cases(folder: Path, *rows: dict[str, Any]) -> dict[str, Case]:
    found = vectors.cases_of([vectors.load(written(folder, *rows))])
    return {case.operator: case for case in found}


@pytest.mark.parametrize(
    "change",
    [
        {"result": "acceptable"},
        {"result": None},
        {"flags": []},
        {"reqs": []},
        {"reqs": [f"REQ-NAM-{number}" for number in range(5)]},
        {"reason": "no-such-reason"},
        {"phase": "order"},
        {"mutation": ""},
    ],
)
def test_vector_that_is_no_vector_is_judged(change: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(KitError):
        vectors.load(written(tmp_path, GOOD, {**BAD, **change}))


def test_vector_that_was_changed_by_hand_is_judged(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    path.write_text(path.read_text(encoding="utf-8").replace(SECRET, "00" * 32), encoding="utf-8")

    with pytest.raises(KitError, match="digest"):
        vectors.load(path)


@pytest.mark.parametrize("rows", [[], [GOOD, GOOD]])
def test_empty_file_or_id_that_stands_twice_is_judged(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    with pytest.raises(KitError):
        vectors.load(written(tmp_path, *rows))


def test_key_that_stands_twice_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    path.write_text(
        path.read_text(encoding="utf-8").replace('"kind"', '"kind": "x", "kind"'), encoding="utf-8"
    )

    with pytest.raises(KitError, match="twice"):
        vectors.load(path)


def test_link_that_leads_out_of_the_folder_is_followed(tmp_path: Path) -> None:
    outside = written(tmp_path / "outside", GOOD)
    inside = tmp_path / "inside" / "names"
    inside.mkdir(parents=True)
    (inside / "peer.json").symlink_to(outside)

    with pytest.raises(KitError, match="out of the folder"):
        vectors.files(tmp_path / "inside")


def honest(command: dict[str, Any]) -> dict[str, Any]:
    if command["args"]["spki"] == "30":
        return {"result": {"id": SECRET}}
    return {"status": "error", "reason": "leaf-encoding", "phase": "decode"}


def test_expected_value_reaches_the_peer(tmp_path: Path) -> None:
    link = Scripted(honest)
    run = Run(link, Settings(7))
    run.open()

    verdicts = [run.judge(case).verdict for case in cases(tmp_path, GOOD, BAD).values()]

    heard = b"".join(link.heard)
    assert verdicts == [Verdict.PASS, Verdict.PASS]
    assert SECRET.encode() not in heard
    for word in (b"expected", b"valid", b"leaf-encoding", b"first-octet", b"name.peer.bad"):
        assert word not in heard


def test_positions_of_one_fault_are_counted_as_cases(tmp_path: Path) -> None:
    second = {**BAD, "id": "name.peer.bad-too", "input": {"spki": "32"}}

    found = cases(tmp_path, GOOD, BAD, second)
    outcome = run_of(honest).judge(found["first-octet"])

    assert len(found) == 2
    assert {check.name.split(".reason")[0] for check in outcome.checks} >= {
        "name.peer.bad",
        "name.peer.bad-too",
    }


def test_refusal_whose_twin_is_refused_too_passes(tmp_path: Path) -> None:
    refusal = {"status": "error", "reason": "leaf-encoding", "phase": "decode"}

    outcome = run_of(lambda _command: refusal).judge(cases(tmp_path, GOOD, BAD)["first-octet"])

    assert outcome.verdict is Verdict.FAIL
    assert [check.name for check in outcome.failing] == ["name.peer.bad.twin"]


def test_refusal_is_blamed_for_what_its_twin_results_in(tmp_path: Path) -> None:
    refusal = {"status": "error", "reason": "leaf-encoding", "phase": "decode"}
    other = {"result": {"id": "00" * 32}}

    def answer(command: dict[str, Any]) -> dict[str, Any]:
        return other if command["args"] == GOOD["input"] else refusal

    outcome = run_of(answer).judge(cases(tmp_path, GOOD, BAD)["first-octet"])

    assert outcome.verdict is Verdict.PASS


@pytest.mark.parametrize("result", [{}, {"id": "00" * 32}, {"id": SECRET, "more": 1}])
def test_result_that_is_not_the_expected_one_passes(result: dict[str, Any], tmp_path: Path) -> None:
    outcome = run_of(lambda _command: {"result": result}).judge(cases(tmp_path, GOOD)["conforming"])

    assert outcome.verdict is Verdict.FAIL


def test_suite_that_is_not_offered_is_asked_for(tmp_path: Path) -> None:
    second = {**GOOD, "input": {"spki": "30", "suite": 2}}

    outcome = run_of(honest, suites=[1]).judge(cases(tmp_path, second)["conforming"])

    assert outcome.verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize(
    ("kind", "wanted"), [("documents", "documents"), ("values", "overlay"), ("names", "member")]
)
def test_vector_is_asked_of_a_peer_that_does_not_declare_its_class(
    kind: str, wanted: str, tmp_path: Path
) -> None:
    (case,) = vectors.cases_of([vectors.load(written(tmp_path, GOOD, kind=kind))])
    others = sorted({"documents", "overlay", "groups", "member", "receiver"} - {wanted})

    assert run_of(honest, classes=[wanted]).judge(case).verdict is Verdict.PASS
    assert run_of(honest, classes=others).judge(case).verdict is Verdict.UNSUPPORTED
