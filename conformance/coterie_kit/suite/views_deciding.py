"""The INSTALL that the peer makes of the answers: who is in it, its order, its cuts, its senders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coterie_kit import frames
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import contact, digest
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._stage import Said
from coterie_kit.suite.views_gathering import gathering

Row = dict[str, Any]
SENDERS = 0x8003


def installed(here: Group, reply: Reply) -> frames.Frame:
    """The INSTALL in a reply."""
    return here.one(reply, "INSTALL").frame


def members_of(frame: frames.Frame) -> list[bytes]:
    """Its members, in its order."""
    return [row["node_id"] for row in frame.body["members"]]


def sender_bits(frame: frames.Frame) -> list[int]:
    """The positions that its extension `senders` states; none when there is no good one."""
    values = [row["value"] for row in frame.body["extensions"] if row["type"] == SENDERS]
    if len(values) != 1 or len(values[0]) != 8:
        return []
    number = int.from_bytes(values[0], "big")
    return [at for at in range(64) if number >> 63 - at & 1]


def component(here: Group, who: Sequence[Puppet], *, suite: int = 1) -> dict[bytes, Row]:
    """What puppets that share a view would say: FLUSH values by Node-ID, in an order of their own."""
    judge = here.judge
    view, order = judge.octets(16), list(who)
    judge.random.shuffle(order)
    said = {}
    for one in who:
        clock = judge.random.randrange(1000, 2**31)
        held = [{"node_id": each.node, "sequence": judge.random.randrange(6)} for each in order]
        said[one.node] = {"previous_view": view, "suite": suite, "sends": 1, "holdings": held}
        said[one.node] |= {"clock": clock, "acknowledged": judge.random.randrange(clock)}
    return said


def answer_as(here: Group, asked: Said, who: Sequence[Puppet], said: dict[bytes, Row]) -> Reply:
    """Puppets answer, each with its own values; the reply to the last."""
    for one in who:
        reply = here.deliver(here.flush_of(one, asked, **said.get(one.node, {})), one)
        here.need(reply.ok, f"FLUSH of {one.named}: {reply.said()}")
    return reply


# ---------------------------------------------------------------- rows and values


@case("views.decide.rows", reqs=["REQ-VIE-36"], type="INSTALL", operator="conforming-rows", fresh=True)
def _rows(judge: Judge) -> None:
    here, guests, asked = gathering(judge, n=3, guests=2)
    # a newcomer's clock is the greatest of all, and counts for nothing
    ahead = 2**32 + judge.random.randrange(2**31)
    drawn = {one.node: judge.random.randrange(2, 2**32) for one in [*here.puppets, *guests]}
    clocks = {node: {"clock": clock} for node, clock in (drawn | {guests[-1].node: ahead}).items()}
    reply = answer_as(here, asked, [*here.puppets, *guests], clocks)
    frame = installed(here, reply)
    body = frame.body
    order = [*(one.node for one in here.members), *(one.node for one in guests)]
    judge.equal("order", members_of(frame), order, field="body.members")
    known = {one.node: one for one in [here.subject, *here.puppets, *guests]}
    for at, row in enumerate(body["members"]):
        one = known[row["node_id"]]
        joined = one in guests
        wanted = {
            "node_id": one.node,
            "incarnation": one.incarnation,
            "leaf_hash": digest(one.leaf),
            "contact": contact(one.address),
            "previous_view": bytes(16) if joined else here.view,
        }
        judge.equal(f"row-{at}", row, wanted, field=f"body.members[{at}]")
    judge.equal("counter", body["counter"], asked.frame.body["counter"], field="body.counter")
    judge.equal("suite", body["suite"], 1, field="body.suite")
    greatest = max(clocks[one.node]["clock"] for one in here.puppets)
    judge.check("clock-base", body["clock_base"] == greatest + 1, field="body.clock_base",
                expected=greatest + 1, observed=body["clock_base"])  # fmt: skip
    judge.equal("destination", frame.prefix["destination"], bytes(32))


@case(
    "views.decide.larger-base",
    reqs=["REQ-VIE-36"],
    type="INSTALL",
    operator="conforming-foreign-base",
    fresh=True,
)
def _foreign_base(judge: Judge) -> None:
    """A component that is larger than the proposer's own is the base, in the order of its holdings."""
    here, guests, asked = gathering(judge, n=1, guests=3)
    said = component(here, guests)
    frame = installed(here, answer_as(here, asked, guests, said))
    order = [row["node_id"] for row in said[guests[0].node]["holdings"]]
    judge.equal("order", members_of(frame), [*order, here.subject.node], field="body.members")
    previous = [row["previous_view"] for row in frame.body["members"]]
    theirs = said[guests[0].node]["previous_view"]
    judge.equal("previous", previous, [theirs, theirs, theirs, here.view], field="body.members")


@case(
    "views.decide.suite-of-the-base",
    reqs=["REQ-VIE-36"],
    type="INSTALL",
    operator="conforming-suite-of-the-base",
    suites=(2,),
    fresh=True,
)
def _suite(judge: Judge) -> None:
    here = group(judge, n=3, rank=0, suite=2)
    willing, unwilling = here.newcomer(address="203.0.113.1:5001"), here.newcomer(address="203.0.113.2:5002")
    unwilling.suites = (1,)
    here.guests = [willing, unwilling]
    for one in here.guests:
        here.meet(one)
    asked = here.asked_to_admit(here.guests)
    frame = installed(here, here.answer(asked, [*here.puppets, *here.guests]))
    judge.equal("suite", frame.body["suite"], 2, field="body.suite")
    judge.equal("without-it", members_of(frame), [*(one.node for one in here.members), willing.node])


