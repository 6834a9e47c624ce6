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
GROUPS_MAGIC = b"coterie state 2\x00"
"""Of a peer that was in groups by their names, or had bound aliases."""
INCARNATION_SIZE = 8
LENGTH_SIZE = 4
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
    view in each group; and by main overlay its groups and aliases, in octets of their own."""

    incarnation: int
    counters: dict[OverlayId, int] = field(default_factory=dict)
    groups: dict[OverlayId, bytes] = field(default_factory=dict)

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
    counters = b"".join(rows)
    incarnation = stored.incarnation.to_bytes(INCARNATION_SIZE, "big")
    if not stored.groups:
        return DISK_MAGIC + incarnation + counters
    groups = b"".join(
        main + len(octets).to_bytes(LENGTH_SIZE, "big") + octets
        for main, octets in sorted(stored.groups.items())
    )
    length = len(counters).to_bytes(LENGTH_SIZE, "big")
    return GROUPS_MAGIC + incarnation + length + counters + groups


def decode_disk(blob: bytes | None) -> Stored:
    """What was stored; incarnation 0 where nothing was. `LocalError` for octets that this peer did not
    write."""
    if blob is None:
        return Stored(0)
    magic, rest = blob[: len(DISK_MAGIC)], blob[len(DISK_MAGIC) :]
    stored = Stored(int.from_bytes(rest[:INCARNATION_SIZE], "big"))
    rest = rest[INCARNATION_SIZE:]
    is_whole = len(blob) >= len(DISK_MAGIC) + INCARNATION_SIZE and magic in {DISK_MAGIC, GROUPS_MAGIC}
    counters, groups = (rest, b"") if magic == DISK_MAGIC else _measured(rest)
    row = OVERLAY_SIZE + COUNTER_SIZE
    if not is_whole or len(counters) % row:
        raise _foreign()
    for each in (counters[at : at + row] for at in range(0, len(counters), row)):
        stored.counters[OverlayId(each[:OVERLAY_SIZE])] = int.from_bytes(each[OVERLAY_SIZE:], "big")
    while groups:
        main, measured = OverlayId(groups[:OVERLAY_SIZE]), groups[OVERLAY_SIZE:]
        stored.groups[main], groups = _measured(measured)
    return stored


def _measured(octets: bytes) -> tuple[bytes, bytes]:
    """The octets behind a length, and the rest behind those."""
    end = LENGTH_SIZE + int.from_bytes(octets[:LENGTH_SIZE], "big")
    if len(octets) < max(end, LENGTH_SIZE):
        raise _foreign()
    return octets[LENGTH_SIZE:end], octets[end:]


def _foreign() -> LocalError:
    return LocalError("the state on disk is not that of a peer; start without it to begin a new incarnation")
