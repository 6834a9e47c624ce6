"""What is left of a run that did not end in a view: state as before, scalars anew, time that runs out."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.suites import SUITES
from coterie_kit.reply import Reply
from coterie_kit.suite._bases import guests, onward, plain_run
from coterie_kit.suite._run import Plan, Run, setup, successor
from coterie_kit.suite._stage import Stage, accepts
from coterie_kit.suite.keyrun_failures import GIVE_UP, no_run

# ---------------------------------------------------------------- what is left


def _fail(run: Run, how: str) -> Reply:
    """Ends a run that awaits CONFIRMs."""
    stage, who = run.stage, run.puppets[0]
    if how == "bad-confirmation":
        return stage.deliver(run.confirm_frame(who, confirmation=stage.judge.octets(32)), who)
    if how == "down-mismatch":
        return stage.deliver(run.confirm_frame(who, down_hash=stage.judge.octets(32)), who)
    return stage.pass_time(GIVE_UP)


def _left(how: str, role: str) -> Callable[[Judge], None]:
    """The view stays, and the next run goes on from the entries and scalar of before."""

    def story(judge: Judge) -> None:
        for suite in (1, 2):
            if suite not in judge.peer().hello.suites:
                continue
            rank = 0 if role == "base-member" else 1
            failed = onward(judge, 2, rank, 1, suite).to_confirms()
            stage = failed.stage
            view = stage.inspect()["view"]
            _fail(failed, how)
            judge.equal(f"suite-{suite}.view", stage.inspect()["view"], view, reqs=["REQ-KEY-22"])
            again = successor(stage, stage.everyone, failed.members[2:]).to_confirms()
            said = again.first_sent("CONFIRM").frame.body
            wanted = again.confirm_values(stage.subject)
            judge.equal(
                f"suite-{suite}.confirmation", said["confirmation"], wanted["confirmation"],
                reqs=LEFT_REQS, field="body.confirmation",
            )  # fmt: skip

    return story


LEFT_REQS = ["REQ-KEY-22", "REQ-KEY-19", "REQ-KEY-29", "REQ-KEY-1"]
for _how in ("bad-confirmation", "down-mismatch", "run-timeout"):
    for _role in ("base-member", "controller"):
        case(
            f"keyrun.failed.{_how}-leaves-{_role}-as-before",
            reqs=LEFT_REQS,
            type="CONFIRM",
            operator=f"{_how}-then-again-as-{_role}",
            fresh=True,
        )(_left(_how, _role))


def _fresh_scalars(role: str, suite: int) -> Callable[[Judge], None]:
    """A repeated run draws anew: nothing of the failed one is on the wire again."""

    def story(judge: Judge) -> None:
        if role == "controller":
            first = onward(judge, 2, 1, 1, suite).to_down()
            stage, joined = first.stage, list(first.members[2:])
            _give_up(stage)
            second = successor(stage, stage.everyone, joined).to_down()
        else:
            first = plain_run(judge, 3, 1, suite).to_down()
            stage = first.stage
            _give_up(stage)
            second = Run(stage, Plan(tuple(stage.everyone), suite=suite, counter=2)).to_down()
        one, two = first.first_sent("UP").frame.body, second.first_sent("UP").frame.body
        shared = {*one["entries"], one["total"]} & {*two["entries"], two["total"]}
        kept = {_own_entry(first)} if role == "controller" else set()
        judge.equal("shared", sorted(shared - kept), [], field="body.entries")
        given = {*first_given(first)} & {*first_given(second)}
        judge.check("given-anew", suite in SUITES, expected=suite)
        judge.equal("received", sorted(given - {first.suite.base}), [])

    return story


def _give_up(stage: Stage) -> None:
    reply = stage.pass_time(GIVE_UP)
    stage.need(reply.event("run-failed"), "the first run was not given up")


def _own_entry(run: Run) -> bytes:
    """The controller's own entry, which is not raised."""
    assert run.stored is not None
    stored = dict(zip(run.stored.members, run.stored.flow.elements(), strict=True))
    return stored[run.stage.subject.node]


def first_given(run: Run) -> list[bytes]:
    """The elements that a puppet gave the peer before its flow."""
    if not run.waits_for_up:
        return []
    values = run.up_values(run.place - 1)
    return [*values["entries"], values["total"]]


for _role in ("newcomer", "controller"):
    for _suite in (1, 2):
        case(
            f"keyrun.failed.scalars-anew-as-{_role}-suite-{_suite}",
            reqs=["REQ-KEY-22", *(["REQ-KEY-19"] if _role == "controller" else ["REQ-KEY-20"])],
            type="UP",
            operator=f"repeated-run-as-{_role}-suite-{_suite}",
            fresh=True,
            suites=(_suite,),
        )(_fresh_scalars(_role, _suite))


def _old_key_hidden(kind: str, suite: int) -> Callable[[Judge], None]:
    """Who was in the old view, or comes into the new one, finds no key of the other on the wire."""

    def story(judge: Judge) -> None:
        if kind == "join":
            run = onward(judge, 2, 1, 1, suite)
            old_key = _key_of_first(run.stage)
            run.to_confirms()
            seen = _seen(run)
            judge.check(
                "old-key", old_key not in seen, expected="no old key in UP", reqs=["REQ-KEY-19", "REQ-KEY-22"]
            )
            return
        stage = plain_run(judge, 3, 1, suite).to_view().stage
        first = stage.history[0]
        gone = stage.everyone[2]
        run = successor(stage, stage.everyone[:2]).to_confirms()
        place = first.position(gone)
        kept = first.scalar(gone)
        elements = [*_seen(run), *run.down.elements()]
        guesses = {run.suite.raised(element, kept) for element in elements}
        guesses.add(first.down.entries[place].raised(kept).octets())
        judge.check(
            "new-key",
            run.key() not in guesses,
            expected="no way for who left",
            reqs=["REQ-KEY-19", "REQ-KEY-22"],
        )
        judge.check("fewer", len(run.down.entries) == 2, reqs=["REQ-KEY-19"])

    return story


