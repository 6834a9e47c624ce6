"""A peer that asks to be let in: whom it greets, whom it asks, how often, and when it stops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import frames, registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._group import Group, candidate
from coterie_kit.suite._stage import accepts


def _joins(here: Group, reply: Reply) -> list[tuple[str, bytes]]:
    return [(said.to, said.octets) for said in here.said(reply) if said.type == "JOIN"]


def _greetings(here: Group, reply: Reply) -> list[str]:
    return [said.to for said in here.said(reply) if said.type == "HELLO1"]


def _asks(judge: Judge, n: int = 3) -> Group:
    here = Group(judge, n=n, rank=judge.random.randrange(n))
    here.meet_all()
    return here


@case("views.joining.asks", reqs=["REQ-VIE-21"], type="JOIN", operator="conforming-asks", fresh=True)
def _asking(judge: Judge) -> None:
    here = _asks(judge)
    at = here.others[0]
    frame = frames.read(here.ask_in(at))
    judge.equal("view", frame.body["view_id"], bytes(16), field="body.view_id")
    rows = [
        {name: row[name] for name in ("node_id", "incarnation", "contact")} for row in frame.body["members"]
    ]
    judge.equal("members", rows, [candidate(here.subject)], field="body.members")
    judge.equal("destination", frame.prefix["destination"], at.node, field="prefix.destination")


@case("views.joining.event", reqs=["REQ-VIE-21"], type="JOIN", operator="conforming-tells", fresh=True)
def _tells(judge: Judge) -> None:
    here = _asks(judge)
    at = here.others[0]
    reply = _hello3(here, at, at, view_id=judge.octets(16))
    told = reply.event("joining")
    judge.equal("joining", told.fields.get("coordinator") if told else None, at.node.hex())


def _hello3(here: Group, at: Puppet, lead: Puppet, **values: Any) -> Reply:
    """The peer is told to join at a puppet, which answers."""
    reply = here.peer.do("join", here.overlay, contacts=[at.address])
    here.need(reply.ok, f"join: {reply.said()}")
    hello1 = here.one(reply, "HELLO1").octets
    retry = at.retry(frames.read(hello1).body["nonce"], here.judge.octets(32))
    hello2 = here.one(here.deliver(retry, at), "HELLO2").octets
    return here.hello3_of(at, (hello1, retry, hello2), lead, **values)


@case(
    "views.joining.goes-to-the-coordinator",
    reqs=["REQ-VIE-21"],
    type="JOIN",
    operator="conforming-goes-on-to-the-coordinator",
    fresh=True,
)
def _coordinator(judge: Judge) -> None:
    here = _asks(judge)
    at, lead = here.others
    reply = _hello3(here, at, lead, view_id=judge.octets(16))
    judge.equal("no-join-yet", _joins(here, reply), [])
    judge.equal("greets", _greetings(here, reply), [lead.address])


@case("views.joining.repeats", reqs=["REQ-VIE-21"], type="JOIN", operator="conforming-repeated", fresh=True)
def _repeats(judge: Judge) -> None:
    here = _asks(judge)
    at = here.others[0]
    join = here.ask_in(at)
    seen = []
    for gone, reply in here.timeline(4000, 250):
        seen += [(gone, *one) for one in _joins(here, reply)]
    judge.equal("times", [gone for gone, _, _ in seen], [1000, 2000, 3000, 4000])
    judge.equal("octets", {octets for _, _, octets in seen}, {join})


@case(
    "views.joining.looks-again",
    reqs=["REQ-VIE-21"],
    type="HELLO1",
    operator="conforming-greets-each-third",
    fresh=True,
)
def _looks_again(judge: Judge) -> None:
    here = _asks(judge)
    here.ask_in(here.others[0])
    times = [gone for gone, reply in here.timeline(3000, 500) if _greetings(here, reply)]
    judge.equal("with-the-third", times, [3000])


@case(
    "views.joining.no-view",
    reqs=["REQ-VIE-21"],
    type="JOIN",
    operator="conforming-nobody-has-a-view",
    fresh=True,
)
def _no_view(judge: Judge) -> None:
    here = _asks(judge)
    at = here.others[0]
    reply = _hello3(here, at, at, view_id=bytes(16))
    judge.equal("no-join", _joins(here, reply), [])
    early = here.pass_time(judge.random.randrange(500, 999))
    judge.equal("waits", _joins(here, early), [])


@case(
    "views.joining.contacts-in-turn",
    reqs=["REQ-VIE-21"],
    type="HELLO1",
    operator="conforming-contacts-in-turn",
    fresh=True,
)
def _turns(judge: Judge) -> None:
    here = Group(judge, n=2, rank=0)
    contacts = [f"203.0.113.{at}:70{at}" for at in range(50, 53)]
    reply = here.peer.do("join", here.overlay, contacts=contacts)
    here.need(reply.ok, "join")
    asked = _greetings(here, reply)
    for _, reply in here.timeline(6000, 500):
        asked += [to for to in _greetings(here, reply) if to not in asked]
    judge.equal("in-turn", asked, contacts)


def _refuse_join(here: Group, at: Puppet, reason: str) -> Reply:
    frame = frames.read(here.permit)
    values = {
        "refused_sequence": frame.prefix["sequence"],
        "reason": registry.reason(reason).code,
        "refused_type": registry.frame("JOIN").code,
    }
    return here.deliver(at.make("REFUSE", values, here.subject.node), at)


@case(
    "views.joining.refused",
    reqs=["REQ-VIE-21"],
    type="REFUSE",
    operator="conforming-not-coordinator-any-more",
    fresh=True,
)
def _refused(judge: Judge) -> None:
    here = _asks(judge)
    at = here.others[0]
    here.ask_in(at)
    reply = _refuse_join(here, at, "not-coordinator")
    accepts(judge, reply, "refuse")
    later = [here.pass_time(500), here.pass_time(500)]
    judge.equal("no-join", [one for each in [reply, *later] for one in _joins(here, each)], [])
    judge.check("looks-again", any(_greetings(here, each) for each in [reply, *later]), expected="a greeting")


def _stops(how: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = _asks(judge)
        at = here.others[0]
        here.ask_in(at)
        if how == "view":
            here.play(here.proposed_run())
        else:
            here.need(here.peer.do("leave", here.overlay).ok, "leave")
        replies = here.keep_alive(1900) if how == "view" else [here.pass_time(1000), here.pass_time(2500)]
        judge.equal("no-join", [one for each in replies for one in _joins(here, each)], [])

    return story


for _how in ("view", "leave"):
    case(
        f"views.joining.stops-with-a-{_how}",
        reqs=["REQ-VIE-21"] if _how == "view" else ["REQ-VIE-21", "REQ-VIE-24"],
        type="JOIN",
        operator=f"conforming-stops-with-a-{_how}",
        fresh=True,
    )(_stops(_how))
