"""The cuts in an INSTALL."""

from __future__ import annotations

from typing import Any

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.suite._bases import guests, plain_run
from coterie_kit.suite._run import Plan, Run
from coterie_kit.suite._stage import accepts
from coterie_kit.suite.keyrun_install import Rows

# ---------------------------------------------------------------- cuts


def _cut_scene(judge: Judge) -> tuple[Run, bytes, bytes, list[Puppet]]:
    """An INSTALL that joins two views; cuts of both are allowed."""
    stage = plain_run(judge, 2, 0).to_view().stage
    others = guests(stage, 1)
    assert stage.stored is not None
    theirs = judge.octets(16)
    previous = {one.node: stage.stored.view for one in stage.everyone} | {others[0].node: theirs}
    run = Run(stage, Plan((*stage.everyone, *others), base=2, previous=previous, counter=2))
    return run, stage.stored.view, theirs, others


def _senders(run: Run, holder: int, count: int = 2) -> Rows:
    nodes = sorted(one.node for one in run.members)[:count]
    return [{"node_id": node, "sequence": 7, "holder": holder} for node in nodes]


@case("keyrun.install.cuts", reqs=["REQ-KEY-12"], type="INSTALL", operator="bad-cuts", fresh=True)
def _cuts(judge: Judge) -> None:
    run, ours, theirs, _ = _cut_scene(judge)
    low, high = sorted((ours, theirs))
    place = {ours: 0, theirs: 2}

    def cut(view: bytes, holder: int | None = None, **other: Any) -> dict[str, Any]:
        senders = _senders(run, place.get(view, 0) if holder is None else holder)
        return {"previous_view": view, "senders": senders} | other

    wrong: dict[str, Rows] = {
        "a-view-of-nobody": [cut(judge.octets(16))],
        "zeros": [cut(bytes(16))],
        "descending": [cut(high), cut(low)],
        "twice": [cut(ours), cut(ours)],
        "senders-descending": [cut(ours, senders=_senders(run, 0)[::-1])],
        "sender-twice": [cut(ours, senders=[_senders(run, 0)[0]] * 2)],
        "holder-of-another-view": [cut(ours, 2)],
        "holder-is-no-member": [cut(ours, 3)],
        "holder-255": [cut(ours, 255)],
        "fault-in-the-second": [cut(low), cut(high, 1 if place[high] == 2 else 2)],
    }
    for name, cuts in wrong.items():
        frame = run.proposer.make("INSTALL", run.values | {"cuts": cuts})
        judge.refuses(run.stage.peer, frame, "bad-cut", source=run.proposer.address, name=name)
    good = run.proposer.make("INSTALL", run.values | {"cuts": [cut(low), cut(high)]})
    accepts(judge, run.stage.carry(good, run.proposer), "twin")


@case(
    "keyrun.install.cut-without-senders",
    reqs=["REQ-KEY-12"],
    type="INSTALL",
    operator="conforming-empty-cut",
    fresh=True,
)
def _empty_cut(judge: Judge) -> None:
    run, ours, _, _ = _cut_scene(judge)
    frame = run.proposer.make("INSTALL", run.values | {"cuts": [{"previous_view": ours, "senders": []}]})
    accepts(judge, run.stage.carry(frame, run.proposer))
