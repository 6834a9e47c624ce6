"""The shell around a peer: one UDP socket, one timer, and whoever wants to hear of events.

Nothing is decided here. A datagram or an instant goes in, effects come out and are carried out in order.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable
from typing import Any, cast

from coterie.effects import Disk, Effect, Event, Get, KeyLog, Put, Send
from coterie.errors import LocalError
from coterie.runtime import system
from coterie.runtime.driver import Driver, Outcome
from coterie.runtime.log import Log
from coterie.vocabulary import Address, NodeId

RECEIVE_BUFFER = 1 << 20
"""Octets that may wait in the socket: all members of a view may speak at once."""

MS_PER_S = 1000


class Node(asyncio.DatagramProtocol):
    """A peer on a socket. `told` is called with each event, in order, after its datagrams have left."""

    def __init__(self, driver: Driver, address: Address, log: Log, told: Callable[[Event], None]) -> None:
        self.driver = driver
        self.address = address
        """Where others reach the peer, which may be another address than the socket's own."""
        self._log = log
        self._told = told
        self._transport: asyncio.DatagramTransport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.heard_at = 0.0
        """When the last frame was accepted, by the clock of the loop."""

    # ------------------------------------------------------------ what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        # no isinstance: before Python 3.12 the transport of a socket does not inherit from DatagramTransport
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """A datagram has come."""
        host, port = str(addr[0]), int(addr[1])
        origin = Address(str(ipaddress.ip_address(host)), port)
        self._tick()
        outcome = self.driver.deliver(data, origin, self.address)
        self._log.received(data, origin, outcome.refusal)
        if outcome.refusal is None:
            self.heard_at = asyncio.get_running_loop().time()
        self._carry_out(outcome)

    def error_received(self, exc: Exception) -> None:
        """The system says that a datagram could not be delivered; the timers say what that means."""
        self._log.note(f"{type(exc).__name__}: {exc}")

    # ------------------------------------------------------------ what the program calls

    def greet(self, to: Address) -> None:
        """Begin a handshake."""
        self._tick()
        self._carry_out(self.driver.greet(to))

    def install(self, members: tuple[NodeId, ...], suite: int) -> None:
        """Propose a view."""
        self._tick()
        self._carry_out(self.driver.install(members, suite))

    def send(self, payload: bytes) -> None:
        """Send a message to the view."""
        self._tick()
        self._carry_out(self.driver.send(payload))

    def close(self) -> None:
        """Leave the network."""
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.close()

    # ------------------------------------------------------------ inside

    def _tick(self) -> None:
        self._carry_out(self.driver.tick(system.read_clocks()))

    def _carry_out(self, outcome: Outcome) -> None:
        events = [event for effect in outcome.effects if (event := self._perform(effect)) is not None]
        self._arm()
        for event in events:
            self._told(event)

    def _perform(self, effect: Effect) -> Event | None:
        match effect:
            case Send(_, to, datagram):
                self._log.sent(datagram, to)
                if self._transport is not None and not self._transport.is_closing():
                    self._transport.sendto(datagram, (to.host, to.port))
            case Event():
                self._log.event(effect)
                return effect
            case KeyLog() | Disk():
                # a peer in service tells nobody its keys; what it keeps was written before the socket was
                # opened
                pass
            case Put() | Get():
                raise TypeError("this peer has entered no foreign main overlay")
        return None

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        wake = self.driver.peer.next_wake()
        if wake is not None:
            delay = max(0, wake - system.read_clocks().mono_ms) / MS_PER_S
            self._timer = asyncio.get_running_loop().call_later(delay, self._tick)


async def open_node(node: Node, listen: Address) -> Node:
    """Open the socket of a node. `LocalError` when the address cannot be had."""
    loop = asyncio.get_running_loop()
    try:
        await loop.create_datagram_endpoint(lambda: node, local_addr=(listen.host, listen.port))
    except OSError as taken:
        raise LocalError(
            f"cannot listen on {listen}: {taken.strerror or taken}; choose another address"
        ) from taken
    return node
