"""Published values over time: published anew, replaced, tried again, and withdrawn."""

from __future__ import annotations

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite import _envelopes
from coterie_kit.suite._overlay import Overlay
from coterie_kit.suite._stage import Stage, accepts
from coterie_kit.suite.overlay_lookup import asked
from coterie_kit.suite.overlay_publishing import KEY, LIST, publish, published, sound, stored
from coterie_kit.values.envelope import parse

AGAIN = registry.timer("publish-again")


@case(
    "overlay.publish.anew",
    reqs=["REQ-OVL-29", "REQ-OVL-28"],
    type="STORE",
    operator="conforming-half-its-lifetime",
    cls="overlay",
    fresh=True,
)
def _anew(judge: Judge) -> None:
    """Half its lifetime later, with a new sequence, wherever the closest are by then; and again."""
    stage = Overlay(judge, "client", count=2)
    began = stage.wall
    publish(stage, lifetime=120)
    others = stage.crowd(1)
    stage.advance(59_999)
    judge.equal("not-before", len(stored(stage)), 1)
    stage.advance(1)
    judge.equal("sequences", [each.sequence for each in stored(stage)], [began, began + 60_000])
    judge.equal("newcomer-too", [parse(each).sequence for each in others[0].kept], [began + 60_000])
    stage.advance(60_000)
    judge.equal("and-again", [each.sequence for each in stored(stage)][2:], [began + 120_000])
    first, *rest = stored(stage)
    for number, each in enumerate(rest):
        same = (each.kind, each.name, each.slot, each.lifetime, each.leaf, each.value)
        wanted = (first.kind, first.name, first.slot, first.lifetime, first.leaf, first.value)
        judge.equal(f"the-same-value-{number}", same, wanted)
    judge.equal("told", published(stage), [(began + 60_000 * turn, 2 + min(turn, 1)) for turn in range(3)])


@case(
    "overlay.publish.replaced",
    reqs=["REQ-OVL-29", "REQ-OVL-28"],
    type="STORE",
    operator="conforming-replaced",
    cls="overlay",
    fresh=True,
)
def _replaced(judge: Judge) -> None:
    """What was published in its place is published anew, at its own time, and nothing else."""
    stage = Overlay(judge, "client", count=1)
    publish(stage, lifetime=120, value=b"old")
    stage.advance(30_000)
    publish(stage, lifetime=200, value=b"new")
    stage.advance(99_999)
    judge.equal("not-before", [each.value for each in stored(stage)], [b"old", b"new"])
    stage.advance(1)
    judge.equal("anew", [each.value for each in stored(stage)], [b"old", b"new", b"new"])
    judge.equal("one", len(stage.inspect()["published"]), 1, field="published")


@case(
    "overlay.publish.replaced-on-its-way",
    reqs=["REQ-OVL-29", "REQ-OVL-28"],
    type="STORE",
    operator="conforming-replaced-on-its-way",
    cls="overlay",
    fresh=True,
)
def _on_its_way(judge: Judge) -> None:
    """What is still on its way goes no further when something else is published in its place."""
    stage = Overlay(judge, "client", count=1)
    actor = next(iter(stage.cast.values()))
    actor.mute.add("STORE")
    publish(stage, value=b"old")
    actor.mute.clear()
    stage.advance(500)
    publish(stage, value=b"new")
    judge.equal("told", published(stage), [(stage.wall, 1)])
    stage.advance(3 * registry.timer("request-give-up"))
    judge.equal("not-anew", [each.value for each in stored(stage)], [b"old", b"new"])
    judge.equal("once-each", len(stage.sent("STORE")), 2)
    judge.equal("told-once", len(published(stage)), 1)


