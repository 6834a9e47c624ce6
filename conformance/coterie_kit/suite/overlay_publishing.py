"""Publishing: where a value is stored, with which sequence, and when again; and withdrawing it."""

from __future__ import annotations

from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.faults import Unreadable
from coterie_kit.judge import Judge
from coterie_kit.reply import Reply
from coterie_kit.suite import _envelopes
from coterie_kit.suite._overlay import BUCKET_SIZE, CLIENT, Overlay
from coterie_kit.suite._overlay_scenes import SLOT
from coterie_kit.suite._stage import Stage, accepts
from coterie_kit.suite.overlay_lookup import asked, by_distance, town
from coterie_kit.values import Taken, check
from coterie_kit.values.envelope import KINDS, Envelope, parse, resource_key

AGAIN = registry.timer("publish-again")
LIST: dict[str, Any] = {"kind": "group-list", "name": b"", "slot": SLOT}
KEY = resource_key(KINDS["group-list"], b"")


def publish(stage: Overlay, **args: Any) -> Reply:
    """The peer publishes a value in the list of groups, and what follows at once."""
    return stage.act("publish", **(LIST | {"lifetime": 600, "value": b"a value"} | args))


def published(stage: Overlay) -> list[tuple[int, int]]:
    """Sequence and number of holders of each event."""
    return [(each["sequence"], each["stored"]) for each in stage.events("published")]


def stored(stage: Overlay) -> list[Envelope]:
    """The envelopes that the peer has sent, each once, in their order."""
    return [
        parse(octets) for octets in dict.fromkeys(said.frame.body["envelope"] for said in stage.sent("STORE"))
    ]


def sound(stage: Overlay, octets: bytes) -> Taken | None:
    """What the kit makes of an envelope that the peer has sent; a failed check when nothing."""
    try:
        return check(octets, stage.overlay, stage.wall)
    except Unreadable as refused:
        stage.judge.check(
            "envelope", ok=False, expected="an envelope that storers take", observed=refused.reason
        )
        return None


@case(
    "overlay.publish.to-the-closest",
    reqs=["REQ-OVL-28"],
    type="STORE",
    operator="conforming",
    cls="overlay",
    fresh=True,
)
def _to_the_closest(judge: Judge) -> None:
    """A client stores at the eight closest to the resource key; each gets the same good octets."""
    stage, _, _ = town(judge, 3, 20, "client")
    near = by_distance(list(stage.cast.values()), KEY)[:BUCKET_SIZE]
    value = judge.octets(50)
    publish(stage, value=value, lifetime=777)
    stage.advance(1)
    judge.equal("looked-up", {said.frame.body["target"] for said in stage.sent("FIND")}, {KEY})
    said = stage.sent("STORE")
    judge.equal("to", sorted(each.to for each in said), sorted(one.puppet.address for one in near))
    judge.equal("the-same-octets", len({each.frame.body["envelope"] for each in said}), 1)
    taken = sound(stage, said[0].frame.body["envelope"]) if said else None
    if taken is not None:
        found = taken.envelope
        told = (taken.kind, found.name, found.slot, found.sequence, found.lifetime, found.value, found.leaf)
        own = stage.subject.leaf
        judge.equal("says", told, ("group-list", b"", SLOT, stage.wall - 1, 777, value, own))
    row = {"kind": "group-list", "name": "", "slot": SLOT.hex(), "sequence": stage.wall - 1}
    judge.equal("told", stage.events("published"), [row | {"stored": BUCKET_SIZE}])
    judge.equal("published", stage.inspect()["published"], [row], field="published")


