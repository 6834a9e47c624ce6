"""Frames that arrive in SEGMENTs: which address may have how many open, and for how long.

Implements REQ-FRM-29, REQ-FRM-30 and REQ-FRM-33. The pieces themselves are checked on the wire floor.
"""

from __future__ import annotations

from dataclasses import dataclass

from coterie import registry
from coterie.effects import Effect
from coterie.errors import RemoteError
from coterie.vocabulary import Address, Now
from coterie.wire.bodies import Segment
from coterie.wire.segments import Assembly

Key = tuple[Address, bytes]


@dataclass(frozen=True, slots=True)
class Open:
    """An assembly under way, and when it is dropped."""

    assembly: Assembly
    drop_at: int


class Assemblies:
    """The assemblies of one overlay, by source address and digest."""

    def __init__(self) -> None:
        self._open: dict[Key, Open] = {}

    def __len__(self) -> int:
        return len(self._open)

    def on_segment(self, body: Segment, source: Address, now: Now) -> bytes | None:
        """Keep one piece; the whole frame when it was the last one, else None.

        An assembly that turns out to be no frame is dropped, and the piece that completed it is refused.
        """
        key = (source, body.digest)
        known = self._open.get(key)
        if known is None:
            check_open(self._from(source))
        assembly = known.assembly.add(body) if known else Assembly.start(body)

        drop_at = known.drop_at if known else now.mono_ms + registry.timer("segment-open")
        if not assembly.is_complete:
            self._open[key] = Open(assembly, drop_at)
            return None
        # REQ-FRM-31: complete, it is a frame or nothing
        self._open.pop(key, None)
        return assembly.frame()

    def _from(self, source: Address) -> int:
        return sum(1 for address, _ in self._open if address == source)

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        return min((known.drop_at for known in self._open.values()), default=None)

    def fire(self, _now: Now) -> list[Effect]:
        """Drop the assembly that is open longest."""
        # REQ-FRM-30: what stays open has lost a segment
        del self._open[min(self._open, key=lambda key: self._open[key].drop_at)]
        return []

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        keys = sorted(self._open, key=lambda key: (str(key[0]), key[1]))
        return tuple(
            (str(address), name, self._open[address, name].assembly.pieces) for address, name in keys
        )


def check_open(count: int) -> None:
    """An address has not too many assemblies open."""
    # REQ-FRM-29: four of 64 KiB
    if count >= registry.limit("segment-open"):
        raise RemoteError("segment-limit", requirement="REQ-FRM-29")
