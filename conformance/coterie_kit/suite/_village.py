"""A group beside a main overlay: the peer under test comes into it by group management.

Its members are puppets that are asked for each of their frames by name, as on the stage of a group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coterie_kit import frames, leaves, registry
from coterie_kit.keys.names import digest, overlay_id
from coterie_kit.keys.rekey import Flow, Stored, beginning, contribute
from coterie_kit.keys.signatures import SigningKey
from coterie_kit.leaves import Recipe
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._group import Group
from coterie_kit.suite._stage import Said, Set

if TYPE_CHECKING:
    from coterie_kit.suite._land import Land

__all__ = ["Name", "Village"]

SILENT_FOR = 1900  # of 2,000 ms, after which a silent member is suspected: nothing is timed before


@dataclass(slots=True)
class Name:
    """What a group is called, and who admits to it."""

    group: bytes
    authority: Recipe | None = None

    @property
    def overlay(self) -> bytes:
        """Where it lives."""
        return overlay_id(self.group, digest(self.authority.key.spki) if self.authority else b"")


@dataclass(slots=True)
class Place:
    """Where the puppets of a group are."""

    host: str
    next: int = field(default=0)


class Village(Group):
    """A group that the peer enters by group management: no reset, and its clocks are those of the land."""

    def __init__(self, land: Land, name: Name, number: int) -> None:
        self.land, self.name, self.judge = land, name, land.judge
        self.settings = Set(trust={"membership": "group"})
        self.peer, self.seed, self.draws, self.bakes = land.peer, land.seed, land.draws, land.bakes
        self.mono, self.wall = land.mono, land.wall
        self.group, self.authority, self.overlay = name.group, name.authority, name.overlay
        own = land.subject
        self.subject = Puppet(
            own.key, self.leaf_for(own.key), self.overlay, own.address, own.incarnation, named="peer"
        )
        self.others = []
        self.counter, self.clock = 0, 0
        self.stored, self.secrets = None, None
        self.history = []
        self.first = land.first
        self.installed, self.flush, self.guests, self.permit = None, {}, [], b""
        self.time, self.last = 0, {}
        self.counters, self.keys = {}, {}
        self._place = Place(f"203.0.{113 + number}")

    def leaf_for(self, key: SigningKey) -> bytes:
        """The leaf with which that key is in this overlay."""
        if self.authority is None:
            if key is self.land.subject.key:
                return self.land.subject.leaf
            return leaves.make(leaves.good(key, self.land.wall))
        return leaves.make(leaves.closed(key, self.authority, self.overlay, self.land.wall))

    def resident(self, *, before: bool | None = None) -> Puppet:
        """A puppet of the group that the peer has not met; its Node-ID ``before`` or behind the peer's."""
        self._place.next += 1
        at = self._place.next
        born = self.newcomer(address=f"{self._place.host}.{100 + at}:{6000 + at}")
        while before is not None and (born.node < self.subject.node) != before:
            born = self.newcomer(address=born.address)
        born.named = f"member {at}"
        self.judge.names[born.address] = born.named
        self.guests.append(born)
        return born

    def residents(self, count: int) -> list[Puppet]:
        """So many of them."""
        return [self.resident() for _ in range(count)]

    # ------------------------------------------------------------ steps

    def deliver(self, octets: bytes, source: Puppet | str) -> Reply:
        """Delivers a datagram; the storers answer what follows in the main overlay."""
        reply = self.land.deliver(octets, source)
        self.land.settle()
        return reply

    def pass_time(self, ms: int, wall: int | None = None) -> Reply:
        """Moves the clocks of the land on."""
        reply = self.land.pass_time(ms, wall)
        self.land.settle()
        return reply

    def sent(self, kind: str) -> list[Said]:
        """The frames of that type that the peer has sent in this overlay."""
        every = [note.said for note in self.land.noted if note.sent]
        return [said for said in every if said.frame.overlay == self.overlay and said.type == kind]

    def said_anything(self) -> int:
        """How many frames the peer has sent in this overlay."""
        return sum(note.sent and note.said.frame.overlay == self.overlay for note in self.land.noted)

    def greeted(self) -> list[str]:
        """Whom the peer has greeted here, each once, in their order."""
        return list(dict.fromkeys(said.to for said in self.sent("HELLO1")))

    def told(self, name: str) -> list[dict[str, Any]]:
        """What the peer has told of this overlay under that name."""
        every = [event for _, event in self.land.told if event.overlay == self.overlay]
        return [dict(event.fields) for event in every if event.name == name]

    def found_by_create(self) -> None:
        """Takes the view of itself that the peer has made."""
        views = self.told("view-installed")
        self.need(views, f"it has not created the group: {self.land.failures()}")
        view = bytes.fromhex(str(views[0]["view"]))
        flow: Flow = contribute(beginning(int(views[0]["suite"])), 1)
        self.stored = Stored(view, (self.subject.node,), flow, {})
        self.counter = int.from_bytes(view[:8], "big")

    def take_in(self, count: int = 1, wait: int = 100) -> list[Puppet]:
        """The peer, as coordinator, takes so many puppets in; they stand at the end of the view."""
        newcomers = self.met_here(count)
        self.admit(newcomers, wait)
        return newcomers

    def met_here(self, count: int) -> list[Puppet]:
        """So many puppets with a session, ascending by Node-ID."""
        born = self.residents(count)
        for who in born:
            self.meet(who)
        return sorted(born, key=lambda one: one.node)

    def answer_greeting(self, at: Puppet, lead: Puppet | None = None, view: bytes | None = None) -> Reply:
        """A puppet answers the last greeting of the peer, naming ``lead`` (itself) and that view."""
        mine = [said for said in self.sent("HELLO1") if said.to == at.address]
        self.need(mine, f"{at.named} was not greeted")
        hello1 = mine[-1].octets
        retry = at.retry(frames.read(hello1).body["nonce"], self.judge.octets(32))
        hello2 = self.one(self.deliver(retry, at), "HELLO2").octets
        told = self.judge.octets(16) if view is None else view
        return self.hello3_of(at, (hello1, retry, hello2), lead, view_id=told)

    def let_in(self, at: Puppet, others: Sequence[Puppet] = ()) -> None:
        """A puppet that the peer has greeted makes a view with it, and with ``others``: a view of all."""
        self.asks_at(at)
        for who in others:
            self.meet(who)
        named = sorted([self.subject, at, *others], key=lambda one: one.node)
        self.others = [at, *others]
        proposal = self.answered(self.propose(at, named, permits=[self.permit]))
        self.play(self.run(proposal, named))
        self.land.settle()

    def asks_at(self, at: Puppet) -> bytes:
        """A puppet that the peer has greeted says that it is coordinator: the JOIN to it."""
        reply = self.answer_greeting(at)
        self.permit = self.one(reply, "JOIN").octets
        return self.permit

    def hand_over(self) -> None:
        """The view is renewed, which makes the second member coordinator."""
        who = self.puppets[0]
        values = {"timestamp": max(self.time, 1), "last_sequence": self.last.get(who.node, 0)}
        draft = self.seal(who, "HEARTBEAT", values, counter=registry.limit("view-frames"))
        self.need(self.deliver(draft.octets(), who).ok, "a HEARTBEAT with a great counter")
        asked: list[Said] = []
        for _ in range(12):
            asked = [said for said in self.said(self.pass_time(10)) if said.type == "PROPOSE"]
            if asked:
                break
        self.need(asked, "it does not renew the view")
        self.finish(self.run_of(self.answer(asked[0], self.puppets)))
        self.need(self.members[0] is who, "the view has another coordinator than the kit expects")

    def fall_silent(self) -> int:
        """The other members say nothing any more, until the peer has made a view of itself: when it has."""
        known = len(self.told("view-installed"))
        self.murmur()
        self.installed = None
        self.pass_time(SILENT_FOR)
        for _ in range(100):
            self.land.advance(100)
            if len(self.told("view-installed")) > known:
                break
        self.need(len(self.told("view-installed")) > known, "it does not go on alone")
        return [at for at, event in self.land.told if event.name == "view-installed"][-1]

    def leave(self) -> None:
        """The peer leaves; the others do not answer."""
        self.land.act("group.leave", group_overlay=self.overlay)
        self.installed = None
        self.land.advance(3 * registry.timer("leave-give-up"))

    def murmur(self, state: Reply | None = None) -> None:
        """Every other member is heard, and holds nothing up. ``state`` is that of the peer, where it is known
        because nothing was said since."""
        if not self.puppets:
            return
        state = state or self.inspect()
        self.time = max(self.time, state["clock"])
        for who in self.puppets:
            kind = "HEARTBEAT" if who.node.hex() in state["senders"] else "ALIVE"
            reply = self.says(who, kind, acknowledged=state["acknowledged"])
            self.need(reply.ok, f"a frame of {who.named}: {reply.said()}")

    def addresses(self) -> list[str]:
        """Where the members are: the peer first, then the others in the order of the view."""
        return [self.subject.address, *(one.address for one in self.puppets)]
