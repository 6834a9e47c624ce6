"""Frames between octets and values, against `struct` on as many fields."""

import struct

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.company import OVERLAY
from benchmarks.conftest import Figure, Figures
from benchmarks.primitives import cost_us
from coterie.vocabulary import NodeId, ViewId
from coterie.wire import Contact, bodies, codec, frames
from coterie.wire.bodies import Body

NODE = NodeId(bytes(range(32)))


def members(count: int) -> tuple[bodies.Member, ...]:
    contact = Contact(bytes(10) + b"\xff\xff\xc0\x00\x02\x01", 4000)
    return tuple(bodies.Member(NODE, 1, bytes(32), contact, ViewId(bytes(16))) for _ in range(count))


BODIES: dict[str, tuple[Body, int]] = {
    "PING": (bodies.Ping(bytes(8)), 1),
    "CONFIRM": (bodies.Confirm(bytes(32), bytes(32), bytes(32)), 3),
    "UP of 8": (bodies.Up(bytes(32), tuple(bytes([n]) * 32 for n in range(8)), bytes(32)), 11),
    "INSTALL of 8": (bodies.Install(1, bytes(32), 1, 0, members(8)), 5 + 8 * 6),
}


@pytest.mark.parametrize("name", BODIES)
def test_parse(name: str, benchmark: BenchmarkFixture, figures: Figures) -> None:
    body, count = BODIES[name]
    octets = codec.encode_body(body)
    kind = name.split(maxsplit=1)[0]
    benchmark(codec.decode_body, kind, octets)

    bare = struct.Struct(f">{count}I").unpack_from
    room = bytes(4 * count)
    measured = cost_us(lambda: codec.decode_body(kind, octets))
    assert codec.decode_body(kind, octets) == body
    fields = cost_us(lambda: bare(room))
    figures.add(Figure(f"parse body of {name}", measured, fields, f"struct, {count} fields"))


@pytest.mark.parametrize("name", BODIES)
def test_build(name: str, benchmark: BenchmarkFixture, figures: Figures) -> None:
    body, count = BODIES[name]
    benchmark(codec.encode_body, body)

    pack, numbers = struct.Struct(f">{count}I").pack, tuple(range(count))
    measured = cost_us(lambda: codec.encode_body(body))
    fields = cost_us(lambda: pack(*numbers))
    figures.add(Figure(f"build body of {name}", measured, fields, f"struct, {count} fields"))


def test_header_and_prefix(benchmark: BenchmarkFixture, figures: Figures) -> None:
    body = codec.encode_body(BODIES["CONFIRM"][0])
    datagram = frames.encode_header("CONFIRM", OVERLAY, 80 + len(body) + 64) + bytes(80) + body + bytes(64)
    benchmark(frames.decode_frame, datagram)

    bare = struct.Struct(">HBBBBH16s32sQQ32s").unpack_from
    measured = cost_us(lambda: frames.decode_frame(datagram))
    figures.add(
        Figure(
            "header and prefix of a signed frame",
            measured,
            cost_us(lambda: bare(datagram)),
            "struct, 11 fields",
        )
    )


TEN = tuple(bodies.Message(100 + number, 0, 0, 1, bytes(100)) for number in range(10))
QUICK: dict[str, Body] = {
    "DATA of 10": bodies.Data(5, 1, TEN),
    "HEARTBEAT": bodies.Heartbeat(1, 2, 3, 4),
    "ALIVE": bodies.Alive(1, 2, 3),
    "NACK of 4": bodies.Nack(tuple(bodies.Range(sender, 1, 2) for sender in range(4))),
}


@pytest.mark.parametrize("name", QUICK)
def test_short_way(name: str, benchmark: BenchmarkFixture, figures: Figures) -> None:
    """The data path, against the layouts that define it."""
    body, kind = QUICK[name], name.split(maxsplit=1)[0]
    octets = codec.encode_body(body)
    benchmark(codec.decode_body, kind, octets)

    parsed = cost_us(lambda: codec.decode_body(kind, octets))
    figures.add(
        Figure(f"parse {name}", parsed, cost_us(lambda: codec.decode_by_layout(kind, octets)), "its layout")
    )
    built = cost_us(lambda: codec.encode_body(body))
    figures.add(Figure(f"build {name}", built, cost_us(lambda: codec.encode_by_layout(body)), "its layout"))
