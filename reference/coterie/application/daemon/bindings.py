"""What the main overlay of a daemon is made of: peers of this protocol, or the nodes of another network.

Implements nothing of either: it is where a daemon does not have to know which of them it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from coterie.errors import LocalError
from coterie.peer import Membership, Peer, ResourceName
from coterie.runtime.station import Reader, Station
from coterie.vocabulary import Address, Now, OverlayId

if TYPE_CHECKING:
    from coterie.runtime.opendht import OpenDht

Name = Literal["own", "opendht"]


class Binding(Protocol):
    """One main overlay, of which a station is a part."""

    key: str
    """Under which name its contacts are remembered: those of another network are no peers."""

    def home(self, membership: Membership) -> tuple[Membership, ...]:
        """What the station is in from its first moment."""

    async def open(self, station: Station, membership: Membership, reader: Reader) -> None:
        """Have it followed, and be able to enter."""

    async def enter(self, station: Station, addresses: tuple[Address, ...]) -> None:
        """Be on the way in, by these; by nobody, to wait to be met."""

    def fetch(self, peer: Peer, asked: ResourceName, now: Now) -> None:
        """Find what is stored there."""

    async def leave(self, station: Station) -> None:
        """Say goodbye."""

    def address(self, station: Station) -> Address:
        """Where others enter by this part of it."""

    def greetable(self, station: Station, neighbours: tuple[Address, ...]) -> tuple[Address, ...]:
        """Where peers of this protocol are greeted to enter, of this part and its `neighbours`."""


class OwnBinding:
    """Peers of this protocol, on the port of the station."""

    def __init__(self, overlay: OverlayId, main: str) -> None:
        self.key = main
        self._overlay = overlay

    def home(self, membership: Membership) -> tuple[Membership, ...]:
        """The main overlay, to which what is kept refers."""
        return (membership,)

    async def open(self, station: Station, _membership: Membership, reader: Reader) -> None:
        """It is there since the station is."""
        station.follow(self._overlay, reader)

    async def enter(self, station: Station, addresses: tuple[Address, ...]) -> None:
        """Ask those who are there."""
        if addresses:
            station.ask(lambda peer, now: peer.join(self._overlay, addresses, now))

    def fetch(self, peer: Peer, asked: ResourceName, now: Now) -> None:
        """A lookup, and all pages."""
        peer.fetch(self._overlay, asked, now)

    async def leave(self, station: Station) -> None:
        """To each contact."""
        station.ask(lambda peer, now: peer.leave(self._overlay, now))
        await station.turn()

    def address(self, station: Station) -> Address:
        """That of the peer."""
        return station.address

    def greetable(self, station: Station, neighbours: tuple[Address, ...]) -> tuple[Address, ...]:
        """All of them."""
        return station.address, *neighbours


class OpenDhtBinding:
    """A node of OpenDHT, on a port of its own."""

    def __init__(self, overlay: OverlayId, main: str, listen: Address) -> None:
        self.key = f"opendht {main}"
        self._overlay = overlay
        self._listen = listen
        self._membership: Membership | None = None
        self._reader: Reader | None = None
        self._node: OpenDht | None = None

    def home(self, _membership: Membership) -> tuple[Membership, ...]:
        """Nothing: what is kept is recalled when the node is there."""
        return ()

    async def open(self, _station: Station, membership: Membership, reader: Reader) -> None:
        """A node begins with those whom it enters by."""
        self._membership, self._reader = membership, reader

    async def enter(self, station: Station, addresses: tuple[Address, ...]) -> None:
        """Begin the node. `LocalError` without the library, or when its address cannot be had."""
        if self._node is not None or self._membership is None or self._reader is None:
            return
        # whoever has no such main overlay need not have its library
        from coterie.runtime.opendht import Ground, OpenDht

        self._node = await OpenDht.enter(station, self._membership, Ground(self._listen, addresses))
        station.follow(self._overlay, self._reader)

    def fetch(self, peer: Peer, asked: ResourceName, now: Now) -> None:
        """Whatever anybody has put there, checked."""
        peer.foreign(self._overlay).fetch(asked, now)

    async def leave(self, _station: Station) -> None:
        """When what was put last has got there."""
        if self._node is not None:
            await self._node.leave()

    def address(self, _station: Station) -> Address:
        """That of the node."""
        if self._node is None:
            raise LocalError("the node of the main overlay has not begun yet; wait a moment")
        return self._node.address

    def greetable(self, _station: Station, _neighbours: tuple[Address, ...]) -> tuple[Address, ...]:
        """None: where nodes of OpenDHT are no peer answers."""
        return ()
