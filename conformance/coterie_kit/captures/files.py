"""pcap and pcapng files, read within bounds; pcapng files, written."""

from __future__ import annotations

import stat
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from coterie_kit.faults import UsageError

__all__ = ["RAW", "BadCaptureError", "Packet", "read", "write"]

LONGEST_FILE = 64 * 1024 * 1024
LONGEST_BLOCK = 256 * 1024
MOST_PACKETS = 200_000
MOST_INTERFACES = 64
MOST_OPTIONS = 64

SECTION, INTERFACE, SIMPLE, ENHANCED = 0x0A0D0D0A, 1, 3, 6
SECTION_BEGINS = SECTION.to_bytes(4, "big")
BYTE_ORDER = 0x1A2B3C4D
COMMENT, RESOLUTION = 1, 9
RAW = 101
PCAP_MAGICS = {0xA1B2C3D4: 10**6, 0xA1B23C4D: 10**9}
MODIFIED = {0xA1B2CD34, 0xA1E2CB12}


class BadCaptureError(UsageError):
    """A file that is no capture that can be read; the message says where it stops making sense."""


class Packet(NamedTuple):
    """One captured packet: its number from 1, link type, octets, time in nanoseconds and comments."""

    number: int
    link: int
    data: bytes
    time_ns: int = 0
    comments: tuple[str, ...] = ()


@dataclass(slots=True)
class _Section:
    """``interfaces``: link type, and ticks a second."""

    order: str
    interfaces: list[tuple[int, int]] = field(default_factory=list)
    begins: struct.Struct = field(init=False)
    enhanced: struct.Struct = field(init=False)

    def __post_init__(self) -> None:
        self.begins = struct.Struct(self.order + "II")
        self.enhanced = struct.Struct(self.order + "IIIII")


def read(path: Path) -> list[Packet]:
    """The packets of a capture. Raises `BadCaptureError`."""
    return list(packets(_content(path)))


def _content(path: Path) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise BadCaptureError(f"{path.name} is not a regular file")
        if status.st_size > LONGEST_FILE:
            raise BadCaptureError(f"{path.name} has more than {LONGEST_FILE} octets")
        return path.read_bytes()
    except OSError as error:
        raise BadCaptureError(f"{path.name} cannot be read: {error.strerror}") from None


def packets(content: bytes) -> Iterator[Packet]:
    """The packets in the octets of a capture of either format."""
    if len(content) < 4:
        raise BadCaptureError("the file is too short for a capture")
    big, little = struct.unpack(">I", content[:4])[0], struct.unpack("<I", content[:4])[0]
    if big == SECTION:
        yield from _pcapng(content)
        return
    for order, magic in ((">", big), ("<", little)):
        if magic in MODIFIED:
            raise BadCaptureError("a modified pcap format that is not read here")
        if magic in PCAP_MAGICS:
            yield from _pcap(content, order, PCAP_MAGICS[magic])
            return
    raise BadCaptureError("neither pcap nor pcapng: the magic number is unknown")


# ---------------------------------------------------------------- pcap


