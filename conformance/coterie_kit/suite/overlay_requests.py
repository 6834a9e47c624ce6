"""Requests and their answers: which answer counts, what a REFUSE says, and how often a peer may ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.suite import _envelopes
from coterie_kit.suite._overlay import Overlay, row
from coterie_kit.suite._overlay_scenes import draft_of, fetching, finding, publishing
from coterie_kit.suite._scenes import Scene, scene
from coterie_kit.suite._stage import Said, accepts

GIVE_UP = registry.timer("request-give-up")
A_SECOND = registry.limit("requests-a-second")


def _under_way(judge: Judge, kind: str) -> tuple[Overlay, list[Said]]:
    """A peer that waits for the answers of two puppets to requests of that type."""
    stages: dict[str, Callable[[], Overlay]] = {
        "FIND": lambda: finding(judge, count=2)[0],
        "STORE": lambda: publishing(judge, count=2),
        "FETCH": lambda: fetching(judge, count=2),
    }
    stage = stages[kind]()
    asked = stage.sent(kind)
    stage.need(len(asked) == 2, f"{len(asked)} {kind}s to two contacts")
    return stage, asked


ANSWERS = {"FIND": "NODES", "STORE": "STORED", "FETCH": "VALUES"}


def _unexpected(kind: str) -> Callable[[Judge], None]:
    """An answer that another was asked for, or to another request, or of another type, or come twice."""

    def story(judge: Judge) -> None:
        stage, asked = _under_way(judge, kind)
        mine = asked[0].frame.prefix["sequence"]
        who, other = stage.cast[asked[0].to].puppet, stage.cast[asked[1].to].puppet
        answer = ANSWERS[kind]

        def refuses(name: str, by: Puppet, said: str, request: int) -> None:
            octets = stage.of(by, said, request=request)
            judge.refuses(stage.peer, octets, "unexpected-reply", source=by.address, name=name)

        refuses("of-another-peer", other, answer, mine)
        refuses("to-no-request", who, answer, mine + 1000)
        refuses("to-zero", who, answer, 0)
        for wrong in sorted(set(ANSWERS.values()) - {answer}):
            refuses(wrong.lower(), who, wrong, mine)
        for actor in stage.cast.values():
            actor.mute |= {"FIND", "STORE", "FETCH"}
        accepts(judge, stage.ask(who, answer, request=mine), "twin")
        refuses("twice", who, answer, mine)

    return story


def _given_up(kind: str) -> Callable[[Judge], None]:
    """The answer to a request that was given up is none; the one to the second request is."""

    def story(judge: Judge) -> None:
        stage, asked = _under_way(judge, kind)
        first = asked[0].frame.prefix["sequence"]
        who = stage.cast[asked[0].to].puppet
        stage.advance(GIVE_UP)
        late = stage.of(who, ANSWERS[kind], request=first)
        judge.refuses(stage.peer, late, "unexpected-reply", source=who.address, name="too-late")
        again = [said for said in stage.sent(kind) if said.to == who.address]
        judge.require("asked-anew", len(again) == 2, expected=2, observed=len(again))
        judge.check("by-a-frame-of-its-own", again[1].frame.prefix["sequence"] > first, observed=first)
        judge.equal("the-same-question", again[1].frame.body, again[0].frame.body)
        stage.pass_time(GIVE_UP - 1)
        request = again[1].frame.prefix["sequence"]
        accepts(judge, stage.ask(who, ANSWERS[kind], request=request), "in-time")

    return story


for _kind, _answer in ANSWERS.items():
    case(
        f"overlay.requests.{_answer.lower()}-unexpected",
        reqs=["REQ-OVL-9"],
        type=_answer,
        operator="unexpected",
        cls="overlay",
        fresh=True,
    )(_unexpected(_kind))
    case(
        f"overlay.requests.{_answer.lower()}-too-late",
        reqs=["REQ-OVL-9", "REQ-OVL-6"],
        type=_answer,
        operator="too-late",
        cls="overlay",
        fresh=True,
    )(_given_up(_kind))


@case(
    "overlay.requests.order",
    reqs=["REQ-OVL-9", "REQ-FRM-13", "REQ-OVL-13", "REQ-FRM-18"],
    type="NODES",
    operator="unexpected-and-bad",
    cls="overlay",
    fresh=True,
)
def _order(judge: Judge) -> None:
    """Structure, then the request, then the rows; and a refused answer leaves the request open."""
    here = scene(judge, "NODES")
    stage, who = here.stage, here.puppet
    assert isinstance(stage, Overlay)
    request = stage.sent("FIND")[0].frame.prefix["sequence"]
    twice = [row(who), row(who)]

    def refuses(name: str, reason: str, **values: Any) -> None:
        octets = stage.of(who, "NODES", **values)
        judge.refuses(stage.peer, octets, reason, source=who.address, name=name)

    refuses("structure-first", "count-out-of-range", request=request + 9, neighbour_count=9)
    refuses("request-before-rows", "unexpected-reply", request=request + 9, neighbours=twice)
    refuses("rows", "bad-nodes", request=request, neighbours=twice)
    accepts(judge, stage.ask(who, "NODES", request=request), "still-open")


# ---------------------------------------------------------------- REFUSE


def _bad_values(stage: Overlay, who: Puppet) -> dict[str, tuple[str, dict[str, Any]]]:
    """For each reason a request that is refused for it after its structure."""
    other = stage.others[1]
    wall = stage.wall
    return {
        "foreign-value": ("STORE", {"envelope": _envelopes.make(other, wall)}),
        "bad-envelope": ("STORE", {"envelope": stage.judge.octets(9)}),
        "unknown-kind": ("STORE", {"envelope": _envelopes.make(who, wall, kind=9)}),
        "future-value": ("STORE", {"envelope": _envelopes.make(who, wall + 10**7)}),
        "value-too-long": ("STORE", {"envelope": _envelopes.make(who, wall, value=bytes(8193))}),
        "count-out-of-range": ("STORE", {"envelope": b""}),
    }


@case(
    "overlay.requests.refuse-made",
    reqs=["REQ-OVL-10", "REQ-SES-27"],
    type="REFUSE",
    operator="conforming-of-a-store",
    cls="overlay",
    fresh=True,
)
def _refuse_made(judge: Judge) -> None:
    """One REFUSE with number, reason and type, to the session's address, wherever the request came from."""
    stage = Overlay(judge, count=2)
    who = stage.others[0]
    for reason, (kind, values) in _bad_values(stage, who).items():
        octets = stage.of(who, kind, **values)
        sequence = who.sequence
        reply = stage.carry(octets, who)
        stage.need((reply.status, reply.reason) == ("error", reason), f"for {reason}: {reply.said()}")
        found = [said for said in stage.said(reply) if said.type == "REFUSE"]
        judge.equal(f"{reason}.one", (len(found), len(stage.said(reply))), (1, 1))
        for said in found:
            wanted = {
                "refused_sequence": sequence,
                "reason": registry.reason(reason).code,
                "refused_type": registry.frame(kind).code,
            }
            judge.equal(f"{reason}.says", {name: said.frame.body[name] for name in wanted}, wanted)
            judge.check(f"{reason}.signed", stage.signed_well(said), expected="its signature and destination")
    moved = stage.of(who, "FIND", target=judge.octets(32), extensions=[{"type": 0x8099, "value": b""}])
    reply = stage.deliver(moved, "203.0.113.77:4444")
    stage.need(not reply.ok, "a critical extension that it cannot know is taken")
    judge.equal(
        "to-the-session", [(said.type, said.to) for said in stage.said(reply)], [("REFUSE", who.address)]
    )


