"""Vectors of the structure of bodies: every field boundary, every count, every rule of extensions."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from coterie.vocabulary import NO_VIEW
from coterie.wire import bodies, codec
from vectors.generator import exchange, scene
from vectors.generator.book import Book, Fault, Json, Page

Asker = Callable[[bytes], Json]
"""Makes the arguments that show a body to a peer."""

FIXED: dict[str, tuple[int, ...]] = {
    "ERROR": (32, 2, 1, 1),
    "HELLO2": (32, 32, 32, 1),
    "HELLO3": (32, 32, 32, 1, 16, 16, 2, 1),
    "REFUSE": (8, 2, 1),
    "PING": (8,),
    "PONG": (8,),
    "INSTALL": (8, 32, 1, 8, 1, 32, 8, 32, 16, 2, 16, 32, 8, 32, 16, 2, 16, 1, 16, 1, 32, 8, 1),
    "UP": (32, 1, 32, 32, 32),
    "DOWN": (32, 1, 32, 32, 32),
    "CONFIRM": (32, 32, 32),
    "DATA": (8, 8, 2, 8, 1, 1, 1, 2, 5, 8, 1, 1, 1, 2, 3),
    "PROPOSE": (8, 1, 32, 8, 16, 2, 32, 8, 16, 2, 32, 8, 16, 2, 1, 2, 243),
    "FLUSH": (8, 8, 8, 16, 1, 1, 1, 32, 8, 32, 8, 1, 32),
    "JOIN": (16, 1, 32, 8, 16, 2),
    "LEAVE": (16,),
    "HEARTBEAT": (8, 8, 8, 8),
    "ALIVE": (8, 8, 8),
    "NACK": (1, 2, 8, 8, 2, 8, 8),
    "GAP": (2, 8, 8),
    "SENDER": (1,),
    "PROXY": (8, 2, 5, 64),
    "FIND": (32,),
    "NODES": (8, 1, 32, 16, 2, 32, 16, 2),
    "STORE": (2, 40),
    "STORED": (8,),
    "FETCH": (32, 32, 16),
    "VALUES": (8, 1, 1, 2, 40, 2, 24),
    "HOST": (1, 7, 2, 40),
    "HOSTED": (8, 16),
}
"""Sizes of the fields that the conforming body begins with, in the order of the draft's tables."""


def by(name: str, *reqs: str) -> list[str]:
    """The rules of a vector on the body of a frame type: a sealed one has to be opened first."""
    return [*reqs, *(exchange.OPENING if exchange.secret(name) else ())][:4]


def page_of(book: Book, name: str) -> tuple[Page, Asker]:
    """Where the bodies of a frame type are tried: decoded, or opened first when they are sealed."""
    secret = exchange.secret(name)
    if secret is None:
        return book.page("frame.decode", name), lambda octets: {"bytes": exchange.frame(name, octets).hex()}
    keys = {
        "suite": 1,
        "secret": secret.hex(),
        "node": exchange.node("Ben").hex(),
        "index": exchange.INDEX,
    }
    return book.page("frame.open", name), lambda octets: {"bytes": exchange.frame(name, octets).hex()} | keys


def conforming(name: str) -> bytes:
    """The octets of the conforming body."""
    return codec.encode_body(exchange.body(name))


# ---------------------------------------------------------------- ends


def truncations(book: Book, name: str, twin: Json) -> None:
    """Bodies that end at a field, or one octet before its end."""
    if name not in FIXED:
        return
    page, ask = page_of(book, name)
    octets, ends = conforming(name), [0]
    for size in FIXED[name]:
        ends.append(ends[-1] + size)
    tried = sorted(set(ends[:-1]) | {end - 1 for end in ends[1:]})
    for size in tried:
        fault = Fault("cut-body", "truncated-body", by(name, "FRM-16"))
        page.refuse(f"{name.lower()}.body-{size}", twin, fault, ask(octets[:size]))


def plain_ends(book: Book, twins: dict[str, Json]) -> None:
    """Octets after the end, and padding that is not zero."""
    page, ask = page_of(book, "ERROR")
    for word, extra in (("octet", b"\x00"), ("extension", bytes.fromhex("00010000"))):
        fault = Fault("add-to-body", "trailing-bytes", ["FRM-17"])
        page.refuse(f"error.trailing-{word}", twins["ERROR"], fault, ask(conforming("ERROR") + extra))
    page, ask = page_of(book, "HELLO1")
    for position in (0, 35, 71):
        octets = bytearray(conforming("HELLO1"))
        octets[32 + position] = 0x80
        fault = Fault("fill-padding", "padding-nonzero", ["FRM-17"])
        page.refuse(f"hello1.padding-{position}", twins["HELLO1"], fault, ask(bytes(octets)))


