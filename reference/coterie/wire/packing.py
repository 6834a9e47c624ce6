"""The bodies of the data path in a few steps of `struct`: DATA, HEARTBEAT, ALIVE and NACK.

A short way beside the layouts, and never another one: each reader answers None where octets end too early,
and each writer where a value does not fit its field, so that the layout says what is amiss. What is read here
keeps the rules of REQ-FRM-18 to REQ-FRM-24 by the same functions, and a test compares the two ways.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import Any

from coterie.wire import constructs, rules
from coterie.wire.bodies import Alive, Body, Data, Extension, Heartbeat, Message, Nack, Range

DATA_HEAD = struct.Struct(">QQH")
MESSAGE_HEAD = struct.Struct(">QBBBH")
HEARTBEAT_HEAD = struct.Struct(">QQQQ")
ALIVE_HEAD = struct.Struct(">QQQ")
NACK_ROW = struct.Struct(">HQQ")
EXTENSION_HEAD = struct.Struct(">HH")

Allowed = frozenset[int]


def read_data(octets: bytes, allowed: Allowed) -> Data | None:
    """The body of DATA; None where it ends inside a field."""
    if len(octets) < DATA_HEAD.size:
        return None
    acknowledged, first, count = DATA_HEAD.unpack_from(octets)
    # REQ-FRM-18: before anything is read for it
    rules.check_count(count, 1, "messages", "message_count")
    head, unpack, size = MESSAGE_HEAD.size, MESSAGE_HEAD.unpack_from, len(octets)
    messages, at = [], DATA_HEAD.size
    for _ in range(count):
        start = at + head
        if start > size:
            return None
        timestamp, kind, index, fragments, length = unpack(octets, at)
        at = start + length
        if at > size:
            return None
        messages.append(Message(timestamp, kind, index, fragments, octets[start:at]))
    return Data(acknowledged, first, tuple(messages), _rest(octets, at, allowed))


def read_heartbeat(octets: bytes, allowed: Allowed) -> Heartbeat | None:
    """The body of HEARTBEAT; None where it ends inside a field."""
    if len(octets) < HEARTBEAT_HEAD.size:
        return None
    acknowledged, timestamp, last, stable = HEARTBEAT_HEAD.unpack_from(octets)
    extensions = _rest(octets, HEARTBEAT_HEAD.size, allowed)
    return Heartbeat(acknowledged, timestamp, last, stable, extensions)


def read_alive(octets: bytes, allowed: Allowed) -> Alive | None:
    """The body of ALIVE; None where it ends inside a field."""
    if len(octets) < ALIVE_HEAD.size:
        return None
    acknowledged, timestamp, last = ALIVE_HEAD.unpack_from(octets)
    return Alive(acknowledged, timestamp, last, _rest(octets, ALIVE_HEAD.size, allowed))


def read_nack(octets: bytes, allowed: Allowed) -> Nack | None:
    """The body of NACK; None where it ends inside a field."""
    if not octets:
        return None
    # REQ-FRM-18: before anything is read for it
    rules.check_count(octets[0], 1, "nack-ranges", "range_count")
    end = 1 + NACK_ROW.size * octets[0]
    if len(octets) < end:
        return None
    rows = tuple(Range(*row) for row in NACK_ROW.iter_unpack(octets[1:end]))
    return Nack(rows, _rest(octets, end, allowed))


def _rest(octets: bytes, at: int, allowed: Allowed) -> tuple[Extension, ...]:
    return constructs.read_extensions(octets[at:], allowed, "extensions") if at < len(octets) else ()


READERS: dict[str, Callable[[bytes, Allowed], Body | None]] = {
    "DATA": read_data,
    "HEARTBEAT": read_heartbeat,
    "ALIVE": read_alive,
    "NACK": read_nack,
}


def read(name: str, octets: bytes, allowed: Allowed) -> Body | None:
    """The body of a frame type, or None where only its layout can read it, or refuse it."""
    reader = READERS.get(name)
    return None if reader is None else reader(octets, allowed)


def _data(body: Data) -> Iterable[bytes]:
    yield DATA_HEAD.pack(body.acknowledged, body.first_sequence, len(body.messages))
    pack = MESSAGE_HEAD.pack
    for each in body.messages:
        payload = each.payload
        yield pack(each.timestamp, each.kind, each.fragment_index, each.fragment_count, len(payload))
        yield payload


def _heartbeat(body: Heartbeat) -> Iterable[bytes]:
    yield HEARTBEAT_HEAD.pack(body.acknowledged, body.timestamp, body.last_sequence, body.stable)


def _alive(body: Alive) -> Iterable[bytes]:
    yield ALIVE_HEAD.pack(body.acknowledged, body.timestamp, body.last_sequence)


def _nack(body: Nack) -> Iterable[bytes]:
    yield bytes((len(body.ranges),))
    for row in body.ranges:
        yield NACK_ROW.pack(row.sender, row.first, row.last)


def _extensions(extensions: tuple[Extension, ...]) -> Iterable[bytes]:
    for each in extensions:
        yield EXTENSION_HEAD.pack(each.type, len(each.value))
        yield each.value


WRITERS: dict[type[Body], Callable[[Any], Iterable[bytes]]] = {
    Data: _data,
    Heartbeat: _heartbeat,
    Alive: _alive,
    Nack: _nack,
}


def write(body: Any) -> bytes | None:
    """The octets of a body, or None where only its layout can write it, or say what does not fit."""
    writer = WRITERS.get(type(body))
    if writer is None:
        return None
    try:
        return b"".join((*writer(body), *_extensions(body.extensions)))
    except (struct.error, TypeError, ValueError):
        return None
