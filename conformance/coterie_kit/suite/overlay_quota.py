"""How much is held: of one publisher, of one resource, and of all."""

from __future__ import annotations

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.suite import _envelopes
from coterie_kit.suite._overlay import Overlay, distance
from coterie_kit.suite.overlay_store import held, refuses, stores
from coterie_kit.values.envelope import KINDS, resource_key

OF_PUBLISHER = registry.limit("publisher-values")
OF_RESOURCE = registry.limit("resource-values")
VALUES = registry.limit("values")
OCTETS = registry.limit("value-octets")
LONGEST = registry.limit("value")


def _slot(number: int) -> bytes:
    return (number + 1).to_bytes(16, "big")


def fill(stage: Overlay, who: Puppet, count: int, **fields: object) -> None:
    """Stores so many values of a puppet, each in a slot of its own."""
    for number in range(count):
        envelope = _envelopes.make(who, stage.wall, **({"slot": _slot(number)} | fields))
        reply = stage.ask(who, "STORE", envelope=envelope)
        stage.need(reply.ok, f"value {number}: {reply.said()}")


@case(
    "overlay.quota.of-a-publisher",
    reqs=["REQ-OVL-16"],
    type="STORE",
    operator="one-over-the-publisher-quota",
    cls="overlay",
    fresh=True,
)
def _of_a_publisher(judge: Judge) -> None:
    """64 in all resources together; what replaces counts no more; tombstones count; what expires does not."""
    stage = Overlay(judge, count=2)
    who, other = stage.others
    fill(stage, who, OF_PUBLISHER - 2)
    info = {"kind": "group-info", "name": b"a group"}
    stores(stage, who, _envelopes.tombstone(who, stage.wall, **info), "tombstone")
    brief = _envelopes.make(who, stage.wall, lifetime=60, **(info | {"slot": _slot(9)}))
    stores(stage, who, brief, "last")
    stage.need(len(held(stage)) == OF_PUBLISHER, "it does not hold what it stores")
    more = _envelopes.make(who, stage.wall, slot=_slot(1000))
    refuses(stage, who, more, "value-quota", "65th")
    refuses(stage, who, _envelopes.tombstone(who, stage.wall, slot=_slot(1001)), "value-quota", "a-tombstone")
    stores(stage, other, _envelopes.make(other, stage.wall), "another-publisher")
    stores(stage, who, _envelopes.make(who, stage.wall + 1, slot=_slot(3)), "replaces")
    stores(stage, who, brief, "the-same-again")
    refuses(stage, who, more, "value-quota", "still-64")
    stage.pass_time(60_000)
    stage.need(len(held(stage)) == OF_PUBLISHER, "what has expired is still there")
    stores(stage, who, more, "when-one-has-expired")
    judge.equal("held", len(held(stage)), OF_PUBLISHER + 1, field="held")


@case(
    "overlay.quota.order",
    reqs=["REQ-OVL-15", "REQ-OVL-16"],
    type="STORE",
    operator="stale-and-over-the-quota",
    cls="overlay",
    fresh=True,
)
def _order(judge: Judge) -> None:
    stage = Overlay(judge, count=1)
    who = stage.others[0]
    fill(stage, who, OF_PUBLISHER)
    refuses(stage, who, _envelopes.make(who, stage.wall - 1, slot=_slot(5)), "stale-value", "stale-first")
    refuses(stage, who, _envelopes.make(who, stage.wall - 1, slot=_slot(500)), "value-quota", "quota")
    stores(stage, who, _envelopes.make(who, stage.wall + 1, slot=_slot(5)), "twin")


# ---------------------------------------------------------------- a full store


INFO = "group-info"
LIST = "group-list"


def _names(stage: Overlay, count: int) -> list[bytes]:
    """Names of groups, by the distance of their keys from the peer's Node-ID: the closest first."""
    made = [b"group %d" % number for number in range(count)]
    return sorted(made, key=lambda name: distance(resource_key(KINDS[INFO], name), stage.subject.node))


def _value(stage: Overlay, who: Puppet, name: bytes, octets: int, slot: int = 0) -> bytes:
    """An envelope of a group's name with so many octets in its value."""
    return _envelopes.make(who, stage.wall, kind=INFO, name=name, value=bytes(octets), slot=_slot(slot))


def _fill_up(stage: Overlay, name: bytes, near: bytes, room: int) -> None:
    """Stores the longest values under ``name``, and what fits besides under ``near``, to the last octet."""
    who, number = stage.crowd(1)[0].puppet, 0
    most = len(_value(stage, who, name, LONGEST))
    bare = most - LONGEST
    while room:
        if number == OF_PUBLISHER:
            who, number = stage.crowd(1)[0].puppet, 0
        size = most if room - most > bare or room == most else min(room, most - bare)
        resource = name if size == most else near
        reply = stage.ask(who, "STORE", envelope=_value(stage, who, resource, size - bare, number))
        stage.need(reply.ok, f"with {room} octets left: {reply.said()}")
        room, number = room - size, number + 1


def _counts(stage: Overlay) -> dict[bytes, int]:
    """How many values are held under each name."""
    names = [bytes.fromhex(each["name"]) for each in held(stage)]
    return {name: names.count(name) for name in names}


