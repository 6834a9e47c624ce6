"""A recording that is read back as it was written, or refused by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coterie.application import Member, Membership, Message
from coterie.application.recording import Recorder, messages
from coterie.errors import LocalError
from coterie.vocabulary import NodeId, ViewId

ADA = Member(NodeId(bytes(32)), "ada")
VIEW = ViewId(bytes(16))


def recording(path: Path, *payloads: bytes) -> Path:
    with path.open("w", encoding="utf-8") as file:
        recorder = Recorder(file, "club")
        recorder.take(Membership(VIEW, (ADA,), (ADA,), (), ()))
        for number, payload in enumerate(payloads):
            recorder.take(Message(ADA, payload, VIEW, number + 1, number + 2))
        assert recorder.messages == len(payloads)
    return path


def test_message_changes_on_its_way_through_a_file(tmp_path: Path) -> None:
    payloads = (b"", b"text", bytes(range(256)), b"\n" * 3)
    path = recording(tmp_path / "file", *payloads)

    played = list(messages(path))

    assert [each.payload for each in played] == list(payloads)
    assert {each.sender for each in played} == {"ada"}
    assert sorted(each.at_ms for each in played) == [each.at_ms for each in played]
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [sorted(line)[:2] for line in lines[:2]] == [["group", "recording"], ["at", "joined"]]


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda lines: ["{}", *lines[1:]], "is no recording"),
        (lambda lines: ['{"recording":2}', *lines[1:]], "or one of a later version"),
        (lambda lines: [*lines[:2], lines[2][:20]], "line 3: not a line"),
        (lambda lines: [*lines[:2], "[]"], "line 3: not a line"),
        (lambda lines: [*lines[:2], lines[2].replace("61", "6g")], "line 3: a message has"),
        (lambda lines: [*lines[:2], '{"at":true,"message":"","sender":{"name":"a"}}'], "line 3: a message"),
        (lambda lines: [*lines[:2], '{"at":1,"message":"","sender":"a"}'], "line 3: a message has"),
        (lambda lines: ["[" * 100_000, *lines], "line 1: not a line"),
    ],
)
def test_damaged_recording_is_played(tmp_path: Path, damage: object, sentence: str) -> None:
    assert callable(damage)
    path = recording(tmp_path / "file", b"aaa")
    path.write_text("\n".join(damage(path.read_text().splitlines())))

    with pytest.raises(LocalError, match=sentence):
        list(messages(path))
