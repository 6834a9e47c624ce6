"""What a peer does, one JSON object a line, for people and programs that look on."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TextIO

from coterie import registry
from coterie.effects import Event, Json, field_to_json
from coterie.errors import RemoteError
from coterie.runtime import system
from coterie.vocabulary import Address
from coterie.wire import frames

MARK = 8
"""Octets of a datagram's hash: enough to see that one is a repeat."""

BEGINNING = 16
"""Octets of a sealed body that are shown."""


class Log:
    """A log, or none at all when there is no file."""

    def __init__(self, file: TextIO | None) -> None:
        self._file = file

    @property
    def is_open(self) -> bool:
        """Whether anyone reads it."""
        return self._file is not None

    def sent(self, datagram: bytes, to: Address) -> None:
        """A datagram leaves."""
        if self._file is not None:
            self._write({"log": "sent", "to": str(to), **describe(datagram)})

    def received(self, datagram: bytes, origin: Address, refusal: RemoteError | None) -> None:
        """A datagram has come, and was refused or not."""
        reason: Json = {"refused": refusal.reason} if refusal else {}
        if self._file is not None:
            self._write({"log": "received", "from": str(origin), **describe(datagram), **reason})

    def event(self, event: Event) -> None:
        """The peer has something to tell."""
        if self._file is None:
            return
        fields = {name: field_to_json(value) for name, value in event.fields.items()}
        self._write({"log": "event", "name": event.name, "fields": fields})

    def note(self, text: str) -> None:
        """A sentence."""
        self._write({"log": "note", "text": text})

    def _write(self, line: Json) -> None:
        if self._file is not None:
            now = system.read_clocks()
            print(
                json.dumps({"wall_ms": now.wall_ms, **line}, separators=(",", ":")),
                file=self._file,
                flush=True,
            )


def describe(datagram: bytes) -> Json:
    """Type and size of a datagram, a mark by which a repeat is known; the view of a sealed body and how it
    begins."""
    if len(datagram) < frames.HEADER_SIZE:
        return {"type": "?", "octets": len(datagram), "mark": mark(datagram)}
    header = frames.read_header(datagram)
    kind = registry.frame_types().get(header.type)
    told: Json = {"type": kind.name if kind else "?", "octets": len(datagram), "mark": mark(datagram)}
    if header.protection == registry.protections()["sealed"]:
        start = frames.HEADER_SIZE + frames.SEALED_PREFIX_SIZE
        told["view"] = datagram[frames.HEADER_SIZE : frames.HEADER_SIZE + frames.ID_SIZE].hex()
        told["sealed"] = datagram[start : start + BEGINNING].hex()
    return told


def mark(datagram: bytes) -> str:
    """A few octets of a hash, in hex."""
    return sha256(datagram).hexdigest()[: 2 * MARK]
