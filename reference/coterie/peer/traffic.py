"""What has gone over the network for one overlay: datagrams and their octets, in both directions.

Implements the field traffic of the Test interface chapter (State).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Traffic:
    """Counted since the overlay was entered. A datagram that came counts from where its overlay is known,
    whether it is refused afterwards or not."""

    frames_sent: int = 0
    octets_sent: int = 0
    frames_received: int = 0
    octets_received: int = 0

    def went(self, datagram: bytes) -> None:
        """One more was sent."""
        self.frames_sent += 1
        self.octets_sent += len(datagram)

    def came(self, datagram: bytes) -> None:
        """One more has come."""
        self.frames_received += 1
        self.octets_received += len(datagram)

    def facts(self) -> dict[str, dict[str, int]]:
        """As `inspect` shows it."""
        return {
            "sent": {"frames": self.frames_sent, "octets": self.octets_sent},
            "received": {"frames": self.frames_received, "octets": self.octets_received},
        }
