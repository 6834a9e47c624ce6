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
from coterie_kit.suite._stage import Stage

Rows = list[dict[str, Any]]


def changed(here: Scene, change: Callable[[Rows], Rows]) -> Draft:
    """The INSTALL with other rows."""
    now, _ = frames.read_body("INSTALL", here.draft.body)
    return here.draft.with_body(members=change(now["members"]))


def _of(here: Scene, which: str) -> bytes:
    if which == "self":
        return here.stage.subject.node
    if which == "proposer":
        return here.puppet.node
    return next(one.node for one in here.run.puppets if one is not here.puppet)


def with_row(here: Scene, which: str, **values: Any) -> Draft:
    """The INSTALL with other values in one row."""
    node = _of(here, which)
    return changed(here, lambda rows: [row | values if row["node_id"] == node else row for row in rows])


def without_row(here: Scene, which: str) -> Draft:
    """The INSTALL without a row."""
    node = _of(here, which)
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
    both = changed(here, lambda rows: [row for row in rows if row["node_id"] == _of(here, "third")])
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
    judge.accepted(twin.deliver(run.install_frame(), run.proposer), "twin")


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
    stage.judge.accepted(stage.carry(run.install_frame(), run.proposer), "twin")


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
    judge.accepted(reply)


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
    judge.accepted(run.stage.carry(run.install_frame(), run.proposer))


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


# ---------------------------------------------------------------- cuts


def _cut_scene(judge: Judge) -> tuple[Run, bytes, bytes, list[Puppet]]:
    """An INSTALL that joins two views; cuts of both are allowed."""
    stage = plain_run(judge, 2, 0).to_view().stage
    others = guests(stage, 1)
    assert stage.stored is not None
    theirs = judge.octets(16)
    previous = {one.node: stage.stored.view for one in stage.everyone} | {others[0].node: theirs}
    run = Run(stage, Plan((*stage.everyone, *others), base=2, previous=previous, counter=2))
    return run, stage.stored.view, theirs, others


def _senders(run: Run, holder: int, count: int = 2) -> Rows:
    nodes = sorted(one.node for one in run.members)[:count]
    return [{"node_id": node, "sequence": 7, "holder": holder} for node in nodes]


@case("keyrun.install.cuts", reqs=["REQ-KEY-12"], type="INSTALL", operator="bad-cuts", fresh=True)
def _cuts(judge: Judge) -> None:
    run, ours, theirs, _ = _cut_scene(judge)
    low, high = sorted((ours, theirs))
    place = {ours: 0, theirs: 2}

    def cut(view: bytes, holder: int | None = None, **other: Any) -> dict[str, Any]:
        senders = _senders(run, place.get(view, 0) if holder is None else holder)
        return {"previous_view": view, "senders": senders} | other

    wrong: dict[str, Rows] = {
        "a-view-of-nobody": [cut(judge.octets(16))],
        "zeros": [cut(bytes(16))],
        "descending": [cut(high), cut(low)],
        "twice": [cut(ours), cut(ours)],
        "senders-descending": [cut(ours, senders=_senders(run, 0)[::-1])],
        "sender-twice": [cut(ours, senders=[_senders(run, 0)[0]] * 2)],
        "holder-of-another-view": [cut(ours, 2)],
        "holder-is-no-member": [cut(ours, 3)],
        "holder-255": [cut(ours, 255)],
        "fault-in-the-second": [cut(low), cut(high, 1 if place[high] == 2 else 2)],
    }
    for name, cuts in wrong.items():
        frame = run.proposer.make("INSTALL", run.values | {"cuts": cuts})
        judge.refuses(run.stage.peer, frame, "bad-cut", source=run.proposer.address, name=name)
    good = run.proposer.make("INSTALL", run.values | {"cuts": [cut(low), cut(high)]})
    judge.accepted(run.stage.carry(good, run.proposer), "twin")


@case(
    "keyrun.install.cut-without-senders",
    reqs=["REQ-KEY-12"],
    type="INSTALL",
    operator="conforming-empty-cut",
    fresh=True,
)
def _empty_cut(judge: Judge) -> None:
    run, ours, _, _ = _cut_scene(judge)
    frame = run.proposer.make("INSTALL", run.values | {"cuts": [{"previous_view": ours, "senders": []}]})
    judge.accepted(run.stage.carry(frame, run.proposer))


# ---------------------------------------------------------------- state


