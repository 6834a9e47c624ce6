"""A peer that proposes: why and when, and with which counter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._group import group
from coterie_kit.suite.views_gathering import gathering
from coterie_kit.suite.views_suspicion import candidates, proposed, until_suspected

Row = dict[str, Any]

# ---------------------------------------------------------------- why and when


@case(
    "views.cause.silence",
    reqs=["REQ-VIE-3"],
    type="PROPOSE",
    operator="conforming-coordinator-silent",
    fresh=True,
)
def _silence(judge: Judge) -> None:
    here = group(judge, n=4, rank=1)
    lead = here.members[0]
    until_suspected(here, lead)
    early = here.keep_alive(99, silent=[lead])
    judge.check("not-early", not proposed(here, early), expected="no PROPOSE within 100 ms")
    asked = proposed(here, here.keep_alive(1, silent=[lead]))
    judge.check("proposes", asked, expected="PROPOSE 100 ms after the suspicion")


@case(
    "views.cause.member-silent",
    reqs=["REQ-VIE-3"],
    type="PROPOSE",
    operator="conforming-member-silent",
    fresh=True,
)
def _member(judge: Judge) -> None:
    here = group(judge, n=4, rank=0)
    quiet = judge.random.choice(here.puppets)
    until_suspected(here, quiet)
    early = here.keep_alive(99, silent=[quiet])
    judge.check("not-early", not proposed(here, early), expected="no PROPOSE within 100 ms")
    asked = proposed(here, here.keep_alive(1, silent=[quiet]))
    judge.check("proposes", asked, expected="PROPOSE 100 ms after the suspicion")


@case("views.cause.not-its-turn", reqs=["REQ-VIE-3"], type="PROPOSE", operator="not-its-turn", fresh=True)
def _not_its_turn(judge: Judge) -> None:
    """Another member is silent, and it is for the coordinator to propose."""
    here = group(judge, n=4, rank=2)
    lead, second, last = here.puppets
    for quiet in ([last], [second], [second, last]):
        replies = here.keep_alive(2500, silent=quiet, step=250)
        judge.check(f"without-{len(quiet)}", not proposed(here, replies), expected="no PROPOSE")
        for one in quiet:
            here.need(here.says(one, "ALIVE").ok, "ALIVE")
    replies = here.keep_alive(2500, silent=[lead], step=250)
    judge.check("second-lives", not proposed(here, replies), expected="no PROPOSE")


@case("views.cause.heard-in-time", reqs=["REQ-VIE-3"], type="PROPOSE", operator="heard-in-time", fresh=True)
def _in_time(judge: Judge) -> None:
    """Who is heard within the delay is no cause any more."""
    here = group(judge, n=3, rank=0)
    quiet = here.puppets[0]
    until_suspected(here, quiet)
    here.keep_alive(50, silent=[quiet])
    replies = here.keep_alive(1000, step=50)
    judge.check("no-propose", not proposed(here, replies), expected="no PROPOSE")


@case("views.cause.join", reqs=["REQ-VIE-3"], type="PROPOSE", operator="conforming-join-kept", fresh=True)
def _join(judge: Judge) -> None:
    here = group(judge, n=judge.random.randrange(1, 4), rank=0)
    guests = here.met(2)
    here.need(here.deliver(here.join_of(guests[0]), guests[0]).ok, "JOIN")
    early = here.pass_time(60)
    here.need(here.deliver(here.join_of(guests[1]), guests[1]).ok, "JOIN")
    judge.check("not-early", not proposed(here, [early, here.pass_time(39)]))
    asked = proposed(here, [here.pass_time(1)])
    judge.check("100-ms-after-the-first", asked, expected="PROPOSE")
    here.need(asked, "no PROPOSE")
    judge.check("with-both", {one.node for one in guests} <= candidates(asked[0]), expected="both that asked")


@case(
    "views.cause.leave",
    reqs=["REQ-VIE-3", "REQ-VIE-42"],
    type="PROPOSE",
    operator="conforming-coordinator-left",
    fresh=True,
)
def _leave(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    lead = here.members[0]
    here.need(here.deliver(lead.make("LEAVE", {"view_id": here.view}), lead).ok, "LEAVE")
    judge.check("not-early", not proposed(here, [here.pass_time(99)]))
    judge.check("proposes", proposed(here, [here.pass_time(1)]), expected="PROPOSE")


@case(
    "views.cause.one-at-a-time", reqs=["REQ-VIE-3"], type="PROPOSE", operator="proposal-under-way", fresh=True
)
def _one_at_a_time(judge: Judge) -> None:
    here, guests, asked = gathering(judge, n=3)
    later = here.met()
    here.need(here.deliver(here.join_of(later[0]), later[0]).ok, "JOIN")
    counter = asked.frame.body["counter"]
    replies = here.keep_alive(1000, step=100)
    judge.equal(
        "while-it-gathers", {said.frame.body["counter"] for said in proposed(here, replies)}, {counter}
    )
    run = here.run_of(here.answer(asked, [*here.puppets, *guests]))
    replies = here.keep_alive(2000, step=200)
    judge.equal("while-its-run-goes", len(proposed(here, replies)), 0)
    here.finish(run)
    found = proposed(here, [here.pass_time(100)])
    judge.check(
        "afterwards", found and later[0].node in candidates(found[0]), expected="a PROPOSE with the other"
    )


# ---------------------------------------------------------------- counters


@case(
    "views.propose.next-counter",
    reqs=["REQ-VIE-4"],
    type="PROPOSE",
    operator="conforming-counter-of-the-view",
    fresh=True,
)
def _next(judge: Judge) -> None:
    counter = judge.random.randrange(2, 2**31)
    here = group(judge, n=3, rank=0, counter=counter)
    asked = here.asked_to_admit(here.met())
    judge.equal("counter", asked.frame.body["counter"], counter + 1, field="body.counter")


@case(
    "views.propose.counter-answered",
    reqs=["REQ-VIE-4"],
    type="PROPOSE",
    operator="conforming-counter-answered",
    fresh=True,
)
def _answered(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    counter = judge.random.randrange(10, 2**31)
    here.answered(here.propose(here.members[0], counter=counter))
    asked = proposed(here, here.keep_alive(4000, step=500))
    here.need(asked, "no PROPOSE")
    judge.equal("counter", asked[0].frame.body["counter"], counter + 1, field="body.counter")


@case(
    "views.propose.counter-of-a-flush",
    reqs=["REQ-VIE-4", "REQ-VIE-36"],
    type="FLUSH",
    operator="conforming-counter-seen",
    fresh=True,
)
def _of_a_flush(judge: Judge) -> None:
    """A candidate has seen a counter that is not less: the peer proposes once more."""
    here, guests, asked = gathering(judge, n=2)
    counter = asked.frame.body["counter"]
    seen = counter + judge.random.randrange(2**31)
    reply = here.deliver(here.flush_of(guests[0], asked, seen=seen), guests[0])
    again = proposed(here, [reply, here.pass_time(0)])
    judge.equal("once-more", [said.frame.body["counter"] for said in again[:1]], [seen + 1])
    here.need(again, "no PROPOSE")
    judge.equal("same-candidates", candidates(again[0]), candidates(asked))


@case(
    "views.propose.overtaken-too-often",
    reqs=["REQ-VIE-4", "REQ-VIE-45"],
    type="PROPOSE",
    operator="conforming-overtakes",
    fresh=True,
)
def _overtakes(judge: Judge) -> None:
    here, guests, asked = gathering(judge, n=2)
    guest = guests[0]
    for turn in range(1, 5):
        seen = asked.frame.body["counter"] + judge.random.randrange(9)
        reply = here.deliver(here.flush_of(guest, asked, seen=seen), guest)
        again = proposed(here, [reply, here.pass_time(0)])
        here.need(again, "no PROPOSE")
        asked = again[0]
        judge.check(
            f"overtake-{turn}", (guest.node in candidates(asked)) == (turn <= 3), expected=str(turn <= 3)
        )


# ---------------------------------------------------------------- refresh


def _views(replies: list[Any]) -> int:
    return sum(event.name == "view-installed" for reply in replies for event in reply.events)


@case(
    "views.refresh.after-a-day",
    reqs=["REQ-VIE-27"],
    type="PROPOSE",
    operator="conforming-after-a-day",
    fresh=True,
)
def _day(judge: Judge) -> None:
    here = group(judge, n=1, rank=0)
    waited = judge.random.randrange(80_000_000)
    early = [here.pass_time(waited), here.pass_time(86_399_999 - waited)]
    judge.equal("not-early", _views(early), 0)
    replies = [here.pass_time(1), here.pass_time(500)]
    judge.equal("anew", _views(replies), 1)


def _frames_seen(counter: int, *, due: bool) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = group(judge, n=3, rank=0)
        who = judge.random.choice(here.puppets)
        values = {"first_sequence": 1, "messages": [{"timestamp": here.time + 1, "payload": judge.octets(4)}]}
        draft = here.seal(who, "DATA", values, counter=counter)
        here.need(here.deliver(draft.octets(), who).ok, "DATA")
        here.last[who.node], here.time = 1, here.time + 1
        asked = proposed(here, here.keep_alive(2600, step=100))
        judge.check("proposes", bool(asked) == due, expected="PROPOSE" if due else "no PROPOSE")
        if asked:
            judge.equal("its-members", candidates(asked[0]), {one.node for one in here.members})

    return story


for _name, _counter, _due in (("at-the-limit", 2**24, True), ("below-the-limit", 2**24 - 1, False)):
    case(
        f"views.refresh.frames-{_name}",
        reqs=["REQ-VIE-27"],
        type="PROPOSE",
        operator=f"conforming-frames-{_name}" if _due else f"frames-{_name}",
        fresh=True,
    )(_frames_seen(_counter, due=_due))