@case(
    "overlay.publish.itself-included",
    reqs=["REQ-OVL-28", "REQ-OVL-19"],
    type="STORE",
    operator="conforming-one-of-the-closest",
    cls="overlay",
    fresh=True,
)
def _itself(judge: Judge) -> None:
    """A peer that is one of the eight closest stores at seven others and at itself; else at eight others."""
    for closer in (2, BUCKET_SIZE):
        stage = Overlay(judge)
        group = _group_name(stage)
        key = resource_key(KINDS["group-info"], group)
        bits = _common(key, stage.subject.node)
        stage.crowd(BUCKET_SIZE - closer, bits=0, of=key if bits else _flipped(key))
        stage.crowd(closer, bits=bits + 1 + (closer > 4), of=key)
        stage.crowd(2, bits=0, of=key if bits else _flipped(key))
        ranked = by_distance([stage.actor(stage.named_by(node)) for node in stage.contacts()], key)
        count = BUCKET_SIZE - 1 if closer < BUCKET_SIZE else BUCKET_SIZE
        stage.need(len(ranked) >= BUCKET_SIZE, "it has not the contacts that the scene needs")
        publish(stage, kind="group-info", name=group)
        to = sorted(said.to for said in stage.sent("STORE"))
        judge.equal(f"{closer}.to", to, sorted(one.puppet.address for one in ranked[:count]))
        judge.equal(f"{closer}.stored", [stored for _, stored in published(stage)], [BUCKET_SIZE])
        held = stage.inspect()["held"]
        judge.equal(f"{closer}.held", len(held), int(closer < BUCKET_SIZE), field="held")
        reader = stage.others[0]
        page = stage.one(stage.ask(reader, "FETCH", key=key), "VALUES").frame.body
        sent = stage.sent("STORE")[0].frame.body["envelope"]
        judge.equal(f"{closer}.handed-out", page["held"], [sent] if closer < BUCKET_SIZE else [])


def _common(one: bytes, other: bytes) -> int:
    from coterie_kit.suite._overlay import common

    return common(one, other)


def _flipped(node: bytes) -> bytes:
    return bytes([node[0] ^ 0x80]) + node[1:]


def _group_name(stage: Overlay) -> bytes:
    """A name whose key begins with one or two bits like the peer's Node-ID."""
    number = 0
    while _common(resource_key(KINDS["group-info"], b"group %d" % number), stage.subject.node) not in {1, 2}:
        number += 1
    return b"group %d" % number


@case(
    "overlay.publish.alone",
    reqs=["REQ-OVL-28"],
    type="none",
    operator="conforming-alone",
    cls="overlay",
    fresh=True,
)
def _alone(judge: Judge) -> None:
    """A peer that knows nobody holds the value itself; a client does not."""
    stage = Overlay(judge)
    stage.crowd(1, roles=CLIENT)
    publish(stage)
    judge.equal("a-peer", (published(stage), len(stage.inspect()["held"])), ([(stage.wall, 1)], 1))
    judge.equal("not-at-a-client", stage.sent("STORE"), [])
    other = Overlay(judge, "client")
    publish(other)
    judge.equal("a-client", (published(other), other.inspect()["held"]), ([(other.wall, 0)], []))


@case(
    "overlay.publish.refused-by-some",
    reqs=["REQ-OVL-28", "REQ-OVL-10"],
    type="REFUSE",
    operator="conforming-some-refuse",
    cls="overlay",
    fresh=True,
)
def _some_refuse(judge: Judge) -> None:
    """Told when all have answered or were given up; stored counts those that hold it."""
    stage = Overlay(judge, "client", count=4)
    refusing, silent, slow, _ = stage.cast.values()
    code = registry.reason("store-full").code
    number = registry.frame("STORE").code
    refusing.says["STORE"] = lambda said: [
        stage.of(
            refusing.puppet,
            "REFUSE",
            refused_sequence=said.frame.prefix["sequence"],
            reason=code,
            refused_type=number,
        )
    ]
    silent.mute.add("STORE")
    slow.delay = 900
    publish(stage)
    sent = stage.wall
    # the answer of the slow one to FIND, and two STOREs that the silent one leaves
    stage.advance(900 + 2 * registry.timer("request-give-up") - 1)
    judge.equal("not-yet", published(stage), [])
    stage.advance(1)
    judge.equal("told", published(stage), [(sent, 2)])
    judge.equal("asked-anew-once", (len(silent.got("STORE")), len(refusing.got("STORE"))), (2, 1))