@case(
    "keyrun.install.unknown-member",
    reqs=["REQ-KEY-13"],
    type="INSTALL",
    operator="stranger-among-members",
    fresh=True,
)
def _unknown_member(judge: Judge) -> None:
    stage = Stage(judge, n=4)
    stranger = stage.others[1]
    for who in stage.others:
        if who is not stranger:
            stage.meet(who)
    run = Run(stage, Plan(tuple(stage.everyone)))
    judge.refuses(stage.peer, run.install_frame(), "unknown-member", source=run.proposer.address)
    stage.meet(stranger)
    judge.accepted(stage.deliver(run.install_frame(), run.proposer), "twin")


@case("keyrun.install.member-mismatch", reqs=["REQ-KEY-13"], type="INSTALL", operator="other-row", fresh=True)
def _mismatch(judge: Judge) -> None:
    here = scene(judge, "INSTALL")
    for which in ("self", "proposer", "third"):
        who = next(one for one in here.run.members if one.node == _of(here, which))
        wrong: dict[str, dict[str, Any]] = {
            "incarnation-less": {"incarnation": who.incarnation - 1},
            "incarnation-more": {"incarnation": who.incarnation + 1},
            "leaf": {"leaf_hash": judge.octets(32)},
        }
        for name, values in wrong.items():
            here.refuses(with_row(here, which, **values), "member-mismatch", f"{which}-{name}")
    here.twin()


@case(
    "keyrun.install.stale-counter",
    reqs=["REQ-KEY-14"],
    type="INSTALL",
    operator="counter-not-greater",
    fresh=True,
)
def _stale(judge: Judge) -> None:
    stage = Stage(judge, n=3)
    stage.meet_all()
    counter = judge.random.randrange(10, 10**6)
    first = Run(stage, Plan(tuple(stage.everyone), counter=counter))
    first.install()
    third = next(one for one in first.puppets if one is not first.proposer)
    for name, value in (("equal", counter), ("one-less", counter - 1), ("zero", 0)):
        other = Run(stage, Plan(tuple(stage.everyone), counter=value))
        judge.refuses(
            stage.peer, other.install_frame(third), "stale-counter", source=third.address, name=name
        )
    twin = Run(stage, Plan(tuple(stage.everyone), counter=counter + 1))
    judge.accepted(stage.deliver(twin.install_frame(third), third), "one-more")


@case(
    "keyrun.install.stale-counter-of-the-view",
    reqs=["REQ-KEY-14"],
    type="INSTALL",
    operator="counter-of-the-view",
    fresh=True,
)
def _stale_view(judge: Judge) -> None:
    stage = plain_run(judge, 2, 0).to_view().stage
    a, b = stage.everyone
    run = successor(stage, [b, a], counter=1)
    run.body = frames.write_body("INSTALL", run.values | {"counter": 0})
    judge.refuses(stage.peer, run.install_frame(), "stale-counter", source=run.proposer.address, name="zero")
    good = successor(stage, [b, a])
    judge.accepted(stage.deliver(good.install_frame(), good.proposer), "twin")


@case(
    "keyrun.install.counter-jump", reqs=["REQ-KEY-14"], type="INSTALL", operator="counter-too-far", fresh=True
)
def _jump(judge: Judge) -> None:
    here = scene(judge, "INSTALL")
    for name, value in (("one-over", 2**32 + 1), ("greatest", 2**64 - 1)):
        here.refuses(here.draft.with_body(counter=value), "counter-jump", name)
    here.twin(here.draft.with_body(counter=2**32), "at-the-limit")


@case(
    "keyrun.install.counter-jump-from-the-latest",
    reqs=["REQ-KEY-14"],
    type="INSTALL",
    operator="counter-too-far-from-the-latest",
    fresh=True,
)
def _jump_later(judge: Judge) -> None:
    stage = Stage(judge, n=3)
    stage.meet_all()
    Run(stage, Plan(tuple(stage.everyone), counter=2**32)).install()
    far = Run(stage, Plan(tuple(stage.everyone), counter=2**33 + 1))
    judge.refuses(stage.peer, far.install_frame(), "counter-jump", source=far.proposer.address)
    near = Run(stage, Plan(tuple(stage.everyone), counter=2**33))
    judge.accepted(stage.deliver(near.install_frame(), near.proposer), "at-the-limit")


