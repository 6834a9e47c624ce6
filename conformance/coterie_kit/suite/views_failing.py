"""What a proposer does when its run ends without a view."""

from __future__ import annotations

from typing import Any

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._run import Run
from coterie_kit.suite.views_gathering import gathering
from coterie_kit.suite.views_suspicion import candidates, proposed

Row = dict[str, Any]


def _own_run(judge: Judge, n: int = 3) -> tuple[Group, Run]:
    """A run that the peer has proposed, one newcomer in it."""
    here, guests, asked = gathering(judge, n=n)
    return here, here.run_of(here.answer(asked, [*here.puppets, *guests]))


@case(
    "views.failed.times-out",
    reqs=["REQ-VIE-37"],
    type="PROPOSE",
    operator="conforming-run-timed-out",
    fresh=True,
)
def _times_out(judge: Judge) -> None:
    here, run = _own_run(judge)
    early = here.keep_alive(4999, step=500)
    judge.check("not-early", not proposed(here, early), expected="no PROPOSE while the run goes")
    asked = proposed(here, here.keep_alive(1))
    judge.check("at-once", asked, expected="PROPOSE")
    here.need(asked, "no PROPOSE")
    later = asked[0].frame.body["counter"] > run.plan.counter
    judge.check("counter", later, field="body.counter", expected="a greater counter")


@case(
    "views.failed.times-out-twice",
    reqs=["REQ-VIE-37", "REQ-VIE-45", "REQ-KEY-36"],
    type="PROPOSE",
    operator="conforming-timed-out-twice",
    fresh=True,
)
def _twice_out(judge: Judge) -> None:
    """Who did not confirm twice, where others did, is left out."""
    here = group(judge, n=4, rank=0)
    slow, *ready = here.puppets
    guests = here.met()
    asked = here.asked_to_admit(guests)
    for turn in (1, 2):
        everyone = [*here.puppets, *(one for one in guests if one.node in candidates(asked))]
        run = here.run_of(here.answer(asked, everyone))
        if run.waits_for_up:
            run.up()
        if not run.makes_down:
            run.deliver_down()
        for one in [one for one in run.puppets if one is not slow]:
            run.confirm(one)
        if turn == 1:
            # the JOIN is older than it is kept: nobody joins the second time
            once_more = proposed(here, here.keep_alive(5000, step=500))
            here.need(once_more, "no second PROPOSE")
            asked = once_more[0]
    again = proposed(here, here.keep_alive(5000, step=500))
    here.need(again, "no PROPOSE")
    judge.check("without-it", slow.node not in candidates(again[0]), expected="the others alone")
    judge.check("with-the-others", {one.node for one in ready} <= candidates(again[0]))


@case(
    "views.failed.nobody-confirms",
    reqs=["REQ-VIE-37", "REQ-VIE-45", "REQ-KEY-36"],
    type="PROPOSE",
    operator="conforming-nobody-confirms-twice",
    fresh=True,
)
def _nobody(judge: Judge) -> None:
    """Where nobody confirms, twice, the newcomers are left out."""
    here, guests, asked = gathering(judge, n=3)
    for _ in (1, 2):
        here.need(guests[0].node in candidates(asked), "the newcomer is no candidate")
        here.answer(asked, [*here.puppets, *guests])
        here.keep_alive(4500, step=500)
        here.need(here.deliver(here.join_of(guests[0]), guests[0]).ok, "JOIN")
        again = proposed(here, here.keep_alive(500, step=500))
        here.need(again, "no PROPOSE")
        asked = again[0]
    judge.equal("members-alone", candidates(asked), {one.node for one in here.members})


@case(
    "views.failed.culprit",
    reqs=["REQ-VIE-37"],
    type="PROPOSE",
    operator="conforming-culprit-left-out",
    fresh=True,
)
def _culprit(judge: Judge) -> None:
    """The maker of the DOWN signs two: it is left out, and for a minute its JOIN is worth nothing."""
    here, run = _own_run(judge)
    maker = run.last
    here.need(maker is not here.subject, "it makes the DOWN")
    run.deliver_down()
    entries = run.down.elements()
    entries[0] = run.suite.power(judge.random.randrange(2, 2**200))
    reply = here.carry(run.down_frame(entries=entries), maker)
    here.need(reply.reason == "equivocation", "two DOWNs are no equivocation")
    asked = proposed(here, [reply, here.pass_time(0)])
    here.need(asked, "no PROPOSE")
    judge.check("without-it", maker.node not in candidates(asked[0]), expected="the others alone")
    here.finish(here.run_of(here.answer(asked[0], here.puppets)))
    here.go_on(here.members[0])
    here.go_on(here.members[0])
    here.need(here.members[0] is here.subject, "it is not coordinator again")
    here.keep_alive(judge.random.randrange(20_000, 50_000), step=900)
    here.need(here.deliver(here.join_of(maker), maker).ok, "JOIN")
    replies = here.keep_alive(1000, step=200)
    judge.check("barred", not proposed(here, replies), expected="no PROPOSE for it")


@case(
    "views.failed.member-gone",
    reqs=["REQ-VIE-37"],
    type="PROPOSE",
    operator="conforming-member-of-the-run-gone",
    fresh=True,
)
def _gone(judge: Judge) -> None:
    """A member of its run falls silent: the peer does not wait for the run to end."""
    here, _ = _own_run(judge)
    quiet = here.puppets[0]
    replies = here.keep_alive(2800, silent=[quiet], step=100)
    asked = proposed(here, replies)
    judge.check("does-not-wait", asked, expected="PROPOSE")
    here.need(asked, "no PROPOSE")
    judge.check("without-it", quiet.node not in candidates(asked[0]))


@case(
    "views.failed.accuser",
    reqs=["REQ-VIE-37", "REQ-KEY-39"],
    type="CONFIRM",
    operator="conforming-down-mismatch-twice",
    fresh=True,
)
def _accuser(judge: Judge) -> None:
    """A member says twice that it got another DOWN: first the maker is left out, then the member itself."""
    here = group(judge, n=4, rank=0)
    accuser, *_ = here.puppets
    guests = here.met(2)
    asked = here.asked_to_admit(guests)
    makers = []
    for _ in range(2):
        everyone = [one for one in [*here.puppets, *guests] if one.node in candidates(asked)]
        run = here.run_of(here.answer(asked, everyone))
        makers.append(run.last)
        if run.waits_for_up:
            run.up()
        if not run.makes_down:
            run.deliver_down()
        reply = here.deliver(run.confirm_frame(accuser, down_hash=judge.octets(32)), accuser)
        found = proposed(here, [reply, here.pass_time(0)])
        here.need(found, "no PROPOSE")
        asked = found[0]
        if len(makers) == 1:
            judge.check(
                "first-the-maker", makers[0].node not in candidates(asked), expected="without the maker"
            )
            judge.check("not-yet-the-accuser", accuser.node in candidates(asked), expected="with the accuser")
    judge.check("then-the-accuser", accuser.node not in candidates(asked), expected="without the accuser")
