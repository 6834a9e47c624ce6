"""How a program wants to be connected: where it listens, what it keeps, what its groups have agreed on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from pathlib import Path
from typing import TextIO

from coterie.crypto import names
from coterie.crypto.identity import Identity
from coterie.crypto.policy import OPEN, Policy
from coterie.errors import LocalError, RemoteError
from coterie.standing import Trust
from coterie.vocabulary import Address, OverlayId

ANYWHERE = Address("127.0.0.1", 0)
SMALLEST_DATAGRAM, LARGEST_DATAGRAM = 1_200, 65_000
SUITES = (1, 2)
MANDATORY = SUITES[0]


class Service(Enum):
    """In which order, and how surely, messages are told; each receiver chooses for itself."""

    UNORDERED_UNRELIABLE = "unordered-unreliable"
    SOURCE_ORDERED_UNRELIABLE = "source-ordered-unreliable"
    SOURCE_ORDERED = "source-ordered"
    TIMESTAMP_ORDERED = "timestamp-ordered"
    SAFE = "safe"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that has a default. A group's members agree on `policy`, `max_datagram`, `signs_origin` and
    `multicast`; the rest is one's own.

    `listen` with port 0 takes a free port. `state` is a folder that survives restarts; without it the peer
    is a new one each time. `identity` is for members of closed groups. `suites` are offered, and `suite` is
    that of a group which begins here. `trace` is a folder for traces.
    """

    listen: Address = ANYWHERE
    advertise: Address | None = None
    state: Path | None = None
    identity: Identity | None = None
    policy: Policy = OPEN
    max_datagram: int = SMALLEST_DATAGRAM
    signs_origin: bool = False
    multicast: Address | None = None
    suites: tuple[int, ...] = SUITES
    suite: int = MANDATORY
    patience_s: float = 30.0
    log: TextIO | None = None
    trace: Path | None = None
    deep_trace: bool = False

    def __post_init__(self) -> None:
        if not SMALLEST_DATAGRAM <= self.max_datagram <= LARGEST_DATAGRAM:
            raise LocalError(
                f"max-datagram is {SMALLEST_DATAGRAM} to {LARGEST_DATAGRAM} octets, not {self.max_datagram}"
            )
        # REQ-SES-11: whoever does not offer it is greeted by nobody
        if MANDATORY not in self.suites or not set(self.suites) <= set(SUITES):
            raise LocalError(f"the suites are {SUITES[0]} and {SUITES[1]}; name both, or {MANDATORY} alone")
        if self.suite not in self.suites:
            raise LocalError(f"a group is created with one of the suites {self.suites}, not {self.suite}")
        if self.advertise is None and ip_address(self.listen.host).is_unspecified:
            raise LocalError(f"nobody can answer to {self.listen.host}; say where others reach it: advertise")
        if self.patience_s <= 0:
            raise LocalError("patience is a number of seconds greater than 0")

    def overlay(self, group: str) -> OverlayId:
        """The Overlay-ID of a group of that name under this policy. `LocalError` if it is no name."""
        authority = self.policy.authority
        hashed = b"" if authority is None else names.authority_hash(authority.spki)
        try:
            return names.overlay_id(group.encode(), hashed)
        except (RemoteError, UnicodeEncodeError) as refused:
            raise LocalError(
                f"{group!r} is no Group-ID: it has 1 to 255 octets, and text is NFC"
            ) from refused

    def trust(self, group: str, service: Service) -> Trust:
        """What the peer believes about that group."""
        return Trust(
            self.overlay(group), self.policy, self.suites, self.max_datagram, self.signs_origin,
            membership="group", service=service.value, multicast=self.multicast,
        )  # fmt: skip
