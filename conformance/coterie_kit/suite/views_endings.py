"""From one view to the next: what is recovered, what is told in which order, and who goes on together."""

from __future__ import annotations

from coterie_kit import frames
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet, member_row
from coterie_kit.reply import Reply
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._run import Run
from coterie_kit.suite._scenes import Scene
from coterie_kit.suite._stage import accepts

# ---------------------------------------------------------------- recovery


def _lacking(judge: Judge) -> tuple[Group, Run, Draft, Puppet]:
    """A member whose cut has one more message of another than it holds; the DATA with it is still there."""
    here = group(judge, n=3, rank=1)
    lead, other = here.puppets
    here.need(here.data(other, judge.octets(4)).ok, "DATA")
    proposal = here.answered(here.propose(lead))
    lost = here.words(other, judge.octets(6))
    return here, here.run(proposal), lost, other


def _confirms(here: Group, reply: Reply) -> list[str]:
    return [said.to for said in here.said(reply) if said.type == "CONFIRM"]


@case(
    "views.recover.before-confirm",
    reqs=["REQ-VIE-17", "REQ-MUL-24"],
    type="CONFIRM",
    operator="conforming-recovers-first",
    fresh=True,
)
def _recovers(judge: Judge) -> None:
    here, run, lost, other = _lacking(judge)
    run.to_down()
    here.need(not run.makes_down, "it makes the DOWN")
    reply = run.take(here.carry(run.down_frame(), run.last), "DOWN")
    judge.equal("no-confirm", _confirms(here, reply), [])
    later = here.pass_time(judge.random.randrange(250, 1500))
    judge.equal("no-confirm-later", _confirms(here, later), [])
    reply = here.opened(here.deliver(lost.octets(), other))
    judge.accepted(reply, "the-missing-one")
    judge.equal("confirm", sorted(_confirms(here, reply)), sorted(one.address for one in run.puppets))


