"""What a peer is given when it starts: its identity, its address, what it trusts, and what it kept on disk.

Implements REQ-SES-8 and REQ-VIE-26 for the octets on disk.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from coterie.crypto.identity import Identity
from coterie.effects import Disk
from coterie.errors import LocalError
from coterie.standing import Trust
from coterie.vocabulary import Address, OverlayId

DISK_MAGIC = b"coterie state 1\x00"
INCARNATION_SIZE = 8
OVERLAY_SIZE = 16
COUNTER_SIZE = 8


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


@dataclass(slots=True)
class Stored:
    """What the next life of a peer has to know of this one: its incarnation, and the greatest counter of a
    view in each group."""

    incarnation: int
    counters: dict[OverlayId, int] = field(default_factory=dict)

    def learn(self, overlay: OverlayId, counter: int) -> None:
        """That counter was seen there; what is kept next has it."""
        self.counters[overlay] = max(counter, self.counters.get(overlay, 0))

    def keep(self, overlay: OverlayId, counter: int) -> Disk:
        """A view with that counter was installed."""
        # REQ-VIE-26: so that no later life takes it for new
        self.learn(overlay, counter)
        return Disk(encode_disk(self))


def encode_disk(stored: Stored) -> bytes:
    """The octets to keep."""
    rows = (
        overlay + stored.counters[overlay].to_bytes(COUNTER_SIZE, "big")
        for overlay in sorted(stored.counters)
    )
    return DISK_MAGIC + stored.incarnation.to_bytes(INCARNATION_SIZE, "big") + b"".join(rows)


def decode_disk(blob: bytes | None) -> Stored:
    """What was stored; incarnation 0 where nothing was. `LocalError` for octets that this peer did not
    write."""
    if blob is None:
        return Stored(0)
    rest = blob[len(DISK_MAGIC) + INCARNATION_SIZE :]
    row = OVERLAY_SIZE + COUNTER_SIZE
    is_whole = len(blob) >= len(DISK_MAGIC) + INCARNATION_SIZE and len(rest) % row == 0
    if not blob.startswith(DISK_MAGIC) or not is_whole:
        raise LocalError(
            "the state on disk is not that of a peer; start without it to begin a new incarnation"
        )
    rows = [rest[at : at + row] for at in range(0, len(rest), row)]
    counters = {OverlayId(each[:OVERLAY_SIZE]): int.from_bytes(each[OVERLAY_SIZE:], "big") for each in rows}
    return Stored(int.from_bytes(blob[len(DISK_MAGIC) :][:INCARNATION_SIZE], "big"), counters)
