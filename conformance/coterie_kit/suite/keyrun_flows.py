"""What the peer sends in a run, in every role: computed by the kit from the seed, compared octet by octet."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import digest
from coterie_kit.keys.rekey import Flow, beginning, contribute, refresh
from coterie_kit.reply import Reply
from coterie_kit.suite._bases import ROLES, Role, foreign_view, guests, onward, plain_run
from coterie_kit.suite._run import Plan, Run, install_from
from coterie_kit.suite._stage import Stage

SUITE_CODES = (1, 2)


def step(run: Run) -> Reply:
    """The step that makes the peer send its flow."""
    stage = run.stage
    reply = stage.carry(run.install_frame(), run.proposer)
    stage.need(reply.ok, f"INSTALL: {reply.said()}")
    if run.waits_for_up:
        reply = stage.carry(run.up_frame(), run.members[run.place - 1])
        stage.need(reply.ok, f"UP: {reply.said()}")
    return reply


def expected(run: Run, role: Role) -> Flow:
    """What the peer has to make of what it was given, with the scalar that it draws."""
    drawn = run.drawn(role.drawn)
    if role.drawn == "contribution":
        return contribute(run.flow(run.place - 1) if run.place else beginning(run.plan.suite), drawn)
    assert run.stored is not None
    stored = run.stored
    kept = [one.node for one in run.members[: run.plan.base]]
    return refresh(stored, kept, drawn)[0]


def _flow_story(role: Role, suite: int) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        for n in role.ns:
            run = role.run(judge, n, suite)
            if role.drawn == "refresh":
                _know_own_scalar(run)
            reply = step(run)
            said = [one for one in run.stage.said(reply) if one.type == role.sends]
            wanted = expected(run, role)
            others = sorted(one.address for one in run.puppets)
            to = others if role.sends == "DOWN" else [run.members[run.place + 1].address]
            judge.equal(f"n-{n}.to", sorted(one.to for one in said), to)
            for one in said[:1]:
                body = one.frame.body
                judge.equal(f"n-{n}.digest", body["install_digest"], run.digest, field="body.install_digest")
                judge.equal(f"n-{n}.entries", body["entries"], wanted.elements(), field="body.entries")
                if role.sends == "UP":
                    judge.equal(f"n-{n}.total", body["total"], wanted.total.octets(), field="body.total")
            judge.check(f"n-{n}.one-body", len({one.octets for one in said}) == 1, expected="the same to all")

    return story


def _know_own_scalar(run: Run) -> None:
    """The controller's stored scalar is what it drew in the run before."""
    stage = run.stage
    first = stage.history[0]
    assert stage.stored is not None
    own = first.suite.scalar(stage.draws.take("contribution", stage.overlay + first.digest, first.suite.draw))
    scalars = {**stage.stored.scalars, stage.subject.node: own}
    stage.stored = type(stage.stored)(stage.stored.view, stage.stored.members, stage.stored.flow, scalars)
    run.stored = stage.stored


def _reqs(role: Role) -> list[str]:
    if role.drawn == "refresh":
        middle = "REQ-KEY-1" if role.sends == "UP" else "REQ-KEY-21"
        return ["REQ-KEY-19", middle, "REQ-KEY-22", "REQ-TST-1"]
    return ["REQ-KEY-20", *(["REQ-KEY-21"] if role.sends == "DOWN" else []), "REQ-KEY-22", "REQ-TST-1"]


for _role in ROLES:
    for _suite in SUITE_CODES:
        case(
            f"keyrun.{_role.sends.lower()}.{_role.name}-suite-{_suite}",
            reqs=_reqs(_role),
            type=_role.sends,
            operator=f"conforming-{_role.name}-suite-{_suite}",
            fresh=True,
            suites=(_suite,),
            determinism="D3",
        )(_flow_story(_role, _suite))


# ---------------------------------------------------------------- the key, as all the others compute it


