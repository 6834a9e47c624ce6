"""SEGMENT: a signed frame longer than one datagram, cut into pieces and joined again.

Implements REQ-FRM-26 to REQ-FRM-32 of the Frames chapter, pure: which address a piece came from, how many
assemblies it may have open and how long they live is the business of sessions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from coterie import registry
from coterie.errors import LocalError, RemoteError
from coterie.wire import frames
from coterie.wire.bodies import Segment
from coterie.wire.codec import decode_body, encode_body

CHUNK = 1158
"""Octets of a frame in each SEGMENT but the last: a datagram less header, digest, index and count."""

DIGEST_SIZE = 16


def digest(frame: bytes) -> bytes:
    """What names a frame in its segments: the first 16 octets of its SHA-256."""
    return hashlib.sha256(frame).digest()[:DIGEST_SIZE]


def cut(frame: bytes) -> list[bytes]:
    """The bodies of the SEGMENTs of a frame, by index (REQ-FRM-26).

    LocalError when the frame fits one datagram, or is longer than the limit of an assembly.
    """
    if not frames.DATAGRAM < len(frame) <= registry.limit("segment-frame"):
        raise LocalError(f"a frame of {len(frame)} octets does not travel as segments; send it as it is")
    chunks = [frame[start : start + CHUNK] for start in range(0, len(frame), CHUNK)]
    name = digest(frame)
    return [encode_body(Segment(name, index, len(chunks), chunk)) for index, chunk in enumerate(chunks)]


@dataclass(frozen=True, slots=True)
class Assembly:
    """The pieces of one frame that have come so far; a piece that has not come is None."""

    digest: bytes
    pieces: tuple[bytes | None, ...]

    @classmethod
    def start(cls, segment: Segment) -> Assembly:
        """An assembly with its first piece."""
        return cls(segment.digest, (None,) * segment.count).add(segment)

    @property
    def size(self) -> int:
        """Octets held."""
        return sum(len(piece) for piece in self.pieces if piece is not None)

    @property
    def is_complete(self) -> bool:
        """Whether every piece has come."""
        return None not in self.pieces

    def add(self, segment: Segment) -> Assembly:
        """The assembly with one more piece; the same one when the piece is held already.

        Raises RemoteError `segment-conflict` (REQ-FRM-28), `segment-limit` (REQ-FRM-29).
        """
        check_same_count(self, segment)
        check_same_piece(self, segment)
        check_total(self, segment)
        pieces = list(self.pieces)
        pieces[segment.index] = segment.payload
        return replace(self, pieces=tuple(pieces))

    def frame(self) -> bytes:
        """The frame, of a complete assembly.

        Raises RemoteError `segment-digest` (REQ-FRM-31), `segment-inner` (REQ-FRM-32); the assembly is lost
        then.
        """
        octets = b"".join(piece for piece in self.pieces if piece is not None)
        check_digest(self, octets)
        check_inner(octets)
        return octets


def check_same_count(assembly: Assembly, segment: Segment) -> None:
    """All segments of a frame state the same count."""
    # REQ-FRM-28: another count contradicts the earlier segments.
    if segment.count != len(assembly.pieces):
        raise RemoteError("segment-conflict", requirement="REQ-FRM-28", field="count")


def check_same_piece(assembly: Assembly, segment: Segment) -> None:
    """A piece that is held does not come again with other octets."""
    # REQ-FRM-28: other octets for an index contradict the earlier segment.
    if segment.index < len(assembly.pieces) and assembly.pieces[segment.index] not in {None, segment.payload}:
        raise RemoteError("segment-conflict", requirement="REQ-FRM-28", field="payload")


def check_total(assembly: Assembly, segment: Segment) -> None:
    """The pieces together stay within the limit of a frame."""
    held = assembly.pieces[segment.index] if segment.index < len(assembly.pieces) else None
    more = 0 if held is not None else len(segment.payload)
    # REQ-FRM-29: an assembly holds at most 65,536 octets.
    if assembly.size + more > registry.limit("segment-frame"):
        raise RemoteError("segment-limit", requirement="REQ-FRM-29", field="payload")


def check_digest(assembly: Assembly, octets: bytes) -> None:
    """The frame is the one that its segments name."""
    # REQ-FRM-31: the digest is of the whole frame.
    if digest(octets) != assembly.digest:
        raise RemoteError("segment-digest", requirement="REQ-FRM-31", field="digest")


def check_inner(octets: bytes) -> None:
    """The frame is signed, too long for a datagram, and sound up to its prefix."""
    # REQ-FRM-32: only what had to be cut is joined, and segments never nest.
    try:
        frame = frames.decode_frame(octets, assembled=True)
    except RemoteError:
        raise RemoteError("segment-inner", requirement="REQ-FRM-32") from None
    if not isinstance(frame, frames.SignedFrame) or len(octets) <= frames.DATAGRAM:
        raise RemoteError("segment-inner", requirement="REQ-FRM-32")


def join(segments: Iterable[bytes]) -> bytes:
    """The frame out of the bodies of all its SEGMENTs, in any order, repeats allowed.

    RemoteError as of `Assembly`; LocalError when the segments are not those of one whole frame.
    """
    assembly: Assembly | None = None
    for octets in segments:
        segment = decode_body("SEGMENT", octets)
        if not isinstance(segment, Segment) or (assembly and assembly.digest != segment.digest):
            raise LocalError("these segments are of different frames; join the segments of one frame")
        assembly = assembly.add(segment) if assembly else Assembly.start(segment)
    if assembly is None or not assembly.is_complete:
        raise LocalError("a segment is missing; join all segments of one frame")
    return assembly.frame()
