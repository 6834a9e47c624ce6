"""Names of peers, nodes, groups, overlays and resources.

Implements REQ-NAM-1 to REQ-NAM-4 and REQ-VAL-1. A peer is its key: SPKI is its DER SubjectPublicKeyInfo.
"""

from __future__ import annotations

import unicodedata
from hashlib import sha256

from coterie import registry
from coterie.errors import LocalError, RemoteError
from coterie.vocabulary import NodeId, OverlayId

OVERLAY_ID_SIZE = 16
AUTHORITY_HASH_SIZE = 32


def peer_id(spki: bytes) -> bytes:
    """The Peer-ID of a key, 32 octets. Implements REQ-NAM-1."""
    return sha256(registry.label("peer-id") + spki).digest()


def node_id(overlay: OverlayId, spki: bytes) -> NodeId:
    """The Node-ID of a key in one overlay, 32 octets. Implements REQ-NAM-2."""
    return NodeId(sha256(registry.label("node-id") + overlay + spki).digest())


def authority_hash(spki: bytes) -> bytes:
    """What a closed group is named by beside its Group-ID: the hash of its authority's key, 32 octets."""
    return sha256(spki).digest()


def check_group_id(group: bytes) -> None:
    """Refuse what is no Group-ID. Implements REQ-NAM-3; `RemoteError` with `bad-group-id`.

    Octets that are well-formed UTF-8 are text, and text has one form only: NFC. All else is binary.
    """
    # REQ-NAM-3: 1 to 255 octets; text is NFC, so that one name is not two groups.
    if not 1 <= len(group) <= registry.limit("group-id"):
        raise RemoteError("bad-group-id", requirement="REQ-NAM-3")
    try:
        text = group.decode("utf-8")
    except UnicodeDecodeError:
        return
    if not unicodedata.is_normalized("NFC", text):
        raise RemoteError("bad-group-id", requirement="REQ-NAM-3")


def overlay_id(group: bytes, authority: bytes = b"") -> OverlayId:
    """The Overlay-ID of a group, 16 octets. Implements REQ-NAM-4.

    `authority` is `authority_hash` of the group's authority, or empty where the group is open, as the main
    overlay always is. `RemoteError` with `bad-group-id`; `LocalError` for an authority of another size.
    """
    check_group_id(group)
    if authority and len(authority) != AUTHORITY_HASH_SIZE:
        raise LocalError(
            f"an authority is named by the 32 octets of its key's SHA-256, not by {len(authority)}"
        )
    named = registry.label("overlay-id") + bytes([len(group)]) + group + authority
    return OverlayId(sha256(named).digest()[:OVERLAY_ID_SIZE])


def resource_key(kind: int, name: bytes) -> bytes:
    """Where the values of a resource are stored, 32 octets. Implements REQ-VAL-1.

    `kind` is its code, below 256; `name` has at most 255 octets, and is not checked otherwise.
    """
    # REQ-VAL-1: the kind stands first, so that the kinds of one name lie apart.
    return sha256(registry.label("resource") + bytes([kind, len(name)]) + name).digest()
