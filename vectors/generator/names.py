"""Vectors of names: Peer-ID, Node-ID, Overlay-ID and what a Group-ID may be."""

import unicodedata

from vectors.generator import scene
from vectors.generator.book import Book, Fault, Json

COMPOSED = unicodedata.normalize("NFC", "Café")
NOT_NFC = {
    "decomposed": unicodedata.normalize("NFD", "Café"),
    "angstrom-sign": "10 \u212b",
    "hangul-jamo": unicodedata.normalize("NFD", "한"),
    "reordered-marks": "a\u0301\u0323",
}


def cases() -> list[Json]:
    """All vectors of this kind."""
    book = Book("name")
    _peers(book)
    _overlays(book)
    return book.vectors


def _peers(book: Book) -> None:
    peers = book.page("name.peer", reqs=["NAM-1"])
    nodes = book.page("name.node", reqs=["NAM-2"])
    for name in ("Ada", "Ben", "Cleo"):
        spki = scene.person(name).spki.hex()
        peers.accept(f"peer.{name.lower()}", {"spki": spki})
        for word, overlay in (("open", scene.OPEN), ("other", scene.OTHER)):
            nodes.accept(f"node.{name.lower()}-in-{word}", {"overlay": overlay.hex(), "spki": spki})


def _overlays(book: Book) -> None:
    page = book.page("name.overlay", reqs=["NAM-4"])
    plain = page.accept("overlay.open", {"group": b"Vectors".hex()})
    page.accept("overlay.open-authority-empty", {"group": b"Vectors".hex(), "authority": ""})
    page.accept(
        "overlay.closed",
        {"group": b"Vectors".hex(), "authority": scene.issuer().hash.hex()},
        variation="closed",
    )
    page.accept(
        "overlay.closed-octets-255",
        {"group": (b"x" * 255).hex(), "authority": scene.issuer().hash.hex()},
        variation="closed",
    )
    allowed = {
        "one-octet": b"a",
        "octets-255": b"x" * 255,
        "binary": bytes([0xFF, 0x00, 0x80]),
        "surrogate-octets": b"\xed\xa0\x80",
        "overlong-octets": b"\xc0\xaf",
        "composed": COMPOSED.encode(),
        "zero-octet": b"a\x00b",
        "astral": "\U0001f600".encode(),
    }
    for name, group in allowed.items():
        page.accept(f"overlay.{name}", {"group": group.hex()}, variation=name, reqs=["NAM-3", "NAM-4"])
    long = Fault("group-too-long", "bad-group-id", ["NAM-3", "NAM-4"])
    page.refuse("overlay.octets-256", plain, long, {"group": (b"x" * 256).hex()})
    page.refuse("overlay.octets-4096", plain, long, {"group": (b"x" * 4096).hex()})
    page.refuse(
        "overlay.empty", plain, Fault("group-empty", "bad-group-id", ["NAM-3", "NAM-4"]), {"group": ""}
    )
    for name, text in NOT_NFC.items():
        fault = Fault("group-not-nfc", "bad-group-id", ["NAM-3", "NAM-4"])
        page.refuse(f"overlay.{name}", plain, fault, {"group": text.encode().hex()})
