"""Frames: header, prefix, body and trailer, and the checks that every datagram meets before its body is read.

Implements REQ-FRM-2 to REQ-FRM-13 and REQ-FRM-34 of the Frames chapter. The checks stand in two tables, in
the normative order: `decode_header` runs those before the overlay is looked up, `decode_rest` those after it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from coterie import registry
from coterie.errors import RemoteError
from coterie.vocabulary import NodeId, OverlayId, ViewId
from coterie.wire import layouts
from coterie.wire.bodies import NAMES, Body
from coterie.wire.codec import encode_body, write

HEADER_SIZE = 24
TYPE_AT = 3
ID_SIZE = 16
NODE_SIZE = 32
SIGNED_PREFIX_SIZE = 80
SEALED_PREFIX_SIZE = 28
RESERVED_AT = HEADER_SIZE + 18
SIGNATURE_SIZE = 64
TAG_SIZE = 16
DATAGRAM = registry.limit("datagram")
MAGIC: int = registry.tables()["header"]["magic"]
VERSION: int = registry.tables()["header"]["version"]

_NAMES = {code: row.name for code, row in registry.frame_types().items()}
_PROTECTIONS = {code: row.protection for code, row in registry.frame_types().items()}
_CODES = {code: registry.protections()[name] for code, name in _PROTECTIONS.items()}
_SEALED = {name: code for code, name in _NAMES.items() if _PROTECTIONS[code] == "sealed"}
SIGNED_HEAD = struct.Struct(layouts.HEADER.format.format + layouts.SIGNED_PREFIX.format.format[1:])
SEALED_HEAD = struct.Struct(layouts.HEADER.format.format + layouts.SEALED_PREFIX.format.format[1:])


class Header(NamedTuple):
    """The header as it stands; `octets` are its 24 octets."""

    magic: int
    version: int
    type: int
    protection: int
    reserved: int
    length: int
    overlay_id: OverlayId
    octets: bytes

    @property
    def name(self) -> str:
        """The name of the frame type, of a header whose type was checked."""
        return _NAMES[self.type]


class Candidate(NamedTuple):
    """A datagram on its way through the checks; `assembled` says that it came as SEGMENTs."""

    header: Header
    octets: bytes
    max_datagram: int
    assembled: bool

    @property
    def protection(self) -> str:
        """The protection that the frame type has, of a candidate whose type was checked."""
        return _PROTECTIONS[self.header.type]


@dataclass(frozen=True, slots=True)
class PlainFrame:
    """A frame that nothing proves."""

    header: Header
    octets: bytes

    @property
    def body(self) -> bytes:
        """The octets of the body."""
        return self.octets[HEADER_SIZE:]


@dataclass(frozen=True, slots=True)
class SignedFrame:
    """A frame with a prefix that names its signer; the signature is not verified yet."""

    header: Header
    octets: bytes
    signer: NodeId
    incarnation: int
    sequence: int
    destination: NodeId

    @property
    def body(self) -> bytes:
        """The octets of the body."""
        return self.octets[HEADER_SIZE + SIGNED_PREFIX_SIZE : -SIGNATURE_SIZE]

    @property
    def signature(self) -> bytes:
        """The 64 octets at the end."""
        return self.octets[-SIGNATURE_SIZE:]

    @property
    def signed_octets(self) -> bytes:
        """What the signature covers: label, header, prefix and body."""
        return to_sign(self.octets[:-SIGNATURE_SIZE])


@dataclass(frozen=True, slots=True)
class SealedFrame:
    """A frame whose body only members of a view can open; it is not opened yet."""

    header: Header
    octets: bytes
    view_id: ViewId
    sender_index: int
    counter: int

    @property
    def associated(self) -> bytes:
        """What the AEAD authenticates without hiding it: header and prefix."""
        return self.octets[: HEADER_SIZE + SEALED_PREFIX_SIZE]

    @property
    def sealed(self) -> bytes:
        """The ciphertext with its tag of 16 octets."""
        return self.octets[HEADER_SIZE + SEALED_PREFIX_SIZE :]


Frame = PlainFrame | SignedFrame | SealedFrame


@dataclass(frozen=True, slots=True)
class SignedPrefix:
    """The prefix of a signed frame that is to be made."""

    signer: NodeId
    incarnation: int
    sequence: int
    destination: NodeId


@dataclass(frozen=True, slots=True)
class SealedPrefix:
    """The prefix of a sealed frame that is to be made."""

    view_id: ViewId
    sender_index: int
    counter: int


# ---------------------------------------------------------------- the rules


def check_header_fits(datagram: bytes) -> None:
    """There are 24 octets."""
    # REQ-FRM-2: a datagram has a header at least.
    if len(datagram) < HEADER_SIZE:
        raise RemoteError("too-short", requirement="REQ-FRM-2", field="header")


def check_magic(seen: Candidate) -> None:
    """The first two octets are the magic."""
    # REQ-FRM-3: what is not ours is refused first.
    if seen.header.magic != MAGIC:
        raise RemoteError("bad-magic", requirement="REQ-FRM-3", field="header.magic")


def check_version(seen: Candidate) -> None:
    """The version is 1."""
    # REQ-FRM-4: nothing after the version is read by the rules of this one unless it is this one.
    if seen.header.version != VERSION:
        raise RemoteError("unknown-version", requirement="REQ-FRM-4", field="header.version")


def check_type(seen: Candidate) -> None:
    """The frame type is assigned."""
    # REQ-FRM-7: types of later revisions are refused like any other number.
    if seen.header.type not in _NAMES:
        raise RemoteError("unknown-type", requirement="REQ-FRM-7", field="header.type")


def check_protection(seen: Candidate) -> None:
    """The protection is the one that the frame type has."""
    # REQ-FRM-8: no frame travels with less protection, or with more, than its type has.
    if seen.header.protection != _CODES[seen.header.type]:
        raise RemoteError("wrong-protection", requirement="REQ-FRM-8", field="header.protection")


def check_reserved(seen: Candidate) -> None:
    """The reserved octet of the header is zero."""
    # REQ-FRM-9: reserved fields are zero.
    if seen.header.reserved:
        raise RemoteError("reserved-nonzero", requirement="REQ-FRM-9", field="header.reserved")


def check_length(seen: Candidate) -> None:
    """The length is the number of octets after the header."""
    # REQ-FRM-10: a datagram is one frame, whole and alone.
    if seen.header.length != len(seen.octets) - HEADER_SIZE:
        raise RemoteError("bad-length", requirement="REQ-FRM-10", field="header.length")


def check_datagram(seen: Candidate) -> None:
    """The datagram is not longer than its protection allows."""
    # REQ-FRM-11: 1,200 octets, but for sealed frames of a group that allows more, and frames out of SEGMENTs.
    most = seen.max_datagram if seen.protection == "sealed" else DATAGRAM
    if len(seen.octets) > most and not seen.assembled:
        raise RemoteError("datagram-too-long", requirement="REQ-FRM-11", field="header.length")


def check_size(seen: Candidate) -> None:
    """Prefix and trailer fit; HELLO1 and RETRY have their exact size."""
    # REQ-FRM-12: what stands at a fixed place is there.
    rest = len(seen.octets) - HEADER_SIZE
    if rest < _least(seen.protection) or rest != _exact().get(seen.header.type, rest):
        raise RemoteError("short-frame", requirement="REQ-FRM-12", field="header.length")


@cache
def _least(protection: str) -> int:
    prefix = layouts.PREFIXES.get(protection)
    return (prefix.sizeof() if prefix else 0) + layouts.TRAILERS[protection]


@cache
def _exact() -> dict[int, int]:
    return {registry.frame_type(name).code: layouts.BODIES[name].sizeof() for name in ("HELLO1", "RETRY")}


def check_prefix_reserved(seen: Candidate) -> None:
    """The reserved field of a sealed prefix is zero."""
    # REQ-FRM-9: reserved fields are zero.
    if seen.protection == "sealed" and seen.octets[RESERVED_AT : RESERVED_AT + 2] != b"\0\0":
        raise RemoteError("reserved-nonzero", requirement="REQ-FRM-9", field="prefix.reserved")


Check = Callable[[Candidate], None]

# REQ-FRM-13: the order of these two tables is the order of the draft; the overlay is looked up between them.
BEFORE_OVERLAY: tuple[Check, ...] = (lambda seen: check_magic(seen), lambda seen: check_version(seen))
AFTER_OVERLAY: tuple[Check, ...] = (
    lambda seen: check_type(seen),
    lambda seen: check_protection(seen),
    lambda seen: check_reserved(seen),
    lambda seen: check_length(seen),
    lambda seen: check_datagram(seen),
    lambda seen: check_size(seen),
    lambda seen: check_prefix_reserved(seen),
)


# ---------------------------------------------------------------- reading


def read_header(datagram: bytes) -> Header:
    """The header of a datagram of at least 24 octets; nothing is checked."""
    octets = datagram[:HEADER_SIZE]
    values = layouts.HEADER.format.unpack(octets)
    magic, version, kind, protection, reserved, length, overlay_id = values
    return Header(magic, version, kind, protection, reserved, length, OverlayId(overlay_id), octets)


def type_of(datagram: bytes) -> int:
    """The code of the frame type of a datagram of at least 24 octets; nothing is checked."""
    return datagram[TYPE_AT]


def decode_header(datagram: bytes) -> Header:
    """Checks 1 and 2 of the draft: size, magic, version (REQ-FRM-2 to REQ-FRM-4)."""
    check_header_fits(datagram)
    seen = Candidate(read_header(datagram), datagram, DATAGRAM, assembled=False)
    for check in BEFORE_OVERLAY:
        check(seen)
    return seen.header


def decode_rest(
    header: Header, datagram: bytes, *, max_datagram: int = DATAGRAM, assembled: bool = False
) -> Frame:
    """Checks 4 to 6 of the draft: type, protection, length (REQ-FRM-7 to REQ-FRM-12), then the prefix.

    `max_datagram` is the overlay's bound of sealed datagrams in octets. The overlay (REQ-FRM-6) is the
    caller's to look up before.
    """
    seen = Candidate(header, datagram, max_datagram, assembled)
    for check in AFTER_OVERLAY:
        check(seen)
    match seen.protection:
        case "signed":
            signer, incarnation, sequence, destination = layouts.SIGNED_PREFIX.format.unpack_from(
                datagram, HEADER_SIZE
            )
            return SignedFrame(header, datagram, NodeId(signer), incarnation, sequence, NodeId(destination))
        case "sealed":
            view_id, sender_index, _, counter = layouts.SEALED_PREFIX.format.unpack_from(
                datagram, HEADER_SIZE
            )
            return SealedFrame(header, datagram, ViewId(view_id), sender_index, counter)
        case _:
            return PlainFrame(header, datagram)


def decode_frame(datagram: bytes, *, max_datagram: int = DATAGRAM, assembled: bool = False) -> Frame:
    """All checks before the body but that of the overlay, which only a peer can make."""
    return decode_rest(decode_header(datagram), datagram, max_datagram=max_datagram, assembled=assembled)


def version_question(datagram: bytes) -> tuple[OverlayId, bytes] | None:
    """Overlay and nonce of a greeting in a version that we do not speak, or None if it is no such datagram.

    Implements REQ-FRM-5: type octet HELLO1 and exactly 128 octets, so that the answer is no longer than the
    question.
    """
    if len(datagram) != registry.limit("hello1"):
        return None
    header = read_header(datagram)
    ours = header.version == VERSION
    magic = header.magic == MAGIC
    if ours or not magic or header.type != registry.frame_type("HELLO1").code:
        return None
    return header.overlay_id, datagram[HEADER_SIZE : HEADER_SIZE + 32]


# ---------------------------------------------------------------- writing


def encode_header(name: str, overlay_id: OverlayId, length: int) -> bytes:
    """The header of a frame type whose `length` octets follow."""
    code = registry.frame_type(name).code
    values = {
        "magic": MAGIC,
        "version": VERSION,
        "type": code,
        "protection": _CODES[code],
        "reserved": 0,
        "length": length,
        "overlay_id": overlay_id,
    }
    return write(layouts.HEADER, values, name)


def encode_plain(overlay_id: OverlayId, body: Body) -> bytes:
    """A whole plain frame."""
    octets = encode_body(body)
    return encode_header(NAMES[type(body)], overlay_id, len(octets)) + octets


def unsigned(overlay_id: OverlayId, prefix: SignedPrefix, body: Body) -> bytes:
    """Header, prefix and body of a signed frame, whose length counts the signature that is still to come."""
    octets = encode_body(body)
    name = NAMES[type(body)]
    length = SIGNED_PREFIX_SIZE + len(octets) + SIGNATURE_SIZE
    if len(overlay_id) == ID_SIZE and len(prefix.signer) == len(prefix.destination) == NODE_SIZE:
        code = registry.frame_type(name).code
        with suppress(struct.error):
            head = SIGNED_HEAD.pack(
                MAGIC, VERSION, code, _CODES[code], 0, length, overlay_id,
                prefix.signer, prefix.incarnation, prefix.sequence, prefix.destination,
            )  # fmt: skip
            return head + octets
    # one of them does not fit: its layout says which
    values = {field: getattr(prefix, field) for field in SignedPrefix.__slots__}
    return encode_header(name, overlay_id, length) + write(layouts.SIGNED_PREFIX, values, name) + octets


def to_sign(octets: bytes) -> bytes:
    """What a signature covers, of the octets that `unsigned` returns: the label before them (REQ-FRM-14)."""
    return registry.label("frame-signature") + octets


def associated(overlay_id: OverlayId, prefix: SealedPrefix, body_length: int, name: str = "DATA") -> bytes:
    """Header and prefix of a sealed frame whose body has `body_length` octets before it is sealed."""
    length = SEALED_PREFIX_SIZE + body_length + TAG_SIZE
    code = _SEALED[name]
    if len(overlay_id) == len(prefix.view_id) == ID_SIZE:
        with suppress(struct.error):
            return SEALED_HEAD.pack(
                MAGIC, VERSION, code, _CODES[code], 0, length, overlay_id,
                prefix.view_id, prefix.sender_index, 0, prefix.counter,
            )  # fmt: skip
    # one of them does not fit: its layout says which
    values = {field: getattr(prefix, field) for field in SealedPrefix.__slots__} | {"reserved": 0}
    return encode_header(name, overlay_id, length) + write(layouts.SEALED_PREFIX, values, name)
