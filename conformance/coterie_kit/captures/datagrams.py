"""UDP datagrams in captured packets: Ethernet, loopback and raw IP around them, taken off within bounds."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from coterie_kit.captures.files import BadCaptureError, Packet
from coterie_kit.keys.names import split_address

__all__ = ["Datagram", "datagram", "datagrams", "packed"]

ETHERNET, NULL, RAW, LOOP, COOKED, IPV4, IPV6 = 1, 0, 101, 108, 113, 228, 229
ETHERTYPES = {0x0800, 0x86DD}
VLANS = {0x8100, 0x88A8}
MOST_TAGS = 2
MOST_ENDS = 4096  # addresses that are kept as they are written
UDP = 17


@dataclass(frozen=True, slots=True)
class Datagram:
    """A UDP datagram: the packet it stood in, both addresses and the payload."""

    number: int
    source: str
    to: str
    payload: bytes
    time_ns: int = 0
    comments: tuple[str, ...] = ()


def datagrams(packets: Iterable[Packet]) -> list[Datagram]:
    """All UDP datagrams; what is something else, or broken, is left out. Raises `BadCaptureError`."""
    return [found for packet in packets if (found := datagram(packet)) is not None]


def datagram(packet: Packet) -> Datagram | None:
    """The UDP datagram in a packet, or None. Raises `BadCaptureError` for a link type not read here."""
    inside = _network(packet)
    if not inside:
        return None
    found = _ipv4(inside) if inside[0] >> 4 == 4 else _ipv6(inside) if inside[0] >> 4 == 6 else None
    if found is None:
        return None
    source, to, segment = found
    if len(segment) < 8:
        return None
    source_port, to_port, length = struct.unpack(">HHH", segment[:6])
    if length < 8 or length > len(segment):
        return None
    ends = _written(source, source_port), _written(to, to_port)
    return Datagram(packet.number, *ends, segment[8:length], packet.time_ns, packet.comments)


def _network(packet: Packet) -> bytes:
    """What follows the link layer; nothing when it is not IP."""
    data = packet.data
    match packet.link:
        case 101 | 228 | 229:
            return data
        case 0 | 108:
            return data[4:]
        case 113:
            return data[16:] if len(data) > 16 and _type(data, 14) in ETHERTYPES else b""
        case 1:
            at = 12
            for _ in range(MOST_TAGS):
                at += 4 if len(data) > at + 1 and _type(data, at) in VLANS else 0
            return data[at + 2 :] if len(data) > at + 2 and _type(data, at) in ETHERTYPES else b""
        case _:
            raise BadCaptureError(f"packet {packet.number}: link type {packet.link} is not read here")


def _type(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")


def _ipv4(data: bytes) -> tuple[bytes, bytes, bytes] | None:
    header = (data[0] & 15) * 4
    total = int.from_bytes(data[2:4], "big")
    fragment = int.from_bytes(data[6:8], "big") & 0x3FFF
    if header < 20 or total < header or total > len(data) or fragment or data[9] != UDP:
        return None
    return data[12:16], data[16:20], data[header:total]


def _ipv6(data: bytes) -> tuple[bytes, bytes, bytes] | None:
    length = int.from_bytes(data[4:6], "big")
    if len(data) < 40 or length > len(data) - 40 or data[6] != UDP:
        return None
    return data[8:24], data[24:40], data[40 : 40 + length]


@lru_cache(MOST_ENDS)
def _written(address: bytes, port: int) -> str:
    host = ipaddress.ip_address(address)
    return f"{host}:{port}" if host.version == 4 else f"[{host}]:{port}"


def packed(source: str, to: str, payload: bytes) -> bytes:
    """A raw IP packet around a payload, checksums included."""
    (from_host, from_port), (to_host, to_port) = split_address(source), split_address(to)
    head = struct.pack(">HHH", from_port, to_port, 8 + len(payload))
    pseudo = from_host.packed + to_host.packed
    size = 8 + len(payload)
    pseudo += (
        struct.pack(">BBH", 0, UDP, size) if from_host.version == 4 else struct.pack(">IHBB", size, 0, 0, UDP)
    )
    sum_ = _checksum(pseudo + head + bytes(2) + payload) or 0xFFFF
    segment = head + sum_.to_bytes(2, "big") + payload
    if from_host.version == 6:
        return (
            struct.pack(">IHBB", 6 << 28, len(segment), UDP, 64) + from_host.packed + to_host.packed + segment
        )
    fields = struct.pack(">BBHHHBB", 0x45, 0, 20 + len(segment), 0, 0x4000, 64, UDP)
    ends = from_host.packed + to_host.packed
    return fields + _checksum(fields + bytes(2) + ends).to_bytes(2, "big") + ends + segment


def _checksum(octets: bytes) -> int:
    even = octets + bytes(len(octets) % 2)
    total: int = sum(struct.unpack(f">{len(even) // 2}H", even))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
