"""How lookups end: where nobody is closer, after so many FINDs, after so long; and how many go on at once."""

from __future__ import annotations

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._overlay import BUCKET_SIZE, CLIENT, Actor, Answer, Overlay
from coterie_kit.suite._stage import Said
from coterie_kit.suite.overlay_lookup import addresses, asked, by_distance, found, most_open, names

MOST = registry.limit("lookup-requests")
END = registry.timer("lookup-give-up")
AT_ONCE = registry.limit("lookups")
WAITING = registry.limit("lookups-waiting")
GIVE_UP = registry.timer("request-give-up")


def _street(judge: Judge, length: int) -> tuple[Overlay, bytes, list[Actor]]:
    """Each knows the three that live next on the way to the target: who lives there, the farthest first."""
    stage = Overlay(judge)
    target = judge.octets(32)
    street = by_distance(stage.strangers(length), target)[::-1]
    for at, one in enumerate(street):
        one.knows = [next_one.puppet for next_one in street[at + 3 : at + 4]]
    for one in street[:3]:
        stage.meet(one.puppet)
    return stage, target, street


@case(
    "overlay.lookup.most-requests",
    reqs=["REQ-OVL-25", "REQ-OVL-23", "REQ-OVL-24"],
    type="FIND",
    operator="longer-than-64-requests",
    cls="overlay",
    fresh=True,
)
def _most_requests(judge: Judge) -> None:
    """64 FINDs and no more; what it found are the closest of those that have answered."""
    stage, target, street = _street(judge, MOST + 8)
    stage.act("find", target=target)
    stage.advance(END)
    to = asked(stage, target)
    judge.equal("asked", len(to), MOST)
    judge.equal("nobody-twice", len(set(to)), MOST)
    answered = by_distance([one for one in street if one.got("FIND")], target)
    judge.equal("found", found(stage, target), [names(answered[:BUCKET_SIZE])])
    judge.equal("open", stage.inspect().number("lookups"), 0, field="lookups")


@case(
    "overlay.lookup.as-long-as-it-takes",
    reqs=["REQ-OVL-25", "REQ-OVL-23", "REQ-OVL-24"],
    type="FIND",
    operator="conforming-60-requests",
    cls="overlay",
    fresh=True,
)
def _sixty(judge: Judge) -> None:
    """A way of sixty is gone to its end."""
    stage, target, street = _street(judge, MOST - 4)
    stage.act("find", target=target)
    stage.advance(END)
    judge.equal("asked", len(asked(stage, target)), MOST - 4)
    judge.equal("found", found(stage, target), [names(street[::-1][:BUCKET_SIZE])])


@case(
    "overlay.lookup.longest",
    reqs=["REQ-OVL-25", "REQ-OVL-23", "REQ-OVL-24"],
    type="FIND",
    operator="longer-than-20-seconds",
    cls="overlay",
    fresh=True,
)
def _longest(judge: Judge) -> None:
    """Ended at 20,000 ms with what it has, while answers are still to come; not before."""
    stage, target, street = _street(judge, MOST + 8)
    for one in street:
        one.says["FIND"] = _slowly(stage, one)
    stage.act("find", target=target)
    stage.advance(END - 1)
    judge.equal("not-before", found(stage, target), [])
    stage.pass_time(1)
    answered = [note.said.to for note in stage.noted if not note.sent and note.said.type == "NODES"]
    ranked = by_distance([one for one in street if one.puppet.address in answered], target)
    judge.equal("found", found(stage, target), [names(ranked[:BUCKET_SIZE])])
    judge.check("not-all", len(asked(stage, target)) < MOST, observed=len(asked(stage, target)))
    state = stage.inspect()
    judge.equal("open", (state["lookups"], most_open(stage, target)), (0, 3))


def _slowly(stage: Overlay, one: Actor) -> Answer:
    """Answers after 990 ms, ten before it would be too late."""

    def answer(said: Said) -> list[bytes]:
        stage.later(GIVE_UP - 10, stage.nodes(one.puppet, said, one.knows), one)
        return []

    return answer


@case(
    "overlay.lookup.at-once",
    reqs=["REQ-OVL-25"],
    type="FIND",
    operator="one-over-the-lookups",
    cls="overlay",
    fresh=True,
)
def _at_once(judge: Judge) -> None:
    """Sixteen go on, the others wait for their turn, in the order in which they were asked for."""
    stage = Overlay(judge, count=1)
    guide = next(iter(stage.cast.values()))
    guide.mute.add("FIND")
    targets = [judge.octets(32) for _ in range(AT_ONCE + 3)]
    for target in targets:
        stage.act("find", target=target)

    def begun() -> list[bytes]:
        return [said.frame.body["target"] for said in guide.got("FIND")]

    judge.equal("sixteen", begun(), targets[:AT_ONCE])
    judge.equal("all-of-them", stage.inspect().number("lookups"), AT_ONCE + 3, field="lookups")
    first = guide.got("FIND")[0]
    stage.deliver(stage.nodes(guide.puppet, first, []), guide.puppet)
    judge.equal("one-ends-one-begins", begun(), targets[: AT_ONCE + 1])
    judge.equal("told", [each["target"] for each in stage.events("found")], [targets[0].hex()])
    guide.mute.clear()
    for said in guide.got("FIND"):
        if said is not first:
            reply = stage.deliver(stage.nodes(guide.puppet, said, []), guide.puppet)
            stage.need(reply.ok, f"NODES: {reply.said()}")
    stage.settle()
    told = [each["target"] for each in stage.events("found")]
    judge.equal("all-end", sorted(told), sorted(target.hex() for target in targets))


