"""The picture of four peers and two groups, recorded: all in one main overlay, 1 and 2 in group A, 2 and 4 in
group B, and 3 in none, which looks both up. Nothing is told to anybody but the address of peer 1.

Whoever takes part in groups has a trace of its own in each of them, and each group is judged by its traces.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from coterie_kit import registry
from coterie_kit.faults import KitError
from coterie_kit.interop.cast import Company, Member
from coterie_kit.interop.judging import judged
from coterie_kit.interop.network import Network
from coterie_kit.interop.performance import Outcome
from coterie_kit.interop.plan import Plan, Trait, chance
from coterie_kit.interop.recording import Recording
from coterie_kit.interop.stage import BrokenOffError, Stage
from coterie_kit.interop.tracing import Tracer
from coterie_kit.keys.names import node_id, overlay_id
from coterie_kit.keys.signatures import SigningKey

__all__ = ["ENDS", "MAIN", "NAME", "SUMMARY", "record"]

NAME = "picture"
SUMMARY = "four peers in one main overlay: two in group A, two in group B, one in both, one in none"
MAIN = overlay_id(b"main")
A, B, ALIAS = b"group A", b"group B", b"the first group"
DESCRIPTIONS = {A: "where 1 and 2 speak", B: "where 2 and 4 speak"}
ENDS = 5_000
SHOWN = frozenset({
    "HELLO1", "RETRY", "HELLO2", "HELLO3", "FIND", "NODES", "STORE", "STORED", "FETCH", "VALUES", "DEPART",
    "JOIN", "PROPOSE", "FLUSH", "INSTALL", "UP", "DOWN", "CONFIRM", "SENDER", "DATA", "HEARTBEAT", "ALIVE",
    "LEAVE",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """What the application of a peer asks for, when, and in which overlay. Peers are numbered from 1."""

    at: int
    who: int
    action: str
    overlay: bytes
    args: Mapping[str, Any]


def _of_main(at: int, who: int, action: str, **args: Any) -> Wish:
    return Wish(at, who, action, MAIN, args)


def _creates(at: int, who: int, group: bytes) -> Wish:
    info = {"type": "group-info", "description": DESCRIPTIONS[group]}
    return _of_main(
        at, who, "group.create", group=group, info=info, public=True, public_members=True, name=f"peer {who}"
    )


def _joins(at: int, who: int, group: bytes) -> Wish:
    return _of_main(at, who, "group.join", group=group, public_members=True, name=f"peer {who}")


def _says(at: int, who: int, group: bytes, words: str) -> Wish:
    return Wish(at, who, "send", overlay_id(group), {"payload": words.encode()})


STORY: tuple[Wish, ...] = (
    *(_of_main(20 * who, who, "join", contacts=["192.0.2.1:4000"]) for who in (2, 3, 4)),
    _creates(400, 1, A),
    _joins(600, 2, A),
    _creates(1_200, 2, B),
    _joins(1_400, 4, B),
    _of_main(2_000, 3, "group.list"),
    _of_main(2_050, 3, "group.info", group=A),
    _of_main(2_100, 3, "group.info", group=B),
    _of_main(2_150, 3, "group.members", group=A),
    _says(2_200, 1, A, "Is anybody here but me?"),
    _says(2_300, 2, A, "I am, and I hear another group as well."),
    _says(2_400, 2, B, "This is said in another overlay."),
    _says(2_500, 4, B, "And nobody of the first one hears it."),
    _of_main(2_600, 1, "group.bind", alias=ALIAS, group=A),
    _of_main(2_800, 3, "group.info", group=ALIAS),
    _of_main(3_300, 2, "group.leave", group_overlay=overlay_id(A)),
    _says(4_000, 1, A, "Now I am alone again."),
    _of_main(4_400, 3, "leave"),
)
MEMBERS: Mapping[int, tuple[bytes, ...]] = {1: (A,), 2: (A, B), 3: (), 4: (B,)}


class GroupTracer(Tracer):
    """The traces of one peer, one for each group that it is in; and what it was told in the main overlay."""

    def __init__(self, spki: bytes, service: str) -> None:
        super().__init__(node_id(MAIN, spki).hex(), service)
        self._spki = spki
        self._incarnation_of_all = 0
        self.groups: dict[bytes, Tracer] = {}
        self.told: list[tuple[str, Mapping[str, Any]]] = []

    def start(self, incarnation: int, state: str, at: int) -> None:
        """A life begins."""
        super().start(incarnation, state, at)
        self._incarnation_of_all = incarnation

    def take(self, effects: Iterable[Mapping[str, Any]], at: int) -> None:
        """The lines of effects, each in the trace of its group."""
        for effect in effects:
            overlay = bytes.fromhex(str(effect.get("overlay", "")))
            if overlay == MAIN and effect["effect"] == "event":
                self.told.append((str(effect["name"]), effect["fields"]))
            elif overlay and overlay != MAIN:
                self._within(overlay, at).take([effect], at)

    def accepted(self, datagram: bytes, at: int) -> None:
        """A datagram was accepted."""
        overlay = datagram[8:24]
        if overlay != MAIN:
            self._within(overlay, at).accepted(datagram, at)

    def _within(self, overlay: bytes, at: int) -> Tracer:
        if overlay not in self.groups:
            tracer = Tracer(node_id(overlay, self._spki).hex(), self.service)
            tracer.start(self._incarnation_of_all, "first", at)
            self.groups[overlay] = tracer
        return self.groups[overlay]


def record(company: Company) -> Recording:
    """The picture, written down. KitError when it does not show what it is for, or is not clean."""
    plan = Plan(
        seed=1_000_100, traits=tuple(Trait(mono=1_000 * (place + 1)) for place in range(4)), joins=(0,) * 4,
        steps=(), heals=ENDS, least=5, spread=0,
    )  # fmt: skip
    recording, members = Recording(), [_settled(member) for member in company.cast(plan)]
    stage = Stage(members, Network(chance(plan.seed, "network"), plan.least, plan.spread), recording)
    stage.note("phase", healthy=False)
    try:
        for member in members:
            stage.start(member, "first")
        for wish in STORY:
            stage.at(wish.at, _ask, stage, members[wish.who - 1], wish)
        stage.run(ENDS)
    except BrokenOffError as broken:
        raise KitError(f"scenario {NAME}: {broken}") from None
    stage.note("end")
    for sentence in (*_lacking(members, recording), *_wrong(plan, members, stage)):
        raise KitError(f"scenario {NAME}: {sentence}")
    return recording


def _settled(member: Member) -> Member:
    """A member whose only overlay at its start is the main one."""
    spki = SigningKey.from_pkcs8(member.key).spki
    member.named = str(member.number + 1)
    member.node = node_id(MAIN, spki).hex()
    member.trust = {"overlay": MAIN, "policy": "open", "membership": "none"}
    member.tracer = GroupTracer(spki, member.trait.service)
    return member


def _ask(stage: Stage, member: Member, wish: Wish) -> None:
    stage.note("action", what=wish.action, nodes=[member.node])
    if not stage.ask(member, wish.action, wish.overlay, **wish.args):
        raise BrokenOffError(f"{member.name} ({member.spec}) does not {wish.action} at {wish.at} ms")


# ---------------------------------------------------------------- what it is for


def _tracer(member: Member) -> GroupTracer:
    if not isinstance(member.tracer, GroupTracer):
        raise TypeError("a member of the picture has a trace for each group")
    return member.tracer


def _told(member: Member, name: str) -> list[Mapping[str, Any]]:
    return [fields for told, fields in _tracer(member).told if told == name]


def _lacking(members: list[Member], recording: Recording) -> list[str]:
    """What did not come to pass, in sentences."""
    sent = {registry.frame_name(packet.payload) for packet in recording.packets}
    found = [f"there is no {kind}" for kind in sorted(SHOWN - sent)]
    for member in members:
        inside = {overlay_id(group) for group in MEMBERS[member.number + 1]}
        if set(_tracer(member).groups) != inside:
            found.append(f"peer {member.name} is not in just the groups that it is to be in")
        entered = {row["group_overlay"] for row in _told(member, "group-entered")}
        if entered != {overlay.hex() for overlay in inside}:
            found.append(f"peer {member.name} has not entered its groups")
    first, second, third, _ = members
    looked = [(row["group"], len(row["documents"])) for row in _told(third, "group-found")]
    if looked != [(A.hex(), 1), (B.hex(), 1), (A.hex(), 1)]:
        found.append(f"peer 3 has found {looked}")
    if [sorted(row["groups"]) for row in _told(third, "groups")] != [sorted([A.hex(), B.hex()])]:
        found.append("peer 3 was not told of both groups")
    if [len(row["members"]) for row in _told(third, "group-members")] != [2]:
        found.append("peer 3 was not told of the two members of A")
    if [row["group"] for row in _told(second, "group-left")] != [A.hex()]:
        found.append("peer 2 has not left A")
    return found if _heard(first) == {3} and _heard(second) == {2} else [*found, "not all was heard"]


def _heard(member: Member) -> set[int]:
    """How many messages were told in each group, as a set."""
    traces = _tracer(member).groups.values()
    return {sum(line["event"] == "deliver" for line in tracer.lines) for tracer in traces}


def _wrong(plan: Plan, members: list[Member], stage: Stage) -> list[str]:
    """What the checker of traces has against the members of a group."""
    found = []
    for group in (A, B):
        overlay = overlay_id(group)
        inside = [_tracer(member).groups.get(overlay) for member in members]
        lines = tuple(tracer.lines for tracer in inside if tracer is not None)
        ended = Outcome(plan, "", "", stage.now, None, lines, stage.harness, 0, 0)
        found += judged(ended).sentences
    return found
