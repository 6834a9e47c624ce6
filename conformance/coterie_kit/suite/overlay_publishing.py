"""Publishing: where a value is stored, with which sequence, and when again; and withdrawing it."""

from __future__ import annotations

from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.faults import Unreadable
from coterie_kit.judge import Judge
from coterie_kit.reply import Reply
from coterie_kit.suite._overlay import BUCKET_SIZE, CLIENT, Overlay, distance
from coterie_kit.suite._overlay_scenes import SLOT
from coterie_kit.suite.overlay_lookup import by_distance, finds, town
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
    finds(stage, KEY, near)
    since = len(stage.noted)
    value = judge.octets(50)
    publish(stage, value=value, lifetime=777)
    stage.advance(1)
    judge.equal("looked-up", {said.frame.body["target"] for said in stage.sent("FIND", since)}, {KEY})
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
        own = distance(stage.subject.node, key)
        nearer = sum(distance(one.puppet.node, key) < own for one in ranked)
        enough = len(ranked) >= BUCKET_SIZE and nearer == closer
        stage.need(enough, "it has not the contacts that the scene needs")
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
    reqs=["REQ-OVL-28", "REQ-OVL-10", "REQ-OVL-6", "REQ-OVL-9"],
    type="REFUSE",
    operator="conforming-some-refuse",
    cls="overlay",
    fresh=True,
)
def _some_refuse(judge: Judge) -> None:
    """Told when all have answered or were given up; stored counts those that hold it."""
    stage = Overlay(judge, "client", count=4)
    refusing, silent, slow, _ = stage.cast.values()
    stage.refusing(refusing, "STORE", "store-full")
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
    publish(stage, value=b"first")
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
    stage.need(len(published(stage)) > 5, "it withdraws without a word")
    judge.equal("tombstone", published(stage)[5:], [(first + 3, 1)])
    publish(stage)
    judge.equal("after-the-tombstone", published(stage)[6:], [(first + 4, 1)])
    stage.pass_time(10, 900_000)
    publish(stage)
    judge.equal("forward-again", published(stage)[7:], [(stage.wall, 1)])
