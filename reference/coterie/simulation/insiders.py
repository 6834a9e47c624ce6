"""Those who mean harm: forged senders, replayed and changed datagrams, strangers and members that lie.

Implements F-15 to F-17, F-19, F-20 and F-26 of the fault matrix. Strangers and liars are whole peers
themselves, whose owner makes them say more than they would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from coterie.effects import Send
from coterie.errors import CoterieError
from coterie.multicast.installed import Installed
from coterie.peer import Overlay
from coterie.simulation.chance import stream
from coterie.simulation.node import OVERLAY, Node, address_of
from coterie.simulation.plan import Step
from coterie.simulation.spells import DAMAGES
from coterie.simulation.world import World
from coterie.wire import decode_body, decode_frame
from coterie.wire.bodies import Alive, Nack, Range
from coterie.wire.frames import SignedFrame

EVERY_MS = 20
"""How often whoever means harm does something."""

FLOOD = 5
SPAN = 16
MOST_RANGES = 3
"""How many questions a flood asks at once, about how much; less than limits forbid, so that they are read."""


@dataclass(slots=True)
class Villain:
    """One who means harm, for as long as its step lasts."""

    world: World
    step: Step
    chance: Random
    node: Node | None = None
    """The peer that it is, if it is one."""

    def put(self, source: int, node: Node, octets: bytes) -> None:
        """Let a datagram arrive, from wherever it says."""
        self.world.coverage.hit(KINDS[self.step.kind].fault, node.phase.at(self.world.now))
        self.world.at(self.world.now + 1, self.world.arrive, (None, address_of(source), node, octets))

    def say(self, node: Node, octets: bytes) -> None:
        """Send something as the peer that it is: its trace knows of it."""
        own = self.node
        assert own is not None
        own.tell([Send(OVERLAY, node.address, octets)], self.world.now)
        self.put(own.number, node, octets)

    def anyone(self) -> Node:
        """Somebody to be harmed."""
        return self.chance.choice([node for node in self.world.nodes if node is not self.node])


def replay(villain: Villain) -> None:
    """A datagram that was seen comes again, from somewhere else."""
    seen = villain.world.captured
    if seen:
        _, target, octets = villain.chance.choice(seen)
        source = villain.chance.randrange(len(villain.world.nodes))
        victim = villain.world.nodes[target] if villain.chance.random() < 0.5 else villain.anyone()
        if source != victim.number:
            villain.put(source, victim, octets)


def tamper(villain: Villain) -> None:
    """A datagram that was seen comes again, changed, from where it came from."""
    seen = villain.world.captured
    if seen:
        source, target, octets = villain.chance.choice(seen)
        damage = villain.chance.choice(DAMAGES)
        villain.put(source, villain.world.nodes[target], damage(villain.chance, octets))


def resign(villain: Villain) -> None:
    """What another signed is said again, with the own signature: views, keys and departures of others."""
    node = villain.node
    if node is None or node.peer is None:
        return
    bodies = [octets for _, _, octets in villain.world.captured if _is_flow(octets)]
    if not bodies:
        return
    frame = decode_frame(villain.chance.choice(bodies))
    assert isinstance(frame, SignedFrame)
    standing = inside(node).standing
    if frame.signer == node.id:
        return
    made = standing.sign(frame.destination, decode_body(frame.header.name, frame.body))
    villain.say(villain.anyone(), made)


FLOWS = frozenset({"PROPOSE", "FLUSH", "INSTALL", "UP", "DOWN", "CONFIRM", "LEAVE", "JOIN", "REFUSE", "PING"})


def _is_flow(octets: bytes) -> bool:
    try:
        frame = decode_frame(octets)
    except CoterieError:
        return False
    return isinstance(frame, SignedFrame) and frame.header.name in FLOWS


def flood(villain: Villain) -> None:
    """One member asks another for everything, again and again."""
    view = _view_of(villain)
    if view is not None:
        asked = tuple(Range(position, 1, SPAN) for position in range(min(len(view.streams), MOST_RANGES)))
        victim = villain.anyone()
        for _ in range(FLOOD):
            villain.say(victim, view.pen.seal(Nack(asked)))


def acknowledge(villain: Villain) -> None:
    """A member says that it has more than there is."""
    view = _view_of(villain)
    if view is not None:
        more = villain.chance.choice((1, 1 << 40, (1 << 64) - 1 - view.clock))
        said = Alive(view.clock + more, view.clock, view.own_stream.shown)
        villain.say(villain.anyone(), view.pen.seal(said))


def jump(villain: Villain) -> None:
    """A member's clock is far ahead: as far as the others let it, or farther."""
    view = _view_of(villain)
    if view is None:
        return
    ahead = villain.chance.choice((1 << 10, 1 << 20, 1 << 33, 1 << 62))
    stated = min(view.clock + ahead, (1 << 64) - 1)
    if ahead < 1 << 32:
        # what it can get away with, it has to keep to
        view.clock = stated
    said = Alive(view.acknowledged, stated, view.own_stream.shown)
    villain.say(villain.anyone(), view.pen.seal(said))


