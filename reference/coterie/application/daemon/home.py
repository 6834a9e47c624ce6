"""Where a daemon lives: its folder, its main overlay, and how it gets into it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, TextIO

from coterie import registry
from coterie.application.daemon.bindings import Binding, Name, OpenDhtBinding, OwnBinding
from coterie.application.settings import ANYWHERE
from coterie.crypto import names
from coterie.crypto.identity import Identity
from coterie.crypto.policy import OPEN
from coterie.errors import LocalError, RemoteError
from coterie.standing import Trust
from coterie.vocabulary import Address, OverlayId

MAIN = "coterie"
"""The main overlay of whoever names none."""

CONTROL = "control"
"""The socket, in the folder of the state."""


@dataclass(frozen=True, slots=True)
class Home:
    """Everything that a daemon is started with. `state` is the folder of what survives a restart; `enter` are
    peers of the main overlay, none for the first one. `listen` is None for where the life before listened.
    A `client` asks others and keeps nothing for them; `hosts` is how many groups at a time are created for
    others. `binding` says what the main overlay is made of, and
    `main_listen` where its part of another network listens."""

    state: Path
    main: str = MAIN
    enter: tuple[Address, ...] = ()
    role: Literal["peer", "client"] = "peer"
    listen: Address | None = None
    advertise: Address | None = None
    name: str = "anonymous"
    identity: Identity | None = None
    control: Path | None = None
    log: TextIO | None = None
    trace: Path | None = None
    hosts: int = 0
    binding: Name = "own"
    main_listen: Address = ANYWHERE

    def __post_init__(self) -> None:
        most = registry.limit("hosted-groups")
        if not 0 <= self.hosts <= most:
            raise LocalError(f"a peer creates {most} groups for others at most; give --hosts 0 to {most}")
        if self.hosts and self.role == "client":
            raise LocalError("a client is not asked to create groups; leave --hosts out, or --client")
        if self.listen is not None and self.advertise is None and ip_address(self.listen.host).is_unspecified:
            raise LocalError(
                f"nobody can answer to {self.listen.host}; say where others reach it: --advertise"
            )

    @property
    def socket(self) -> Path:
        """Where it is asked for something."""
        return self.control or self.state / CONTROL

    @property
    def overlay(self) -> OverlayId:
        """The main overlay. `LocalError` for a name that is none."""
        try:
            return names.overlay_id(self.main.encode())
        except (RemoteError, UnicodeEncodeError) as refused:
            raise LocalError(
                f"{self.main!r} is no name of a main overlay: it has 1 to 255 octets, and text is NFC"
            ) from refused

    def bind(self) -> Binding:
        """What it is in."""
        if self.binding == "opendht":
            return OpenDhtBinding(self.overlay, self.main, self.main_listen)
        return OwnBinding(self.overlay, self.main)

    @property
    def trust(self) -> Trust:
        """What the peer believes about the main overlay, which is always open."""
        return Trust(self.overlay, OPEN, membership="none", role=self.role, hosts=self.hosts)
