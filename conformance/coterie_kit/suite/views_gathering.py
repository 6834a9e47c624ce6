"""FLUSH at the peer that proposes: which it takes, and when it has enough of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import frames
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._group_scenes import drafted
from coterie_kit.suite._scenes import Scene, scene
from coterie_kit.suite._stage import Said, accepts

JUMP = 2**32
Row = dict[str, Any]


def gathering(judge: Judge, n: int = 2, guests: int = 1) -> tuple[Group, list[Puppet], Said]:
    """A coordinator of ``n`` that proposes because ``guests`` have asked it; and its PROPOSE."""
    here = group(judge, n=n, rank=0)
    asking = here.met(guests)
    return here, asking, here.asked_to_admit(asking)


def answer_scene(here: Group, who: Puppet, asked: Said, **changes: Any) -> Scene:
    """A puppet's FLUSH to the peer's PROPOSE, open for a fault."""
    values = here.flush_values(who, asked.frame.body["counter"]) | changes
    return Scene(
        here, drafted(here, "FLUSH", who, values, here.subject.node), {"group": here, "asked": asked}
    )


# ---------------------------------------------------------------- which FLUSH


@case("views.gather.no-proposal", reqs=["REQ-VIE-31"], type="FLUSH", operator="no-proposal", fresh=True)
def _no_proposal(judge: Judge) -> None:
    here = scene(judge, "FLUSH")
    stage = here.notes["group"]
    counter = here.notes["asked"].frame.body["counter"]
    for other in (counter - 1, counter + 1, 0, judge.random.randrange(2**40, 2**60)):
        here.refuses(here.draft.with_body(counter=other), "no-proposal", f"counter-{other}")
    stranger = stage.met()[0]
    theirs = answer_scene(stage, stranger, here.notes["asked"])
    here.refuses(theirs.draft, "no-proposal", "no-candidate")
    here.twin()


@case("views.gather.never-proposed", reqs=["REQ-VIE-31"], type="FLUSH", operator="never-proposed", fresh=True)
def _never(judge: Judge) -> None:
    here = group(judge, n=2, rank=0)
    who = here.puppets[0]
    values = here.flush_values(who, here.counter + 1)
    made = drafted(here, "FLUSH", who, values, here.subject.node)
    Scene(here, made).refuses(made, "no-proposal", "nothing-asked")


@case(
    "views.gather.given-up",
    reqs=["REQ-VIE-31", "REQ-VIE-35"],
    type="FLUSH",
    operator="proposal-given-up",
    fresh=True,
)
def _given_up(judge: Judge) -> None:
    """The peer has proposed because the coordinator was silent, and answers that one after all."""
    here = group(judge, n=3, rank=1)
    lead, other = here.puppets
    here.keep_alive(2000, silent=[lead])
    asked = here.one(here.keep_alive(100, silent=[lead])[-1], "PROPOSE")
    here.counter = asked.frame.body["counter"]
    made = answer_scene(here, other, asked)
    here.answered(here.propose(lead))
    made.refuses(made.draft, "no-proposal", "after-another-answer")


def _faults(here: Group, who: Puppet) -> dict[str, Row]:
    """What a newcomer and a member of another view can say wrongly."""
    judge, own = here.judge, here.subject
    view, far = judge.octets(16), judge.octets(32)
    foreign = {"previous_view": view, "suite": 1, "sends": 1}
    held: Callable[..., list[Row]] = lambda *nodes: [{"node_id": node, "sequence": 1} for node in nodes]  # noqa: E731
    return {
        "sends-2": foreign | {"holdings": held(who.node), "sends": 2},
        "sends-255": {"sends": 255},
        "sends-without-a-view": {"sends": 1},
        "acknowledged-without-a-view": {"clock": 9, "acknowledged": 1},
        "acknowledged-beyond-its-clock": foreign
        | {"holdings": held(who.node), "clock": 8, "acknowledged": 9},
        "suite-without-a-view": {"suite": 1},
        "holdings-without-a-view": {"holdings": held(who.node)},
        "no-suite": foreign | {"holdings": held(who.node), "suite": 0},
        "unknown-suite": foreign | {"holdings": held(who.node), "suite": 9},
        "no-holdings": foreign,
        "itself-absent": foreign | {"holdings": held(far)},
        "member-twice": foreign | {"holdings": held(who.node, far, who.node)},
        "refuses-no-candidate": {"refused": [far]},
        "refuses-itself": {"refused": [who.node]},
        "refuses-twice": {"refused": [own.node, own.node]},
    }


@case("views.gather.bad-flush", reqs=["REQ-VIE-32"], type="FLUSH", operator="contradiction", fresh=True)
def _bad(judge: Judge) -> None:
    here = scene(judge, "FLUSH")
    stage = here.notes["group"]
    for name, values in _faults(stage, here.puppet).items():
        here.refuses(here.draft.with_body(**values), "bad-flush", name)
    here.twin()


@case("views.gather.own-view", reqs=["REQ-VIE-32"], type="FLUSH", operator="own-view-misstated", fresh=True)
def _own_view(judge: Judge) -> None:
    here, _, asked = gathering(judge, n=4)
    made = answer_scene(here, here.puppets[0], asked)
    rows = here.flush_values(here.puppets[0], 1)["holdings"]
    wrong = {
        "another-order": rows[::-1],
        "one-less": rows[:-1],
        "one-more": [*rows, {"node_id": judge.octets(32), "sequence": 0}],
        "another-member": [*rows[:-1], {"node_id": judge.octets(32), "sequence": 0}],
    }
    for name, holdings in wrong.items():
        made.refuses(made.draft.with_body(holdings=holdings), "bad-flush", name)
    made.refuses(made.draft.with_body(suite=2), "bad-flush", "another-suite")
    made.twin()


@case(
    "views.gather.foreign-view",
    reqs=["REQ-VIE-32"],
    type="FLUSH",
    operator="foreign-view-misstated",
    fresh=True,
)
def _foreign_view(judge: Judge) -> None:
    here, (first, second, third), asked = gathering(judge, n=1, guests=3)
    view = judge.octets(16)
    said = {"previous_view": view, "suite": 1, "sends": 1}
    rows = [{"node_id": one.node, "sequence": judge.random.randrange(9)} for one in (second, first, third)]
    judge.random.shuffle(rows)
    made = answer_scene(here, first, asked, **said, holdings=rows)
    accepts(judge, here.deliver(made.draft.octets(), first), "first-of-that-view")
    other = answer_scene(here, second, asked, **said, holdings=rows)
    other.refuses(other.draft.with_body(holdings=rows[::-1]), "bad-flush", "another-order")
    less = [row for row in rows if row["node_id"] != third.node]
    other.refuses(other.draft.with_body(holdings=less), "bad-flush", "one-less")
    again = [row | {"sequence": 77} for row in rows]
    other.twin(other.draft.with_body(holdings=again), "the-same-members")


@case(
    "views.gather.equivocation",
    reqs=["REQ-VIE-33", "REQ-VIE-36"],
    type="FLUSH",
    operator="another-answer",
    fresh=True,
)
def _equivocation(judge: Judge) -> None:
    here, (second,), asked = gathering(judge, n=2)
    first = here.puppets[0]
    clock = judge.random.randrange(1000, 2**31)
    made = answer_scene(here, first, asked, clock=clock)
    here.need(here.deliver(made.draft.octets(), first).ok, "FLUSH")
    made.refuses(made.draft.with_body(clock=clock + 1), "equivocation", "another-clock")
    made.refuses(made.draft.with_body(refused=[second.node]), "equivocation", "another-refusal")
    before = here.digest()
    again = first.signed("FLUSH", made.draft.body, here.subject.node)
    reply = here.deliver(again, first)
    accepts(judge, reply, "the-same-again")
    judge.check("no-effect", here.digest() == before and not reply.sends, expected="nothing changed")
    last = here.deliver(here.flush_of(second, asked), second)
    install = here.one(last, "INSTALL")
    judge.equal("the-first-holds", install.frame.body["clock_base"], clock + 1, field="body.clock_base")
    late = here.deliver(again, first)
    accepts(judge, late, "the-same-when-decided")


@case(
    "views.gather.late-flush",
    reqs=["REQ-VIE-33"],
    type="FLUSH",
    operator="conforming-after-the-decision",
    fresh=True,
)
def _late(judge: Judge) -> None:
    here, (guest,), asked = gathering(judge, n=2)
    member = here.puppets[0]
    here.answer(asked, [member])
    replies = here.keep_alive(3000)
    here.need(any(_install_in(here, one) for one in replies), "it has not decided")
    before = here.digest()
    reply = here.deliver(here.flush_of(guest, asked), guest)
    accepts(judge, reply, "late")
    judge.check("no-effect", here.digest() == before and not reply.sends, expected="nothing changed")


@case("views.gather.counter-jump", reqs=["REQ-VIE-34"], type="FLUSH", operator="seen-far-ahead", fresh=True)
def _seen(judge: Judge) -> None:
    """Of a member of the same view 2^32 more than the own counter are believed, of a newcomer 2^62."""
    here, (guest,), asked = gathering(judge, n=2)
    counter = asked.frame.body["counter"]
    for name, who, jump in (("member", here.puppets[0], JUMP), ("newcomer", guest, 2**62)):
        made = answer_scene(here, who, asked)
        for more in (jump + 1, jump + judge.random.randrange(2, 2**60), 2**64 - 1 - counter):
            far = made.draft.with_body(seen=counter + more)
            made.refuses(far, "counter-jump", f"{name}-{more}-ahead")
    made = answer_scene(here, here.puppets[0], asked)
    made.twin(made.draft.with_body(seen=counter + JUMP), "at-the-limit")


@case(
    "views.gather.counter-of-a-newcomer",
    reqs=["REQ-VIE-34"],
    type="FLUSH",
    operator="conforming-seen-far-ahead",
    fresh=True,
)
def _newcomer_seen(judge: Judge) -> None:
    here, (guest,), asked = gathering(judge, n=2)
    made = answer_scene(here, guest, asked, seen=asked.frame.body["counter"] + 2**62)
    made.twin(name="at-the-limit")


@case("views.gather.clock-jump", reqs=["REQ-VIE-34"], type="FLUSH", operator="clock-far-ahead", fresh=True)
def _clock(judge: Judge) -> None:
    base = judge.random.randrange(2**31)
    here = group(judge, n=3, rank=0, clock_base=base)
    guest = here.met()[0]
    here.need(here.deliver(here.join_of(guest), guest).ok, "JOIN")
    reply = here.pass_time(100)
    asked = here.one(reply, "PROPOSE")
    told = [row.body["timestamp"] for row in here.heard(reply) if row.type in {"HEARTBEAT", "ALIVE"}]
    clock = max([base, *told])
    made = answer_scene(here, here.puppets[0], asked)
    for more in (JUMP, JUMP + judge.random.randrange(1, 2**60), 2**64 - 1 - clock):
        made.refuses(made.draft.with_body(clock=clock + more), "clock-jump", f"clock-{more}-ahead")
    made.twin(made.draft.with_body(clock=clock + JUMP - 1), "at-the-limit")
    view = judge.octets(16)
    foreign = {"previous_view": view, "suite": 1, "holdings": [{"node_id": guest.node, "sequence": 1}]}
    theirs = answer_scene(here, guest, asked, **foreign, clock=clock + judge.random.randrange(JUMP, 2**62))
    theirs.twin(name="the-clock-of-another-view")


@case(
    "views.gather.order-of-checks",
    reqs=["REQ-VIE-31", "REQ-VIE-32", "REQ-VIE-33", "REQ-VIE-34"],
    type="FLUSH",
    operator="order-of-checks",
    fresh=True,
)
def _order(judge: Judge) -> None:
    here, _, asked = gathering(judge, n=2)
    first = here.puppets[0]
    counter = asked.frame.body["counter"]
    made = answer_scene(here, first, asked)
    here.need(here.deliver(made.draft.octets(), first).ok, "FLUSH")
    draft = made.draft.with_body(clock=2**63)
    made.refuses(draft.with_body(seen=2**63), "counter-jump", "seen-before-clock", reqs=["REQ-VIE-34"])
    made.refuses(draft, "clock-jump", "clock-before-equivocation", reqs=["REQ-VIE-33", "REQ-VIE-34"])
    made.refuses(draft.with_body(sends=2), "bad-flush", "contradiction-before-clock", reqs=["REQ-VIE-32"])
    odd = draft.with_body(sends=2, counter=counter + 1)
    made.refuses(odd, "no-proposal", "proposal-before-contradiction", reqs=["REQ-VIE-31"])


# ---------------------------------------------------------------- when it has enough


def _install_in(here: Group, reply: Reply) -> list[frames.Frame]:
    return [said.frame for said in here.said(reply) if said.type == "INSTALL"]


def _members(here: Group, reply: Reply) -> set[bytes]:
    return {row["node_id"] for frame in _install_in(here, reply) for row in frame.body["members"]}


@case(
    "views.decide.all-there",
    reqs=["REQ-VIE-35"],
    type="INSTALL",
    operator="conforming-all-answered",
    fresh=True,
)
def _all_there(judge: Judge) -> None:
    here, guests, asked = gathering(judge, n=3, guests=2)
    everyone = [*here.puppets, *guests]
    judge.random.shuffle(everyone)
    for one in everyone[:-1]:
        reply = here.deliver(here.flush_of(one, asked), one)
        judge.check(f"waits-for-more-after-{one.named.replace(' ', '-')}", not _install_in(here, reply))
    reply = here.deliver(here.flush_of(everyone[-1], asked), everyone[-1])
    judge.equal("members", _members(here, reply), {here.subject.node, *(one.node for one in everyone)})


@case(
    "views.decide.newcomer-missing",
    reqs=["REQ-VIE-35", "REQ-TST-6"],
    type="INSTALL",
    operator="conforming-newcomer-missing",
    fresh=True,
)
def _newcomer_missing(judge: Judge) -> None:
    here, _, asked = gathering(judge, n=3)
    here.answer(asked, here.puppets)
    early = here.keep_alive(1499, step=499)
    judge.check(
        "waits", not any(_install_in(here, one) for one in early), expected="no INSTALL before 1,500 ms"
    )
    last = here.keep_alive(1)[-1]
    judge.equal("without-it", _members(here, last), {one.node for one in here.members})


@case(
    "views.decide.member-missing",
    reqs=["REQ-VIE-35"],
    type="INSTALL",
    operator="conforming-member-missing",
    fresh=True,
)
def _member_missing(judge: Judge) -> None:
    """A member that is heard, and does not answer, is waited for twice as long as a newcomer."""
    here, guests, asked = gathering(judge, n=3)
    _, other = here.puppets
    here.answer(asked, [other, *guests])
    early = here.keep_alive(2999, step=499)
    judge.check(
        "waits", not any(_install_in(here, one) for one in early), expected="no INSTALL before 3,000 ms"
    )
    last = here.keep_alive(1)[-1]
    wanted = {here.subject.node, other.node, guests[0].node}
    judge.equal("without-it", _members(here, last), wanted)


@case(
    "views.decide.member-gone",
    reqs=["REQ-VIE-35", "REQ-VIE-42"],
    type="INSTALL",
    operator="conforming-member-gone",
    fresh=True,
)
def _member_gone(judge: Judge) -> None:
    here, _, asked = gathering(judge, n=3)
    leaver, other = here.puppets
    here.answer(asked, [other])
    reply = here.deliver(leaver.make("LEAVE", {"view_id": here.view}), leaver)
    here.need(reply.ok, "LEAVE")
    early = here.keep_alive(1499, silent=[leaver], step=499)
    judge.check("waits", not any(_install_in(here, one) for one in [reply, *early]))
    last = here.keep_alive(1, silent=[leaver])[-1]
    judge.equal("without-both", _members(here, last), {here.subject.node, other.node})