@case(
    "keyrun.install.previous-view",
    reqs=["REQ-KEY-16"],
    type="INSTALL",
    operator="other-previous-view",
    fresh=True,
)
def _previous(judge: Judge) -> None:
    stage = plain_run(judge, 2, 0).to_view().stage
    a, b = stage.everyone
    assert stage.stored is not None
    own = stage.stored.view
    flipped = own[:15] + bytes([own[15] ^ 1])
    for name, view in (("one-bit", flipped), ("other", judge.octets(16))):
        run = successor(stage, [a, b], previous={a.node: view, b.node: view})
        judge.refuses(
            stage.peer, run.install_frame(), "previous-view-mismatch", source=run.proposer.address, name=name
        )
    rows = Run(stage, Plan((a, b), counter=2))
    judge.refuses(
        stage.peer, rows.install_frame(), "previous-view-mismatch", source=rows.proposer.address, name="zeros"
    )
    good = successor(stage, [b, a])
    judge.accepted(stage.deliver(good.install_frame(), good.proposer), "twin")


@case(
    "keyrun.install.previous-view-of-a-newcomer",
    reqs=["REQ-KEY-16"],
    type="INSTALL",
    operator="previous-view-of-a-newcomer",
    fresh=True,
)
def _previous_of_newcomer(judge: Judge) -> None:
    here = scene(judge, "INSTALL", rank=0)
    here.refuses(with_row(here, "self", previous_view=judge.octets(16)), "previous-view-mismatch", "invented")
    here.twin()


@case("keyrun.install.clock-jump", reqs=["REQ-KEY-17"], type="INSTALL", operator="clock-too-far", fresh=True)
def _clock(judge: Judge) -> None:
    here = scene(judge, "INSTALL")
    for name, value in (("one-over", 2**32 + 1), ("greatest", 2**64 - 1)):
        here.refuses(here.draft.with_body(clock_base=value), "clock-jump", name)
    here.twin(here.draft.with_body(clock_base=2**32), "at-the-limit")


# ---------------------------------------------------------------- what an accepted one starts


@case("keyrun.install.starts-a-run", reqs=["REQ-KEY-18"], type="INSTALL", operator="conforming", fresh=True)
def _starts(judge: Judge) -> None:
    run = plain_run(judge, 3, 1)
    stage = run.stage
    before = stage.digest()
    reply = stage.deliver(run.install_frame(), run.proposer)
    judge.accepted(reply)
    told = reply.event("run-started")
    nodes = [one.node.hex() for one in run.members]
    judge.check("event", told, expected="event run-started")
    if told:
        judge.equal("members", told.fields.get("members"), nodes)
        judge.equal("position", told.fields.get("position"), 1)
    found = stage.inspect()
    judge.equal("install-digest", (found["run"] or {}).get("install_digest"), run.digest.hex())
    judge.equal("view", found["view"], None)
    judge.check("digest", found.octets("digest") != before, field="digest")


@case(
    "keyrun.install.supersedes",
    reqs=["REQ-KEY-18"],
    type="INSTALL",
    operator="conforming-superseding",
    fresh=True,
)
def _supersedes(judge: Judge) -> None:
    stage = Stage(judge, n=3, rank=1)
    first = setup(stage).to_up()
    second = Run(stage, Plan(tuple(stage.everyone), counter=2))
    reply = stage.deliver(second.install_frame(), second.proposer)
    judge.accepted(reply)
    failed = reply.event("run-failed")
    judge.equal("reason", failed.fields.get("reason") if failed else None, "superseded")
    names = [event.name for event in reply.events]
    judge.equal("order", [name for name in names if name.startswith("run-")], ["run-failed", "run-started"])
    judge.refused(stage.deliver(first.up_frame(), first.members[0]), "no-run", name="the-old-run")
    judge.equal("run", (stage.inspect()["run"] or {}).get("install_digest"), second.digest.hex())


@case(
    "keyrun.install.keeps-the-view",
    reqs=["REQ-KEY-18"],
    type="DATA",
    operator="conforming-during-a-run",
    fresh=True,
)
def _keeps(judge: Judge) -> None:
    here = scene(judge, "DATA")
    stage = here.stage
    a, b = stage.everyone
    successor(stage, [b, a]).to_down()
    here.twin(name="record-of-the-old-view")


# ---------------------------------------------------------------- view ids


@case("keyrun.view.id", reqs=["REQ-KEY-34"], type="INSTALL", operator="conforming-view-id", fresh=True)
def _view_id(judge: Judge) -> None:
    run = plain_run(judge, 2, 0)
    reply = run.stage.deliver(run.install_frame(), run.proposer)
    told = reply.event("run-started")
    run.stage.need(told is not None, "no event run-started")
    assert told is not None
    judge.equal("view", told.fields.get("view"), run.view.hex())
