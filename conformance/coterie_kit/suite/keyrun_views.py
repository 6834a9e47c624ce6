"""CONFIRMs, the view that they install, and the keys that it has."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._bases import plain_run
from coterie_kit.suite._run import Plan, Run, successor
from coterie_kit.suite._stage import accepts

# ---------------------------------------------------------------- CONFIRM


@case("keyrun.confirm.early", reqs=["REQ-KEY-31"], type="CONFIRM", operator="before-down", fresh=True)
def _early(judge: Judge) -> None:
    for rank in (0, 1):
        run = plain_run(judge, 3, rank).to_down()
        early = run.confirm_frame(run.last)
        judge.refuses(run.stage.peer, early, "early-confirm", source=run.last.address, name=f"rank-{rank}")
        run.deliver_down()
        accepts(judge, run.stage.deliver(early, run.last), f"rank-{rank}.the-same-later")


@case(
    "keyrun.confirm.early-at-the-last", reqs=["REQ-KEY-31"], type="CONFIRM", operator="before-up", fresh=True
)
def _early_last(judge: Judge) -> None:
    run = plain_run(judge, 3, 2).to_up()
    who = run.puppets[0]
    values = {"install_digest": run.digest, "down_hash": judge.octets(32), "confirmation": judge.octets(32)}
    judge.refuses(run.stage.peer, who.make("CONFIRM", values), "early-confirm", source=who.address)
    run.up()


@case(
    "keyrun.view.only-with-all-confirms",
    reqs=["REQ-KEY-34"],
    type="CONFIRM",
    operator="conforming-one-missing",
    fresh=True,
)
def _only_with_all(judge: Judge) -> None:
    run = plain_run(judge, 5, judge.random.randrange(5)).to_confirms()
    order = list(run.puppets)
    judge.random.shuffle(order)
    for number, who in enumerate(order):
        reply = run.stage.deliver(run.confirm_frame(who), who)
        accepts(judge, reply, f"confirm-{number}")
        told = reply.event("view-installed")
        judge.check(
            f"confirm-{number}.view", (told is not None) == (number == len(order) - 1), observed=reply.said()
        )
        view = run.stage.inspect()["view"]
        judge.equal(f"confirm-{number}.inspect", view is not None, number == len(order) - 1)


@case(
    "keyrun.view.installed",
    reqs=["REQ-KEY-34", "REQ-REC-18"],
    type="CONFIRM",
    operator="conforming-view",
    fresh=True,
)
def _installed(judge: Judge) -> None:
    run = plain_run(judge, 3, 1).to_confirms()
    base = run.puppets
    run.confirm(base[0])
    reply = run.stage.deliver(run.confirm_frame(base[1]), base[1])
    told = reply.event("view-installed")
    judge.require("event", told, expected="event view-installed", observed=reply.said())
    assert told is not None
    nodes = [one.node.hex() for one in run.members]
    judge.equal("members", told.fields.get("members"), nodes)
    judge.equal("suite", told.fields.get("suite"), 1)
    found = run.stage.inspect()
    judge.equal("inspect.members", found["members"], nodes)
    judge.equal("inspect.run", found["run"], None)
    judge.equal("inspect.next-counter", found["next_counter"], 0)
    judge.equal("quiet", [event.name for event in run.stage.pass_time(6000).events], [])


@case(
    "keyrun.view.clock",
    reqs=["REQ-KEY-34", "REQ-KEY-17", "REQ-REC-14"],
    type="INSTALL",
    operator="conforming-clock-base",
    fresh=True,
)
def _clock(judge: Judge) -> None:
    clock = judge.random.randrange(10**6, 2**32)
    stage = plain_run(judge, 2, 0).stage
    run = Run(stage, Plan(tuple(stage.everyone), clock_base=clock))
    run.to_confirms()
    judge.equal("before", stage.inspect().number("clock"), 0, reqs=["REQ-KEY-34"])
    run.confirm(run.puppets[0])
    judge.equal("after", stage.inspect().number("clock"), clock, reqs=["REQ-KEY-34", "REQ-REC-14"])
    run.adopt()
    a, b = stage.everyone
    successor(stage, [b, a], clock_base=clock - 5).to_view()
    judge.equal("never-back", stage.inspect().number("clock"), clock, reqs=["REQ-KEY-34", "REQ-REC-14"])


def _logged(suite: int) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        run = plain_run(judge, 3, 0, suite).to_confirms()
        for who in run.puppets:
            reply = run.stage.deliver(run.confirm_frame(who), who)
        logged = {entry.label: entry.secret for entry in reply.keylog}
        if not logged:
            judge.unsupported("the peer logs no keys")
        secrets = run.secrets()
        for name in ("confirm", "read", "control", "exporter"):
            judge.equal(name, logged.get(name), getattr(secrets, name), reqs=["REQ-KEY-29"])

    return story


for _suite in (1, 2):
    case(
        f"keyrun.schedule.secrets-suite-{_suite}",
        reqs=["REQ-KEY-29", "REQ-KEY-30"],
        type="CONFIRM",
        operator=f"conforming-keylog-suite-{_suite}",
        fresh=True,
        suites=(_suite,),
    )(_logged(_suite))


@case("keyrun.export.computed", reqs=["REQ-KEY-38"], type="none", operator="conforming", fresh=True)
def _export(judge: Judge) -> None:
    run = plain_run(judge, 2, 0).to_view()
    secrets = run.secrets()
    for size, length in ((0, 1), (1, 32), (13, 33), (255, 64), (7, 8160)):
        context = judge.octets(size)
        reply = run.stage.peer.do("export", run.stage.overlay, context=context, length=length)
        name = f"context-{size}-length-{length}"
        if accepts(judge, reply, name):
            judge.equal(f"{name}.secret", reply.octets("secret"), secrets.export(context, length))


@case(
    "keyrun.export.outside-its-limits",
    reqs=["REQ-KEY-38"],
    type="none",
    operator="outside-limits",
    fresh=True,
)
def _export_limits(judge: Judge) -> None:
    run = plain_run(judge, 2, 0).to_view()
    for name, size, length in (("context-256", 256, 32), ("length-0", 3, 0), ("length-8161", 3, 8161)):
        reply = run.stage.peer.do("export", run.stage.overlay, context=judge.octets(size), length=length)
        judge.check(
            name, reply.status == "error" and reply.reason == "usage", expected="usage", observed=reply.said()
        )


@case("keyrun.export.without-a-view", reqs=["REQ-KEY-38"], type="none", operator="without-a-view", fresh=True)
def _export_no_view(judge: Judge) -> None:
    run = plain_run(judge, 2, 0).to_confirms()
    reply = run.stage.peer.do("export", run.stage.overlay, context=b"", length=32)
    judge.check(
        "usage", reply.status == "error" and reply.reason == "usage", expected="usage", observed=reply.said()
    )
