"""One frame of a capture as the rules see it: where it went, header and prefix; and frames in segments."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from coterie_kit import registry
from coterie_kit.captures.judging.structure import body_fault
from coterie_kit.keys.names import digest
from coterie_kit.wire_rules import DATAGRAM, FRAMES, HEADER, MAGIC, PREFIX, PROTECTIONS, TRAILER, VERSION

__all__ = ["OTHER_VERSION", "Seen", "Segments", "read"]

HEAD = struct.Struct(">HBBBBH16s")
SIGNED = struct.Struct(">32sQQ32s")
SEALED = struct.Struct(">16sHHQ")
EXACT = {"HELLO1": 104, "RETRY": 96}
OTHER_VERSION = "another version"
"""The type of what begins like a frame and states a version that this draft says nothing about."""
MAGIC_OCTETS = MAGIC.to_bytes(2, "big")


@dataclass(slots=True)
class Seen:
    """``number`` is that of the packet; ``fault`` why it cannot be read, and then all behind it is empty.
    Of the prefixes there are the fields of the protection that the type has."""

    number: int
    source: str
    to: str
    octets: bytes
    type: str
    overlay: bytes = b""
    fault: str = ""
    protection: str = ""
    signer: bytes = b""
    incarnation: int = 0
    sequence: int = 0
    destination: bytes = b""
    view: bytes = b""
    index: int = 0
    counter: int = 0

    @property
    def body(self) -> bytes:
        """The octets between prefix and trailer."""
        stop = len(self.octets) - TRAILER[self.protection]
        return self.octets[HEADER + PREFIX[self.protection] : stop]


@cache
def _types() -> Mapping[int, tuple[str, str, int]]:
    """Code to name, protection and the code of that."""
    return {code: (name, protection, PROTECTIONS[protection]) for name, (code, protection) in FRAMES.items()}


@cache
def _longest(protection: str) -> int:
    return registry.limit("sealed-datagram") if protection == "sealed" else DATAGRAM


def read(number: int, ends: tuple[str, str], octets: bytes, *, assembled: bool = False) -> Seen | None:
    """A datagram; None when it does not begin like a frame. ``ends``: where it comes from and goes to."""
    if octets[:2] != MAGIC_OCTETS:
        return None
    seen = Seen(number, *ends, octets, "frame")
    if len(octets) < HEADER:
        seen.fault = "too-short"
        return seen
    _, version, code, protection, reserved, length, seen.overlay = HEAD.unpack_from(octets)
    if version != VERSION:
        seen.type = OTHER_VERSION
    elif code not in _types():
        seen.fault = "unknown-type"
    else:
        seen.type, seen.protection, due = _types()[code]
        if protection != due:
            seen.fault = "wrong-protection"
        elif reserved:
            seen.fault = "reserved-nonzero"
        else:
            seen.fault = _fault(seen, length, assembled=assembled)
    return seen


def _fault(seen: Seen, length: int, *, assembled: bool) -> str:
    """Checks 6 and 11 of the order of the draft; the prefix is filled in."""
    octets, protection = seen.octets, seen.protection
    rest = len(octets) - HEADER
    if length != rest:
        return "bad-length"
    if len(octets) > _longest(protection) and not assembled:
        return "datagram-too-long"
    if rest < PREFIX[protection] + TRAILER[protection] or rest != EXACT.get(seen.type, rest):
        return "short-frame"
    if protection == "sealed":
        seen.view, seen.index, reserved, seen.counter = SEALED.unpack_from(octets, HEADER)
        return "reserved-nonzero" if reserved else ""
    if protection == "signed":
        seen.signer, seen.incarnation, seen.sequence, seen.destination = SIGNED.unpack_from(octets, HEADER)
    return body_fault(seen.type, octets, HEADER + PREFIX[protection], len(octets) - TRAILER[protection])


class Segments:
    """Puts together what was cut. `fault` is what was wrong with the last segment taken."""

    def __init__(self) -> None:
        self.fault = ""
        self._open: dict[tuple[bytes, str, str, bytes], dict[int, bytes]] = {}
        self._counts: dict[bytes, int] = {}

    def take(self, seen: Seen) -> bytes:
        """The whole frame when its last segment came, else nothing."""
        self.fault = ""
        body = seen.body
        mark, index, count, payload = body[:16], body[16], body[17], body[18:]
        held = self._open.setdefault((seen.overlay, seen.source, seen.to, mark), {})
        if self._counts.setdefault(mark, count) != count or held.get(index, payload) != payload:
            self.fault = "segment-conflict"
            return b""
        before = len(held)
        held[index] = payload
        if len(held) < count or len(held) == before:
            return b""
        whole = b"".join(held[place] for place in range(count))
        if digest(whole)[:16] != mark:
            self.fault = "segment-digest"
        elif len(whole) <= DATAGRAM or whole[4] != PROTECTIONS["signed"]:
            self.fault = "segment-inner"
        return b"" if self.fault else whole