# ---------------------------------------------------------------- sequences


@case(
    "overlay.publish.sequence",
    reqs=["REQ-OVL-28"],
    type="STORE",
    operator="conforming-clock-goes-back",
    cls="overlay",
    fresh=True,
)
def _sequence(judge: Judge) -> None:
    """Never less than one more than the last one there; each slot and each resource counts for itself."""
    stage = Overlay(judge)
    first = stage.wall
    publish(stage)
    publish(stage, value=b"at once")
    stage.pass_time(10, -200_000)
    publish(stage, value=b"clock went back")
    publish(stage, slot=b"\x09" * 16)
    publish(stage, kind="group-info", name=b"another resource")
    back = first - 200_000
    judge.equal(
        "sequences", [each for each, _ in published(stage)], [first, first + 1, first + 2, back, back]
    )
    stage.act("withdraw", **LIST)
    judge.equal("tombstone", published(stage)[5:], [(first + 3, 1)])
    publish(stage)
    judge.equal("after-the-tombstone", published(stage)[6:], [(first + 4, 1)])
    stage.pass_time(10, 900_000)
    publish(stage)
    judge.equal("forward-again", published(stage)[7:], [(stage.wall, 1)])


# ---------------------------------------------------------------- again


@case(
    "overlay.publish.anew",
    reqs=["REQ-OVL-29"],
    type="STORE",
    operator="conforming-half-its-lifetime",
    cls="overlay",
    fresh=True,
)
def _anew(judge: Judge) -> None:
    """Half its lifetime later, with a new sequence, wherever the closest are by then; and again."""
    stage = Overlay(judge, "client", count=2)
    began = stage.wall
    publish(stage, lifetime=120)
    others = stage.crowd(1)
    stage.advance(59_999)
    judge.equal("not-before", len(stored(stage)), 1)
    stage.advance(1)
    judge.equal("sequences", [each.sequence for each in stored(stage)], [began, began + 60_000])
    judge.equal("newcomer-too", [parse(each).sequence for each in others[0].kept], [began + 60_000])
    stage.advance(60_000)
    judge.equal("and-again", [each.sequence for each in stored(stage)][2:], [began + 120_000])
    first, *rest = stored(stage)
    for number, each in enumerate(rest):
        same = (each.kind, each.name, each.slot, each.lifetime, each.leaf, each.value)
        wanted = (first.kind, first.name, first.slot, first.lifetime, first.leaf, first.value)
        judge.equal(f"the-same-value-{number}", same, wanted)
    judge.equal("told", published(stage), [(began + 60_000 * turn, 2 + min(turn, 1)) for turn in range(3)])


@case(
    "overlay.publish.replaced",
    reqs=["REQ-OVL-29"],
    type="STORE",
    operator="conforming-replaced",
    cls="overlay",
    fresh=True,
)
def _replaced(judge: Judge) -> None:
    """What was published in its place is published anew, at its own time, and nothing else."""
    stage = Overlay(judge, "client", count=1)
    publish(stage, lifetime=120, value=b"old")
    stage.advance(30_000)
    publish(stage, lifetime=200, value=b"new")
    stage.advance(99_999)
    judge.equal("not-before", [each.value for each in stored(stage)], [b"old", b"new"])
    stage.advance(1)
    judge.equal("anew", [each.value for each in stored(stage)], [b"old", b"new", b"new"])
    judge.equal("one", len(stage.inspect()["published"]), 1, field="published")