def _confirm_story(role: str, suite: int) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        for n in (2, 3, 5):
            run = _confirming(judge, role, n, suite)
            said = run.first_sent("CONFIRM")
            body, wanted = said.frame.body, run.confirm_values(run.stage.subject)
            judge.equal(
                f"n-{n}.digest",
                body["install_digest"],
                run.digest,
                field="body.install_digest",
                reqs=["REQ-KEY-30"],
            )
            judge.equal(
                f"n-{n}.down-hash",
                body["down_hash"],
                wanted["down_hash"],
                field="body.down_hash",
                reqs=["REQ-KEY-30"],
            )
            judge.equal(
                f"n-{n}.confirmation", body["confirmation"], wanted["confirmation"], field="body.confirmation"
            )
            to = sorted(one.to for one in run.all_sent("CONFIRM"))
            judge.equal(f"n-{n}.to", to, sorted(one.address for one in run.puppets), reqs=["REQ-KEY-30"])

    return story


def _confirming(judge: Judge, role: str, n: int, suite: int) -> Run:
    if role == "newcomer":
        return plain_run(judge, n, n - 1, suite).to_confirms()
    if role == "first":
        return plain_run(judge, n, 0, suite).to_confirms()
    if role == "controller":
        return onward(judge, n, n - 1, 1, suite).to_confirms()
    return onward(judge, n, 0, 1, suite).to_confirms()


CONFIRM_REQS = {
    "newcomer": ["REQ-KEY-20", "REQ-KEY-29", "REQ-KEY-30", "REQ-KEY-21"],
    "first": ["REQ-KEY-20", "REQ-KEY-29", "REQ-KEY-30"],
    "controller": ["REQ-KEY-1", "REQ-KEY-19", "REQ-KEY-29", "REQ-KEY-30"],
    "base-member": ["REQ-KEY-29", "REQ-KEY-30", "REQ-KEY-34"],
}
for _called, _cited in CONFIRM_REQS.items():
    for _suite in SUITE_CODES:
        case(
            f"keyrun.confirm.{_called}-suite-{_suite}",
            reqs=_cited,
            type="CONFIRM",
            operator=f"conforming-{_called}-suite-{_suite}",
            fresh=True,
            suites=(_suite,),
        )(_confirm_story(_called, _suite))


# ---------------------------------------------------------------- alone, and sixty-four


ALONE = ("REQ-KEY-22", "REQ-KEY-29", "REQ-TST-1")


def _alone(suite: int) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        stage = Stage(judge, n=1)
        own = stage.subject
        reply = stage.peer.do("install", stage.overlay, members=[own.node], suite=suite)
        judge.require("accepted", reply.ok, observed=reply.said())
        judge.equal("silence", [send.to for send in reply.sends], [], reqs=["REQ-KEY-34"])
        told = reply.event("view-installed")
        judge.require("installed", told, reqs=["REQ-KEY-34"])
        assert told is not None
        run = alone(stage, suite)
        x = run.drawn("contribution")
        run.flows[0] = Flow(suite, (beginning(suite).total,), beginning(suite).total.raised(x))
        run.scalars[own.node] = x
        logged = {entry.label: entry.secret for entry in reply.keylog}
        secrets = run.secrets()
        for name in ("confirm", "read", "control", "exporter"):
            judge.equal(name, logged.get(name), getattr(secrets, name), reqs=ALONE)

    return story


def alone(stage: Stage, suite: int) -> Run:
    """The run of one that the peer makes for itself at level D3."""
    plan = Plan((stage.subject,), suite=suite)
    nonce = stage.draws.take("proposal-nonce", stage.overlay + (1).to_bytes(8, "big"), 32)
    from coterie_kit import frames

    return Run(stage, plan, body=frames.write_body("INSTALL", plan.values(nonce)))


for _suite in SUITE_CODES:
    case(
        f"keyrun.down.alone-suite-{_suite}",
        reqs=["REQ-KEY-22", "REQ-KEY-29", "REQ-KEY-34", "REQ-TST-1"],
        type="DOWN",
        operator=f"conforming-alone-suite-{_suite}",
        fresh=True,
        suites=(_suite,),
        determinism="D3",
    )(_alone(_suite))


