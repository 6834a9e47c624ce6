"""Of two faults of a sealed frame of a group the one that is checked first counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._group import group
from coterie_kit.suite._multicast import (
    MULTICAST_SCENES,
    PROXIED,
    good_values,
    promise,
    proxied_payload,
    proxy,
    sealed_scene,
    steps,
)
from coterie_kit.suite._scenes import Scene
from coterie_kit.suite.frames_order import HEAD, Fault, chain

Change = Callable[[Scene, Draft], Draft]


def _body(**values: Any) -> Change:
    return lambda _here, draft: draft.with_body(**values)


def _prefix(**values: Any) -> Change:
    return lambda _here, draft: draft.with_prefix(**values)


SEALED = [
    *HEAD,
    Fault("sealed-reserved", "REQ-FRM-9", "reserved-nonzero", _prefix(reserved=7)),
    Fault("view", "REQ-REC-1", "unknown-view", _prefix(view_id=b"\x07" * 16)),
    Fault("sender-index", "REQ-REC-2", "bad-sender-index", _prefix(sender_index=3)),
    Fault("counter", "REQ-REC-3", "counter-range", _prefix(counter=2**32)),
    Fault("seal", "REQ-REC-6", "bad-seal", lambda _h, d: d.changed(spoil=True)),
    Fault("body", "REQ-FRM-16", "truncated-body", lambda _h, d: d.changed(body=b""), last=2),
]
BAD = {"sender": 1, "first": 0, "last": 0}
BEAT = [
    Fault("timestamp", "REQ-MUL-14", "bad-timestamp", _body(timestamp=0)),
    Fault("acknowledged", "REQ-MUL-18", "bad-acknowledgement", _body(acknowledged=2**60)),
]
LATER: dict[str, list[Fault]] = {
    "HEARTBEAT": BEAT,
    "ALIVE": BEAT,
    "NACK": [Fault("range", "REQ-MUL-26", "bad-range", _body(ranges=[BAD]))],
    "GAP": [Fault("range", "REQ-MUL-26", "bad-range", _body(**BAD))],
    "SENDER": [Fault("operation", "REQ-MUL-41", "bad-operation", _body(operation=2))],
    "PROXY": [
        Fault("number", "REQ-MUL-34", "bad-proxied", _body(origin_sequence=0)),
        Fault("signature", "REQ-MUL-34", "proxy-signature", _body(signature=bytes(64))),
    ],
}
for _kind, _faults in LATER.items():
    chain(_kind, [*SEALED, *_faults], home=__name__)


# ---------------------------------------------------------------- counters


def _used_first(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = sealed_scene(judge, kind)
        used = here.draft.with_prefix(counter=1023)
        for fault in [*SEALED[-2:], *LATER[kind]]:
            here.refuses(fault.change(here, used), "duplicate", f"before-{fault.name}")
        here.twin(here.draft.with_prefix(counter=2**20), "far-ahead")
        for fault in [*SEALED[-2:], *LATER[kind]]:
            here.refuses(fault.change(here, here.draft), "counter-too-old", f"old-before-{fault.name}")

    return story


for _kind in MULTICAST_SCENES:
    case(
        f"multicast.{_kind.lower()}.counter-first",
        reqs=["REQ-MUL-32"],
        type=_kind,
        operator="order-counter-first",
        fresh=True,
    )(_used_first(_kind))


# ---------------------------------------------------------------- values of HEARTBEAT and NACK


@case(
    "multicast.heartbeat.promise-last",
    reqs=["REQ-MUL-14", "REQ-MUL-18", "REQ-MUL-19"],
    type="HEARTBEAT",
    operator="order-promise-last",
    fresh=True,
)
def _promise_last(judge: Judge) -> None:
    here = sealed_scene(judge, "HEARTBEAT", clock_base=judge.random.randrange(100, 2**32))
    stage = here.notes["group"]
    promise(stage, here.puppet, stage.time + 50, last_sequence=3)
    broken = here.draft.with_body(timestamp=stage.time + 51, last_sequence=2)
    here.refuses(broken.with_body(timestamp=0), "bad-timestamp", "timestamp", reqs=["REQ-MUL-14"])
    high = broken.with_body(acknowledged=2**60)
    here.refuses(high, "bad-acknowledgement", "acknowledged", reqs=["REQ-MUL-18"])
    here.refuses(broken.with_body(stable=1), "bad-acknowledgement", "stable", reqs=["REQ-MUL-19"])
    here.twin(broken.with_body(last_sequence=3), reqs=["REQ-MUL-14"])


@case(
    "multicast.nack.range-first", reqs=["REQ-MUL-26"], type="NACK", operator="order-range-first", fresh=True
)
def _range_first(judge: Judge) -> None:
    here = sealed_scene(judge, "NACK")
    rate = registry.limit("nack-rate")
    for counter in range(2, rate + 2):
        steps(
            here.notes["group"],
            here.stage.deliver(here.draft.with_prefix(counter=counter).octets(), here.puppet),
        )
    bad = here.draft.with_body(ranges=[BAD | {"last": judge.random.randrange(9)}])
    here.refuses(bad, "bad-range", "before-the-rate")
    steps(here.notes["group"], here.notes["group"].pass_time(1000))
    here.twin()


# ---------------------------------------------------------------- who is asked, and when


@case(
    "multicast.sender.operation-first",
    reqs=["REQ-MUL-41"],
    type="SENDER",
    operator="order-operation-first",
    fresh=True,
)
def _operation_first(judge: Judge) -> None:
    here = group(judge, n=3, rank=1, positions=[0, 1])
    at_member = Scene(
        here, here.seal(here.members[2], "SENDER", {"operation": judge.random.randrange(2, 256)})
    )
    at_member.refuses(at_member.draft, "bad-operation", "at-a-member")
    here.answered(here.propose(here.members[0]))
    at_member.refuses(at_member.draft, "bad-operation", "while-frozen")
    sealed_scene(judge, "SENDER").twin()


@case(
    "multicast.proxy.values-first",
    reqs=["REQ-MUL-34"],
    type="PROXY",
    operator="order-values-first",
    fresh=True,
)
def _values_first(judge: Judge) -> None:
    here = group(judge, n=3, rank=1, positions=[0, 1])
    who = here.members[2]
    at_member = Scene(here, here.seal(who, "PROXY", good_values(here, "PROXY", who)))
    zero = at_member.draft.with_body(**proxy(here, who, 0, judge.octets(3)))
    at_member.refuses(zero, "bad-proxied", "number")
    at_member.refuses(at_member.draft.with_body(signature=judge.octets(64)), "proxy-signature", "signature")
    sealed_scene(judge, "PROXY").twin()


def _coordinator_first(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = group(judge, n=3, rank=1, positions=[0, 1])
        who = here.members[2]
        at_member = Scene(here, here.seal(who, kind, good_values(here, kind, who)))
        here.answered(here.propose(here.members[0]))
        at_member.refuses(at_member.draft, "not-coordinator", "while-frozen")
        sealed_scene(judge, kind).twin()

    return story


for _kind in ("SENDER", "PROXY"):
    case(
        f"multicast.{_kind.lower()}.coordinator-first",
        reqs=["REQ-MUL-40"],
        type=_kind,
        operator="order-coordinator-first",
        fresh=True,
    )(_coordinator_first(_kind))


# ---------------------------------------------------------------- DATA


@case(
    "multicast.data.checks-in-turn",
    reqs=["REQ-MUL-11", "REQ-MUL-35", "REQ-MUL-39", "REQ-MUL-31"],
    type="DATA",
    operator="order-of-values",
    fresh=True,
)
def _data(judge: Judge) -> None:
    here = group(judge, n=4, rank=1)
    who, base = here.members[2], here.time
    promise(here, who, base + 20)
    scene = Scene(here, here.words(who, judge.octets(3), timestamp=base + 30))
    short = {"kind": PROXIED, "payload": judge.octets(73)}
    good = {"kind": PROXIED, "payload": proxied_payload(here, here.members[3], 1, b"good")}

    def bad(name: str, reason: str, req: str, at: int, **row: Any) -> None:
        first = row.pop("first", 1)
        body = {"first_sequence": first, "messages": [{"timestamp": base + at, "payload": b"x"} | row]}
        scene.refuses(scene.draft.with_body(**body), reason, name, reqs=[req])

    bad("promise-before-proxied", "broken-promise", "REQ-MUL-11", 20, **short)
    bad("proxied-before-role", "bad-proxied", "REQ-MUL-35", 30, **short)
    scene.twin(reqs=["REQ-MUL-11"])
    promise(here, who, base + 35)
    here.answered(here.propose(here.members[0]))
    scene.draft = scene.draft.with_prefix(counter=77)
    bad("promise-before-frozen", "broken-promise", "REQ-MUL-11", 35, first=2)
    bad("proxied-before-frozen", "bad-proxied", "REQ-MUL-35", 40, first=2, **short)
    bad("role-before-frozen", "wrong-role", "REQ-MUL-39", 40, first=2, **good)
    bad("frozen-before-flow", "view-frozen", "REQ-MUL-31", 40, first=9000)
