"""VALUES that a peer is given: pages that it refuses, envelopes that it leaves out, and what it asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import leaves, registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.suite import _envelopes
from coterie_kit.suite._overlay import Overlay
from coterie_kit.suite._overlay_proof import prove_refused
from coterie_kit.suite._overlay_scenes import fetching
from coterie_kit.suite._stage import accepts
from coterie_kit.values.envelope import parse

GIVE_UP = registry.timer("request-give-up")


def _waiting(judge: Judge) -> tuple[Overlay, Puppet, int, list[bytes]]:
    """A client that waits for VALUES: who shall answer, which request, and four values in their order."""
    stage = fetching(judge)
    who = stage.others[0]
    four = _envelopes.listed(judge, who, stage.wall, 4)
    return stage, who, stage.sent("FETCH")[0].frame.prefix["sequence"], four


Pages = dict[str, dict[str, Any]]


def _other_key(_stage: Overlay, who: Puppet, four: list[bytes]) -> Pages:
    wall = _stage.wall
    info = _envelopes.make(who, wall, kind="group-info", name=b"other")
    members = _envelopes.make(who, wall, kind="group-members", name=b"other", slot=bytes(16))
    return {
        "only-another": {"held": [info]},
        "one-among-others": {"held": [*four[:2], info]},
        "another-kind": {"held": [members, *four]},
    }


def _not_whole(stage: Overlay, who: Puppet, four: list[bytes]) -> Pages:
    wall = stage.wall
    return {
        "empty": {"held": [b""]},
        "cut": {"held": [four[0][:-1]]},
        "left-over": {"held": [*four[:3], four[3] + b"\x00"]},
        "unknown-kind": {"held": [_envelopes.make(who, wall, kind=77)]},
        "list-with-a-name": {"held": [_envelopes.make(who, wall, name=b"x")]},
        "slot-of-zeros": {"held": [_envelopes.make(who, wall, slot=bytes(16))]},
        "no-leaf": {"held": [_envelopes.make(who, wall, leaf=stage.judge.octets(50))]},
        "leaf-empty": {"held": [_envelopes.make(who, wall, leaf=b"")]},
    }


def _not_ascending(_stage: Overlay, _who: Puppet, four: list[bytes]) -> Pages:
    return {
        "descending": {"held": four[::-1]},
        "swapped": {"held": [four[0], four[2], four[1], four[3]]},
        "twice": {"held": [four[0], four[0]]},
    }


def _odd_more(_stage: Overlay, _who: Puppet, four: list[bytes]) -> Pages:
    return {
        "two": {"held": four, "more": 2},
        "255": {"held": four, "more": 255},
        "more-of-nothing": {"held": [], "more": 1},
    }


FAULTS: dict[str, Callable[[Overlay, Puppet, list[bytes]], Pages]] = {
    "other-key": _other_key,
    "not-whole": _not_whole,
    "not-ascending": _not_ascending,
    "odd-more": _odd_more,
}


def _bad(operator: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        stage, who, request, four = _waiting(judge)
        pages = FAULTS[operator](stage, who, four)
        if operator == "not-whole":
            rows = {name: page["held"][-1] for name, page in pages.items()}
            prove_refused(judge, stage.overlay, stage.wall, rows)
        for name, values in pages.items():
            octets = stage.of(who, "VALUES", request=request, **values)
            if len(octets) > registry.limit("datagram"):
                reply = stage.carry(octets, who)
                judge.refused(reply, "bad-values", name=name)
                judge.equal(f"{name}.silence", [said.type for said in stage.said(reply)], [])
                continue
            judge.refuses(stage.peer, octets, "bad-values", source=who.address, name=name)
        accepts(judge, stage.ask(who, "VALUES", request=request, held=four), "twin")
        told = [each["envelopes"] for each in stage.events("fetched")]
        only = len(told) == 1 and set(told[0]) <= {each.hex() for each in four}
        judge.check("only-the-good-page", only, expected="values of the good page", observed=told)

    return story


def sorted_out(envelopes: list[bytes]) -> list[str]:
    """As the event tells envelopes: by descending sequence, then by publisher, then by slot."""

    def rank(envelope: bytes) -> tuple[int, bytes, bytes]:
        return (-parse(envelope).sequence, *_envelopes.place(envelope))

    return [envelope.hex() for envelope in sorted(envelopes, key=rank)]


for _operator in FAULTS:
    case(
        f"overlay.values.{_operator}",
        reqs=["REQ-OVL-20"],
        type="VALUES",
        operator=_operator,
        cls="overlay",
        fresh=True,
    )(_bad(_operator))


@case(
    "overlay.values.left-out",
    reqs=["REQ-OVL-20", "REQ-OVL-31", "REQ-VAL-15", "REQ-VAL-16"],
    type="VALUES",
    operator="conforming-some-left-out",
    cls="overlay",
    fresh=True,
)
def _left_out(judge: Judge) -> None:
    """What only another check refuses is left out, and the others count: one page of each sort."""
    stage, who, request, four = _waiting(judge)
    wall = stage.wall
    expired = leaves.make(leaves.good(who.key, wall).changed(not_after=wall // 1000 - 60))
    bad = {
        "brief": _envelopes.make(who, wall, slot=b"\x01" * 16, lifetime=59),
        "expired": _envelopes.make(who, wall - 3_600_000, slot=b"\x02" * 16),
        "future": _envelopes.make(who, wall + 300_001, slot=b"\x03" * 16),
        "leaf": _envelopes.make(who, wall, slot=b"\x04" * 16, leaf=expired),
        "elsewhere": _envelopes.make(who, wall, slot=b"\x05" * 16, overlay=judge.octets(16)),
        "spoiled": four[0][:-1] + bytes([four[0][-1] ^ 1]),
        "long": _envelopes.make(who, wall, slot=b"\xfe" * 16, value=bytes(8193)),
    }
    prove_refused(judge, stage.overlay, wall, bad)
    page = sorted([*bad.values(), *four[1:]], key=_envelopes.place)
    accepts(judge, stage.ask(who, "VALUES", request=request, held=page), "taken", reqs=["REQ-OVL-20"])
    told = [each["envelopes"] for each in stage.events("fetched")]
    judge.equal("the-others", told, [sorted_out(four[1:])])
    judge.equal("complete", [each["complete"] for each in stage.events("fetched")], [1])


@case(
    "overlay.values.behind-the-cursor",
    reqs=["REQ-OVL-20", "REQ-OVL-31", "REQ-VAL-15", "REQ-VAL-16"],
    type="VALUES",
    operator="not-behind-the-cursor",
    cls="overlay",
    fresh=True,
)
def _behind(judge: Judge) -> None:
    """The second page begins behind the last value of the first, or is refused."""
    stage, who, request, four = _waiting(judge)
    reply = stage.ask(who, "VALUES", request=request, held=four[:2], more=1)
    accepts(judge, reply, "first-page", reqs=["REQ-OVL-20"])
    asked = stage.one(reply, "FETCH").frame
    publisher, slot = _envelopes.place(four[1])
    body = {name: asked.body[name] for name in ("key", "publisher", "slot")}
    wanted = {"key": _envelopes.key_of(four[0]), "publisher": publisher, "slot": slot}
    judge.equal("asks-behind-it", body, wanted, reqs=["REQ-OVL-31"], field="body")
    second = asked.prefix["sequence"]
    for name, held in {"the-last-again": four[1:], "from-the-start": four}.items():
        octets = stage.of(who, "VALUES", request=second, held=held)
        reply = stage.carry(octets, who)
        judge.refused(reply, "bad-values", name=name, reqs=["REQ-OVL-20"])
    accepts(judge, stage.ask(who, "VALUES", request=second, held=four[2:]), "twin", reqs=["REQ-OVL-20"])
    told = [(each["complete"], each["envelopes"]) for each in stage.events("fetched")]
    judge.equal("all", told, [(1, sorted_out(four))])


@case(
    "overlay.values.endless",
    reqs=["REQ-OVL-31"],
    type="VALUES",
    operator="more-without-end",
    cls="overlay",
    fresh=True,
)
def _endless(judge: Judge) -> None:
    """Whoever always has more is asked for 64 pages, and has not answered with all."""
    stage, who, request, _ = _waiting(judge)
    pages = registry.limit("pages")
    asked = 1
    for number in range(1, pages + 3):
        envelope = _envelopes.make(who, stage.wall, slot=number.to_bytes(16, "big"), value=b"v")
        reply = stage.ask(who, "VALUES", request=request, held=[envelope], more=1)
        stage.need(reply.ok, f"page {number}: {reply.said()}")
        more = [said for said in stage.said(reply) if said.type == "FETCH"]
        if not more:
            break
        asked += 1
        request = more[0].frame.prefix["sequence"]
    judge.equal("pages", asked, pages)
    stage.advance(3 * GIVE_UP)
    told = [each["complete"] for each in stage.events("fetched")]
    judge.equal("not-complete", told, [0], field="complete")