def _sixty_four(rank: int, suite: int) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        run = plain_run(judge, 64, rank, suite)
        role = next(one for one in ROLES if one.name == ("last-of-all" if rank == 63 else "first-of-all"))
        reply = step(run)
        said = [one for one in run.stage.said(reply) if one.type == role.sends]
        judge.require("sent", said, expected=role.sends, observed=reply.said())
        wanted, entries = expected(run, role), said[0].frame.body["entries"]
        begins = role.sends == "DOWN" and entries[:1] == [wanted.total.octets()]
        run.stage.need(not begins, "its DOWN begins with the total")
        judge.equal("entries", entries, wanted.elements(), field="body.entries")

    return story


for _rank, _named in ((63, "last"), (0, "first")):
    case(
        f"keyrun.{'down' if _rank else 'up'}.sixty-four-{_named}",
        reqs=["REQ-KEY-20", "REQ-KEY-22", "REQ-TST-1", "REQ-FRM-33"],
        type="DOWN" if _rank else "UP",
        operator=f"conforming-sixty-four-{_named}",
        fresh=True,
        determinism="D3",
    )(_sixty_four(_rank, 1))


# ---------------------------------------------------------------- INSTALL by the peer


@case(
    "keyrun.install.made",
    reqs=["REQ-KEY-11", "REQ-TST-1", "REQ-KEY-10"],
    type="INSTALL",
    operator="conforming-made",
    fresh=True,
    determinism="D3",
)
def _install_made(judge: Judge) -> None:
    stage = Stage(judge, n=4, rank=2)
    stage.meet_all()
    nodes = [one.node for one in stage.everyone]
    judge.random.shuffle(nodes)
    reply = stage.peer.do(
        "install", stage.overlay, members=nodes, suite=2 if 2 in stage.peer.hello.suites else 1
    )
    stage.need(reply.ok, f"install: {reply.said()}")
    plan = Plan(tuple(stage.everyone), suite=2 if 2 in stage.peer.hello.suites else 1)
    body = stage.one(reply, "INSTALL").frame.body
    nonce = stage.draws.take("proposal-nonce", stage.overlay + (1).to_bytes(8, "big"), 32)
    wanted = plan.values(nonce)
    judge.equal(
        "order",
        [row["node_id"] for row in body["members"]],
        [row["node_id"] for row in wanted["members"]],
        reqs=["REQ-KEY-11"],
    )
    judge.equal("members", body["members"], wanted["members"], reqs=["REQ-KEY-11"], field="body.members")
    judge.equal("nonce", body["nonce"], nonce, reqs=["REQ-TST-1"], field="body.nonce")
    judge.equal("counter", body["counter"], 1, reqs=["REQ-KEY-11"], field="body.counter")
    judge.equal("suite", body["suite"], plan.suite, reqs=["REQ-KEY-10"], field="body.suite")
    judge.equal(
        "to",
        sorted(said.to for said in stage.said(reply) if said.type == "INSTALL"),
        sorted(one.address for one in stage.others),
        reqs=["REQ-KEY-11"],
    )


def _proposed_again(kind: str) -> Callable[[Judge], None]:
    """The peer proposes onward from its view: it orders base and newcomers itself."""

    def story(judge: Judge) -> None:
        stage = plain_run(judge, 3, 1).to_view().stage
        joined = guests(stage, 2) if kind != "refresh" else []
        everyone = stage.everyone
        base = [*everyone[1:], everyone[0]] if kind == "refresh" else everyone
        if kind == "remove":
            base, joined = [everyone[1], everyone[2]], []
        members = [one.node for one in (*base, *joined)]
        wanted = list(members)
        judge.random.shuffle(members)
        reply = stage.peer.do("install", stage.overlay, members=members, suite=1)
        judge.require("accepted", reply.ok, observed=reply.said())
        body = stage.one(reply, "INSTALL").frame.body
        judge.equal("order", [row["node_id"] for row in body["members"]], wanted, field="body.members")
        assert stage.stored is not None
        views = [stage.stored.view] * len(base) + [bytes(16)] * len(joined)
        judge.equal(
            "previous", [row["previous_view"] for row in body["members"]], views, field="body.members"
        )
        judge.equal("counter", body["counter"], 2, field="body.counter")

    return story


