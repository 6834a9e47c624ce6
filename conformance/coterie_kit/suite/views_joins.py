"""JOIN: at a coordinator that is asked, and by a peer that asks."""

from __future__ import annotations

from typing import Any

from coterie_kit import frames
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import contact
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._group import Group, candidate, group
from coterie_kit.suite._group_scenes import drafted
from coterie_kit.suite._scenes import Scene, scene
from coterie_kit.suite._stage import accepts
from coterie_kit.suite.views_proposals import CONTACTS

Row = dict[str, Any]


def join_scene(here: Group, who: Puppet, **changes: Any) -> Scene:
    """A puppet's JOIN to the peer, open for a fault."""
    values = {"view_id": bytes(16), "members": [candidate(who)]} | changes
    return Scene(here, drafted(here, "JOIN", who, values, here.subject.node), {"group": here})


# ---------------------------------------------------------------- rows


@case("views.join.duplicate-member", reqs=["REQ-VIE-39"], type="JOIN", operator="member-twice", fresh=True)
def _duplicate(judge: Judge) -> None:
    here = scene(judge, "JOIN")
    row, far = candidate(here.puppet), {"node_id": judge.octets(32), "contact": contact("192.0.2.80:9")}
    view = judge.octets(16)
    here.refuses(here.draft.with_body(members=[row, row]), "duplicate-member", "itself-twice")
    twice = [row, far, far | {"incarnation": 7}]
    here.refuses(here.draft.with_body(members=twice, view_id=view), "duplicate-member", "another-twice")
    here.twin(here.draft.with_body(members=[row, far], view_id=view))


@case("views.join.signer-absent", reqs=["REQ-VIE-39"], type="JOIN", operator="signer-absent", fresh=True)
def _absent(judge: Judge) -> None:
    here = scene(judge, "JOIN")
    other = candidate(here.puppet, node_id=judge.octets(32))
    here.refuses(here.draft.with_body(members=[other]), "proposer-absent", "another-one")
    here.twin()


@case("views.join.contact", reqs=["REQ-VIE-39"], type="JOIN", operator="contact-unusable", fresh=True)
def _contact(judge: Judge) -> None:
    here = scene(judge, "JOIN")
    view = judge.octets(16)
    for name, value in CONTACTS.items():
        here.refuses(
            here.draft.with_body(members=[candidate(here.puppet, contact=value)]), "bad-contact", name
        )
        far = candidate(here.puppet, node_id=judge.octets(32), contact=value)
        rows = [candidate(here.puppet), far]
        here.refuses(here.draft.with_body(members=rows, view_id=view), "bad-contact", f"{name}-of-another")
    here.twin()


@case(
    "views.join.several-without-a-view",
    reqs=["REQ-VIE-39"],
    type="JOIN",
    operator="several-without-a-view",
    fresh=True,
)
def _several(judge: Judge) -> None:
    here = scene(judge, "JOIN")
    rows = [candidate(here.puppet), candidate(here.puppet, node_id=judge.octets(32))]
    here.refuses(here.draft.with_body(members=rows), "count-out-of-range", "two-without-a-view")
    here.twin(here.draft.with_body(members=rows, view_id=judge.octets(16)))


@case(
    "views.join.order-of-checks",
    reqs=["REQ-VIE-39", "REQ-VIE-40"],
    type="JOIN",
    operator="order-of-checks",
    fresh=True,
)
def _order(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)  # no coordinator
    made = join_scene(here, here.met()[0])
    bad = candidate(made.puppet, contact=(bytes(16), 0))
    other = bad | {"node_id": judge.octets(32)}
    chain = [
        ("duplicate-member", [other, other]),
        ("proposer-absent", [other]),
        ("bad-contact", [bad, other]),
        ("count-out-of-range", [candidate(made.puppet), candidate(made.puppet, node_id=judge.octets(32))]),
    ]
    for reason, rows in chain:
        made.refuses(made.draft.with_body(members=rows), reason, reason, reqs=["REQ-VIE-39"])
    made.refuses(made.draft, "not-coordinator", "not-coordinator", reqs=["REQ-VIE-40"])


# ---------------------------------------------------------------- state


@case(
    "views.join.not-coordinator",
    reqs=["REQ-VIE-40"],
    type="JOIN",
    operator="receiver-no-coordinator",
    fresh=True,
)
def _not_coordinator(judge: Judge) -> None:
    here = group(judge, n=3, rank=judge.random.choice([1, 2]))
    made = join_scene(here, here.met()[0])
    made.refuses(made.draft, "not-coordinator", "another-member")
    outside = Group(judge, n=2, rank=0)
    outside.meet_all()
    lone = join_scene(outside, outside.others[0])
    lone.refuses(lone.draft, "not-coordinator", "without-a-view")
    leads = group(judge, n=3, rank=0)
    join_scene(leads, leads.met()[0]).twin(name="the-coordinator")


