"""Vectors of signatures: every signed frame type, every place of a flipped bit, every odd encoding."""

from collections.abc import Iterator

from coterie.crypto import signature
from coterie.crypto.signature import P256_ORDER
from coterie.wire import frames
from vectors.generator import exchange, frames_bodies, scene
from vectors.generator.book import Book, Fault, Json, Page

ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
PLACES = {
    "overlay": 8, "overlay-end": 23, "signer": 24, "signer-end": 55, "incarnation": 63, "sequence": 71,
    "destination": 72, "destination-end": 103,
}  # fmt: skip
BODY_AT = {"STORE": 106}
"""Where a body is flipped that would be cut short, or count wrong, were it flipped at its first octet."""
BAD = "bad-signature"


def cases() -> list[Json]:
    """All vectors of this kind."""
    book = Book("signature")
    for name in exchange.SPEAKERS:
        page = book.page("frame.verify", name, reqs=["FRM-14"])
        octets, leaf = exchange.frame(name), scene.person(exchange.SPEAKERS[name]).leaf
        twin = page.accept(f"{name.lower()}.conforming", {"bytes": octets.hex(), "leaf": leaf.hex()})
        _flips(page, name, twin)
        _strangers(page, name, twin)
    _odd_encodings(book)
    _whole(book)
    return book.vectors


def _flips(page: Page, name: str, twin: Json) -> None:
    octets = exchange.frame(name)
    body = {"body": BODY_AT.get(name, 104), "body-end": len(octets) - 65}
    signed = PLACES | (body if frames_bodies.conforming(name) else {})
    places = signed | {"signature": len(octets) - 64, "signature-end": len(octets) - 1}
    for word, position in places.items():
        changed = bytearray(octets)
        changed[position] ^= 0x01
        mutation = "flip-signature" if word.startswith("signature") else "flip-signed-bit"
        page.refuse(
            f"{name.lower()}.flip-{word}", twin, Fault(mutation, BAD, ["FRM-14"]), {"bytes": changed.hex()}
        )


def _strangers(page: Page, name: str, twin: Json) -> None:
    octets, speaker = exchange.frame(name), exchange.SPEAKERS[name]
    other = scene.person("Cleo" if speaker == "Ada" else "Dan")
    page.refuse(
        f"{name.lower()}.other-leaf", twin, Fault("other-leaf", BAD, ["FRM-14"]), {"leaf": other.leaf.hex()}
    )
    for word, covered in _other_coverage(octets[:-64]):
        forged = octets[:-64] + signature.sign(scene.person(speaker).key, covered)
        fault = Fault("sign-other-octets", BAD, ["FRM-14"])
        page.refuse(f"{name.lower()}.signed-{word}", twin, fault, {"bytes": forged.hex()})


def _other_coverage(octets: bytes) -> Iterator[tuple[str, bytes]]:
    yield "without-label", octets
    yield "without-header", frames.to_sign(octets[24:])
    yield "without-zero", b"coterie/1 frame-signature" + octets
    yield "body-only", frames.to_sign(octets[104:])


def _odd_encodings(book: Book) -> None:
    """Numbers of a signature that lie outside of their range, or have two forms."""
    page = book.page("frame.verify", "HELLO3", reqs=["FRM-14"])
    octets, leaf = exchange.frame("HELLO3"), scene.person("Ben").leaf.hex()
    r, s = octets[-64:-32], int.from_bytes(octets[-32:], "big")
    high = (P256_ORDER - s).to_bytes(32, "big")
    twin = page.accept(
        "hello3.p256-other-s", {"bytes": (octets[:-32] + high).hex(), "leaf": leaf}, variation="other-s"
    )
    zero, order = bytes(32), P256_ORDER.to_bytes(32, "big")
    odd = {
        "r-zero": zero + octets[-32:], "s-zero": r + zero, "both-zero": zero + zero, "s-order": r + order,
        "r-order": order + octets[-32:], "swapped": octets[-32:] + r, "all-ones": b"\xff" * 64,
    }  # fmt: skip
    if int.from_bytes(r, "big") + P256_ORDER < 2**256:
        larger = int.from_bytes(r, "big") + P256_ORDER
        odd["r-plus-order"] = larger.to_bytes(32, "big") + octets[-32:]
    for word, value in odd.items():
        fault = Fault("odd-p256-signature", BAD, ["FRM-14"])
        page.refuse(f"hello3.p256-{word}", twin, fault, {"bytes": (octets[:-64] + value).hex()})
    page = book.page("frame.verify", "HELLO2", reqs=["FRM-14"])
    octets, leaf = exchange.frame("HELLO2"), scene.person("Ada").leaf.hex()
    twin = page.accept("hello2.ed25519", {"bytes": octets.hex(), "leaf": leaf})
    r, s = octets[-64:-32], int.from_bytes(octets[-32:], "little")
    odd = {
        f"s-plus-{times}-orders": r + (s + times * ED25519_ORDER).to_bytes(32, "little")
        for times in (1, 2, 4, 8)
    }
    odd |= {"zeros": bytes(64), "ones": b"\xff" * 64}
    for word, value in odd.items():
        fault = Fault("odd-ed25519-signature", BAD, ["FRM-14"])
        page.refuse(f"hello2.ed25519-{word}", twin, fault, {"bytes": (octets[:-64] + value).hex()})


def _whole(book: Book) -> None:
    """A frame that only SEGMENTs can carry is verified like any other."""
    page = book.page("frame.verify", "INSTALL", reqs=["FRM-33", "FRM-14"])
    octets = exchange.long_install()
    leaf = scene.person("Ada").leaf.hex()
    twin = page.accept(
        "install.long", {"bytes": octets.hex(), "leaf": leaf}, variation="longer-than-a-datagram"
    )
    changed = octets[:1500] + bytes([octets[1500] ^ 1]) + octets[1501:]
    fault = Fault("flip-signed-bit", BAD, ["FRM-14", "FRM-33"])
    page.refuse("install.long-flip", twin, fault, {"bytes": changed.hex()})
