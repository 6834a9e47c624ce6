"""Actions of tier 0 on what a handshake computes, and on draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coterie import registry
from coterie.crypto import cookie, entropy
from coterie.errors import LocalError
from coterie.harness.arguments import Arguments, JsonObject
from coterie.vocabulary import OverlayId
from coterie.wire import contact

LONGEST_CONTEXT = 0xFFFF
MOST_DRAWS = 2**32 - 1


def draw(given: Arguments) -> JsonObject:
    """One draw of determinism D3."""
    seed, label = given.octets("seed", entropy.SEED_SIZE), given.text("label")
    context = given.octets("context")
    index, length = given.integer("index", MOST_DRAWS), given.integer("length", registry.limit("export"))
    given.end()
    if not label.isascii() or len(context) > LONGEST_CONTEXT:
        raise LocalError(f"a label is ASCII, a context has at most {LONGEST_CONTEXT} octets")
    return {"bytes": entropy.draw(seed, label, context, index, length).hex()}


def hello_cookie(given: Arguments) -> JsonObject:
    """The cookie of a RETRY."""
    secret, address = given.octets("secret", 32), given.address("address")
    overlay, nonce = OverlayId(given.octets("overlay", 16)), given.octets("nonce", 32)
    bucket = given.integer("bucket")
    given.end()
    made = cookie.cookie(secret, contact.contact(address), overlay, nonce, bucket)
    return {"cookie": made.hex()}


def hello_transcript(given: Arguments) -> JsonObject:
    """The transcript of HELLO2 (over HELLO1 and RETRY), or of HELLO3 (over HELLO2 as well)."""
    frames = given.octets_list("frames")
    given.end()
    if len(frames) not in {2, 3}:
        raise LocalError("a transcript is over HELLO1 and RETRY, and for HELLO3 over HELLO2 as well")
    return {"transcript": cookie.hello_transcript(frames[0], b"".join(frames[1:])).hex()}


ACTIONS: Mapping[str, Callable[[Arguments], JsonObject]] = {
    "draw": draw,
    "hello.cookie": hello_cookie,
    "hello.transcript": hello_transcript,
}
