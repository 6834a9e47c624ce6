"""Whom a lookup greets beside each other, and what it makes of peers that are named and are not there."""

from __future__ import annotations

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._overlay import BUCKET_SIZE, Actor, Overlay
from coterie_kit.suite._stage import Said
from coterie_kit.suite.overlay_lookup import (
    PATHS,
    WAIT,
    addresses,
    asked,
    by_distance,
    found,
    greeted,
    names,
    one_path,
    told,
)

BESIDE = registry.limit("greetings-beside")
IN_VAIN = registry.limit("names-in-vain")


def silent(*actors: Actor) -> None:
    """They answer no greeting."""
    for one in actors:
        one.mute.add("HELLO1")


def close_to(target: bytes, judge: Judge, actors: list[Actor]) -> None:
    """Node-IDs that nobody has, closer to the target than any other, the first one the closest."""
    for place, one in enumerate(actors):
        one.puppet.node = target[:30] + bytes([target[30] ^ (place + 1)]) + judge.octets(1)


@case(
    "overlay.lookup.four-beside",
    reqs=["REQ-OVL-23", "REQ-OVL-25"],
    type="HELLO1",
    operator="conforming-greets-beside",
    cls="overlay",
    fresh=True,
)
def _four_beside(judge: Judge) -> None:
    """The four closest are greeted at once; one more whenever the path is to ask and one of them is met."""
    stage, target, guide, others = one_path(judge, BUCKET_SIZE)
    guide.mute.add("FIND")
    silent(others[0], others[2])
    stage.act("find", target=target)
    said = stage.nodes(guide.puppet, guide.got("FIND")[0], guide.knows)
    stage.need(stage.deliver(said, guide.puppet).ok, "NODES is refused")
    judge.equal("at-once", greeted(stage), addresses(others[:BESIDE]))
    stage.settle()
    judge.equal("one-after-the-other", greeted(stage), addresses(others))
    here = [one for one in others if one not in (others[0], others[2])]
    judge.equal("asked", asked(stage, target), addresses([guide, *here]))
    judge.equal("still-waiting", found(stage, target), [])
    stage.advance(WAIT)
    judge.equal("found", found(stage, target), [names(by_distance([guide, *here], target))])


@case(
    "overlay.lookup.session-first",
    reqs=["REQ-OVL-23"],
    type="FIND",
    operator="conforming-session-first",
    cls="overlay",
    fresh=True,
)
def _session_first(judge: Judge) -> None:
    """While a closer candidate is being greeted, one with a session is asked; and no other path waits."""
    stage = Overlay(judge, count=PATHS + 1)
    target = judge.octets(32)
    near = by_distance(list(stage.cast.values()), target)
    (ghost,) = stage.strangers(1)
    silent(ghost)
    close_to(target, judge, [ghost])
    for one in near:
        one.mute.add("FIND")
    stage.act("find", target=target)
    judge.equal("first", asked(stage, target), addresses(near[:PATHS]))
    told(stage, near[0], [ghost])
    judge.equal("greeted", greeted(stage), addresses([ghost]))
    judge.equal("and-asked", asked(stage, target)[PATHS:], addresses(near[PATHS:]))
    for one in near[1:]:
        told(stage, one, [])
    judge.equal("it-waits", found(stage, target), [])
    stage.advance(WAIT)
    judge.equal("found", found(stage, target), [names(near)])


# ---------------------------------------------------------------- names in vain


@case(
    "overlay.lookup.names-nobody",
    reqs=["REQ-OVL-34", "REQ-OVL-23", "REQ-OVL-25"],
    type="NODES",
    operator="all-rows-made-up",
    cls="overlay",
    fresh=True,
)
def _names_nobody(judge: Judge) -> None:
    """Of eight that are not there, four are greeted, once; then the path has nobody left and ends."""
    stage, target, guide, others = one_path(judge, BUCKET_SIZE)
    silent(*others)
    stage.act("find", target=target)
    stage.advance(WAIT - 1)
    judge.equal("four", set(greeted(stage)), set(addresses(others[:BESIDE])))
    judge.equal("not-before", found(stage, target), [])
    stage.advance(1)
    judge.equal("no-more", set(greeted(stage)), set(addresses(others[:BESIDE])))
    judge.equal("found", found(stage, target), [names([guide])])


