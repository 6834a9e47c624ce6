"""Vectors of what follows from the key of a run: epoch secrets, confirmations, sender keys, exports."""

from vectors.generator import exchange, scene
from vectors.generator.book import Book, Fault, Json

SECRET = scene.octets("a secret of an epoch").hex()
DOWN = bytes.fromhex("01" * 32 + "01") + scene.octets("entry 0")


def cases() -> list[Json]:
    """All vectors of this kind."""
    book = Book("schedule")
    _epochs(book)
    _confirmations(book)
    _sender_keys(book)
    _exports(book)
    return book.vectors


def _epochs(book: Book) -> None:
    page = book.page("schedule", "DOWN", reqs=["KEY-29"])
    hashes = [scene.person(name).leaf_hash.hex() for name in ("Ada", "Ben", "Cleo")]
    for suite in (1, 2):
        given: Json = {
            "suite": suite, "install_digest": scene.octets("INSTALL digest").hex(), "leaf_hashes": hashes,
            "down_body": DOWN.hex(), "key": scene.octets("key of a run").hex(),
        }  # fmt: skip
        page.accept(f"suite-{suite}.epoch", given)
        others: dict[str, Json] = {
            "other-digest": {"install_digest": "00" * 32},
            "one-leaf": {"leaf_hashes": hashes[:1]},
            "leaves-reversed": {"leaf_hashes": hashes[::-1]},
            "extended-down": {"down_body": (DOWN + bytes.fromhex("00010000")).hex()},
            "other-key": {"key": "01" + "00" * 31},
        }
        for word, other in others.items():
            page.accept(f"suite-{suite}.epoch-{word}", given | other)


def _confirmations(book: Book) -> None:
    page = book.page("confirm.mac", "CONFIRM", reqs=["KEY-30"])
    for name in ("Ada", "Ben", "Cleo"):
        page.accept(f"confirm-{name.lower()}", {"confirm": SECRET, "node": exchange.node(name).hex()})


def _sender_keys(book: Book) -> None:
    page = book.page("sender.key", "DATA", reqs=["KEY-37"])
    for suite in (1, 2):
        for index, name in enumerate(("Ada", "Ben")):
            given: Json = {
                "suite": suite,
                "secret": SECRET,
                "index": index,
                "node": exchange.node(name).hex(),
            }
            page.accept(f"suite-{suite}.sender-{name.lower()}", given)
            page.accept(f"suite-{suite}.sender-{name.lower()}-at-63", given | {"index": 63})


def _exports(book: Book) -> None:
    page = book.page("export", reqs=["KEY-38"])
    twin = page.accept("export.octets-32", {"exporter": SECRET, "context": b"a use".hex(), "length": 32})
    edges = {
        "context-empty": {"context": ""},
        "context-255": {"context": bytes(255).hex()},
        "other-context": {"context": b"other".hex()},
        "octets-1": {"length": 1},
        "octets-33": {"length": 33},
        "octets-8160": {"length": 8160},
    }
    for word, given in edges.items():
        page.accept(f"export.{word}", twin["input"] | given, variation="edge")
    long = Fault("export-context-too-long", "usage", ["KEY-38"])
    page.misuse("export.context-256", twin, long, {"context": bytes(256).hex()})
    wrong = Fault("export-length-out-of-range", "usage", ["KEY-38"])
    for word, length in {"octets-0": 0, "octets-8161": 8161}.items():
        page.misuse(f"export.{word}", twin, wrong, {"length": length})
