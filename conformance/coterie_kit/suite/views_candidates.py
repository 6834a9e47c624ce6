"""Whom a peer that proposes asks: the candidates, and how often each gets the question."""

from __future__ import annotations

from typing import Any

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import contact
from coterie_kit.puppets import Puppet
from coterie_kit.suite._group import candidate, group
from coterie_kit.suite._stage import Said
from coterie_kit.suite.views_gathering import gathering
from coterie_kit.suite.views_joins import join_scene
from coterie_kit.suite.views_suspicion import candidates, proposed, until_suspected

Row = dict[str, Any]

# ---------------------------------------------------------------- candidates


@case(
    "views.propose.candidates",
    reqs=["REQ-VIE-5"],
    type="PROPOSE",
    operator="conforming-candidates",
    fresh=True,
)
def _candidates(judge: Judge) -> None:
    here = group(judge, n=5, rank=0)
    quiet = judge.random.choice(here.puppets)
    until_suspected(here, quiet)
    guests = here.met(2)
    for one in guests:
        here.need(here.deliver(here.join_of(one), one).ok, "JOIN")
    asked = proposed(here, here.keep_alive(100, silent=[quiet]))
    here.need(asked, "no PROPOSE")
    there = sorted([*(one for one in here.members if one is not quiet), *guests], key=lambda one: one.node)
    names = ("node_id", "incarnation", "contact")
    rows = [{name: row[name] for name in names} for row in asked[0].frame.body["candidates"]]
    judge.equal("rows", rows, [candidate(one) for one in there], field="body.candidates")


@case(
    "views.propose.component",
    reqs=["REQ-VIE-5"],
    type="PROPOSE",
    operator="conforming-whole-component",
    fresh=True,
)
def _component(judge: Judge) -> None:
    """A component is a candidate with all members that its JOIN states."""
    here = group(judge, n=2, rank=0)
    guest = here.met()[0]
    far = [here.newcomer(address=f"203.0.113.{at}:5{at}00") for at in range(61, 64)]
    made = join_scene(
        here, guest, view_id=judge.octets(16), members=[candidate(one) for one in [guest, *far]]
    )
    here.need(here.deliver(made.draft.octets(), guest).ok, "JOIN")
    asked = here.one(here.pass_time(100), "PROPOSE")
    rows = {row["node_id"]: row for row in asked.frame.body["candidates"]}
    judge.equal("all-of-it", set(rows), {one.node for one in [*here.members, guest, *far]})
    for at, one in enumerate(far):
        told = {name: rows.get(one.node, {}).get(name) for name in candidate(one)}
        judge.equal(f"as-stated-{at}", told, candidate(one), field="body.candidates")


@case(
    "views.propose.newcomers",
    reqs=["REQ-VIE-5"],
    type="PROPOSE",
    operator="conforming-at-most-eight-newcomers",
    fresh=True,
)
def _eight(judge: Judge) -> None:
    here = group(judge, n=2, rank=0)
    guests = here.met(10)
    judge.random.shuffle(guests)
    asked = here.asked_to_admit(guests)
    wanted = {one.node for one in [*here.members, *guests[:8]]}
    judge.equal("the-first-eight", candidates(asked), wanted, field="body.candidates")


def _wide(judge: Judge, size: int) -> list[Row]:
    """Rows of peers that nobody knows."""
    at = judge.random.randrange(1000, 2000)
    rows = []
    for number in range(size):
        where = contact(f"198.51.100.{number + 1}:{at + number}")
        rows.append({"node_id": judge.octets(32), "incarnation": number + 1, "contact": where})
    return rows


@case(
    "views.propose.at-most-64",
    reqs=["REQ-VIE-5"],
    type="PROPOSE",
    operator="conforming-at-most-64",
    fresh=True,
)
def _most(judge: Judge) -> None:
    """40 and 30 are too many for one view: the first comes, the second not, a third that fits does."""
    here = group(judge, n=2, rank=0)
    first, second, third = here.met(3)
    wanted = {one.node for one in here.members}
    for who, size in ((first, 39), (second, 29), (third, 21)):
        rows = [candidate(who), *_wide(judge, size)]
        made = join_scene(here, who, view_id=judge.octets(16), members=rows)
        here.need(here.carry(made.draft.octets(), who).ok, "JOIN")
        wanted |= {row["node_id"] for row in rows} if who is not second else set()
    reply = here.pass_time(100)
    asked = [said for said in proposed(here, [reply]) if said.to == first.address]
    here.need(asked, "no PROPOSE")
    judge.equal("candidates", candidates(asked[0]), wanted, field="body.candidates")


@case(
    "views.propose.nobody-twice",
    reqs=["REQ-VIE-5"],
    type="PROPOSE",
    operator="conforming-nobody-twice",
    fresh=True,
)
def _twice(judge: Judge) -> None:
    here = group(judge, n=1, rank=0)
    first, second = here.met(2)
    shared = _wide(judge, 1)
    for who in (first, second):
        made = join_scene(here, who, view_id=judge.octets(16), members=[candidate(who), *shared])
        here.need(here.deliver(made.draft.octets(), who).ok, "JOIN")
    asked = here.one(here.pass_time(100), "PROPOSE")
    wanted = {here.subject.node, first.node, shared[0]["node_id"]}
    judge.equal("the-first-that-asked", candidates(asked), wanted, field="body.candidates")


# ---------------------------------------------------------------- to whom


def _sent_to(said: list[Said], who: Puppet) -> list[bytes]:
    return [one.octets for one in said if one.to == who.address]


@case("views.propose.resent", reqs=["REQ-VIE-6"], type="PROPOSE", operator="conforming-repeated", fresh=True)
def _resent(judge: Judge) -> None:
    here, guests, asked = gathering(judge, n=3)
    ready, slow = here.puppets
    here.answer(asked, [ready])
    times, octets, others = [], set(), []
    for turn in range(1, 9):
        found = proposed(here, here.keep_alive(125))
        mine = _sent_to(found, slow)
        times += [turn * 125] * len(mine)
        octets |= set(mine)
        others += _sent_to(found, ready)
    judge.equal("every-250-ms", times, [250, 500, 750, 1000])
    judge.equal("byte-for-byte", octets, {asked.octets})
    judge.equal("not-to-who-answered", others, [])
    here.answer(asked, [slow, *guests])
    later = proposed(here, here.keep_alive(500, step=125))
    judge.equal("no-more-when-decided", len(later), 0)


@case(
    "views.propose.greets",
    reqs=["REQ-VIE-6"],
    type="PROPOSE",
    operator="conforming-greets-candidates",
    fresh=True,
)
def _greets(judge: Judge) -> None:
    here = group(judge, n=1, rank=0)
    guest = here.met()[0]
    far = here.newcomer(address="203.0.113.70:5070")
    made = join_scene(here, guest, view_id=judge.octets(16), members=[candidate(guest), candidate(far)])
    reply = here.deliver(made.draft.octets(), guest)
    here.need(reply.ok, "JOIN")
    reply = here.pass_time(100)
    found = proposed(here, [reply])
    here.need(found, "no PROPOSE")
    here.need(far.node in candidates(found[0]), "the component is proposed in part")
    judge.equal("to-whom-it-knows", [said.to for said in found], [guest.address])
    hello1, retry = here.knock(far)
    late = here.deliver(here.hello2(far, hello1, retry), far)
    judge.equal("with-the-session", _sent_to(proposed(here, [late]), far), [found[0].octets])
