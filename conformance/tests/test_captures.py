"""Captures: what must be told by the name of a field, and what must be refused without a traceback."""

import json
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from coterie_kit import cli, data, frames, registry, replay
from coterie_kit.captures import files, opening, sidecar
from coterie_kit.captures.datagrams import Datagram, datagram, datagrams, packed
from coterie_kit.keys.names import overlay_id
from coterie_kit.keys.schedule import sender_key

CAPTURES = Path(__file__).parents[2] / "vectors" / "captures"
SPINE = CAPTURES / "spine.pcapng"
PICTURE = CAPTURES / "picture.pcapng"
PROXY = CAPTURES / "proxy.pcapng"
GROUPS = sorted(set(CAPTURES.glob("*.pcapng")) - {SPINE})
SEALED = {"DATA", "HEARTBEAT", "ALIVE", "NACK", "SENDER", "PROXY"}
SIGNED = {"PROPOSE", "FLUSH", "JOIN", "LEAVE"}
HARNESS = f"cmd:{sys.executable} -m coterie harness"


@pytest.fixture(name="spine")
def recorded() -> dict[int, Datagram]:
    return {one.number: one for one in datagrams(files.read(SPINE))}


@pytest.fixture(name="beside")
def recorded_beside() -> sidecar.Sidecar:
    return sidecar.load(SPINE.with_suffix(".json"))


def firsts(spine: dict[int, Datagram]) -> Iterator[Datagram]:
    seen = set()
    for one in spine.values():
        if (one.source, one.to, one.payload) not in seen:
            seen.add((one.source, one.to, one.payload))
            yield one