def _under_false_names(stage: Overlay, guide: Actor, target: bytes, liars: list[Actor]) -> None:
    """The guide gives some of those whom it names other Node-IDs than they have."""
    judge, real = stage.judge, [one.puppet.node for one in liars]

    def lie(said: Said) -> list[bytes]:
        close_to(target, judge, liars)
        made = stage.nodes(guide.puppet, said, guide.knows)
        for one, node in zip(liars, real, strict=True):
            one.puppet.node = node
        return [made]

    guide.says["FIND"] = lie


@case(
    "overlay.lookup.two-false-names",
    reqs=["REQ-OVL-34", "REQ-OVL-23", "REQ-OVL-25"],
    type="NODES",
    operator="two-rows-of-others",
    cls="overlay",
    fresh=True,
)
def _two_false_names(judge: Judge) -> None:
    """Two others are where somebody was named: no more are greeted; one who is greeted already is asked."""
    stage, target, guide, others = one_path(judge, BUCKET_SIZE)
    _under_false_names(stage, guide, target, others[:IN_VAIN])
    silent(*others[IN_VAIN + 1 :])
    stage.act("find", target=target)
    judge.equal("one-more-after-the-first", greeted(stage), addresses(others[: BESIDE + 1]))
    judge.equal("asked", asked(stage, target), addresses([guide, others[IN_VAIN]]))
    stage.advance(WAIT)
    judge.equal("no-more", set(greeted(stage)), set(addresses(others[: BESIDE + 1])))
    judge.equal("found", found(stage, target), [names(by_distance([guide, others[IN_VAIN]], target))])


@case(
    "overlay.lookup.one-false-name",
    reqs=["REQ-OVL-34", "REQ-OVL-23", "REQ-OVL-25"],
    type="NODES",
    operator="conforming-one-row-of-another",
    cls="overlay",
    fresh=True,
)
def _one_false_name(judge: Judge) -> None:
    """One that is not there may have gone just now: all others that were named with it are asked."""
    stage, target, guide, others = one_path(judge, BUCKET_SIZE)
    _under_false_names(stage, guide, target, others[:1])
    stage.act("find", target=target)
    judge.equal("asked", set(asked(stage, target)), set(addresses([guide, *others[1:]])))
    judge.equal("found", found(stage, target), [names(by_distance([guide, *others[1:]], target))])


@case(
    "overlay.lookup.names-of-another",
    reqs=["REQ-OVL-34", "REQ-OVL-23", "REQ-OVL-25"],
    type="NODES",
    operator="conforming-beside-made-up-rows",
    cls="overlay",
    fresh=True,
)
def _names_of_another(judge: Judge) -> None:
    """What a liar names says nothing of those whom another one has named to the same path."""
    stage = Overlay(judge, count=PATHS + 1)
    target = judge.octets(32)
    near = by_distance(list(stage.cast.values()), target)
    ghosts = stage.strangers(BUCKET_SIZE)
    real = by_distance(stage.strangers(3), target)
    silent(*ghosts)
    close_to(target, judge, ghosts)
    for one in near:
        one.mute.add("FIND")
    stage.act("find", target=target)
    told(stage, near[0], ghosts)
    told(stage, near[PATHS], real)
    for one in near[1:PATHS]:
        told(stage, one, [])
    judge.equal("no-room", greeted(stage), addresses(by_distance(ghosts, target)[:BESIDE]))
    since = len(stage.noted)
    stage.advance(WAIT - 1)
    judge.equal(
        "nobody-else", {each.to for each in stage.sent("HELLO1", since)} & set(addresses(real)), set()
    )
    stage.advance(1)
    judge.equal("found", found(stage, target), [names(by_distance([*near, *real], target))])


# ---------------------------------------------------------------- who is not needed any more


@case(
    "overlay.lookup.not-waited-for",
    reqs=["REQ-OVL-24", "REQ-OVL-23", "REQ-OVL-25"],
    type="FIND",
    operator="conforming-closer-ones-have-answered",
    cls="overlay",
    fresh=True,
)
def _not_waited_for(judge: Judge) -> None:
    """A path that waits for somebody ends when eight that are closer have answered to others."""
    stage = Overlay(judge, count=PATHS)
    target = judge.octets(32)
    one, two, three = stage.cast.values()
    *others, ghost = by_distance(stage.strangers(BUCKET_SIZE + 1), target)
    silent(ghost)
    for actor in (one, two, three):
        actor.mute.add("FIND")
    stage.act("find", target=target)
    told(stage, one, [ghost])
    told(stage, three, [])
    told(stage, two, others)
    judge.equal("greeted", ghost.puppet.address in greeted(stage), True)
    closest = by_distance([one, two, three, *others], target)[:BUCKET_SIZE]
    judge.equal("at-once", found(stage, target), [names(closest)])
