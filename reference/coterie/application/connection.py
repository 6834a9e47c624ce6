"""A program's connection to its groups: one peer on one socket, under one name."""

from __future__ import annotations

from coterie.application.group import Group
from coterie.application.settings import Settings
from coterie.application.told import Member
from coterie.crypto import certificate, usage
from coterie.crypto.der import MalformedDer
from coterie.crypto.identity import Identity
from coterie.errors import LocalError
from coterie.runtime.folder import Kept, StateFolder, passing_identity
from coterie.runtime.log import Log
from coterie.runtime.ports import Unicast
from coterie.runtime.station import Past, Station
from coterie.vocabulary import Address, NodeId, OverlayId

DEFAULT_NAME = "anonymous"


class Connection:
    """`set_name`, `connect`, then groups; `disconnect` leaves them all."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.name = DEFAULT_NAME
        self._groups: dict[str, Group] = {}
        self._station: Station | None = None
        self._folder: StateFolder | None = None
        self._identity: Identity | None = None

    def set_name(self, name: str) -> None:
        """The name that others are shown. `LocalError` when the connection stands already."""
        if self._station is not None:
            raise LocalError("a name is set before connect; disconnect first")
        self.name = name

    async def connect(self) -> None:
        """Open the socket and take up the state that an earlier life has left."""
        if self._station is not None:
            raise LocalError("this connection stands already; use it, or disconnect first")
        settings = self.settings
        folder = None if settings.state is None else StateFolder(settings.state)
        try:
            self._identity = settings.identity or (
                passing_identity(self.name) if folder is None else folder.identity(self.name)
            )
            past = Past() if folder is None else Past(folder.blob, folder.keep)
            log = Log(settings.log)
            if folder is not None and folder.kept == "lost":
                log.note(f"the state in {folder.path} is damaged and counts as lost")
            self._station = open_station(settings, past, log)
        except BaseException:
            if folder is not None:
                folder.close()
            raise
        self._folder = folder

    async def disconnect(self) -> None:
        """Leave all groups and close the socket. Nothing happens when there is no connection."""
        station = self._station
        if station is None:
            return
        try:
            for group in self._groups.values():
                await group.leave()
        finally:
            self._station = None
            self._groups.clear()
            station.close()
            if self._folder is not None:
                self._folder.close()

    def group(self, name: str) -> Group:
        """The group of that name; always the same object for one name."""
        known = self._groups.get(name)
        if known is None:
            known = Group(self)
            known.set_name(name)
        return known

    # ------------------------------------------------------------ what groups use

    @property
    def station(self) -> Station:
        """The peer at work. `LocalError` without a connection."""
        if self._station is None:
            raise LocalError("there is no connection; connect first")
        return self._station

    @property
    def identity(self) -> Identity:
        """The key and leaf of the peer. `LocalError` without a connection."""
        if self._identity is None:
            raise LocalError("there is no connection; connect first")
        return self._identity

    @property
    def address(self) -> Address:
        """Where others reach this peer: a contact for those who want to join its groups."""
        return self.station.address

    @property
    def state(self) -> Kept:
        """What became of the state of the life before: first, kept or lost."""
        return "first" if self._folder is None else self._folder.kept

    def named(self, group: Group, name: str) -> None:
        """A group has got its name. `LocalError` when another object has that one."""
        if name in self._groups:
            raise LocalError(f"this connection has a group {name!r} already; get it with connection.group()")
        self._groups[name] = group

    def contacts(self, group: str) -> tuple[Address, ...]:
        """Where the other members of a group were in the life before."""
        return () if self._folder is None else self._folder.contacts(group)

    def seen(self, group: str, overlay: OverlayId, members: tuple[Member, ...]) -> None:
        """A membership was told: remember where the others are, unless there are none."""
        if self._folder is not None:
            nodes = {member.node for member in members}
            sessions = self.station.peer.inspect(overlay)["sessions"]
            known = tuple(session["address"] for session in sessions if session["node"] in nodes)
            if known:
                self._folder.keep_contacts(group, known)

    def member(self, overlay: OverlayId, node: NodeId) -> Member:
        """A member with the name that its leaf carries, as far as its leaf has been seen."""
        leaf = self.station.peer.leaf(overlay, node)
        return Member(node, "" if leaf is None else name_in(leaf))


def open_station(settings: Settings, past: Past, log: Log) -> Station:
    """A peer on a socket of its own, or neither of them."""
    port = Unicast(settings.listen)
    try:
        return Station(port, settings.advertise, past, log)
    except BaseException:
        port.close()
        raise


def name_in(leaf: bytes) -> str:
    """The first name of a leaf, for people to read; empty when there is none."""
    try:
        shown = usage.printable_names(certificate.parse(leaf))
    except MalformedDer:
        return ""
    return shown[0] if shown else ""