def _key_of_first(stage: Stage) -> bytes:
    first: Run = stage.history[0]
    return first.key()


def _seen(run: Run) -> set[bytes]:
    found: set[bytes] = set()
    for said in run.sent:
        if said.type in {"UP", "DOWN"}:
            found |= {*said.frame.body["entries"], said.frame.body.get("total", b"")}
    return found


for _kind in ("join", "remove"):
    for _suite in (1, 2):
        case(
            f"keyrun.secrecy.{_kind}-suite-{_suite}",
            reqs=["REQ-KEY-19", "REQ-KEY-22"],
            type="UP" if _kind == "join" else "DOWN",
            operator=f"attacker-of-{_kind}-suite-{_suite}",
            fresh=True,
            suites=(_suite,),
        )(_old_key_hidden(_kind, _suite))


# ---------------------------------------------------------------- time


@case(
    "keyrun.failed.timeout", reqs=["REQ-KEY-36"], type="INSTALL", operator="conforming-given-up", fresh=True
)
def _timeout(judge: Judge) -> None:
    run = plain_run(judge, 4, 1).to_confirms()
    stage = run.stage
    run.confirm(run.puppets[1])
    early = stage.pass_time(GIVE_UP - 1)
    judge.check("not-at-4999", early.event("run-failed") is None, observed=early.said())
    late = stage.pass_time(1)
    missing = sorted(one.node.hex() for one in run.puppets if one is not run.puppets[1])
    told = late.event("run-failed")
    judge.equal("reason", told.fields.get("reason") if told else None, "run-timeout")
    judge.equal("missing", sorted(told.fields.get("missing") or []) if told else None, missing)
    no_run(judge, stage, "after", ["REQ-KEY-36"])
    after = stage.pass_time(10_000)
    judge.check("silence", not after.sends and not after.events, observed=after.said())


@case(
    "keyrun.failed.timeout-as-proposer",
    reqs=["REQ-KEY-36"],
    type="INSTALL",
    operator="conforming-proposer-gives-up",
    fresh=True,
)
def _timeout_proposer(judge: Judge) -> None:
    stage = Stage(judge, n=3, rank=1)
    stage.meet_all()
    reply = stage.peer.do("install", stage.overlay, members=[one.node for one in stage.everyone], suite=1)
    stage.need(reply.ok, f"install: {reply.said()}")
    stage.pass_time(GIVE_UP - 1)
    late = stage.pass_time(1)
    told = late.event("run-failed")
    missing = sorted(one.node.hex() for one in stage.others)
    found = (
        sorted(one for one in (told.fields.get("missing") or []) if one != stage.subject.node.hex())
        if told
        else None
    )
    judge.equal("missing", found, missing)


@case(
    "keyrun.failed.next-install-accepted",
    reqs=["REQ-KEY-36", "REQ-KEY-23"],
    type="INSTALL",
    operator="conforming-after-a-failure",
    fresh=True,
)
def _next(judge: Judge) -> None:
    run = plain_run(judge, 3, 1).to_down()
    stage = run.stage
    _give_up(stage)
    judge.refused(
        stage.deliver(run.up_frame(), run.members[0]),
        "no-run",
        name="flow-of-the-old-run",
        reqs=["REQ-KEY-23"],
    )
    again = Run(stage, Plan(tuple(stage.everyone), counter=2))
    accepts(judge, stage.deliver(again.install_frame(), again.proposer), "next")


@case(
    "keyrun.failed.records-go-on",
    reqs=["REQ-KEY-36"],
    type="DATA",
    operator="conforming-after-a-failure",
    fresh=True,
)
def _records_go_on(judge: Judge) -> None:
    from coterie_kit.suite._scenes import scene

    here = scene(judge, "DATA")
    stage = here.stage
    joined = guests(stage, 1)
    successor(stage, stage.everyone, joined).to_down()
    _give_up(stage)
    here.twin(name="record-of-the-view")


@case(
    "keyrun.failed.superseded-then-installed",
    reqs=["REQ-KEY-18", "REQ-KEY-22", "REQ-KEY-40"],
    type="CONFIRM",
    operator="conforming-superseded",
    fresh=True,
)
def _superseded(judge: Judge) -> None:
    stage = Stage(judge, n=3, rank=2)
    first = setup(stage).to_confirms()
    second = Run(stage, Plan(tuple(stage.everyone), counter=2)).to_confirms()
    for who in second.puppets:
        reply = stage.deliver(second.confirm_frame(who), who)
    stage.need(reply.ok, f"CONFIRM: {reply.said()}")
    told = reply.event("view-installed")
    judge.equal(
        "view",
        told.fields.get("view") if told else None,
        second.view.hex(),
        reqs=["REQ-KEY-18", "REQ-KEY-40"],
    )
    shared = {*first.down.elements()} & {*second.down.elements()}
    judge.equal("elements", sorted(shared), [], reqs=["REQ-KEY-22"])
