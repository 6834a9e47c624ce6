"""INSTALL in a group: held against the proposal that was answered, and what is recovered before the view."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from coterie_kit import frames
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import member_row
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._group import Group, group, senders
from coterie_kit.suite._group_scenes import asked_scene, drafted
from coterie_kit.suite._run import Run
from coterie_kit.suite._scenes import Scene

Row = dict[str, Any]
JUMP = 2**32


def install_scene(here: Group, run: Run) -> Scene:
    """The INSTALL of a run that nobody has delivered yet, open for a fault."""
    made = drafted(here, "INSTALL", run.proposer, run.values)
    return Scene(here, made, {"group": here, "run": run})


def answered_scene(judge: Judge, n: int = 3, rank: int = 1, **plan: Any) -> Scene:
    """A member that has answered its coordinator, which takes a newcomer in; words were said. The INSTALL."""
    here = group(judge, n=n, rank=rank)
    for one in here.puppets:
        here.need(here.data(one, *[judge.octets(3) for _ in range(judge.random.randrange(1, 4))]).ok, "DATA")
    proposal = here.answered(here.propose(here.members[0], [*here.members, *here.met()]))
    return install_scene(here, here.run(proposal, **plan))


# ---------------------------------------------------------------- the proposal


@case(
    "views.install.another-counter",
    reqs=["REQ-VIE-12"],
    type="INSTALL",
    operator="counter-not-proposed",
    fresh=True,
)
def _counter(judge: Judge) -> None:
    here = answered_scene(judge)
    counter = here.run.plan.counter
    for more in (1, 2, judge.random.randrange(3, 2**31)):
        here.refuses(here.draft.with_body(counter=counter + more), "no-proposal", f"counter-{more}-later")
    here.twin()


@case(
    "views.install.another-signer",
    reqs=["REQ-VIE-12"],
    type="INSTALL",
    operator="signer-did-not-propose",
    fresh=True,
)
def _signer(judge: Judge) -> None:
    here = answered_scene(judge)
    other = next(one for one in here.run.puppets if one is not here.puppet)
    theirs = here.draft.changed(maker=other, source=other.address).with_prefix(
        signer=other.node, incarnation=other.incarnation, sequence=other.sequence + 1
    )
    here.refuses(theirs, "no-proposal", "of-another-member")
    here.twin()


@case(
    "views.install.never-asked", reqs=["REQ-VIE-12"], type="INSTALL", operator="nothing-answered", fresh=True
)
def _never(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    proposal = here.propose(here.members[0], [*here.members, *here.met()])
    made = install_scene(here, here.run(proposal))
    made.refuses(made.draft, "no-proposal", "without-a-propose")
    install_scene(here, here.run(here.answered(proposal))).twin()


@case(
    "views.install.overtaken", reqs=["REQ-VIE-12"], type="INSTALL", operator="overtaken-proposal", fresh=True
)
def _overtaken(judge: Judge) -> None:
    here = answered_scene(judge)
    stage = here.notes["group"]
    later = stage.answered(stage.propose(here.puppet, counter=stage.counter + judge.random.randrange(1, 9)))
    here.refuses(here.draft, "no-proposal", "of-the-earlier-proposal")
    install_scene(stage, stage.run(later)).twin()


@case(
    "views.install.not-candidate",
    reqs=["REQ-VIE-44"],
    type="INSTALL",
    operator="member-not-asked-about",
    fresh=True,
)
def _not_candidate(judge: Judge) -> None:
    here = answered_scene(judge)
    stage = here.notes["group"]
    guest = stage.met()[0]
    base = list(stage.members)
    rows = [member_row(one, stage.view) for one in base] + [member_row(guest)]
    at = {row["node_id"]: place for place, row in enumerate(rows)}
    cuts = stage.cuts(base)
    more = here.draft.with_body(members=rows, cuts=cuts, extensions=[senders([0])])
    here.refuses(more, "not-candidate", "a-newcomer-more")
    stage.need(at, "rows")
    here.twin()


# ---------------------------------------------------------------- cuts and senders


def _changed(here: Scene, change: Callable[[list[Row]], list[Row]]) -> Draft:
    """The INSTALL with other rows in the cut of the receiver's view."""
    now, _ = frames.read_body("INSTALL", here.draft.body)
    cut = {name: value for name, value in now["cuts"][0].items() if name != "sender_count"}
    return here.draft.with_body(cuts=[cut | {"senders": change([dict(row) for row in cut["senders"]])}])


