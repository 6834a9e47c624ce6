"""Vectors of sealed frames: DATA and its kin, sealed and opened in both suites, and every place where a seal
breaks."""

from coterie import registry
from coterie.wire import bodies, fields
from coterie.wire.bodies import Body
from vectors.generator import exchange, scene
from vectors.generator.book import Book, Fault, Json, Page

PLACES = {
    "overlay": 8, "overlay-end": 23, "view": 24, "view-end": 39, "index": 41, "counter": 44,
    "counter-end": 51, "ciphertext": 52,
}  # fmt: skip
BAD = "bad-seal"
KIN = ("HEARTBEAT", "ALIVE", "NACK", "GAP", "SENDER", "PROXY")


def sealing(suite: int, body: Body, **prefix: int) -> Json:
    """The arguments of frame.seal."""
    name = bodies.NAMES[type(body)]
    secret = exchange.secret(name)
    assert secret is not None
    kind = {} if name == "DATA" else {"type": name}
    return (
        kind
        | {
            "overlay_id": scene.OPEN.hex(),
            "view_id": exchange.VIEW.hex(),
            "sender_index": 1,
            "counter": 5,
            "suite": suite,
            "secret": secret.hex(),
            "node": exchange.node("Ben").hex(),
            "fields": fields.body_to_fields(body),
        }
        | prefix
    )


def opening(given: Json, frame: str) -> Json:
    """The arguments of frame.open for what frame.seal made."""
    return {
        "bytes": frame,
        "suite": given["suite"],
        "secret": given["secret"],
        "node": given["node"],
        "index": given["sender_index"],
    }


def data() -> bodies.Data:
    """The messages of the exchange."""
    found = exchange.body("DATA")
    assert isinstance(found, bodies.Data)
    return found


def cases() -> list[Json]:
    """All vectors of this kind."""
    book = Book("record")
    page = book.page("frame.open", "DATA", reqs=["REC-6", *exchange.OPENING])
    for suite in (1, 2):
        for word, body in _contents().items():
            sealed = _sealed(book, f"suite-{suite}.{word}", sealing(suite, body))
            given = opening(sealed["input"], sealed["expected"]["bytes"])
            page.accept(f"suite-{suite}.open-{word}", given)
        _counters(book, page, suite)
        twin = page.accept(f"suite-{suite}.open-again", _first(suite))
        _breaks(page, suite, twin)
        for name in KIN:
            _kin(book, name, suite)
    _other_suite(page)
    return book.vectors


def _kin(book: Book, name: str, suite: int) -> None:
    """A sealed frame of another type: what its own secret opens, the other secret does not."""
    given, slug = sealing(suite, exchange.body(name)), f"suite-{suite}.{name.lower()}"
    made = book.page("frame.seal", name, reqs=["REC-6", *exchange.OPENING]).accept(f"{slug}.seal", given)
    page = book.page("frame.open", name, reqs=["REC-6", *exchange.OPENING])
    twin = page.accept(f"{slug}.open", opening(made["input"], made["expected"]["bytes"]))
    other = exchange.READ if exchange.secret(name) == exchange.CONTROL else exchange.CONTROL
    octets = bytes.fromhex(twin["input"]["bytes"])
    retyped = octets[:3] + bytes([registry.frame_type("DATA").code]) + octets[4:]
    for word, mutation, change in (
        ("other-secret", "other-key-of-sender", {"secret": other.hex()}),
        ("type-data", "other-type", {"bytes": retyped.hex()}),
        ("flip-tag", "flip-sealed-bit", {"bytes": (octets[:-1] + bytes([octets[-1] ^ 1])).hex()}),
    ):
        page.refuse(f"{slug}.{word}", twin, Fault(mutation, BAD, ["REC-6", *exchange.OPENING]), change)


def _sealed(book: Book, name: str, given: Json) -> Json:
    return book.page("frame.seal", "DATA", reqs=["REC-6", *exchange.OPENING]).accept(f"{name}.seal", given)


def _contents() -> dict[str, bodies.Data]:
    message = bodies.Message(1, 0, 0, 1, b"")
    return {
        "two-messages": data(),
        "empty-message": bodies.Data(0, 1, (message,)),
        "32-messages": bodies.Data(0, 1, (message,) * 32),
        "last-numbers": bodies.Data(2**64 - 1, 2**64 - 1, (bodies.Message(2**64 - 1, 2, 63, 64, b"x"),)),
        "padding": bodies.Data(0, 1, (message,), (bodies.Extension(1, bytes(40)),)),
        "long": bodies.Data(0, 1, (bodies.Message(9, 0, 0, 1, scene.octets("payload", 1000)),)),
    }


def _counters(book: Book, page: Page, suite: int) -> None:
    for counter in (0, 1, 255, 256, 2**32 - 1, 2**64 - 1):
        sealed = _sealed(book, f"suite-{suite}.counter-{counter}", sealing(suite, data(), counter=counter))
        given = opening(sealed["input"], sealed["expected"]["bytes"])
        page.accept(f"suite-{suite}.open-counter-{counter}", given)


def _first(suite: int) -> Json:
    given = sealing(suite, data())
    made = Book("scratch").page("frame.seal").accept("made", given)
    return opening(given, made["expected"]["bytes"])


def _breaks(page: Page, suite: int, twin: Json) -> None:
    octets = bytes.fromhex(twin["input"]["bytes"])
    size = len(octets)
    places = PLACES | {"ciphertext-end": size - 17, "tag": size - 16, "tag-end": size - 1}
    for word, position in places.items():
        for bit in (0, 7):
            changed = bytearray(octets)
            changed[position] ^= 1 << bit
            fault = Fault("flip-sealed-bit", BAD, ["REC-6", *exchange.OPENING])
            page.refuse(f"suite-{suite}.flip-{word}-{bit}", twin, fault, {"bytes": changed.hex()})
    keys: dict[str, Json] = {
        "other-secret": {"secret": scene.octets("control secret").hex()},
        "other-sender": {"node": exchange.node("Ada").hex()},
        "other-index": {"index": 0},
    }
    for word, given in keys.items():
        page.refuse(
            f"suite-{suite}.{word}",
            twin,
            Fault("other-key-of-sender", BAD, ["REC-6", *exchange.OPENING]),
            given,
        )
    other = octets[:8] + scene.OTHER + octets[24:]
    page.refuse(
        f"suite-{suite}.moved-to-other-overlay",
        twin,
        Fault("move-frame", BAD, ["REC-6", "REC-17", *exchange.OPENING]),
        {"bytes": other.hex()},
    )
    view = octets[:24] + (8).to_bytes(8, "big") + octets[32:]
    page.refuse(
        f"suite-{suite}.moved-to-other-view",
        twin,
        Fault("move-frame", BAD, ["REC-6", "REC-17", *exchange.OPENING]),
        {"bytes": view.hex()},
    )
    empty = octets[:6] + (44).to_bytes(2, "big") + octets[8:52] + octets[-16:]
    page.refuse(
        f"suite-{suite}.tag-alone",
        twin,
        Fault("cut-ciphertext", BAD, ["REC-6", *exchange.OPENING]),
        {"bytes": empty.hex()},
    )


def _other_suite(page: Page) -> None:
    for suite, other in ((1, 2), (2, 1)):
        twin = page.accept(f"suite-{suite}.open-in-its-suite", _first(suite))
        fault = Fault("other-suite", BAD, ["REC-6", *exchange.OPENING])
        page.refuse(f"suite-{suite}.open-in-suite-{other}", twin, fault, {"suite": other})