def _refused(kind: str) -> Callable[[Judge], None]:
    """A REFUSE answers the request: told once, not asked anew, and nobody is forgotten."""

    def story(judge: Judge) -> None:
        stage, asked = _under_way(judge, kind)
        who = stage.cast[asked[0].to].puppet
        sequence = asked[0].frame.prefix["sequence"]
        code, number = registry.reason("too-many-requests").code, registry.frame(kind).code
        good = {"refused_sequence": sequence, "reason": code, "refused_type": number}
        stranger = stage.cast[asked[1].to].puppet
        here = Scene(stage, draft_of(stage, who, "REFUSE", **good))
        wrong = {
            "another-number": draft_of(stage, who, "REFUSE", **(good | {"refused_sequence": sequence + 777})),
            "another-type": draft_of(stage, who, "REFUSE", **(good | {"refused_type": 0x10})),
            "another-peer": draft_of(stage, stranger, "REFUSE", **good),
        }
        for name, draft in wrong.items():
            here.refuses(draft, "unexpected-reply", name)
        who.sequence += 1
        reply = stage.deliver(here.draft.with_prefix(sequence=who.sequence).octets(), who)
        accepts(judge, reply)
        told = {"node": who.node.hex(), "reason": "too-many-requests", "type": number, "sequence": sequence}
        judge.equal("told", [dict(each.fields) for each in reply.events if each.name == "refused"], [told])
        stage.advance(3 * GIVE_UP)
        judge.equal("not-anew", len([said for said in stage.sent(kind) if said.to == who.address]), 1)
        judge.check(
            "stays", who.node.hex() in [one["node"] for one in stage.sessions()], expected="a session"
        )

    return story


