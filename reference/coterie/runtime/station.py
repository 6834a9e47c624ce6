"""A peer at work in its groups: a port, a timer, and whoever wants to hear of events.

Nothing is decided here. Everything that has arrived goes in, then the time, once; then what has come of it is
written to the trace, carried out in order, and told. So one turn packs messages and joins acknowledgements.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from coterie.effects import Disk, Effect, Event, Get, Put, Send
from coterie.errors import RemoteError
from coterie.peer import Membership, Peer, PeerConfig
from coterie.runtime import system
from coterie.runtime.chronicle import Chronicle
from coterie.runtime.log import Log
from coterie.runtime.ports import Multicast, Unicast
from coterie.traces import Trace
from coterie.vocabulary import Address, NodeId, Now, OverlayId
from coterie.wire.frames import read_header

MOST_AT_ONCE = 64
"""Datagrams that are read before the time goes on: a flood must not keep the timers waiting. Of the longest,
full of short messages, they take some 50 ms."""

STOCK_MS = 10_000
"""How often a trace says what a peer keeps."""

MS_PER_S = 1000

Told = Callable[[list[Event]], None]
Failed = Callable[[str], None]
Keep = Callable[[bytes], None]
Welcome = Callable[[OverlayId], "Reader"]
"""Who follows an overlay that the peer has come into by itself."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who follows one overlay: the application, and the trace where one is kept."""

    told: Told
    failed: Failed
    trace: Trace | None = None
    chronicle: Chronicle | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What an earlier life left, and where this one keeps what the next must know. `home` is the overlays
    that the peer is in from its first moment, because what is kept refers to them."""

    blob: bytes | None = None
    keep: Keep | None = None
    home: tuple[Membership, ...] = ()


class Store(Protocol):
    """What keeps a foreign main overlay. It tells the peer in a later turn of the loop what came of an
    effect."""

    def carry_out(self, effect: Put | Get) -> None:
        """Put or get."""

    def abandon(self) -> None:
        """Be gone at once."""


class Station:
    """One peer on one port, in any number of overlays. It belongs to the event loop that it is opened in."""

    def __init__(self, port: Unicast | Multicast, advertise: Address | None, past: Past, log: Log) -> None:
        self.port: Unicast | Multicast = port
        self.log = log
        self._keep = past.keep
        self._own = advertise or port.address
        self._readers: dict[OverlayId, Reader] = {}
        self._stores: dict[OverlayId, Store] = {}
        self._welcome: Welcome | None = None
        self._turned: list[asyncio.Future[None]] = []
        self._flushing = False
        self._asked_at = system.read_clocks()
        self._deep = False
        self._next_stock = 0
        self._writing = False
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for = 0
        self._loop = asyncio.get_running_loop()
        self._closed = False
        config = PeerConfig(self._own, past.home, past.blob)
        self.peer = Peer(config, system.read_clocks(), system.draw)
        if past.home:
            # a peer that comes back has something to tell at once, when somebody follows it
            self.flush()
        else:
            self._carry_out(self.peer.effects())
        for each in port.sockets:
            self._loop.add_reader(each.fileno(), self._readable)

    @property
    def address(self) -> Address:
        """Where others reach the peer."""
        return self._own

    # ------------------------------------------------------------ what the program calls

    def enter(self, membership: Membership) -> OverlayId:
        """Be in one more overlay, and hear its multicast address if it has one."""
        group = membership.trust.multicast
        if group is not None:
            self._hear(group)
        return self.peer.enter(membership)

    def enter_foreign(self, membership: Membership, store: Store) -> OverlayId:
        """Have one more main overlay, which `store` keeps."""
        overlay = self.ask(lambda peer, now: peer.enter_foreign(membership, now))
        self._stores[overlay] = store
        return overlay

    def _hear(self, group: Address) -> None:
        watched = set(self.port.sockets)
        self.port = Multicast(self.port, group)
        for each in self.port.sockets:
            if each not in watched:
                self._loop.add_reader(each.fileno(), self._readable)

    def follow(self, overlay: OverlayId, reader: Reader) -> None:
        """Have the events of an overlay told to `reader`, batch by batch."""
        self._readers[overlay] = reader
        self._deep = self._deep or (reader.trace is not None and reader.trace.deep)

    def forget(self, overlay: OverlayId) -> None:
        """Nobody follows that overlay any more."""
        reader = self._readers.pop(overlay, None)
        if reader is not None and reader.chronicle is not None:
            reader.chronicle.close()

    def follow_others(self, welcome: Welcome) -> None:
        """Have somebody follow each overlay in which something happens, and which nobody follows yet."""
        self._welcome = welcome

    def keep_no_more(self) -> None:
        """What happens from now on is not for the next life: that begins where this one is at this moment."""
        self._keep = None

    def ask(self, verb: Callable[[Peer, Now], T]) -> T:
        """Let the peer do something now. What comes of it leaves at the end of this turn of the loop."""
        answer = verb(self.peer, system.read_clocks())
        self.flush()
        return answer

    def send(self, overlay: OverlayId, payload: bytes, *, proxy: bool = False) -> None:
        """Queue one message. `NoRoomError` when as much waits as may; `turn` says when to try again."""
        # what is asked in one turn of the loop is asked at one time
        self.flush()
        self.peer.send(overlay, payload, self._asked_at, proxy=proxy)

    def flush(self) -> None:
        """Let everything that was asked for leave, once the program has had its turn."""
        if not self._flushing:
            self._flushing = True
            self._asked_at = system.read_clocks()
            self._loop.call_soon(self._flush)

    async def turn(self) -> None:
        """Wait until the peer has done something more."""
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._turned.append(waiter)
        await waiter

    def node(self, overlay: OverlayId) -> NodeId:
        """The peer's Node-ID in an overlay."""
        return self.peer.node(overlay)

    def close(self) -> None:
        """Be gone from the network."""
        if self._closed:
            return
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for each in self.port.sockets:
            self._loop.remove_reader(each.fileno())
            self._loop.remove_writer(each.fileno())
        self.port.close()
        for store in self._stores.values():
            store.abandon()
        for reader in self._readers.values():
            if reader.chronicle is not None:
                reader.chronicle.close()
        self._release()

    # ------------------------------------------------------------ what the loop calls

    def _readable(self) -> None:
        now = system.read_clocks()
        receive, take, own = self.port.receive, self.peer.receive_datagram, self._own
        for _ in range(MOST_AT_ONCE):
            arrival = receive()
            if arrival is None:
                break
            refusal = None
            try:
                take(*arrival, own, now)
            except RemoteError as refused:
                refusal = refused
            if self.log.is_open:
                self.log.received(*arrival, refusal)
            if self._deep:
                # a deep trace has what was opened in its place among what came of it
                if refusal is None:
                    self._opened(arrival[0])
                self._act(self.peer.effects())
                if self._closed:
                    return
        self._turn(now)

    def _flush(self) -> None:
        self._flushing = False
        self._turn(system.read_clocks())

    def _due(self) -> None:
        self._timer = None
        self._turn(system.read_clocks())

    def _writable(self) -> None:
        if self.port.resume():
            self._writing = False
            self._loop.remove_writer(self.port.sockets[0].fileno())

    # ------------------------------------------------------------ inside

    def _turn(self, now: Now) -> None:
        if self._closed:
            return
        self.peer.handle_timers(now)
        self._act(self.peer.effects())
        if self._closed:
            return
        if now.mono_ms >= self._next_stock:
            self._take_stock(now)
        self._arm()
        self._release()

    def _carry_out(self, effects: list[Effect]) -> None:
        if self._welcome is not None:
            self._follow_new(effects, self._welcome)
        self._trace(effects)
        events: dict[OverlayId, list[Event]] = {}
        for effect in effects:
            # in the order of how many there are
            if isinstance(effect, Event):
                if effect.overlay in events:
                    events[effect.overlay].append(effect)
                else:
                    events[effect.overlay] = [effect]
            elif isinstance(effect, Send):
                if self.log.is_open:
                    self.log.sent(effect.datagram, effect.to)
                if not self.port.send(effect.datagram, effect.to) and not self._writing:
                    self._writing = True
                    self._loop.add_writer(self.port.sockets[0].fileno(), self._writable)
            elif isinstance(effect, Disk) and self._keep is not None:
                self._keep(effect.blob)
            elif isinstance(effect, Put | Get):
                self._stores[effect.overlay].carry_out(effect)
            # a peer in service tells nobody its keys
        for overlay, told in events.items():
            self._tell(overlay, told)

    def _follow_new(self, effects: list[Effect], welcome: Welcome) -> None:
        for effect in effects:
            if isinstance(effect, Send | Event) and effect.overlay not in self._readers:
                self.follow(effect.overlay, welcome(effect.overlay))

    def _act(self, effects: list[Effect]) -> None:
        try:
            self._carry_out(effects)
        except OSError as full:
            # what may be lost at a restart must not be acted upon
            self._fail(f"{full.filename or 'the disk'}: {full.strerror or full}; the peer has stopped")

    def _fail(self, sentence: str) -> None:
        self.log.note(sentence)
        self.close()
        for reader in self._readers.values():
            reader.failed(sentence)

    def _trace(self, effects: list[Effect]) -> None:
        at: float | None = None
        for overlay, reader in self._readers.items():
            if reader.trace is not None and reader.chronicle is not None:
                at = system.wall_ms() if at is None else at
                own = [effect for effect in effects if not is_of_another(effect, overlay)]
                reader.chronicle.write(reader.trace.take(own, at))

    def _take_stock(self, now: Now) -> None:
        """Trace what is kept for others, and what waits."""
        self._next_stock = now.mono_ms + STOCK_MS
        for overlay, reader in self._readers.items():
            if reader.trace is not None and reader.chronicle is not None:
                seen = self.peer.inspect(overlay)
                kept = {"messages": seen["unstable"], "queued": seen["waiting"]}
                reader.chronicle.write([reader.trace.note("resources", system.wall_ms(), **kept)])

    def _opened(self, datagram: bytes) -> None:
        reader = self._readers.get(read_header(datagram).overlay_id)
        if reader is not None and reader.trace is not None and reader.chronicle is not None:
            reader.chronicle.write(reader.trace.accepted(datagram, system.wall_ms()))

    def _tell(self, overlay: OverlayId, events: list[Event]) -> None:
        if self.log.is_open:
            for event in events:
                self.log.event(event)
        reader = self._readers.get(overlay)
        if reader is not None:
            reader.told(events)

    def _arm(self) -> None:
        wake = self.peer.next_wake()
        if wake is None or (self._timer is not None and self._armed_for <= wake):
            # a timer that goes off too early finds nothing due, and is set again
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed_for = wake
        self._timer = self._loop.call_at(wake / MS_PER_S, self._due)

    def _release(self) -> None:
        if self._turned:
            waiting, self._turned = self._turned, []
            for waiter in waiting:
                if not waiter.done():
                    waiter.set_result(None)


def is_of_another(effect: Effect, overlay: OverlayId) -> bool:
    """Whether an effect is of an overlay, and not of this one."""
    return isinstance(effect, Send | Event) and effect.overlay != overlay
