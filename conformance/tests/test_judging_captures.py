"""Captures judged alone: real ones that nothing is wrong with, and the same with one thing wrong."""

import json
import struct
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from jsonschema import Draft202012Validator

from conformance.tests.captured import (
    ALL,
    BODY,
    CAPTURES,
    CHECKED,
    COUNTER,
    FOUR,
    GROUP_A,
    INCARNATION,
    NAMES,
    ONE,
    SEQUENCE,
    SIGNER,
    THREE,
    TWO,
    added,
    broken,
    changed,
    first,
    flipped,
    loaded,
    put,
)
from coterie_kit import cli, data, frames, requirements
from coterie_kit.captures import files
from coterie_kit.captures.datagrams import Datagram, datagrams, packed
from coterie_kit.captures.judging import OF_REASONS, RULES, Setting, judged
from coterie_kit.captures.judging.leaf import spki_in
from coterie_kit.keys.names import overlay_id
from coterie_kit.registry import frame, frame_name
from coterie_kit.values.leaf_reading import spki_of


@pytest.fixture(name="picture")
def of_the_picture() -> list[Datagram]:
    return loaded("picture")


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_good_capture_was_condemned(path: Path) -> None:
    found = judged(datagrams(files.read(path)), CHECKED)

    assert found.findings == []
    assert found.frames > 50
    assert all(row.looked for row in found.rows.values() if row.name != "segments")


# ---------------------------------------------------------------- scoping


def test_message_of_a_group_reached_a_peer_outside(picture: list[Datagram]) -> None:
    words = picture[first(picture, "DATA", source=ONE)]
    assert words.payload[8:24] == GROUP_A

    found = judged(added(picture, words, to=THREE), CHECKED)

    assert broken(found) == {"scope": {"REQ-REC-17"}, "members": {"REQ-MUL-42", "REQ-REC-16"}}
    assert {each.packet for each in found.findings} == {len(picture) + 1}
    said = [each.sentence for each in found.findings]
    assert said == [
        "DATA from 1 to 3 goes to 3, who is no member of its view",
        f"DATA from 1 to 3 is of overlay {GROUP_A.hex()[:8]}, where 3 has greeted nobody",
    ]


def test_frame_about_a_view_went_to_a_member_of_another_group(picture: list[Datagram]) -> None:
    place = first(picture, "PROPOSE")

    found = judged(added(picture, picture[place], to=FOUR), CHECKED)

    assert broken(found)["scope"] == {"REQ-SES-3"}


def test_group_was_asked_for_by_someone_who_never_greeted_there(picture: list[Datagram]) -> None:
    words = picture[first(picture, "ALIVE")]

    found = judged(added(picture, words, source=THREE), CHECKED)

    assert {"scope", "members"} == broken(found).keys()


def test_peer_that_is_seen_at_another_address_was_condemned(picture: list[Datagram]) -> None:
    asked = first(picture, "FETCH", -1, source=ONE, to=TWO)
    words = first(picture, "HEARTBEAT", -1, source=ONE)
    seen = [replace(one, source="203.0.113.9:7") if at in {asked, words} else one
            for at, one in enumerate(picture)]  # fmt: skip

    # whom a signed frame is of, its signature says
    assert {each.packet for each in judged(seen, CHECKED).findings} == {words + 1}
    assert judged(seen, Setting(rough=True, signatures=True)).findings == []


def test_overlays_were_not_kept_apart_in_the_count(picture: list[Datagram]) -> None:
    found = judged(picture, CHECKED)
    reach = {overlay: sorted(NAMES[each] for each in one.inside) for overlay, one in found.overlays.items()}

    assert reach == {
        overlay_id(b"main"): ["1", "2", "3", "4"], GROUP_A: ["1", "2"], overlay_id(b"group B"): ["2", "4"],
    }  # fmt: skip
    total = sum(one.frames.total() for one in found.overlays.values())
    assert total == found.frames == len(picture)


