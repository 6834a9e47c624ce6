"""Each fault is refused for its own reason by its own rule, and its twin is not."""

from typing import Any

import pytest

from coterie import documents
from coterie.errors import LocalError, RemoteError
from vectors.generator import documents as vectors

CASES = vectors.cases()
REFUSALS = [case for case in CASES if case["result"] == "invalid" and case["operation"] == "document.parse"]
UNWRITABLE = [case for case in CASES if case["result"] == "invalid" and case["operation"] == "document.build"]
BAD_URIS = [
    case for case in CASES if case["result"] == "invalid" and case["operation"] == "document.read-uri"
]
BY_ID = {case["id"]: case for case in CASES}


def name(case: dict[str, Any]) -> str:
    return str(case["id"])


@pytest.mark.parametrize("case", REFUSALS, ids=name)
def test_fault_was_accepted_or_laid_at_another_door(case: dict[str, Any]) -> None:
    with pytest.raises(RemoteError) as refusal:
        documents.parse(bytes.fromhex(case["input"]["bytes"]))

    assert (refusal.value.reason, refusal.value.phase) == (case["reason"], case["phase"])
    assert refusal.value.requirement == case["reqs"][0]


@pytest.mark.parametrize("case", BAD_URIS, ids=name)
def test_bad_uri_was_accepted_or_laid_at_another_door(case: dict[str, Any]) -> None:
    with pytest.raises(RemoteError) as refusal:
        documents.from_uri(case["input"]["uri"])

    assert (refusal.value.reason, refusal.value.phase) == (case["reason"], case["phase"])


@pytest.mark.parametrize("case", UNWRITABLE, ids=name)
def test_document_was_written_that_no_one_may_read(case: dict[str, Any]) -> None:
    with pytest.raises(LocalError):
        documents.build(documents.from_fields(case["input"]))


@pytest.mark.parametrize("case", [case for case in CASES if case["result"] == "invalid"], ids=name)
def test_fault_has_no_good_twin(case: dict[str, Any]) -> None:
    twin = BY_ID[case["twin"]]

    assert twin["result"] == "valid"
    assert twin["operation"] == case["operation"]
    assert twin["input"] != case["input"]


def test_vectors_lean_to_what_is_good() -> None:
    combinations = {(tuple(case["reqs"]), case["type"], case["mutation"]) for case in REFUSALS}

    assert len(REFUSALS) >= len(CASES) / 2
    assert len(combinations) >= 350
    assert len(BY_ID) == len(CASES)


def test_rule_of_documents_has_no_vector() -> None:
    cited = {requirement for case in CASES for requirement in case["reqs"]}

    assert {f"REQ-DOC-{number}" for number in range(1, 64)} == cited
