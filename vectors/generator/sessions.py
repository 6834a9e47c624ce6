"""Vectors of what a handshake computes, cookie and transcript, and of the draws of determinism D3."""

from coterie import registry
from coterie.crypto import cookie
from coterie.wire.contact import contact
from vectors.generator import exchange, scene
from vectors.generator.book import Book, Fault, Json

SEED = scene.octets("seed")
CONTEXTS = {
    "hello-nonce": scene.OPEN + contact(scene.person("Ben").address),
    "cookie-secret": exchange.BUCKET.to_bytes(8, "big"),
    "ping-nonce": scene.OPEN + exchange.node("Ben"),
    "proposal-nonce": scene.OPEN + (8).to_bytes(8, "big"),
    "contribution": scene.OPEN + scene.octets("INSTALL digest"),
    "refresh": scene.OPEN + scene.octets("INSTALL digest"),
    "nack-delay": scene.OPEN + exchange.VIEW + (1).to_bytes(2, "big") + (40).to_bytes(8, "big"),
    "lookup-target": scene.OPEN,
    "grease": scene.OPEN + exchange.node("Ben"),
}
NO_ADDRESSES = {
    "host": "localhost:4000",
    "no-port": "192.0.2.1",
    "port-65536": "192.0.2.1:65536",
    "port-with-zero": "192.0.2.1:04000",
    "leading-zero": "192.0.2.01:4000",
    "bare-ipv6": "2001:db8::1:4000",
    "capitals": "[2001:DB8::1]:4000",
    "long-form": "[2001:db8:0::1]:4000",
    "dotted-tail": "[2001:db8::192.0.2.1]:4000",
    "zone": "[fe80::1%1]:4000",
}
LENGTHS = {"contribution": (32, 48), "refresh": (32, 48)}


def draws() -> list[Json]:
    """Every draw of the registry, and the edges of the function itself."""
    book = Book("draw")
    page = book.page("draw", reqs=["TST-1"])
    lengths = {row["name"]: row["length"] for row in registry.tables()["draw"]}
    twin: Json = {}
    for label, context in CONTEXTS.items():
        for length in LENGTHS.get(label, (lengths[label],)):
            for index in (0, 1):
                given = {
                    "seed": SEED.hex(),
                    "label": label,
                    "context": context.hex(),
                    "index": index,
                    "length": length,
                }
                twin = page.accept(f"{label}.octets-{length}-number-{index}", given)
    edges: dict[str, Json] = {
        "context-empty": {"context": ""},
        "context-255": {"context": bytes(255).hex()},
        "context-256": {"context": bytes(256).hex()},
        "number-256": {"index": 256},
        "number-last": {"index": 2**32 - 1},
        "octets-1": {"length": 1},
        "octets-33": {"length": 33},
        "octets-8160": {"length": 8160},
        "other-seed": {"seed": scene.octets("other seed").hex()},
    }
    for word, given in edges.items():
        page.accept(f"edge.{word}", twin["input"] | given, variation="edge")
    wrong = Fault("draw-out-of-range", "usage", ["TST-1"])
    for length in (0, 8161):
        page.misuse(f"edge.octets-{length}", twin, wrong, {"length": length})
    return book.vectors


def hello() -> list[Json]:
    """Cookies of everything that they bind, and the transcripts of HELLO2 and HELLO3."""
    book = Book("hello")
    page = book.page("hello.cookie", "RETRY", reqs=["SES-1"])
    given: Json = {
        "secret": exchange.COOKIE_SECRET.hex(),
        "address": str(scene.person("Ada").address),
        "overlay": scene.OPEN.hex(),
        "nonce": exchange.NONCE.hex(),
        "bucket": exchange.BUCKET,
    }
    first = page.accept("cookie.conforming", given)
    made = cookie.cookie(
        exchange.COOKIE_SECRET,
        contact(scene.person("Ada").address),
        scene.OPEN,
        exchange.NONCE,
        exchange.BUCKET,
    )
    assert first["expected"] == {"cookie": made.hex()}
    others: dict[str, Json] = {
        "other-secret": {"secret": scene.octets("other secret").hex()},
        "other-port": {"address": "192.0.2.1:4001"},
        "other-address": {"address": "192.0.2.2:4000"},
        "ipv6": {"address": "[2001:db8::1]:4000"},
        "other-overlay": {"overlay": scene.OTHER.hex()},
        "other-nonce": {"nonce": bytes(32).hex()},
        "next-bucket": {"bucket": exchange.BUCKET + 1},
        "bucket-0": {"bucket": 0},
        "bucket-last": {"bucket": 2**64 - 1},
    }
    for word, other in others.items():
        page.accept(f"cookie.{word}", given | other)
    for word, address in NO_ADDRESSES.items():
        wrong = Fault("no-address", "usage", ["SES-1"])
        page.misuse(f"cookie.{word}", first, wrong, {"address": address})
    frames = [exchange.frame(name).hex() for name in ("HELLO1", "RETRY", "HELLO2")]
    for name, count in (("HELLO2", 2), ("HELLO3", 3)):
        page = book.page("hello.transcript", name, reqs=["SES-10"])
        page.accept(f"transcript.{name.lower()}", {"frames": frames[:count]})
    return book.vectors
