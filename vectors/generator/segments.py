"""Vectors of SEGMENT: cut, joined in any order, and every way in which pieces do not fit."""

from itertools import pairwise

from coterie.wire import bodies, codec, segments
from vectors.generator import exchange, scene
from vectors.generator.book import Book, Fault, Json, Page
from vectors.generator.frames_header import measured, padded, put

INNER = {
    "magic": "FRM-3", "version": "FRM-4", "type": "FRM-7", "protection": "FRM-8", "reserved": "FRM-9",
    "length": "FRM-10", "no-header": "FRM-3",
}  # fmt: skip
"""The rule of a header that the inner frame breaks."""

SIZES = (1201, 2316, 2317, 9000, 65536)


def long_frame(size: int) -> bytes:
    """A PING of some size: sound up to its prefix, which is all that joining looks at."""
    start = exchange.frame("PING")
    return measured(start + scene.octets("filling", size - len(start)))


def pieces(frame: bytes, *ends: int) -> list[bytes]:
    """The bodies of segments of a frame that is cut at other places than the draft says."""
    name, edges = segments.digest(frame), [0, *(ends or (len(frame) // 2,)), len(frame)]
    parts = [frame[start:end] for start, end in pairwise(edges)]
    return [body(name, place, len(parts), part) for place, part in enumerate(parts)]


def body(digest: bytes, index: int, count: int, payload: bytes) -> bytes:
    """The body of one SEGMENT."""
    return codec.encode_body(bodies.Segment(digest, index, count, payload))


def asked(found: list[bytes]) -> Json:
    """The arguments of segment.join."""
    return {"segments": [each.hex() for each in found]}


def cases() -> list[Json]:
    """All vectors of this kind."""
    book = Book("segment")
    _cuts(book)
    page = book.page("segment.join", "SEGMENT", reqs=["FRM-33"])
    frame = exchange.long_install(16)
    three = pieces(frame, 700, 1400)
    twin = page.accept("join.conforming", asked(segments.cut(frame)))
    page.accept("join.reversed", asked(segments.cut(frame)[::-1]), variation="another-order")
    page.accept("join.last-first", asked([three[2], three[0], three[1]]), variation="another-order")
    page.accept(
        "join.repeated", asked([three[0], three[1], three[0], three[2], three[1]]), variation="repeats"
    )
    page.accept("join.other-cuts", asked(pieces(frame, 1, len(frame) - 1)), variation="other-cuts")
    most = pieces(long_frame(64 * 100), *range(100, 6400, 100))
    page.accept("join.64", asked(most), variation="64-segments")
    _conflicts(page, twin, frame)
    _structure(page, twin, frame)
    _inner(page, twin)
    return book.vectors


def _cuts(book: Book) -> None:
    page = book.page("segment.cut", "SEGMENT", reqs=["FRM-26"])
    page.accept("cut.conforming", {"frame": exchange.long_install(16).hex()})
    twin: Json = {}
    for size in SIZES:
        twin = page.accept(f"cut.octets-{size}", {"frame": long_frame(size).hex()}, variation="edge")
    wrong = Fault("no-frame-to-cut", "usage", ["FRM-26"])
    for size in (1200, 65537):
        page.misuse(f"cut.octets-{size}", twin, wrong, {"frame": bytes(size).hex()})


def _conflicts(page: Page, twin: Json, frame: bytes) -> None:
    first, second, third = pieces(frame, 700, 1400)
    name = segments.digest(frame)
    conflict = Fault("contradict-segment", "segment-conflict", ["FRM-28"])
    contradictions = {
        "other-count": [first, body(name, 1, 4, frame[700:1400]), third],
        "smaller-count": [first, body(name, 1, 2, frame[700:]), third],
        "other-octets": [first, second, body(name, 0, 3, bytes(700)), third],
        "shorter": [first, second, body(name, 1, 3, frame[700:1399]), third],
    }
    for word, found in contradictions.items():
        page.refuse(f"join.{word}", twin, conflict, asked(found))
    long = [body(name, place, 2, bytes(40000)) for place in range(2)]
    page.refuse("join.octets-80000", twin, Fault("too-much", "segment-limit", ["FRM-29"]), asked(long))
    digest = Fault("join-other-octets", "segment-digest", ["FRM-31"])
    flipped = first[:-1] + bytes([first[-1] ^ 1])
    named = [body(bytes(16), place, 3, each[18:]) for place, each in enumerate((first, second, third))]
    swapped = [body(name, 0, 3, second[18:]), body(name, 1, 3, first[18:]), third]
    for word, found in {
        "flipped-bit": [flipped, second, third],
        "other-digest": named,
        "swapped": swapped,
    }.items():
        page.refuse(f"join.{word}", twin, digest, asked(found))


def _structure(page: Page, twin: Json, frame: bytes) -> None:
    first, second = pieces(frame)
    places = {"index-2-of-2": (2, 2), "count-0": (0, 0), "count-1": (0, 1), "count-65": (0, 65)}
    for word, (index, count) in places.items():
        fault = Fault("segment-out-of-range", "count-out-of-range", ["FRM-18"])
        wrong = body(segments.digest(frame), index, count, first[18:])
        page.refuse(f"join.{word}", twin, fault, asked([wrong, second]))
    page.refuse(
        "join.empty", twin, Fault("empty-payload", "truncated-body", ["FRM-28"]), asked([first[:18], second])
    )
    cut = Fault("cut-segment", "truncated-body", ["FRM-16"])
    for size in (0, 15, 16, 17):
        page.refuse(f"join.octets-{size}", twin, cut, asked([first[:size], second]))


def _inner(page: Page, twin: Json) -> None:
    frame = long_frame(1300)
    inner = {
        "sealed": padded(exchange.frame("DATA"), 1300),
        "plain": padded(exchange.frame("ERROR"), 1300),
        "segment": padded(exchange.frame("SEGMENT"), 1300),
        "octets-1200": long_frame(1200),
        "magic": put(0, 0)(frame),
        "version": put(2, 2)(frame),
        "type": put(3, 0x1D)(frame),
        "protection": put(4, 2)(frame),
        "reserved": put(5, 1)(frame),
        "length": put(6, 0, 0)(frame),
        "no-header": bytes(1300),
    }
    for word, octets in inner.items():
        also = [INNER[word]] if word in INNER else []
        fault = Fault("join-no-signed-frame", "segment-inner", ["FRM-32", *also])
        page.refuse(f"join.inner-{word}", twin, fault, asked(pieces(octets)))
