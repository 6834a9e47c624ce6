"""Fetching: who is asked, what counts among all that they answer, and when that is complete."""

from __future__ import annotations

from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.suite import _envelopes
from coterie_kit.suite._overlay import BUCKET_SIZE, Overlay
from coterie_kit.suite.overlay_lookup import by_distance, finds, town
from coterie_kit.suite.overlay_pages import sorted_out
from coterie_kit.suite.overlay_publishing import KEY, publish

GIVE_UP = registry.timer("request-give-up")
LIST: dict[str, Any] = {"kind": "group-list", "name": b""}


def fetched(stage: Overlay) -> list[tuple[int, list[str]]]:
    """What each fetch has told: whether it is complete, and the envelopes."""
    return [(each["complete"], each["envelopes"]) for each in stage.events("fetched")]


@case(
    "overlay.fetched.of-the-closest",
    reqs=["REQ-OVL-31", "REQ-VAL-15", "REQ-VAL-16"],
    type="FETCH",
    operator="conforming",
    cls="overlay",
    fresh=True,
)
def _of_the_closest(judge: Judge) -> None:
    """The eight closest are asked, each once for its first page; all that they have is put together."""
    stage, _, _ = town(judge, 3, 15, "client")
    near = by_distance(list(stage.cast.values()), KEY)[:BUCKET_SIZE]
    finds(stage, KEY, near)
    every = []
    for number, one in enumerate(near):
        made = _envelopes.make(one.puppet, stage.wall - number, slot=judge.octets(16))
        every.append(made)
        for keeper in near[number:]:
            keeper.kept.append(made)
    stage.act("fetch", **LIST)
    stage.advance(1)
    said = stage.sent("FETCH")
    judge.equal("asked", sorted(each.to for each in said), sorted(one.puppet.address for one in near))
    start = {"key": KEY, "publisher": bytes(32), "slot": bytes(16)}
    bodies = [{name: each.frame.body[name] for name in start} for each in said]
    judge.equal("for-the-first-page", bodies, [start] * len(bodies))
    judge.equal("fetched", fetched(stage), [(1, sorted_out(every))])
    named = [(each["kind"], each["name"]) for each in stage.events("fetched")]
    judge.equal("names-it", named, [("group-list", "")])


@case(
    "overlay.fetched.pages",
    reqs=["REQ-OVL-31", "REQ-VAL-15", "REQ-VAL-16"],
    type="FETCH",
    operator="conforming-pages",
    cls="overlay",
    fresh=True,
)
def _pages(judge: Judge) -> None:
    """Page after page of each that has more than one."""
    stage = Overlay(judge, "client", count=2)
    one, two = stage.cast.values()
    rows = registry.limit("page-values")
    one.kept = _envelopes.listed(judge, one.puppet, stage.wall, 2 * rows + 3)
    two.kept = _envelopes.listed(judge, two.puppet, stage.wall - 1, rows)
    stage.act("fetch", **LIST)
    stage.advance(1)
    judge.equal("asked", (len(one.got("FETCH")), len(two.got("FETCH"))), (3, 1))
    judge.equal("fetched", fetched(stage), [(1, sorted_out([*one.kept, *two.kept]))])


@case(
    "overlay.fetched.chosen",
    reqs=["REQ-OVL-31", "REQ-VAL-15", "REQ-VAL-16"],
    type="VALUES",
    operator="conforming-several",
    cls="overlay",
    fresh=True,
)
def _chosen(judge: Judge) -> None:
    """The newest of each slot; nothing where that is a tombstone, or where two are the newest."""
    stage = Overlay(judge, "client", count=3)
    one, two, three = stage.cast.values()
    who: Puppet = one.puppet
    now = stage.wall
    slots = [bytes(15) + bytes([number]) for number in range(1, 6)]
    old, new = (_envelopes.make(who, now - back, slot=slots[0]) for back in (5, 0))
    dead, gone = _envelopes.make(who, now, slot=slots[1]), _envelopes.tombstone(who, now + 1, slot=slots[1])
    twin, rival = (_envelopes.make(who, now, slot=slots[2], value=value) for value in (b"1", b"2"))
    back, again = _envelopes.tombstone(who, now, slot=slots[3]), _envelopes.make(who, now + 1, slot=slots[3])
    other = _envelopes.make(two.puppet, now, slot=slots[4])
    one.kept = [old, dead, twin, back]
    two.kept = [new, gone, rival, back, other]
    three.kept = [old, dead, twin, again, other]
    stage.act("fetch", **LIST)
    stage.advance(1)
    judge.equal("fetched", fetched(stage), [(1, sorted_out([new, again, other]))])


@case(
    "overlay.fetched.complete",
    reqs=["REQ-OVL-31", "REQ-OVL-6", "REQ-OVL-9"],
    type="VALUES",
    operator="conforming-more-than-half",
    cls="overlay",
    fresh=True,
)
def _complete(judge: Judge) -> None:
    """More than half of those asked: two of three are enough, two of four are not; what came counts."""
    for count, silent, wanted in ((3, 1, 1), (4, 2, 0), (2, 1, 0), (4, 1, 1), (1, 1, 0)):
        stage = Overlay(judge, "client", count=count)
        actors = list(stage.cast.values())
        values = []
        for number, one in enumerate(actors):
            if number < silent:
                one.mute.add("FETCH")
            else:
                one.kept = [_envelopes.make(one.puppet, stage.wall)]
                values += one.kept
        stage.act("fetch", **LIST)
        stage.advance(2 * GIVE_UP - 1)
        judge.equal(f"{silent}-of-{count}.waits", fetched(stage), [])
        stage.advance(1)
        told = [(complete, sorted(found)) for complete, found in fetched(stage)]
        judge.equal(f"{silent}-of-{count}", told, [(wanted, sorted(each.hex() for each in values))])