for _kind in ANSWERS:
    case(
        f"overlay.requests.{_kind.lower()}-refused",
        reqs=["REQ-OVL-10"],
        type="REFUSE",
        operator=f"conforming-answers-a-{_kind.lower()}",
        cls="overlay",
        fresh=True,
    )(_refused(_kind))


# ---------------------------------------------------------------- how often


def _at_the_second(stage: Overlay) -> None:
    """Goes on to the beginning of the next second of the monotonic clock."""
    stage.pass_time(1000 - stage.mono % 1000)


def _any_request(stage: Overlay, who: Puppet, number: int) -> bytes:
    if number % 3 == 0:
        return stage.of(who, "FETCH", key=stage.judge.octets(32))
    return stage.of(who, "FIND", target=stage.judge.octets(32))


@case(
    "overlay.requests.a-second",
    reqs=["REQ-OVL-11"],
    type="FIND",
    operator="one-over-the-rate",
    cls="overlay",
    fresh=True,
)
def _a_second(judge: Judge) -> None:
    """128 of one peer in a second, counted by the clock and not from the first of them."""
    stage = Overlay(judge, count=2)
    who, other = stage.others
    _at_the_second(stage)
    stage.pass_time(700)
    for number in range(A_SECOND):
        if number == A_SECOND // 2:
            stage.pass_time(299)
        reply = stage.carry(_any_request(stage, who, number), who)
        judge.require(f"request-{number}", reply.ok, expected="ok", observed=reply.said())
    for number in range(2):
        more = _any_request(stage, who, number)
        name = f"one-more-{number}"
        judge.refuses(stage.peer, more, "too-many-requests", source=who.address, name=name)
    store = stage.of(who, "STORE", envelope=judge.octets(20))
    judge.refuses(stage.peer, store, "too-many-requests", source=who.address, name="body-later")
    accepts(judge, stage.ask(other, "FIND", target=judge.octets(32)), "another-peer")
    accepts(judge, stage.deliver(who.ping(judge.octets(8), stage.subject.node), who), "a-ping-is-none")
    stage.pass_time(1)
    accepts(judge, stage.ask(who, "FIND", target=judge.octets(32)), "the-next-second")


@case(
    "overlay.requests.not-counted",
    reqs=["REQ-OVL-11"],
    type="FIND",
    operator="conforming-after-forgeries",
    cls="overlay",
    fresh=True,
)
def _forgeries(judge: Judge) -> None:
    """What others forge in a peer's name uses up nothing of what it may ask."""
    stage = Overlay(judge, count=1)
    who = stage.others[0]
    _at_the_second(stage)
    find = stage.of(who, "FIND", target=judge.octets(32))
    spoiled = find[:-1] + bytes([find[-1] ^ 1])
    for number in range(A_SECOND + 5):
        reply = stage.deliver(spoiled, "203.0.113.7:99")
        stage.need(not reply.ok, "it takes what was forged")
        judge.check(f"forged-{number}", reply.reason == "bad-signature", observed=reply.said())
    accepts(judge, stage.deliver(find, who), "its-own")


@case(
    "overlay.requests.counted-when-refused",
    reqs=["REQ-OVL-11"],
    type="STORE",
    operator="one-over-the-rate",
    cls="overlay",
    fresh=True,
)
def _counted(judge: Judge) -> None:
    """Requests that are refused for their bodies count, too: looking at them was work."""
    stage = Overlay(judge, count=1)
    who = stage.others[0]
    _at_the_second(stage)
    for number in range(A_SECOND):
        reply = stage.ask(who, "STORE", envelope=judge.octets(8))
        early = reply.ok or reply.reason == "too-many-requests"
        judge.check(f"{number}", not early, reqs=["REQ-OVL-11"], observed=reply.said())
    more = stage.of(who, "STORE", envelope=_envelopes.make(who, stage.wall))
    judge.refuses(stage.peer, more, "too-many-requests", source=who.address)
    stage.pass_time(1000)
    accepts(judge, stage.ask(who, "STORE", envelope=_envelopes.make(who, stage.wall)), "twin")
