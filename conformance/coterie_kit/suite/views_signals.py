"""What is told on each side of the event transitional, and what by nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coterie_kit import frames
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._multicast import (
    PROXIED,
    Told,
    at_once,
    events,
    promise,
    proxied_payload,
    steps,
    told,
    with_messages,
)
from coterie_kit.suite.views_installs import answered_scene


def ended(here: Group, onward: Sequence[Puppet], **cut: Any) -> tuple[Told, Told]:
    """The first member proposes to ``onward``, up to that view: what is told on each side of the signal."""
    proposal = here.answered(here.propose(here.members[0], onward))
    cuts = [row | cut for row in here.cuts(here.onward(proposal))]
    run = here.run(proposal, cuts=cuts).to_confirms()
    for who in run.puppets:
        reply = run.confirm(who)
    run.see_view(reply)
    return sides(here, reply)


def sides(here: Group, reply: Reply) -> tuple[Told, Told]:
    """The messages before the event transitional, and after it."""
    names = [event.name for event in reply.events]
    here.need("transitional" in names, "no event transitional")
    before = names[: names.index("transitional")].count("message")
    messages = told(reply)
    return messages[:before], messages[before:]


def spoken(here: Group, places: Sequence[tuple[Puppet, int]]) -> dict[int, tuple[bytes, bytes]]:
    """Messages of puppets at these distances from the clock base, by distance; nothing is ordered yet."""
    base, said = here.time, {}
    for who, at in places:
        said[at] = (who.node, here.judge.octets(9))
        reply = here.data(who, said[at][1], timestamp=base + at)
        steps(here, reply)
        here.need(not told(reply), "a message is told before every sender was heard")
    return said


# ---------------------------------------------------------------- what is dropped


@case(
    "views.end.dropped",
    reqs=["REQ-VIE-48", "REQ-VIE-18", "REQ-REC-13"],
    type="none",
    operator="conforming-those-who-go-on",
    fresh=True,
)
def _dropped(judge: Judge) -> None:
    """Nothing is ordered, as the first member has said nothing; one member is lost with its messages."""
    here = group(judge, n=4, rank=1)
    lead, stays, lost = here.puppets
    said = spoken(here, [(lost, 2), (stays, 3), (stays, 5), (lost, 6)])
    own = judge.octets(7)
    at_once(here, own)
    before, after = ended(here, [lead, here.subject, stays])
    judge.equal("nothing-before", before, [], field="events")
    judge.equal("rest", after, [said[3], said[5], (here.subject.node, own)], field="events")


@case(
    "views.end.up-to-the-cut",
    reqs=["REQ-VIE-18", "REQ-VIE-48"],
    type="none",
    operator="conforming-acknowledged-by-another",
    fresh=True,
)
def _common(judge: Judge) -> None:
    """Another that goes on had acknowledged more than the peer."""
    here = group(judge, n=4, rank=1)
    lead, stays, lost = here.puppets
    base = here.time
    said = spoken(here, [(lost, 2), (stays, 4), (stays, 6), (lost, 7), (stays, 9)])
    border = judge.random.randrange(4, 6)
    before, after = ended(here, [lead, here.subject, stays], acknowledged=base + border)
    judge.equal("before", before, [said[2], said[4]], field="events")
    judge.equal("after", after, [said[6], said[9]], field="events")


@case(
    "views.end.whole-cut-acknowledged",
    reqs=["REQ-VIE-18"],
    type="none",
    operator="conforming-all-acknowledged",
    fresh=True,
)
def _all(judge: Judge) -> None:
    """Nothing is left for the other side of the signal, which comes all the same."""
    here = group(judge, n=4, rank=2)
    lead, stays, lost = here.puppets
    base = here.time
    said = spoken(here, [(lost, 2), (stays, 3), (lost, 5)])
    before, after = ended(here, [lead, stays, here.subject], acknowledged=base + 5)
    judge.equal("before", before, [said[2], said[3], said[5]], field="events")
    judge.equal("after", after, [], field="events")


@case(
    "views.end.dropped-origin",
    reqs=["REQ-VIE-48", "REQ-VIE-18", "REQ-MUL-35"],
    type="none",
    operator="conforming-origins-that-go-on",
    fresh=True,
)
def _origins(judge: Judge) -> None:
    """The coordinator speaks for one that goes on, and for one that does not."""
    here = group(judge, n=5, rank=1, positions=[0, 1, 2])
    lead, silent, stays, lost = here.puppets
    words = [judge.octets(8), judge.octets(8)]
    rows = [
        {"timestamp": here.time + at, "kind": PROXIED, "payload": proxied_payload(here, who, 1, text)}
        for at, (who, text) in enumerate(zip((lost, stays), words, strict=True), 2)
    ]
    draft = here.words(lead, b"", b"")
    steps(here, here.deliver(with_messages(draft, 1, *rows).octets(), lead))
    before, after = ended(here, [lead, here.subject, silent, stays])
    judge.equal("nothing-before", before, [], field="events")
    judge.equal("rest", after, [(stays.node, words[1])], field="events")


# ---------------------------------------------------------------- the frozen order


@case(
    "views.end.no-more-order",
    reqs=["REQ-MUL-46", "REQ-MUL-20"],
    type="HEARTBEAT",
    operator="conforming-promises-too-late",
    fresh=True,
)
def _frozen(judge: Judge) -> None:
    here = group(judge, n=3, rank=judge.random.randrange(1, 3))
    lead, other = here.puppets
    spoken(here, [(other, 3)])
    here.answered(here.propose(lead))
    stated = here.flush["acknowledged"]
    replies = [promise(here, who, here.time + 50) for who in (lead, other)]
    replies.append(here.pass_time(600))
    judge.equal("nothing-told", told(*replies), [], field="events")
    judge.equal("nothing-stable", events(replies, "stable"), [], field="events")
    beats = here.heard(replies[-1], "HEARTBEAT")
    judge.check("goes-on", bool(beats), expected="HEARTBEATs under the old view")
    for beat in beats:
        judge.equal("acknowledged", beat.body["acknowledged"], stated, field="body.acknowledged")


@case(
    "views.flush.acknowledged",
    reqs=["REQ-VIE-29", "REQ-MUL-18"],
    type="FLUSH",
    operator="conforming-acknowledged",
    fresh=True,
)
def _stated(judge: Judge) -> None:
    here = group(judge, n=4, rank=judge.random.randrange(1, 4), positions=[0, 1, 2])
    base = here.time
    marks = {}
    for at, who in enumerate(here.members):
        if who is not here.subject and at < 3:
            marks[who.node] = base + judge.random.randrange(5, 90)
            promise(here, who, marks[who.node])
    here.answered(here.propose(here.members[0]))
    judge.equal("acknowledged", here.flush["acknowledged"], min(marks.values()), field="body.acknowledged")


@case(
    "views.install.acknowledged-below",
    reqs=["REQ-VIE-13"],
    type="INSTALL",
    operator="acknowledged-below-own",
    fresh=True,
)
def _below(judge: Judge) -> None:
    here = answered_scene(judge)
    now, _ = frames.read_body("INSTALL", here.draft.body)
    (row,) = now["cuts"]
    cut = {name: value for name, value in row.items() if name != "sender_count"}
    own = cut["acknowledged"]
    here.stage.need(own > 1, "it has acknowledged nothing")
    for less in (own - 1, own // 2, 0):
        bad = here.draft.with_body(cuts=[cut | {"acknowledged": less}])
        here.refuses(bad, "cut-below-holdings", f"acknowledged-{less}")
    here.twin(here.draft.with_body(cuts=[cut | {"acknowledged": own + judge.random.randrange(1, 2**40)}]))