@case(
    "overlay.quota.a-full-store",
    reqs=["REQ-OVL-17"],
    type="STORE",
    operator="more-than-all-octets",
    cls="overlay",
    fresh=True,
)
def _full_store(judge: Judge) -> None:
    """At 2 MiB the farthest give way to what is closer, as many as are needed, and never half of them."""
    stage = Overlay(judge)
    near, between, middle, far, farthest = _names(stage, 5)
    one, two = (actor.puppet for actor in stage.crowd(2))
    small = [_value(stage, one, far, 1, slot) for slot in range(3)]
    _fill_up(stage, between, near, OCTETS - sum(map(len, small)))
    stage.pass_time(1000)
    for slot in range(3):
        stores(stage, one, _value(stage, one, far, 1, slot), f"far-{slot}")
    full = {near: 0} | _counts(stage)
    refuses(stage, two, _value(stage, two, farthest, 1), "store-full", "farthest")
    refuses(stage, two, _value(stage, two, far, 2), "store-full", "as-far-as-the-farthest")
    stores(stage, two, _value(stage, two, near, 1), "closer")
    judge.equal("one-gave-way", _counts(stage), full | {far: 2, near: full[near] + 1}, field="held")
    too_much = stage.ask(two, "STORE", envelope=_value(stage, two, middle, LONGEST))
    judge.refused(too_much, "store-full", name="not-all-are-farther")
    judge.equal("nobody-gave-way", _counts(stage), full | {far: 2, near: full[near] + 1}, field="held")
    stores(stage, two, _value(stage, two, near, LONGEST, 1), "closer-and-longer")
    now = {name: count for name, count in (full | {near: full[near] + 2}).items() if name != far}
    judge.equal("three-gave-way", _counts(stage), now | {between: full[between] - 1}, field="held")
    refuses(stage, two, _value(stage, two, between, 600), "store-full", "as-far-as-the-rest")


@case(
    "overlay.quota.of-a-resource-and-of-all",
    reqs=["REQ-OVL-16", "REQ-OVL-17"],
    type="STORE",
    operator="one-over-the-resource-quota",
    cls="overlay",
    fresh=True,
)
def _of_a_resource(judge: Judge) -> None:
    """512 in the list of groups, whoever published them; 1,024 in all, of which the farthest give way."""
    stage = Overlay(judge, count=OF_RESOURCE // OF_PUBLISHER + 1)
    names = _names(stage, 1000)
    closer = [name for name in names if _far(stage, INFO, name) < _far(stage, LIST, b"")]
    farther = [name for name in names if name not in closer]
    stage.need(len(closer) > 2 and farther, "the list of groups lies too far out, or too close")
    *filling, last = stage.others
    values = [_listing(stage, who, number) for who in filling for number in range(OF_PUBLISHER)]
    for at, envelope in enumerate(values):
        reply = stage.ask(filling[at // OF_PUBLISHER], "STORE", envelope=envelope)
        stage.need(reply.reason != "too-many-requests", "it takes many for one publisher")
        judge.require(f"value-{at}", reply.ok, expected="ok", observed=reply.said())
    refuses(stage, last, _listing(stage, last, 0), "value-quota", "1025th")
    stores(stage, last, _value(stage, last, closer[0], 1), "another-resource")
    newer = _envelopes.make(filling[0], stage.wall + 1, slot=_slot(0))
    stores(stage, filling[0], newer, "replaces")
    for number in range((VALUES - OF_RESOURCE) // OF_PUBLISHER):
        who = stage.crowd(1)[0].puppet
        name = closer[1 + number % 2]
        fill(stage, who, OF_PUBLISHER - (number == 0), kind=INFO, name=name, value=b"v")
    _all_values(stage, [*values[1:], newer], closer[0], farther[-1])


def _all_values(stage: Overlay, listed: list[bytes], near: bytes, far: bytes) -> None:
    """At 1,024 values: what is farther is refused, what is closer drives out the last of the farthest key."""
    judge = stage.judge
    one, two = (actor.puppet for actor in stage.crowd(2))
    judge.equal("held", len(held(stage)), VALUES, field="held")
    refuses(stage, one, _value(stage, one, far, 1), "store-full", "farther")
    listed = sorted(listed, key=_envelopes.place)
    stores(stage, two, _value(stage, two, near, 1), "closer")
    publisher, slot = _envelopes.place(listed[-1])
    rows = [(each["publisher"], each["slot"]) for each in held(stage)]
    gone = (publisher.hex(), slot.hex()) not in rows
    judge.check("the-last-gave-way", gone, field="held", reqs=["REQ-OVL-17"], observed="it is held")
    judge.equal("nobody-else", len(held(stage)), VALUES, field="held", reqs=["REQ-OVL-17"])


def _far(stage: Overlay, kind: str, name: bytes) -> int:
    return distance(resource_key(KINDS[kind], name), stage.subject.node)


def _listing(stage: Overlay, who: Puppet, number: int) -> bytes:
    """A value in the list of groups."""
    return _envelopes.make(who, stage.wall, slot=_slot(number), value=b"v")
