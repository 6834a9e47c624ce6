"""What a user may not ask for: with the membership none, and of what belongs to it elsewhere."""

from __future__ import annotations

from typing import Any

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.reply import Reply
from coterie_kit.suite import _envelopes
from coterie_kit.suite._overlay import Overlay
from coterie_kit.suite._overlay_proof import prove_refused
from coterie_kit.suite._overlay_scenes import SLOT
from coterie_kit.suite._stage import Stage
from coterie_kit.suite.overlay_publishing import LIST, published

GOOD: dict[str, Any] = LIST | {"lifetime": 600, "value": b"v"}
Asked = dict[str, tuple[str, dict[str, Any]]]


def _usage(judge: Judge, reply: Reply, name: str) -> None:
    said = (reply.status, reply.reason, reply.phase)
    judge.check(name, said == ("error", "usage", "usage"), expected="usage", observed=reply.said())
    judge.check(f"{name}.nothing-done", not reply.effects, expected="no effects", observed=reply.said())
    judge.check(f"{name}.sentence", reply.detail, expected="a sentence that says what to do")


def _all_usage(stage: Stage, asked: Asked) -> None:
    before = stage.digest()
    for name, (action, args) in asked.items():
        _usage(stage.judge, stage.peer.do(action, stage.overlay, **args), name)
    stage.judge.equal("state", stage.digest(), before, field="digest")


@case(
    "overlay.mistakes.of-views",
    reqs=["REQ-OVL-1", "REQ-TST-2"],
    type="none",
    operator="actions-of-views",
    cls="overlay",
    fresh=True,
)
def _of_views(judge: Judge) -> None:
    """No action on views in an overlay that has none."""
    stage = Overlay(judge, count=1)
    members = [stage.subject.node, stage.others[0].node]
    _all_usage(stage, {
        "install": ("install", {"members": members, "suite": 1}),
        "create": ("create", {}),
        "send": ("send", {"payload": b"x"}),
        "export": ("export", {"context": b"x", "length": 32}),
        "subscribe": ("subscribe", {"service": "safe"}),
    })  # fmt: skip
    stage.act("find", target=judge.octets(32))
    judge.equal("twin", len(stage.events("found")), 1)


@case(
    "overlay.mistakes.elsewhere",
    reqs=["REQ-OVL-1", "REQ-TST-2"],
    type="none",
    operator="actions-of-values",
    fresh=True,
)
def _elsewhere(judge: Judge) -> None:
    """No action on values where there are views."""
    for membership in ("stated", "group"):
        stage = Stage(judge, trust={"membership": membership})
        stage.meet_all()
        _all_usage(stage, {
            f"{membership}.find": ("find", {"target": judge.octets(32)}),
            f"{membership}.publish": ("publish", GOOD),
            f"{membership}.withdraw": ("withdraw", LIST),
            f"{membership}.fetch": ("fetch", {"kind": "group-list", "name": b""}),
        })  # fmt: skip


def _proved(stage: Overlay, strangers: bytes) -> None:
    """The peer, as a storer, refuses what is asked of it as a publisher."""
    who, wall = stage.others[0], stage.wall
    faults: dict[str, dict[str, Any]] = {
        "too-long": {"value": bytes(8193)},
        "too-brief": {"lifetime": 59},
        "too-lasting": {"lifetime": 86_401},
        "slot-of-zeros": {"slot": bytes(16)},
        "list-with-a-name": {"name": b"x"},
        "no-group": {"kind": "group-info"},
        "members-with-a-slot": {"kind": "group-members", "name": b"g"},
        "unknown-kind": {"kind": 9},
        "no-leaf": {"leaf": stage.judge.octets(40)},
        "another-key": {"leaf": strangers},
    }
    made = {name: _envelopes.make(who, wall, **fields) for name, fields in faults.items()}
    prove_refused(stage.judge, stage.overlay, wall, made)


@case(
    "overlay.mistakes.what-no-storer-takes",
    reqs=["REQ-OVL-28", "REQ-OVL-30"],
    type="none",
    operator="not-an-envelope",
    cls="overlay",
    fresh=True,
)
def _no_storer(judge: Judge) -> None:
    """Nothing is sent that all would refuse; and nothing is withdrawn that is not there."""
    stage = Overlay(judge, count=1)
    strangers = stage.add().puppet.leaf
    _proved(stage, strangers)
    _all_usage(stage, {
        "without-value": ("publish", GOOD | {"value": b""}),
        "too-long": ("publish", GOOD | {"value": bytes(8193)}),
        "too-brief": ("publish", GOOD | {"lifetime": 59}),
        "too-lasting": ("publish", GOOD | {"lifetime": 86_401}),
        "slot-of-zeros": ("publish", GOOD | {"slot": bytes(16)}),
        "list-with-a-name": ("publish", GOOD | {"name": b"x"}),
        "no-group": ("publish", GOOD | {"kind": "group-info"}),
        "members-with-a-slot": ("publish", GOOD | {"kind": "group-members", "name": b"g"}),
        "unknown-kind": ("publish", GOOD | {"kind": "group-secrets"}),
        "no-leaf": ("publish", GOOD | {"leaf": judge.octets(40)}),
        "another-key": ("publish", GOOD | {"leaf": strangers}),
        "not-published": ("withdraw", LIST),
        "fetch-unknown-kind": ("fetch", {"kind": "group-secrets", "name": b""}),
        "fetch-a-name-it-has-not": ("fetch", {"kind": "group-list", "name": b"x"}),
    })  # fmt: skip
    stage.act("publish", **GOOD)
    judge.equal("twin", len(published(stage)), 1, reqs=["REQ-OVL-28"])
    other_slot = LIST | {"slot": SLOT[:-1] + b"\x00"}
    _usage(judge, stage.peer.do("withdraw", stage.overlay, **other_slot), "another-slot")
    stage.act("withdraw", **LIST)
    _usage(judge, stage.peer.do("withdraw", stage.overlay, **LIST), "withdrawn-already")
