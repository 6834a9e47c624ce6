"""Every decoder of octets from elsewhere, with what has to hold of whatever it is given."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from coterie import documents, registry
from coterie.crypto import leaf
from coterie.crypto.policy import OPEN
from coterie.errors import RemoteError
from coterie.vocabulary import OverlayId
from coterie.wire import bodies, codec, fields, frames, segments
from reference.tests.fuzz.mutations import OF_FRAMES, OF_OCTETS, OF_TEXT, Change
from reference.tests.fuzz.seeds import parted, seeds

SLOWEST_S = 0.05
MOST_OCTETS = 4 << 20
MEASURED = 16
"""One input of so many is measured for memory, which makes it slow."""

AGAIN = 3
WALL_MS = 1_767_225_600_000
OVERLAY = OverlayId(bytes(16))


@dataclass(frozen=True, slots=True)
class Decoder:
    """A name, how its inputs are changed, and the whole of it: read, and what was read written again.

    `check` returns what is wrong with an input that was accepted, or nothing.
    """

    name: str
    changes: Sequence[Change]
    check: Callable[[bytes], str]


def check_frame(octets: bytes) -> str:
    """A frame as a whole, and the body in it."""
    frame = frames.decode_frame(octets, max_datagram=registry.limit("sealed-datagram"), assembled=True)
    again = fields.from_fields(fields.to_fields(frame))
    return "" if again == octets else f"it was written again as {again.hex()}"


def check_body(name: str, octets: bytes) -> str:
    """A body by itself, read both ways."""
    body = codec.decode_body(name, octets)
    if codec.encode_body(body) != octets:
        return f"it was written again as {codec.encode_body(body).hex()}"
    allowed = codec.critical_extensions(name)
    return "" if codec.decode_by_layout(name, octets, allowed) == body else "its layout reads it otherwise"


def check_proxied(octets: bytes) -> str:
    """A payload that one member has sent for another."""
    again = codec.encode_proxied(codec.decode_proxied(octets))
    return "" if again == octets else f"it was written again as {again.hex()}"


def check_segments(octets: bytes) -> str:
    """SEGMENTs one after the other, as a peer takes them; and each frame that comes of them."""
    opened: dict[bytes, segments.Assembly] = {}
    for part in parted(octets):
        piece = codec.decode_body("SEGMENT", part)
        assert isinstance(piece, bodies.Segment)
        known = opened.get(piece.digest)
        opened[piece.digest] = assembly = known.add(piece) if known else segments.Assembly.start(piece)
        if assembly.is_complete:
            frame = assembly.frame()
            if segments.join(segments.cut(frame)) != frame:
                return "cut anew, it is another frame"
    return ""


def check_document(octets: bytes) -> str:
    """A document; there are many ways to write one, but one way to write it here."""
    document = documents.parse(octets)
    again = documents.parse(documents.build(document))
    return "" if again == document else f"written again it is {again}, and not {document}"


def check_uri(octets: bytes) -> str:
    """An invitation that somebody was given as a line of text."""
    invitation = documents.from_uri(octets.decode("utf-8", "surrogateescape"))
    again = documents.from_uri(documents.to_uri(invitation))
    return "" if again == invitation else f"written again it is {again}, and not {invitation}"


def check_leaf(octets: bytes) -> str:
    """The leaf that a stranger shows."""
    shown = leaf.check_leaf(octets, OPEN, OVERLAY, WALL_MS)
    return "" if shown.der == octets else "it is not the leaf that was shown"


def decoders() -> Mapping[str, Decoder]:
    """Every decoder that has seeds, by its name."""
    whole = {
        "frame": Decoder("frame", OF_FRAMES, lambda octets: check_frame(octets)),
        "proxied": Decoder("proxied", OF_OCTETS, lambda octets: check_proxied(octets)),
        "segments": Decoder("segments", OF_OCTETS, lambda octets: check_segments(octets)),
        "document": Decoder("document", OF_TEXT, lambda octets: check_document(octets)),
        "uri": Decoder("uri", OF_TEXT, lambda octets: check_uri(octets)),
        "leaf": Decoder("leaf", OF_OCTETS, lambda octets: check_leaf(octets)),
    }
    for name in seeds():
        if name.startswith("body "):
            whole[name] = Decoder(name, OF_OCTETS, partial(check_body, name.removeprefix("body ")))
    return {name: whole[name] for name in seeds()}


def outcome(decoder: Decoder, octets: bytes) -> tuple[str, str]:
    """What became of an input, `accepted` or the reason of a refusal; and what is wrong with that, if
    anything is."""
    try:
        wrong = decoder.check(octets)
    except RemoteError as refusal:
        return refusal.reason, "" if is_known(refusal.reason) else "that is no reason of the registry"
    except Exception as other:  # noqa: BLE001  (which is what is looked for)
        return "raised", f"{type(other).__name__}: {other}"
    return "accepted", wrong


def is_known(reason: str) -> bool:
    """Whether the registry has that reason."""
    try:
        registry.reason(reason)
    except KeyError:
        return False
    return True


def tried(decoder: Decoder, octets: bytes, *, measured: bool = False) -> tuple[str, str]:
    """The same, and what it cost."""
    began = time.process_time()
    became, wrong = outcome(decoder, octets)
    if not wrong and time.process_time() - began > SLOWEST_S and slow(decoder, octets):
        wrong = f"it took more than {SLOWEST_S * 1000:g} ms"
    if not wrong and measured and (peak := memory(decoder, octets)) > MOST_OCTETS:
        wrong = f"it took {peak} octets of memory"
    return became, wrong


def slow(decoder: Decoder, octets: bytes) -> bool:
    """Whether an input that took long always does: whoever else is at work costs time, too."""
    spent = []
    for _ in range(AGAIN):
        began = time.process_time()
        outcome(decoder, octets)
        spent.append(time.process_time() - began)
    return min(spent) > SLOWEST_S


def memory(decoder: Decoder, octets: bytes) -> int:
    """The most that was held at once while an input was read, in octets."""
    tracemalloc.start()
    try:
        outcome(decoder, octets)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
