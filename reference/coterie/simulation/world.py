"""The world: nodes, their network, and one queue of what happens when. One thread, no clock but its own."""

from __future__ import annotations

import heapq
import traceback
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from coterie.effects import Disk, Event, Get, Json, KeyLog, Put, Send
from coterie.errors import LocalError, RemoteError
from coterie.simulation.coverage import Coverage
from coterie.simulation.datagrams import kind_of
from coterie.simulation.network import Flight, Network
from coterie.simulation.node import MULTICAST, OVERLAY, Node, State
from coterie.simulation.phase import OF_FRAMES
from coterie.simulation.plan import Plan
from coterie.vocabulary import Address

AT_ONCE = 100_000
"""Events at one instant that are too many to be true."""

SOCKET = 512
"""Datagrams that wait in the socket of a node that does nothing."""

SEEN = 500
"""Datagrams that whoever watches the network remembers."""

CONTACTS = 4
"""How many others a node is told when it joins."""

FLOWS = frozenset({"PROPOSE", "FLUSH", "INSTALL", "UP", "DOWN", "CONFIRM", "LEAVE", "JOIN", "REFUSE", "PING"})

Watcher = Callable[[Node, Node, str], None]
"""Told of each frame of a view change that is on its way: from whom, to whom, and its type."""

Trap = Callable[[Node, str, bool], bool]
"""Asked about each frame: the node, the type, and whether it goes out; True when it has gone off."""


class BrokenDownError(Exception):
    """A peer raised what it must not raise; the run is over."""


