"""Where datagrams come in and leave: one port, by unicast alone or with an ear for a multicast address.

Implements the two transports of the Multicast chapter. A port never waits: whoever has it is told by the
event loop when one of its sockets can be read, and then reads until nothing is left.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from coterie.errors import LocalError
from coterie.vocabulary import Address

RECEIVE_BUFFER = 4 << 20
"""Octets that may wait in a socket: all members of a view may speak at once."""

LONGEST = 65_536
"""Octets read at once: no UDP datagram is longer."""

MOST_WAITING = 4096
"""Datagrams that wait for the system to take them; more are lost, as on any network."""

MOST_ORIGINS = 4096
"""Addresses whose text is remembered; then they are read anew."""

HOPS = 1
"""How many routers a multicast datagram passes, and one: none."""

FORCED_BUFFER = 33
"""SO_RCVBUFFORCE of Linux, which the socket module has no name for."""

INTERFACES = Path("/proc/net/if_inet6")
"""Where Linux lists its IPv6 addresses: address, then the interface's index, both in hexadecimal."""

Arrival = tuple[bytes, Address]


class Port(Protocol):
    """What a node needs of a network. `address` is where the port can be reached."""

    address: Address

    @property
    def lost(self) -> int:
        """Datagrams that could not be sent."""
        ...

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        """The sockets to watch for reading."""
        ...

    def receive(self) -> Arrival | None:
        """The next datagram and where it comes from; None when nothing has arrived."""
        ...

    def send(self, datagram: bytes, to: Address) -> bool:
        """Hand over one datagram. False when it has to wait until the first socket can be written."""
        ...

    def resume(self) -> bool:
        """Hand over what had to wait; whether all of it is gone."""
        ...

    def close(self) -> None:
        """Give the addresses back."""
        ...


class Unicast:
    """One UDP socket: every datagram goes to one member."""

    def __init__(self, listen: Address) -> None:
        """`LocalError` when the address cannot be had. Port 0 takes a free one."""
        self._socket = bound(listen)
        self.address = Address(listen.host, self._socket.getsockname()[1])
        self.lost = 0
        self._waiting: deque[Arrival] = deque()
        self._origins: dict[tuple[str, int], Address] = {}

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        """The one socket."""
        return (self._socket,)

    def receive(self) -> Arrival | None:
        """The next datagram, if one has come."""
        return self.read(self._socket)

    def read(self, ear: socket.socket) -> Arrival | None:
        """The next datagram at a socket."""
        try:
            data, origin = ear.recvfrom(LONGEST)
        except (BlockingIOError, ConnectionError):
            # the latter: an earlier datagram of ours met a closed port; the timers say what that means
            return None
        known = self._origins.get(origin[:2])
        if known is None:
            if len(self._origins) >= MOST_ORIGINS:
                self._origins.clear()
            known = Address(str(ipaddress.ip_address(origin[0].partition("%")[0])), origin[1])
            self._origins[origin[:2]] = known
        return data, known

    def send(self, datagram: bytes, to: Address) -> bool:
        """One datagram to one address; what cannot be sent at all is lost."""
        if self._waiting:
            return self._wait(datagram, to)
        try:
            self._socket.sendto(datagram, to)
        except BlockingIOError:
            return self._wait(datagram, to)
        except OSError:
            # no route, too long for the link, refused by a filter: to the protocol all of it is loss
            self.lost += 1
        return True

    def _wait(self, datagram: bytes, to: Address) -> bool:
        if len(self._waiting) >= MOST_WAITING:
            self.lost += 1
        else:
            self._waiting.append((datagram, to))
        return False

    def resume(self) -> bool:
        """Send what waited, as far as the system takes it."""
        waiting, self._waiting = self._waiting, deque()
        while waiting:
            if not self.send(*waiting[0]):
                self._waiting = waiting
                return False
            waiting.popleft()
        return True

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class Multicast:
    """A port that also hears what is sent to a multicast address; several can be put around one another."""

    def __init__(self, around: Unicast | Multicast, group: Address) -> None:
        self._around = around
        self.address: Address = around.address
        self._ear = listening(group, self.address)
        speak_to_groups(around.sockets[0], self.address)

    @property
    def lost(self) -> int:
        """Datagrams that could not be sent."""
        return self._around.lost

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        """The socket for unicast, then one for each multicast address."""
        return (*self._around.sockets, self._ear)

    def receive(self) -> Arrival | None:
        """The next datagram of either kind."""
        return self._around.receive() or self.read(self._ear)

    def read(self, ear: socket.socket) -> Arrival | None:
        """The next datagram at a socket."""
        return self._around.read(ear)

    def send(self, datagram: bytes, to: Address) -> bool:
        """One datagram to one member or to all of a group, from the same address."""
        return self._around.send(datagram, to)

    def resume(self) -> bool:
        """Send what waited."""
        return self._around.resume()

    def close(self) -> None:
        """Leave the multicast address and close everything."""
        self._ear.close()
        self._around.close()


