"""Messages by proxy at their origin: what it asks the coordinator for, how often, and in the next view."""

from __future__ import annotations

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import label
from coterie_kit.keys.signatures import verify
from coterie_kit.reply import Reply
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._group_speech import Heard
from coterie_kit.suite._multicast import at_once, rows, steps, words_of
from coterie_kit.suite._proxied import AROUND, delivers, from_outside

RESEND = registry.timer("proxy-resend")
MOST = registry.limit("proxied")


def _asked(here: Group, reply: Reply) -> list[Heard]:
    return here.heard(reply, "PROXY")


def _good(here: Group, heard: Heard) -> bool:
    """Whether a PROXY of the peer bears its signature."""
    body = heard.body
    covered = label("proxy-signature") + here.overlay + here.view + here.subject.node
    covered += body["origin_sequence"].to_bytes(8, "big") + body["payload"]
    return verify(here.subject.key.spki, covered, body["signature"])


@case(
    "multicast.proxy.asks",
    reqs=["REQ-MUL-33", "REQ-TST-5"],
    type="PROXY",
    operator="conforming-asks",
    fresh=True,
)
def _asks(judge: Judge) -> None:
    here = from_outside(judge)
    lead, texts = here.members[0], [judge.octets(judge.random.randrange(40)) for _ in range(3)]
    found = _asked(here, at_once(here, *texts, proxy=True))
    judge.equal("to", {one.to for one in found}, {lead.address})
    judge.equal("numbers", [one.body["origin_sequence"] for one in found], [1, 2, 3])
    judge.equal("payloads", [one.body["payload"] for one in found], texts)
    judge.check("signatures", all(_good(here, one) for one in found), field="body.signature")
    more = _asked(here, at_once(here, b"fourth", proxy=True))
    judge.equal("next", [one.body["origin_sequence"] for one in more], [4])


@case(
    "multicast.proxy.asks-again",
    reqs=["REQ-MUL-33", "REQ-TST-5"],
    type="PROXY",
    operator="conforming-resent",
    fresh=True,
)
def _again(judge: Judge) -> None:
    here = from_outside(judge)
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
    delivers(here, lead, here.subject, 1, texts[0])
    later = _asked(here, here.keep_alive(RESEND, step=RESEND)[0])
    judge.equal("not-what-came-back", [one.body["payload"] for one in later], texts[1:])
    delivers(here, lead, here.subject, 2, texts[1])
    later = _asked(here, here.keep_alive(RESEND, step=RESEND)[0])
    judge.equal("nothing-more", len(later), 0)


@case(
    "multicast.proxy.at-most-64",
    reqs=["REQ-MUL-33", "REQ-TST-5"],
    type="PROXY",
    operator="conforming-64",
    fresh=True,
)
def _most(judge: Judge) -> None:
    here = from_outside(judge)
    texts = [judge.octets(4) for _ in range(MOST + 3)]
    found = _asked(here, at_once(here, *texts, proxy=True))
    judge.equal("under-way", [one.body["payload"] for one in found], texts[:MOST])
    for number in (1, 2):
        delivers(here, here.members[0], here.subject, number, texts[number - 1])
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
    here = from_outside(judge, max_datagram=limit)
    over = here.peer.do("send", here.overlay, payload=bytes(limit - AROUND + 1), proxy=True)
    ok = over.status == "error" and over.reason == "usage"
    judge.check("one-octet-more", ok, expected="usage", observed=over.said())
    found = _asked(here, at_once(here, bytes(limit - AROUND), proxy=True))
    judge.equal("at-the-limit", [len(one.body["payload"]) for one in found], [limit - AROUND])


@case(
    "multicast.proxy.anew-in-the-next-view",
    reqs=["REQ-MUL-36", "REQ-MUL-33"],
    type="PROXY",
    operator="conforming-next-view",
    fresh=True,
)
def _anew(judge: Judge) -> None:
    here = from_outside(judge, n=4, rank=2)
    texts = [judge.octets(9) for _ in range(3)]
    at_once(here, *texts, proxy=True)
    delivers(here, here.members[0], here.subject, 1, texts[0])
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
    here = from_outside(judge, n=4, rank=2)
    texts = [judge.octets(9) for _ in range(2)]
    at_once(here, *texts, proxy=True)
    here.go_on(here.members[0])
    later = judge.octets(9)
    said = rows(words_of(here, at_once(here, later)))
    judge.equal("before-what-is-later", [row["payload"] for row in said], [*texts, later])