# ---------------------------------------------------------------- counts


def changed(name: str, **values: Any) -> bytes:
    """The conforming body with other values."""
    body: Any = exchange.body(name)
    return codec.encode_body(replace(body, **values))


MESSAGE = bodies.Message(1, 0, 0, 1, b"")


def at_limits() -> Iterator[tuple[str, str, bytes]]:
    """Counts at their limits, where a datagram has room for them."""
    yield "HELLO2", "suites-1", changed("HELLO2", suites=(1,))
    yield "HELLO2", "suites-8", changed("HELLO2", suites=tuple(range(1, 9)))
    yield "HELLO2", "leaf-1", changed("HELLO2", leaf=b"\x30")
    yield "HELLO2", "leaf-601", changed("HELLO2", leaf=bytes(601))
    yield "HELLO3", "suites-8", changed("HELLO3", suites=tuple(range(1, 9)))
    yield "ERROR", "versions-0", changed("ERROR", versions=())
    yield "ERROR", "versions-8", changed("ERROR", versions=tuple(range(1, 9)))
    yield "SEGMENT", "first-of-2", changed("SEGMENT", index=0, count=2)
    yield "SEGMENT", "last-of-64", changed("SEGMENT", index=63, count=64)
    yield "SEGMENT", "payload-1158", changed("SEGMENT", payload=bytes(1158))
    yield "SEGMENT", "payload-1", changed("SEGMENT", payload=b"x")
    yield "INSTALL", "cuts-0", changed("INSTALL", cuts=())
    yield "INSTALL", "senders-0", changed("INSTALL", cuts=(bodies.Cut(exchange.VIEW, 0, ()),))
    yield "UP", "entries-1", changed("UP", entries=(scene.octets("entry 0"),))
    yield "DOWN", "entries-1", changed("DOWN", entries=(scene.octets("entry 0"),))
    yield "DATA", "messages-1", changed("DATA", messages=(MESSAGE,))
    yield "DATA", "payload-0", changed("DATA", messages=(MESSAGE, MESSAGE))
    yield from _group_at_limits()


def _group_at_limits() -> Iterator[tuple[str, str, bytes]]:
    propose: Any = exchange.body("PROPOSE")
    first = propose.candidates[0]
    yield "PROPOSE", "candidates-1", changed("PROPOSE", candidates=(first,), permits=())
    yield "PROPOSE", "candidates-17", changed("PROPOSE", candidates=(first,) * 17, permits=())
    yield "PROPOSE", "permits-63", changed("PROPOSE", candidates=(first,), permits=(b"x",) * 63)
    yield "PROPOSE", "permit-1", changed("PROPOSE", permits=(b"x",))
    yield "PROPOSE", "permit-962", changed("PROPOSE", candidates=(first,), permits=(bytes(962),))
    yield "FLUSH", "holdings-0", changed("FLUSH", holdings=(), previous_view=NO_VIEW, suite=0, sends=0)
    yield "FLUSH", "refused-0", changed("FLUSH", refused=())
    yield "FLUSH", "refused-28", changed("FLUSH", refused=(first.node_id,) * 28)
    yield "JOIN", "members-17", changed("JOIN", members=(first,) * 17)
    yield "NACK", "ranges-1", changed("NACK", ranges=(bodies.Range(0, 1, 1),))
    yield "NACK", "ranges-16", changed("NACK", ranges=(bodies.Range(0, 1, 1),) * 16)
    yield "PROXY", "payload-0", changed("PROXY", payload=b"")
    yield from _overlay_at_limits()


def _overlay_at_limits() -> Iterator[tuple[str, str, bytes]]:
    nodes: Any = exchange.body("NODES")
    yield "NODES", "neighbours-0", changed("NODES", neighbours=())
    yield "NODES", "neighbours-8", changed("NODES", neighbours=nodes.neighbours * 4)
    yield "STORE", "envelope-1", changed("STORE", envelope=b"x")
    yield "STORE", "envelope-1030", changed("STORE", envelope=bytes(1030))
    yield "HOST", "group-1", changed("HOST", group=b"x")
    yield "HOST", "group-255", changed("HOST", group=bytes(255))
    yield "HOST", "info-1", changed("HOST", info=b"x")
    yield "HOST", "info-1022", changed("HOST", info=bytes(1022))
    yield "VALUES", "held-0", changed("VALUES", more=0, held=())
    yield "VALUES", "held-32", changed("VALUES", held=(b"x",) * 32)
    yield "VALUES", "envelope-0", changed("VALUES", more=255, held=(b"",))