@case(
    "overlay.publish.stored-by-nobody",
    reqs=["REQ-OVL-29"],
    type="STORE",
    operator="nobody-stores",
    cls="overlay",
    fresh=True,
)
def _nobody(judge: Judge) -> None:
    """After 10,000 ms when nobody has stored it, until somebody has; then after half its lifetime."""
    stage = Overlay(judge, "client")
    began = stage.wall
    publish(stage, lifetime=600)
    stage.advance(AGAIN - 1)
    judge.equal("not-before", published(stage), [(began, 0)])
    stage.advance(1)
    judge.equal("again", published(stage), [(began, 0), (began + AGAIN, 0)])
    stage.crowd(1)
    stage.advance(AGAIN)
    judge.equal("somebody", published(stage)[2:], [(began + 2 * AGAIN, 1)])
    stage.advance(299_999)
    judge.equal("not-so-soon", len(published(stage)), 3)
    stage.advance(1)
    judge.equal("half-its-lifetime", published(stage)[3:], [(began + 2 * AGAIN + 300_000, 1)])


@case(
    "overlay.publish.not-for-others",
    reqs=["REQ-OVL-29"],
    type="STORE",
    operator="conforming-storers-pass-nothing-on",
    cls="overlay",
    fresh=True,
)
def _nothing_on(judge: Judge) -> None:
    stage = Overlay(judge, count=3)
    who = stage.others[0]
    accepts(judge, stage.ask(who, "STORE", envelope=_envelopes.make(who, stage.wall, lifetime=120)), "held")
    stage.crowd(2)
    stage.advance(130_000)
    judge.equal("silence", stage.sent("STORE"), [])
    publish(stage, lifetime=600)
    mine = {_envelopes.publisher_of(said.frame.body["envelope"]) for said in stage.sent("STORE")}
    judge.equal("only-its-own", mine, {_own(stage)})


def _own(stage: Stage) -> bytes:
    from coterie_kit.keys.names import peer_id

    return peer_id(stage.subject.key.spki)


# ---------------------------------------------------------------- withdrawing


@case(
    "overlay.withdraw.tombstone",
    reqs=["REQ-OVL-30"],
    type="STORE",
    operator="conforming-tombstone",
    cls="overlay",
    fresh=True,
)
def _tombstone(judge: Judge) -> None:
    """A tombstone in the same slot, newer than the value; then nothing of it is published any more."""
    stage = Overlay(judge, "client", count=2)
    publish(stage, lifetime=120)
    stage.advance(7000)
    stage.act("withdraw", **LIST)
    value, gone = stored(stage)[:2]
    shape = (gone.kind, gone.name, gone.slot, gone.value, gone.lifetime)
    judge.equal("tombstone", shape, (value.kind, value.name, value.slot, b"", _envelopes.DAY))
    judge.equal("sequence", gone.sequence, stage.wall)
    sound(stage, stage.sent("STORE")[-1].frame.body["envelope"])
    judge.equal("to", [len(actor.kept) for actor in stage.cast.values()], [2, 2])
    judge.equal("told", published(stage)[1:], [(stage.wall, 2)])
    judge.equal("published", stage.inspect()["published"], [], field="published")
    since = len(stage.noted)
    stage.advance(44_000_000)
    judge.equal("once", stage.sent("STORE", since), [])


@case(
    "overlay.withdraw.stored-by-nobody",
    reqs=["REQ-OVL-30"],
    type="STORE",
    operator="tombstone-stored-by-nobody",
    cls="overlay",
    fresh=True,
)
def _tombstone_nowhere(judge: Judge) -> None:
    stage = Overlay(judge, "client", count=1)
    publish(stage, lifetime=120)
    actor = next(iter(stage.cast.values()))
    code, number = registry.reason("value-quota").code, registry.frame("STORE").code
    actor.says["STORE"] = lambda said: [
        stage.of(
            actor.puppet,
            "REFUSE",
            refused_sequence=said.frame.prefix["sequence"],
            reason=code,
            refused_type=number,
        )
    ]
    stage.act("withdraw", **LIST)
    judge.equal("told", [count for _, count in published(stage)], [1, 0])
    stage.advance(3 * AGAIN)
    judge.equal("once", len(asked(stage, KEY)), 2)
