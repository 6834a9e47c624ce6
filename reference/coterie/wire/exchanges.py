"""The bodies of an overlay with the membership none: requests, their answers, and the farewell.

Implements the field tables of the Overlay chapter. They have their names in `bodies` too.
"""

from __future__ import annotations

from dataclasses import dataclass

from coterie.vocabulary import NodeId
from coterie.wire.rows import Extension, Neighbour


@dataclass(frozen=True, slots=True)
class Find:
    """Asks for the contacts that are closest to a target of 32 octets."""

    target: bytes
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Nodes:
    """Answers FIND: its sequence number, and the contacts, the closest first."""

    request: int
    neighbours: tuple[Neighbour, ...]
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Store:
    """Asks to hold a value; the envelope as its publisher signed it."""

    envelope: bytes
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """Answers STORE: its sequence number. The value is held."""

    request: int
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetch:
    """Asks for the values under a resource key behind a publisher and a slot of 16 octets, zeros for the
    first page."""

    key: bytes
    publisher: NodeId
    slot: bytes
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Values:
    """Answers FETCH: its sequence number, 1 where more follow, and a page of envelopes."""

    request: int
    more: int
    held: tuple[bytes, ...]
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Host:
    """Asks to begin a group: its Group-ID, and a group-info document as octets."""

    group: bytes
    info: bytes
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Hosted:
    """Answers HOST: its sequence number, and the Overlay-ID of the group (16 octets)."""

    request: int
    group_overlay: bytes
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Depart:
    """Says that the signer leaves the overlay."""

    extensions: tuple[Extension, ...] = ()
