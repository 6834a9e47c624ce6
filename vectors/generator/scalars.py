"""Vectors of scalars: drawn, folded, and elements raised to them, beside published answers."""

from typing import Any

from coterie.crypto import suites
from coterie.crypto.signature import P256_ORDER
from coterie.crypto.suites import Suite
from vectors.generator import scene
from vectors.generator.book import Book, Fault, Json, Page
from vectors.generator.elements import bad_elements, encoded, scalar

# RFC 7748, sections 5.2 and 6.1; RFC 5903, section 8.1: scalar, x-coordinate, x-coordinate of the result.
NINE = "09" + "00" * 31
G = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
KNOWN: dict[int, dict[str, tuple[str, str, str]]] = {
    1: {
        "rfc-7748-first": (
            "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        ),
        "rfc-7748-iterated-once": (
            NINE,
            NINE,
            "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079",
        ),
        "rfc-7748-alice": (
            "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
            NINE,
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
        ),
        "rfc-7748-bob": (
            "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
            NINE,
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
        ),
        "rfc-7748-shared": (
            "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
            "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
        ),
    },
    2: {
        "rfc-5903-initiator": (
            "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
            G,
            "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180",
        ),
        "rfc-5903-responder": (
            "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
            G,
            "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63",
        ),
        "rfc-5903-shared": (
            "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
            "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63",
            "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de",
        ),
    },
}


def scalars() -> list[Json]:
    """Scalars out of draws, folded, and elements raised to them."""
    book = Book("scalar")
    for code in (1, 2):
        suite = suites.suite(code)
        slug = f"suite-{code}"
        _draws(book, suite, slug)
        _folds(book, suite, slug)
        _raised(book, suite, slug)
    return book.vectors


def _draws(book: Book, suite: Suite, slug: str) -> None:
    page = book.page("scalar.draw", reqs=["KEY-20"])
    octets: dict[str, bytes] = {
        "zeros": bytes(suite.contribution), "ones": b"\xff" * suite.contribution,
        "one": (1).to_bytes(suite.contribution, "big"),
        "little-one": (1).to_bytes(suite.contribution, "little"),
    }  # fmt: skip
    octets |= {f"random-{place}": scene.octets(f"draw {place}", suite.contribution) for place in range(4)}
    if suite.code == 2:
        octets |= {
            f"order-{word}": (P256_ORDER + more).to_bytes(48, "big")
            for word, more in {"minus-2": -2, "minus-1": -1, "itself": 0}.items()
        }
    twin: Json = {}
    for word, value in octets.items():
        twin = page.accept(f"{slug}.draw-{word}", {"suite": suite.code, "bytes": value.hex()})
    wrong = Fault("draw-of-other-size", "usage", ["KEY-20"])
    for size in (0, 31, 33, 47, 49):
        page.misuse(f"{slug}.draw-octets-{size}", twin, wrong, {"bytes": bytes(size).hex()})


def _folds(book: Book, suite: Suite, slug: str) -> None:
    page = book.page("scalar.fold", reqs=["KEY-1"])
    pairs: dict[str, tuple[bytes, bytes]] = {
        f"random-{place}": (scalar(suite, f"x {place}"), scalar(suite, f"y {place}")) for place in range(8)
    }
    least, most = (
        suite.scalar_from_draw(bytes(suite.contribution)),
        suite.scalar_from_draw(b"\xff" * suite.contribution),
    )
    pairs |= {"least": (least, least), "most": (most, most), "least-most": (least, most)}
    if suite.code == 2:
        last = encoded(suite, P256_ORDER - 1)
        pairs |= {"one": (encoded(suite, 1), scalar(suite, "x 0")), "last": (last, last)}
    for word, (x, y) in pairs.items():
        page.accept(f"{slug}.fold-{word}", {"suite": suite.code, "x": x.hex(), "y": y.hex()})


def _raised(book: Book, suite: Suite, slug: str) -> None:
    page = book.page("element.raise", reqs=["KEY-19"])
    twin: Json = {}
    for place in range(4):
        x, y = scalar(suite, f"x {place}"), scalar(suite, f"y {place}")
        once = suites.raise_(suite, suite.base, x)
        folded = suite.fold(x, y)
        twin = page.accept(f"{slug}.raise-{place}-x", _raise(suite, suite.base, x))
        twice = page.accept(f"{slug}.raise-{place}-y", _raise(suite, once, y))
        both = page.accept(f"{slug}.raise-{place}-folded", _raise(suite, suite.base, folded))
        assert twice["expected"] == both["expected"]
    _anchors(page, suite, slug)
    for bad in bad_elements(suite):
        if bad.fault.reason in {"low-order-element", "not-on-curve"}:
            page.refuse(f"{slug}.raise-{bad.word}", twin, bad.fault, {"element": bad.value.hex()})


def _raise(suite: Suite, value: bytes, by: bytes) -> dict[str, Any]:
    return {"suite": suite.code, "element": value.hex(), "scalar": by.hex()}


def _anchors(page: Page, suite: Suite, slug: str) -> None:
    """Answers that others have published."""
    for word, (draw, value, answer) in KNOWN[suite.code].items():
        by = suite.scalar_from_draw(bytes.fromhex(draw)) if suite.code == 1 else bytes.fromhex(draw)
        found = page.accept(
            f"{slug}.raise-{word}", _raise(suite, bytes.fromhex(value), by), variation="known-answer"
        )
        assert found["expected"] == {"element": answer}, word
