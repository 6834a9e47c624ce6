"""What a peer finds in the octets of an envelope, check after check in the order of the draft."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from cryptography import x509

from coterie_kit import registry
from coterie_kit.faults import Unreadable
from coterie_kit.keys.names import digest, overlay_id, peer_id
from coterie_kit.keys.signatures import verify
from coterie_kit.values import documents, leaf_reading
from coterie_kit.values.envelope import KINDS, Envelope, parse, signed_octets

__all__ = ["Taken", "check", "check_name", "read"]

NAMES = {code: name for name, code in KINDS.items()}
DOCUMENTS = {
    "group-info": {"group-info", "group-id-redirect"},
    "group-members": {"group-member"},
    "group-list": {"group-list-entry"},
}


@dataclass(frozen=True, slots=True)
class Taken:
    """An envelope that passed: who published it, until when it lives (ms), under which kind."""

    envelope: Envelope
    kind: str
    publisher: bytes
    expires: int
    certificate: x509.Certificate


def check_name(kind: str, name: bytes) -> None:
    """Implements REQ-VAL-4."""
    if kind == "group-list":
        good = not name
    else:
        try:
            normal = unicodedata.is_normalized("NFC", name.decode("utf-8"))
        except UnicodeDecodeError:
            normal = True
        good = normal and 1 <= len(name) <= registry.limit("group-id")
    if not good:
        raise Unreadable("bad-group-id", "name")


def check(octets: bytes, overlay: bytes, wall_ms: int) -> Taken:
    """Implements REQ-VAL-2 to REQ-VAL-11, for an envelope that is first taken at ``wall_ms``."""
    envelope = parse(octets)
    if envelope.kind not in NAMES:
        raise Unreadable("unknown-kind", "kind")
    kind = NAMES[envelope.kind]
    check_name(kind, envelope.name)
    if any(envelope.slot) == (kind == "group-members"):
        raise Unreadable("bad-slot", "slot")
    _check_numbers(envelope, wall_ms)
    expires = min(envelope.sequence, wall_ms) + 1000 * envelope.lifetime
    if expires <= wall_ms:
        raise Unreadable("expired-value", "lifetime")
    certificate = leaf_reading.check_leaf(envelope.leaf, wall_ms)
    spki = leaf_reading.spki_of(certificate)
    if not verify(spki, signed_octets(envelope.unsigned(), overlay), envelope.signature):
        raise Unreadable("bad-signature", "signature")
    return Taken(envelope, kind, peer_id(spki), expires, certificate)


def _check_numbers(envelope: Envelope, wall_ms: int) -> None:
    """Implements REQ-VAL-6 to REQ-VAL-8."""
    longest = registry.limit("lifetime")
    least = registry.limit("lifetime-least") if envelope.value else longest
    if not least <= envelope.lifetime <= longest:
        raise Unreadable("bad-lifetime", "lifetime")
    if len(envelope.value) > registry.limit("value"):
        raise Unreadable("value-too-long", "value")
    if envelope.sequence > wall_ms + registry.timer("clock-ahead"):
        raise Unreadable("future-value", "sequence")


def read(taken: Taken, wall_ms: int) -> documents.Document | None:
    """Implements REQ-VAL-12 to REQ-VAL-14; nothing for a tombstone."""
    if not taken.envelope.value:
        return None
    document = documents.parse(taken.envelope.value)
    if document["type"] not in DOCUMENTS[taken.kind]:
        raise Unreadable("wrong-document", "type")
    match taken.kind:
        case "group-info":
            _check_slot(taken, document)
        case "group-members" if bytes.fromhex(document["peer_id"]) != taken.publisher:
            raise Unreadable("publisher-mismatch", "peer-id")
    if document.get("policy") == "closed":
        authority = bytes.fromhex(document["authority_certificate"])
        leaf_reading.check_speaker(taken.certificate, taken.envelope.slot, authority, wall_ms)
    return document


def _check_slot(taken: Taken, document: documents.Document) -> None:
    """Implements REQ-VAL-13 for what is about a group."""
    authority = b""
    if document.get("authority_certificate") is not None:
        spki = leaf_reading.spki_of_authority(bytes.fromhex(document["authority_certificate"]))
        if spki is None:
            raise Unreadable("slot-mismatch", "authority-certificate")
        authority = digest(spki)
    if taken.envelope.slot != overlay_id(taken.envelope.name, authority):
        raise Unreadable("slot-mismatch", "slot")
