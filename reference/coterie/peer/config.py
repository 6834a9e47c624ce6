"""What a peer is given when it starts: its identity, its address, what it trusts, and what it kept on disk.

Implements REQ-SES-8 for the octets on disk.
"""

from __future__ import annotations

from dataclasses import dataclass

from coterie.crypto.identity import Identity
from coterie.errors import LocalError
from coterie.standing import Trust
from coterie.vocabulary import Address

DISK_MAGIC = b"coterie state 1\x00"
INCARNATION_SIZE = 8


@dataclass(frozen=True, slots=True)
class Membership:
    """One overlay that the peer is in. `identity` has the key of the peer, and the leaf that it shows
    there."""

    identity: Identity
    trust: Trust


@dataclass(frozen=True, slots=True)
class PeerConfig:
    """A peer to be started. `address` is where others reach it; `disk` what an earlier life left, None for a
    first."""

    address: Address
    overlays: tuple[Membership, ...]
    disk: bytes | None = None
    grease: bool = True


def encode_disk(incarnation: int) -> bytes:
    """What the next life of a peer has to know of this one."""
    return DISK_MAGIC + incarnation.to_bytes(INCARNATION_SIZE, "big")


def decode_disk(blob: bytes | None) -> int:
    """The incarnation stored, 0 where none is. `LocalError` for octets that this peer did not write."""
    if blob is None:
        return 0
    if not blob.startswith(DISK_MAGIC) or len(blob) != len(DISK_MAGIC) + INCARNATION_SIZE:
        raise LocalError(
            "the state on disk is not that of a peer; start without it to begin a new incarnation"
        )
    return int.from_bytes(blob[len(DISK_MAGIC) :], "big")
