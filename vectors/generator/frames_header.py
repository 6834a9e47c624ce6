"""Vectors of the checks before the body: every frame type, every rule of the header, and their order."""

from collections.abc import Callable, Iterator

from coterie import registry
from vectors.generator import exchange
from vectors.generator.book import Book, Fault, Json, Page

LEAST = {0: 0, 1: 80 + 64, 2: 28 + 16}
EXACT = {"HELLO1", "RETRY"}
UNASSIGNED = (0x00, 0x08, 0x17, 0x1D, 0x28, 0x47, 0x7F, 0xFF)
Change = Callable[[bytes], bytes]


def put(position: int, *values: int) -> Change:
    """Writes octets at a position."""
    return lambda octets: octets[:position] + bytes(values) + octets[position + len(values) :]


def add_length(difference: int) -> Change:
    """Makes the length field state more or less than there is."""

    def change(octets: bytes) -> bytes:
        stated = int.from_bytes(octets[6:8], "big") + difference
        return put(6, *stated.to_bytes(2, "big"))(octets)

    return change


def measured(octets: bytes) -> bytes:
    """The frame with its true length in the header."""
    return octets[:6] + (len(octets) - 24).to_bytes(2, "big") + octets[8:]


def padded(octets: bytes, size: int) -> bytes:
    """The frame of `size` octets, zeros at its end, its length true."""
    return measured(octets + bytes(size - len(octets)))


def cut(size: int) -> Change:
    """Keeps the first octets."""
    return lambda octets: octets[:size]


def faults(name: str) -> Iterator[tuple[str, Fault, Change]]:
    """Everything that can be wrong with the header of a frame type, alone."""
    for size in (0, 1, 23):
        yield f"octets-{size}", Fault("cut-header", "too-short", ["FRM-2"]), cut(size)
    yield "magic-high", Fault("change-magic", "bad-magic", ["FRM-3"]), put(0, 0xC1)
    yield "magic-low", Fault("change-magic", "bad-magic", ["FRM-3"]), put(1, 0x7F)
    yield "magic-swapped", Fault("change-magic", "bad-magic", ["FRM-3"]), put(0, 0x7E, 0xC0)
    for version in (0, 2, 255):
        fault = Fault("change-version", "unknown-version", ["FRM-4"])
        yield f"version-{version}", fault, put(2, version)
    for code in {0, 1, 2, 3, 255} - {protection(name)}:
        fault = Fault("change-protection", "wrong-protection", ["FRM-8"])
        yield f"protection-{code}", fault, put(4, code)
    for value in (0x01, 0x80):
        fault = Fault("set-reserved", "reserved-nonzero", ["FRM-9"])
        yield f"reserved-{value:02x}", fault, put(5, value)
    for word, change in (
        ("more", add_length(1)),
        ("less", add_length(-1)),
        ("zero", put(6, 0, 0)),
        ("most", put(6, 0xFF, 0xFF)),
    ):
        fault = Fault("change-length", "bad-length", ["FRM-10"])
        yield f"length-{word}", fault, change
    yield "octet-added", Fault("add-octet", "bad-length", ["FRM-10"]), lambda octets: octets + b"\x00"
    yield "octet-cut", Fault("cut-octet", "bad-length", ["FRM-10"]), lambda octets: octets[:-1]
    yield "header-alone", Fault("cut-octet", "bad-length", ["FRM-10"]), cut(24)
    too_long = Fault("grow-datagram", "datagram-too-long", ["FRM-11"])
    yield "octets-1201", too_long, lambda octets: padded(octets, 1201)


def protection(name: str) -> int:
    """The code of the protection that a frame type has."""
    return registry.protections()[registry.frame_type(name).protection]


def sizes(name: str) -> Iterator[tuple[str, Change]]:
    """Frames of a true length that is none for their type."""
    if name in EXACT:
        yield "one-less", lambda octets: measured(octets[:-1])
        yield "one-more", lambda octets: measured(octets + b"\x00")
        yield "header-only", lambda octets: measured(octets[:24])
    elif LEAST[protection(name)]:
        least = LEAST[protection(name)]
        yield "one-less", lambda octets: measured(octets[: 24 + least - 1])
        yield "header-only", lambda octets: measured(octets[:24])


def header(book: Book, name: str, twin: Json) -> None:
    """The header of one frame type."""
    page = book.page("frame.decode", name)
    octets = exchange.frame(name)
    slug = name.lower()
    for word, fault, change in faults(name):
        page.refuse(f"{slug}.{word}", twin, fault, {"bytes": change(octets).hex()})
    for word, change in sizes(name):
        fault = Fault("wrong-size", "short-frame", ["FRM-12"])
        page.refuse(f"{slug}.size-{word}", twin, fault, {"bytes": change(octets).hex()})
    if exchange.secret(name):
        for position in (0x2A, 0x2B):
            fault = Fault("set-prefix-reserved", "reserved-nonzero", ["FRM-9"])
            changed = put(position, 1)(octets)
            page.refuse(f"{slug}.prefix-reserved-{position:02x}", twin, fault, {"bytes": changed.hex()})


def types(book: Book, twins: dict[str, Json]) -> None:
    """Types that are not assigned, or are reserved for later."""
    for name in ("HELLO1", "PING", "DATA"):
        page = book.page("frame.decode", name)
        for code in UNASSIGNED:
            fault = Fault("change-type", "unknown-type", ["FRM-7"])
            changed = put(3, code)(exchange.frame(name))
            page.refuse(f"{name.lower()}.type-{code:02x}", twins[name], fault, {"bytes": changed.hex()})


ORDERED: tuple[tuple[str, str, str, Change], ...] = (
    ("magic", "bad-magic", "FRM-3", put(0, 0)),
    ("version", "unknown-version", "FRM-4", put(2, 9)),
    ("type", "unknown-type", "FRM-7", put(3, 0x7F)),
    ("protection", "wrong-protection", "FRM-8", put(4, 3)),
    ("reserved", "reserved-nonzero", "FRM-9", put(5, 1)),
    ("length", "bad-length", "FRM-10", put(6, 0xFF, 0xFF)),
)
"""Faults that can stand beside each other, in the order of the draft."""


def order(book: Book, twins: dict[str, Json]) -> None:
    """Two faults at once: the first check of the draft names the reason."""
    for name in ("HELLO1", "HELLO2", "DATA"):
        page = book.page("frame.decode", name)
        for place, (first, reason, rule, change) in enumerate(ORDERED):
            for second, *_, another in ORDERED[place + 1 :]:
                changed = another(change(exchange.frame(name)))
                fault = Fault(f"{first}-before-others", reason, [rule, "FRM-13"])
                page.refuse(
                    f"{name.lower()}.{first}-and-{second}", twins[name], fault, {"bytes": changed.hex()}
                )
    _order_of_lengths(book.page("frame.decode", "HELLO1"), twins["HELLO1"])


def _order_of_lengths(page: Page, twin: Json) -> None:
    octets = exchange.frame("HELLO1")
    both = padded(octets, 1201) + b"\x00"
    fault = Fault("length-before-others", "bad-length", ["FRM-10", "FRM-13"])
    page.refuse("hello1.length-and-too-long", twin, fault, {"bytes": both.hex()})
    fault = Fault("too-long-before-size", "datagram-too-long", ["FRM-11", "FRM-13"])
    page.refuse("hello1.too-long-and-size", twin, fault, {"bytes": padded(octets, 1300).hex()})