@case(
    "overlay.publish.stored-by-nobody",
    reqs=["REQ-OVL-29", "REQ-OVL-28"],
    type="STORE",
    operator="nobody-stores",
    cls="overlay",
    fresh=True,
)
def _nobody(judge: Judge) -> None:
    """After 10,000 ms when nobody has stored it, until somebody has; then after half its lifetime."""
    stage = Overlay(judge, "client")
    began = stage.wall
    publish(stage, lifetime=600)
    stage.advance(AGAIN - 1)
    judge.equal("not-before", published(stage), [(began, 0)])
    stage.advance(1)
    judge.equal("again", published(stage), [(began, 0), (began + AGAIN, 0)])
    stage.crowd(1)
    stage.advance(AGAIN)
    judge.equal("somebody", published(stage)[2:], [(began + 2 * AGAIN, 1)])
    stage.advance(299_999)
    judge.equal("not-so-soon", len(published(stage)), 3)
    stage.advance(1)
    judge.equal("half-its-lifetime", published(stage)[3:], [(began + 2 * AGAIN + 300_000, 1)])


@case(
    "overlay.publish.not-for-others",
    reqs=["REQ-OVL-29"],
    type="STORE",
    operator="conforming-storers-pass-nothing-on",
    cls="overlay",
    fresh=True,
)
def _nothing_on(judge: Judge) -> None:
    stage = Overlay(judge, count=3)
    who = stage.others[0]
    accepts(judge, stage.ask(who, "STORE", envelope=_envelopes.make(who, stage.wall, lifetime=120)), "held")
    stage.crowd(2)
    stage.advance(130_000)
    judge.equal("silence", stage.sent("STORE"), [])
    publish(stage, lifetime=600)
    mine = {_envelopes.publisher_of(said.frame.body["envelope"]) for said in stage.sent("STORE")}
    judge.equal("only-its-own", mine, {_own(stage)})


def _own(stage: Stage) -> bytes:
    from coterie_kit.keys.names import peer_id

    return peer_id(stage.subject.key.spki)


# ---------------------------------------------------------------- withdrawing


@case(
    "overlay.withdraw.tombstone",
    reqs=["REQ-OVL-30", "REQ-OVL-28"],
    type="STORE",
    operator="conforming-tombstone",
    cls="overlay",
    fresh=True,
)
def _tombstone(judge: Judge) -> None:
    """A tombstone in the same slot, newer than the value; then nothing of it is published any more."""
    stage = Overlay(judge, "client", count=2)
    publish(stage, lifetime=120)
    stage.advance(7000)
    stage.act("withdraw", **LIST)
    judge.require("sent", len(stored(stage)) > 1, expected="a tombstone", observed="none")
    value, gone = stored(stage)[:2]
    shape = (gone.kind, gone.name, gone.slot, gone.value, gone.lifetime)
    judge.equal("tombstone", shape, (value.kind, value.name, value.slot, b"", _envelopes.DAY))
    judge.equal("sequence", gone.sequence, stage.wall)
    sound(stage, stage.sent("STORE")[-1].frame.body["envelope"])
    judge.equal("to", [len(actor.kept) for actor in stage.cast.values()], [2, 2])
    judge.equal("told", published(stage)[1:], [(stage.wall, 2)])
    judge.equal("published", stage.inspect()["published"], [], field="published")
    since = len(stage.noted)
    stage.advance(44_000_000)
    judge.equal("once", stage.sent("STORE", since), [])


@case(
    "overlay.withdraw.stored-by-nobody",
    reqs=["REQ-OVL-30", "REQ-OVL-28"],
    type="STORE",
    operator="tombstone-stored-by-nobody",
    cls="overlay",
    fresh=True,
)
def _tombstone_nowhere(judge: Judge) -> None:
    stage = Overlay(judge, "client", count=1)
    publish(stage, lifetime=120)
    actor = next(iter(stage.cast.values()))
    stage.refusing(actor, "STORE", "value-quota")
    stage.act("withdraw", **LIST)
    judge.equal("told", [count for _, count in published(stage)], [1, 0])
    stage.advance(3 * AGAIN)
    judge.equal("once", len(asked(stage, KEY)), 2)
