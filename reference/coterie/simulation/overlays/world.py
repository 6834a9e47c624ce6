"""The world of an overlay: nodes, the datagrams between them, and one queue of what happens when."""

from __future__ import annotations

import heapq
import traceback
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from coterie.effects import Disk, Event, Send
from coterie.errors import LocalError, RemoteError
from coterie.peer import Peer
from coterie.simulation.chance import stream
from coterie.simulation.datagrams import kind_of
from coterie.simulation.overlays.node import OVERLAY, Node
from coterie.simulation.overlays.plan import Plan
from coterie.simulation.world import AT_ONCE, BrokenDownError
from coterie.vocabulary import Address, Now

CONTACTS = 3
"""How many others a node is told when it enters; one of them at least is honest."""

ALONE_MS = 100
PERCENT = 100

Landing = tuple[Address, Node, Address, bytes]
"""Where a datagram comes from, who is to have it, the address that it was sent to, and its octets."""


class World:
    """All that is simulated in one run. `told` hears every event of every node, `sniff` sees every datagram
    that arrives."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.now = 0
        self.loss = plan.loss
        self.nodes: list[Node] = []
        self.chance = stream(plan.seed, "world")
        self.told: Callable[[Node, Event], None] = lambda _node, _event: None
        self.sniff: Callable[[Node, bytes], None] | None = None
        self.sent: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.watch: Callable[[Node, Address, bytes, bool], None] | None = None
        """Told of each datagram of a node: the other address, the octets, and whether it goes out."""
        self.is_cut: Callable[[Node, Node, bytes], bool] = lambda _node, _target, _datagram: False
        """Whether no datagram like that passes from one node to another now."""
        self._distances: dict[tuple[int, int], int] = {}
        self._at: dict[Address, Node] = {}
        self._queue: list[tuple[int, int, Callable[[Any], None], Any]] = []
        self._count = 0
        self._digest = sha256()

    @property
    def digest(self) -> str:
        """SHA-256 over all that was sent and told: the same for the same plan."""
        return self._digest.hexdigest()

    # ------------------------------------------------------------ time

    def at(self, instant: int, act: Callable[[Any], None], about: Any = None) -> None:
        """Let something happen later; what was asked for first happens first."""
        self._count += 1
        heapq.heappush(self._queue, (max(instant, self.now), self._count, act, about))

    def run(self, milliseconds: int) -> None:
        """Let so much time go by."""
        queue, until, still = self._queue, self.now + milliseconds, 0
        while queue and queue[0][0] <= until:
            at, _, act, about = heapq.heappop(queue)
            still = still + 1 if at == self.now else 0
            if still > AT_ONCE:
                raise BrokenDownError(f"time stands still at {at} ms: a timer is always due")
            self.now = at
            act(about)
        self.now = until

    def until(self, has_come: Callable[[], bool], within: int, every: int = 100) -> bool:
        """Let time go by until something has come about, at most `within` ms; whether it has."""
        ends = self.now + within
        while not has_come():
            if self.now >= ends:
                return False
            self.run(min(every, ends - self.now))
        return True

    # ------------------------------------------------------------ nodes

    def add(self) -> Node:
        """One more node, which is down."""
        node = Node(len(self.nodes), self.plan.seed, self.plan.apart)
        self.nodes.append(node)
        self._at[node.address] = node
        return node

    def start(self, node: Node) -> Peer:
        """Begin a life of a node, outside the overlay."""
        peer = node.start(self.now)
        self.drain(node)
        return peer

    def enter(self, node: Node) -> None:
        """Start a node, and let it enter by some that have."""
        if node.peer is None:
            self.start(node)
        self._join(node)

    def _join(self, node: Node) -> None:
        if node.peer is None:
            return
        others = [other for other in self.nodes if other.has_entered and other is not node]
        if len(others) < CONTACTS:
            # the first ones begin together
            others = [other for other in self.alive() if other is not node]
        if not others:
            # whoever is the first waits for the second
            self.at(self.now + ALONE_MS, self._join, node)
            return
        told = self.chance.sample(others, min(CONTACTS, len(others)))
        honest = [other for other in others if not other.is_liar]
        if honest and all(other.is_liar for other in told):
            # who is told of liars alone is theirs, whatever it does: one honest address is needed
            told[0] = self.chance.choice(honest)
        known = [other.address for other in told]
        self.ask(node, lambda peer, now: peer.join(OVERLAY, known, now))

    def crash(self, node: Node) -> None:
        """A node is gone at once."""
        node.stop()

    def rebind(self, node: Node, to: Address) -> None:
        """A node is seen at another address from now on, and at the one before no more; it does not know."""
        del self._at[node.address]
        node.address = to
        self._at[to] = node

    def move(self, node: Node, to: Address) -> None:
        """A node goes to another address, where it begins another life."""
        self.crash(node)
        self.rebind(node, to)
        node.inner = to
        self.enter(node)

    def alive(self) -> list[Node]:
        """Nodes that run."""
        return [node for node in self.nodes if node.peer is not None]

    def honest(self) -> list[Node]:
        """Nodes that have entered and do not lie."""
        return [node for node in self.nodes if node.has_entered and not node.is_liar]

    def ask(self, node: Node, verb: Callable[[Peer, Now], None]) -> bool:
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

    def drain(self, node: Node) -> None:
        """Carry out what a peer asks for, and look at its timers when the instant is over."""
        self._carry_out(node)
        if not node.is_looking:
            node.is_looking = True
            self.at(self.now, self._look, node)

    def _carry_out(self, node: Node) -> None:
        if node.peer is None:
            return
        for effect in node.peer.effects():
            match effect:
                case Send(_, to, datagram):
                    self.send(node, to, datagram)
                case Event():
                    self._digest.update(f"{self.now} {node.number} {effect.name} {effect.fields}".encode())
                    node.has_entered |= effect.name == "entered"
                    self.told(node, effect)
                case Disk(blob):
                    node.disk = blob
                case _:
                    pass

    def _look(self, node: Node) -> None:
        """Let timers go off that are due, and see when the next one is."""
        node.is_looking = False
        peer = node.peer
        if peer is None:
            return
        due = self._due(node, peer)
        if due is not None and due <= self.now:
            try:
                peer.handle_timers(node.now(self.now))
            except Exception as fault:
                raise self._broken(node) from fault
            self._carry_out(node)
            due = self._due(node, peer)
        if due is not None and due != node.due:
            self.at(due, self._timer, node)
        node.due = due

    def _due(self, node: Node, peer: Peer) -> int | None:
        wake = peer.next_wake()
        return None if wake is None else max(self.now, node.clock.when(wake))

    def _timer(self, node: Node) -> None:
        if node.due == self.now:
            node.due = None
            self._look(node)

    # ------------------------------------------------------------ datagrams

    def send(self, node: Node, to: Address, datagram: bytes) -> None:
        """A datagram sets out: it is lost, or arrives somewhat later at whoever is there then."""
        self.sent[kind_of(datagram)] += 1
        self._digest.update(b"%d %d " % (self.now, node.number) + datagram[-16:])
        if self.watch is not None:
            self.watch(node, to, datagram, True)
        target = self._at.get(to)
        if node.chance.random() * PERCENT < self.loss or target is None:
            return
        if self.is_cut(node, target, datagram):
            return
        terrain = self.plan.terrain
        least = terrain.least + self._distance(node, target)
        delay = least + int(node.chance.random() * (terrain.spread + 1))
        self.at(self.now + delay, self._arrive, (node.address, target, to, datagram))

    def _distance(self, node: Node, target: Node) -> int:
        ends = (min(node.number, target.number), max(node.number, target.number))
        known = self._distances.get(ends)
        if known is None:
            known = self._distances[ends] = self.chance.randint(0, max(1, self.plan.terrain.least // 4))
        return known

    def _arrive(self, landing: Landing) -> None:
        origin, node, to, datagram = landing
        if node.peer is None or node.address != to:
            return
        if self.sniff is not None:
            self.sniff(node, datagram)
        if self.watch is not None:
            self.watch(node, origin, datagram, False)
        try:
            node.peer.receive_datagram(datagram, origin, node.inner, node.now(self.now))
        except RemoteError as refused:
            self.refused[refused.reason] += 1
        except Exception as fault:
            raise self._broken(node) from fault
        self.drain(node)

    def _broken(self, node: Node) -> BrokenDownError:
        return BrokenDownError(f"node {node.number} at {self.now} ms: {traceback.format_exc()}")
