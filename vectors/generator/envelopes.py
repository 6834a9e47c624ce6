"""Envelopes of the main overlay, part by part, so that each part can be wrong on its own."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from coterie import documents
from coterie.crypto import names
from coterie.crypto.signature import P256_ORDER, PrivateKey
from coterie.documents import Contact, GroupIdRedirect, GroupInfo, GroupListEntry, GroupMember
from coterie.values import envelope
from coterie.vocabulary import OverlayId
from coterie.wire import envelopes
from coterie.wire.rows import Envelope
from vectors.generator import scene
from vectors.generator.book import Json

MAIN = names.overlay_id(b"main")
"""The overlay in which the vectors store values."""

NAME = b"Vectors"
NOWHERE = bytes(16)
INFO, MEMBERS, LIST = 1, 2, 3
HALF = 32


def info(port: int = 4000, authority: bytes | None = None) -> bytes:
    """A group-info document of an open group, or of the one that is closed under an authority."""
    policy = "open" if authority is None else "closed"
    contacts = (Contact("192.0.2.1", port),)
    return documents.build(GroupInfo(contacts, "Vectors", policy=policy, authority_certificate=authority))


def redirect(target: bytes = b"Other Vectors") -> bytes:
    """A document that says where an alias leads."""
    return documents.build(GroupIdRedirect(target))


def member(who: str) -> bytes:
    """A document that says that a peer is a member."""
    return documents.build(GroupMember(names.peer_id(scene.person(who).spki), who))


def entry(group: bytes = NAME) -> bytes:
    """An entry of the list of all groups."""
    return documents.build(GroupListEntry(group, "Vectors"))


@dataclass(frozen=True, slots=True)
class Draft:
    """An envelope before it is signed: its fields, the key that signs, and the overlay that it is for."""

    fields: Envelope
    key: PrivateKey
    overlay: OverlayId = MAIN

    def but(self, **changes: Any) -> "Draft":
        """The same with other fields."""
        return replace(self, fields=replace(self.fields, **changes))

    def signed(self) -> bytes:
        """The octets of the envelope."""
        return envelope.sign(self.key, self.overlay, self.fields)

    def blank(self) -> bytes:
        """The octets before the signature."""
        return envelopes.unsigned(envelopes.encode(replace(self.fields, signature=envelope.NOT_SIGNED)))


@cache
def draft(who: str = "Ada", kind: int = INFO) -> Draft:
    """A good envelope of each kind, of an open group."""
    person = scene.person(who)
    slot = NOWHERE if kind == MEMBERS else scene.OPEN
    name = b"" if kind == LIST else NAME
    value = {INFO: info, MEMBERS: lambda: member(who), LIST: entry}[kind]()
    fields = Envelope(kind, name, slot, scene.WALL_MS, 600, person.leaf, value, envelope.NOT_SIGNED)
    return Draft(fields, person.key)


@cache
def closed(who: str = "Ada") -> Draft:
    """Where the closed group is, said by somebody whom its authority admitted."""
    return draft(who).but(
        slot=scene.closed(), leaf=scene.admission(who), value=info(authority=scene.issuer().certificate)
    )


def tombstone(of: Draft, **changes: Any) -> Draft:
    """The envelope that withdraws another."""
    return of.but(value=b"", lifetime=86_400, **changes)


def other_signature(octets: bytes) -> bytes:
    """Another good signature in the place of one by a P-256 key: s is n - s."""
    r, s = octets[-2 * HALF : -HALF], int.from_bytes(octets[-HALF:], "big")
    return octets[: -2 * HALF] + r + (P256_ORDER - s).to_bytes(HALF, "big")


def stored(octets: bytes, wall_ms: int = scene.WALL_MS) -> Json:
    """The arguments of envelope.check and envelope.read."""
    return {"bytes": octets.hex(), "overlay": MAIN.hex(), "wall_ms": wall_ms}
