"""Elements of UP and DOWN: each kind of bad element, at each hop and at each position."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys import curve25519, p256
from coterie_kit.keys.suites import Suite
from coterie_kit.suite._bases import into_base, onward, plain_run
from coterie_kit.suite._run import Run
from coterie_kit.suite._stage import accepts

TWIST_FREE = "not-on-curve"


def _x25519(suite: Suite) -> dict[str, list[bytes]]:
    field, high = curve25519.FIELD, 1 << 255
    low = sorted(curve25519.LOW_ORDER)
    return {
        "low-order-element": [suite.encode(value) for value in low],
        "noncanonical-element": [
            *((value + field).to_bytes(32, "little") for value in (0, 1, 9, 18)),
            *((value | high).to_bytes(32, "little") for value in (*low, 9, field - 2)),
            b"\xff" * 32,
        ],
    }


def _nist(suite: Suite, judge: Judge) -> dict[str, list[bytes]]:
    off: list[bytes] = []
    while len(off) < 3:
        value = judge.random.randrange(p256.FIELD)
        if p256.lift(value) is None:
            off.append(suite.encode(value))
    far = [p256.FIELD, p256.FIELD + 5, 2**256 - 1]
    return {TWIST_FREE: off, "noncanonical-element": [suite.encode(value) for value in far]}


def bad_elements(run: Run, reason: str) -> list[bytes]:
    """Elements that are refused for ``reason`` in the suite of the run."""
    judge = run.stage.judge
    kinds = _x25519(run.suite) if run.plan.suite == 1 else _nist(run.suite, judge)
    return kinds[reason]


REASONS = {
    1: {"low-order-element": "REQ-KEY-3", "noncanonical-element": "REQ-KEY-2"},
    2: {"not-on-curve": "REQ-KEY-4", "noncanonical-element": "REQ-KEY-2"},
}

Hop = Callable[[Judge, int], Run]
HOPS: dict[str, tuple[str, Hop]] = {
    "second": ("UP", lambda judge, suite: plain_run(judge, 3, 1, suite)),
    "last": ("UP", lambda judge, suite: plain_run(judge, 3, 2, suite)),
    "first-after-a-base": ("UP", lambda judge, suite: into_base(judge, 2, 2, 0, suite)),
    "newcomer": ("DOWN", lambda judge, suite: plain_run(judge, 3, 1, suite)),
    "base-member": ("DOWN", lambda judge, suite: onward(judge, 2, 0, 1, suite)),
    "controller": ("DOWN", lambda judge, suite: onward(judge, 2, 1, 1, suite)),
    "refreshed": ("DOWN", lambda judge, suite: onward(judge, 2, 1, 0, suite)),
}


def _scene(
    judge: Judge, hop: str, suite: int
) -> tuple[Run, list[bytes], bytes | None, Callable[..., bytes], str]:
    """The run just before the flow, its good elements, how to make it with others, and who sends it."""
    kind, enter = HOPS[hop]
    run = enter(judge, suite)
    if kind == "UP":
        run.to_up()
        values = run.up_values(run.place - 1)
        return run, values["entries"], values["total"], run.up_frame, run.members[run.place - 1].address
    run.to_down()
    run.stage.need(not run.makes_down, "the peer makes the DOWN itself")
    return run, run.down.elements(), None, run.down_frame, run.last.address


def _put(entries: Sequence[bytes], place: int, value: bytes) -> dict[str, object]:
    if place == len(entries):
        return {"total": value}
    changed = list(entries)
    changed[place] = value
    return {"entries": changed}


def _story(hop: str, suite: int, reason: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        run, entries, total, make, source = _scene(judge, hop, suite)
        places = len(entries) + (total is not None)
        for place in range(places):
            chosen = bad_elements(run, reason)
            for number, value in enumerate(
                chosen if place == 0 else judge.random.sample(chosen, min(3, len(chosen)))
            ):
                frame = make(**_put(entries, place, value))
                name = f"position-{place}-value-{number}"
                if number:
                    judge.refused(run.stage.deliver(frame, source), reason, name=name)
                else:
                    judge.refuses(run.stage.peer, frame, reason, source=source, name=name)
        accepts(judge, run.stage.deliver(make(), source), "twin")

    return story


for _hop, (_kind, _) in HOPS.items():
    for _suite, _reasons in REASONS.items():
        for _reason, _req in _reasons.items():
            case(
                f"keyrun.{_kind.lower()}.{_reason}-at-{_hop}-suite-{_suite}",
                reqs=[_req],
                type=_kind,
                operator=f"{_reason}-at-{_hop}-suite-{_suite}",
                fresh=True,
                suites=(_suite,),
            )(_story(_hop, _suite, _reason))


# ---------------------------------------------------------------- base point and repeats


def _base_point(hop: str, suite: int) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        run, entries, total, make, source = _scene(judge, hop, suite)
        for place in range(len(entries) + (total is not None)):
            if len(entries) == 1 and place == 0:
                continue
            frame = make(**_put(entries, place, run.suite.base))
            judge.refuses(
                run.stage.peer, frame, "base-point-element", source=source, name=f"position-{place}"
            )
        accepts(judge, run.stage.deliver(make(), source), "twin")

    return story


def _repeated(hop: str, suite: int) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        run, entries, total, make, source = _scene(judge, hop, suite)
        elements = [*entries, *([total] if total is not None else [])]
        for first in range(len(elements)):
            for second in range(first + 1, len(elements)):
                if len(entries) == 1 and second == 1:
                    continue  # the entry is the base point, which is no total
                frame = make(**_put(entries, second, elements[first]))
                name = f"{first}-again-at-{second}"
                judge.refuses(run.stage.peer, frame, "repeated-element", source=source, name=name)
        accepts(judge, run.stage.deliver(make(), source), "twin")

    return story


for _hop, (_kind, _) in HOPS.items():
    for _suite in (1, 2):
        case(
            f"keyrun.{_kind.lower()}.base-point-at-{_hop}-suite-{_suite}",
            reqs=["REQ-KEY-5"],
            type=_kind,
            operator=f"base-point-at-{_hop}-suite-{_suite}",
            fresh=True,
            suites=(_suite,),
        )(_base_point(_hop, _suite))
        if _hop == "second":
            continue
        case(
            f"keyrun.{_kind.lower()}.repeated-at-{_hop}-suite-{_suite}",
            reqs=["REQ-KEY-6"],
            type=_kind,
            operator=f"repeated-at-{_hop}-suite-{_suite}",
            fresh=True,
            suites=(_suite,),
        )(_repeated(_hop, _suite))


@case(
    "keyrun.up.base-point-as-sole-entry",
    reqs=["REQ-KEY-5"],
    type="UP",
    operator="conforming-sole-entry",
    fresh=True,
)
def _sole(judge: Judge) -> None:
    run, entries, _, make, source = _scene(judge, "second", 1)
    judge.equal("the-entry", entries, [run.suite.base])
    accepts(judge, run.stage.deliver(make(), source))


@case("keyrun.down.repeated-apart", reqs=["REQ-KEY-6"], type="DOWN", operator="repeated-apart", fresh=True)
def _apart(judge: Judge) -> None:
    run = plain_run(judge, 5, 2).to_down()
    entries = run.down.elements()
    for first, second in ((0, 4), (1, 3), (0, 2)):
        changed = list(entries)
        changed[second] = changed[first]
        frame = run.down_frame(entries=changed)
        judge.refuses(
            run.stage.peer, frame, "repeated-element", source=run.last.address, name=f"{first}-and-{second}"
        )
    accepts(judge, run.stage.deliver(run.down_frame(), run.last), "twin")


@case("keyrun.down.unrefreshed", reqs=["REQ-KEY-27"], type="DOWN", operator="old-entry", fresh=True)
def _unrefreshed(judge: Judge) -> None:
    for suite in (code for code in (1, 2) if code in judge.peer().hello.suites):
        run = onward(judge, 3, 0, 1, suite).to_down()
        stage = run.stage
        assert stage.stored is not None
        old = stage.stored.flow.elements()[0]
        entries = [old, *run.down.elements()[1:]]
        frame = run.down_frame(entries=entries)
        judge.refuses(
            stage.peer, frame, "unrefreshed-element", source=run.last.address, name=f"suite-{suite}"
        )
        accepts(judge, stage.deliver(run.down_frame(), run.last), f"suite-{suite}.twin")


@case(
    "keyrun.down.unrefreshed-by-the-controller",
    reqs=["REQ-KEY-27"],
    type="DOWN",
    operator="old-entries-of-a-refresh",
    fresh=True,
)
def _unrefreshed_all(judge: Judge) -> None:
    run = onward(judge, 3, 1, 0).to_down()
    stage = run.stage
    assert stage.stored is not None
    old = dict(zip(stage.stored.members, stage.stored.flow.elements(), strict=True))
    entries = [old[one.node] for one in run.members]
    frame = run.down_frame(entries=entries)
    judge.refuses(stage.peer, frame, "unrefreshed-element", source=run.last.address)
    accepts(judge, stage.deliver(run.down_frame(), run.last), "twin")


@case(
    "keyrun.down.controllers-own-entry",
    reqs=["REQ-KEY-27"],
    type="DOWN",
    operator="conforming-controller",
    fresh=True,
)
def _controllers(judge: Judge) -> None:
    run = onward(judge, 2, 1, 1).to_down()
    accepts(judge, run.stage.deliver(run.down_frame(), run.last))


@case(
    "keyrun.down.twist-ends-at-confirm",
    reqs=["REQ-KEY-32", "REQ-KEY-34"],
    type="DOWN",
    operator="twist-element",
    fresh=True,
)
def _twist(judge: Judge) -> None:
    """An element on the twist is taken; then nobody agrees, and no view is installed."""
    run = plain_run(judge, 3, 0).to_down()
    value = next(u for u in range(2 + judge.random.randrange(1000), 3000) if _on_twist(u))
    entries = run.down.elements()
    frame = run.down_frame(entries=[run.suite.encode(value), *entries[1:]])
    reply = run.stage.deliver(frame, run.last)
    run.stage.need(reply.ok, f"DOWN: {reply.said()}")
    body = run.stage.one(reply, "CONFIRM").frame.body
    who = run.puppets[0]
    run.made["down-body"] = frames_body(entries, value, run)
    judge.equal("down-hash", body["down_hash"], run.confirm_values(who)["down_hash"], reqs=["REQ-KEY-34"])
    refused = run.stage.deliver(run.confirm_frame(who), who)
    judge.refused(refused, "bad-confirmation", reqs=["REQ-KEY-32"])
    judge.check("no-view", refused.event("view-installed") is None, reqs=["REQ-KEY-34"])


def frames_body(entries: list[bytes], value: int, run: Run) -> bytes:
    """The DOWN body with the twist element in it."""
    from coterie_kit import frames

    values = {"install_digest": run.digest, "entries": [run.suite.encode(value), *entries[1:]]}
    return frames.write_body("DOWN", values)


def _on_twist(u: int) -> bool:
    square = (u**3 + 486662 * u**2 + u) % curve25519.FIELD
    return pow(square, (curve25519.FIELD - 1) // 2, curve25519.FIELD) != 1
