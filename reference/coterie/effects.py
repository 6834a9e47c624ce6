"""What a peer asks of the world around it: the closed set of its outputs, in the order in which they happen.

Implements the effects of the Test interface chapter. A machine returns them; nobody calls back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from coterie.vocabulary import Address, NodeId, OverlayId, ViewId

Field: TypeAlias = (
    "str | int | bytes | Address | tuple[NodeId, ...] | tuple[bytes, ...] | tuple[int, ...] | None"
)
"""What an event tells: text, a number, octets, an address, Node-IDs, octets or numbers in an order, or
nothing."""


@dataclass(frozen=True, slots=True)
class Send:
    """One datagram for the network. The overlay is told for the log; it stands in the header as well."""

    overlay: OverlayId
    to: Address
    datagram: bytes


class Event(NamedTuple):
    """Something that the application or the log wants to know: one a message, and so as light as can be."""

    overlay: OverlayId
    name: str
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Disk:
    """Octets to be kept and handed back at the next start; the last ones replace all before."""

    blob: bytes


@dataclass(frozen=True, slots=True)
class KeyLog:
    """A secret of an installed view, for whoever has to read a capture; it goes nowhere unless asked for."""

    view: ViewId
    label: str
    secret: bytes


@dataclass(frozen=True, slots=True)
class Put:
    """Octets for the store of a foreign main overlay, under a resource key of 32 octets, to be found there
    until `until`, in milliseconds since 1970. What was put before under that key with that slot need not be
    found any more. `number` tells whose answer it is."""

    overlay: OverlayId
    number: int
    key: bytes
    slot: bytes
    octets: bytes
    until: int


@dataclass(frozen=True, slots=True)
class Get:
    """All that the store of a foreign main overlay has under a resource key of 32 octets. `number` as in
    `Put`."""

    overlay: OverlayId
    number: int
    key: bytes


Effect: TypeAlias = Send | Event | Disk | KeyLog | Put | Get


Json = dict[str, object]


def to_json(effect: Effect) -> Json:
    """An effect as the test interface writes it: octets in lower-case hex, addresses as text."""
    match effect:
        case Send(overlay, to, datagram):
            return {"effect": "send", "overlay": overlay.hex(), "to": str(to), "bytes": datagram.hex()}
        case Event(overlay, name, fields):
            told = {key: field_to_json(value) for key, value in fields.items()}
            return {"effect": "event", "overlay": overlay.hex(), "name": name, "fields": told}
        case Disk(blob):
            return {"effect": "disk", "bytes": blob.hex()}
        case KeyLog(view, label, secret):
            return {"effect": "keylog", "view": view.hex(), "label": label, "secret": secret.hex()}
        case Put() | Get():
            raise TypeError("no foreign main overlay is entered through the test interface")


def field_to_json(value: object) -> object:
    """A field of an event, or a value of the public state, as the test interface writes it."""
    match value:
        case bytes():
            return value.hex()
        case Address():
            return str(value)
        case list() | tuple():
            return [field_to_json(each) for each in value]
        case dict():
            return {key: field_to_json(each) for key, each in value.items()}
        case _:
            return value
