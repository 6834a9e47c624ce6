"""The charts of the draft show what the captures hold, and nothing else."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from spec.tools import charts
from spec.tools.charts import Chart

LANES = ("192.0.2.1:4000", "192.0.2.2:4000", "192.0.2.3:4000")
INSTALL, UP, CONFIRM = 0x22, 0x23, 0x25
Draw = Callable[..., list[str]]


def block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def packet(at_ms: int, source: int, target: int, kind: int) -> bytes:
    frame = bytes((0xC0, 0x7E, 1, kind)) + bytes(20)
    udp = struct.pack(">4H", 4000, 4000, 8 + len(frame), 0) + frame
    ip = bytes((0x45,)) + bytes(11) + bytes((192, 0, 2, source + 1)) + bytes((192, 0, 2, target + 1)) + udp
    return block(6, struct.pack("<5I", 0, 0, at_ms * 1000, len(ip), len(ip)) + ip)


@pytest.fixture
def draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Draw:
    """Draws packets as a chart."""
    monkeypatch.setattr(charts, "CAPTURES", tmp_path)
    nodes = [{"name": name, "address": address} for name, address in zip("ABC", LANES, strict=True)]
    (tmp_path / "made.json").write_text(json.dumps({"nodes": nodes}), encoding="utf-8")

    def drawn(*captured: bytes) -> list[str]:
        head = block(0x0A0D0D0A, b"\x4d\x3c\x2b\x1a" + bytes(12)) + block(1, struct.pack("<HHI", 101, 0, 0))
        (tmp_path / "made.pcapng").write_bytes(head + b"".join(captured))
        return charts.drawing(Chart("made", ("INSTALL", "UP"))).splitlines()

    return drawn


def test_frame_to_all_is_drawn_as_several_rows(draw: Draw) -> None:
    lines = draw(packet(5, 0, 1, INSTALL), packet(6, 0, 2, INSTALL))

    assert lines == [
        "    ms            A             B             C",
        "     0  INSTALL   o------------>|------------>|",
    ]


def test_repeat_looks_like_a_new_frame(draw: Draw) -> None:
    lines = draw(packet(5, 2, 0, UP), packet(255, 2, 0, UP))

    assert lines[1:] == [
        "     0  UP        |<--------------------------o",
        "   250  (UP)      |<--------------------------o",
    ]


def test_lost_frame_is_drawn_as_one_that_arrived(draw: Draw, tmp_path: Path) -> None:
    nodes = [{"name": name, "address": address} for name, address in zip("ABC", LANES, strict=True)]
    beside = {"nodes": [{**node, "steps": [{"deliver": 2}]} for node in nodes]}
    (tmp_path / "made.json").write_text(json.dumps(beside), encoding="utf-8")

    lines = draw(packet(5, 0, 2, INSTALL), packet(6, 0, 1, INSTALL), packet(400, 2, 1, UP))

    assert lines[1:] == [
        "     0  INSTALL   o------------>|------------x|",
        "   395  UP        |             |x------------o",
    ]


def test_chart_shows_frames_that_nobody_asked_for(draw: Draw) -> None:
    lines = draw(packet(5, 0, 1, CONFIRM), packet(9, 1, 2, UP))

    assert lines[1:] == ["     0  UP        |             o------------>|"]


def test_empty_chart_is_drawn(draw: Draw) -> None:
    with pytest.raises(ValueError, match="nothing of made"):
        draw(packet(5, 0, 1, CONFIRM))