def _pcap(content: bytes, order: str, ticks: int) -> Iterator[Packet]:
    if len(content) < 24:
        raise BadCaptureError("the file header is cut off")
    snap, link = struct.unpack(order + "II", content[16:24])
    at, number = 24, 0
    while at < len(content):
        if len(content) - at < 16:
            raise BadCaptureError(f"octet {at}: a record header is cut off")
        seconds, part, kept, whole = struct.unpack(order + "IIII", content[at : at + 16])
        at += 16
        if kept > whole or kept > max(snap, 1) or kept > LONGEST_BLOCK:
            raise BadCaptureError(f"octet {at - 16}: a record states more octets than it can have")
        if kept > len(content) - at:
            raise BadCaptureError(f"octet {at - 16}: a record runs past the end of the file")
        number = _next(number)
        yield Packet(number, link & 0xFFFF, content[at : at + kept], seconds * 10**9 + part * 10**9 // ticks)
        at += kept


def _next(number: int) -> int:
    if number >= MOST_PACKETS:
        raise BadCaptureError(f"more than {MOST_PACKETS} packets")
    return number + 1


# ---------------------------------------------------------------- pcapng


def _pcapng(content: bytes) -> Iterator[Packet]:
    section = _Section("<")
    at, number = 0, 0
    while at < len(content):
        if content[at : at + 4] == SECTION_BEGINS:
            section = _Section(_order(content, at))
        kind, body, at = _block(content, at, section)
        if kind == INTERFACE:
            _interface(section, body, at)
        elif kind in {ENHANCED, SIMPLE}:
            number = _next(number)
            yield _packet(section, kind, body, number)


def _order(content: bytes, at: int) -> str:
    mark = content[at + 8 : at + 12]
    for order in ("<", ">"):
        if mark == struct.pack(order + "I", BYTE_ORDER):
            return order
    raise BadCaptureError(f"octet {at}: a section without a byte order")


def _block(content: bytes, at: int, section: _Section) -> tuple[int, bytes, int]:
    if len(content) - at < 12:
        raise BadCaptureError(f"octet {at}: a block is cut off")
    kind, length = section.begins.unpack_from(content, at)
    if length < 12 or length % 4 or length > LONGEST_BLOCK:
        raise BadCaptureError(f"octet {at}: a block of {length} octets")
    if length > len(content) - at:
        raise BadCaptureError(f"octet {at}: a block runs past the end of the file")
    # both lengths are written alike
    if content[at + length - 4 : at + length] != content[at + 4 : at + 8]:
        raise BadCaptureError(f"octet {at}: a block states two lengths")
    return kind, content[at + 8 : at + length - 4], at + length


def _interface(section: _Section, body: bytes, at: int) -> None:
    if len(body) < 8:
        raise BadCaptureError(f"octet {at}: an interface block is too short")
    if len(section.interfaces) >= MOST_INTERFACES:
        raise BadCaptureError(f"more than {MOST_INTERFACES} interfaces")
    link = struct.unpack(section.order + "H", body[:2])[0]
    ticks = 10**6
    for code, value in _options(section.order, body[8:]):
        if code == RESOLUTION and value:
            exponent = value[0] & 0x7F
            if exponent > 18:
                raise BadCaptureError("a time resolution that no clock has")
            ticks = 2**exponent if value[0] & 0x80 else 10**exponent
    section.interfaces.append((link, ticks))


def _packet(section: _Section, kind: int, body: bytes, number: int) -> Packet:
    if kind == SIMPLE:
        if not section.interfaces or len(body) < 4:
            raise BadCaptureError(f"packet {number}: no interface, or no length")
        whole = struct.unpack(section.order + "I", body[:4])[0]
        return Packet(number, section.interfaces[0][0], body[4 : 4 + min(whole, len(body) - 4)])
    if len(body) < 20:
        raise BadCaptureError(f"packet {number}: its block is too short")
    interface, high, low, kept, whole = section.enhanced.unpack_from(body)
    if interface >= len(section.interfaces):
        raise BadCaptureError(f"packet {number}: interface {interface} was not described")
    if kept > len(body) - 20 or kept > whole:
        raise BadCaptureError(f"packet {number}: more octets than its block has")
    link, ticks = section.interfaces[interface]
    rest = 20 + -(-kept // 4) * 4
    comments = _comments(section.order, body[rest:]) if len(body) > rest else ()
    return Packet(number, link, body[20 : 20 + kept], ((high << 32) + low) * 10**9 // ticks, comments)


def _comments(order: str, octets: bytes) -> tuple[str, ...]:
    found = _options(order, octets)
    return tuple(value.decode("utf-8", "replace") for code, value in found if code == COMMENT)


def _options(order: str, octets: bytes) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    at = 0
    while len(octets) - at >= 4:
        code, length = struct.unpack(order + "HH", octets[at : at + 4])
        if code == 0:
            break
        if length > len(octets) - at - 4:
            raise BadCaptureError("an option runs past its block")
        if len(found) >= MOST_OPTIONS:
            raise BadCaptureError(f"more than {MOST_OPTIONS} options in a block")
        found.append((code, octets[at + 4 : at + 4 + length]))
        at += 4 + -(-length // 4) * 4
    return found


# ---------------------------------------------------------------- writing


def write(path: Path, captured: Iterable[Packet]) -> None:
    """A pcapng file of raw IP packets, with nanoseconds and comments."""
    head = struct.pack("<IHHq", BYTE_ORDER, 1, 0, -1)
    parts = [
        _written(SECTION, head),
        _written(INTERFACE, struct.pack("<HHI", RAW, 0, 0) + _option(RESOLUTION, b"\x09")),
    ]
    for packet in captured:
        high, low = packet.time_ns >> 32, packet.time_ns & 0xFFFFFFFF
        size = len(packet.data)
        fields = struct.pack("<IIIII", 0, high, low, size, size) + packet.data + bytes(-size % 4)
        comments = b"".join(_option(COMMENT, comment.encode("utf-8")) for comment in packet.comments)
        parts.append(_written(ENHANCED, fields + (comments + bytes(4) if comments else b"")))
    path.write_bytes(b"".join(parts))


def _written(kind: int, body: bytes) -> bytes:
    length = 12 + len(body)
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)