class World:
    """All that is simulated in one run."""

    def __init__(self, plan: Plan, *, deep: bool = True) -> None:
        self.plan = plan
        self.now = 0
        self.network = Network(plan.seed, plan.terrain)
        self.nodes = [Node(number, plan) for number in range(len(plan.traits))]
        self.coverage = Coverage()
        self.harness: list[Json] = []
        self.traps: dict[int, Trap] = {}
        self.refused: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.afflicted: dict[object, tuple[str, tuple[int, ...]]] = {}
        """Faults that last, by the number of their step or another name, and whom they are in."""
        self.broken_sockets: set[int] = set()
        """Nodes whose system takes no datagram."""
        self.watchers: dict[int, Watcher] = {}
        """Who keeps what is seen on the network, by the number of its step, and acts on view changes."""
        self.captured: deque[tuple[int, int, bytes]] = deque(maxlen=SEEN)
        """Datagrams that were seen on their way."""
        self.flows: deque[bytes] = deque(maxlen=SEEN)
        """Those of them that are signed and say something of views or keys."""
        self.guests: dict[int, Node | None] = {}
        """Who does the harm of a step, by its number."""
        self._deep = deep
        self._by_host = {node.address.host: node for node in self.nodes}
        self._queue: list[tuple[int, int, Callable[[Any], None], Any]] = []
        self._count = 0

    def guest(self, twin_of: int | None = None) -> Node:
        """One more node, whom nobody expects and nobody judges; with the key of another if it is a twin."""
        node = Node(len(self._by_host), self.plan, twin_of)
        self._by_host[node.address.host] = node
        return node

    # ------------------------------------------------------------ time

    def at(self, instant: int, act: Callable[[Any], None], about: Any = None) -> None:
        """Let something happen later; what was asked for first happens first."""
        self._count += 1
        heapq.heappush(self._queue, (max(instant, self.now), self._count, act, about))

    def run(self, until: int) -> None:
        """Let time go on, to `until` ms."""
        queue, still = self._queue, 0
        while queue and queue[0][0] <= until:
            at, _, act, about = heapq.heappop(queue)
            still = still + 1 if at == self.now else 0
            if still > AT_ONCE:
                raise BrokenDownError(f"time stands still at {at} ms: a timer is always due")
            self.now = at
            act(about)
        self.now = max(self.now, until)

    # ------------------------------------------------------------ nodes

    def start(self, node: Node, state: State) -> None:
        """Start a node, and let it take part again if it is to."""
        node.start(self.now, state, deep=self._deep)
        self.drain(node)
        if node.wants:
            self.enter(node)

    def crash(self, node: Node) -> None:
        """A node is gone at once."""
        if node.peer is not None:
            node.stop(self.now)

    def enter(self, node: Node) -> None:
        """The application of a node asks to be a member: of the group where there is one, else of a new
        one."""
        node.wants = True
        if node.peer is None or node.view is not None:
            return
        others = [other for other in self.nodes if other is not node and other.peer is not None]
        inside = [other for other in others if other.view is not None]
        first = not inside and not any(other.number < node.number and other.wants for other in others)
        self.act("join", node)
        if first:
            self.ask(node, lambda peer, now: peer.create(OVERLAY, now, suite=self.plan.suites[-1]))
            return
        near = sorted(inside or others, key=lambda other: (other.number - node.number) % len(self.nodes))
        node.asked = near[:CONTACTS]
        contacts = tuple(other.address for other in node.asked)
        self.ask(node, lambda peer, now: peer.join(OVERLAY, contacts, now))

    def ask_elsewhere(self, node: Node) -> None:
        """None of those that a node asks to let it in is a member: its application gives it other
        contacts."""
        waits = node.wants and node.peer is not None and node.view is None
        if waits and all(other.view is None for other in node.asked):
            self.ask(node, lambda peer, now: peer.leave(OVERLAY, now))
            self.enter(node)

    def found(self) -> None:
        """Nobody is in a view, all wait for each other: whoever runs the nodes lets one begin anew."""
        node = self.nodes[0]
        node.wants = False
        self.ask(node, lambda peer, now: peer.leave(OVERLAY, now))
        node.wants = True
        self.act("create", node)
        self.ask(node, lambda peer, now: peer.create(OVERLAY, now, suite=self.plan.suites[-1]))

    def found_alone(self, node: Node) -> None:
        """A node that left its group begins another one."""
        if node.peer is not None and node.view is None and not node.wants:
            node.wants = True
            self.act("create", node)
            self.ask(node, lambda peer, now: peer.create(OVERLAY, now, suite=self.plan.suites[-1]))

    def introduce(self, node: Node, other: Node) -> None:
        """A member is told where another component is."""
        self.act("merge", node)
        self.ask(node, lambda peer, now: peer.join(OVERLAY, (other.address,), now))

    def leave(self, node: Node) -> None:
        """The application of a node asks to be a member no more."""
        node.wants = False
        if node.peer is not None and node.view is not None:
            self.act("leave", node)
            self.ask(node, lambda peer, now: peer.leave(OVERLAY, now))

    def say(self, node: Node, size: int, *, proxy: bool = False) -> bytes | None:
        """The application of a node sends a message of at least so many octets; None if there is no room."""
        if node.peer is None or node.view is None or self.now < node.stalled:
            return None
        node.said += 1
        payload = f"{node.number}.{node.lives}.{node.said}.".encode().ljust(size, b"x")
        taken = self.ask(node, lambda peer, now: peer.send(OVERLAY, payload, now, proxy=proxy))
        return payload if taken else None

    def act(self, what: str, node: Node | None = None) -> None:
        """Note for the checker that somebody asked for a change."""
        line: Json = {"i": len(self.harness), "t": self.now, "event": "action", "what": what}
        self.harness.append(line if node is None else line | {"node": node.id.hex()})

    def recover(self, number: object) -> None:
        """A fault does not last any longer."""
        self.afflicted.pop(number, None)

    def ask(self, node: Node, verb: Callable[[Any, Any], None]) -> bool:
        """Call a verb of a peer; False if the peer says that it cannot be done now."""
        if node.peer is None:
            return False
        try:
            verb(node.peer, node.now(self.now))
        except LocalError:
            return False
        except Exception as fault:
            raise self._broken(node) from fault
        finally:
            self.drain(node)
        return True

    # ------------------------------------------------------------ datagrams in

    def arrive(self, landing: tuple[Flight | None, Address, Node, bytes]) -> None:
        """A datagram reaches a node."""
        flight, source, node, octets = landing
        if flight is not None:
            flight.path.flying -= 1
        if node.peer is None:
            return
        if self.now < node.stalled:
            if len(node.inbox) < SOCKET:
                node.inbox.append((source, octets))
            return
        self.hand(node, source, octets)

    def hand(self, node: Node, source: Address, octets: bytes) -> None:
        """Give a datagram to a peer."""
        peer, trace = node.peer, node.trace
        if peer is None or trace is None:
            return
        try:
            peer.receive_datagram(octets, source, node.address, node.now(self.now))
        except RemoteError as refused:
            self.refused[refused.reason] += 1
        except Exception as fault:
            raise self._broken(node) from fault
        else:
            node.lines += trace.accepted(octets, self.now)
        self.drain(node)
        if self.traps:
            self._spring(node, kind_of(octets), outgoing=False)

    def stall(self, node: Node, until: int) -> None:
        """A node does nothing for a while; what comes meanwhile waits in its socket."""
        node.stalled = max(node.stalled, until)
        self.at(node.stalled, self._resume, node)

    def _resume(self, node: Node) -> None:
        if self.now < node.stalled or node.peer is None:
            return
        waiting, node.inbox = node.inbox, []
        for source, octets in waiting:
            self.hand(node, source, octets)
        self._look(node)

    # ------------------------------------------------------------ effects out

    def drain(self, node: Node) -> None:
        """Carry out what a peer asks for, and look at its timers when the instant is over."""
        self._carry_out(node)
        if not node.looking:
            # whatever else comes at this instant comes first: then the batch is at its end
            node.looking = True
            self.at(self.now, self._look, node)

    def _carry_out(self, node: Node) -> None:
        peer = node.peer
        if peer is None:
            return
        effects = peer.effects()
        if effects:
            node.tell(effects, self.now)
        for effect in effects:
            match effect:
                case Send(_, to, datagram):
                    self._send(node, to, datagram)
                case Event():
                    node.follow(effect, self.now)
                    if effect.name == "left" and node.wants:
                        # it was asked to come back before it had gone
                        self.at(self.now, self.enter, node)
                case Disk(blob):
                    node.disk = blob if node.writable else node.disk
                case KeyLog() | Put() | Get():
                    pass
            if node.peer is not peer:
                return

    def _look(self, node: Node) -> None:
        """Let timers go off that are due, and see when the next one is."""
        node.looking = False
        peer = node.peer
        if peer is None or self.now < node.stalled:
            return
        due = self._due(node)
        if due is not None and due <= self.now:
            try:
                peer.handle_timers(node.now(self.now))
            except Exception as fault:
                raise self._broken(node) from fault
            self._carry_out(node)
            due = self._due(node)
        if due is not None and due != node.due:
            self.at(due, self._timer, node)
        node.due = due

    def _due(self, node: Node) -> int | None:
        wake = None if node.peer is None else node.peer.next_wake()
        return None if wake is None else max(self.now, node.clock.when(wake))

    def _timer(self, node: Node) -> None:
        if node.due == self.now:
            node.due = None
            self._look(node)

    def _send(self, node: Node, to: Address, datagram: bytes) -> None:
        kind = kind_of(datagram)
        self.sent[kind] += 1
        node.phase.sends(kind)
        if kind in OF_FRAMES or (kind == "NACK" and node.phase.recovering):
            self._met(node, kind)
        if self.traps:
            self._spring(node, kind, outgoing=True)
            if node.peer is None:
                return
        if node.number in self.broken_sockets:
            self.coverage.hit("F-29", [OF_FRAMES.get(kind, ""), *node.phase.at(self.now)])
            return
        targets = self.nodes if to == MULTICAST else [self._by_host.get(to.host)]
        for target in targets:
            if target is not None and target is not node:
                self._fly(node, target, kind, datagram)

    def _met(self, node: Node, kind: str) -> None:
        """A node takes part in a view change: count the faults that are in it just now."""
        for fault, nodes in self.afflicted.values():
            if node.number in nodes:
                self.coverage.hit(fault, [OF_FRAMES.get(kind, ""), *node.phase.at(self.now)])
        if node.phase.merging:
            self.coverage.hit("F-08", [OF_FRAMES.get(kind, ""), *node.phase.at(self.now)])

    def _fly(self, node: Node, target: Node, kind: str, datagram: bytes) -> None:
        if kind == "JOIN" and node.view is not None:
            for other in self.nodes:
                other.phase.merging |= other.view is not None and other.view in {node.view, target.view}
        if self.watchers:
            self._watch(node, target, kind, datagram)
        flight = self.network.carry(self.now, node.number, target.number, datagram)
        if flight.harmed:
            self.coverage.hit(flight.harmed, [OF_FRAMES.get(kind, ""), *node.phase.at(self.now)])
        for delay, octets in flight.copies:
            flight.path.flying += 1
            self.at(self.now + delay, self.arrive, (flight, node.address, target, octets))

    def _watch(self, node: Node, target: Node, kind: str, datagram: bytes) -> None:
        if max(node.number, target.number) < len(self.nodes):
            self.captured.append((node.number, target.number, datagram))
            if kind in FLOWS:
                self.flows.append(datagram)
        if kind in OF_FRAMES or (kind == "NACK" and node.phase.recovering):
            for watcher in list(self.watchers.values()):
                watcher(node, target, kind)

    def _spring(self, node: Node, kind: str, *, outgoing: bool) -> None:
        if node.number >= len(self.nodes):
            return
        for number in sorted(self.traps):
            if number in self.traps and self.traps[number](node, kind, outgoing):
                self.traps.pop(number, None)

    def _broken(self, node: Node) -> BrokenDownError:
        return BrokenDownError(f"node {node.number} at {self.now} ms: {traceback.format_exc()}")
