"""Messages that the coordinator sends for others: at their origin, at the coordinator, and at the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import label
from coterie_kit.keys.signatures import verify
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._group_speech import Heard
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
from coterie_kit.suite._scenes import Scene
from coterie_kit.suite._stage import accepts

RESEND = registry.timer("proxy-resend")
MOST = registry.limit("proxied")
AROUND = 24 + 28 + 16 + 18 + 13 + 74
"""Octets of a DATA with one proxied message, beside what its origin's user sent."""


def place(here: Group, who: Puppet) -> int:
    """Where somebody stands in the view."""
    assert here.installed is not None
    return here.installed.position(who)


def _origin(judge: Judge, **how: Any) -> Group:
    """The peer is outside the sender group, and no coordinator."""
    plan: dict[str, Any] = {"n": 3, "rank": judge.random.randrange(1, 3), "positions": [0]}
    return group(judge, **(plan | how))


def _asked(here: Group, reply: Reply) -> list[Heard]:
    return here.heard(reply, "PROXY")


def _good(here: Group, heard: Heard) -> bool:
    """Whether a PROXY of the peer bears its signature."""
    body = heard.body
    covered = label("proxy-signature") + here.overlay + here.view + here.subject.node
    covered += body["origin_sequence"].to_bytes(8, "big") + body["payload"]
    return verify(here.subject.key.spki, covered, body["signature"])


# ---------------------------------------------------------------- at the origin


@case("multicast.proxy.asks", reqs=["REQ-MUL-33"], type="PROXY", operator="conforming-asks", fresh=True)
def _asks(judge: Judge) -> None:
    here = _origin(judge)
    lead, texts = here.members[0], [judge.octets(judge.random.randrange(40)) for _ in range(3)]
    found = _asked(here, at_once(here, *texts, proxy=True))
    judge.equal("to", {one.to for one in found}, {lead.address})
    judge.equal("numbers", [one.body["origin_sequence"] for one in found], [1, 2, 3])
    judge.equal("payloads", [one.body["payload"] for one in found], texts)
    judge.check("signatures", all(_good(here, one) for one in found), field="body.signature")
    more = _asked(here, at_once(here, b"fourth", proxy=True))
    judge.equal("next", [one.body["origin_sequence"] for one in more], [4])


@case(
    "multicast.proxy.asks-again", reqs=["REQ-MUL-33"], type="PROXY", operator="conforming-resent", fresh=True
)
def _again(judge: Judge) -> None:
    here = _origin(judge)
    lead, texts = here.members[0], [judge.octets(9), judge.octets(9)]
    found = _asked(here, at_once(here, *texts, proxy=True))
    counters = [one.prefix["counter"] for one in found]
    for turn in range(2):
        steps(here, *(here.says(who, "ALIVE") for who in here.puppets))
        judge.equal(f"turn-{turn}.early", len(_asked(here, here.pass_time(RESEND - 1))), 0)
        due = _asked(here, here.pass_time(1))
        judge.equal(f"turn-{turn}.due", [one.body["payload"] for one in due], texts)
        counters += [one.prefix["counter"] for one in due]
    judge.equal("new-counters", len(counters), len(set(counters)), field="prefix.counter")
    _delivers(here, lead, here.subject, 1, texts[0])
    later = _asked(here, here.keep_alive(RESEND, step=RESEND)[0])
    judge.equal("not-what-came-back", [one.body["payload"] for one in later], texts[1:])
    _delivers(here, lead, here.subject, 2, texts[1])
    later = _asked(here, here.keep_alive(RESEND, step=RESEND)[0])
    judge.equal("nothing-more", len(later), 0)


def _row(here: Group, who: Puppet, number: int, text: bytes, **changes: Any) -> dict[str, Any]:
    """A proxied message that says it is of ``who``."""
    here.time += 1
    return {
        "timestamp": here.time,
        "kind": PROXIED,
        "payload": proxied_payload(here, who, number, text, **changes),
    }


def _data_of(here: Group, by: Puppet, *messages: dict[str, Any]) -> Draft:
    first = here.last.get(by.node, 0) + 1
    return here.seal(by, "DATA", {"first_sequence": first, "messages": list(messages)})


def _delivers(here: Group, by: Puppet, who: Puppet, number: int, text: bytes) -> Reply:
    reply = here.deliver(_data_of(here, by, _row(here, who, number, text)).octets(), by)
    here.last[by.node] = here.last.get(by.node, 0) + 1
    steps(here, reply)
    return reply


@case("multicast.proxy.at-most-64", reqs=["REQ-MUL-33"], type="PROXY", operator="conforming-64", fresh=True)
def _most(judge: Judge) -> None:
    here = _origin(judge)
    texts = [judge.octets(4) for _ in range(MOST + 3)]
    found = _asked(here, at_once(here, *texts, proxy=True))
    judge.equal("under-way", [one.body["payload"] for one in found], texts[:MOST])
    for number in (1, 2):
        _delivers(here, here.members[0], here.subject, number, texts[number - 1])
    more = _asked(here, here.pass_time(0))
    judge.equal("then", [one.body["payload"] for one in more], texts[MOST : MOST + 2])


