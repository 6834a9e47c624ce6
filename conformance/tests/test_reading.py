"""The kit's own reading of the wire: what it reads it writes again, and what is cut or changed it refuses."""

import pytest

from coterie_kit import decode, frames, puppets
from coterie_kit.cli import main

PUPPET = puppets.Puppet.born(b"\x07" * 32, b"\x05" * 16, "192.0.2.1:4000", 1_800_000_000_000)
ROW = puppets.member_row(PUPPET)
CUT = {
    "previous_view": b"\x01" * 16,
    "acknowledged": 7,
    "senders": [{"node_id": b"\x02" * 32, "sequence": 9, "holder": 0}],
}
CANDIDATE = {"node_id": b"\x03" * 32, "incarnation": 5, "contact": (bytes(15) + b"\x01", 4000)}
HOLDING = {"node_id": b"\x04" * 32, "sequence": 6}
EXTENSIONS = [{"type": 0x1A1A, "value": b"grease"}, {"type": 1, "value": bytes(3)}]
BODIES = {
    "HELLO1": {"nonce": b"\x01" * 32},
    "RETRY": {"nonce": b"\x01" * 32, "cookie": b"\x02" * 32, "responder": b"\x03" * 32},
    "ERROR": {"nonce": b"\x01" * 32, "reason": 0x0306, "refused_type": 3, "versions": [1, 2]},
    "SEGMENT": {"digest": b"\x01" * 16, "index": 1, "count": 2, "payload": b"part"},
    "HELLO2": {"nonce": b"\x01" * 32, "suites": [1, 2], "leaf": PUPPET.leaf, "extensions": EXTENSIONS},
    "HELLO3": {"roles": 5, "coordinator": (bytes(16), 0), "suites": [1], "leaf": PUPPET.leaf},
    "REFUSE": {"refused_sequence": 7, "reason": 0x020A, "refused_type": 0x10},
    "PING": {"nonce": b"12345678", "extensions": EXTENSIONS},
    "PONG": {"nonce": b"12345678"},
    "INSTALL": {"counter": 4, "suite": 1, "members": [ROW, ROW], "cuts": [CUT], "extensions": EXTENSIONS},
    "UP": {"entries": [b"\x01" * 32, b"\x02" * 32], "total": b"\x03" * 32, "extensions": EXTENSIONS},
    "DOWN": {"entries": [b"\x01" * 32]},
    "CONFIRM": {"down_hash": b"\x01" * 32, "confirmation": b"\x02" * 32},
    "DATA": {"messages": [{"timestamp": 1, "payload": b"words"}, {"timestamp": 2, "payload": b""}]},
    "PROPOSE": {"counter": 9, "candidates": [CANDIDATE] * 2, "permits": [b"one", b"x" * 300]},
    "FLUSH": {
        "counter": 9,
        "seen": 8,
        "clock": 7,
        "acknowledged": 6,
        "suite": 2,
        "sends": 1,
        "holdings": [HOLDING] * 3,
        "refused": [b"\x07" * 32],
    },
    "JOIN": {"view_id": b"\x01" * 16, "members": [CANDIDATE], "extensions": EXTENSIONS},
    "LEAVE": {"view_id": b"\x01" * 16, "extensions": EXTENSIONS},
    "HEARTBEAT": {
        "acknowledged": 1,
        "timestamp": 2,
        "last_sequence": 3,
        "stable": 4,
        "extensions": EXTENSIONS,
    },
    "ALIVE": {"acknowledged": 1, "timestamp": 2, "last_sequence": 3},
    "NACK": {"ranges": [{"sender": 1, "first": 2, "last": 3}] * 2},
    "GAP": {"sender": 1, "first": 2, "last": 3, "extensions": EXTENSIONS},
    "SENDER": {"operation": 1},
    "PROXY": {"origin_sequence": 5, "payload": b"words", "signature": b"\x05" * 64, "extensions": EXTENSIONS},
}


def plain_values(values: object) -> object:
    """Values without counts and lengths, which follow from the rest."""
    if isinstance(values, dict):
        kept = {name: value for name, value in values.items() if not name.endswith(("_count", "_length"))}
        return {name: plain_values(value) for name, value in kept.items()}
    return [plain_values(value) for value in values] if isinstance(values, list) else values


@pytest.mark.parametrize("kind", BODIES)
def test_body_read_is_not_the_body_written(kind: str) -> None:
    octets = frames.write_body(kind, BODIES[kind])
    read, spans = frames.read_body(kind, octets)

    for name, value in BODIES[kind].items():
        if kind != "DATA":
            assert plain_values(read[name]) == value
    assert frames.write_body(kind, read) == octets
    assert sum(span.end - span.start for span in spans) == len(octets)


@pytest.mark.parametrize("kind", BODIES)
def test_truncated_body_was_read(kind: str) -> None:
    values = {name: value for name, value in BODIES[kind].items() if name != "extensions"}
    octets = frames.write_body(kind, values)
    least = len(octets) if kind != "SEGMENT" else 19

    for size in range(least):
        with pytest.raises(frames.Unreadable) as refused:
            frames.read_body(kind, octets[:size])
        assert refused.value.reason == "truncated-body"


def test_path_of_an_octet_is_wrong() -> None:
    frame = frames.read(PUPPET.make("INSTALL", BODIES["INSTALL"]))

    assert frame.at(0) == "header.magic"
    assert frame.at(24) == "prefix.signer"
    assert frame.at(24 + 80 + 8 + 32) == "body.suite"
    assert frame.at(24 + 80 + 50 + 106 + 40) == "body.members[1].leaf_hash"
    assert frame.at(len(frame.header) + 80 + len(frame.body_octets)) == "signature"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda octets: octets[:23], "too-short"),
        (lambda octets: b"\x00" + octets[1:], "bad-magic"),
        (lambda octets: octets[:2] + b"\x02" + octets[3:], "unknown-version"),
        (lambda octets: octets[:3] + b"\x3f" + octets[4:], "unknown-type"),
        (lambda octets: octets[:4] + b"\x02" + octets[5:], "wrong-protection"),
        (lambda octets: octets[:5] + b"\x01" + octets[6:], "reserved-nonzero"),
        (lambda octets: octets + b"\x00", "bad-length"),
        (lambda octets: octets[:6] + b"\x00\x10" + octets[8:40], "short-frame"),
    ],
)
def test_header_fault_was_read(change: object, reason: str) -> None:
    assert callable(change)
    with pytest.raises(frames.Unreadable) as refused:
        frames.read(change(PUPPET.ping(b"12345678", bytes(32))))

    assert refused.value.reason == reason


def test_decoded_tree_lacks_a_field(capsys: pytest.CaptureFixture[str]) -> None:
    frame = PUPPET.make("UP", BODIES["UP"], b"\x09" * 32)

    assert main(["decode", frame.hex()]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in ("signer", "install_digest", "entries[1]", "total", "extensions[0]"))
    assert len(decode.tree(frames.read(frame))) == len(said.splitlines())


def test_bad_hex_or_frame_ended_in_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decode", "c07"]) == 4
    assert main(["decode", "c0 7e 01"]) == 1
    assert "too-short" in capsys.readouterr().out
