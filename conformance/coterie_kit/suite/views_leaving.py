"""LEAVE: at the members that get one, and by a peer that leaves."""

from __future__ import annotations

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.reply import Reply
from coterie_kit.suite._group import Group, candidate, group
from coterie_kit.suite._group_scenes import drafted
from coterie_kit.suite._scenes import Scene, scene
from coterie_kit.suite._stage import Said, accepts

# ---------------------------------------------------------------- LEAVE at a member


@case("views.leave.another-view", reqs=["REQ-VIE-42"], type="LEAVE", operator="another-view", fresh=True)
def _another_view(judge: Judge) -> None:
    here = scene(judge, "LEAVE")
    stage = here.notes["group"]
    near = stage.view[:8] + bytes([stage.view[8] ^ 1]) + stage.view[9:]
    for name, view in (("zeros", bytes(16)), ("another", judge.octets(16)), ("one-bit", near)):
        here.refuses(here.draft.with_body(view_id=view), "not-leaving", name)
    here.twin()


@case("views.leave.no-member", reqs=["REQ-VIE-42"], type="LEAVE", operator="signer-no-member", fresh=True)
def _no_member(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    guest = here.met()[0]
    made = drafted(here, "LEAVE", guest, {"view_id": here.view})
    Scene(here, made).refuses(made, "not-leaving", "a-stranger")
    member = here.puppets[1]
    Scene(here, drafted(here, "LEAVE", member, {"view_id": here.view})).twin()


@case(
    "views.leave.without-a-view",
    reqs=["REQ-VIE-42"],
    type="LEAVE",
    operator="receiver-without-a-view",
    fresh=True,
)
def _outside(judge: Judge) -> None:
    here = Group(judge, n=2, rank=0)
    here.meet_all()
    made = drafted(here, "LEAVE", here.others[0], {"view_id": bytes(16)})
    Scene(here, made).refuses(made, "not-leaving", "zeros")
    Scene(here, made).refuses(made.with_body(view_id=judge.octets(16)), "not-leaving", "some-view")


def _of_type(here: Group, replies: list[Reply], kind: str) -> list[Said]:
    return [said for reply in replies for said in here.said(reply) if said.type == kind]


@case("views.leave.gone", reqs=["REQ-VIE-42"], type="LEAVE", operator="conforming-gone", fresh=True)
def _gone(judge: Judge) -> None:
    here = group(judge, n=4, rank=0)
    leaver = judge.random.choice(here.puppets)
    accepts(judge, here.deliver(leaver.make("LEAVE", {"view_id": here.view}), leaver))
    judge.equal("suspected", here.inspect()["suspected"], [leaver.node.hex()])
    accepts(judge, here.says(leaver, "ALIVE"), "heard-again")
    judge.equal("for-good", here.inspect()["suspected"], [leaver.node.hex()])
    asked = here.one(here.pass_time(100), "PROPOSE")
    nodes = sorted(one.node for one in here.members if one is not leaver)
    judge.equal("candidates", [row["node_id"] for row in asked.frame.body["candidates"]], nodes)


# ---------------------------------------------------------------- a peer that leaves


def _told(reply: Reply) -> list[str]:
    return [str(event.fields.get("view")) for event in reply.events if event.name == "left"]


@case("views.leaving.says-so", reqs=["REQ-VIE-24"], type="LEAVE", operator="conforming-leaves", fresh=True)
def _says_so(judge: Judge) -> None:
    here = group(judge, n=4, rank=judge.random.randrange(4))
    reply = here.peer.do("leave", here.overlay)
    said = _of_type(here, [reply], "LEAVE")
    judge.equal("to-all", sorted(one.to for one in said), sorted(one.address for one in here.puppets))
    judge.equal("one-frame", len({one.octets for one in said}), 1)
    frame = said[0].frame if said else None
    here.need(frame, "no LEAVE")
    assert frame is not None
    judge.equal("view", frame.body["view_id"], here.view, field="body.view_id")
    judge.equal("destination", frame.prefix["destination"], bytes(32), field="prefix.destination")
    judge.check("not-left-yet", not _told(reply), expected="no event left")


@case("views.leaving.repeats", reqs=["REQ-VIE-24"], type="LEAVE", operator="conforming-repeated", fresh=True)
def _repeats(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    first = _of_type(here, [here.peer.do("leave", here.overlay)], "LEAVE")
    here.need(first, "no LEAVE")
    times, octets, left = [], {one.octets for one in first}, []
    for gone in range(125, 2126, 125):
        reply = here.keep_alive(125)[-1]
        found = _of_type(here, [reply], "LEAVE")
        times += [gone] if found else []
        octets |= {one.octets for one in found}
        left += [gone] if _told(reply) else []
        if left:
            break
    judge.equal("times", times, list(range(250, 2000, 250)))
    judge.equal("byte-for-byte", len(octets), 1)
    judge.equal("left", left, [2000])
    judge.equal("outside", here.inspect()["state"], "outside")


@case(
    "views.leaving.farewell", reqs=["REQ-VIE-24"], type="PROPOSE", operator="conforming-farewell", fresh=True
)
def _farewell(judge: Judge) -> None:
    here = group(judge, n=4, rank=judge.random.choice([1, 2, 3]))
    here.need(here.peer.do("leave", here.overlay).ok, "leave")
    view = here.view
    rest = [one for one in here.members if one is not here.subject]
    reply = here.put(here.propose(judge.random.choice(rest), rest))
    accepts(judge, reply, "not-refused")
    judge.equal("left", _told(reply), [view.hex()])
    judge.equal("outside", here.inspect()["state"], "outside")
    later = here.pass_time(300)
    judge.check("silent", not later.sends, expected="nothing is sent any more", observed=len(later.sends))


@case(
    "views.leaving.no-farewell",
    reqs=["REQ-VIE-24", "REQ-VIE-7"],
    type="PROPOSE",
    operator="farewell-forged",
    fresh=True,
)
def _no_farewell(judge: Judge) -> None:
    """Only a member's PROPOSE, with a good signature, is a farewell."""
    here = group(judge, n=3, rank=1)
    guest = here.met()[0]
    here.need(here.peer.do("leave", here.overlay).ok, "leave")
    lead = here.members[0]
    rows = [candidate(one) for one in here.puppets]
    made = drafted(here, "PROPOSE", lead, {"counter": here.counter + 1, "candidates": rows})
    asked = Scene(here, made)
    reply = here.deliver(made.changed(spoil=True).octets(), lead)
    here.need(reply.reason == "bad-signature", f"a spoiled signature: {reply.said()}")
    judge.check("spoiled", here.inspect()["state"] == "stable", expected="it has not left")
    strange = sorted([guest, *here.puppets], key=lambda one: one.node)
    theirs = {"counter": here.counter + 1, "candidates": [candidate(one) for one in strange]}
    of_guest = drafted(here, "PROPOSE", guest, theirs)
    asked.refuses(of_guest, "self-absent", "of-a-stranger")
    asked.twin(name="of-a-member")


@case(
    "views.leaving.no-longer",
    reqs=["REQ-VIE-24", "REQ-VIE-7"],
    type="PROPOSE",
    operator="not-leaving",
    fresh=True,
)
def _staying(judge: Judge) -> None:
    """A member that does not leave refuses what would be a farewell."""
    here = group(judge, n=3, rank=1)
    rows = [candidate(one) for one in here.puppets]
    made = drafted(here, "PROPOSE", here.members[0], {"counter": here.counter + 1, "candidates": rows})
    Scene(here, made).refuses(made, "self-absent", "without-leaving")


@case(
    "views.leaving.no-more-messages",
    reqs=["REQ-VIE-24"],
    type="DATA",
    operator="conforming-takes-no-more",
    fresh=True,
)
def _no_more(judge: Judge) -> None:
    here = group(judge, n=2, rank=1)
    here.need(here.peer.do("leave", here.overlay).ok, "leave")
    reply = here.peer.do("send", here.overlay, payload=judge.octets(5))
    judge.check(
        "usage", reply.status == "error" and reply.reason == "usage", expected="usage", observed=reply.said()
    )
    judge.check("no-data", not here.heard(here.pass_time(10), "DATA"), expected="no DATA")


@case(
    "views.leaving.last-words",
    reqs=["REQ-VIE-24"],
    type="LEAVE",
    operator="conforming-last-words-first",
    fresh=True,
)
def _last_words(judge: Judge) -> None:
    """What was said is stable before LEAVE; and after two seconds it is said at any rate."""
    here = group(judge, n=3, rank=1)
    here.need(here.peer.do("send", here.overlay, payload=judge.octets(5)).ok, "send")
    here.need(here.heard(here.pass_time(0), "DATA"), "no DATA")
    early = [here.peer.do("leave", here.overlay)]
    judge.check("waits", not _of_type(here, early, "LEAVE"), expected="no LEAVE before it is stable")
    early = here.keep_alive(1900, step=475)
    judge.check("waits-on", not _of_type(here, early, "LEAVE"), expected="no LEAVE before it is stable")
    later = here.keep_alive(100)
    judge.check("gives-up-waiting", bool(_of_type(here, later, "LEAVE")), expected="LEAVE after 2,000 ms")


@case(
    "views.leaving.when-stable",
    reqs=["REQ-VIE-24"],
    type="LEAVE",
    operator="conforming-when-stable",
    fresh=True,
)
def _when_stable(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    here.need(here.peer.do("send", here.overlay, payload=judge.octets(5)).ok, "send")
    words = here.heard(here.pass_time(0), "DATA")
    here.need(words, "no DATA")
    stamp = words[0].body["messages"][-1]["timestamp"]
    here.need(here.peer.do("leave", here.overlay).ok, "leave")
    here.time = max(here.time, stamp)
    replies = [here.says(one, "HEARTBEAT", acknowledged=stamp, timestamp=stamp) for one in here.puppets]
    replies += here.keep_alive(300, step=100)
    judge.check("leaves", bool(_of_type(here, replies, "LEAVE")), expected="LEAVE once it is stable")


@case(
    "views.leaving.alone", reqs=["REQ-VIE-24"], type="none", operator="conforming-nobody-to-tell", fresh=True
)
def _alone(judge: Judge) -> None:
    here = group(judge, n=1, rank=0)
    reply = here.peer.do("leave", here.overlay)
    judge.equal("at-once", _told(reply), [here.view.hex()])
    outside = Group(judge, n=2, rank=0)
    reply = outside.peer.do("leave", outside.overlay)
    judge.equal("without-a-view", _told(reply), [bytes(16).hex()])


@case(
    "views.leaving.all-others-gone",
    reqs=["REQ-VIE-24", "REQ-VIE-42"],
    type="none",
    operator="conforming-all-others-gone",
    fresh=True,
)
def _all_gone(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    here.need(here.peer.do("leave", here.overlay).ok, "leave")
    first, second = here.puppets
    one = here.deliver(first.make("LEAVE", {"view_id": here.view}), first)
    judge.check("one-is-left", not _told(one), expected="no event left")
    here.deliver(second.make("LEAVE", {"view_id": here.view}), second)
    replies = [here.pass_time(250)]
    judge.check("left", any(_told(each) for each in replies) or here.inspect()["state"] == "outside")


@case(
    "views.leaving.answers",
    reqs=["REQ-VIE-24"],
    type="LEAVE",
    operator="conforming-into-another-view",
    fresh=True,
)
def _answers(judge: Judge) -> None:
    """A peer that leaves answers proposals; in a new view it leaves that."""
    here = group(judge, n=3, rank=1)
    lead, other = here.puppets
    here.need(here.peer.do("leave", here.overlay).ok, "leave")
    run = here.run(here.answered(here.propose(lead)))
    run.to_confirms()
    run.confirm(lead)
    reply = run.confirm(other)
    run.see_view(reply)
    here.adopt(run)
    run.adopt()
    replies = [reply, here.pass_time(250)]
    views = {said.frame.body["view_id"] for said in _of_type(here, replies, "LEAVE")}
    judge.equal("of-the-new-view", views, {run.view}, field="body.view_id")


@case(
    "views.leaving.for-no-join",
    reqs=["REQ-VIE-24"],
    type="PROPOSE",
    operator="conforming-proposes-for-no-join",
    fresh=True,
)
def _no_join(judge: Judge) -> None:
    here = group(judge, n=2, rank=0)
    guest = here.met()[0]
    here.need(here.peer.do("leave", here.overlay).ok, "leave")
    here.need(here.deliver(here.join_of(guest), guest).ok, "JOIN")
    replies = here.keep_alive(1900, step=100)
    judge.check("no-propose", not _of_type(here, replies, "PROPOSE"), expected="no PROPOSE")


@case(
    "views.leaving.knows-it",
    reqs=["REQ-VIE-6", "REQ-VIE-42"],
    type="PROPOSE",
    operator="conforming-farewell-sent",
    fresh=True,
)
def _sends_farewell(judge: Judge) -> None:
    """The proposal of those that stay goes once to the one that left."""
    here = group(judge, n=3, rank=0)
    leaver = here.puppets[0]
    here.need(here.deliver(leaver.make("LEAVE", {"view_id": here.view}), leaver).ok, "LEAVE")
    replies = [here.keep_alive(50, silent=[leaver])[-1] for _ in range(12)]
    found = [one for one in _of_type(here, replies, "PROPOSE") if one.to == leaver.address]
    judge.equal("once", len(found), 1)
