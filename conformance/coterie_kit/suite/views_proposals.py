"""PROPOSE at the peer: its rows and its counter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import frames
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import contact
from coterie_kit.puppets import Puppet
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._group import Group, candidate, group
from coterie_kit.suite._group_scenes import asked_scene, drafted, foreign_scene
from coterie_kit.suite._scenes import Scene, scene
from coterie_kit.suite._stage import accepts

Rows = list[dict[str, Any]]
JUMP = 2**32


def _rows(here: Scene, change: Callable[[Rows], Rows]) -> Draft:
    """The PROPOSE with other rows."""
    now, _ = frames.read_body("PROPOSE", here.draft.body)
    return here.draft.with_body(candidates=change(now["candidates"]))


def _row(here: Scene, who: Puppet, **values: Any) -> Draft:
    """The PROPOSE with other values in one row."""
    return _rows(here, lambda rows: [row | values if row["node_id"] == who.node else row for row in rows])


def _without(here: Scene, who: Puppet) -> Draft:
    return _rows(here, lambda rows: [row for row in rows if row["node_id"] != who.node])


# ---------------------------------------------------------------- rows


@case(
    "views.propose.duplicate-member",
    reqs=["REQ-VIE-7"],
    type="PROPOSE",
    operator="candidate-twice",
    fresh=True,
)
def _duplicate(judge: Judge) -> None:
    here = scene(judge, "PROPOSE")
    here.refuses(_rows(here, lambda rows: [rows[0], *rows]), "duplicate-member", "neighbours")
    here.refuses(_rows(here, lambda rows: [*rows, rows[0]]), "duplicate-member", "before-the-order")
    other = {"incarnation": judge.random.randrange(2**63), "contact": contact("192.0.2.77:9")}
    here.refuses(_rows(here, lambda rows: [*rows, rows[-1] | other]), "duplicate-member", "another-row")
    here.twin()


@case("views.propose.order", reqs=["REQ-VIE-7"], type="PROPOSE", operator="candidates-descending", fresh=True)
def _order(judge: Judge) -> None:
    here = scene(judge, "PROPOSE", n=4)
    here.refuses(_rows(here, lambda rows: rows[::-1]), "bad-order", "descending")
    here.refuses(_rows(here, lambda rows: [*rows[1:], rows[0]]), "bad-order", "rotated")
    here.refuses(_rows(here, lambda rows: [*rows[:-2], rows[-1], rows[-2]]), "bad-order", "last-two")
    here.twin()


@case("views.propose.self-absent", reqs=["REQ-VIE-7"], type="PROPOSE", operator="receiver-absent", fresh=True)
def _self_absent(judge: Judge) -> None:
    here = scene(judge, "PROPOSE")
    own = here.stage.subject
    here.refuses(_without(here, own), "self-absent", "without-the-receiver")
    here.refuses(_without(here, own).with_body(candidates=[candidate(here.puppet)]), "self-absent", "alone")
    for name, life in (("earlier-life", own.incarnation - 1), ("later-life", own.incarnation + 1)):
        here.refuses(_row(here, own, incarnation=life), "self-absent", name)
    here.twin()


@case(
    "views.propose.proposer-absent",
    reqs=["REQ-VIE-7"],
    type="PROPOSE",
    operator="proposer-absent",
    fresh=True,
)
def _proposer_absent(judge: Judge) -> None:
    here = scene(judge, "PROPOSE")
    here.refuses(_without(here, here.puppet), "proposer-absent", "without-the-proposer")
    alone = here.draft.with_body(candidates=[candidate(here.stage.subject)])
    here.refuses(alone, "proposer-absent", "the-receiver-alone")
    here.twin()


CONTACTS = {
    "none": (bytes(16), 0),
    "no-port": (contact("192.0.2.1:1")[0], 0),
    "unspecified": contact("0.0.0.0:9"),
    "multicast": contact("239.1.2.3:9"),
    "broadcast": contact("255.255.255.255:9"),
    "multicast-ipv6": contact("[ff05::2]:9"),
}


@case("views.propose.contact", reqs=["REQ-VIE-7"], type="PROPOSE", operator="contact-unusable", fresh=True)
def _contact(judge: Judge) -> None:
    here = scene(judge, "PROPOSE")
    third = next(one for one in here.stage.others if one is not here.puppet)
    for name, value in CONTACTS.items():
        for who in (third, here.puppet, here.stage.subject):
            here.refuses(
                _row(here, who, contact=value), "bad-contact", f"{name}-{who.named.replace(' ', '-')}"
            )
    here.twin(_row(here, third, contact=contact("[2001:db8::77]:65535")))


# ---------------------------------------------------------------- counters


@case(
    "views.propose.stale-counter",
    reqs=["REQ-VIE-8"],
    type="PROPOSE",
    operator="counter-of-the-view",
    fresh=True,
)
def _stale(judge: Judge) -> None:
    here = scene(judge, "PROPOSE", counter=judge.random.randrange(3, 2**31))
    view = here.stage.counter
    for counter in (0, 1, view - 1, view):
        here.refuses(here.draft.with_body(counter=counter), "stale-proposal", f"counter-{counter}")
    here.twin()


def _duel(judge: Judge, counter: int | None = None) -> tuple[Group, Puppet, Puppet]:
    """A peer that two members may propose to: the first has proposed, and no INSTALL came of it."""
    here = group(judge, n=4, rank=3)
    first, second = here.members[:2]
    here.answered(here.propose(first, counter=counter))
    here.keep_alive(4000)
    return here, first, second


@case(
    "views.propose.equal-counter-lower-node",
    reqs=["REQ-VIE-8"],
    type="PROPOSE",
    operator="rank-not-greater",
    fresh=True,
)
def _lower(judge: Judge) -> None:
    here, first, second = _duel(judge)
    here.answered(here.propose(second))
    rows = [candidate(one) for one in here.everyone]
    late = Scene(here, drafted(here, "PROPOSE", first, {"counter": here.counter, "candidates": rows}))
    late.refuses(late.draft, "stale-proposal", "lower-node-of-that-counter")
    late.refuses(late.draft.with_body(counter=here.counter - 1), "stale-proposal", "lower-counter")
    same = Scene(here, drafted(here, "PROPOSE", second, {"counter": here.counter, "candidates": rows[1:]}))
    same.refuses(same.draft, "stale-proposal", "another-body-of-the-same")
    late.twin(late.draft.with_body(counter=here.counter + 1), "greater-counter")


@case(
    "views.propose.equal-counter-higher-node",
    reqs=["REQ-VIE-8", "REQ-VIE-38"],
    type="PROPOSE",
    operator="conforming-rank-greater",
    fresh=True,
)
def _higher(judge: Judge) -> None:
    here, _, second = _duel(judge)
    accepts(judge, here.put(here.propose(second, counter=here.counter)), "higher-node-of-that-counter")


@case(
    "views.propose.counter-jump",
    reqs=["REQ-VIE-43"],
    type="PROPOSE",
    operator="counter-far-ahead",
    fresh=True,
)
def _jump(judge: Judge) -> None:
    here = scene(judge, "PROPOSE")
    seen = here.stage.counter
    for more in (JUMP + 1, JUMP + judge.random.randrange(2, 2**60), 2**64 - 1 - seen):
        here.refuses(here.draft.with_body(counter=seen + more), "counter-jump", f"ahead-{more}")
    here.twin(here.draft.with_body(counter=seen + JUMP), "at-the-limit")


@case(
    "views.propose.counter-jump-of-a-newcomer",
    reqs=["REQ-VIE-43"],
    type="PROPOSE",
    operator="counter-far-ahead-outside",
    fresh=True,
)
def _newcomer_jump(judge: Judge) -> None:
    here = asked_scene(judge)
    for counter in (2**62 + 1, 2**63 + judge.random.randrange(2**60)):
        here.refuses(here.draft.with_body(counter=counter), "counter-jump", f"counter-{counter}")
    here.twin(here.draft.with_body(counter=2**62), "at-the-limit")


@case(
    "views.propose.counter-jump-of-a-stranger",
    reqs=["REQ-VIE-43"],
    type="PROPOSE",
    operator="counter-far-ahead-of-a-stranger",
    fresh=True,
)
def _stranger_jump(judge: Judge) -> None:
    """Who proposes by a permit comes from a view with counters of its own."""
    stage, _, permit, propose = foreign_scene(judge)
    here = Scene(stage, propose.with_body(permits=[permit.octets()]))
    seen = stage.counter
    for more in (2**62 + 1, 2**63):
        here.refuses(here.draft.with_body(counter=seen + more), "counter-jump", f"ahead-{more}")
    here.twin(here.draft.with_body(counter=seen + 2**62), "at-the-limit")


@case(
    "views.propose.counter-of-the-view",
    reqs=["REQ-VIE-8"],
    type="PROPOSE",
    operator="counter-of-the-view-higher-node",
    fresh=True,
)
def _view_counter(judge: Judge) -> None:
    """A higher Node-ID than that of who proposed the view makes its counter no newer."""
    stage = group(judge, n=3, rank=2)
    stage.go_on(stage.members[0])
    lead = stage.members[0]
    rows = [candidate(one) for one in stage.everyone]
    here = Scene(stage, drafted(stage, "PROPOSE", lead, {"counter": stage.counter, "candidates": rows}))
    here.refuses(here.draft, "stale-proposal", "that-of-the-view")
    here.twin(here.draft.with_body(counter=stage.counter + 1))
