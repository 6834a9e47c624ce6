"""Runs that do not end in a view: faults that end them, time that runs out, and what is left afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._bases import plain_run
from coterie_kit.suite._run import Plan, Run
from coterie_kit.suite._stage import Stage

GIVE_UP = registry.timer("run-give-up")


def ended(judge: Judge, reply: Reply, name: str, reqs: list[str], **fields: Any) -> None:
    """The run ended and the user was told these fields."""
    told = reply.event("run-failed")
    judge.check(f"{name}.event", told, reqs=reqs, expected="event run-failed", observed=reply.said())
    for field, value in fields.items():
        found = told.fields.get(field) if told else None
        judge.equal(f"{name}.{field}", found, value, reqs=reqs)


def no_run(judge: Judge, stage: Stage, name: str, reqs: list[str]) -> None:
    """No run is under way."""
    judge.equal(f"{name}.run", stage.inspect()["run"], None, reqs=reqs)


# ---------------------------------------------------------------- equivocation


def _second(run: Run, kind: str) -> tuple[bytes, Puppet]:
    """Another body of a flow that the peer has accepted, by the same signer."""
    stage = run.stage
    if kind == "INSTALL":
        values = run.values | {"nonce": stage.judge.octets(32)}
        return run.proposer.make("INSTALL", values), run.proposer
    if kind == "UP":
        who = run.members[run.place - 1]
        other = run.suite.power(stage.judge.random.randrange(2, 2**200))
        return run.up_frame(total=other), who
    if kind == "DOWN":
        entries = run.down.elements()
        entries[0] = run.suite.power(stage.judge.random.randrange(2, 2**200))
        return run.down_frame(entries=entries), run.last
    who = run.puppets[0]
    return run.confirm_frame(who, confirmation=stage.judge.octets(32)), who


def _equivocation(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        rank = {"INSTALL": 1, "UP": 1, "DOWN": 0, "CONFIRM": 0}[kind]
        run = plain_run(judge, 3, rank)
        if kind == "INSTALL":
            run.to_up()
        elif kind == "UP":
            run.to_down()
        else:
            run.to_confirms()
        if kind == "CONFIRM":
            reply = run.confirm(run.puppets[0])
            run.stage.need(not reply.event("view-installed"), "it has a view though a CONFIRM is missing")
        frame, who = _second(run, kind)
        reqs = ["REQ-KEY-28"] if kind != "INSTALL" else ["REQ-KEY-15", "REQ-KEY-28"]
        reply = run.stage.deliver(frame, who)
        judge.refused(reply, "equivocation", reqs=reqs)
        ended(judge, reply, "ended", ["REQ-KEY-28"], culprit=who.node.hex(), reason="equivocation")
        no_run(judge, run.stage, "after", ["REQ-KEY-28"])

    return story


for _kind in ("INSTALL", "UP", "DOWN", "CONFIRM"):
    case(
        f"keyrun.{_kind.lower()}.equivocation",
        reqs=["REQ-KEY-28", "REQ-KEY-15"] if _kind == "INSTALL" else ["REQ-KEY-28"],
        type=_kind,
        operator="second-body",
        fresh=True,
    )(_equivocation(_kind))


def _after_the_view(kind: str) -> Callable[[Judge], None]:
    """Once the view is installed, another body is still refused, and the view stays."""

    def story(judge: Judge) -> None:
        run = plain_run(judge, 3, 1 if kind == "UP" else 0).to_view()
        stage = run.stage
        frame, who = _second(run, kind)
        before = stage.digest()
        reply = stage.deliver(frame, who)
        judge.refused(reply, "equivocation")
        judge.equal("view", stage.inspect()["view"], run.view.hex())
        judge.equal("digest", stage.digest(), before)

    return story


for _kind in ("UP", "DOWN", "CONFIRM"):
    case(
        f"keyrun.{_kind.lower()}.equivocation-after-the-view",
        reqs=["REQ-KEY-28"],
        type=_kind,
        operator="second-body-after-the-view",
        fresh=True,
    )(_after_the_view(_kind))


@case(
    "keyrun.install.equivocation-needs-one-signer",
    reqs=["REQ-KEY-15", "REQ-KEY-14"],
    type="INSTALL",
    operator="second-body-of-another",
    fresh=True,
)
def _of_another(judge: Judge) -> None:
    run = plain_run(judge, 3, 0).to_up()
    third = next(one for one in run.puppets if one is not run.proposer)
    other = third.make("INSTALL", run.values | {"nonce": judge.octets(32)})
    judge.refuses(run.stage.peer, other, "stale-counter", source=third.address)
    judge.equal("run", (run.stage.inspect()["run"] or {}).get("install_digest"), run.digest.hex())


@case(
    "keyrun.install.another-lower-counter",
    reqs=["REQ-KEY-14"],
    type="INSTALL",
    operator="second-body-lower-counter",
    fresh=True,
)
def _lower(judge: Judge) -> None:
    stage = Stage(judge, n=3)
    stage.meet_all()
    run = Run(stage, Plan(tuple(stage.everyone), counter=5))
    run.install()
    lower = Run(stage, Plan(tuple(stage.everyone), counter=4))
    judge.refuses(stage.peer, lower.install_frame(run.proposer), "stale-counter", source=run.proposer.address)


# ---------------------------------------------------------------- confirmations


def _bad_mac(name: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        run = plain_run(judge, 3, 0).to_confirms()
        who, other = run.puppets
        right = run.secrets().confirmation(who.node)
        wrong = {
            "random": judge.octets(32),
            "of-another-member": run.secrets().confirmation(other.node),
            "of-the-receiver": run.secrets().confirmation(run.stage.subject.node),
            "last-bit": right[:31] + bytes([right[31] ^ 1]),
            "first-octets": right[:8] + bytes(24),
            "zeros": bytes(32),
        }
        reply = run.stage.deliver(run.confirm_frame(who, confirmation=wrong[name]), who)
        judge.refused(reply, "bad-confirmation")
        ended(
            judge,
            reply,
            "ended",
            ["REQ-KEY-32", "REQ-KEY-28"],
            culprit=who.node.hex(),
            reason="bad-confirmation",
        )
        no_run(judge, run.stage, "after", ["REQ-KEY-32", "REQ-KEY-28"])

    return story


for _name in ("random", "of-another-member", "of-the-receiver", "last-bit", "first-octets", "zeros"):
    case(
        f"keyrun.confirm.mac-{_name}",
        reqs=["REQ-KEY-32", "REQ-KEY-28"],
        type="CONFIRM",
        operator=f"mac-{_name}",
        fresh=True,
    )(_bad_mac(_name))


def _mismatch(role: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        run = plain_run(judge, 3, 2 if role == "maker" else 0).to_confirms()
        who = run.puppets[0]
        maker = run.last
        reply = run.stage.deliver(run.confirm_frame(who, down_hash=judge.octets(32)), who)
        judge.refused(reply, "down-mismatch")
        fields = {"culprit": maker.node.hex(), "accuser": who.node.hex(), "reason": "down-mismatch"}
        ended(judge, reply, "ended", ["REQ-KEY-39", "REQ-KEY-28"], **fields)
        no_run(judge, run.stage, "after", ["REQ-KEY-39", "REQ-KEY-28"])

    return story


for _role in ("maker", "member"):
    case(
        f"keyrun.confirm.other-down-at-the-{_role}",
        reqs=["REQ-KEY-39", "REQ-KEY-28"],
        type="CONFIRM",
        operator=f"other-down-at-the-{_role}",
        fresh=True,
    )(_mismatch(_role))


@case(
    "keyrun.confirm.split-down",
    reqs=["REQ-KEY-39", "REQ-KEY-34"],
    type="CONFIRM",
    operator="two-downs",
    fresh=True,
)
def _split(judge: Judge) -> None:
    """The maker gives one DOWN to the peer, another to the third: both confirm honestly, nobody installs."""
    run = plain_run(judge, 3, 0).to_confirms()
    who = run.puppets[0]
    entries = run.down.elements()
    entries[0] = run.suite.power(judge.random.randrange(2, 2**200))
    from coterie_kit import frames
    from coterie_kit.keys.names import digest
    from coterie_kit.keys.schedule import schedule

    other_body = frames.write_body("DOWN", {"install_digest": run.digest, "entries": entries})
    hashes = [digest(one.leaf) for one in run.members]
    other = schedule(1, run.digest, hashes, other_body, run.key())
    frame = run.confirm_frame(who, down_hash=digest(other_body), confirmation=other.confirmation(who.node))
    reply = run.stage.deliver(frame, who)
    judge.refused(reply, "down-mismatch", reqs=["REQ-KEY-39"])
    judge.check("no-view", reply.event("view-installed") is None, reqs=["REQ-KEY-34"])
