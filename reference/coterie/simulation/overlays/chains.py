"""How far a lookup goes: the chain of those who led the asker to whom it found, as a bystander sees it."""

from __future__ import annotations

from dataclasses import dataclass, field

from coterie.overlay.distance import distance
from coterie.simulation.datagrams import kind_of
from coterie.simulation.overlays.node import Node
from coterie.simulation.overlays.world import World
from coterie.vocabulary import NodeId
from coterie.wire import decode_body, decode_frame
from coterie.wire.bodies import Find, Nodes
from coterie.wire.frames import SignedFrame

Search = tuple[NodeId, bytes]
"""Who looks, and for what."""


@dataclass(slots=True)
class Chain:
    """What is known of one search: by how many FINDs in a row each node was come by, an own contact of the
    asker by one; and who has answered."""

    hops: dict[bytes, int] = field(default_factory=dict)
    answered: dict[bytes, None] = field(default_factory=dict)


class Chains:
    """All searches in a world, while it is watched."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chains: dict[Search, Chain] = {}
        self._finds: dict[tuple[NodeId, NodeId, int], bytes] = {}
        world.sniff = self._sniff

    def stop(self) -> None:
        """Watch no longer."""
        self._world.sniff = None

    def _sniff(self, node: Node, datagram: bytes) -> None:
        if kind_of(datagram) not in {"FIND", "NODES"}:
            return
        frame = decode_frame(datagram, assembled=True)
        assert isinstance(frame, SignedFrame)
        match decode_body(frame.header.name, frame.body):
            case Find(target):
                self._finds[frame.signer, node.id, frame.sequence] = target
                chain = self._chains.setdefault((frame.signer, target), Chain())
                chain.hops.setdefault(node.id, 1)
            case Nodes(request, neighbours):
                asked = self._finds.get((node.id, frame.signer, request))
                if asked is None:
                    return
                chain = self._chains[node.id, asked]
                chain.answered[frame.signer] = None
                for row in neighbours:
                    chain.hops.setdefault(row.node_id, chain.hops[frame.signer] + 1)
            case _:
                pass

    def closest(self, asker: NodeId, target: bytes) -> tuple[bytes, int] | None:
        """Whom a search has found as the closest, and by how many hops; None when nobody has answered."""
        chain = self._chains.get((asker, target))
        if chain is None or not chain.answered:
            return None
        first = min(chain.answered, key=lambda node: distance(node, target))
        return first, chain.hops[first]