@case(
    "multicast.proxy.of-a-sender",
    reqs=["REQ-MUL-33"],
    type="DATA",
    operator="conforming-of-a-sender",
    fresh=True,
)
def _of_a_sender(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    text = judge.octets(9)
    reply = at_once(here, text, proxy=True)
    judge.equal("no-proxy", len(_asked(here, reply)), 0)
    said = rows(words_of(here, reply))
    judge.equal("like-any-other", [(row["kind"], row["payload"]) for row in said], [(0, text)])


@case("multicast.proxy.longest", reqs=["REQ-MUL-33"], type="PROXY", operator="conforming-longest", fresh=True)
def _longest(judge: Judge) -> None:
    limit = judge.random.randrange(1200, 4000)
    here = _origin(judge, max_datagram=limit)
    over = here.peer.do("send", here.overlay, payload=bytes(limit - AROUND + 1), proxy=True)
    ok = over.status == "error" and over.reason == "usage"
    judge.check("one-octet-more", ok, expected="usage", observed=over.said())
    found = _asked(here, at_once(here, bytes(limit - AROUND), proxy=True))
    judge.equal("at-the-limit", [len(one.body["payload"]) for one in found], [limit - AROUND])


@case(
    "multicast.proxy.anew-in-the-next-view",
    reqs=["REQ-MUL-36"],
    type="PROXY",
    operator="conforming-next-view",
    fresh=True,
)
def _anew(judge: Judge) -> None:
    here = _origin(judge, n=4, rank=2)
    texts = [judge.octets(9) for _ in range(3)]
    at_once(here, *texts, proxy=True)
    _delivers(here, here.members[0], here.subject, 1, texts[0])
    before = here.installed
    here.go_on(here.members[0], positions=[0])
    here.need(before is not here.installed, "no new view")
    later = judge.octets(9)
    found = _asked(here, at_once(here, later, proxy=True))
    wanted = [(1, texts[1]), (2, texts[2]), (3, later)]
    judge.equal("anew", [(one.body["origin_sequence"], one.body["payload"]) for one in found], wanted)
    judge.check("signatures", all(_good(here, one) for one in found), field="body.signature")
    judge.equal("to", {one.to for one in found}, {here.members[0].address})


@case(
    "multicast.proxy.oneself-in-the-next-view",
    reqs=["REQ-MUL-36", "REQ-MUL-33"],
    type="DATA",
    operator="conforming-next-view-as-sender",
    fresh=True,
)
def _oneself(judge: Judge) -> None:
    here = _origin(judge, n=4, rank=2)
    texts = [judge.octets(9) for _ in range(2)]
    at_once(here, *texts, proxy=True)
    here.go_on(here.members[0])
    later = judge.octets(9)
    said = rows(words_of(here, at_once(here, later)))
    judge.equal("before-what-is-later", [row["payload"] for row in said], [*texts, later])


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
    good = _row(here, who, 1, b"for me")
    payload = good["payload"]
    scene = Scene(here, _data_of(here, lead, good))

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
    here = _origin(judge)
    lead, text = here.members[0], judge.octets(5)
    at_once(here, text, proxy=True)
    row = _row(here, here.subject, 1, text)
    forged = row | {"payload": row["payload"][:74] + judge.octets(5)}
    scene = Scene(here, _data_of(here, lead, forged))
    scene.refuses(scene.draft, "proxy-signature", "words-it-never-said")
    scene.twin(scene.draft.with_body(messages=[row]))


@case(
    "multicast.proxied.told", reqs=["REQ-MUL-35"], type="DATA", operator="conforming-proxied-told", fresh=True
)
def _told(judge: Judge) -> None:
    here, lead, who = _receiver(judge, clock_base=judge.random.randrange(2**32))
    text = judge.octets(judge.random.randrange(20))
    reply = _delivers(here, lead, who, 1, text)
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
    row = _row(here, who, 1, judge.octets(4))
    scene = Scene(here, _data_of(here, by, row))
    scene.refuses(scene.draft, "wrong-role", "for-another")
    own = _row(here, by, 1, judge.octets(4))
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
            reply = _delivers(here, lead, who, number, text)
            good = number > last if gaps else number == last + 1
            last = number if good else last
            judge.equal(
                f"{step}.number-{number}", told(reply), [(who.node, text)] if good else [], field="events"
            )

    return story


for _name, _gaps in (("ordered", False), ("unreliable", True)):
    case(
        f"multicast.proxied.once-{_name}",
        reqs=["REQ-MUL-45"],
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
        reply = _delivers(here, lead, who, number, text)
        judge.equal(f"{step}", [each for _, each in told(reply)], [text], field="events")
