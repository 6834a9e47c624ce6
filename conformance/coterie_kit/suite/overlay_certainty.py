"""What is known for certain: that nobody else holds a value, and that there is nothing to be found."""

from __future__ import annotations

from itertools import pairwise

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._overlay import Actor, Answer, Overlay, row
from coterie_kit.suite._overlay_scenes import finding
from coterie_kit.suite._stage import Said, accepts
from coterie_kit.suite.overlay_fetching import LIST, fetched
from coterie_kit.suite.overlay_find import CONTACTS
from coterie_kit.suite.overlay_lookup import asked, by_distance
from coterie_kit.suite.overlay_publishing import AGAIN, KEY, publish, published

END = registry.timer("lookup-give-up")
MOST = registry.limit("lookup-requests")
SLOW = 950


@case(
    "overlay.publish.held-by-itself-alone",
    reqs=["REQ-OVL-29", "REQ-OVL-28"],
    type="STORE",
    operator="nobody-else-stores",
    cls="overlay",
    fresh=True,
)
def _by_itself_alone(judge: Judge) -> None:
    """What a peer itself holds does not count: published again after 10,000 ms until another stores it."""
    stage = Overlay(judge)
    began = stage.wall
    publish(stage, lifetime=600)
    stage.advance(AGAIN - 1)
    judge.equal("not-before", published(stage), [(began, 1)])
    stage.advance(1)
    judge.equal("again", published(stage)[1:], [(began + AGAIN, 1)])
    refusing = stage.crowd(1)[0]
    stage.refusing(refusing, "STORE", "store-full")
    stage.advance(AGAIN)
    judge.equal("refused", published(stage)[2:], [(began + 2 * AGAIN, 1)])
    refusing.says.clear()
    stage.advance(AGAIN)
    judge.equal("somebody-else", published(stage)[3:], [(began + 3 * AGAIN, 2)])
    stage.advance(299_999)
    judge.equal("not-so-soon", len(published(stage)), 4)
    stage.advance(1)
    judge.equal("half-its-lifetime", published(stage)[4:], [(began + 3 * AGAIN + 300_000, 2)])


def _street(judge: Judge, length: int, answer_after: int) -> tuple[Overlay, list[Actor]]:
    """A client with one contact at the end of a way on which each knows the next, who is closer."""
    stage = Overlay(judge, "client", count=1)
    (guide,) = stage.cast.values()
    street = [guide, *by_distance(stage.strangers(length), KEY)[::-1]]
    for one, following in pairwise(street):
        one.knows = [following.puppet]
    for one in street if answer_after else []:
        one.says["FIND"] = _slowly(stage, one, answer_after)
    return stage, street


def _slowly(stage: Overlay, one: Actor, after: int) -> Answer:
    def answer(said: Said) -> list[bytes]:
        stage.later(after, stage.nodes(one.puppet, said, one.knows), one)
        return []

    return answer


@case(
    "overlay.fetched.lookup-out-of-time",
    reqs=["REQ-OVL-31", "REQ-OVL-24", "REQ-OVL-25"],
    type="FETCH",
    operator="lookup-longer-than-20-seconds",
    cls="overlay",
    fresh=True,
)
def _out_of_time(judge: Judge) -> None:
    """All answer that there is nothing; after a lookup that its time has ended this is not complete."""
    for name, after, complete in (("in-time", SLOW - 200, 1), ("too-late", SLOW, 0)):
        stage, street = _street(judge, 24, after)
        stage.act("fetch", **LIST)
        stage.advance(END - 1)
        judge.equal(f"{name}.to-the-end", len(asked(stage, KEY)) == len(street), bool(complete))
        stage.advance(1)
        judge.equal(name, fetched(stage), [(complete, [])])


@case(
    "overlay.fetched.lookup-out-of-requests",
    reqs=["REQ-OVL-31", "REQ-OVL-24", "REQ-OVL-25"],
    type="FETCH",
    operator="lookup-longer-than-64-requests",
    cls="overlay",
    fresh=True,
)
def _out_of_requests(judge: Judge) -> None:
    """A way of 64 is gone to its end, and the fetch is complete; one of 65 is not."""
    for name, length, complete in (("just-enough", MOST, 1), ("one-more", MOST + 1, 0)):
        stage, _ = _street(judge, length - 1, 0)
        stage.act("fetch", **LIST)
        stage.advance(1)
        judge.equal(f"{name}.asked", len(asked(stage, KEY)), MOST)
        judge.equal(name, fetched(stage), [(complete, [])])


@case(
    "overlay.nodes.within-a-row",
    reqs=["REQ-OVL-13"],
    type="NODES",
    operator="two-faults-in-a-row",
    cls="overlay",
    fresh=True,
)
def _within_a_row(judge: Judge) -> None:
    """Of one row the order comes before the contact; of two rows the first decides."""
    stage, target = finding(judge)
    who = stage.others[0]
    request = stage.sent("FIND")[0].frame.prefix["sequence"]
    others = stage.strangers(3, target=target)
    for one in others:
        one.mute |= {"HELLO1", "FIND"}
    rows = [row(one.puppet) for one in others]
    bad = {"contact": CONTACTS["unspecified"]}
    wrong = {
        "both-at-once": ("bad-nodes", [rows[0], rows[2], rows[1] | bad]),
        "the-same-with-another-contact": ("bad-nodes", [rows[0], rows[0] | bad]),
        "contact-before": ("bad-contact", [rows[0], rows[2] | bad, rows[1]]),
        "order-before": ("bad-nodes", [rows[2], rows[1], rows[0] | bad]),
    }
    for name, (reason, mixed) in wrong.items():
        octets = stage.of(who, "NODES", request=request, neighbours=mixed)
        judge.refuses(stage.peer, octets, reason, source=who.address, name=name)
    accepts(judge, stage.ask(who, "NODES", request=request, neighbours=rows), "twin")
