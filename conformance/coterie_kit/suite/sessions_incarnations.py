"""Incarnations: of others, which replace sessions, and of the peer itself."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._proof import prove
from coterie_kit.suite._run import setup
from coterie_kit.suite._stage import Stage, accepts
from coterie_kit.suite.sessions_window import try_ping

# ---------------------------------------------------------------- incarnations of others


def _reborn(who: Puppet, by: int, address: str | None = None) -> Puppet:
    twin = Puppet(who.key, who.leaf, who.overlay, address or who.address, who.incarnation + by)
    twin.named = "reborn"
    return twin


def _stale(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        stage = Stage(judge)
        who = stage.others[0]
        stage.meet(who)
        for name, by in (("one-less", -1), ("much-less", -(10**9)), ("zero", -who.incarnation)):
            older = _reborn(who, by)
            _hello(stage, kind, older, "stale-incarnation", name)
        judge.equal("session", [row["incarnation"] for row in stage.sessions()], [who.incarnation])
        who.sequence += 1
        judge.accepted(_greets_again(stage, kind, who), "the-same-again")

    return story


def _greets_again(stage: Stage, kind: str, who: Puppet) -> Reply:
    """The reply to one more HELLO2 or HELLO3 of a puppet."""
    if kind == "HELLO2":
        hello1, retry = stage.knock(who)
        return stage.deliver(stage.hello2(who, hello1, retry), who)
    stage.pass_time(registry.timer("hello-give-up"))
    handshake = stage.greet_to_hello2(who)
    return stage.deliver(stage.hello3(who, handshake), who)


def _hello(stage: Stage, kind: str, who: Puppet, reason: str, name: str) -> None:
    judge = stage.judge
    if kind == "HELLO2":
        hello1, retry = stage.knock(who)
        judge.refused(stage.deliver(stage.hello2(who, hello1, retry), who), reason, name=name)
        return
    if name != "one-less" and reason == "stale-incarnation":
        return
    handshake = stage.greet_to_hello2(who)
    judge.refused(stage.deliver(stage.hello3(who, handshake), who), reason, name=name)


def _conflict(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        prove(judge)
        stage = Stage(judge)
        who = stage.others[0]
        stage.meet(who)
        host, _, port = who.address.rpartition(":")
        moved = _reborn(who, 0, f"{host}:{int(port) + 1}")
        moved.sequence = 50
        _hello(stage, kind, moved, "incarnation-conflict", "other-port")
        judge.equal("session", [row["address"] for row in stage.sessions()], [who.address])
        stage.meet(who)

    return story


def _replaced(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        stage = Stage(judge)
        who = stage.others[0]
        who.sequence = 700
        stage.meet(who)
        newer = _reborn(who, 1, "198.51.100.9:77")
        if kind == "HELLO2":
            hello1, retry = stage.knock(newer)
            reply = stage.deliver(stage.hello2(newer, hello1, retry), newer)
        else:
            handshake = stage.greet_to_hello2(newer)
            reply = stage.deliver(stage.hello3(newer, handshake), newer)
        accepts(judge, reply)
        session = {"node": who.node.hex(), "address": newer.address, "incarnation": newer.incarnation}
        judge.equal("sessions", stage.sessions(), [session])
        told = reply.event("session")
        judge.equal("event", dict(told.fields) if told else None, session)
        accepts(judge, try_ping(stage, newer, 2), "window-begins-again")
        judge.refused(try_ping(stage, who, 701), "wrong-incarnation", name="the-old-one", reqs=["REQ-SES-4"])

    return story


for _kind in ("HELLO2", "HELLO3"):
    _low = _kind.lower()
    case(
        f"sessions.{_low}.stale-incarnation",
        reqs=["REQ-SES-14"],
        type=_kind,
        operator="older-incarnation",
        fresh=True,
    )(_stale(_kind))
    case(
        f"sessions.{_low}.incarnation-conflict",
        reqs=["REQ-SES-15"],
        type=_kind,
        operator="same-elsewhere",
        fresh=True,
    )(_conflict(_kind))
    case(
        f"sessions.{_low}.higher-incarnation",
        reqs=["REQ-SES-17", "REQ-SES-4"],
        type=_kind,
        operator="conforming-reborn",
        fresh=True,
    )(_replaced(_kind))


@case(
    "sessions.hello2.higher-incarnation-ends-the-run",
    reqs=["REQ-SES-17", "REQ-KEY-36"],
    type="HELLO2",
    operator="reborn-in-a-run",
    fresh=True,
)
def _ends_the_run(judge: Judge) -> None:
    stage = Stage(judge, n=3)
    run = setup(stage).to_confirms()
    who = run.puppets[0]
    newer = _reborn(who, 5)
    hello1, retry = stage.knock(newer)
    reply = stage.deliver(stage.hello2(newer, hello1, retry), newer)
    accepts(judge, reply)
    told = reply.event("run-failed")
    judge.equal("reason", told.fields.get("reason") if told else None, "member-mismatch")
    judge.equal(
        "missing", told.fields.get("missing") if told else None, [who.node.hex()], reqs=["REQ-KEY-36"]
    )
    judge.equal("run", stage.inspect()["run"], None)


@case(
    "sessions.hello2.session-limit",
    reqs=["REQ-SES-16"],
    type="HELLO2",
    operator="one-over-the-limit",
    fresh=True,
)
def _limit(judge: Judge) -> None:
    stage = Stage(judge)
    people = [stage.newcomer(address=f"198.51.{i // 200}.{i % 200 + 1}:4000") for i in range(257)]
    for who in people[:256]:
        stage.meet(who)
    judge.equal("sessions", len(stage.sessions()), 256)
    last = people[256]
    hello1, retry = stage.knock(last)
    judge.refused(stage.deliver(stage.hello2(last, hello1, retry), last), "session-limit")
    newer = _reborn(people[7], 1)
    hello1, retry = stage.knock(newer)
    accepts(judge, stage.deliver(stage.hello2(newer, hello1, retry), newer), "known-node-when-full")
    stage.meet(people[9])


# ---------------------------------------------------------------- own incarnation


@case(
    "sessions.incarnation.first",
    reqs=["REQ-SES-8"],
    type="none",
    operator="conforming-first-start",
    fresh=True,
)
def _first(judge: Judge) -> None:
    stage = Stage(judge)
    judge.equal("incarnation", stage.first.number("incarnation"), stage.wall)
    judge.check("stored", stage.first.disk, expected="an effect disk after reset")


@case(
    "sessions.incarnation.restart",
    reqs=["REQ-SES-8"],
    type="none",
    operator="conforming-restarts",
    fresh=True,
)
def _restart(judge: Judge) -> None:
    stage = Stage(judge)
    disk = stage.first.disk
    stage.need(disk, "nothing was stored")
    for name, wall, expected in (
        ("same-clock", stage.wall, stage.wall + 1),
        ("clock-set-back", stage.wall - 10**7, stage.wall + 2),
        ("clock-went-on", stage.wall + 10**6, stage.wall + 10**6),
    ):
        reply = stage.reset(disk=disk, wall_ms=wall)
        judge.equal(name, reply.number("incarnation"), expected)
        judge.check(f"{name}.stored", reply.disk, expected="an effect disk after reset")
        disk = reply.disk or disk
