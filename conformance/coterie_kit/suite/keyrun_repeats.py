"""Flows that come again and flows that are sent again."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit import frames, registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._bases import onward, plain_run
from coterie_kit.suite._run import Run
from coterie_kit.suite._stage import Stage, accepts

STEP = registry.timer("flow-resend")
GIVE_UP = registry.timer("run-give-up")


# ---------------------------------------------------------------- repeats during a run


def _accepted_flow(kind: str, judge: Judge) -> tuple[Run, bytes, Puppet]:
    """A run under way in which the peer has accepted a flow of this type."""
    run = plain_run(judge, 3, 1 if kind in {"INSTALL", "UP"} else 0)
    if kind == "INSTALL":
        return run.to_up(), run.install_frame(), run.proposer
    if kind == "UP":
        run.to_down()
        return run, run.up_frame(), run.members[0]
    run.to_confirms()
    if kind == "DOWN":
        return run, run.down_frame(), run.last
    who = run.puppets[0]
    run.confirm(who)
    return run, run.confirm_frame(who, to=run.stage.subject.node), who


def _repeat(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        run, frame, who = _accepted_flow(kind, judge)
        before = run.stage.digest()
        for name in ("once", "twice"):
            reply = run.stage.deliver(frame, who)
            accepts(judge, reply, name)
            judge.check(f"{name}.no-event", not reply.events, observed=reply.said())
            kinds = {said.type for said in run.stage.said(reply)}
            judge.check(f"{name}.silence", not kinds, expected="silence", observed=sorted(kinds))
        judge.equal("digest", run.stage.digest(), before)

    return story


for _kind in ("INSTALL", "UP", "DOWN", "CONFIRM"):
    case(
        f"keyrun.{_kind.lower()}.again-during-the-run",
        reqs=["REQ-KEY-33"],
        type=_kind,
        operator="conforming-again-during-the-run",
        fresh=True,
    )(_repeat(_kind))


@case(
    "keyrun.up.again-signed-anew",
    reqs=["REQ-KEY-33"],
    type="UP",
    operator="conforming-signed-anew",
    fresh=True,
)
def _anew(judge: Judge) -> None:
    run = plain_run(judge, 3, 1).to_down()
    who = run.members[0]
    again = who.make("UP", run.up_values(0), run.stage.subject.node)
    before = run.stage.digest()
    accepts(judge, run.stage.deliver(again, who))
    judge.equal("digest", run.stage.digest(), before)


@case(
    "keyrun.confirm.again-before-the-view",
    reqs=["REQ-KEY-33"],
    type="CONFIRM",
    operator="conforming-again-before-the-view",
    fresh=True,
)
def _before_the_view(judge: Judge) -> None:
    """Who has confirmed answers a repeated CONFIRM to all, although it lacks others still."""
    run = plain_run(judge, 3, 0).to_confirms()
    who = run.puppets[0]
    own = run.first_sent("CONFIRM").frame
    run.confirm(who)
    for name in ("once", "twice"):
        reply = run.stage.deliver(run.confirm_frame(who), who)
        accepts(judge, reply, name)
        told = [(one.type, one.to, one.frame.prefix.get("destination")) for one in run.stage.said(reply)]
        judge.equal(f"{name}.answer", told, [("CONFIRM", who.address, who.node)])
        bodies = [one.frame.body_octets for one in run.stage.said(reply)]
        judge.equal(f"{name}.body", bodies, [own.body_octets], field="body")


# ---------------------------------------------------------------- repeats after the view


def _late(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        run = plain_run(judge, 3, 1 if kind in {"INSTALL", "UP"} else 0).to_view()
        frame, who = {
            "INSTALL": lambda: (run.install_frame(), run.proposer),
            "UP": lambda: (run.up_frame(), run.members[0]),
            "DOWN": lambda: (run.down_frame(), run.last),
            "CONFIRM": lambda: (run.confirm_frame(run.puppets[1]), run.puppets[1]),
        }[kind]()
        first = run.first_sent("CONFIRM").frame
        sequences = [max(said.frame.prefix.get("sequence", 0) for said in run.sent)]
        for name in ("once", "twice"):
            reply = run.stage.deliver(frame, who)
            accepts(judge, reply, name)
            said = run.stage.said(reply)
            told = [(one.type, one.to, one.frame.prefix.get("destination")) for one in said]
            judge.equal(f"{name}.answer", told, [("CONFIRM", who.address, who.node)])
            for one in said:
                judge.equal(f"{name}.body", one.frame.body_octets, first.body_octets, field="body")
                number = one.frame.prefix.get("sequence", 0)
                judge.check(
                    f"{name}.made-anew", number > sequences[-1], field="prefix.sequence", observed=number
                )
                sequences.append(number)

    return story


for _kind in ("INSTALL", "UP", "DOWN", "CONFIRM"):
    case(
        f"keyrun.{_kind.lower()}.again-after-the-view",
        reqs=["REQ-KEY-33"],
        type=_kind,
        operator="conforming-again-after-the-view",
        fresh=True,
    )(_late(_kind))


@case(
    "keyrun.confirm.addressed-is-not-answered",
    reqs=["REQ-KEY-33"],
    type="CONFIRM",
    operator="conforming-addressed",
    fresh=True,
)
def _no_ping_pong(judge: Judge) -> None:
    run = plain_run(judge, 3, 0).to_view()
    for who in run.puppets:
        frame = run.confirm_frame(who, to=run.stage.subject.node)
        for name in ("once", "twice"):
            reply = run.stage.deliver(frame, who)
            accepts(judge, reply, f"{who.named}.{name}")
            judge.check(
                f"{who.named}.{name}.silence", not reply.sends, expected="silence", observed=reply.said()
            )


@case(
    "keyrun.confirm.addressed-counts",
    reqs=["REQ-KEY-33", "REQ-KEY-34"],
    type="CONFIRM",
    operator="conforming-addressed-counts",
    fresh=True,
)
def _addressed_counts(judge: Judge) -> None:
    run = plain_run(judge, 3, 0).to_confirms()
    for who in run.puppets:
        reply = run.stage.deliver(run.confirm_frame(who, to=run.stage.subject.node), who)
        accepts(judge, reply, who.named)
    judge.check(
        "installed", reply.event("view-installed"), expected="event view-installed", observed=reply.said()
    )


# ---------------------------------------------------------------- sent again


def _targets(reply: Reply, kind: str) -> list[tuple[str, bytes]]:
    return sorted((send.to, send.bytes) for send in reply.sends if frames.read(send.bytes).type == kind)


def _due(judge: Judge, stage: Stage, name: str, expected: list[tuple[str, str, bytes]]) -> None:
    """Exactly these flows at the next 250 ms, and nothing one millisecond before."""
    early = stage.pass_time(STEP - 1)
    judge.check(f"{name}.not-early", not early.sends, expected="silence", observed=early.said())
    due = stage.pass_time(1)
    found = sorted((frames.read(send.bytes).type, send.to, send.bytes) for send in due.sends)
    judge.equal(f"{name}.due", found, sorted(expected))


@case("keyrun.up.resent", reqs=["REQ-KEY-35"], type="UP", operator="conforming-resent", fresh=True)
def _up(judge: Judge) -> None:
    run = plain_run(judge, 3, 0).to_down()
    said = run.first_sent("UP")
    for number in range(3):
        _due(judge, run.stage, f"time-{number}", [("UP", said.to, said.octets)])
    run.deliver_down()
    after = run.stage.pass_time(STEP)
    judge.equal("not-after-down", _targets(after, "UP"), [])


def _to_the_missing(kind: str) -> Callable[[Judge], None]:
    """DOWN by its maker and CONFIRM by everyone, only to those whose CONFIRM is not held."""

    def story(judge: Judge) -> None:
        run = plain_run(judge, 4, 3 if kind == "DOWN" else 0).to_confirms()
        stage = run.stage
        missing = list(run.puppets)
        while missing:
            flows = [
                (said.type, said.to, said.octets) for said in run.sent if said.type in {"DOWN", "CONFIRM"}
            ]
            wanted = [flow for flow in flows if flow[1] in {one.address for one in missing}]
            _due(judge, stage, f"missing-{len(missing)}", wanted)
            run.confirm(missing.pop(judge.random.randrange(len(missing))))
        after = stage.pass_time(STEP)
        judge.check("stops", not after.sends, expected="silence", observed=after.said())

    return story


for _kind in ("DOWN", "CONFIRM"):
    case(
        f"keyrun.{_kind.lower()}.resent",
        reqs=["REQ-KEY-35", "REQ-KEY-34", "REQ-TST-6"],
        type=_kind,
        operator="conforming-resent",
        fresh=True,
    )(_to_the_missing(_kind))


@case("keyrun.install.resent", reqs=["REQ-KEY-35"], type="INSTALL", operator="conforming-resent", fresh=True)
def _install(judge: Judge) -> None:
    stage = Stage(judge, n=3, rank=1)
    stage.meet_all()
    reply = stage.peer.do("install", stage.overlay, members=[one.node for one in stage.everyone], suite=1)
    stage.need(reply.ok, f"install: {reply.said()}")
    sent = [("INSTALL", said.to, said.octets) for said in stage.said(reply) if said.type == "INSTALL"]
    for number in range(3):
        _due(judge, stage, f"time-{number}", sent)


@case(
    "keyrun.install.not-resent-by-others",
    reqs=["REQ-KEY-35"],
    type="INSTALL",
    operator="conforming-silent",
    fresh=True,
)
def _not_by_others(judge: Judge) -> None:
    run = plain_run(judge, 3, 1).to_up()
    for gone, reply in run.stage.timeline(2000, STEP):
        judge.check(f"silence-at-{gone}", not reply.sends, expected="silence", observed=reply.said())


@case(
    "keyrun.up.resent-by-the-controller",
    reqs=["REQ-KEY-35"],
    type="UP",
    operator="conforming-resent-by-the-controller",
    fresh=True,
)
def _controller(judge: Judge) -> None:
    run = onward(judge, 2, 1, 1).to_down()
    said = run.first_sent("UP")
    for number in range(2):
        _due(judge, run.stage, f"time-{number}", [("UP", said.to, said.octets)])


@case(
    "keyrun.flows.resent-until-given-up",
    reqs=["REQ-KEY-35", "REQ-KEY-36"],
    type="UP",
    operator="conforming-until-given-up",
    fresh=True,
)
def _until(judge: Judge) -> None:
    run = plain_run(judge, 2, 0).to_down()
    said = run.first_sent("UP")
    for gone, reply in run.stage.timeline(GIVE_UP - STEP, STEP):
        judge.equal(f"at-{gone}", _targets(reply, "UP"), [(said.to, said.octets)], reqs=["REQ-KEY-35"])
    run.stage.pass_time(STEP)
    for gone, reply in run.stage.timeline(1000, STEP):
        judge.check(f"silence-{gone}-later", not reply.sends, reqs=["REQ-KEY-36"], observed=reply.said())


# ---------------------------------------------------------------- a record or two of histories


def _history(steps: str) -> Callable[[Judge], None]:
    """Several runs in a row: after each of them the same key at the peer and at a puppet."""

    def story(judge: Judge) -> None:
        from coterie_kit.suite._bases import guests
        from coterie_kit.suite._run import successor

        run = plain_run(judge, 3, 1).to_view()
        stage = run.stage
        people = list(run.members)
        for number, step in enumerate(steps):
            joined: list[Puppet] = []
            base = list(people)
            if step == "j":
                joined = guests(stage, 1, 5000 + 10 * number)
            elif step == "r":
                base = [*people[1:], people[0]]
            else:
                base = [one for one in people if one is stage.subject or one is not people[-1]]
            run = successor(stage, base, joined).to_confirms()
            people = list(run.members)
            agreed = {run.down.key(run.position(who), run.scalar(who)) for who in run.puppets}
            stage.need(len(agreed) == 1, "the others do not agree on a key, so its DOWN is wrong")
            body = run.first_sent("CONFIRM").frame.body
            wanted = run.confirm_values(stage.subject)["confirmation"]
            judge.equal(f"step-{number}", body["confirmation"], wanted, field="body.confirmation")
            for who in run.puppets:
                reply = run.confirm(who)
            run.see_view(reply)
            run.adopt()

    return story


for _steps in ("rrr", "jjr", "jlj", "lrj"):
    case(
        f"keyrun.history.of-{_steps}",
        reqs=["REQ-KEY-1", "REQ-KEY-19", "REQ-KEY-21", "REQ-KEY-29"],
        type="CONFIRM",
        operator=f"conforming-history-{_steps}",
        fresh=True,
    )(_history(_steps))