@case(
    "views.recover.nothing-lacking",
    reqs=["REQ-VIE-17"],
    type="CONFIRM",
    operator="conforming-nothing-lacking",
    fresh=True,
)
def _whole(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    here.need(here.data(here.puppets[1], judge.octets(4)).ok, "DATA")
    run = here.run(here.answered(here.propose(here.puppets[0])))
    run.to_down()
    reply = run.take(here.carry(run.down_frame(), run.last), "DOWN")
    judge.equal("confirm", sorted(_confirms(here, reply)), sorted(one.address for one in run.puppets))


# ---------------------------------------------------------------- the end of one view, the begin of the next


def _names(reply: Reply) -> list[str]:
    return [event.name for event in reply.events]


def _told(reply: Reply) -> list[tuple[int, str]]:
    """Timestamp and sender of each message told, in order."""
    told = [event.fields for event in reply.events if event.name == "message"]
    return [(int(row["timestamp"]), str(row["sender"])) for row in told]


@case(
    "views.end.order",
    reqs=["REQ-VIE-18", "REQ-MUL-43", "REQ-MUL-12"],
    type="none",
    operator="conforming-end-of-a-view",
    fresh=True,
)
def _end(judge: Judge) -> None:
    here = group(judge, n=4, rank=1)
    lead, third, last = here.puppets
    start = here.time
    told: list[tuple[int, str]] = []
    for who, stamps in ((lead, (1, 4)), (third, (2, 6)), (last, (6, 8))):
        words = here.words(who, *[judge.octets(3) for _ in stamps], timestamp=start + stamps[0])
        rows = [{"timestamp": start + at, "payload": judge.octets(3)} for at in stamps]
        told += _told(here.deliver(words.with_body(messages=rows).octets(), who))
    run = here.run(here.answered(here.propose(lead)))
    here.adopt(run)
    run.to_confirms()
    early, late = run.puppets[:-1], run.puppets[-1]
    for who in early:
        run.confirm(who)
    reply = run.confirm(late)
    run.see_view(reply)
    names = _names(reply)
    judge.check("transitional", "transitional" in names, expected="event transitional", observed=names)
    here.need("transitional" in names, "no event transitional")
    at, view = names.index("transitional"), names.index("view-installed")
    judge.check("transitional-before-the-view", at < view, observed=names)
    messages = [place for place, name in enumerate(names) if name == "message"]
    judge.check("messages-before-the-view", all(place < view for place in messages), observed=names)
    whole = sorted(
        [(start + stamp, who.node.hex()) for who, stamps in ((lead, (1, 4)), (third, (2, 6)), (last, (6, 8)))
         for stamp in stamps]
    )  # fmt: skip
    rest = [place for place in messages if place > at]
    judge.check("rest-after-transitional", bool(rest), expected="the last messages after transitional")
    judge.equal("all-in-order", [*told, *_told(reply)], whole, field="events")


@case(
    "views.end.no-half-message",
    reqs=["REQ-VIE-18", "REQ-MUL-43"],
    type="none",
    operator="conforming-fragment-beyond",
    fresh=True,
)
def _half(judge: Judge) -> None:
    """Of a message in two fragments the cut has only the first."""
    here = group(judge, n=3, rank=1)
    lead, other = here.puppets
    start = here.time
    rows = [
        {"timestamp": start + 1, "payload": b"whole"},
        {"timestamp": start + 2, "payload": b"half", "fragment_index": 0, "fragment_count": 2},
    ]
    words = here.words(other, b"whole", b"half").with_body(messages=rows)
    first = here.deliver(words.octets(), other)
    here.need(first.ok, "DATA")
    run = here.run(here.answered(here.propose(lead)))
    run.to_confirms()
    run.confirm(lead)
    reply = run.confirm(other)
    run.see_view(reply)
    stamps = [stamp for stamp, _ in [*_told(first), *_told(reply)]]
    judge.equal("whole-ones-alone", stamps, [start + 1], field="events")


@case(
    "views.end.keys-erased", reqs=["REQ-VIE-19", "REQ-REC-1"], type="DATA", operator="former-view", fresh=True
)
def _erased(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    former, who = here.installed, here.puppets[0]
    here.go_on(here.members[0])
    old = here.seal(who, "ALIVE", {"timestamp": here.time}, run=former)
    Scene(here, old).refuses(old, "unknown-view", "former-view")
    accepts(judge, here.says(who, "ALIVE"), "the-new-view")


@case(
    "views.together.merge", reqs=["REQ-VIE-47"], type="none", operator="conforming-two-components", fresh=True
)
def _together(judge: Judge) -> None:
    """Members that go on from the same view are together; others in the INSTALL are not."""
    here = group(judge, n=3, rank=1)
    lead, other = here.puppets
    guests = here.met(2)
    foreign = judge.octets(16)
    everyone = [*here.members, *guests]
    run = here.run(here.answered(here.propose(lead, everyone)), everyone)
    rows = [member_row(one, here.view) for one in here.members]
    rows += [member_row(guests[0], foreign), member_row(guests[1])]
    run.values = run.values | {"members": rows}
    run.fix(frames.write_body("INSTALL", run.values))
    former = here.view
    run.to_confirms()
    for who in run.puppets:
        reply = run.confirm(who)
    run.see_view(reply)
    own = [one.node.hex() for one in run.members if one not in guests]
    for name in ("transitional", "view-installed"):
        told = reply.event(name)
        judge.equal(name, told.fields.get("together") if told else None, own, field=f"{name}.together")
    told = reply.event("transitional")
    judge.equal("former-view", told.fields.get("view") if told else None, former.hex())
    here.need(other, "two puppets")


@case(
    "views.together.newcomer",
    reqs=["REQ-VIE-47"],
    type="none",
    operator="conforming-newcomer-alone",
    fresh=True,
)
def _alone(judge: Judge) -> None:
    here = Group(judge, n=3, rank=judge.random.randrange(3))
    here.meet_all()
    here.ask_in(here.others[0])
    run = here.proposed_run()
    run.to_confirms()
    for who in run.puppets:
        reply = run.confirm(who)
    run.see_view(reply)
    told = reply.event("view-installed")
    own = here.subject.node.hex()
    judge.equal("together", told.fields.get("together") if told else None, [own])
    judge.check("no-transitional", reply.event("transitional") is None, expected="no event transitional")


@case(
    "views.end.clock", reqs=["REQ-VIE-49"], type="FLUSH", operator="conforming-clock-of-the-view", fresh=True
)
def _clock(judge: Judge) -> None:
    """The clock of a view begins at its clock_base, also where the one before was further."""
    here = group(judge, n=3, rank=2, clock_base=judge.random.randrange(1000, 2**31))
    base = judge.random.randrange(1, 1000)
    here.go_on(here.members[0], clock_base=base)
    here.answered(here.propose(here.members[0]))
    judge.equal("clock", here.flush["clock"], base, field="body.clock")
