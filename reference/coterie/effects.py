"""What a peer asks of the world around it: the closed set of its outputs, in the order in which they happen.

Implements the effects of the Test interface chapter. A machine returns them; nobody calls back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from coterie.vocabulary import Address, NodeId, OverlayId, ViewId

Field: TypeAlias = "str | int | bytes | Address | tuple[NodeId, ...] | None"
"""What an event tells: text, a number, octets, an address, Node-IDs in view order, or nothing."""


@dataclass(frozen=True, slots=True)
class Send:
    """One datagram for the network. The overlay is told for the log; it stands in the header as well."""

    overlay: OverlayId
    to: Address
    datagram: bytes


@dataclass(frozen=True, slots=True)
class Event:
    """Something that the application or the log wants to know."""

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


Effect: TypeAlias = Send | Event | Disk | KeyLog
