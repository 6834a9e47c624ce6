"""How often each peer may ask in a second.

Implements REQ-OVL-11.
"""

from __future__ import annotations

from coterie import registry
from coterie.errors import RemoteError
from coterie.vocabulary import NodeId, Now

SECOND_MS = 1000


class Rates:
    """The requests of this second by signer. Of at most as many signers as sessions are they counted: whoever
    asked first in the second gives way."""

    def __init__(self) -> None:
        self._second = 0
        self._counts: dict[NodeId, int] = {}

    def count(self, signer: NodeId, now: Now) -> None:
        """One more request; `RemoteError` when it is one too many. What was refused here is not counted."""
        second = second_of(now.mono_ms)
        if second != self._second:
            self._second = second
            self._counts.clear()
        check_rate(self._counts.get(signer, 0))

        if signer not in self._counts and len(self._counts) >= registry.limit("sessions"):
            del self._counts[next(iter(self._counts))]
        self._counts[signer] = self._counts.get(signer, 0) + 1


def second_of(mono_ms: int) -> int:
    """The second that an instant of the monotonic clock belongs to."""
    # REQ-OVL-11: floor(m / 1,000)
    return mono_ms // SECOND_MS


def check_rate(handled: int) -> None:
    """The signer has not had as many requests handled as one may in a second."""
    # REQ-OVL-11: before the body is looked at
    if handled >= registry.limit("requests-a-second"):
        raise RemoteError("too-many-requests", requirement="REQ-OVL-11")