def family_of(address: Address) -> socket.AddressFamily:
    """IPv4 or IPv6."""
    return socket.AF_INET6 if ":" in address.host else socket.AF_INET


def bound(listen: Address) -> socket.socket:
    """A socket that is bound and never blocks. `LocalError` when the address cannot be had."""
    opened = socket.socket(family_of(listen), socket.SOCK_DGRAM)
    opened.setblocking(False)
    widen(opened)
    try:
        opened.bind((listen.host, listen.port))
    except OSError as taken:
        opened.close()
        raise LocalError(
            f"cannot listen on {listen}: {taken.strerror or taken}; choose another address"
        ) from taken
    return opened


def widen(opened: socket.socket) -> None:
    """Ask for a large receive buffer; the system may grant less."""
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    if sys.platform == "linux":
        # beyond the limit of the system only for the privileged; all others keep what they were granted
        with suppress(PermissionError):
            opened.setsockopt(socket.SOL_SOCKET, FORCED_BUFFER, RECEIVE_BUFFER)


def listening(group: Address, own: Address) -> socket.socket:
    """A socket that hears a multicast address on the interface of `own`. `LocalError` when it cannot."""
    if not ipaddress.ip_address(group.host).is_multicast or not group.port:
        raise LocalError(f"{group} is no multicast address with a port; write one such as 239.1.2.3:4500")
    if family_of(group) != family_of(own):
        raise LocalError(
            f"{group} and {own} are of different IP versions; listen on an address like the group's"
        )
    ear = socket.socket(family_of(group), socket.SOCK_DGRAM)
    ear.setblocking(False)
    widen(ear)
    # every member of the group on this machine hears the same address
    ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        if family_of(group) == socket.AF_INET:
            ear.bind((group.host, group.port))
            request = socket.inet_aton(group.host) + socket.inet_aton(own.host)
            ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
        else:
            request = socket.inet_pton(socket.AF_INET6, group.host) + struct.pack("@I", interface_of(own))
            ear.bind((group.host, group.port, 0, interface_of(own)))
            ear.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)
    except OSError as refused:
        ear.close()
        raise LocalError(
            f"cannot hear the multicast address {group}: {refused.strerror or refused}; "
            "give the machine a route for it, or do without --multicast"
        ) from refused
    return ear


def interface_of(own: Address) -> int:
    """The index of the interface that has an IPv6 address; 0, which the system chooses for, if unknown."""
    wanted = ipaddress.ip_address(own.host).packed.hex()
    for line in INTERFACES.read_text().splitlines() if INTERFACES.exists() else ():
        address, index, *_ = line.split()
        if address == wanted:
            return int(index, 16)
    return 0


def speak_to_groups(opened: socket.socket, own: Address) -> None:
    """Let multicast leave by the interface of `own`, not farther than the link, and reach this machine
    too."""
    if family_of(own) == socket.AF_INET:
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own.host))
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, HOPS)
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
    else:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, interface_of(own))
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, HOPS)
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 1)