def beyond_limits() -> Iterator[tuple[str, str, bytes]]:
    """Counts outside their limits. What they count is not there: nothing may be read for it first."""
    for name, position, words in (
        ("HELLO2", 96, {"suites-0": b"\x00", "suites-9": b"\x09", "suites-255": b"\xff"}),
        ("HELLO2", 99, {"leaf-0": b"\x00\x00"}),
        ("HELLO3", 131, {"suites-0": b"\x00", "suites-9": b"\x09"}),
        ("HELLO3", 133, {"leaf-0": b"\x00\x00"}),
        ("ERROR", 35, {"versions-9": b"\x09", "versions-255": b"\xff"}),
        ("SEGMENT", 16, {"2-of-2": b"\x02\x02", "255-of-64": b"\xff\x40", "0-of-1": b"\x00\x01"}),
        ("SEGMENT", 16, {"0-of-0": b"\x00\x00", "0-of-65": b"\x00\x41", "0-of-255": b"\x00\xff"}),
        ("INSTALL", 49, {"members-0": b"\x00", "members-65": b"\x41", "members-255": b"\xff"}),
        ("INSTALL", 262, {"cuts-65": b"\x41", "cuts-255": b"\xff"}),
        ("INSTALL", 287, {"senders-65": b"\x41", "senders-255": b"\xff"}),
        ("UP", 32, {"entries-0": b"\x00", "entries-64": b"\x40", "entries-255": b"\xff"}),
        ("DOWN", 32, {"entries-0": b"\x00", "entries-65": b"\x41", "entries-255": b"\xff"}),
        ("DATA", 16, {"messages-0": b"\x00\x00", "messages-257": b"\x01\x01", "messages-65535": b"\xff\xff"}),
        ("PROPOSE", 8, {"candidates-0": b"\x00", "candidates-65": b"\x41", "candidates-255": b"\xff"}),
        ("PROPOSE", 183, {"permits-64": b"\x40", "permits-255": b"\xff"}),
        ("PROPOSE", 184, {"permit-0": b"\0\0", "permit-8193": b"\x20\x01", "permit-65535": b"\xff\xff"}),
        ("FLUSH", 50, {"holdings-65": b"\x41", "holdings-255": b"\xff"}),
        ("FLUSH", 131, {"refused-65": b"\x41", "refused-255": b"\xff"}),
        ("JOIN", 16, {"members-0": b"\x00", "members-65": b"\x41", "members-255": b"\xff"}),
        ("NODES", 8, {"neighbours-9": b"\x09", "neighbours-255": b"\xff"}),
        ("STORE", 0, {"envelope-0": b"\0\0"}),
        ("HOST", 0, {"group-0": b"\0"}),
        ("HOST", 8, {"info-0": b"\0\0"}),
        ("VALUES", 9, {"held-33": b"\x21", "held-255": b"\xff"}),
        ("NACK", 0, {"ranges-0": b"\x00", "ranges-17": b"\x11", "ranges-255": b"\xff"}),
    ):
        octets = conforming(name)
        for word, value in words.items():
            yield name, word, octets[:position] + value + octets[position + len(value) :]
            yield (
                name,
                f"{word}-then-nothing",
                octets[:position] + value + (b"x" if name == "SEGMENT" else b""),
            )


def counts(book: Book, twins: dict[str, Json]) -> None:
    """Counts at their limits and one beyond."""
    for name, word, octets in at_limits():
        page, ask = page_of(book, name)
        vector = page.accept(
            f"{name.lower()}.{word}", ask(octets), variation="count-at-limit", reqs=by(name, "FRM-18")
        )
        assert vector["expected"]
    for name, word, octets in beyond_limits():
        page, ask = page_of(book, name)
        fault = Fault("count-beyond-limit", "count-out-of-range", by(name, "FRM-18"))
        page.refuse(f"{name.lower()}.{word}", twins[name], fault, ask(octets))
    page, ask = page_of(book, "SEGMENT")
    fault = Fault("empty-payload", "truncated-body", ["FRM-28"])
    page.refuse("segment.payload-0", twins["SEGMENT"], fault, ask(conforming("SEGMENT")[:18]))