@case(
    "overlay.fetched.half-of-its-pages",
    reqs=["REQ-OVL-31", "REQ-VAL-15", "REQ-VAL-16", "REQ-OVL-9"],
    type="VALUES",
    operator="silent-after-a-page",
    cls="overlay",
    fresh=True,
)
def _half_of_its_pages(judge: Judge) -> None:
    """Who gives one page and then no more has not answered; what it gave counts."""
    stage = Overlay(judge, "client", count=1)
    one = next(iter(stage.cast.values()))
    one.kept = _envelopes.listed(judge, one.puppet, stage.wall, 40)

    def once(said: Any) -> list[bytes]:
        one.mute.add("FETCH")
        held, more = _envelopes.page(one.kept, said.frame.body)
        return [stage.of(one.puppet, "VALUES", request=said.frame.prefix["sequence"], more=more, held=held)]

    one.says["FETCH"] = once
    stage.act("fetch", **LIST)
    stage.advance(2 * GIVE_UP)
    rows = registry.limit("page-values")
    judge.equal("fetched", fetched(stage), [(0, sorted_out(one.kept[:rows]))])


@case(
    "overlay.fetched.itself",
    reqs=["REQ-OVL-31", "REQ-OVL-28", "REQ-OVL-9"],
    type="VALUES",
    operator="conforming-itself-included",
    cls="overlay",
    fresh=True,
)
def _itself(judge: Judge) -> None:
    """A peer asks itself, too, but does not count: alone it is not complete, and one of two is not enough."""
    stage = Overlay(judge)
    stage.act("fetch", **LIST)
    judge.equal("alone-and-nothing", fetched(stage), [(0, [])])
    publish(stage, value=judge.octets(7))
    stage.act("fetch", **LIST)
    found = fetched(stage)[-1]
    judge.equal("its-own", (found[0], len(found[1])), (0, 1))
    stage.crowd(1)
    stage.act("fetch", **LIST)
    judge.equal("one-of-one", fetched(stage)[-1], (1, found[1]))
    silent = stage.crowd(1)[0]
    silent.mute.add("FETCH")
    stage.act("fetch", **LIST)
    stage.advance(2 * GIVE_UP)
    judge.equal("one-of-two", fetched(stage)[-1], (0, found[1]))
    client = Overlay(judge, "client")
    client.act("fetch", **LIST)
    judge.equal("a-client-alone", fetched(client), [(0, [])])


@case(
    "overlay.fetched.what-it-holds",
    reqs=["REQ-OVL-31", "REQ-OVL-28", "REQ-VAL-15", "REQ-VAL-16"],
    type="STORE",
    operator="conforming-held-for-others",
    cls="overlay",
    fresh=True,
)
def _what_it_holds(judge: Judge) -> None:
    """What it holds for others it finds without asking them; a tombstone that it holds withdraws, too."""
    stage = Overlay(judge, count=2)
    one, two = stage.others
    mine = _envelopes.make(one, stage.wall)
    gone = _envelopes.tombstone(two, stage.wall)
    for who, envelope in ((one, mine), (two, gone)):
        stage.need(stage.ask(who, "STORE", envelope=envelope).ok, "it stores nothing")
    stage.need(len(stage.inspect()["held"]) == 2, "it does not hold what it stores")
    stage.actor(one).kept = [_envelopes.make(two, stage.wall - 5)]
    stage.act("fetch", **LIST)
    stage.advance(1)
    judge.equal("fetched", fetched(stage), [(1, sorted_out([mine]))])
    asked = sorted(said.to for said in stage.sent("FETCH"))
    judge.equal("asked", asked, sorted([one.address, two.address]))


@case(
    "overlay.fetched.too-much",
    reqs=["REQ-OVL-31", "REQ-VAL-15", "REQ-VAL-16"],
    type="VALUES",
    operator="more-than-a-fetch-keeps",
    cls="overlay",
    fresh=True,
)
def _too_much(judge: Judge) -> None:
    """393,216 octets are kept, and it is complete; with one value more the first ones are, and it is not."""
    most = registry.limit("fetched-octets")
    stage = Overlay(judge, "client", count=1)
    one = next(iter(stage.cast.values()))
    who = one.puppet
    size = registry.limit("page-octets") // 2
    bare = len(_envelopes.make(who, stage.wall, value=b""))
    slots = [number.to_bytes(16, "big") for number in range(1, most // size + 2)]
    made = [_envelopes.make(who, stage.wall, slot=slot, value=bytes(size - bare)) for slot in slots]
    one.kept = made[:-1]
    stage.act("fetch", **LIST)
    stage.advance(1)
    judge.equal("all", fetched(stage), [(1, sorted_out(made[:-1]))])
    one.kept = made
    stage.act("fetch", **LIST)
    stage.advance(1)
    judge.equal("one-too-many", fetched(stage)[1:], [(0, sorted_out(made[:-1]))])
