"""The end of a view: what is taken, ordered, acknowledged and asked for after a PROPOSE was answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._multicast import at_once, beats, promise, proxy, steps, told
from coterie_kit.suite._run import Run
from coterie_kit.suite._scenes import Scene
from coterie_kit.suite._stage import accepts

DELAY, REPEAT = registry.timer("nack-delay"), registry.timer("nack-repeat")


def _cut(
    here: Group, members: tuple[Puppet, ...], of: Puppet, sequence: int, holder: Puppet
) -> list[dict[str, Any]]:
    """A cut that names one sender."""
    row = {"node_id": of.node, "sequence": sequence, "holder": members.index(holder)}
    stated = here.flush.get("acknowledged", 0)
    return [{"previous_view": here.view, "acknowledged": stated, "senders": [row]}]


def _installing(here: Group, of: Puppet, sequence: int, holder: Puppet) -> Run:
    """A PROPOSE answered and the INSTALL with that cut delivered."""
    proposal = here.answered(here.propose(here.members[0]))
    members = here.onward(proposal)
    run = here.run(proposal, members, cuts=_cut(here, members, of, sequence, holder))
    run.install()
    return run


# ---------------------------------------------------------------- what is taken


@case(
    "multicast.frozen.data",
    reqs=["REQ-MUL-31", "REQ-REC-19"],
    type="DATA",
    operator="after-the-answer",
    fresh=True,
)
def _data(judge: Judge) -> None:
    here = group(judge, n=3, rank=judge.random.randrange(1, 3))
    who = judge.random.choice(here.puppets)
    accepts(judge, here.data(who, judge.octets(4)), "before")
    late = [here.words(who, judge.octets(4)) for _ in range(4)]
    proposal = here.answered(here.propose(here.members[0]))
    frozen = Scene(here, late[0])
    frozen.refuses(late[0], "view-frozen", "after-the-answer")
    members = here.onward(proposal)
    run = here.run(proposal, members, cuts=_cut(here, members, who, 3, who))
    run.install()
    frozen.refuses(late[2], "view-frozen", "beyond-the-cut")
    frozen.twin(late[1], "at-the-cut")
    frozen.twin(late[0], "within-the-cut")
    frozen.refuses(late[3], "view-frozen", "far-beyond-the-cut")


@case(
    "multicast.frozen.data-without-row",
    reqs=["REQ-MUL-31"],
    type="DATA",
    operator="not-in-the-cut",
    fresh=True,
)
def _no_row(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    a, b = here.puppets
    early, late = here.words(b, judge.octets(4)), here.words(a, judge.octets(4))
    _installing(here, b, 1, b)
    frozen = Scene(here, late)
    frozen.refuses(late, "view-frozen", "of-a-member-without-a-row")
    frozen.twin(early)


@case(
    "multicast.frozen.data-after-another-answer",
    reqs=["REQ-MUL-31"],
    type="DATA",
    operator="after-a-later-answer",
    fresh=True,
)
def _again(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    who = here.puppets[1]
    drafts = [here.words(who, judge.octets(4)) for _ in range(2)]
    _installing(here, who, 2, who)
    frozen = Scene(here, drafts[0])
    frozen.twin(drafts[0], "within-the-cut")
    here.answered(here.propose(here.members[0]))
    frozen.refuses(drafts[1], "view-frozen", "the-cut-is-void", seen=here.opened)


@case(
    "multicast.frozen.signs-of-life",
    reqs=["REQ-MUL-31", "REQ-MUL-27", "REQ-MUL-20"],
    type="ALIVE",
    operator="conforming-while-frozen",
    fresh=True,
)
def _others(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    who, text = here.puppets[1], judge.octets(5)
    reply = at_once(here, text)
    here.need(reply.sends, "no DATA")
    here.answered(here.propose(here.members[0]))
    accepts(judge, here.says(who, "HEARTBEAT", timestamp=here.time + 1), "heartbeat")
    accepts(judge, here.says(who, "ALIVE"), "alive")
    accepts(judge, here.says(who, "GAP", sender=0, first=1, last=1), "gap")
    answer = here.says(who, "NACK", ranges=[{"sender": 1, "first": 1, "last": 1}])
    accepts(judge, answer, "nack")
    judge.equal(
        "repair", [(send.to, send.bytes) for send in answer.sends], [(who.address, reply.sends[0].bytes)]
    )
    said = [heard.type for each in here.keep_alive(600, step=100) for heard in beats(here, each)]
    judge.equal("it-speaks-on", set(said), {"HEARTBEAT"})


def _asks(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = group(judge, n=3, rank=0, positions=[0, 1])
        who = here.members[2]
        values = {"operation": 1} if kind == "SENDER" else proxy(here, who, 1, judge.octets(4))
        draft = here.seal(who, kind, values)
        open_view = Scene(here, here.seal(who, kind, values))
        open_view.twin(name="before")
        guest = here.met()[0]
        here.asked_to_admit([guest])
        open_view.refuses(draft, "view-frozen", "after-its-own-propose")

    return story


for _kind in ("SENDER", "PROXY"):
    case(
        f"multicast.frozen.{_kind.lower()}",
        reqs=["REQ-MUL-31"],
        type=_kind,
        operator="after-the-answer",
        fresh=True,
    )(_asks(_kind))


# ---------------------------------------------------------------- what is ordered


@case(
    "multicast.frozen.orders-nothing",
    reqs=["REQ-MUL-46", "REQ-MUL-43"],
    type="HEARTBEAT",
    operator="promise-after-the-answer",
    fresh=True,
)
def _orders(judge: Judge) -> None:
    here = group(judge, n=3, rank=judge.random.randrange(1, 3), clock_base=judge.random.randrange(2**32))
    quiet, loud = judge.random.sample(here.puppets, 2)
    base = here.time
    steps(here, here.data(loud, judge.octets(4), timestamp=base + 10))
    here.answered(here.propose(here.members[0]))
    stated = here.flush["acknowledged"]
    reply = promise(here, quiet, base + 20)
    judge.equal("told", told(reply), [], field="events")
    promise(here, loud, base + 20)
    judge.equal("acknowledged", here.inspect()["acknowledged"], stated, field="acknowledged")
    said = [heard for each in here.keep_alive(600, step=100) for heard in beats(here, each)]
    here.need(said, "neither HEARTBEAT nor ALIVE")
    judge.equal("stated", {heard.body["acknowledged"] for heard in said}, {stated}, field="body.acknowledged")


@case(
    "multicast.frozen.orders-nothing-recovered",
    reqs=["REQ-MUL-46", "REQ-MUL-43"],
    type="DATA",
    operator="repair-after-the-answer",
    fresh=True,
)
def _recovered(judge: Judge) -> None:
    here = group(judge, n=3, rank=1, clock_base=judge.random.randrange(2**32))
    a, b = here.puppets
    base = here.time
    promise(here, a, base + 20)
    late = here.words(b, judge.octets(4), timestamp=base + 10)
    _installing(here, b, 1, b)
    reply = here.deliver(late.octets(), b)
    steps(here, reply)
    judge.equal("told", told(reply), [], field="events")
    judge.equal(
        "acknowledged", here.inspect()["acknowledged"], here.flush["acknowledged"], field="acknowledged"
    )


# ---------------------------------------------------------------- what is asked for


def _asked(here: Group, *replies: Reply) -> list[tuple[str, list[tuple[int, int, int]]]]:
    nacks = [heard for reply in replies for heard in here.heard(reply, "NACK")]
    return [
        (one.to, [(row["sender"], row["first"], row["last"]) for row in one.body["ranges"]]) for one in nacks
    ]


@case(
    "multicast.recovery.holder-first",
    reqs=["REQ-MUL-24"],
    type="NACK",
    operator="conforming-recovery",
    fresh=True,
)
def _recovery(judge: Judge) -> None:
    here = group(judge, n=5, rank=judge.random.randrange(1, 5))
    assert here.installed is not None
    gone, holder, *others = judge.random.sample(here.puppets, 4)
    steps(here, here.data(gone, judge.octets(3)))
    place = here.installed.position(gone)
    old = here.installed
    lost = judge.random.randrange(1, 5)
    _installing(here, gone, 1 + lost, holder)
    here.last[gone.node] = 30
    steps(here, here.says(gone, "ALIVE", last_sequence=30))
    found = _asked(here, *(here.pass_time(1) for _ in range(DELAY + 1)))
    wanted = [(place, 2, 1 + lost)]
    judge.equal("the-holder", found, [(holder.address, wanted)])
    later = [_asked(here, here.pass_time(REPEAT)) for _ in range(3)]
    here.need(old is here.installed, "another view")
    asked_to = [to for each in later for to, _ in each]
    judge.equal("the-others", sorted(asked_to), sorted(one.address for one in (gone, *others)))
    judge.equal("the-same", [ranges for each in later for _, ranges in each], [wanted] * 3)
