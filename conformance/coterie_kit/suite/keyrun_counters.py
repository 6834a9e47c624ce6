"""INSTALL and what the receiver knows: sessions, counters, previous views, clocks, and what it starts."""

from __future__ import annotations

from typing import Any

from coterie_kit import frames
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._bases import plain_run
from coterie_kit.suite._run import Plan, Run, setup, successor
from coterie_kit.suite._scenes import scene
from coterie_kit.suite._stage import Stage, accepts
from coterie_kit.suite.keyrun_install import row_owner, with_row

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
    accepts(judge, stage.deliver(run.install_frame(), run.proposer), "twin")


@case("keyrun.install.member-mismatch", reqs=["REQ-KEY-13"], type="INSTALL", operator="other-row", fresh=True)
def _mismatch(judge: Judge) -> None:
    here = scene(judge, "INSTALL")
    for which in ("self", "proposer", "third"):
        who = next(one for one in here.run.members if one.node == row_owner(here, which))
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
    accepts(judge, stage.deliver(twin.install_frame(third), third), "one-more")


@case(
    "keyrun.install.stale-counter-of-the-view",
    reqs=["REQ-KEY-14", "REQ-KEY-11"],
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
    accepts(judge, stage.deliver(good.install_frame(), good.proposer), "twin")


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
    accepts(judge, stage.deliver(near.install_frame(), near.proposer), "at-the-limit")


@case(
    "keyrun.install.previous-view",
    reqs=["REQ-KEY-16", "REQ-KEY-11"],
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
    accepts(judge, stage.deliver(good.install_frame(), good.proposer), "twin")


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
    accepts(judge, reply)
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
    reqs=["REQ-KEY-18", "REQ-KEY-23", "REQ-TST-5"],
    type="INSTALL",
    operator="conforming-superseding",
    fresh=True,
)
def _supersedes(judge: Judge) -> None:
    stage = Stage(judge, n=3, rank=1)
    first = setup(stage).to_up()
    second = Run(stage, Plan(tuple(stage.everyone), counter=2))
    reply = stage.deliver(second.install_frame(), second.proposer)
    accepts(judge, reply)
    failed = reply.event("run-failed")
    judge.equal("reason", failed.fields.get("reason") if failed else None, "superseded")
    names = [event.name for event in reply.events]
    judge.equal("order", [name for name in names if name.startswith("run-")], ["run-failed", "run-started"])
    judge.refused(
        stage.deliver(first.up_frame(), first.members[0]), "no-run", name="the-old-run", reqs=["REQ-KEY-23"]
    )
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


@case("keyrun.view.id", reqs=["REQ-KEY-40"], type="INSTALL", operator="conforming-view-id", fresh=True)
def _view_id(judge: Judge) -> None:
    run = plain_run(judge, 2, 0)
    reply = run.stage.deliver(run.install_frame(), run.proposer)
    told = reply.event("run-started")
    run.stage.need(told is not None, "no event run-started")
    assert told is not None
    judge.equal("view", told.fields.get("view"), run.view.hex())
