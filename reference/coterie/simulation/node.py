"""A simulated node: a whole peer, its disk, its clocks, and the trace of what it did."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from coterie.crypto import identity, names
from coterie.crypto.identity import Identity, Validity
from coterie.crypto.leaf import KeyKind
from coterie.crypto.policy import OPEN
from coterie.effects import Effect, Event, Json
from coterie.errors import LocalError
from coterie.multicast.installed import Installed
from coterie.peer import Membership, Overlay, Peer, PeerConfig, Trust
from coterie.simulation.chance import Draws, stream
from coterie.simulation.clocks import Clock
from coterie.simulation.phase import Phase
from coterie.simulation.plan import Plan
from coterie.traces import Trace
from coterie.vocabulary import Address, NodeId, Now, ViewId

OVERLAY = names.overlay_id(b"simulation")
WALL = 1_800_000_000_000
"""Around what the wall clocks show at 0, in ms since the Unix epoch."""

YEAR_MS = 365 * 86_400_000

VALID = Validity(WALL // 1000 - 100 * 86_400, WALL // 1000 + 100 * 86_400)
SERIAL = 7
PORT = 4000
MULTICAST = Address("239.1.1.1", PORT)
KEY_OCTETS = 48

State = Literal["first", "kept", "lost"]


@cache
def identity_of(number: int, kind: KeyKind) -> Identity:
    """The identity of the node with that number, the same in all runs."""
    key = identity.new_private_key(kind, stream(0, "key", number, kind).randbytes(KEY_OCTETS))
    return identity.pair(key, identity.self_signed_leaf(key, f"node {number}", VALID, SERIAL))


def address_of(number: int) -> Address:
    """Where the node with that number is."""
    return Address(f"192.0.2.{number + 1}", PORT)


class Node:
    """One node. `peer` is None while it is down; whatever it told is in `lines`, over all its lives."""

    def __init__(self, number: int, plan: Plan, twin_of: int | None = None) -> None:
        trait = plan.traits[(number if twin_of is None else twin_of) % len(plan.traits)]
        self.number = number
        """Its place in the network; those that the plan does not count come after all others."""
        self.service = trait.service
        self.address = address_of(number)
        self.clock = Clock(trait.mono, trait.wall, trait.drift)
        self.identity = identity_of(number if twin_of is None else twin_of, trait.key)
        self.trust = Trust(
            OVERLAY,
            OPEN,
            suites=plan.suites,
            max_datagram=plan.max_datagram,
            membership="group",
            service=trait.service,
            multicast=MULTICAST if plan.multicast else None,
        )
        self.id: NodeId = names.node_id(OVERLAY, self.identity.spki)
        self.peer: Peer | None = None
        self.trace: Trace | None = None
        self.lines: list[Json] = []
        self.disk: bytes | None = None
        self.writable = True
        """Whether its disk takes what it writes."""
        self.lives = 0
        self.wants = False
        """Whether the application wants it to be a member."""
        self.asked: list[Node] = []
        """Whom it was told to ask for that."""
        self.view: ViewId | None = None
        self.members: tuple[NodeId, ...] = ()
        self.phase = Phase()
        self.departed = 0
        """When it was last told that it had left."""
        self.due: int | None = None
        """When its timer goes off, in ms of the simulation."""
        self.looking = False
        """Whether its timers are looked at when this instant is over."""
        self.stalled = 0
        """Until when it does nothing, in ms of the simulation."""
        self.inbox: list[tuple[Address, bytes]] = []
        self.said = 0
        self.heard: dict[bytes, None] = {}
        """The payloads that were handed to its application, in order."""
        self.draws = Draws(stream(plan.seed, "draws", number))
        self.newest_wall = 0
        """What its wall clock showed, or its storage, when its latest life began."""

    def now(self, at: int) -> Now:
        """What its clocks show."""
        return self.clock.read(at)

    def start(self, at: int, state: State, *, deep: bool) -> Peer:
        """Begin a life. With state `lost`, what was on disk is gone.

        A node without state has only its wall clock to tell its lives apart: one that shows an earlier time
        than the last life began at is set first, as whoever installs it anew would do.
        """
        state = "kept" if state == "lost" and not self.may_forget(at) else state
        self.disk = None if state == "lost" else self.disk
        behind = self.newest_wall - self.clock.read(at).wall_ms
        if self.disk is None and behind >= 0:
            self.clock.step(behind + 1)
        now = self.now(at)
        self.newest_wall = max(self.newest_wall, now.wall_ms)
        self.lives += 1
        config = PeerConfig(self.address, (Membership(self.identity, self.trust),), self.disk, grease=True)
        try:
            self.peer = Peer(config, now, self.draws)
        except LocalError:
            # what is on disk is damaged: as if it were lost
            return self.start(at, "lost", deep=deep)
        self.newest_wall = max(self.newest_wall, self.peer.incarnation)
        self.trace = Trace(self.id, self.peer.incarnation, self.service, len(self.lines), deep=deep)
        self.lines.append(self.trace.start(state, at))
        self.view, self.members, self.heard = None, (), {}
        self.phase = Phase()
        self.stalled = 0
        return self.peer

    def may_forget(self, at: int) -> bool:
        """Whether its disk may be lost. Others remember a life that began years ahead of time: only one that
        begins later still could follow it, and by then every leaf has expired."""
        return max(self.newest_wall, self.now(at).wall_ms) - WALL < YEAR_MS

    def stop(self, at: int) -> None:
        """End the life, without a word to anyone."""
        self.note("crash", at)
        self.peer, self.trace, self.due, self.view, self.members = None, None, None, None, ()
        self.inbox.clear()

    def note(self, event: str, at: int, **fields: object) -> None:
        """One line in the trace."""
        if self.trace is not None:
            self.lines.append(self.trace.note(event, at, **fields))

    def adopt(self, lines: list[Json]) -> None:
        """Take up the trace of a life that another node led under the same Node-ID."""
        self.lines += [line | {"i": at} for at, line in enumerate(lines, start=len(self.lines))]

    def tell(self, effects: list[Effect], at: int) -> None:
        """Write down what has happened, before it has any effect."""
        if self.trace is not None:
            lines = self.trace.take(effects, at)
            told = next((line for line in lines if line["event"] == "deliver"), None)
            if told is not None and self.trace.deep:
                told |= self._heard(str(told["view"]))
            self.lines += lines

    def _heard(self, view: str) -> Json:
        """Up to which timestamp each other member was heard when a message was handed out."""
        overlays: Mapping[bytes, Overlay] = vars(self.peer)["_overlays"]
        group = overlays[OVERLAY].group
        installed: Installed | None = vars(group.multicast)["_view"] if group is not None else None
        if installed is None or installed.epoch.view.hex() != view:
            return {}
        members = installed.epoch.members
        return {"heard": {node.hex(): at.heard for node, at in zip(members, installed.streams, strict=True)}}

    def follow(self, event: Event, at: int) -> None:
        """Learn from an event how far the node has come."""
        fields: Mapping[str, Any] = event.fields
        self.phase.follow(event.name, fields, self.id, at)
        match event.name:
            case "view-installed":
                self.view, self.members = fields["view"], fields["members"]
            case "left":
                self.view, self.members, self.departed = None, (), at
            case "message":
                self.heard[fields["payload"]] = None
            case _:
                pass
