"""A peer that proposes: why and when, with which counter, to whom, and what follows a failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import contact
from coterie_kit.puppets import Puppet
from coterie_kit.suite._group import Group, candidate, group
from coterie_kit.suite._run import Run
from coterie_kit.suite._stage import Said
from coterie_kit.suite.views_gathering import gathering
from coterie_kit.suite.views_joins import join_scene
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
    reqs=["REQ-VIE-3"],
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
    later = here.met(1, 5200)
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


# ---------------------------------------------------------------- candidates


@case(
    "views.propose.candidates",
    reqs=["REQ-VIE-5"],
    type="PROPOSE",
    operator="conforming-candidates",
    fresh=True,
)
def _candidates(judge: Judge) -> None:
    here = group(judge, n=5, rank=0)
    quiet = judge.random.choice(here.puppets)
    until_suspected(here, quiet)
    guests = here.met(2)
    for one in guests:
        here.need(here.deliver(here.join_of(one), one).ok, "JOIN")
    asked = proposed(here, here.keep_alive(100, silent=[quiet]))
    here.need(asked, "no PROPOSE")
    there = sorted([*(one for one in here.members if one is not quiet), *guests], key=lambda one: one.node)
    names = ("node_id", "incarnation", "contact")
    rows = [{name: row[name] for name in names} for row in asked[0].frame.body["candidates"]]
    judge.equal("rows", rows, [candidate(one) for one in there], field="body.candidates")


@case(
    "views.propose.component",
    reqs=["REQ-VIE-5"],
    type="PROPOSE",
    operator="conforming-whole-component",
    fresh=True,
)
def _component(judge: Judge) -> None:
    """A component is a candidate with all members that its JOIN states."""
    here = group(judge, n=2, rank=0)
    guest = here.met()[0]
    far = [here.newcomer(address=f"203.0.113.{at}:5{at}00") for at in range(61, 64)]
    made = join_scene(
        here, guest, view_id=judge.octets(16), members=[candidate(one) for one in [guest, *far]]
    )
    here.need(here.deliver(made.draft.octets(), guest).ok, "JOIN")
    asked = here.one(here.pass_time(100), "PROPOSE")
    rows = {row["node_id"]: row for row in asked.frame.body["candidates"]}
    judge.equal("all-of-it", set(rows), {one.node for one in [*here.members, guest, *far]})
    for at, one in enumerate(far):
        told = {name: rows.get(one.node, {}).get(name) for name in candidate(one)}
        judge.equal(f"as-stated-{at}", told, candidate(one), field="body.candidates")


@case(
    "views.propose.newcomers",
    reqs=["REQ-VIE-5"],
    type="PROPOSE",
    operator="conforming-at-most-eight-newcomers",
    fresh=True,
)
def _eight(judge: Judge) -> None:
    here = group(judge, n=2, rank=0)
    guests = here.met(10)
    judge.random.shuffle(guests)
    asked = here.asked_to_admit(guests)
    wanted = {one.node for one in [*here.members, *guests[:8]]}
    judge.equal("the-first-eight", candidates(asked), wanted, field="body.candidates")


def _wide(judge: Judge, size: int) -> list[Row]:
    """Rows of peers that nobody knows."""
    at = judge.random.randrange(1000, 2000)
    rows = []
    for number in range(size):
        where = contact(f"198.51.100.{number + 1}:{at + number}")
        rows.append({"node_id": judge.octets(32), "incarnation": number + 1, "contact": where})
    return rows


@case(
    "views.propose.at-most-64",
    reqs=["REQ-VIE-5"],
    type="PROPOSE",
    operator="conforming-at-most-64",
    fresh=True,
)
def _most(judge: Judge) -> None:
    """40 and 30 are too many for one view: the first comes, the second not, a third that fits does."""
    here = group(judge, n=2, rank=0)
    first, second, third = here.met(3)
    wanted = {one.node for one in here.members}
    for who, size in ((first, 39), (second, 29), (third, 21)):
        rows = [candidate(who), *_wide(judge, size)]
        made = join_scene(here, who, view_id=judge.octets(16), members=rows)
        here.need(here.carry(made.draft.octets(), who).ok, "JOIN")
        wanted |= {row["node_id"] for row in rows} if who is not second else set()
    reply = here.pass_time(100)
    asked = [said for said in proposed(here, [reply]) if said.to == first.address]
    here.need(asked, "no PROPOSE")
    judge.equal("candidates", candidates(asked[0]), wanted, field="body.candidates")


@case(
    "views.propose.nobody-twice",
    reqs=["REQ-VIE-5"],
    type="PROPOSE",
    operator="conforming-nobody-twice",
    fresh=True,
)
def _twice(judge: Judge) -> None:
    here = group(judge, n=1, rank=0)
    first, second = here.met(2)
    shared = _wide(judge, 1)
    for who in (first, second):
        made = join_scene(here, who, view_id=judge.octets(16), members=[candidate(who), *shared])
        here.need(here.deliver(made.draft.octets(), who).ok, "JOIN")
    asked = here.one(here.pass_time(100), "PROPOSE")
    wanted = {here.subject.node, first.node, shared[0]["node_id"]}
    judge.equal("the-first-that-asked", candidates(asked), wanted, field="body.candidates")


# ---------------------------------------------------------------- to whom


def _sent_to(said: list[Said], who: Puppet) -> list[bytes]:
    return [one.octets for one in said if one.to == who.address]


@case("views.propose.resent", reqs=["REQ-VIE-6"], type="PROPOSE", operator="conforming-repeated", fresh=True)
def _resent(judge: Judge) -> None:
    here, guests, asked = gathering(judge, n=3)
    ready, slow = here.puppets
    here.answer(asked, [ready])
    times, octets, others = [], set(), []
    for turn in range(1, 9):
        found = proposed(here, here.keep_alive(125))
        mine = _sent_to(found, slow)
        times += [turn * 125] * len(mine)
        octets |= set(mine)
        others += _sent_to(found, ready)
    judge.equal("every-250-ms", times, [250, 500, 750, 1000])
    judge.equal("byte-for-byte", octets, {asked.octets})
    judge.equal("not-to-who-answered", others, [])
    here.answer(asked, [slow, *guests])
    later = proposed(here, here.keep_alive(500, step=125))
    judge.equal("no-more-when-decided", len(later), 0)


@case(
    "views.propose.greets",
    reqs=["REQ-VIE-6"],
    type="PROPOSE",
    operator="conforming-greets-candidates",
    fresh=True,
)
def _greets(judge: Judge) -> None:
    here = group(judge, n=1, rank=0)
    guest = here.met()[0]
    far = here.newcomer(address="203.0.113.70:5070")
    made = join_scene(here, guest, view_id=judge.octets(16), members=[candidate(guest), candidate(far)])
    reply = here.deliver(made.draft.octets(), guest)
    here.need(reply.ok, "JOIN")
    reply = here.pass_time(100)
    found = proposed(here, [reply])
    here.need(found, "no PROPOSE")
    judge.equal("to-whom-it-knows", [said.to for said in found], [guest.address])
    hello1, retry = here.knock(far)
    late = here.deliver(here.hello2(far, hello1, retry), far)
    judge.equal("with-the-session", _sent_to(proposed(here, [late]), far), [found[0].octets])


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


# ---------------------------------------------------------------- after a failure


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
    reqs=["REQ-VIE-37", "REQ-VIE-45"],
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
            asked = proposed(here, here.keep_alive(5000, step=500))[0]
    again = proposed(here, here.keep_alive(5000, step=500))
    here.need(again, "no PROPOSE")
    judge.check("without-it", slow.node not in candidates(again[0]), expected="the others alone")
    judge.check("with-the-others", {one.node for one in ready} <= candidates(again[0]))


@case(
    "views.failed.nobody-confirms",
    reqs=["REQ-VIE-37", "REQ-VIE-45"],
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
    reqs=["REQ-VIE-37"],
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
