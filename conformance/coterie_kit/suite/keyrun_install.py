"""INSTALL at the peer: members, order, cuts, counters, and what an accepted one starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from coterie_kit import frames
from coterie_kit.case import case
from coterie_kit.faults import Inconclusive
from coterie_kit.judge import Judge
from coterie_kit.keys.names import contact
from coterie_kit.puppets import Puppet, member_row
from coterie_kit.suite._bases import guests, into_base, onward, plain_run
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._run import Plan, Run, setup, successor
from coterie_kit.suite._scenes import Scene, scene
from coterie_kit.suite._stage import Stage, accepts

Rows = list[dict[str, Any]]


def changed(here: Scene, change: Callable[[Rows], Rows]) -> Draft:
    """The INSTALL with other rows."""
    now, _ = frames.read_body("INSTALL", here.draft.body)
    return here.draft.with_body(members=change(now["members"]))


def row_owner(here: Scene, which: str) -> bytes:
    """The Node-ID of the row that a word names."""
    if which == "self":
        return here.stage.subject.node
    if which == "proposer":
        return here.puppet.node
    return next(one.node for one in here.run.puppets if one is not here.puppet)


def with_row(here: Scene, which: str, **values: Any) -> Draft:
    """The INSTALL with other values in one row."""
    node = row_owner(here, which)
    return changed(here, lambda rows: [row | values if row["node_id"] == node else row for row in rows])


def without_row(here: Scene, which: str) -> Draft:
    """The INSTALL without a row."""
    node = row_owner(here, which)
    return changed(here, lambda rows: [row for row in rows if row["node_id"] != node])


@case(
    "keyrun.install.duplicate-member", reqs=["REQ-KEY-7"], type="INSTALL", operator="member-twice", fresh=True
)
def _duplicate(judge: Judge) -> None:
    here = scene(judge, "INSTALL")
    here.refuses(changed(here, lambda rows: [*rows, rows[0]]), "duplicate-member", "first-again-at-the-end")
    here.refuses(changed(here, lambda rows: [rows[0], *rows]), "duplicate-member", "neighbours")
    again = changed(
        here, lambda rows: [*rows, rows[1] | {"incarnation": 5, "contact": contact("192.0.2.99:7")}]
    )
    here.refuses(again, "duplicate-member", "another-row-of-the-same-node")
    here.twin()


@case(
    "keyrun.install.self-absent", reqs=["REQ-KEY-8"], type="INSTALL", operator="receiver-absent", fresh=True
)
def _self_absent(judge: Judge) -> None:
    here = scene(judge, "INSTALL")
    here.refuses(without_row(here, "self"), "self-absent", "without-the-receiver")
    both = changed(here, lambda rows: [row for row in rows if row["node_id"] == row_owner(here, "third")])
    here.refuses(both, "self-absent", "without-both")
    here.twin()


@case(
    "keyrun.install.proposer-absent",
    reqs=["REQ-KEY-8"],
    type="INSTALL",
    operator="proposer-absent",
    fresh=True,
)
def _proposer_absent(judge: Judge) -> None:
    here = scene(judge, "INSTALL")
    here.refuses(without_row(here, "proposer"), "proposer-absent", "without-the-proposer")
    here.twin()


CONTACTS = {
    "none": (bytes(16), 0),
    "no-port": (contact("192.0.2.1:1")[0], 0),
    "unspecified": contact("0.0.0.0:9"),
    "multicast": contact("239.1.2.3:9"),
    "broadcast": contact("255.255.255.255:9"),
    "multicast-ipv6": contact("[ff05::2]:9"),
    "port-only": (bytes(16), 9),
}


def _contacts(which: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, "INSTALL")
        for name, value in CONTACTS.items():
            here.refuses(with_row(here, which, contact=value), "bad-contact", name)
        here.twin(with_row(here, "third", contact=contact("[2001:db8::77]:65535")))

    return story


for _which in ("self", "proposer", "third"):
    case(
        f"keyrun.install.contact-of-{_which}",
        reqs=["REQ-KEY-9"],
        type="INSTALL",
        operator=f"contact-of-{_which}",
        fresh=True,
    )(_contacts(_which))


@case(
    "keyrun.install.suite-unassigned",
    reqs=["REQ-KEY-10"],
    type="INSTALL",
    operator="unassigned-suite",
    fresh=True,
)
def _suite(judge: Judge) -> None:
    here = scene(judge, "INSTALL")
    for code in (0, 3, 128, 255):
        here.refuses(here.draft.with_body(suite=code), "unknown-suite", f"suite-{code}")
    here.twin()


@case(
    "keyrun.install.suite-not-offered",
    reqs=["REQ-KEY-10"],
    type="INSTALL",
    operator="suite-of-some",
    fresh=True,
    suites=(2,),
)
def _not_offered(judge: Judge) -> None:
    stage = Stage(judge, n=3)
    stage.others[1].suites = (1,)
    run = setup(stage, 2)
    judge.refuses(
        stage.peer, run.install_frame(), "unknown-suite", source=run.proposer.address, name="by-one-member"
    )
    other = Stage(judge, n=3, trust={"suites": [1]})
    run = setup(other, 2)
    judge.refuses(
        other.peer, run.install_frame(), "unknown-suite", source=run.proposer.address, name="by-the-peer"
    )
    twin = Stage(judge, n=3)
    run = setup(twin, 2)
    accepts(judge, twin.deliver(run.install_frame(), run.proposer), "twin")


@case(
    "keyrun.install.suite-of-the-base",
    reqs=["REQ-KEY-10", "REQ-KEY-11"],
    type="INSTALL",
    operator="suite-changed",
    fresh=True,
    suites=(2,),
)
def _kept(judge: Judge) -> None:
    """A base takes its suite along; whoever is in the base refuses another one."""
    for own, other in ((1, 2), (2, 1)):
        stage = plain_run(judge, 2, 0, own).to_view().stage
        a, b = stage.everyone
        changed = successor(stage, [b, a], suite=other)
        judge.refuses(
            stage.peer, changed.install_frame(), "unknown-suite", source=changed.proposer.address,
            name=f"from-{own}-to-{other}",
        )  # fmt: skip
        kept = successor(stage, [b, a])
        accepts(judge, stage.deliver(kept.install_frame(), kept.proposer), f"twin-{own}")


# ---------------------------------------------------------------- order


def reordered(run: Run, order: Sequence[Puppet]) -> bytes:
    """The INSTALL of a run with its members in another order."""
    rows = {one.node: member_row(one, run.plan.previous.get(one.node, bytes(16))) for one in run.members}
    values = run.values | {"members": [rows[one.node] for one in order]}
    return run.proposer.make("INSTALL", values)


def _refuses_orders(run: Run, orders: Mapping[str, Sequence[Puppet]]) -> None:
    stage = run.stage
    for name, order in orders.items():
        stage.judge.refuses(
            stage.peer, reordered(run, order), "bad-order", source=run.proposer.address, name=name
        )  # fmt: skip
    accepts(stage.judge, stage.carry(run.install_frame(), run.proposer), "twin")


@case(
    "keyrun.install.order-of-newcomers",
    reqs=["REQ-KEY-11"],
    type="INSTALL",
    operator="newcomers-unordered",
    fresh=True,
)
def _newcomers(judge: Judge) -> None:
    run = plain_run(judge, 4, 1)
    a, b, c, d = run.members
    _refuses_orders(
        run,
        {
            "reversed": (d, c, b, a),
            "last-two": (a, b, d, c),
            "first-two": (b, a, c, d),
            "rotated": (b, c, d, a),
        },
    )


@case(
    "keyrun.install.order-base-first",
    reqs=["REQ-KEY-11"],
    type="INSTALL",
    operator="base-not-first",
    fresh=True,
)
def _base_first(judge: Judge) -> None:
    run = onward(judge, 2, 0, 2)
    a, b, c, d = run.members
    everyone = sorted(run.members, key=lambda one: one.node)
    wrong: dict[str, Sequence[Puppet]] = {
        "newcomers-first": (c, d, a, b),
        "newcomer-between": (a, c, b, d),
        "newcomers-unordered": (a, b, d, c),
    }
    if everyone != [a, b, c, d]:
        wrong["all-by-node"] = tuple(everyone)
    _refuses_orders(run, wrong)


@case(
    "keyrun.install.order-of-the-base",
    reqs=["REQ-KEY-11"],
    type="INSTALL",
    operator="base-permuted",
    fresh=True,
)
def _base_order(judge: Judge) -> None:
    run = onward(judge, 3, 1, 1)
    a, b, c, new = run.members
    _refuses_orders(run, {"swapped": (b, a, c, new), "rotated": (b, c, a, new), "reversed": (c, b, a, new)})


@case(
    "keyrun.install.order-unknown-to-a-newcomer",
    reqs=["REQ-KEY-11"],
    type="INSTALL",
    operator="conforming-any-base-order",
    fresh=True,
)
def _unknown_order(judge: Judge) -> None:
    run = into_base(judge, 3, 1, 0)
    a, b, c, own = run.members
    reply = run.stage.carry(reordered(run, (c, a, b, own)), run.proposer)
    accepts(judge, reply)


@case(
    "keyrun.install.order-of-a-refresh",
    reqs=["REQ-KEY-11"],
    type="INSTALL",
    operator="not-rotated",
    fresh=True,
)
def _refresh(judge: Judge) -> None:
    run = onward(judge, 4, 2, 0)
    b, c, d, a = run.members
    _refuses_orders(
        run,
        {
            "unrotated": (a, b, c, d),
            "rotated-twice": (c, d, a, b),
            "rotated-back": (d, a, b, c),
            "swapped": (c, b, d, a),
        },
    )


@case(
    "keyrun.install.order-after-removal",
    reqs=["REQ-KEY-11"],
    type="INSTALL",
    operator="rotated-after-removal",
    fresh=True,
)
def _removal(judge: Judge) -> None:
    stage = plain_run(judge, 4, 1).to_view().stage
    a, b, c, _ = stage.everyone
    run = successor(stage, [a, b, c])
    _refuses_orders(run, {"rotated": (b, c, a), "swapped": (b, a, c)})


@case(
    "keyrun.install.order-a-refresh-of-two",
    reqs=["REQ-KEY-11"],
    type="INSTALL",
    operator="conforming-refresh-of-two",
    fresh=True,
)
def _refresh_two(judge: Judge) -> None:
    run = onward(judge, 2, 1, 0)
    accepts(judge, run.stage.carry(run.install_frame(), run.proposer))


def _merge(
    judge: Judge, ours: int, theirs: int, lowest: str
) -> tuple[Stage, list[Puppet], list[Puppet], bytes]:
    """A view that the peer is in, and one of guests; which of the two has the lowest Node-ID."""
    for _ in range(64):
        stage = plain_run(judge, ours, judge.random.randrange(ours)).to_view().stage
        others = guests(stage, theirs)
        own = min(stage.everyone, key=lambda one: one.node)
        if (own.node < others[0].node) == (lowest == "ours"):
            return stage, stage.everyone, others, judge.octets(16)
    raise Inconclusive("64 draws of keys gave no such order of Node-IDs")


def _tie(lowest: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        stage, ours, theirs, view = _merge(judge, 2, 2, lowest)
        assert stage.stored is not None
        previous = {one.node: view for one in theirs} | {one.node: stage.stored.view for one in ours}
        base, rest = (ours, theirs) if lowest == "ours" else (theirs, ours)
        good = Run(stage, Plan((*base, *rest), base=2, previous=previous, counter=2))
        _refuses_orders(good, {"the-other-set-first": (*rest, *base)})

    return story


for _lowest in ("ours", "theirs"):
    case(
        f"keyrun.install.order-tie-{_lowest}",
        reqs=["REQ-KEY-11"],
        type="INSTALL",
        operator=f"tie-{_lowest}",
        fresh=True,
    )(_tie(_lowest))


@case(
    "keyrun.install.order-largest-set",
    reqs=["REQ-KEY-11"],
    type="INSTALL",
    operator="smaller-set-first",
    fresh=True,
)
def _largest(judge: Judge) -> None:
    stage, ours, theirs, view = _merge(judge, 2, 3, "ours")
    assert stage.stored is not None
    previous = {one.node: view for one in theirs} | {one.node: stage.stored.view for one in ours}
    good = Run(stage, Plan((*theirs, *ours), base=3, previous=previous, counter=2))
    _refuses_orders(good, {"the-smaller-set-first": (*ours, *theirs)})
