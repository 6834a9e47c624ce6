"""Whose turn it is: runs, signers, counts and the times at which an UP, DOWN or CONFIRM may come."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._bases import into_base, onward, plain_run
from coterie_kit.suite._run import Run
from coterie_kit.suite._scenes import scene
from coterie_kit.suite._stage import accepts


def _no_run(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, kind)
        digest = here.run.digest
        wrong = {
            "random": judge.octets(32),
            "zeros": bytes(32),
            "first-bit": bytes([digest[0] ^ 0x80]) + digest[1:],
            "last-bit": digest[:31] + bytes([digest[31] ^ 1]),
        }
        for name, value in wrong.items():
            here.refuses(here.draft.with_body(install_digest=value), "no-run", name)
        here.twin()

    return story


for _kind in ("UP", "DOWN", "CONFIRM"):
    case(
        f"keyrun.{_kind.lower()}.other-digest",
        reqs=["REQ-KEY-23"],
        type=_kind,
        operator="other-digest",
        fresh=True,
    )(_no_run(_kind))


def _before_any(kind: str) -> Callable[[Judge], None]:
    """The same flow at a peer that has not seen the INSTALL."""

    def story(judge: Judge) -> None:
        run = plain_run(judge, 3, 1)
        stage = run.stage
        who = run.puppets[0]
        frame = {
            "UP": lambda: run.up_frame(),
            "DOWN": lambda: run.last.make("DOWN", {"install_digest": run.digest, "entries": _three(run)}),
            "CONFIRM": lambda: who.make(
                "CONFIRM",
                {
                    "install_digest": run.digest,
                    "down_hash": judge.octets(32),
                    "confirmation": judge.octets(32),
                },
            ),
        }[kind]()
        judge.refuses(stage.peer, frame, "no-run", source=who.address)
        run.install()

    return story


def _three(run: Run) -> list[bytes]:
    return [run.suite.power(run.stage.judge.random.randrange(2, 2**200)) for _ in range(3)]


for _kind in ("UP", "DOWN", "CONFIRM"):
    case(
        f"keyrun.{_kind.lower()}.before-install",
        reqs=["REQ-KEY-23"],
        type=_kind,
        operator="before-install",
        fresh=True,
    )(_before_any(_kind))


# ---------------------------------------------------------------- out of turn


def _turn(judge: Judge, run: Run, frame: bytes, source: str, name: str) -> None:
    judge.refuses(run.stage.peer, frame, "out-of-turn", source=source, name=name)


@case("keyrun.up.not-for-the-first", reqs=["REQ-KEY-24"], type="UP", operator="to-position-0", fresh=True)
def _up_to_first(judge: Judge) -> None:
    run = plain_run(judge, 3, 0).to_up()
    who = run.last
    frame = who.make(
        "UP",
        {"install_digest": run.digest, "entries": _three(run)[:2], "total": _three(run)[0]},
        run.stage.subject.node,
    )
    _turn(judge, run, frame, who.address, "first")
    accepts(judge, run.stage.deliver(run.down_frame(), run.last), "twin")


@case("keyrun.up.not-for-the-base", reqs=["REQ-KEY-24"], type="UP", operator="to-the-base", fresh=True)
def _up_to_base(judge: Judge) -> None:
    for rank in (0, 1):
        run = onward(judge, 2, rank, 1).to_up()
        who = run.puppets[0]
        values = {"install_digest": run.digest, "entries": _three(run)[:1], "total": _three(run)[0]}
        _turn(judge, run, who.make("UP", values, run.stage.subject.node), who.address, f"rank-{rank}")


@case("keyrun.down.before-up", reqs=["REQ-KEY-24"], type="DOWN", operator="before-up", fresh=True)
def _down_before_up(judge: Judge) -> None:
    run = plain_run(judge, 3, 1).to_up()
    frame = run.last.make("DOWN", {"install_digest": run.digest, "entries": _three(run)})
    _turn(judge, run, frame, run.last.address, "newcomer")
    reply = run.stage.deliver(run.up_frame(), run.members[0])
    accepts(judge, reply, "twin")


@case("keyrun.down.not-for-its-maker", reqs=["REQ-KEY-24"], type="DOWN", operator="to-its-maker", fresh=True)
def _down_to_maker(judge: Judge) -> None:
    run = plain_run(judge, 3, 2).to_up()
    who = run.members[1]
    frame = who.make("DOWN", {"install_digest": run.digest, "entries": _three(run)})
    _turn(judge, run, frame, who.address, "before")
    accepts(judge, run.stage.deliver(run.up_frame(), who), "twin")


@case("keyrun.up.after-down", reqs=["REQ-KEY-24"], type="UP", operator="second-by-another", fresh=True)
def _up_after(judge: Judge) -> None:
    run = plain_run(judge, 3, 1).to_confirms()
    who = run.last
    values = {"install_digest": run.digest, "entries": _three(run)[:1], "total": _three(run)[0]}
    _turn(judge, run, who.make("UP", values, run.stage.subject.node), who.address, "from-the-last")


@case("keyrun.up.of-an-installed-view", reqs=["REQ-KEY-24"], type="UP", operator="after-the-view", fresh=True)
def _up_installed(judge: Judge) -> None:
    run = plain_run(judge, 3, 1).to_view()
    who = run.last
    values = {"install_digest": run.digest, "entries": _three(run)[:1], "total": _three(run)[0]}
    _turn(judge, run, who.make("UP", values, run.stage.subject.node), who.address, "from-the-last")


# ---------------------------------------------------------------- signers and counts


def _wrong_signer(role: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        run = plain_run(judge, 4, 2).to_up() if role == "UP" else plain_run(judge, 4, 1).to_down()
        right = run.members[run.place - 1] if role == "UP" else run.last
        for who in run.puppets:
            if who is right:
                continue
            values = run.up_values(run.place - 1) if role == "UP" else _down_values(run)
            to = run.stage.subject.node if role == "UP" else bytes(32)
            if role == "DOWN" and who is run.members[0]:
                to = bytes(32)
            name = f"member-{run.position(who)}"
            judge.refuses(
                run.stage.peer, who.make(role, values, to), "wrong-signer", source=who.address, name=name
            )
        frame = run.up_frame() if role == "UP" else run.down_frame()
        accepts(judge, run.stage.deliver(frame, right), "twin")

    return story


def _down_values(run: Run) -> dict[str, object]:
    return {"install_digest": run.digest, "entries": run.down.elements()}


for _kind in ("UP", "DOWN"):
    case(
        f"keyrun.{_kind.lower()}.wrong-signer",
        reqs=["REQ-KEY-25"],
        type=_kind,
        operator="other-member",
        fresh=True,
    )(_wrong_signer(_kind))


@case("keyrun.up.signed-by-an-outsider", reqs=["REQ-KEY-25"], type="UP", operator="outsider", fresh=True)
def _outsider(judge: Judge) -> None:
    run = plain_run(judge, 3, 2).to_up()
    stage = run.stage
    stranger = stage.newcomer()
    stage.meet(stranger)
    frame = stranger.make("UP", run.up_values(1), stage.subject.node)
    judge.refuses(stage.peer, frame, "wrong-signer", source=stranger.address)
    accepts(judge, stage.deliver(run.up_frame(), run.members[1]), "twin")


@case("keyrun.down.signed-by-an-outsider", reqs=["REQ-KEY-25"], type="DOWN", operator="outsider", fresh=True)
def _down_outsider(judge: Judge) -> None:
    run = plain_run(judge, 3, 0).to_down()
    stage = run.stage
    stranger = stage.newcomer()
    stage.meet(stranger)
    frame = stranger.make("DOWN", _down_values(run))
    judge.refuses(stage.peer, frame, "wrong-signer", source=stranger.address)
    accepts(judge, stage.deliver(run.down_frame(), run.last), "twin")


@case(
    "keyrun.confirm.signed-by-an-outsider",
    reqs=["REQ-KEY-30"],
    type="CONFIRM",
    operator="outsider",
    fresh=True,
)
def _confirm_outsider(judge: Judge) -> None:
    run = plain_run(judge, 3, 0).to_confirms()
    stage = run.stage
    stranger = stage.newcomer()
    stage.meet(stranger)
    values = run.confirm_values(run.puppets[0]) | {"confirmation": run.secrets().confirmation(stranger.node)}
    judge.refuses(stage.peer, stranger.make("CONFIRM", values), "wrong-signer", source=stranger.address)
    who = run.puppets[0]
    accepts(judge, stage.deliver(run.confirm_frame(who), who), "twin")


def _wrong_count(role: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        run = plain_run(judge, 4, 2).to_up() if role == "UP" else plain_run(judge, 4, 1).to_down()
        right = run.members[run.place - 1] if role == "UP" else run.last
        flow = run.flow(run.place - 1) if role == "UP" else run.down
        more = [*flow.elements(), *_three(run)]
        size = len(flow.entries)
        for count in {1, size - 1, size + 1, size + 2} - {size}:
            entries = more[:count]
            frame = run.up_frame(entries=entries) if role == "UP" else run.down_frame(entries=entries)
            judge.refuses(run.stage.peer, frame, "wrong-count", source=right.address, name=f"entries-{count}")
        frame = run.up_frame() if role == "UP" else run.down_frame()
        accepts(judge, run.stage.deliver(frame, right), "twin")

    return story


for _kind in ("UP", "DOWN"):
    case(
        f"keyrun.{_kind.lower()}.wrong-count",
        reqs=["REQ-KEY-26"],
        type=_kind,
        operator="other-count",
        fresh=True,
    )(_wrong_count(_kind))


@case(
    "keyrun.up.count-after-a-base", reqs=["REQ-KEY-26"], type="UP", operator="count-after-a-base", fresh=True
)
def _count_after_base(judge: Judge) -> None:
    run = into_base(judge, 3, 1, 0).to_up()
    who = run.members[2]
    elements = run.up_values(2)["entries"]
    judge.refuses(
        run.stage.peer, run.up_frame(entries=elements[:2]), "wrong-count", source=who.address, name="two"
    )
    judge.refuses(
        run.stage.peer,
        run.up_frame(entries=[*elements, _three(run)[0]]),
        "wrong-count",
        source=who.address,
        name="four",
    )
    accepts(judge, run.stage.deliver(run.up_frame(), who), "twin")
