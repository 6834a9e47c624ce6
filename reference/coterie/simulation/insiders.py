"""Those who mean harm: forged senders, replayed and changed datagrams, strangers and members that lie.

Implements F-15 to F-17, F-19, F-20 and F-26 of the fault matrix. Strangers and liars are whole peers
themselves, whose owner makes them say more than they would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from coterie import registry
from coterie.effects import Send
from coterie.multicast.installed import Installed
from coterie.peer import Overlay
from coterie.simulation.chance import stream
from coterie.simulation.node import OVERLAY, Node, address_of
from coterie.simulation.phase import OF_FRAMES
from coterie.simulation.plan import Step
from coterie.simulation.spells import DAMAGES
from coterie.simulation.world import World
from coterie.wire import decode_body, decode_frame
from coterie.wire.bodies import Alive, Nack, Range
from coterie.wire.frames import SignedFrame

EVERY_MS = 20
"""How often whoever means harm does something."""

GAP_MS = 2
"""How long it waits at least before it acts on what it sees again."""

ACTS = 0.5
"""The chance that it acts on a frame that it sees."""

LEAPS = 16
"""More leaps ahead than there are liars in one plan."""

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
    aim: Node | None = None
    """Whom it harms just now, because of a frame that it saw on its way from or to it."""
    seen: str = ""
    """The type of that frame."""
    before: Node | None = None
    """Who sent it."""
    acted_at: int = -1
    leapt: bool = False
    """Whether its clock has gone as far ahead as it may."""

    def watch(self, sender: Node, target: Node, kind: str) -> None:
        """Act on a frame of a view change that is on its way, now and then."""
        own = self.node
        if self.world.now < self.acted_at + GAP_MS or self.chance.random() >= ACTS:
            return
        # what is asked for is missed by whoever asks
        aim = sender if kind == "NACK" else target
        if aim is not own and aim.number < len(self.world.nodes):
            self.acted_at = self.world.now
            self.aim, self.seen, self.before = aim, kind, sender
            KINDS[self.step.kind].does(self)
            self.aim, self.seen, self.before = None, "", None

    def put(self, source: int, node: Node, octets: bytes, *, of: Node | None = None) -> None:
        """Let a datagram arrive, from wherever it says; `of` sent it first, and it is on its way still."""
        phases = node.phase.at(self.world.now)
        if of is not None or node is self.aim:
            phases.append(OF_FRAMES.get(self.seen, ""))
        if of is not None:
            phases += of.phase.at(self.world.now)
        self.world.coverage.hit(KINDS[self.step.kind].fault, phases)
        self.world.at(self.world.now + 1, self.world.arrive, (None, address_of(source), node, octets))

    def say(self, node: Node, octets: bytes) -> None:
        """Send something as the peer that it is: its trace knows of it."""
        own = self.node
        assert own is not None
        own.tell([Send(OVERLAY, node.address, octets)], self.world.now)
        self.put(own.number, node, octets)

    def anyone(self) -> Node:
        """Somebody to be harmed."""
        if self.aim is not None:
            return self.aim
        return self.chance.choice([node for node in self.world.nodes if node is not self.node])


def replay(villain: Villain) -> None:
    """A datagram that was seen comes again, from somewhere else."""
    seen = villain.world.captured
    if seen:
        _, target, octets = seen[-1] if villain.aim else villain.chance.choice(seen)
        source = villain.chance.randrange(len(villain.world.nodes))
        victim = villain.world.nodes[target] if villain.chance.random() < 0.5 else villain.anyone()
        if source != victim.number:
            villain.put(source, victim, octets, of=villain.before)


def tamper(villain: Villain) -> None:
    """A datagram that was seen comes again, changed, from where it came from."""
    seen = villain.world.captured
    if seen:
        source, target, octets = seen[-1] if villain.aim else villain.chance.choice(seen)
        damage = villain.chance.choice(DAMAGES)
        made = damage(villain.chance, octets)
        villain.put(source, villain.world.nodes[target], made, of=villain.before)


def resign(villain: Villain) -> None:
    """What another signed is said again, with the own signature: views, keys and departures of others."""
    node = villain.node
    if node is None or node.peer is None:
        return
    if not villain.world.flows:
        return
    frame = decode_frame(villain.chance.choice(villain.world.flows))
    assert isinstance(frame, SignedFrame)
    standing = inside(node).standing
    if frame.signer == node.id:
        return
    made = standing.sign(frame.destination, decode_body(frame.header.name, frame.body))
    villain.say(villain.anyone(), made)


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
    farthest = registry.limit("clock-jump")
    ahead = villain.chance.choice((1 << 10, 1 << 20, 1 << 33, 1 << 62))
    if not villain.leapt:
        # only once, and not all of it: whoever hears several leaps before it speaks would leap farther itself
        villain.leapt, ahead = True, farthest // LEAPS
    stated = min(view.clock + ahead, (1 << 64) - 1)
    if ahead < farthest:
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
    """To be there is harm enough: for all now and then, and for whoever has to do with either of the two."""
    if villain.aim is not None:
        owner = villain.world.nodes[villain.step.nodes[0]]
        if not {id(owner), id(villain.node)}.isdisjoint({id(villain.aim), id(villain.before)}):
            phases = [OF_FRAMES.get(villain.seen, ""), *villain.aim.phase.at(villain.world.now)]
            villain.world.coverage.hit(KINDS[villain.step.kind].fault, phases)
        return
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


LYING = frozenset({"acknowledge"})
"""Harms that are done by what a member says of itself: it holds to it as little as it says the truth."""

BLAMED = frozenset({"turncoat"})
"""Harms that leave proof of themselves: whoever has it refuses the Node-ID for as long as `refuse-keep` says,
though the owner has got its peer back meanwhile."""


def begin(world: World, step: Step) -> None:
    """Watch the network, and do harm now and then."""
    harm = KINDS[step.kind]
    villain = Villain(world, step, stream(world.plan.seed, "harm", step.number))
    villain.node = harm.who(world, step)
    world.watchers[step.number] = villain.watch
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
    del world.watchers[step.number]
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
