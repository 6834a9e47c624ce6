"""Vectors of frames: decoded, refused, written and verified, every frame type of the revision."""

from typing import Any

from coterie.wire import decode_frame, to_fields
from vectors.generator import exchange, frames_bodies, frames_header, frames_signatures
from vectors.generator.book import Book, Json


def headers() -> list[Any]:
    """Everything before the body."""
    book = Book("frame")
    twins = _twins(book)
    for name in exchange.NAMES:
        frames_header.header(book, name, twins[name])
        _longest(book, name)
    frames_header.types(book, twins)
    frames_header.order(book, twins)
    return book.vectors


def _twins(book: Book) -> dict[str, Json]:
    return {
        name: book.page("frame.decode", name, reqs=["FRM-13"]).accept(
            f"{name.lower()}.conforming", {"bytes": exchange.frame(name).hex()}
        )
        for name in exchange.NAMES
    }


def _longest(book: Book, name: str) -> None:
    """A frame of exactly 1,200 octets, filled by the extension `padding` or what the body has instead."""
    page, slug = book.page("frame.decode", name, reqs=["FRM-11"]), name.lower()
    if name in {"HELLO1", "RETRY", "ERROR", "SEGMENT"}:
        return
    if exchange.secret(name):
        octets = frames_header.padded(exchange.frame(name), 1200)
    else:
        missing = 1200 - len(exchange.frame(name)) - 4
        body = frames_bodies.conforming(name) + frames_bodies.raw(frames_bodies.PADDING, bytes(missing))
        octets = exchange.frame(name, body)
    page.accept(f"{slug}.octets-1200", {"bytes": octets.hex()}, variation="longest-datagram")


def bodies() -> list[Any]:
    """The structure of bodies."""
    book = Book("body")
    twins: dict[str, Json] = {}
    for name in exchange.NAMES:
        page, ask = frames_bodies.page_of(book, name)
        twins[name] = page.accept(
            f"{name.lower()}.conforming",
            ask(frames_bodies.conforming(name)),
            reqs=frames_bodies.by(name, "FRM-16"),
        )
        frames_bodies.truncations(book, name, twins[name])
    frames_bodies.plain_ends(book, twins)
    frames_bodies.counts(book, twins)
    for name in exchange.EXTENDED:
        frames_bodies.extensions(book, name, twins[name])
    return book.vectors


def encoding() -> list[Any]:
    """Frames written from their fields."""
    book = Book("encode")
    for name in exchange.NAMES:
        page = book.page("frame.encode", name, reqs=["FRM-10"])
        page.accept(f"{name.lower()}.conforming", to_fields(decode_frame(exchange.frame(name))))
    for name in exchange.EXTENDED:
        if exchange.secret(name):
            continue
        octets = frames_bodies.conforming(name) + frames_bodies.raw(frames_bodies.GREASE, b"grease")
        fields = to_fields(decode_frame(exchange.frame(name, octets)))
        page = book.page("frame.encode", name, reqs=["FRM-21"])
        page.accept(f"{name.lower()}.extended", fields, variation="unknown-extension")
    for name, word, octets in frames_bodies.at_limits():
        if exchange.secret(name):
            continue
        page = book.page("frame.encode", name, reqs=["FRM-18"])
        fields = to_fields(decode_frame(exchange.frame(name, octets)))
        page.accept(f"{name.lower()}.{word}", fields, variation="count-at-limit")
    return book.vectors


def signatures() -> list[Any]:
    """Signatures of both kinds."""
    return frames_signatures.cases()
