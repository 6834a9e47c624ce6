"""An envelope field by field: what is signed, what is stored, and under which key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from coterie_kit import registry
from coterie_kit.faults import Unreadable
from coterie_kit.keys.names import digest, label
from coterie_kit.keys.signatures import SigningKey

__all__ = ["KINDS", "SIGNATURE", "Envelope", "parse", "resource_key", "signed_octets"]

KINDS: Mapping[str, int] = {row["name"]: row["code"] for row in registry.tables()["kind"]}
SIGNATURE = 64


@dataclass(frozen=True, slots=True)
class Envelope:
    """The fields of an envelope; ``slot`` has 16 octets, ``sequence`` is in ms, ``lifetime`` in s."""

    kind: int
    name: bytes
    slot: bytes
    sequence: int
    lifetime: int
    leaf: bytes
    value: bytes
    signature: bytes = bytes(SIGNATURE)

    def changed(self, **changes: Any) -> Envelope:
        """The same envelope but for ``changes``; its signature is not made anew."""
        return replace(self, **changes)

    def unsigned(self) -> bytes:
        """All octets before the signature."""
        return b"".join(
            (
                bytes([self.kind, len(self.name)]),
                self.name,
                self.slot,
                self.sequence.to_bytes(8, "big"),
                self.lifetime.to_bytes(4, "big"),
                len(self.leaf).to_bytes(2, "big"),
                self.leaf,
                len(self.value).to_bytes(2, "big"),
                self.value,
            )
        )

    def octets(self) -> bytes:
        """The envelope as it is stored."""
        return self.unsigned() + self.signature

    def signed(self, key: SigningKey, overlay: bytes) -> Envelope:
        """The envelope with the signature of ``key`` for the overlay in which it is stored."""
        return self.changed(signature=key.sign(signed_octets(self.unsigned(), overlay)))


def signed_octets(unsigned: bytes, overlay: bytes) -> bytes:
    """What the signature covers. Implements REQ-VAL-11."""
    return label("envelope") + overlay + unsigned


def resource_key(kind: int, name: bytes) -> bytes:
    """Where a resource is in the space of Node-IDs, 32 octets. Implements REQ-VAL-1."""
    return digest(label("resource"), bytes([kind, len(name)]), name)


def parse(octets: bytes) -> Envelope:
    """The fields, if ``octets`` are exactly them. Unreadable otherwise. Implements REQ-VAL-2."""
    at = 0

    def take(size: int, field: str) -> bytes:
        nonlocal at
        if size > len(octets) - at:
            raise Unreadable("bad-envelope", field)
        at += size
        return octets[at - size : at]

    def number(size: int, field: str) -> int:
        return int.from_bytes(take(size, field), "big")

    kind = number(1, "kind")
    name = take(number(1, "name_length"), "name")
    slot, sequence, lifetime = take(16, "slot"), number(8, "sequence"), number(4, "lifetime")
    leaf = take(number(2, "leaf_length"), "leaf")
    value = take(number(2, "value_length"), "value")
    signature = take(SIGNATURE, "signature")
    if at != len(octets):
        raise Unreadable("bad-envelope", "signature")
    return Envelope(kind, name, slot, sequence, lifetime, leaf, value, signature)