# ---------------------------------------------------------------- extensions


def raw(kind: int, value: bytes = b"", length: int | None = None) -> bytes:
    """An extension; `length` states another length than that of the value."""
    size = len(value) if length is None else length
    return kind.to_bytes(2, "big") + size.to_bytes(2, "big") + value


PADDING, COUNTER, ROLES, ORIGIN, SENDERS, GREASE = 0x0001, 0x0004, 0x0005, 0x8002, 0x8003, 0x1A1A
SIXTEEN = b"".join(raw(0x0100 + index) for index in range(16))
CRITICAL_HERE = {"DATA": (0x8000, 0x8001, SENDERS, 0xFFFF), "INSTALL": (0x8000, ORIGIN, 0xFFFF)}

GOOD: tuple[tuple[str, str, str, bytes], ...] = (
    ("padding-empty", "FRM-24", "padding", raw(PADDING)),
    ("padding-zeros", "FRM-24", "padding", raw(PADDING, bytes(9))),
    ("unknown", "FRM-21", "unknown-extension", raw(GREASE, b"\x01\x02\x03")),
    ("unknown-twice", "FRM-21", "unknown-extension", raw(0x7FFF) + raw(0x0000, b"\x01")),
    ("sixteen", "FRM-23 FRM-21", "sixteen-extensions", SIXTEEN),
)
BAD: tuple[tuple[str, Fault, tuple[bytes, ...]], ...] = (
    ("stray", Fault("stray-octets", "extension-overrun", ["FRM-19"]), (b"\x1a", b"\x1a\x1a\x00")),
    ("overrun", Fault("extension-too-long", "extension-overrun", ["FRM-19"]),
     (raw(GREASE, b"abc", 4), raw(PADDING, b"", 65535), raw(PADDING, bytes(2)) + raw(0x0100, b"", 1))),
    ("repeat", Fault("repeat-extension", "duplicate-extension", ["FRM-22", "FRM-21"]),
     (raw(GREASE) + raw(GREASE), raw(PADDING) + raw(0x0100) + raw(PADDING, b"\x01"))),
    ("seventeen", Fault("seventeen-extensions", "too-many-extensions", ["FRM-23", "FRM-21"]),
     (SIXTEEN + raw(0x0200), SIXTEEN + b"\x00", SIXTEEN + raw(0x8000))),
    ("padding", Fault("fill-extension-padding", "padding-nonzero", ["FRM-24"]),
     (raw(PADDING, b"\x01"), raw(PADDING, bytes(7) + b"\x80"))),
)  # fmt: skip


def extensions(book: Book, name: str, twin: Json) -> None:
    """The extension list of one frame type."""
    page, ask = page_of(book, name)
    octets, slug = conforming(name), name.lower()
    for word, req, variation, more in GOOD:
        page.accept(
            f"{slug}.extensions-{word}", ask(octets + more), variation=variation, reqs=by(name, *req.split())
        )
    if name == "DATA":
        signed = raw(ORIGIN, scene.octets("origin", 64))
        page.accept(
            f"{slug}.origin", ask(octets + signed), variation="origin-signature", reqs=by(name, "FRM-20")
        )
    if name == "INSTALL":
        group = raw(SENDERS, b"\xc0" + bytes(7))
        page.accept(f"{slug}.senders", ask(octets + group), variation="sender-group", reqs=["FRM-20"])
    if name == "HELLO2":
        for word, value in (("client", b"\x02"), ("empty", b"")):
            page.accept(
                f"{slug}.roles-{word}", ask(octets + raw(ROLES, value)), variation="roles", reqs=["FRM-21"]
            )
    if name == "REFUSE":
        seen = raw(COUNTER, (9).to_bytes(8, "big"))
        page.accept(f"{slug}.counter", ask(octets + seen), variation="counter", reqs=["FRM-21"])
    for word, fault, variants in BAD:
        cited = replace(fault, reqs=by(name, *fault.reqs))
        for index, more in enumerate(variants):
            page.refuse(f"{slug}.extensions-{word}-{index}", twin, cited, ask(octets + more))
    for kind in CRITICAL_HERE.get(name, (0x8000, ORIGIN, SENDERS, 0xFFFF)):
        fault = Fault("critical-extension", "unknown-critical-extension", by(name, "FRM-20"))
        page.refuse(f"{slug}.extensions-critical-{kind:04x}", twin, fault, ask(octets + raw(kind)))
