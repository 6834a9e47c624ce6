"""Whom the peer leaves out of its INSTALL because one refuses another, and for how long."""

from __future__ import annotations

from typing import Any

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.reply import Reply
from coterie_kit.suite._group import Group
from coterie_kit.suite._stage import Said
from coterie_kit.suite.views_deciding import answer_as, component, installed, members_of
from coterie_kit.suite.views_gathering import gathering

Row = dict[str, Any]


def _kept(here: Group, reply: Reply) -> set[str]:
    """The members of the INSTALL by the names of the story."""
    names = {one.node: one.named for one in [here.subject, *here.cast]}
    return {names.get(node, node.hex()) for node in members_of(installed(here, reply))}


def _refusals(here: Group, asked: Said, pairs: dict[bytes, list[bytes]], said: dict[bytes, Row]) -> Reply:
    """Everyone answers; those in ``pairs`` refuse these."""
    who = [*here.puppets, *here.guests]
    values = {one.node: said.get(one.node, {}) | {"refused": pairs.get(one.node, [])} for one in who}
    return answer_as(here, asked, who, values)


@case(
    "views.exclude.member-refuses-member",
    reqs=["REQ-VIE-16"],
    type="FLUSH",
    operator="conforming-refusal-between-members",
    fresh=True,
)
def _between_members(judge: Judge) -> None:
    here, guests, asked = gathering(judge, n=4)
    one, other = judge.random.sample(here.puppets, 2)
    kept = _kept(here, _refusals(here, asked, {one.node: [other.node]}, {}))
    wanted = {each.named for each in [*here.members, *guests] if each is not one}
    judge.equal("without-the-refuser", kept, wanted, field="body.members")


@case(
    "views.exclude.member-refuses-newcomer",
    reqs=["REQ-VIE-16"],
    type="FLUSH",
    operator="conforming-newcomer-refused",
    fresh=True,
)
def _newcomer_refused(judge: Judge) -> None:
    here, guests, asked = gathering(judge, n=3, guests=2)
    kept = _kept(here, _refusals(here, asked, {judge.random.choice(here.puppets).node: [guests[1].node]}, {}))
    judge.equal("without-it", kept, {each.named for each in [*here.members, guests[0]]}, field="body.members")


@case(
    "views.exclude.newcomer-refuses-member",
    reqs=["REQ-VIE-16"],
    type="FLUSH",
    operator="conforming-newcomer-refuses",
    fresh=True,
)
def _newcomer_refuses(judge: Judge) -> None:
    here, guests, asked = gathering(judge, n=3, guests=2)
    kept = _kept(here, _refusals(here, asked, {guests[0].node: [judge.random.choice(here.puppets).node]}, {}))
    judge.equal("without-it", kept, {each.named for each in [*here.members, guests[1]]}, field="body.members")


@case(
    "views.exclude.newcomers",
    reqs=["REQ-VIE-16"],
    type="FLUSH",
    operator="conforming-between-newcomers",
    fresh=True,
)
def _between_newcomers(judge: Judge) -> None:
    """Two without a view: they state the same, but zeros are no view. The higher Node-ID is left out."""
    here, (low, high), asked = gathering(judge, n=2, guests=2)
    pairs = {low.node: [high.node]} if judge.random.random() < 0.5 else {high.node: [low.node]}
    kept = _kept(here, _refusals(here, asked, pairs, {}))
    judge.equal(
        "without-the-higher", kept, {each.named for each in [*here.members, low]}, field="body.members"
    )


@case(
    "views.exclude.proposer",
    reqs=["REQ-VIE-16"],
    type="FLUSH",
    operator="conforming-proposer-refused",
    fresh=True,
)
def _proposer_refused(judge: Judge) -> None:
    here, guests, asked = gathering(judge, n=3)
    one = here.puppets[0]
    kept = _kept(here, _refusals(here, asked, {one.node: [here.subject.node]}, {}))
    wanted = {each.named for each in [*here.members, *guests] if each is not one}
    judge.equal("the-proposer-stays", kept, wanted, field="body.members")


@case(
    "views.exclude.component",
    reqs=["REQ-VIE-16"],
    type="FLUSH",
    operator="conforming-whole-component",
    fresh=True,
)
def _whole_component(judge: Judge) -> None:
    here, guests, asked = gathering(judge, n=3, guests=4)
    out, stays = guests[:3], guests[3]
    said = component(here, out)
    pairs = {here.puppets[0].node: [judge.random.choice(out).node]}
    kept = _kept(here, _refusals(here, asked, pairs, said))
    judge.equal(
        "without-all-of-it", kept, {each.named for each in [*here.members, stays]}, field="body.members"
    )


@case(
    "views.exclude.order-of-pairs",
    reqs=["REQ-VIE-16"],
    type="FLUSH",
    operator="conforming-order-of-pairs",
    fresh=True,
)
def _order_of_pairs(judge: Judge) -> None:
    """a refuses b, b refuses c: with a out, b stays and is out for c."""
    here, guests, asked = gathering(judge, n=5)
    low, middle, high, last = here.puppets
    pairs = {low.node: [middle.node], middle.node: [high.node], high.node: [low.node]}
    kept = _kept(here, _refusals(here, asked, pairs, {}))
    wanted = {each.named for each in [here.subject, high, last, *guests]}
    judge.equal("first-pair-first", kept, wanted, field="body.members")


@case(
    "views.exclude.barred",
    reqs=["REQ-VIE-45"],
    type="PROPOSE",
    operator="conforming-refused-newcomer-barred",
    fresh=True,
)
def _barred(judge: Judge) -> None:
    """A newcomer that a member refused is no candidate for a second, and for two the next time."""
    here, (guest,), asked = gathering(judge, n=3)
    for round_, bar in enumerate((1000, 2000, 4000)):
        reply = _refusals(here, asked, {here.puppets[0].node: [guest.node]}, {})
        here.finish(here.run_of(reply))
        for _ in range(2):
            here.go_on(here.members[0])  # a refresh: the order is rotated
        here.need(here.members[0] is here.subject, "it is not coordinator again")
        here.need(here.deliver(here.join_of(guest), guest).ok, "JOIN")
        early = here.keep_alive(bar - 1, step=333)
        proposed = [said for one in early for said in here.said(one) if said.type == "PROPOSE"]
        judge.check(f"round-{round_ + 1}-barred", not proposed, expected=f"no PROPOSE for {bar} ms")
        later = [*here.keep_alive(1), *here.keep_alive(200, step=100)]
        proposed = [said for one in later for said in here.said(one) if said.type == "PROPOSE"]
        named = {row["node_id"] for said in proposed[:1] for row in said.frame.body["candidates"]}
        judge.check(f"round-{round_ + 1}-candidate-again", guest.node in named)
        here.need(proposed, "no PROPOSE")
        asked = proposed[0]
        here.counter = asked.frame.body["counter"]
