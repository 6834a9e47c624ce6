"""Messages by proxy at the coordinator, which sends them, and at the others, which are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import label
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._multicast import (
    PROXIED,
    at_once,
    proxied_payload,
    proxy,
    rows,
    sealed_scene,
    steps,
    told,
    words_of,
)
from coterie_kit.suite._proxied import AROUND, data_of, delivers, from_outside, place, proxied_row
from coterie_kit.suite._scenes import Scene
from coterie_kit.suite._stage import accepts

MOST = registry.limit("proxied")


# ---------------------------------------------------------------- at the coordinator


@case("multicast.proxy.values", reqs=["REQ-MUL-34"], type="PROXY", operator="proxy-faults", fresh=True)
def _values(judge: Judge) -> None:
    limit = judge.random.randrange(1200, 4000)
    here = sealed_scene(judge, "PROXY", max_datagram=limit)
    stage, who = here.notes["group"], here.puppet
    zero = proxy(stage, who, 0, b"for me")
    here.refuses(here.draft.with_body(**zero), "bad-proxied", "number-zero")
    long = proxy(stage, who, 1, bytes(limit - AROUND + 1))
    here.refuses(here.draft.with_body(**long), "bad-proxied", "one-octet-too-long")
    for name, signed in _forged(stage, who).items():
        here.refuses(here.draft.with_body(signature=signed), "proxy-signature", name)
    here.twin(here.draft.with_body(**proxy(stage, who, 1, bytes(limit - AROUND))), "longest")


def _forged(here: Group, who: Puppet) -> dict[str, bytes]:
    """Signatures that are not good for a PROXY with number 1 and payload "for me"."""
    body, other = b"for me", next(one for one in here.puppets if one is not who)
    head = label("proxy-signature")
    place_of = here.overlay + here.view + who.node
    number = (1).to_bytes(8, "big")
    good = proxy(here, who, 1, body)["signature"]
    return {
        "zeros": bytes(64),
        "one-bit": good[:-1] + bytes([good[-1] ^ 1]),
        "of-another": proxy(here, other, 1, body)["signature"],
        "by-another-key": other.key.sign(head + place_of + number + body),
        "of-another-number": proxy(here, who, 2, body)["signature"],
        "of-another-payload": proxy(here, who, 1, b"for you")["signature"],
        "without-label": who.key.sign(place_of + number + body),
        "without-view": who.key.sign(head + here.overlay + who.node + number + body),
        "without-overlay": who.key.sign(head + here.view + who.node + number + body),
        "without-node": who.key.sign(head + here.overlay + here.view + number + body),
    }


def _proxies(here: Group, reply: Reply) -> list[bytes]:
    """What the origins' users sent, of the proxied messages that the peer sends."""
    return [row["payload"][74:] for row in rows(words_of(here, reply)) if row["kind"] == PROXIED]


def _lead(judge: Judge) -> tuple[Group, list[Puppet]]:
    here = group(judge, n=4, rank=0, positions=[0])
    return here, judge.random.sample(here.puppets, 3)


@case(
    "multicast.proxy.sent-in-turn",
    reqs=["REQ-MUL-34"],
    type="PROXY",
    operator="conforming-shuffled",
    fresh=True,
)
def _in_turn(judge: Judge) -> None:
    here, (a, b, _) = _lead(judge)
    texts = {who.node: [judge.octets(4) for _ in range(6)] for who in (a, b)}
    asks = [(who, number) for who in (a, b) for number in range(1, 7)] * 2
    judge.random.shuffle(asks)
    came: dict[bytes, set[int]] = {a.node: set(), b.node: set()}
    for step, (who, number) in enumerate(asks):
        before = _run_of(came[who.node])
        came[who.node].add(number)
        body = proxy(here, who, number, texts[who.node][number - 1])
        accepts(judge, here.says(who, "PROXY", **body), f"{step}.accepted")
        due = range(before + 1, _run_of(came[who.node]) + 1)
        wanted = [texts[who.node][each - 1] for each in due]
        judge.equal(f"{step}.sent", _proxies(here, here.pass_time(1)), wanted, field="body.messages")


