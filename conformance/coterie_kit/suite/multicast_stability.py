"""Acknowledgements, and what is stable."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._multicast import at_once, beat, events, promise, steps

# ---------------------------------------------------------------- what is acknowledged


ACK = ["REQ-MUL-18"]


def _stated(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        outside = kind == "ALIVE"
        here = group(
            judge, n=4, rank=1, positions=[0, 2, 3] if outside else None, clock_base=judge.octets(4)[0]
        )
        base = here.time
        marks = judge.random.sample(range(base + 5, base + 400), 3)
        for who, at in zip(here.puppets, marks, strict=True):
            promise(here, who, at)
        judge.equal("inspect", here.inspect()["acknowledged"], min(marks), field="acknowledged")
        if kind == "DATA":
            said = here.heard(at_once(here, b"x"), "DATA")[0]
        else:
            said = beat(here)
            judge.equal("type", said.type, kind, reqs=["REQ-MUL-21" if outside else "REQ-MUL-20"])
        judge.equal("stated", said.body["acknowledged"], min(marks), field="body.acknowledged")

    return story


for _kind, _more in (("DATA", ()), ("HEARTBEAT", ("REQ-MUL-20",)), ("ALIVE", ("REQ-MUL-21",))):
    case(
        f"multicast.acknowledged.in-{_kind.lower()}",
        reqs=[*ACK, *_more],
        type=_kind,
        operator="conforming-acknowledged",
        fresh=True,
    )(_stated(_kind))


@case(
    "multicast.acknowledged.the-only-sender",
    reqs=[*ACK, "REQ-MUL-14"],
    type="HEARTBEAT",
    operator="conforming-only-sender",
    fresh=True,
)
def _only(judge: Judge) -> None:
    here = group(judge, n=3, rank=0, positions=[0])
    high = here.time + judge.random.randrange(1, 2**30)
    steps(here, here.says(here.puppets[0], "ALIVE", timestamp=high))
    said = beat(here)
    judge.equal("its-clock", said.body["acknowledged"], high, field="body.acknowledged")


# ---------------------------------------------------------------- what is stable


STABLE = ["REQ-MUL-19", "REQ-MUL-18"]


def stable(here: Group) -> int:
    """The stable timestamp of the peer."""
    return here.inspect().number("stable")


@case(
    "multicast.stable.least-of-all", reqs=STABLE, type="HEARTBEAT", operator="conforming-stable", fresh=True
)
def _least(judge: Judge) -> None:
    here = group(judge, n=5, rank=judge.random.randrange(5), clock_base=judge.random.randrange(1000, 2**32))
    base = here.time
    for who in here.puppets:
        promise(here, who, base + 100)
    marks = judge.random.sample(range(base + 1, base + 99), 4)
    for who, at in zip(here.puppets, marks, strict=True):
        before = stable(here)
        judge.equal(f"{who.named}.missing", before, 0, field="stable")
        reply = promise(here, who, base + 100, acknowledged=at)
    judge.equal("least", stable(here), min(marks), field="stable")
    told = [row["timestamp"] for row in events(reply, "stable")]
    judge.equal("event", told, [min(marks)], field="events")


@case(
    "multicast.stable.own-acknowledgement",
    reqs=["REQ-MUL-19", "REQ-MUL-18"],
    type="HEARTBEAT",
    operator="conforming-own-is-least",
    fresh=True,
)
def _own(judge: Judge) -> None:
    here = group(judge, n=3, rank=judge.random.randrange(3))
    base, ahead = here.time, judge.random.randrange(2, 90)
    a, b = judge.random.sample(here.puppets, 2)
    promise(here, a, base + 100, acknowledged=base + 100)
    promise(here, b, base + ahead, acknowledged=base + ahead)
    promise(here, b, base + ahead, acknowledged=base + 100)
    judge.equal("as-one-holds-it", stable(here), base + ahead, field="stable")


@case(
    "multicast.stable.claim-of-the-coordinator",
    reqs=STABLE,
    type="HEARTBEAT",
    operator="conforming-claim",
    fresh=True,
)
def _claim(judge: Judge) -> None:
    here = group(
        judge, n=3, rank=judge.random.randrange(1, 3), clock_base=judge.random.randrange(1000, 2**32)
    )
    base = here.time
    lead = here.members[0]
    other = next(one for one in here.puppets if one is not lead)
    promise(here, other, base + 50, acknowledged=base + 1)
    reply = promise(here, lead, base + 50, acknowledged=base + 50, stable=base + 50)
    judge.equal("what-it-saw", stable(here), base + 1, field="stable")
    told = [row["timestamp"] for row in events(reply, "stable")]
    judge.equal("event", told, [base + 1], field="events")


@case(
    "multicast.stable.by-each-type", reqs=STABLE, type="DATA", operator="conforming-by-each-type", fresh=True
)
def _by_type(judge: Judge) -> None:
    here = group(judge, n=3, rank=1, positions=[0, 1], clock_base=judge.random.randrange(1000, 2**32))
    base, (a, b) = here.time, here.puppets
    promise(here, a, base + 50, acknowledged=base + 2)
    steps(here, here.says(b, "ALIVE", timestamp=base + 50, acknowledged=base + 40))
    judge.equal("alive", stable(here), base + 2, field="stable")
    steps(here, here.data(a, b"x", timestamp=base + 60, acknowledged=base + 30))
    judge.equal("data", stable(here), base + 30, field="stable")
    promise(here, a, base + 61, acknowledged=base + 20)
    judge.equal("never-less", stable(here), base + 30, field="stable")
    promise(here, a, base + 62, acknowledged=base + 45)
    judge.equal("the-other", stable(here), base + 40, field="stable")


@case(
    "multicast.stable.stated",
    reqs=["REQ-MUL-19", "REQ-MUL-20", "REQ-MUL-18"],
    type="HEARTBEAT",
    operator="conforming-stated-stable",
    fresh=True,
)
def _stated_stable(judge: Judge) -> None:
    for rank in (0, 1):
        here = group(judge, n=3, rank=rank, clock_base=judge.random.randrange(1000, 2**32))
        base, (a, b) = here.time, here.puppets
        first, second = judge.random.sample(range(1, 40), 2)
        promise(here, a, base + 50, acknowledged=base + first)
        promise(here, b, base + 50, acknowledged=base + second)
        said = beat(here)
        wanted = base + min(first, second) if rank == 0 else 0
        judge.equal(f"rank-{rank}", said.body.get("stable"), wanted, field="body.stable")
