"""Good octets, from which bad ones are made: those of the vectors and of the captures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from coterie import registry
from coterie.errors import RemoteError
from coterie.wire import bodies, codec, frames
from coterie_kit.captures import datagrams, files
from reference.tests.house.floors import ROOT

VECTORS = ROOT / "vectors"
MOST_OF_A_CAPTURE = 120
LENGTH_SIZE = 2

Seeds = Mapping[str, Sequence[bytes]]
"""Good octets for each decoder, by its name."""


def vectors(path: Path) -> Iterator[dict[str, Any]]:
    """The vectors of one file."""
    yield from json.loads(path.read_bytes()).get("vectors", ())


@cache
def captured() -> tuple[bytes, ...]:
    """Datagrams of the captures, each only once."""
    found: dict[bytes, None] = {}
    for path in sorted((VECTORS / "captures").glob("*.pcapng")):
        for each in datagrams.datagrams(files.read(path))[:MOST_OF_A_CAPTURE]:
            found.setdefault(each.payload)
    return tuple(found)


@cache
def seeds() -> Seeds:
    """The seeds of every decoder. The order is that of the files, so that a seed means one thing."""
    found: dict[str, dict[bytes, None]] = {"frame": dict.fromkeys(captured())}
    for path in sorted(VECTORS.glob("*/*.json")):
        for vector in vectors(path):
            for name, octets in seeds_of(vector):
                found.setdefault(name, {}).setdefault(octets)
    for name, octets in bodies_of(found["frame"]):
        found.setdefault(name, {}).setdefault(octets)
    found["proxied"] = dict.fromkeys(proxied())
    return {name: tuple(found[name]) for name in sorted(found)}


def seeds_of(vector: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """What a vector has for which decoder; only what it calls valid, the rest is made here."""
    if vector["result"] != "valid":
        return
    given = vector["input"]
    match vector["operation"]:
        case "frame.decode" | "frame.verify" | "frame.open":
            yield "frame", bytes.fromhex(given["bytes"])
        case "document.parse":
            yield "document", bytes.fromhex(given["bytes"])
        case "document.read-uri":
            yield "uri", given["uri"].encode()
        case "leaf.check":
            yield "leaf", bytes.fromhex(given["leaf"])
        case "segment.join":
            yield "segments", joined(bytes.fromhex(each) for each in given["segments"])
        case "frame.encode" | "frame.seal" | "frame.open":
            pass
        case _:
            if vector["type"] == "INSTALL" and "body" in given:
                yield "body INSTALL", bytes.fromhex(given["body"])


def bodies_of(octets: Mapping[bytes, None]) -> Iterator[tuple[str, bytes]]:
    """The bodies of frames that are not sealed, and one made up for each type that always is."""
    for datagram in octets:
        try:
            frame = frames.decode_frame(datagram, assembled=True)
        except RemoteError:
            continue
        if not isinstance(frame, frames.SealedFrame):
            yield f"body {frame.header.name}", frame.body
    message = bodies.Message(5, 0, 0, 1, b"words")
    extension = (bodies.Extension(registry.extensions()["origin-signature"], bytes(64)),)
    for body in (
        bodies.Data(3, 1, (message,)),
        bodies.Data(3, 2, (message, message, message), extension),
        bodies.Heartbeat(1, 2, 3, 4),
        bodies.Alive(1, 2, 3),
        bodies.Nack((bodies.Range(0, 1, 4), bodies.Range(1, 2, 2))),
        bodies.Gap(1, 2, 3),
        bodies.SenderRequest(0),
        bodies.Proxy(1, b"words", bytes(64)),
    ):
        yield f"body {codec.NAMES[type(body)]}", codec.encode_body(body)


def proxied() -> Iterator[bytes]:
    """Payloads that were sent for another."""
    for payload in (b"", b"words", bytes(300)):
        yield codec.encode_proxied(bodies.Proxied(2, 7, bytes(64), payload))


def joined(parts: Iterator[bytes]) -> bytes:
    """Several octet strings as one, each after its length."""
    return b"".join(len(part).to_bytes(LENGTH_SIZE, "big") + part for part in parts)


def parted(octets: bytes) -> list[bytes]:
    """The several octet strings of one; the last may have lost its end."""
    parts = []
    while len(octets) >= LENGTH_SIZE:
        length = int.from_bytes(octets[:LENGTH_SIZE], "big")
        parts.append(octets[LENGTH_SIZE : LENGTH_SIZE + length])
        octets = octets[LENGTH_SIZE + length :]
    return parts