def _run_of(numbers: set[int]) -> int:
    """The last number that none before is missing of."""
    found = 0
    while found + 1 in numbers:
        found += 1
    return found


@case(
    "multicast.proxy.too-far-ahead",
    reqs=["REQ-MUL-34"],
    type="PROXY",
    operator="conforming-too-far-ahead",
    fresh=True,
)
def _too_far(judge: Judge) -> None:
    here, (who, _, _) = _lead(judge)
    texts = [judge.octets(3) for _ in range(MOST + 2)]
    order = [MOST + 1, *range(2, MOST + 1), 1]
    sent: list[bytes] = []
    for number in order:
        body = proxy(here, who, number, texts[number - 1])
        accepts(judge, here.says(who, "PROXY", **body), f"accepted-{number}")
        sent += _proxies(here, here.pass_time(1))
    wanted = texts[:MOST]
    judge.equal("up-to-63-ahead", sent, wanted, field="body.messages")


@case(
    "multicast.proxied.payload", reqs=["REQ-MUL-44"], type="DATA", operator="conforming-proxied", fresh=True
)
def _payload(judge: Judge) -> None:
    here, (who, _, _) = _lead(judge)
    text = judge.octets(judge.random.randrange(60))
    body = proxy(here, who, 1, text)
    steps(here, here.says(who, "PROXY", **body))
    said = rows(words_of(here, here.pass_time(0)))
    head = place(here, who).to_bytes(2, "big") + (1).to_bytes(8, "big")
    judge.equal("kind", [row["kind"] for row in said], [PROXIED], field="body.messages[0].kind")
    judge.equal("whole", [(row["fragment_index"], row["fragment_count"]) for row in said], [(0, 1)])
    wanted = [head + body["signature"] + text]
    judge.equal("payload", [row["payload"] for row in said], wanted, field="body.messages[0].payload")


# ---------------------------------------------------------------- at the others


def _receiver(judge: Judge, **how: Any) -> tuple[Group, Puppet, Puppet]:
    """The peer and the coordinator are senders; somebody else is the origin."""
    plan: dict[str, Any] = {"n": 4, "rank": 1, "positions": [0, 1]}
    here = group(judge, **(plan | how))
    return here, here.members[0], judge.random.choice(here.members[2:])


@case("multicast.proxied.values", reqs=["REQ-MUL-35"], type="DATA", operator="proxied-faults", fresh=True)
def _proxied_values(judge: Judge) -> None:
    here, lead, who = _receiver(judge)
    good = proxied_row(here, who, 1, b"for me")
    payload = good["payload"]
    scene = Scene(here, data_of(here, lead, good))

    def bad(name: str, reason: str, **changes: Any) -> None:
        scene.refuses(scene.draft.with_body(messages=[good | changes]), reason, name)

    bad("fragment", "bad-proxied", fragment_index=0, fragment_count=2)
    bad("73-octets", "bad-proxied", payload=payload[:73])
    bad("empty", "bad-proxied", payload=b"")
    for name, origin in (("beyond", 4), ("far", 0xFFFF), ("the-coordinator", 0)):
        bad(name, "bad-proxied", payload=origin.to_bytes(2, "big") + payload[2:])
    bad("number-zero", "bad-proxied", payload=proxied_payload(here, who, 0, b"for me"))
    for name, signed in _forged(here, who).items():
        bad(name, "proxy-signature", payload=payload[:10] + signed + payload[74:])
    another = next(at for at in (2, 3) if at != place(here, who))
    bad("of-another-origin", "proxy-signature", payload=another.to_bytes(2, "big") + payload[2:])
    at = good["timestamp"]
    short = good | {"payload": payload[:73], "timestamp": at + 1}
    late = scene.draft.with_body(messages=[{"timestamp": at, "payload": b"first"}, short])
    scene.refuses(late, "bad-proxied", "the-second-message")
    scene.twin()