@case(
    "views.decide.refresh",
    reqs=["REQ-VIE-36", "REQ-KEY-11"],
    type="INSTALL",
    operator="conforming-rotated",
    fresh=True,
)
def _rotated(judge: Judge) -> None:
    """All go on and nobody joins, because the only newcomer does not answer: the order is rotated."""
    here, _, asked = gathering(judge, n=3)
    here.answer(asked, here.puppets)
    frame = installed(here, here.keep_alive(1500)[-1])
    nodes = [one.node for one in here.members]
    judge.equal("order", members_of(frame), [*nodes[1:], nodes[0]], field="body.members")


# ---------------------------------------------------------------- cuts and senders


def _expected_cuts(frame: frames.Frame, said: dict[bytes, Row]) -> list[Row]:
    """The cuts that follow from what each member said."""
    best: dict[bytes, dict[bytes, tuple[int, int]]] = {}
    far: dict[bytes, int] = {}
    for at, row in enumerate(frame.body["members"]):
        told = said[row["node_id"]]
        if not any(told.get("previous_view", b"")):
            continue
        cut = best.setdefault(told["previous_view"], {})
        far[told["previous_view"]] = max(far.get(told["previous_view"], 0), told.get("acknowledged", 0))
        for held in told["holdings"]:
            if held["sequence"] > cut.get(held["node_id"], (0, 0))[0]:
                cut[held["node_id"]] = (held["sequence"], at)
    return [
        {
            "previous_view": view,
            "acknowledged": far[view],
            "senders": [
                {"node_id": node, "sequence": sequence, "holder": holder}
                for node, (sequence, holder) in sorted(cut.items())
            ],
        }
        for view, cut in sorted(best.items())
    ]


def _cuts_told(frame: frames.Frame) -> list[Row]:
    names = ("node_id", "sequence", "holder")
    return [
        {
            "previous_view": cut["previous_view"],
            "acknowledged": cut["acknowledged"],
            "senders": [{name: row[name] for name in names} for row in cut["senders"]],
        }
        for cut in frame.body["cuts"]
    ]


@case("views.decide.cuts", reqs=["REQ-VIE-14"], type="INSTALL", operator="conforming-cuts", fresh=True)
def _cuts(judge: Judge) -> None:
    here = group(judge, n=4, rank=0)
    leaver = here.puppets[-1]
    for one in here.puppets:
        here.need(here.data(one, *[judge.octets(2) for _ in range(judge.random.randrange(1, 4))]).ok, "DATA")
    held = dict(here.last)
    guests = here.met(3)
    for one in guests:
        here.need(here.deliver(here.join_of(one), one).ok, "JOIN")
    here.need(here.deliver(leaver.make("LEAVE", {"view_id": here.view}), leaver).ok, "LEAVE")
    asked = here.one(here.pass_time(100), "PROPOSE")
    stay = here.puppets[:-1]
    rows: list[Row] = [{"node_id": one.node, "sequence": held.get(one.node, 0)} for one in here.members]
    said: dict[bytes, Row] = {here.subject.node: {"previous_view": here.view, "holdings": rows}}
    for one in stay:
        # each holds more of one sender than all others
        more = [
            row | {"sequence": row["sequence"] + 2 * (row["node_id"] in {one.node, leaver.node})}
            for row in rows
        ]
        clock = judge.random.randrange(2**20, 2**31)
        said[one.node] = {"previous_view": here.view, "suite": 1, "sends": 1, "holdings": more}
        said[one.node] |= {"clock": clock, "acknowledged": clock - judge.random.randrange(1000)}
    said |= component(here, guests[:2])
    said[guests[2].node] = {}
    frame = installed(here, answer_as(here, asked, [*stay, *guests], said))
    judge.equal("cuts", _cuts_told(frame), _expected_cuts(frame, said), field="body.cuts")


@case(
    "views.decide.cut-of-nothing",
    reqs=["REQ-VIE-14"],
    type="INSTALL",
    operator="conforming-empty-cut",
    fresh=True,
)
def _empty_cut(judge: Judge) -> None:
    here, guests, asked = gathering(judge, n=judge.random.randrange(2, 5))
    frame = installed(here, here.answer(asked, [*here.puppets, *guests]))
    told = [(cut["previous_view"], cut["senders"]) for cut in _cuts_told(frame)]
    judge.equal("cuts", told, [(here.view, [])], field="body.cuts")


@case("views.decide.senders", reqs=["REQ-VIE-15"], type="INSTALL", operator="conforming-senders", fresh=True)
def _senders(judge: Judge) -> None:
    here = group(judge, n=5, rank=0, positions=[0, 1, 2])
    guests = here.met(3)
    asked = here.asked_to_admit(guests)
    said = {one.node: {"sends": at % 2} for at, one in enumerate(here.puppets)}
    said |= {node: row | {"sends": 1} for node, row in component(here, guests[:2]).items()}
    frame = installed(here, answer_as(here, asked, [*here.puppets, *guests], said))
    nodes = members_of(frame)
    wanted = {0, *(at for at, node in enumerate(nodes) if said.get(node, {}).get("sends"))}
    judge.equal("senders", sender_bits(frame), sorted(wanted), field="body.extensions")


@case(
    "views.decide.first-sends",
    reqs=["REQ-VIE-15"],
    type="INSTALL",
    operator="conforming-first-sends",
    fresh=True,
)
def _first_sends(judge: Judge) -> None:
    """The first member of a view sends, whether it did or not."""
    here, guests, asked = gathering(judge, n=1, guests=3)
    said = {node: row | {"sends": 0} for node, row in component(here, guests).items()}
    frame = installed(here, answer_as(here, asked, guests, said))
    judge.equal("senders", sender_bits(frame)[:1], [0], field="body.extensions")
