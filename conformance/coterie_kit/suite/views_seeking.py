"""Whom a coordinator seeks after it lost them; and the counters that outlive a peer's memory."""

from __future__ import annotations

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.suite._group import Group, group
from coterie_kit.suite.views_merging import goes_on, greetings, joins, stranger, view_of
from coterie_kit.suite.views_suspicion import proposed

HALF, SELDOM = 500, registry.timer("lost-greet-member")

# ---------------------------------------------------------------- who is lost


def _without_one(judge: Judge, *, leaves: bool) -> tuple[Group, Puppet]:
    """A view of three becomes one of two at its coordinator, because a member fell silent, or left."""
    here = group(judge, n=3, rank=0)
    lost = here.puppets[-1]
    if leaves:
        here.need(here.deliver(lost.make("LEAVE", {"view_id": here.view}), lost).ok, "LEAVE")
    else:
        here.keep_alive(2000, silent=[lost], step=400)
    asked = proposed(here, here.keep_alive(100, silent=[lost]))
    here.need(asked, "no PROPOSE")
    here.finish(here.run_of(here.answer(asked[0], [one for one in here.puppets if one is not lost])))
    here.need(here.members[0] is here.subject, "it is not coordinator")
    return here, lost


@case(
    "views.lost.greeted",
    reqs=["REQ-VIE-23"],
    type="HELLO1",
    operator="conforming-lost-member-greeted",
    fresh=True,
)
def _lost(judge: Judge) -> None:
    here, lost = _without_one(judge, leaves=False)
    judge.equal("remembered", here.inspect()["lost"], [lost.node.hex()])
    reply = here.keep_alive(HALF, step=HALF)[-1]
    judge.equal("greeted", greetings(here, reply), [lost.address])


@case(
    "views.lost.every-half-second",
    reqs=["REQ-VIE-23"],
    type="HELLO1",
    operator="conforming-in-turn",
    fresh=True,
)
def _in_turn(judge: Judge) -> None:
    here = group(judge, n=5, rank=0)
    lost = here.puppets[1:]
    here.keep_alive(2000, silent=lost, step=400)
    asked = proposed(here, here.keep_alive(100, silent=lost))
    here.need(asked, "no PROPOSE")
    here.finish(here.run_of(here.answer(asked[0], here.puppets[:1])))
    seen: dict[bytes, str] = {}  # a greeting that is sent again is the same octets
    for _ in range(3):
        reply = here.keep_alive(HALF, step=HALF)[-1]
        seen |= {said.octets: said.to for said in here.said(reply) if said.type == "HELLO1"}
    judge.equal("each-once-in-turn", sorted(seen.values()), sorted(one.address for one in lost))


@case("views.lost.left", reqs=["REQ-VIE-23"], type="HELLO1", operator="left-not-sought", fresh=True)
def _left(judge: Judge) -> None:
    here, _ = _without_one(judge, leaves=True)
    judge.equal("not-remembered", here.inspect()["lost"], [])
    replies = here.keep_alive(2000, step=HALF)
    judge.equal("not-greeted", [to for reply in replies for to in greetings(here, reply)], [])


@case(
    "views.lost.no-view-forgotten",
    reqs=["REQ-VIE-23"],
    type="HELLO3",
    operator="conforming-no-view-forgotten",
    fresh=True,
)
def _forgotten(judge: Judge) -> None:
    here, lost = _without_one(judge, leaves=False)
    reply = here.keep_alive(HALF, step=HALF)[-1]
    hello1 = here.one(reply, "HELLO1").octets
    lost.incarnation += 1
    lost.sequence = 0
    here.need(goes_on(here, lost, hello1, bytes(16)).ok, "HELLO3")
    judge.equal("forgotten", here.inspect()["lost"], [])
    replies = here.keep_alive(2000, step=HALF)
    judge.equal("not-greeted", [to for one in replies for to in greetings(here, one)], [])


@case(
    "views.lost.keep", reqs=["REQ-VIE-23"], type="HELLO1", operator="conforming-forgotten-in-time", fresh=True
)
def _keep(judge: Judge) -> None:
    """Ten minutes after the view that lost it nobody seeks it any more."""
    here = group(judge, n=2, rank=0)
    lost = here.puppets[0]
    here.pass_time(2000)
    here.pass_time(100)
    here.need(here.inspect()["lost"], "nobody is lost")
    found = greetings(here, here.pass_time(599_000))
    judge.check("sought-on", lost.address in found, expected="a greeting")
    here.pass_time(1500)
    for _ in range(12):
        here.pass_time(1000)  # and the last greetings have given up
    replies = [here.pass_time(HALF) for _ in range(4)]
    judge.equal("no-more", [to for one in replies for to in greetings(here, one)], [])
    judge.equal("forgotten", here.inspect()["lost"], [])