def _lower(at: int, rows: list[Row]) -> list[Row]:
    return [row | {"sequence": row["sequence"] - (place == at)} for place, row in enumerate(rows)]


@case(
    "views.install.cut-below", reqs=["REQ-VIE-13"], type="INSTALL", operator="cut-below-holdings", fresh=True
)
def _below(judge: Judge) -> None:
    here = answered_scene(judge, n=4, rank=2)
    for at in range(3):
        here.refuses(_changed(here, partial(_lower, at)), "cut-below-holdings", f"row-{at}-lower")
    here.refuses(_changed(here, lambda rows: rows[1:]), "cut-below-holdings", "a-row-less")
    here.refuses(_changed(here, lambda _rows: []), "cut-below-holdings", "no-row")
    here.refuses(here.draft.with_body(cuts=[]), "cut-below-holdings", "no-cut")
    here.twin(_changed(here, lambda rows: [row | {"sequence": row["sequence"] + 3} for row in rows]))


@case("views.install.cut-missing", reqs=["REQ-VIE-13"], type="INSTALL", operator="cut-missing", fresh=True)
def _missing(judge: Judge) -> None:
    """Where nothing is held there is a cut all the same, without rows."""
    here = group(judge, n=judge.random.randrange(2, 5), rank=1)
    made = install_scene(
        here, here.run(here.answered(here.propose(here.members[0], [*here.members, *here.met()])))
    )
    made.refuses(made.draft.with_body(cuts=[]), "cut-below-holdings", "no-cut")
    made.twin()


@case(
    "views.install.cut-of-strangers",
    reqs=["REQ-VIE-13"],
    type="INSTALL",
    operator="cut-of-strangers",
    fresh=True,
)
def _strangers(judge: Judge) -> None:
    here = answered_scene(judge)
    row = {"node_id": judge.octets(32), "sequence": 1, "holder": 0}
    more = _changed(here, lambda rows: sorted([*rows, row], key=lambda one: one["node_id"]))
    here.refuses(more, "bad-cut", "a-row-of-no-member")
    here.twin()


def _bits(*positions: int) -> bytes:
    value: bytes = senders(positions)["value"]
    return value


@case(
    "views.install.bad-senders",
    reqs=["REQ-VIE-15"],
    type="INSTALL",
    operator="sender-group-misstated",
    fresh=True,
)
def _senders(judge: Judge) -> None:
    here = answered_scene(judge)
    wrong = {
        "nobody": bytes(8),
        "without-the-first": _bits(1, 2),
        "beyond-the-members": _bits(0, len(here.run.members)),
        "last-bit": _bits(0, 63),
        "turned-round": _bits(0)[::-1],
        "seven-octets": _bits(0)[:7],
        "nine-octets": _bits(0) + b"\x00",
        "empty": b"",
    }
    for name, value in wrong.items():
        bad = here.draft.with_body(extensions=[{"type": 0x8003, "value": value}])
        here.refuses(bad, "bad-senders", name)
    here.refuses(here.draft.with_body(extensions=[]), "bad-senders", "missing")
    here.twin(here.draft.with_body(extensions=[{"type": 1, "value": bytes(4)}, senders([0, 2])]))


# ---------------------------------------------------------------- counters and clocks


@case(
    "views.install.stale-counter",
    reqs=["REQ-VIE-46"],
    type="INSTALL",
    operator="counter-of-the-view",
    fresh=True,
)
def _stale(judge: Judge) -> None:
    stage = group(judge, n=3, rank=2, counter=judge.random.randrange(5, 2**31))
    stage.go_on(stage.members[0])  # now another one is coordinator
    here = install_scene(stage, stage.run(stage.answered(stage.propose(stage.members[0]))))
    view = here.run.plan.counter - 1
    for counter in (0, 1, view - 1, view):
        here.refuses(here.draft.with_body(counter=counter), "stale-counter", f"counter-{counter}")
    here.twin()