@case(
    "multicast.proxied.own-signature",
    reqs=["REQ-MUL-35"],
    type="DATA",
    operator="proxied-of-oneself",
    fresh=True,
)
def _own(judge: Judge) -> None:
    here = from_outside(judge)
    lead, text = here.members[0], judge.octets(5)
    at_once(here, text, proxy=True)
    row = proxied_row(here, here.subject, 1, text)
    forged = row | {"payload": row["payload"][:74] + judge.octets(5)}
    scene = Scene(here, data_of(here, lead, forged))
    scene.refuses(scene.draft, "proxy-signature", "words-it-never-said")
    scene.twin(scene.draft.with_body(messages=[row]))


@case(
    "multicast.proxied.told", reqs=["REQ-MUL-35"], type="DATA", operator="conforming-proxied-told", fresh=True
)
def _told(judge: Judge) -> None:
    here, lead, who = _receiver(judge, clock_base=judge.random.randrange(2**32))
    text = judge.octets(judge.random.randrange(20))
    reply = delivers(here, lead, who, 1, text)
    wanted = {
        "view": here.view,
        "sender": who.node,
        "sequence": 1,
        "timestamp": here.time,
        "payload": text,
        "proxied": 1,
    }
    found = [dict(event.fields) for event in reply.events if event.name == "message"]
    judge.equal("event", found, [wanted], field="events")


@case(
    "multicast.proxied.role",
    reqs=["REQ-MUL-39"],
    type="DATA",
    operator="proxied-of-another-member",
    fresh=True,
)
def _role(judge: Judge) -> None:
    here = group(judge, n=4, rank=judge.random.randrange(4))
    by, who = judge.random.sample([one for one in here.members[1:] if one is not here.subject], 2)
    row = proxied_row(here, who, 1, judge.octets(4))
    scene = Scene(here, data_of(here, by, row))
    scene.refuses(scene.draft, "wrong-role", "for-another")
    own = proxied_row(here, by, 1, judge.octets(4))
    scene.refuses(scene.draft.with_body(messages=[own]), "wrong-role", "for-itself")
    plain = {"timestamp": row["timestamp"], "payload": b"plain"}
    late = scene.draft.with_body(messages=[plain, row | {"timestamp": row["timestamp"] + 1}])
    scene.refuses(late, "wrong-role", "the-second-message")
    scene.twin(scene.draft.with_body(messages=[plain]))


def _numbers(gaps: bool) -> Callable[[Judge], None]:
    """Each number once and in order; where messages may be lost, each that is greater than the last."""

    def story(judge: Judge) -> None:
        service = (
            "source-ordered-unreliable"
            if gaps
            else judge.random.choice(("timestamp-ordered", "source-ordered"))
        )
        here, lead, who = _receiver(judge, service=service)
        last = 0
        for step, number in enumerate((1, 1, 3, 2, 2, 4, 3, 7, 5, 4)):
            text = judge.octets(6)
            reply = delivers(here, lead, who, number, text)
            good = number > last if gaps else number == last + 1
            last = number if good else last
            judge.equal(
                f"{step}.number-{number}", told(reply), [(who.node, text)] if good else [], field="events"
            )

    return story


for _name, _gaps in (("ordered", False), ("unreliable", True)):
    case(
        f"multicast.proxied.once-{_name}",
        reqs=["REQ-MUL-45", "REQ-MUL-35"],
        type="DATA",
        operator=f"conforming-numbers-{_name}",
        fresh=True,
    )(_numbers(_gaps))


@case(
    "multicast.proxied.of-each-origin",
    reqs=["REQ-MUL-45"],
    type="DATA",
    operator="conforming-two-origins",
    fresh=True,
)
def _two(judge: Judge) -> None:
    here, lead, _ = _receiver(judge)
    a, b = here.members[2:]
    for step, (who, number) in enumerate(((a, 1), (b, 1), (b, 2), (a, 2))):
        text = judge.octets(6)
        reply = delivers(here, lead, who, number, text)
        judge.equal(f"{step}", [each for _, each in told(reply)], [text], field="events")