@case(
    "overlay.lookup.most-waiting",
    reqs=["REQ-OVL-25"],
    type="none",
    operator="one-over-those-that-wait",
    cls="overlay",
    fresh=True,
)
def _most_waiting(judge: Judge) -> None:
    """64 that go on or wait are all; one more is a caller's mistake, until some have ended."""
    stage = Overlay(judge, count=1)
    guide = next(iter(stage.cast.values()))
    guide.mute.add("FIND")
    for number in range(WAITING):
        if number % 2:
            stage.act("find", target=judge.octets(32))
        else:
            stage.act("fetch", kind="group-info", name=b"group %d" % number)
    for action, args in (
        ("find", {"target": judge.octets(32)}),
        ("fetch", {"kind": "group-list", "name": b""}),
    ):
        reply = stage.peer.do(action, stage.overlay, **args)
        told_it = (reply.status, reply.reason)
        judge.check(action, told_it == ("error", "usage"), expected="usage", observed=reply.said())
    guide.mute.clear()
    for said in guide.got("FIND"):
        reply = stage.deliver(stage.nodes(guide.puppet, said, []), guide.puppet)
        stage.need(reply.ok, f"NODES: {reply.said()}")
    stage.settle()
    told = len(stage.events("found")), len(stage.events("fetched"))
    judge.equal("all-end", told, (WAITING // 2, WAITING // 2))
    stage.act("find", target=judge.octets(32))
    judge.equal("twin", len(stage.events("found")), WAITING // 2 + 1)


# ---------------------------------------------------------------- where nobody is closer


@case(
    "overlay.lookup.no-farther-than-the-eighth",
    reqs=["REQ-OVL-24", "REQ-OVL-23"],
    type="FIND",
    operator="conforming-path-ends",
    cls="overlay",
    fresh=True,
)
def _eighth(judge: Judge) -> None:
    """Whoever is closer than the eighth of those that have answered is asked, and nobody else."""
    stage, target, guide, others = _far_guide(judge, 11)
    guide.knows = [one.puppet for one in others[:BUCKET_SIZE]]
    others[BUCKET_SIZE - 1].knows = [one.puppet for one in others[BUCKET_SIZE:]]
    stage.act("find", target=target)
    stage.advance(END)
    judge.equal("eight-and-the-guide", asked(stage, target), addresses([guide, *others[:BUCKET_SIZE]]))
    stage, target, guide, others = _far_guide(judge, 11)
    for here, closer in zip([guide, *others[:0:-1]], others[::-1], strict=True):
        here.knows = [closer.puppet]
    stage.act("find", target=target)
    stage.advance(END)
    judge.equal("a-street", asked(stage, target), addresses([guide, *others[::-1]]))
    stage, target, guide, others = _far_guide(judge, BUCKET_SIZE - 1)
    guide.knows = [one.puppet for one in others[:2]]
    others[1].knows = [one.puppet for one in others[2:]]
    stage.act("find", target=target)
    stage.advance(END)
    judge.equal("seven-and-the-guide", asked(stage, target), addresses([guide, *others]))


def _far_guide(judge: Judge, count: int) -> tuple[Overlay, bytes, Actor, list[Actor]]:
    """As with one path; the guide lies farther from the target than all others."""
    stage = Overlay(judge, count=1)
    guide = next(iter(stage.cast.values()))
    own = guide.puppet.node
    target = bytes([own[0] ^ 0x80]) + judge.octets(31)
    return stage, target, guide, by_distance(stage.strangers(count, bits=0, of=own), target)


@case(
    "overlay.lookup.of-nobody",
    reqs=["REQ-OVL-25"],
    type="none",
    operator="conforming-without-contacts",
    cls="overlay",
    fresh=True,
)
def _of_nobody(judge: Judge) -> None:
    """Without contacts it ends at once; a client is not asked, though there is a session."""
    stage = Overlay(judge)
    stage.crowd(1, roles=CLIENT)
    target = judge.octets(32)
    stage.act("find", target=target)
    judge.equal("found", found(stage, target), [[]])
    judge.equal("asked", asked(stage, target), [])
    judge.equal("open", stage.inspect().number("lookups"), 0, field="lookups")