@case(
    "views.install.equal-counter",
    reqs=["REQ-VIE-46"],
    type="INSTALL",
    operator="conforming-equal-counter",
    fresh=True,
)
def _equal(judge: Judge) -> None:
    """Two proposers of one counter: the INSTALL of the first was accepted, and that of the second counts."""
    here = answered_scene(judge, n=4, rank=3)
    stage = here.notes["group"]
    stage.need(here.stage.deliver(here.draft.octets(), here.puppet).ok, "the first INSTALL")
    stage.keep_alive(5500)
    second = stage.members[1]
    later = stage.answered(stage.propose(second, counter=here.run.plan.counter))
    install_scene(stage, stage.run(later)).twin()


def _clocked(judge: Judge, clock_base: int, *, joins: bool) -> tuple[Scene, Draft]:
    if not joins:
        made = answered_scene(judge)
        return made, made.draft.with_body(clock_base=clock_base)
    asked = asked_scene(judge)
    here = asked.notes["group"]
    run = here.proposed_run()
    made = install_scene(here, run)
    return made, made.draft.with_body(clock_base=clock_base)


@case(
    "views.install.clock-of-a-newcomer",
    reqs=["REQ-VIE-46", "REQ-KEY-17"],
    type="INSTALL",
    operator="clock-jump-of-a-newcomer",
    fresh=True,
)
def _newcomer_clock(judge: Judge) -> None:
    for clock in (2**62 + 1, 2**63 + judge.random.randrange(2**62)):
        made, draft = _clocked(judge, clock, joins=True)
        made.refuses(draft, "clock-jump", f"clock-{clock}")
    made, draft = _clocked(judge, 2**62, joins=True)
    made.twin(draft, "at-the-limit")


# ---------------------------------------------------------------- the order of the checks


def _chain(here: Scene) -> dict[str, tuple[str, str, Draft]]:
    """Each fault with all later ones that leave it alone: rule, reason, draft."""
    stage, good = here.notes["group"], here.draft
    guest = stage.met()[0]
    now, _ = frames.read_body("INSTALL", good.body)
    rows = [dict(row) for row in now["members"]]
    odd = [row | {"previous_view": b"\x09" * 16} for row in rows]
    wrong = [row | {"incarnation": 5} if row["node_id"] == stage.members[2].node else row for row in rows]
    more = [member_row(one, stage.view) for one in stage.members] + [member_row(guest)]
    low = {"cuts": [], "members": more, "extensions": [senders([0])]}
    no_proposal = low | {"counter": here.run.plan.counter + 1}
    clock = no_proposal | {"clock_base": 2**63}
    bad = {"extensions": [senders([1])]}
    return {
        "candidates-before-cuts": ("REQ-VIE-44", "not-candidate", good.with_body(**low)),
        "proposal-before-candidates": ("REQ-VIE-12", "no-proposal", good.with_body(**no_proposal)),
        "clock-before-proposal": ("REQ-KEY-17", "clock-jump", good.with_body(**clock)),
        "previous-before-clock": (
            "REQ-KEY-16", "previous-view-mismatch", good.with_body(members=odd, cuts=[], clock_base=2**63),
        ),
        "counter-before-previous": (
            "REQ-VIE-46", "stale-counter", good.with_body(members=odd, cuts=[], counter=0),
        ),
        "sessions-before-counter": (
            "REQ-KEY-13", "member-mismatch", good.with_body(members=wrong, counter=0),
        ),
        "senders-before-sessions": ("REQ-VIE-15", "bad-senders", good.with_body(members=wrong, **bad)),
        "rows-before-senders": ("REQ-KEY-11", "bad-order", good.with_body(members=rows[::-1], **bad)),
    }  # fmt: skip


def _order(chapter: str) -> Callable[[Judge], None]:
    """Where a rule of that chapter is the first of the two that are broken."""

    def story(judge: Judge) -> None:
        here = answered_scene(judge)
        for name, (rule, reason, draft) in _chain(here).items():
            if rule.startswith(f"REQ-{chapter}"):
                here.refuses(draft, reason, name, reqs=[rule])
        here.twin()

    return story


for _chapter, _reqs in (
    ("VIE", ["REQ-VIE-12", "REQ-VIE-15", "REQ-VIE-44", "REQ-VIE-46"]),
    ("KEY", ["REQ-KEY-11", "REQ-KEY-13", "REQ-KEY-16", "REQ-KEY-17"]),
):
    case(
        f"views.install.order-of-checks-{_chapter.lower()}",
        reqs=_reqs,
        type="INSTALL",
        operator=f"order-of-checks-{_chapter.lower()}",
        fresh=True,
    )(_order(_chapter))
