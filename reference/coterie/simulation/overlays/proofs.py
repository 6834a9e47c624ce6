"""What is sent to addresses that nobody has proven: how often as much as came from there."""

from __future__ import annotations

from collections import Counter

from coterie.simulation.datagrams import kind_of
from coterie.simulation.overlays.node import Node
from coterie.simulation.overlays.world import World
from coterie.vocabulary import Address


class Proofs:
    """Watches, for each node and each of some addresses, the octets that went there before there was a
    session, or a RETRY had come from there: whoever sends one has got what it answers. A HELLO1 that a node
    sends of its own accord is not counted: nobody has made it answer."""

    def __init__(self, world: World, addresses: frozenset[Address]) -> None:
        self._addresses = addresses
        self._came: Counter[tuple[int, Address]] = Counter()
        self._went: Counter[tuple[int, Address]] = Counter()
        self._answered: set[tuple[int, Address]] = set()
        self.worst = 0.0
        """The greatest ratio of what went to what had come."""
        world.watch = self._watch

    def _watch(self, node: Node, other: Address, datagram: bytes, goes_out: bool) -> None:
        if other not in self._addresses or node.peer is None:
            return
        place, kind = (node.number, other), kind_of(datagram)
        if not goes_out:
            self._came[place] += len(datagram)
            self._answered |= {place} if kind == "RETRY" else set()
        elif kind != "HELLO1" and not self._is_proven(node, place):
            self._went[place] += len(datagram)
            came = self._came[place]
            self.worst = max(self.worst, self._went[place] / came if came else float("inf"))

    def _is_proven(self, node: Node, place: tuple[int, Address]) -> bool:
        return place in self._answered or node.inside.sessions.table.at(place[1]) is not None
