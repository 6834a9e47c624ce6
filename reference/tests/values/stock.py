"""Publishers, an authority and good envelopes for the tests of stored values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from coterie import documents
from coterie.crypto import authority, identity, names
from coterie.crypto.identity import Validity
from coterie.crypto.leaf import KeyKind
from coterie.crypto.signature import PrivateKey
from coterie.documents import Contact, GroupIdRedirect, GroupInfo, GroupMember
from coterie.values import Checked, check, envelope
from coterie.vocabulary import OverlayId
from coterie.wire.rows import Envelope

MAIN = names.overlay_id(b"main")
NAME = b"books"
OPEN = names.overlay_id(NAME)
W = 1_767_225_600_000
NOW, DAY = W // 1000, 86_400
INFO, MEMBERS, LIST = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Publisher:
    """A key, its open leaf and its Peer-ID."""

    key: PrivateKey
    leaf: bytes

    @property
    def peer(self) -> bytes:
        return names.peer_id(identity.spki_of(self.key))


@cache
def publisher(number: int, kind: KeyKind = "ed25519") -> Publisher:
    """One of several publishers."""
    key = identity.new_private_key(kind, bytes([number + 1]) * 48)
    return Publisher(key, identity.self_signed_leaf(key, f"peer {number}", Validity(NOW - DAY, NOW + DAY), 7))


@cache
def issuer() -> authority.Issuer:
    """The authority of the closed group."""
    key = authority.curve_key(identity.new_private_key("p256", bytes([99]) * 48))
    return authority.Issuer(
        key, authority.new_authority(key, "Books", Validity(NOW - DAY, NOW + 99 * DAY), 1)
    )


def closed_overlay() -> OverlayId:
    """The closed group of the authority."""
    return names.overlay_id(NAME, issuer().hash)


def admission(who: Publisher, overlay: OverlayId | None = None, role: authority.Role = "member") -> bytes:
    """The leaf by which the authority admits somebody to its group, or to another overlay."""
    spki = identity.spki_of(who.key)
    validity = Validity(NOW - DAY, NOW + DAY)
    given = authority.Admission(spki, overlay or closed_overlay(), role, validity, 8)
    return authority.issue(issuer(), given)


def info(port: int = 4000, certificate: bytes | None = None) -> bytes:
    """Where a group is; a closed one has a certificate."""
    policy = "open" if certificate is None else "closed"
    contacts = (Contact("192.0.2.1", port),)
    return documents.build(GroupInfo(contacts, "Books", policy=policy, authority_certificate=certificate))


def redirect(target: bytes = b"novels") -> bytes:
    """Where an alias leads."""
    return documents.build(GroupIdRedirect(target))


def member(peer: bytes) -> bytes:
    """Who is a member."""
    return documents.build(GroupMember(peer))


def signed(who: Publisher, overlay: OverlayId = MAIN, **changes: Any) -> bytes:
    """A group-info envelope of the open group, with changes, signed by its publisher."""
    good = Envelope(INFO, NAME, OPEN, W, 600, who.leaf, info(), envelope.NOT_SIGNED)
    return envelope.sign(who.key, overlay, replace(good, **changes))


def closed_info(who: Publisher, **changes: Any) -> bytes:
    """A group-info envelope of the closed group by a peer that its authority admitted."""
    own: dict[str, Any] = {
        "slot": closed_overlay(),
        "leaf": admission(who),
        "value": info(certificate=issuer().certificate),
    }
    return signed(who, **(own | changes))


def taken(octets: bytes, wall_ms: int = W) -> Checked:
    """The envelope as a storer takes it."""
    return check(octets, MAIN, wall_ms)
