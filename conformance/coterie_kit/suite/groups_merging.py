"""Parts of a group that find each other in the main overlay: when it is fetched, and who is greeted."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.suite import _envelopes
from coterie_kit.suite._land import INFO, Land, info_of
from coterie_kit.suite._village import Village
from coterie_kit.suite.groups_finding import closed, keys_of
from coterie_kit.suite.groups_members import joined

POLL, SPREAD = registry.timer("group-poll"), registry.timer("group-poll-spread")
LONGEST = POLL + SPREAD
AGAIN = registry.timer("advertise-again")


def waits(land: Land, here: Village) -> int:
    """How long the next wait of the coordinator is, as a peer at level D3 draws it."""
    drawn = land.draws.take("group-poll", here.overlay, 8)
    return POLL + int.from_bytes(drawn, "big") % SPREAD


def polls(land: Land, here: Village, since: int) -> list[int]:
    """When the group was fetched, counted from then."""
    key = keys_of(here.group)[0]
    every = (note for note in land.noted if note.sent and note.said.type == "FETCH")
    return sorted(
        {note.at - since for note in every if note.said.frame.body["key"] == key and note.at > since}
    )


def looks(land: Land, here: Village, since: int) -> list[int]:
    """When the peer began to look for the group: the first FIND, and each that follows an answer to FETCH."""
    key, ends = keys_of(here.group)[0], answered(land, since)
    finds = [note for note in land.noted if note.sent and note.said.type == "FIND"]
    asked = sorted({each.at - since for each in finds if each.said.frame.body["target"] == key})
    later = [at for at in asked if at > 0]
    return [at for last, at in pairwise([0, *later]) if not last or any(last < end < at for end in ends)]


def answered(land: Land, since: int) -> list[int]:
    """When answers to FETCH came, counted from then."""
    came = (note for note in land.noted if not note.sent and note.said.type == "VALUES")
    return [note.at - since for note in came if note.at > since]


# ---------------------------------------------------------------- when


@case(
    "groups.poll.times",
    reqs=["REQ-GRP-12", "REQ-TST-1"],
    type="FETCH",
    operator="conforming",
    cls="groups",
    fresh=True,
    determinism="D3",
)
def _times(judge: Judge) -> None:
    """25,000 ms and a draw after it became coordinator, and so long after each such fetch."""
    land = Land(judge)
    here = land.founded()
    begin, wanted = land.mono, [0]
    for _ in range(4):
        wanted.append(wanted[-1] + waits(land, here))
    land.advance(wanted[-1])
    judge.equal("times", polls(land, here, begin), wanted[1:])


@case(
    "groups.poll.range",
    reqs=["REQ-GRP-12"],
    type="FETCH",
    operator="conforming-within-bounds",
    cls="groups",
    fresh=True,
)
def _range(judge: Judge) -> None:
    """Whatever is drawn: never before 25,000 ms, and never later than 35,000 ms, after the one before."""
    land = Land(judge)
    here = land.founded()
    begin = land.mono
    land.advance(6 * LONGEST)
    seen = [0, *polls(land, here, begin)]
    steps = [later - earlier for earlier, later in pairwise(seen)]
    judge.check("as-often", len(steps) >= 5, expected="five fetches or more", observed=len(steps))
    wrong = [step for step in steps if not POLL <= step < POLL + SPREAD]
    judge.equal("within", wrong, [])


@case(
    "groups.poll.after-the-end",
    reqs=["REQ-GRP-12", "REQ-TST-1"],
    type="FETCH",
    operator="conforming-slow-storers",
    cls="groups",
    fresh=True,
    determinism="D3",
)
def _after_the_end(judge: Judge) -> None:
    """The wait begins with the end of the fetch, though its answers were slow."""
    land = Land(judge)
    here = land.founded()
    begin = land.mono
    slow = judge.random.randrange(100, 900)
    for actor in land.cast.values():
        actor.delay = slow
    first, second = waits(land, here), waits(land, here)
    land.advance(first + 2 * LONGEST)
    seen = looks(land, here, begin)
    judge.equal("first", seen[:1], [first])
    ended = [at for at in answered(land, begin) if seen[1:] and at < seen[1]]
    land.need(ended and ended[-1] >= first + slow, "no fetch ends before the next one")
    judge.equal("then", seen[1:2], [ended[-1] + second])


@case(
    "groups.poll.coordinator-only",
    reqs=["REQ-GRP-12", "REQ-TST-1"],
    type="FETCH",
    operator="conforming-coordinator-only",
    cls="groups",
    fresh=True,
    determinism="D3",
)
def _coordinator_only(judge: Judge) -> None:
    """A member does not fetch; when it becomes coordinator, its wait begins then."""
    land = Land(judge)
    here = joined(land)
    begin = land.mono
    land.endure(LONGEST + AGAIN)
    judge.equal("a-member", polls(land, here, begin), [])
    begin = here.fall_silent()
    wanted = waits(land, here)
    land.endure(begin + wanted - land.mono)
    judge.equal("coordinator", polls(land, here, begin), [wanted])


@case(
    "groups.poll.handed-over",
    reqs=["REQ-GRP-12"],
    type="FETCH",
    operator="conforming-coordinator-no-more",
    cls="groups",
    fresh=True,
)
def _handed_over(judge: Judge) -> None:
    """Who coordinates no more does not fetch any more; nor does who has left."""
    land = Land(judge)
    here = land.founded()
    begin = land.mono
    here.take_in(1)
    here.hand_over()
    land.endure(2 * LONGEST)
    judge.equal("handed-over", polls(land, here, begin), [])
    other = Land(judge)
    there = other.founded()
    begin = other.mono
    other.act("group.leave", group_overlay=there.overlay)
    other.endure(2 * LONGEST)
    judge.equal("left", polls(other, there, begin), [])


@case(
    "groups.poll.views-between",
    reqs=["REQ-GRP-12", "REQ-TST-1"],
    type="FETCH",
    operator="conforming-views-between",
    cls="groups",
    fresh=True,
    determinism="D3",
)
def _views_between(judge: Judge) -> None:
    """A view in which it goes on coordinating does not begin the wait anew."""
    land = Land(judge)
    here = land.founded()
    begin = land.mono
    wanted = waits(land, here)
    land.advance(judge.random.randrange(5000, 20_000))
    here.take_in(1)
    land.advance(begin + wanted - land.mono)
    judge.equal("times", polls(land, here, begin), [wanted])


@case(
    "groups.poll.private",
    reqs=["REQ-GRP-12"],
    type="FETCH",
    operator="conforming-private",
    cls="groups",
    fresh=True,
)
def _private(judge: Judge) -> None:
    """Of a private group nothing is fetched."""
    land = Land(judge)
    here = land.founded(public=False)
    begin = land.mono
    land.endure(2 * LONGEST)
    judge.equal("never", polls(land, here, begin), [])


# ---------------------------------------------------------------- who is greeted


def strangers(here: Village, count: int) -> list[Puppet]:
    """Members of another part of the group."""
    return here.residents(count)


def put(land: Land, who: list[Puppet], age: int, **how: Any) -> bytes:
    """The document of another part of the group, whose contacts are these."""
    return land.put_info([one.address for one in who], age=age, **how)


def polled(land: Land, here: Village) -> None:
    """The coordinator has fetched once more."""
    known = len(polls(land, here, 0))
    for _ in range(LONGEST // 500 + 2):
        land.advance(500)
        if len(polls(land, here, 0)) > known:
            return
    land.need(ok=False, why="the coordinator does not fetch")


@case(
    "groups.merge.greets-one",
    reqs=["REQ-GRP-13"],
    type="HELLO1",
    operator="conforming",
    cls="groups",
    fresh=True,
)
def _greets_one(judge: Judge) -> None:
    """The first contact of the first foreign document is greeted, and nobody else."""
    land = Land(judge)
    here = land.founded()
    one, two, three, four = strangers(here, 4)
    land.advance(1000)
    put(land, [three, four], 500)
    put(land, [one, two], 100)
    judge.equal("not-before", here.greeted(), [])
    polled(land, here)
    judge.equal("greets", here.greeted(), [one.address])
    land.advance(POLL - 1000)
    judge.equal("nobody-else", here.greeted(), [one.address])


@case(
    "groups.merge.own-and-known",
    reqs=["REQ-GRP-13"],
    type="HELLO1",
    operator="conforming-known-contacts-passed-over",
    cls="groups",
    fresh=True,
)
def _known(judge: Judge) -> None:
    """What it published itself, and documents whose first contact is a member, or itself, are passed over."""
    land = Land(judge)
    here = land.founded()
    (member,) = here.take_in(1)
    far, farther = strangers(here, 2)
    land.endure(AGAIN)
    put(land, [member, farther], 100)
    land.put_info([land.subject.address, farther.address], age=50)
    put(land, [far, member], 900)
    put(land, [farther], 950)
    polled(land, here)
    judge.equal("greets", here.greeted(), [far.address])


@case(
    "groups.merge.own-elsewhere",
    reqs=["REQ-GRP-13"],
    type="HELLO1",
    operator="conforming-own-envelope-passed-over",
    cls="groups",
    fresh=True,
)
def _own(judge: Judge) -> None:
    """An envelope of its own key is passed over, wherever it says that the group is."""
    land = Land(judge)
    here = land.founded()
    far, farther = strangers(here, 2)
    value = info_of([farther.address], land.text)
    how: dict[str, Any] = {"kind": INFO, "name": land.name, "slot": here.overlay, "lifetime": 600}
    # newer than what it has published itself: as by the same key in another place
    land.keep(_envelopes.make(land.subject, land.wall + 5, value=value, **how))
    put(land, [far], 100)
    polled(land, here)
    judge.equal("greets", here.greeted(), [far.address])


@case(
    "groups.merge.other-groups",
    reqs=["REQ-GRP-13"],
    type="HELLO1",
    operator="conforming-other-classes-passed-over",
    cls="groups",
    fresh=True,
)
def _others(judge: Judge) -> None:
    """Another group of the name, and an alias, are nothing to merge with."""
    land = Land(judge)
    here = land.founded()
    land.advance(1000)
    there, _, _ = closed(land, 10)
    land.put_redirect(land.name, b"anderswo", age=20)
    polled(land, here)
    judge.equal("nobody", (here.greeted(), there.said_anything()), ([], 0))
    (far,) = strangers(here, 1)
    put(land, [far], 900)
    polled(land, here)
    judge.equal("then", (here.greeted(), there.said_anything()), ([far.address], 0))


@case(
    "groups.merge.closed",
    reqs=["REQ-GRP-13"],
    type="HELLO1",
    operator="conforming-closed",
    cls="groups",
    fresh=True,
)
def _closed(judge: Judge) -> None:
    """The parts of a closed group meet like others; an open group of the name is no part of it."""
    land = Land(judge)
    authority = land.new_authority()
    here = land.village(authority=authority)
    certificate = land.certificate(authority)
    land.create(info={"policy": "closed", "authority_certificate": certificate}, leaf=here.subject.leaf)
    here.found_by_create()
    far, other = strangers(here, 2)
    land.advance(1000)
    put(land, [other], 10)
    how: dict[str, Any] = {"who": far, "overlay": land.overlay, "slot": here.overlay, "leaf": far.leaf}
    land.put_info([far.address], age=900, options={"certificate": certificate}, **how)
    polled(land, here)
    judge.equal("greets", here.greeted(), [far.address])


@case(
    "groups.merge.joins",
    reqs=["REQ-GRP-13", "REQ-VIE-22"],
    type="JOIN",
    operator="conforming-asks-to-merge",
    cls="groups",
    fresh=True,
)
def _joins(judge: Judge) -> None:
    """A part whose view is the greater one is asked to take this one in."""
    land = Land(judge)
    here = land.founded()
    (far,) = strangers(here, 1)
    put(land, [far], 100)
    polled(land, here)
    view = (here.counter + 5).to_bytes(8, "big") + judge.octets(8)
    here.answer_greeting(far, view=view)
    said = here.sent("JOIN")
    judge.equal("asks", list(dict.fromkeys(each.to for each in said)), [far.address])
    judge.equal("its-view", {each.frame.body["view_id"] for each in said}, {here.view})
    judge.equal("told", land.told_of_groups().count(("main", "group-left")), 0)


@case(
    "groups.merge.incomplete",
    reqs=["REQ-GRP-13", "REQ-OVL-10"],
    type="HELLO1",
    operator="conforming-incomplete-fetch",
    cls="groups",
    fresh=True,
)
def _incomplete(judge: Judge) -> None:
    """What one storer hands out is enough, though the others do not answer."""
    land = Land(judge)
    here = land.founded()
    (far,) = strangers(here, 1)
    put(land, [far], 100)
    land.deaf()
    next(iter(land.cast.values())).says.pop("FETCH")
    polled(land, here)
    judge.equal("greets", here.greeted(), [far.address])
