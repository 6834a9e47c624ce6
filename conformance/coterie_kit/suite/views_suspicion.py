"""Who is there: silence, new lives, proposers that had their time, and the way out when nobody goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._group_scenes import asked_scene
from coterie_kit.suite._stage import Said, accepts

SUSPECT = 2000


def suspected(replies: Iterable[Reply]) -> list[tuple[str, str]]:
    """Whom the peer told that it suspects, and why."""
    told = [event.fields for reply in replies for event in reply.events if event.name == "suspected"]
    return [(str(row.get("node")), str(row.get("why"))) for row in told]


def proposed(here: Group, replies: Iterable[Reply]) -> list[Said]:
    """The PROPOSEs that the peer sent."""
    return [said for reply in replies for said in here.said(reply) if said.type == "PROPOSE"]


def candidates(said: Said) -> set[bytes]:
    """The Node-IDs of a PROPOSE."""
    return {row["node_id"] for row in said.frame.body["candidates"]}


def until_suspected(here: Group, quiet: Puppet) -> None:
    """Lets time pass until the peer suspects the one that is silent: when exactly is judged elsewhere."""
    here.keep_alive(1750, silent=[quiet], step=350)
    for _ in range(60):
        replies = here.keep_alive(25, silent=[quiet])
        if quiet.node.hex() in [node for node, _ in suspected(replies)]:
            return
    here.need(ok=False, why="it does not suspect a silent member")


# ---------------------------------------------------------------- silence


@case(
    "views.suspect.silence", reqs=["REQ-VIE-2"], type="none", operator="conforming-silent-member", fresh=True
)
def _silence(judge: Judge) -> None:
    here = group(judge, n=4, rank=judge.random.randrange(4))
    quiet = judge.random.choice(here.puppets)
    judge.equal("not-early", suspected(here.keep_alive(SUSPECT - 1, silent=[quiet], step=400)), [])
    replies = here.keep_alive(1, silent=[quiet])
    judge.equal("suspected", suspected(replies), [(quiet.node.hex(), "silence")])
    judge.equal("in-the-list", here.inspect()["suspected"], [quiet.node.hex()])


@case(
    "views.suspect.heard-again",
    reqs=["REQ-VIE-2"],
    type="ALIVE",
    operator="conforming-heard-again",
    fresh=True,
)
def _again(judge: Judge) -> None:
    here = group(judge, n=4, rank=3)
    quiet = here.puppets[1]
    here.keep_alive(SUSPECT, silent=[quiet])
    accepts(judge, here.says(quiet, "ALIVE"), "alive")
    judge.equal("not-any-more", here.inspect()["suspected"], [])
    here.keep_alive(1999, silent=[quiet], step=400)
    judge.equal("its-time-runs-anew", here.inspect()["suspected"], [])
    judge.equal("again", suspected(here.keep_alive(1, silent=[quiet])), [(quiet.node.hex(), "silence")])


def _speech(here: Group, who: Puppet, kind: str) -> Reply:
    """A frame of that type of a member, taken or refused."""
    if kind == "DATA":
        return here.data(who, here.judge.octets(3))
    if kind == "PING":
        return here.deliver(who.ping(here.judge.octets(8), here.subject.node), who)
    if kind == "spoiled":
        draft = here.seal(who, "ALIVE", {"timestamp": here.time}).changed(spoil=True)
        return here.deliver(draft.octets(), who)
    return here.says(who, kind)


def _heard(kind: str, *, counts: bool) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = group(judge, n=3, rank=2)
        who = here.members[0]
        here.keep_alive(1000, silent=[who])
        reply = _speech(here, who, kind)
        here.need(reply.ok or not counts, f"{kind}: {reply.said()}")
        found = suspected(here.keep_alive(1000, silent=[who], step=250))
        judge.equal("at-2000", [node for node, _ in found], [] if counts else [who.node.hex()])
        if counts:
            found = suspected(here.keep_alive(1000, silent=[who], step=250))
            judge.equal("at-3000", [node for node, _ in found], [who.node.hex()])

    return story


for _kind, _counts in (
    ("ALIVE", True),
    ("HEARTBEAT", True),
    ("DATA", True),
    ("PING", False),
    ("spoiled", False),
):
    case(
        f"views.suspect.heard-by-{_kind.lower()}",
        reqs=["REQ-VIE-2"],
        type="ALIVE" if _kind == "spoiled" else _kind,
        operator=f"conforming-heard-by-{_kind.lower()}" if _counts else f"not-heard-by-{_kind.lower()}",
        fresh=True,
    )(_heard(_kind, counts=_counts))


@case(
    "views.suspect.heard-by-propose",
    reqs=["REQ-VIE-2"],
    type="PROPOSE",
    operator="conforming-heard-by-propose",
    fresh=True,
)
def _by_propose(judge: Judge) -> None:
    """PROPOSE counts, and so does its repeat."""
    here = group(judge, n=3, rank=2)
    lead = here.members[0]
    asked = here.propose(lead)
    here.answered(asked)
    here.keep_alive(1500, silent=[lead])
    here.need(here.put(asked).ok, "a repeat was refused")
    judge.equal("at-2000", suspected(here.keep_alive(1999, silent=[lead], step=400)), [])
    judge.equal("later", suspected(here.keep_alive(1, silent=[lead])), [(lead.node.hex(), "silence")])


# ---------------------------------------------------------------- a new life


@case(
    "views.suspect.new-life",
    reqs=["REQ-VIE-25"],
    type="HELLO2",
    operator="conforming-new-incarnation",
    fresh=True,
)
def _new_life(judge: Judge) -> None:
    here = group(judge, n=4, rank=3)
    who = judge.random.choice(here.puppets)
    old = here.seal(who, "ALIVE", {"timestamp": here.time})
    who.incarnation += judge.random.randrange(1, 1000)
    who.sequence = 0
    hello1, retry = here.knock(who)
    reply = here.deliver(here.hello2(who, hello1, retry), who)
    here.need(reply.ok, f"HELLO2: {reply.said()}")
    judge.equal("gone", suspected([reply]), [(who.node.hex(), "evidence")])
    here.deliver(old.octets(), who)
    judge.equal("for-good", here.inspect()["suspected"], [who.node.hex()])


@case(
    "views.suspect.same-life",
    reqs=["REQ-VIE-25"],
    type="HELLO2",
    operator="conforming-same-incarnation",
    fresh=True,
)
def _same_life(judge: Judge) -> None:
    here = group(judge, n=3, rank=2)
    who = judge.random.choice(here.puppets)
    hello1, retry = here.knock(who)
    reply = here.deliver(here.hello2(who, hello1, retry), who)
    here.need(reply.ok, f"HELLO2: {reply.said()}")
    judge.equal("not-gone", suspected([reply]), [])
    judge.equal("nobody", here.inspect()["suspected"], [])


# ---------------------------------------------------------------- passed over


@case(
    "views.pass-over.no-install",
    reqs=["REQ-VIE-38"],
    type="PROPOSE",
    operator="conforming-no-install",
    fresh=True,
)
def _no_install(judge: Judge) -> None:
    """The coordinator lives, but nothing comes of its proposal: the next one proposes."""
    here = group(judge, n=3, rank=1)
    lead = here.members[0]
    here.answered(here.propose(lead))
    early = here.keep_alive(3999, step=400)
    judge.check("not-early", not proposed(here, early), expected="no PROPOSE before 4,000 ms")
    asked = proposed(here, here.keep_alive(1))
    judge.check("proposes", asked, expected="PROPOSE")
    here.need(asked, "no PROPOSE")
    judge.equal("with-it", candidates(asked[0]), {one.node for one in here.members})
    judge.equal("nobody-suspected", here.inspect()["suspected"], [])


@case(
    "views.pass-over.no-view", reqs=["REQ-VIE-38"], type="PROPOSE", operator="conforming-no-view", fresh=True
)
def _no_view(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    lead = here.members[0]
    run = here.run(here.answered(here.propose(lead)))
    waited = judge.random.randrange(0, 3000)
    here.keep_alive(waited)
    run.install()
    early = here.keep_alive(5499, step=450)
    judge.check("not-early", not proposed(here, early), expected="no PROPOSE before 5,500 ms")
    asked = proposed(here, here.keep_alive(1))
    judge.check("proposes", asked, expected="PROPOSE")


@case(
    "views.pass-over.culprit",
    reqs=["REQ-VIE-38", "REQ-KEY-28", "REQ-KEY-15"],
    type="INSTALL",
    operator="conforming-proposer-is-culprit",
    fresh=True,
)
def _culprit(judge: Judge) -> None:
    """A proposer that signs two INSTALLs has had its time at once."""
    here = group(judge, n=3, rank=1)
    lead = here.members[0]
    run = here.run(here.answered(here.propose(lead)))
    run.install()
    other = lead.make("INSTALL", run.values | {"nonce": judge.octets(32)})
    reply = here.deliver(other, lead)
    here.need(reply.reason == "equivocation", "two INSTALLs are no equivocation")
    asked = proposed(here, [reply, here.pass_time(0), here.pass_time(1)])
    judge.check("proposes", asked, expected="PROPOSE at once")


@case(
    "views.pass-over.lets-others-propose",
    reqs=["REQ-VIE-38", "REQ-VIE-9"],
    type="PROPOSE",
    operator="conforming-next-may-propose",
    fresh=True,
)
def _next_may(judge: Judge) -> None:
    here = group(judge, n=3, rank=2)
    lead, second = here.puppets
    here.answered(here.propose(lead))
    here.keep_alive(3999, step=400)
    early = here.put(here.propose(second))
    judge.refused(early, "not-proposer", name="early")
    here.keep_alive(1)
    accepts(judge, here.put(here.propose(second)), "when-passed-over")


@case(
    "views.pass-over.forgotten",
    reqs=["REQ-VIE-38", "REQ-VIE-9"],
    type="PROPOSE",
    operator="passed-over-in-the-view-before",
    fresh=True,
)
def _forgotten(judge: Judge) -> None:
    here = group(judge, n=4, rank=3)
    lead, second = here.members[:2]
    here.answered(here.propose(lead))
    here.keep_alive(4000, step=400)
    run = here.go_on(second)
    # all go on: now the second is coordinator, the peer stands before the one that was passed over
    here.need(run.members[0] is second, "an odd order")
    third = here.members[1]
    judge.refused(here.put(here.propose(third)), "not-proposer", name="third")
    accepts(judge, here.put(here.propose(second)), "coordinator")


# ---------------------------------------------------------------- alone


def _alone_in(replies: Iterable[Reply]) -> list[Any]:
    told = [event.fields for reply in replies for event in reply.events if event.name == "view-installed"]
    return [row.get("members") for row in told]


@case(
    "views.alone.coordinator-lost",
    reqs=["REQ-VIE-20"],
    type="none",
    operator="conforming-coordinator-lost",
    fresh=True,
)
def _lost(judge: Judge) -> None:
    """The coordinator is silent, and the one whose turn it is does nothing."""
    here = group(judge, n=3, rank=2)
    lead = here.members[0]
    until_suspected(here, lead)
    early = here.keep_alive(5999, silent=[lead], step=400)
    judge.equal("not-early", _alone_in(early), [])
    late = here.keep_alive(1, silent=[lead])
    judge.equal("alone", _alone_in(late), [[here.subject.node.hex()]])


@case(
    "views.alone.coordinator-heard-between",
    reqs=["REQ-VIE-20"],
    type="none",
    operator="conforming-heard-between",
    fresh=True,
)
def _heard_between(judge: Judge) -> None:
    here = group(judge, n=3, rank=2)
    lead = here.members[0]
    here.keep_alive(5000, silent=[lead], step=500)
    here.need(here.says(lead, "ALIVE").ok, "ALIVE")
    until_suspected(here, lead)
    early = here.keep_alive(5999, silent=[lead], step=400)
    judge.equal("the-time-runs-anew", _alone_in(early), [])
    judge.equal("alone", _alone_in(here.keep_alive(1, silent=[lead])), [[here.subject.node.hex()]])


@case(
    "views.alone.frozen", reqs=["REQ-VIE-20"], type="none", operator="conforming-nobody-goes-on", fresh=True
)
def _frozen(judge: Judge) -> None:
    here = group(judge, n=3, rank=2)
    asked = here.propose(here.members[0])
    here.answered(asked)
    early = here.keep_alive(3000, step=500)
    here.need(here.put(asked).ok, "the repeat")  # a repeat is no step
    early += here.keep_alive(2999, step=500)
    judge.equal("not-early", _alone_in(early), [])
    judge.equal("alone", _alone_in(here.keep_alive(1)), [[here.subject.node.hex()]])


@case(
    "views.alone.in-a-run",
    reqs=["REQ-VIE-20"],
    type="none",
    operator="conforming-run-goes-nowhere",
    fresh=True,
)
def _in_a_run(judge: Judge) -> None:
    here = group(judge, n=4, rank=3)
    run = here.run(here.answered(here.propose(here.members[0])))
    here.keep_alive(2000, step=500)
    run.install()
    early = here.keep_alive(5999, step=500)
    judge.equal("not-early", _alone_in(early), [])
    judge.equal("alone", _alone_in(here.keep_alive(1)), [[here.subject.node.hex()]])


@case("views.alone.at-last", reqs=["REQ-VIE-20"], type="none", operator="conforming-at-last", fresh=True)
def _at_last(judge: Judge) -> None:
    """Proposal after proposal, and no view: after half a minute that is enough."""
    here = group(judge, n=3, rank=2)
    lead = here.members[0]
    here.answered(here.propose(lead))
    early = []
    for _ in range(9):
        early += here.keep_alive(3000, step=500)
        here.answered(here.propose(lead))
    early += here.keep_alive(2999, step=500)
    judge.equal("not-early", _alone_in(early), [])
    judge.equal("alone", _alone_in(here.keep_alive(1)), [[here.subject.node.hex()]])


@case(
    "views.alone.withdraws",
    reqs=["REQ-VIE-20", "REQ-VIE-38"],
    type="JOIN",
    operator="conforming-joiner-withdraws",
    fresh=True,
)
def _withdraws(judge: Judge) -> None:
    """A peer without a view has nothing to be alone in: it is outside again, and asks again."""
    scene = asked_scene(judge)
    here = scene.notes["group"]
    here.need(here.deliver(scene.draft.octets(), scene.puppet).ok, "PROPOSE")
    early = here.pass_time(3999)
    judge.equal("state", here.inspect()["state"], "flushed")
    replies = [here.pass_time(1)]
    judge.equal("outside", here.inspect()["state"], "outside")
    judge.equal("no-view", _alone_in([early, *replies]), [])
    replies += [here.pass_time(1000) for _ in range(3)]
    kinds = {said.type for reply in replies for said in here.said(reply)}
    judge.check(
        "asks-again", kinds & {"JOIN", "HELLO1"}, expected="JOIN or a greeting", observed=sorted(kinds)
    )
