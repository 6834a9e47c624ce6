"""Envelopes of puppets, and the pages in which those who keep them hand them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from coterie_kit import registry
from coterie_kit.judge import Judge
from coterie_kit.keys.names import peer_id
from coterie_kit.puppets import Puppet
from coterie_kit.values.envelope import KINDS, Envelope, parse, resource_key

__all__ = ["DAY", "LIST", "key_of", "listed", "make", "page", "place", "publisher_of", "tombstone"]

DAY = registry.limit("lifetime")
LIST = "group-list"
MEMBERS = "group-members"


def make(who: Puppet, sequence: int, **fields: Any) -> bytes:
    """An envelope of a puppet: a row of the list of groups, unless ``fields`` say otherwise.

    ``kind`` is the name of one; whatever is given is taken, however wrong.
    """
    overlay = fields.pop("overlay", who.overlay)
    key = fields.pop("key", who.key)
    kind = fields.pop("kind", LIST)
    usual: dict[str, Any] = {
        "kind": KINDS.get(kind, kind) if isinstance(kind, str) else kind,
        "name": b"",
        "slot": b"\x01" * 16,
        "sequence": sequence,
        "lifetime": 3600,
        "leaf": who.leaf,
        "value": b"a value",
    }
    return Envelope(**(usual | fields)).signed(key, overlay).octets()


def tombstone(who: Puppet, sequence: int, **fields: Any) -> bytes:
    """An envelope that withdraws."""
    return make(who, sequence, **({"value": b"", "lifetime": DAY} | fields))


def publisher_of(envelope: bytes) -> bytes:
    """The Peer-ID of whoever published an envelope."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = x509.load_der_x509_certificate(parse(envelope).leaf).public_key()
    return peer_id(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def key_of(envelope: bytes) -> bytes:
    """The resource key of an envelope."""
    read = parse(envelope)
    return resource_key(read.kind, read.name)


def place(envelope: bytes) -> tuple[bytes, bytes]:
    """Where an envelope stands among those of its resource."""
    return publisher_of(envelope), parse(envelope).slot


def page(kept: Iterable[bytes], asked: Mapping[str, Any]) -> tuple[list[bytes], int]:
    """What an honest peer that keeps ``kept`` answers to the body of a FETCH. Implements REQ-OVL-19."""
    newest: dict[tuple[bytes, bytes], bytes] = {}
    for each in kept:
        if key_of(each) == asked["key"]:
            newest[place(each)] = each
    behind = [newest[at] for at in sorted(newest) if at > (asked["publisher"], asked["slot"])]
    rows: list[bytes] = []
    for each in behind[: registry.limit("page-values")]:
        if sum(map(len, [*rows, each])) > registry.limit("page-octets"):
            break
        rows.append(each)
    return rows, int(len(rows) < len(behind))


def listed(judge: Judge, who: Puppet, sequence: int, count: int) -> list[bytes]:
    """So many values of a puppet in the list of groups, by ascending slots."""
    slots = sorted(judge.octets(16) for _ in range(count))
    return [make(who, sequence, slot=slot, value=judge.octets(9)) for slot in slots]