@case(
    "views.lost.by-a-member",
    reqs=["REQ-VIE-23", "REQ-VIE-22"],
    type="HELLO1",
    operator="conforming-only-a-member-remembers",
    fresh=True,
)
def _by_a_member(judge: Judge) -> None:
    """A member that does not lead seeks a lost one too, later, and the coordinator that it states."""
    here = group(judge, n=3, rank=1)
    lead, lost = here.puppets
    here.keep_alive(2000, silent=[lost], step=400)
    here.go_on(lead, [lead, here.subject])
    here.need(here.inspect()["lost"] == [lost.node.hex()], "nobody is lost")
    early = here.keep_alive(SELDOM - 1, step=1000)
    judge.equal("not-at-once", [to for one in early for to in greetings(here, one)], [])
    reply = here.keep_alive(1)[-1]
    judge.equal("greeted", greetings(here, reply), [lost.address], reqs=["REQ-VIE-23"])
    far = stranger(here)
    hello1 = here.one(reply, "HELLO1").octets
    reply = goes_on(here, lost, hello1, view_of(judge, here.counter + 3), far)
    judge.equal("its-coordinator", greetings(here, reply), [far.address], reqs=["REQ-VIE-22"])
    judge.equal("asks-nobody", joins(here, [reply]), [], reqs=["REQ-VIE-22"])


@case(
    "views.lost.who-greeted",
    reqs=["REQ-VIE-23"],
    type="HELLO1",
    operator="conforming-greets-back",
    fresh=True,
)
def _greets_back(judge: Judge) -> None:
    """Who greets the coordinator and is no member may be of another component."""
    here = group(judge, n=2, rank=0)
    far = here.met()[0]
    replies = here.keep_alive(1000, step=HALF)
    judge.equal("greeted", [to for one in replies for to in greetings(here, one)][:1], [far.address])
    member = group(judge, n=3, rank=1)
    member.met()
    replies = member.keep_alive(1500, step=HALF)
    judge.equal("not-by-a-member", [to for one in replies for to in greetings(member, one)], [])


# ---------------------------------------------------------------- counters that outlive memory


@case(
    "views.storage.before-the-view",
    reqs=["REQ-VIE-26", "REQ-TST-5"],
    type="none",
    operator="conforming-stored-first",
    fresh=True,
)
def _stored(judge: Judge) -> None:
    here = Group(judge, n=1, rank=0)
    reply = here.found()
    order = [row.get("name") or row.get("effect") for row in reply.effects]
    here.need("view-installed" in order, "no view")
    before = order[: order.index("view-installed")]
    judge.check("disk-first", "disk" in before, expected="the storage before the event", observed=order)


@case(
    "views.storage.restart",
    reqs=["REQ-VIE-26"],
    type="INSTALL",
    operator="conforming-counter-after-a-restart",
    fresh=True,
)
def _restart(judge: Judge) -> None:
    counter = judge.random.randrange(10, 2**31)
    here = Group(judge, n=2, rank=1)
    here.meet_all()
    here.ask_in(here.others[0])
    run = here.proposed_run(counter=counter)
    run.to_confirms()
    reply = run.confirm(run.puppets[0])
    run.see_view(reply)
    disk = reply.disk
    judge.check("stored", disk is not None, expected="the storage")
    here.need(disk is not None, "nothing was stored")
    here.wall += 5000
    here.reset(disk=disk)
    told = here.peer.do("create", here.overlay).event("view-installed")
    view = str(told.fields.get("view", "")) if told else ""
    here.need(view, "no view")
    told_counter = int(view[:16], 16)
    judge.check(
        "counter", told_counter > counter, field="view", expected=f"> {counter}", observed=told_counter
    )


@case(
    "views.storage.answered",
    reqs=["REQ-VIE-26"],
    type="INSTALL",
    operator="conforming-counter-answered",
    fresh=True,
)
def _remembers(judge: Judge) -> None:
    """A counter that was answered is seen, over leaving and joining."""
    here = group(judge, n=2, rank=1)
    counter = here.counter + judge.random.randrange(5, 2**31)
    here.answered(here.propose(here.members[0], counter=counter))
    here.need(here.peer.do("leave", here.overlay).ok, "leave")
    here.pass_time(2000)
    here.pass_time(2100)
    here.need(here.inspect()["state"] == "outside", "it has not left")
    told = here.peer.do("create", here.overlay).event("view-installed")
    view = str(told.fields.get("view", "")) if told else ""
    here.need(view, "no view")
    judge.check(
        "counter", int(view[:16], 16) > counter, expected=f"more than {counter}", observed=int(view[:16], 16)
    )