def test_late_capture_was_taken_for_a_wrong_one(picture: list[Datagram]) -> None:
    late = picture[len(picture) // 2 :]

    assert broken(judged(late, CHECKED)).keys() >= {"scope", "signers"}
    assert judged(late, Setting(partial=True)).findings == []


# ---------------------------------------------------------------- numbers


def test_counter_was_used_for_other_octets(picture: list[Datagram]) -> None:
    words = picture[first(picture, "DATA", source=ONE, to=TWO)]

    found = judged(added(picture, words, payload=flipped(words.payload, -1)), CHECKED)

    assert broken(found) == {"counters": {"REQ-REC-18", "REQ-REC-4"}}
    assert judged(added(picture, words), CHECKED).findings == []


def test_counter_had_no_end(picture: list[Datagram]) -> None:
    words = picture[first(picture, "ALIVE")]
    beyond = put(words.payload, COUNTER, (1 << 32).to_bytes(8, "big"))

    assert "REQ-REC-3" in broken(judged(added(picture, words, payload=beyond), CHECKED))["counters"]


def test_sequence_number_was_used_for_another_frame(picture: list[Datagram]) -> None:
    asked = picture[first(picture, "FETCH")]

    found = judged(added(picture, asked, payload=flipped(asked.payload, BODY)), Setting())

    assert broken(found) == {"sequences": {"REQ-SES-7"}}


def test_sequence_numbers_went_back(picture: list[Datagram]) -> None:
    ends = {"source": TWO, "to": ONE}
    one, two = first(picture, "FIND", **ends), first(picture, "FIND", 1, **ends)
    swapped = changed(changed(picture, one, picture[two].payload), two, picture[one].payload)

    found = judged(swapped, CHECKED)

    assert broken(found) == {"sequences": {"REQ-SES-7"}}
    assert "goes back" in found.findings[0].sentence
    assert judged(swapped, Setting(rough=True)).findings == []


def test_sequence_number_was_0(picture: list[Datagram]) -> None:
    place = first(picture, "DEPART")
    none = put(picture[place].payload, SEQUENCE, bytes(8))

    assert broken(judged(changed(picture, place, none), Setting())) == {"sequences": {"REQ-SES-6"}}


def test_life_that_was_over_went_on(picture: list[Datagram]) -> None:
    place = first(picture, "FETCH", -1)
    octets = picture[place].payload
    earlier = int.from_bytes(octets[INCARNATION:SEQUENCE], "big") - 1

    found = judged(changed(picture, place, put(octets, INCARNATION, earlier.to_bytes(8, "big"))), Setting())

    assert broken(found) == {"sequences": {"REQ-SES-8"}, "signers": {"REQ-SES-4"}}


# ---------------------------------------------------------------- greetings


def test_greeting_was_answered_twice(picture: list[Datagram]) -> None:
    retry = picture[first(picture, "RETRY")]

    found = judged(added(picture, retry), CHECKED)

    assert broken(found) == {"answers": {"REQ-SES-2"}}
    assert judged(added(picture, retry), Setting(rough=True)).findings == []


def test_address_that_had_said_nothing_was_answered(picture: list[Datagram]) -> None:
    refused = frame("ERROR").code
    header = struct.pack(">HBBBBH", 0xC07E, 1, refused, 0, 0, 36) + GROUP_A
    error = Datagram(1, ONE, "203.0.113.7:4000", header + bytes(32) + b"\x01\x01\x03\x00")

    assert broken(judged([error], Setting())) == {"answers": {"REQ-FRM-34"}}


def test_great_answers_were_given_to_little_questions(picture: list[Datagram]) -> None:
    hello1 = picture[first(picture, "HELLO1")]
    header = struct.pack(">HBBBBH", 0xC07E, 1, frame("ERROR").code, 0, 0, 36) + GROUP_A
    error = replace(hello1, source=hello1.to, to=hello1.source, payload=header + bytes(32) + b"\1\1\3\0")

    assert judged([hello1, error, error], Setting()).findings == []
    assert broken(judged([hello1, error, error, error], Setting())) == {"answers": {"REQ-FRM-34"}}


GREETING_FAULTS = {
    "HELLO2-other-cookie": ("HELLO2", BODY + 32, {"handshakes": {"REQ-SES-24"}}),
    "HELLO2-other-transcript": ("HELLO2", BODY + 64, {"handshakes": {"REQ-SES-10"}}),
    "HELLO3-other-nonce": ("HELLO3", BODY, {"handshakes": {"REQ-SES-18", "REQ-SES-20"}}),
    "HELLO3-other-transcript": ("HELLO3", BODY + 64, {"handshakes": {"REQ-SES-10", "REQ-SES-18"}}),
}


@pytest.mark.parametrize("name", GREETING_FAULTS)
def test_greeting_did_not_belong_to_the_frames_before_it(name: str, picture: list[Datagram]) -> None:
    kind, at, due = GREETING_FAULTS[name]
    place = first(picture, kind, -1)
    wrong = changed(picture, place, flipped(picture[place].payload, at))

    found = [each for each in judged(wrong, Setting()).findings if each.packet == place + 1]

    assert {each.rule: set(each.reqs) for each in found} == due


def test_leaf_of_another_was_shown(picture: list[Datagram]) -> None:
    place = first(picture, "HELLO2")
    wrong = changed(picture, place, flipped(picture[place].payload, SIGNER))

    found = broken(judged(wrong, Setting()))

    assert found["signers"] >= {"REQ-SES-12", "REQ-NAM-2"}


def test_name_of_one_overlay_was_used_in_another(picture: list[Datagram]) -> None:
    asked = picture[first(picture, "JOIN")]
    elsewhere = put(asked.payload, 8, overlay_id(b"main"))

    found = judged(added(picture, asked, payload=elsewhere), Setting())

    assert broken(found)["signers"] == {"REQ-NAM-2"}


def test_frame_for_one_went_to_another(picture: list[Datagram]) -> None:
    asked = picture[first(picture, "FETCH", source=ONE, to=TWO)]

    found = judged(added(picture, asked, to=FOUR), CHECKED)

    assert broken(found) == {"destinations": {"REQ-FRM-15"}}


def test_frame_for_all_was_for_one(picture: list[Datagram]) -> None:
    place = first(picture, "LEAVE")
    wrong = changed(picture, place, put(picture[place].payload, 72, bytes([1])))

    assert broken(judged(wrong, Setting())) == {"destinations": {"REQ-FRM-15"}}


@pytest.mark.parametrize("asked", [False, True])
def test_signature_that_nobody_made_was_good(asked: bool, picture: list[Datagram]) -> None:
    place = first(picture, "DEPART")
    wrong = changed(picture, place, flipped(picture[place].payload, -1))

    found = judged(wrong, Setting(signatures=asked))

    assert broken(found) == ({"signatures": {"REQ-FRM-14"}} if asked else {})
    assert bool(found.rows["signatures"].unjudged) != asked


# ---------------------------------------------------------------- the command


def written(folder: Path, seen: Sequence[Datagram], *, beside: bool = False) -> str:
    path = folder / "field.pcapng"
    files.write(
        path, [files.Packet(at + 1, files.RAW, packed(one.source, one.to, one.payload))
               for at, one in enumerate(seen)],
    )  # fmt: skip
    if beside:
        text = (CAPTURES / "picture.json").read_text("ascii")
        path.with_suffix(".json").write_text(text, "ascii")
    return str(path)


def test_command_said_the_wrong_thing(
    tmp_path: Path, picture: list[Datagram], capsys: pytest.CaptureFixture[str]
) -> None:
    words = picture[first(picture, "DATA", source=ONE)]
    path = written(tmp_path, added(picture, words, to=THREE), beside=True)

    status = cli.main(["judge", path, "--json", str(tmp_path / "found.json")])

    said = capsys.readouterr().out
    assert status == 1
    assert f"packet {len(picture) + 1}: scope: DATA from 1 to 3 is of overlay" in said
    assert "(REQ-REC-17)" in said
    assert "2 broken (2 findings)" in said
    found = json.loads((tmp_path / "found.json").read_text("ascii"))
    schema = json.loads(data.read_text("schemas/judgement.schema.json"))
    Draft202012Validator(schema).validate(found)
    assert found["captures"][0]["overlays"][GROUP_A.hex()]["inside"] == ["1", "2"]


def test_good_captures_ended_badly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [str(CAPTURES / f"{name}.pcapng") for name in ("picture", "spine")]

    assert cli.main(["judge", *paths, "--verbose", "--json", str(tmp_path / "found.json")]) == 0

    said = capsys.readouterr().out
    assert said.count(": clean") == 2
    assert f"overlay {GROUP_A.hex()}: " in said
    assert "they are verified with --signatures" in said
    found = json.loads((tmp_path / "found.json").read_text("ascii"))
    Draft202012Validator(json.loads(data.read_text("schemas/judgement.schema.json"))).validate(found)


def test_capture_without_a_frame_was_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    query = Datagram(1, ONE, "192.0.2.53:53", b"\x12\x34\x01\x00" + bytes(20))

    assert cli.main(["judge", written(tmp_path, [query])]) == 2
    assert "nothing was judged" in capsys.readouterr().out
    assert cli.main(["judge", written(tmp_path, [])]) == 2
    fragment = put(packed(query.source, query.to, query.payload), 6, b"\x20\x00")
    files.write(tmp_path / "field.pcapng", [files.Packet(1, files.RAW, fragment)])
    assert cli.main(["judge", str(tmp_path / "field.pcapng")]) == 2
    assert "1 packet without a whole datagram" in capsys.readouterr().out


def test_wrong_use_was_not_told(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.pcapng"
    nothing.write_bytes(b"not a capture")

    assert cli.main(["judge"]) == 4
    assert cli.main(["judge", str(nothing)]) == 4
    assert cli.main(["judge", str(tmp_path / "absent.pcapng")]) == 4
    assert cli.main(["judge", str(CAPTURES / "spine.pcapng"), "--most", "-1"]) == 4
    assert cli.main(["judge", str(CAPTURES / "spine.pcapng"), "--json", str(tmp_path)]) == 4


def test_file_beside_a_capture_was_believed(tmp_path: Path, picture: list[Datagram]) -> None:
    path = Path(written(tmp_path, picture))
    for text in ("", "[]", "{}", '{"nodes": 7}', '{"nodes": [{"name": "A"}]}', "[" * 100_000):
        path.with_suffix(".json").write_text(text, "ascii")
        assert cli.main(["judge", str(path)]) == 4


def test_key_of_a_leaf_was_another_than_the_library_reads() -> None:
    hellos = [
        one.payload for path in ALL for one in datagrams(files.read(path))
        if frame_name(one.payload) in {"HELLO2", "HELLO3"}
    ]  # fmt: skip
    found = {frames.read(octets).body["leaf"] for octets in hellos}

    assert len(found) > 5
    for der in found:
        assert spki_in(der) == spki_of(x509.load_der_x509_certificate(der))
        for size in range(len(der)):
            with pytest.raises(ValueError, match=r"runs past|cut off|another"):
                spki_in(der[:size])


def test_rule_rests_on_no_requirement() -> None:
    cited = {req for rule in RULES for req in rule.reqs} | set(OF_REASONS.values())

    assert cited <= requirements.known()