@case("views.join.own-view", reqs=["REQ-VIE-40"], type="JOIN", operator="own-view", fresh=True)
def _own_view(judge: Judge) -> None:
    here = group(judge, n=3, rank=0, counter=judge.random.randrange(5, 2**31))
    guest = here.met()[0]
    made = join_scene(here, guest)
    row = candidate(guest)
    made.refuses(made.draft.with_body(view_id=here.view), "own-view", "that-view")
    rows = [row, candidate(here.subject)]
    made.refuses(
        made.draft.with_body(view_id=judge.octets(16), members=rows), "own-view", "the-receiver-among"
    )
    member = here.puppets[0]
    late = join_scene(here, member)
    late.refuses(late.draft, "own-view", "member-from-before")
    for name, counter in (("earlier", here.counter - 1), ("same-counter", here.counter)):
        view = counter.to_bytes(8, "big") + judge.octets(8)
        late.refuses(late.draft.with_body(view_id=view), "own-view", f"member-of-a-view-{name}")
    made.twin()


@case(
    "views.join.member-in-a-later-view",
    reqs=["REQ-VIE-40"],
    type="JOIN",
    operator="conforming-member-in-a-later-view",
    fresh=True,
)
def _later(judge: Judge) -> None:
    """A member that states a later view is gone, and asks from there."""
    here = group(judge, n=3, rank=0)
    member = here.puppets[0]
    view = (here.counter + judge.random.randrange(1, 2**20)).to_bytes(8, "big") + judge.octets(8)
    made = join_scene(here, member, view_id=view)
    reply = here.deliver(made.draft.octets(), member)
    accepts(judge, reply, "a-later-view")
    told = [str(event.fields.get("node")) for event in reply.events if event.name == "suspected"]
    judge.equal("suspected", told, [member.node.hex()])
    judge.equal("in-the-list", here.inspect()["suspected"], [member.node.hex()])


# ---------------------------------------------------------------- what is kept


def _proposals(here: Group, reply: Reply) -> list[frames.Frame]:
    return [said.frame for said in here.said(reply) if said.type == "PROPOSE"]


@case("views.join.kept", reqs=["REQ-VIE-41"], type="JOIN", operator="conforming-kept-as-it-is", fresh=True)
def _kept(judge: Judge) -> None:
    here = group(judge, n=1, rank=0)
    guest = here.met()[0]
    old, new = here.join_of(guest), here.join_of(guest)
    here.need(here.deliver(old, guest).ok and here.deliver(new, guest).ok, "JOIN")
    frame = here.one(here.pass_time(100), "PROPOSE").frame
    judge.equal("permits", frame.body["permits"], [new], field="body.permits")
    nodes = sorted([here.subject.node, guest.node])
    judge.equal("candidates", [row["node_id"] for row in frame.body["candidates"]], nodes)


@case(
    "views.join.greets", reqs=["REQ-VIE-41"], type="JOIN", operator="conforming-greets-the-others", fresh=True
)
def _greets(judge: Judge) -> None:
    here = group(judge, n=1, rank=0)
    guest = here.met()[0]
    far = here.newcomer(address="203.0.113.44:5044")
    made = join_scene(here, guest, view_id=judge.octets(16), members=[candidate(guest), candidate(far)])
    reply = here.deliver(made.draft.octets(), guest)
    here.need(reply.ok, "JOIN")
    judge.equal("greeted", [said.to for said in here.said(reply) if said.type == "HELLO1"], [far.address])


@case("views.join.expires", reqs=["REQ-VIE-41"], type="JOIN", operator="conforming-expires", fresh=True)
def _expires(judge: Judge) -> None:
    """While a proposal is under way a JOIN comes; the next proposal has it only if it is not too old."""
    for wait, named in ((4700, True), (4950, False)):
        here = group(judge, n=2, rank=0)
        guests = here.met(2)
        asked = here.asked_to_admit(guests[:1])
        here.need(here.deliver(here.join_of(guests[1]), guests[1]).ok, "JOIN")
        answer = here.answer(asked, [*here.puppets, guests[0]])
        run = here.run_of(answer)
        late = here.keep_alive(wait - 1, step=500)
        here.need(not any(_proposals(here, one) for one in late), "it has given the run up")
        reply = here.keep_alive(1)[-1]
        here.finish(run)
        found = _proposals(here, reply) or _proposals(here, here.pass_time(100))
        nodes = {row["node_id"] for frame in found for row in frame.body["candidates"]}
        judge.check(f"after-{wait}", (guests[1].node in nodes) == named, expected=str(named))


@case(
    "views.join.of-a-member-forgotten",
    reqs=["REQ-VIE-41"],
    type="JOIN",
    operator="conforming-served",
    fresh=True,
)
def _served(judge: Judge) -> None:
    here = group(judge, n=1, rank=0)
    guest = here.met()[0]
    here.admit([guest])
    replies = here.keep_alive(1500)
    judge.check("served", not any(_proposals(here, one) for one in replies), expected="no further PROPOSE")