def _view_of(villain: Villain) -> Installed | None:
    node = villain.node
    if node is None or node.peer is None:
        return None
    group = inside(node).group
    assert group is not None
    view: Installed | None = vars(group.multicast)["_view"]
    return view


def exist(villain: Villain) -> None:
    """To be there is harm enough."""
    for node in villain.world.nodes:
        villain.world.coverage.hit(KINDS[villain.step.kind].fault, node.phase.at(villain.world.now))


def inside(node: Node) -> Overlay:
    """The machines of a peer, into which its owner may reach."""
    overlays: Mapping[bytes, Overlay] = vars(node.peer)["_overlays"]
    return overlays[OVERLAY]


# ---------------------------------------------------------------- who they are


def outsider(_world: World, _step: Step) -> Node | None:
    """Somebody on the network, who is no peer."""
    return None


def member(world: World, step: Step) -> Node | None:
    """One of the members."""
    return world.nodes[step.nodes[0]]


def stranger(world: World, _step: Step) -> Node | None:
    """A peer that is no member: it greets everyone, and does not ask to join."""
    node = world.guest()
    world.start(node, "first")
    for other in world.nodes:
        world.ask(node, lambda peer, now, to=other.address: peer.greet(OVERLAY, to, now))  # type: ignore[misc]
    return node


def twin(world: World, step: Step) -> Node | None:
    """A second holder of a member's key, who joins as if it were alone."""
    node = world.guest(step.nodes[0])
    node.wants = True
    world.start(node, "first")
    return node


@dataclass(frozen=True, slots=True)
class Harm:
    """A kind of harm: the fault that it stands for, who does it, and what is done each time."""

    fault: str
    who: Callable[[World, Step], Node | None]
    does: Callable[[Villain], None]


KINDS: Mapping[str, Harm] = {
    "spoof": Harm("F-15", outsider, replay),
    "tamper": Harm("F-16", outsider, tamper),
    "rogue": Harm("F-17", stranger, resign),
    "turncoat": Harm("F-19", member, resign),
    "flood": Harm("F-19", member, flood),
    "acknowledge": Harm("F-19", member, acknowledge),
    "jump": Harm("F-20", member, jump),
    "twin": Harm("F-26", twin, exist),
}


BLAMED = frozenset({"turncoat", "twin"})
"""Harms that leave proof of themselves."""


def begin(world: World, step: Step) -> None:
    """Watch the network, and do harm now and then."""
    harm = KINDS[step.kind]
    villain = Villain(world, step, stream(world.plan.seed, "harm", step.number))
    villain.node = harm.who(world, step)
    world.watchers += 1
    world.guests[step.number] = villain.node
    for node in world.nodes:
        world.coverage.hit(harm.fault, node.phase.at(world.now))

    def again(_: object) -> None:
        if world.now < step.until:
            harm.does(villain)
            world.at(world.now + EVERY_MS, again)

    again(None)


def end(world: World, step: Step) -> None:
    """The harm is over: guests go, and whoever was not itself begins anew."""
    node = world.guests.pop(step.number)
    world.watchers -= 1
    if node is None:
        return
    owner = world.nodes[step.nodes[0]] if step.nodes else None
    if node is not owner:
        world.crash(node)
    if owner is not None:
        # whoever finds out that the key had two holders, or that the peer was not the owner's, restarts it
        owner.newest_wall = max(owner.newest_wall, node.newest_wall)
        world.crash(owner)
        if node is not owner:
            # two lives of one Node-ID, one after the other as far as the trace can tell
            owner.adopt(node.lines)
        world.start(owner, "lost")
