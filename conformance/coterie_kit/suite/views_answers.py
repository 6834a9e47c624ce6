"""What a peer says to a PROPOSE: its FLUSH, when it leaves, and that the view is frozen from then on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import contact
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._group import Group, candidate, group
from coterie_kit.suite._group_scenes import asked_scene
from coterie_kit.suite._stage import Said, accepts


def _flushes(here: Group, replies: Sequence[Reply]) -> list[Said]:
    return [said for reply in replies for said in here.said(reply) if said.type == "FLUSH"]


def _events(replies: Sequence[Reply], name: str) -> list[dict[str, Any]]:
    return [dict(event.fields) for reply in replies for event in reply.events if event.name == name]


@case(
    "views.flush.of-a-member",
    reqs=["REQ-VIE-10", "REQ-VIE-29", "REQ-REC-13"],
    type="FLUSH",
    operator="conforming-of-a-member",
    fresh=True,
)
def _of_a_member(judge: Judge) -> None:
    here = group(judge, n=4, rank=2, clock_base=judge.random.randrange(2**31))
    lead, second = here.members[:2]
    many = judge.random.randrange(2, 6)
    here.need(here.data(lead, *[judge.octets(3) for _ in range(many)]).ok, "DATA")
    here.words(second, b"lost")  # the first of this member is missing: what comes after it does not count
    here.need(here.data(second, b"after-a-gap").ok, "DATA")
    here.need(here.peer.do("send", here.overlay, payload=judge.octets(5)).ok, "send")
    own = here.heard(here.pass_time(0), "DATA")
    asked = here.propose(lead)
    said = here.one(here.put(asked), "FLUSH")
    held = {lead.node: many, second.node: 0, here.subject.node: 1 if own else 0}
    wanted = {
        "counter": asked.counter,
        "seen": here.counter,
        "previous_view": here.view,
        "suite": 1,
        "sends": 1,
        "refused": [],
    }
    for name, value in wanted.items():
        judge.equal(name, said.frame.body[name], value, reqs=["REQ-VIE-10"], field=f"body.{name}")
    rows = [{"node_id": one.node, "sequence": held.get(one.node, 0)} for one in here.members]
    judge.equal("holdings", said.frame.body["holdings"], rows, reqs=["REQ-VIE-29"], field="body.holdings")
    clock = max(here.time, max((row.body["messages"][-1]["timestamp"] for row in own), default=0))
    clocks = ["REQ-VIE-10", "REQ-REC-13"]
    judge.equal("clock", said.frame.body["clock"], clock, reqs=clocks, field="body.clock")
    judge.equal("to", (said.to, said.frame.prefix["destination"]), (lead.address, lead.node))


@case(
    "views.flush.of-one-that-does-not-send",
    reqs=["REQ-VIE-10"],
    type="FLUSH",
    operator="conforming-no-sender",
    fresh=True,
)
def _not_sending(judge: Judge) -> None:
    here = group(judge, n=3, rank=2, positions=[0, 1])
    here.answered(here.propose(here.members[0]))
    judge.equal("sends", here.flush["sends"], 0, field="body.sends")


@case(
    "views.flush.of-a-newcomer",
    reqs=["REQ-VIE-10"],
    type="FLUSH",
    operator="conforming-of-a-newcomer",
    fresh=True,
)
def _of_a_newcomer(judge: Judge) -> None:
    scene = asked_scene(judge)
    here = scene.notes["group"]
    counter = judge.random.randrange(1, 2**31)
    reply = here.deliver(scene.draft.with_body(counter=counter).octets(), scene.puppet)
    body = here.one(reply, "FLUSH").frame.body
    wanted = {
        "counter": counter, "seen": 0, "clock": 0, "previous_view": bytes(16), "suite": 0, "sends": 0,
        "holdings": [], "refused": [],
    }  # fmt: skip
    judge.equal("body", {name: body[name] for name in wanted}, wanted, field="body")


@case("views.flush.again", reqs=["REQ-VIE-10"], type="FLUSH", operator="conforming-repeated", fresh=True)
def _again(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    asked = here.propose(here.members[0])
    first = here.one(here.put(asked), "FLUSH")
    quiet = here.keep_alive(1500, step=250)
    judge.check("no-timer", not _flushes(here, quiet), expected="no FLUSH unasked")
    judge.equal("same-octets", here.one(here.put(asked), "FLUSH").octets, first.octets)
    anew = asked.by.signed("PROPOSE", asked.body)
    reply = here.carry(anew, asked.by)
    if accepts(judge, reply, "signed-anew"):
        judge.equal("same-octets-to-a-new-frame", here.one(reply, "FLUSH").octets, first.octets)


def _with_stranger(here: Group) -> tuple[Puppet, Reply]:
    """A PROPOSE with one candidate that the peer has not greeted yet."""
    far = here.newcomer(address="203.0.113.40:5040")
    here.judge.names[far.address] = "stranger"
    return far, here.put(here.propose(here.members[0], [*here.members, far]))


@case(
    "views.flush.greets-first",
    reqs=["REQ-VIE-10"],
    type="FLUSH",
    operator="conforming-stranger-among",
    fresh=True,
)
def _greets(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    far, reply = _with_stranger(here)
    said = here.said(reply)
    judge.equal("greeted", [one.to for one in said if one.type == "HELLO1"], [far.address])
    judge.check("waits", not _flushes(here, [reply]), expected="no FLUSH before the session")
    judge.check("waits-on", not _flushes(here, [here.pass_time(judge.random.randrange(1, 749))]))
    reply = here.deliver(here.hello2(far, *here.knock(far)), far)
    flushes = _flushes(here, [reply])
    judge.equal("with-the-session", [one.frame.body["refused"] for one in flushes], [[]])


@case(
    "views.flush.refuses-strangers",
    reqs=["REQ-VIE-10"],
    type="FLUSH",
    operator="conforming-stranger-silent",
    fresh=True,
)
def _refuses(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    far, _ = _with_stranger(here)
    judge.check("not-early", not _flushes(here, [here.pass_time(749)]), expected="no FLUSH before 750 ms")
    flushes = _flushes(here, [here.pass_time(1)])
    judge.equal("refused", [one.frame.body["refused"] for one in flushes], [[far.node]], field="body.refused")


@case(
    "views.flush.another-life",
    reqs=["REQ-VIE-10"],
    type="FLUSH",
    operator="conforming-candidate-of-another-life",
    fresh=True,
)
def _another_life(judge: Judge) -> None:
    """A session of another incarnation is none."""
    here = group(judge, n=4, rank=1)
    lead, other = here.members[0], here.members[3]
    at = "203.0.113.41:5041"
    rows = [candidate(one) for one in here.everyone]
    new = {"incarnation": other.incarnation + 1, "contact": contact(at)}
    rows = [row | new if row["node_id"] == other.node else row for row in rows]
    reply = here.put(here.propose(lead, rows=rows))
    judge.equal("greeted", [one.to for one in here.said(reply) if one.type == "HELLO1"], [at])
    judge.check("waits", not _flushes(here, [reply]))
    flushes = _flushes(here, [here.pass_time(750)])
    judge.equal("refused", [one.frame.body["refused"] for one in flushes], [[other.node]])


@case(
    "views.flush.frozen-holdings",
    reqs=["REQ-VIE-29", "REQ-MUL-31", "REQ-VIE-10"],
    type="FLUSH",
    operator="conforming-data-meanwhile",
    fresh=True,
)
def _frozen(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    lead, other = here.puppets
    here.need(here.data(other, judge.octets(4)).ok, "DATA")
    _with_stranger(here)
    late = here.data(other, judge.octets(4))
    here.need(late.reason == "view-frozen", f"DATA in a frozen view: {late.said()}")
    here.data(lead, judge.octets(4))
    flushes = _flushes(here, [here.pass_time(750), here.pass_time(400)])
    rows = [{"node_id": one.node, "sequence": int(one is other)} for one in here.members]
    judge.equal("holdings", [one.frame.body["holdings"] for one in flushes], [rows], field="body.holdings")


# ---------------------------------------------------------------- the freeze


@case(
    "views.freeze.no-data",
    reqs=["REQ-VIE-11", "REQ-MUL-1"],
    type="DATA",
    operator="conforming-nothing-new",
    fresh=True,
)
def _no_data(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    lead = here.members[0]
    reply = here.put(here.propose(lead))
    judge.equal("blocked", [row["view"] for row in _events([reply], "blocked")], [here.view.hex()])
    here.counter += 1
    here.need(here.peer.do("send", here.overlay, payload=judge.octets(9)).ok, "send")
    replies = here.keep_alive(judge.random.randrange(3000, 3900), step=250)
    judge.check("nothing-new", not [row for one in replies for row in here.heard(one, "DATA")])
    again = here.put(here.propose(lead))
    here.need(again.ok, "a second PROPOSE was refused")
    judge.check("blocked-once", not _events([again], "blocked"), expected="no second event blocked")
    replies = here.keep_alive(5900, step=450)
    judge.check("nothing-new-later", not [row for one in replies for row in here.heard(one, "DATA")])
    told = [row for one in [again, *replies] for row in here.heard(one) if row.type in {"HEARTBEAT", "ALIVE"}]
    judge.check("it-speaks-on", bool(told), expected="HEARTBEAT or ALIVE under the old view")


@case(
    "views.freeze.unblocked",
    reqs=["REQ-VIE-19", "REQ-VIE-11"],
    type="DATA",
    operator="conforming-goes-on-in-the-new-view",
    fresh=True,
)
def _unblocked(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    lead, other = here.puppets
    proposal = here.answered(here.propose(lead))
    words = judge.octets(12)
    here.need(here.peer.do("send", here.overlay, payload=words).ok, "send")
    run = here.run(proposal)
    run.to_confirms()
    run.confirm(lead)
    reply = run.confirm(other)
    run.see_view(reply)
    here.adopt(run)
    names = [event.name for event in reply.events]
    after = names.index("view-installed") < names.index("unblocked") if "unblocked" in names else False
    judge.check("unblocked-after-the-view", after, reqs=["REQ-VIE-19"], observed=names)
    sent = [*here.heard(reply, "DATA"), *here.heard(here.pass_time(0), "DATA")]
    told = [row["payload"] for one in sent for row in one.body["messages"]]
    judge.equal("words", told[:1], [words], reqs=["REQ-VIE-19"])
    judge.equal("view", {one.prefix["view_id"] for one in sent}, {run.view}, reqs=["REQ-VIE-19"])