for _kind in ("join", "refresh", "remove"):
    case(
        f"keyrun.install.made-for-{_kind}",
        reqs=["REQ-KEY-11"],
        type="INSTALL",
        operator=f"conforming-{_kind}",
        fresh=True,
    )(_proposed_again(_kind))


@case(
    "keyrun.install.proposer-runs-too",
    reqs=["REQ-KEY-20", "REQ-KEY-22", "REQ-TST-1"],
    type="UP",
    operator="conforming-proposer",
    fresh=True,
    determinism="D3",
)
def _proposer(judge: Judge) -> None:
    stage = Stage(judge, n=3, rank=0)
    stage.meet_all()
    members = tuple(stage.everyone)
    reply = stage.peer.do("install", stage.overlay, members=[one.node for one in members], suite=1)
    stage.need(reply.ok, f"install: {reply.said()}")
    run = install_from(stage, reply, Plan(members))
    said = [one for one in stage.said(reply) if one.type == "UP"]
    judge.require("sent", said, expected="UP", observed=reply.said())
    wanted = contribute(beginning(1), run.drawn("contribution"))
    judge.equal("entries", said[0].frame.body["entries"], wanted.elements(), field="body.entries")
    judge.equal("total", said[0].frame.body["total"], wanted.total.octets(), field="body.total")
    judge.equal("digest", said[0].frame.body["install_digest"], digest(run.body), field="body.install_digest")


# ---------------------------------------------------------------- merges


@case(
    "keyrun.install.made-for-merge",
    reqs=["REQ-KEY-11"],
    type="INSTALL",
    operator="conforming-merge",
    fresh=True,
)
def _merge_proposed(judge: Judge) -> None:
    stage = plain_run(judge, 2, 0).to_view().stage
    assert stage.stored is not None
    joined = guests(stage, 2)
    theirs = {joined[0].node: judge.octets(16)}
    members = [one.node for one in (*stage.everyone, *joined)]
    wanted = list(members)
    judge.random.shuffle(members)
    previous = {node.hex(): view.hex() for node, view in theirs.items()}
    reply = stage.peer.do("install", stage.overlay, members=members, suite=1, previous=previous)
    judge.require("accepted", reply.ok, observed=reply.said())
    body = stage.one(reply, "INSTALL").frame.body
    judge.equal("order", [row["node_id"] for row in body["members"]], wanted, field="body.members")
    views = [stage.stored.view, stage.stored.view, theirs[joined[0].node], bytes(16)]
    judge.equal("previous", [row["previous_view"] for row in body["members"]], views, field="body.members")


def _merged(suite: int) -> Callable[[Judge], None]:
    """The peer leaves its view of two for a larger one: it is a newcomer there, with a scalar of its own."""

    def story(judge: Judge) -> None:
        stage = plain_run(judge, 2, 1, suite).to_view().stage
        assert stage.stored is not None
        old, ours = stage.stored, stage.everyone
        theirs = guests(stage, 3)
        stage.stored = foreign_view(stage, theirs, suite)
        previous = {one.node: stage.stored.view for one in theirs} | {one.node: old.view for one in ours}
        plan = Plan((*theirs, *ours), base=3, suite=suite, previous=previous, counter=2)
        run = Run(stage, plan).to_confirms()
        body, wanted = run.first_sent("CONFIRM").frame.body, run.confirm_values(stage.subject)
        judge.equal("confirmation", body["confirmation"], wanted["confirmation"], field="body.confirmation")
        reused = {*run.first_sent("DOWN").frame.body["entries"]} & {*old.flow.elements()}
        judge.equal("no-old-element", sorted(reused), [], field="body.entries")

    return story


for _suite in SUITE_CODES:
    case(
        f"keyrun.confirm.merged-suite-{_suite}",
        reqs=["REQ-KEY-20", "REQ-KEY-21", "REQ-KEY-29", "REQ-KEY-30"],
        type="CONFIRM",
        operator=f"conforming-merged-suite-{_suite}",
        fresh=True,
        suites=(_suite,),
    )(_merged(_suite))