@pytest.mark.parametrize("path", [SPINE, *GROUPS], ids=lambda path: path.stem)
def test_changed_octet_went_unnoticed(path: Path) -> None:
    captured = {one.number: one for one in datagrams(files.read(path))}
    beside = sidecar.load(path.with_suffix(".json"))
    missed = []
    for one in firsts(captured):
        fields = beside.packets[one.number]
        for field in fields:
            for place in {field.start, (field.start + field.end) // 2, field.end - 1}:
                changed = bytearray(one.payload)
                changed[place] ^= 0x20
                if not replay.changed_field(bytes(changed), fields).startswith(field.path):
                    missed.append((one.number, field.path))

    assert len(beside.packets) == len(captured) > 50
    assert missed == []


def test_frame_of_a_group_is_in_no_capture() -> None:
    kinds = {replay.frame_type(one.payload) for path in GROUPS for one in datagrams(files.read(path))}

    assert kinds >= SEALED | SIGNED | {
        "HELLO1",
        "RETRY",
        "HELLO2",
        "HELLO3",
        "INSTALL",
        "UP",
        "DOWN",
        "CONFIRM",
    }
    assert "REFUSE" in kinds


@pytest.mark.parametrize("path", sorted({*GROUPS} - {PICTURE}), ids=lambda path: path.stem)
def test_sidecar_of_a_scenario_lacks_what_a_replay_needs(path: Path) -> None:
    found = json.loads(path.with_suffix(".json").read_text("ascii"))
    Draft202012Validator(json.loads(data.read_text("schemas/capture.schema.json"))).validate(found)

    assert len(found["packets"]) <= 300
    for node in found["nodes"]:
        assert node["reset"]["trust"][0]["membership"] == "group"
        assert {"read", "control"} <= {row["label"] for row in node["keylog"]}
        assert {"tick", "do", "deliver"} <= {name for step in node["steps"] for name in step}


# all of them are replayed by make test, and made anew by make check
@pytest.mark.parametrize("path", [PICTURE, PROXY], ids=lambda path: path.stem)
def test_replay_as_each_of_its_nodes_did_not_match(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nodes = len(sidecar.load(path.with_suffix(".json")).nodes)

    assert cli.main(["replay", str(path), "--as", "all", "--peer", HARNESS]) == 0
    assert capsys.readouterr().out.count("matches: ") == nodes > 1


def test_capture_is_not_what_its_scenario_gives() -> None:
    assert cli.main(["capture", "--scenario", "proxy", str(PROXY), "--check", "--peer", HARNESS]) == 0


def test_peer_of_the_picture_was_in_a_group_that_it_is_not_in() -> None:
    found = json.loads(PICTURE.with_suffix(".json").read_text("ascii"))
    Draft202012Validator(json.loads(data.read_text("schemas/capture.schema.json"))).validate(found)
    heard: dict[str, set[bytes]] = {}
    for node in found["nodes"]:
        told = [row for step in node["steps"] for row in step.get("told", ())]
        words = [row["fields"]["payload"] for row in told if row["name"] == "message"]
        heard[node["name"]] = {bytes.fromhex(each) for each in words}

    assert [len(heard[name]) for name in "1234"] == [3, 4, 0, 2]
    assert heard["2"] > heard["4"]
    assert not heard["1"] & heard["4"]
    assert PICTURE.stat().st_size + PICTURE.with_suffix(".json").stat().st_size < 1_000_000


def test_message_of_a_group_was_not_opened_with_the_name_that_its_sender_has_there() -> None:
    beside = sidecar.load(PICTURE.with_suffix(".json"))
    packets = datagrams(files.read(PICTURE))
    sealed = [one.payload for one in packets if replay.frame_type(one.payload) in SEALED]

    assert {octets[8:24] for octets in sealed if opening.opened(octets, beside)} == {
        overlay_id(b"group A"), overlay_id(b"group B"),
    }  # fmt: skip


@pytest.mark.parametrize("kind", sorted((SEALED | SIGNED) - {"NACK"}))
def test_octet_changed_on_the_way_to_a_member_was_not_named(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, number = next(
        (path, one.number) for path in GROUPS for one in datagrams(files.read(path))
        if replay.frame_type(one.payload) == kind
    )  # fmt: skip
    beside = sidecar.load(path.with_suffix(".json"))
    packets = files.read(path)
    field = next(row for row in beside.packets[number] if row.path.startswith("body"))
    octets = bytearray(packets[number - 1].data)
    octets[28 + field.start] ^= 1
    packets[number - 1] = files.Packet(number, files.RAW, bytes(octets))
    copy = tmp_path / path.name
    files.write(copy, packets)
    copy.with_suffix(".json").write_text(path.with_suffix(".json").read_text("ascii"), "ascii")

    status = cli.main(["replay", str(copy), "--as", "all", "--peer", HARNESS])

    said = capsys.readouterr().out
    assert status == 1
    assert f"packet {number} ({kind} " in said
    assert f"{field.path} is not what was recorded" in said


def resealed(octets: bytes, beside: sidecar.Sidecar, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The frame with another body, sealed under the keys of the key log, as a peer could have sent it."""
    frame = frames.read(octets, 65_000)
    associated, sealed = frames.seal_parts(frame)
    secret = beside.keys(registry.frame(frame.type).secret)[frame.prefix["view_id"].hex()]
    counter, index = frame.prefix["counter"], frame.prefix["sender_index"]
    for node in beside.nodes.values():
        key = sender_key(1, secret, index, bytes.fromhex(node.node))
        body = key.open(counter, sealed, associated)
        if body is not None:
            values = frames.read_body(frame.type, body)[0]
            change(values)
            return octets[: len(associated)] + key.seal(
                counter, frames.write_body(frame.type, values), associated
            )
    raise AssertionError("no key opens it")


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("HEARTBEAT", "acknowledged"), ("ALIVE", "timestamp"), ("SENDER", "operation"),
        ("PROXY", "origin_sequence"), ("DATA", "acknowledged"),
    ],
)  # fmt: skip
def test_other_field_under_the_seal_counted_as_the_same(kind: str, field: str) -> None:
    path, one = next(
        (path, one) for path in GROUPS for one in datagrams(files.read(path))
        if replay.frame_type(one.payload) == kind
    )  # fmt: skip
    beside = sidecar.load(path.with_suffix(".json"))
    played = replay.Replay(beside, next(iter(beside.nodes.values())), {})

    def change(values: dict[str, Any]) -> None:
        values[field] += 1

    difference = played.differs(one.payload, resealed(one.payload, beside, change))

    assert played.differs(one.payload, resealed(one.payload, beside, lambda _values: None)) == ""
    assert difference.startswith(f"body.{field} was ")


def test_capture_shows_too_little_of_the_protocol(spine: dict[int, Datagram]) -> None:
    kinds = {replay.frame_type(one.payload) for one in spine.values()}

    assert kinds >= {"HELLO1", "RETRY", "HELLO2", "HELLO3", "INSTALL", "UP", "DOWN", "CONFIRM", "DATA"}
    assert all(any("REQ-" in comment for comment in one.comments) for one in spine.values())


@pytest.mark.parametrize("change", [False, True], ids=["as-recorded", "one-octet-changed"])
def test_replay_took_a_changed_capture_for_the_recorded_one(
    change: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "run.pcapng"
    packets = files.read(SPINE)
    number = next(one.number for one in datagrams(packets) if replay.frame_type(one.payload) == "HELLO2")
    if change:
        octets = bytearray(packets[number - 1].data)
        octets[28 + 104 + 40] ^= 1
        packets[number - 1] = files.Packet(number, files.RAW, bytes(octets))
    files.write(copy, packets)
    copy.with_suffix(".json").write_text(SPINE.with_suffix(".json").read_text("ascii"), "ascii")

    status = cli.main(["replay", str(copy), "--as", "B", "--peer", HARNESS])

    said = capsys.readouterr().out
    assert status == (1 if change else 0)
    assert ("body.cookie" in said and f"packet {number} " in said) == change


def test_replay_took_an_answer_that_was_never_recorded(
    spine: dict[int, Datagram], beside: sidecar.Sidecar
) -> None:
    node = next(iter(beside.nodes.values()))
    played = replay.Replay(beside, node, spine)
    retry = next(one.payload for one in spine.values() if replay.frame_type(one.payload) == "RETRY")
    other = retry[:60] + bytes([retry[60] ^ 1]) + retry[61:]

    assert played.differs(retry, retry) == ""
    assert played.differs(retry, other).startswith("body.cookie was ")


def test_repeated_record_with_the_same_content_counted_as_a_difference(
    spine: dict[int, Datagram], beside: sidecar.Sidecar
) -> None:
    played = replay.Replay(beside, next(iter(beside.nodes.values())), spine)
    data = [one.payload for one in spine.values() if replay.frame_type(one.payload) == "DATA"]

    assert played.differs(data[0], data[0]) == ""
    other = next(one for one in data if one != data[0])
    assert played.differs(data[0], other).split(" ")[0].startswith(("prefix.", "body."))


# ---------------------------------------------------------------- hostile files

SECTION = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
INTERFACE = struct.pack("<IIHHII", 1, 20, 101, 0, 0, 20)
PCAP = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)


def enhanced(interface: int, kept: int, whole: int, data: bytes = bytes(4)) -> bytes:
    size = 32 + len(data)
    fields = struct.pack("<IIIII", interface, 0, 0, kept, whole) + data
    return struct.pack("<II", 6, size) + fields + struct.pack("<I", size)


HOSTILE = {
    "empty": b"",
    "one-octet": b"\n",
    "header-cut-off": PCAP[:23],
    "unknown-magic": b"\xde\xad\xbe\xef" * 8,
    "modified-pcap": struct.pack("<I", 0xA1B2CD34) + bytes(20),
    "four-gigabytes-in-a-record": PCAP + struct.pack("<IIII", 0, 0, 0xFFFFFFFF, 0xFFFFFFFF) + bytes(40),
    "kept-more-than-whole": PCAP + struct.pack("<IIII", 0, 0, 40, 20) + bytes(40),
    "record-past-the-end": PCAP + struct.pack("<IIII", 0, 0, 60, 60) + bytes(40),
    "record-header-cut-off": PCAP + bytes(9),
    "block-of-0": SECTION + struct.pack("<III", 1, 0, 0),
    "block-of-8": SECTION + struct.pack("<III", 1, 8, 8),
    "block-of-13": SECTION + struct.pack("<II", 1, 13) + bytes(20),
    "block-past-the-end": SECTION + struct.pack("<III", 1, 4000, 0),
    "two-lengths": SECTION + struct.pack("<IIHHII", 1, 20, 101, 0, 0, 24),
    "no-byte-order": struct.pack("<III", 0x0A0D0D0A, 28, 7) + bytes(16),
    "packet-before-interface": SECTION + enhanced(0, 4, 4),
    "interface-out-of-range": SECTION + INTERFACE + enhanced(0xFFFFFFFF, 4, 4),
    "packet-longer-than-its-block": SECTION + INTERFACE + enhanced(0, 400, 400),
    "a-hundred-interfaces": SECTION + INTERFACE * 100,
    "clock-of-2-to-the-127": SECTION
    + struct.pack("<IIHHIHHB3xI", 1, 28, 101, 0, 0, 9, 1, 0xFF, 28)
    + enhanced(0, 4, 4),
    "option-past-its-block": SECTION + struct.pack("<IIHHIHHI", 1, 24, 101, 0, 0, 9, 600, 24),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_capture_was_not_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "hostile.pcapng"
    path.write_bytes(content)

    with pytest.raises(files.BadCaptureError):
        files.read(path)
    assert cli.main(["replay", str(path), "--as", "A"]) == 4


def test_device_or_folder_was_read_as_a_capture(tmp_path: Path) -> None:
    with pytest.raises(files.BadCaptureError, match="regular file"):
        files.read(tmp_path)
    with pytest.raises(files.BadCaptureError):
        files.read(Path("/dev/zero"))


def test_unknown_link_type_was_guessed() -> None:
    with pytest.raises(files.BadCaptureError, match="link type 276"):
        datagram(files.Packet(1, 276, bytes(60)))


@pytest.mark.parametrize("v6", [False, True], ids=["ipv4", "ipv6"])
def test_broken_ip_packet_ended_the_capture(v6: bool) -> None:
    ends = ("[2001:db8::1]:1", "[2001:db8::2]:2") if v6 else ("192.0.2.1:1", "192.0.2.2:2")
    good = packed(*ends, b"payload")
    found = datagram(files.Packet(1, files.RAW, good))

    assert found is not None
    assert (found.source, found.to, found.payload) == (*ends, b"payload")
    for size in range(len(good)):
        assert datagram(files.Packet(1, files.RAW, good[:size])) is None
    for place in (0, 3, 4, 5, 9, 6):
        broken = bytearray(good)
        broken[place] ^= 0xFF
        read = datagram(files.Packet(1, files.RAW, bytes(broken)))
        assert read is None or read.payload == b"payload"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema": "capture.schema.json", "nodes": []}', "{" * 10_000]
)
def test_hostile_sidecar_was_not_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(text, encoding="ascii")

    with pytest.raises(files.BadCaptureError):
        sidecar.load(path)
