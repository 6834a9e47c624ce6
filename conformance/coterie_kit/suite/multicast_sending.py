"""DATA that a member of a group sends: when, in how few frames, to whom, and how much at most."""

from __future__ import annotations

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.reply import Reply
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._multicast import (
    again_and_again,
    at_once,
    events,
    promise,
    rows,
    steps,
    words_of,
)

ADDRESS = "239.9.8.7:6543"
AROUND = 24 + 28 + 16 + 18 + 13
"""Octets of a DATA with one message, beside its payload."""
MESSAGE = 13
WAITING = registry.limit("waiting-messages")
MOST = registry.limit("unstable-messages")


def _payloads(here: Group, reply: Reply) -> list[list[bytes]]:
    return [[row["payload"] for row in heard.body["messages"]] for heard in words_of(here, reply)]


def _usage(judge: Judge, reply: Reply, name: str) -> None:
    ok = reply.status == "error" and reply.reason == "usage"
    judge.check(name, ok, expected="usage", observed=reply.said())


# ---------------------------------------------------------------- packing


@case("multicast.sent.packed", reqs=["REQ-MUL-9"], type="DATA", operator="conforming-packed", fresh=True)
def _packed(judge: Judge) -> None:
    here = group(judge, n=3, rank=judge.random.randrange(3), clock_base=judge.random.randrange(2**32))
    texts = [judge.octets(judge.random.randrange(20)) for _ in range(judge.random.randrange(5, 20))]
    reply = at_once(here, *texts)
    judge.equal("payloads", _payloads(here, reply), [texts], field="body.messages")
    stamps = [row["timestamp"] for row in rows(words_of(here, reply))]
    wanted = [here.time + 1 + at for at in range(len(texts))]
    judge.equal("timestamps", stamps, wanted, field="body.messages")
    judge.equal("first", [heard.body["first_sequence"] for heard in words_of(here, reply)], [1])
    again = words_of(here, at_once(here, b"next"))
    judge.equal("next", [heard.body["first_sequence"] for heard in again], [len(texts) + 1])


@case(
    "multicast.sent.together", reqs=["REQ-MUL-9"], type="DATA", operator="conforming-not-before", fresh=True
)
def _together(judge: Judge) -> None:
    here = group(judge, n=2, rank=1)
    early = [here.peer.do("send", here.overlay, payload=judge.octets(3)) for _ in range(3)]
    judge.equal("before-the-timers", [words_of(here, reply) for reply in early], [[], [], []])
    judge.equal("then", len(words_of(here, here.pass_time(0))), 1)


@case(
    "multicast.sent.at-most-256",
    reqs=["REQ-MUL-9", "REQ-TST-5"],
    type="DATA",
    operator="conforming-256",
    fresh=True,
)
def _many(judge: Judge) -> None:
    here = group(judge, n=2, rank=1, max_datagram=8000)
    count = judge.random.randrange(257, 300)
    reply = again_and_again(here, b"", count)
    judge.equal("frames", [len(texts) for texts in _payloads(here, reply)], [256, count - 256])


@case(
    "multicast.sent.as-many-as-fit",
    reqs=["REQ-MUL-9", "REQ-TST-5"],
    type="DATA",
    operator="conforming-full",
    fresh=True,
)
def _fit(judge: Judge) -> None:
    for over in (0, 1):
        limit = judge.random.randrange(1200, 4000)
        here = group(judge, n=2, rank=1, max_datagram=limit)
        first = judge.random.randrange(1, 400)
        second = limit - AROUND - MESSAGE - first + over
        reply = at_once(here, bytes(first), bytes(second))
        sizes = [[len(text) for text in texts] for texts in _payloads(here, reply)]
        wanted = [[first], [second]] if over else [[first, second]]
        judge.equal(f"{over}-over", sizes, wanted, field="body.messages")
        judge.check("longest", all(len(send.bytes) <= limit for send in reply.sends), expected=limit)


@case(
    "multicast.sent.fragments",
    reqs=["REQ-MUL-9", "REQ-TST-5"],
    type="DATA",
    operator="conforming-fragments",
    fresh=True,
)
def _fragments(judge: Judge) -> None:
    limit = judge.random.randrange(1200, 1400)
    here = group(judge, n=2, rank=1, max_datagram=limit)
    most = limit - AROUND
    count = judge.random.randrange(2, 6)
    whole = judge.octets(most * (count - 1) + judge.random.randrange(1, most))
    reply = at_once(here, b"before", whole, b"after", b"later")
    said = words_of(here, reply)
    shape = [[(row["fragment_index"], row["fragment_count"]) for row in one.body["messages"]] for one in said]
    wanted = [[(0, 1)], *[[(at, count)] for at in range(count)], [(0, 1), (0, 1)]]
    judge.equal("frames", shape, wanted, field="body.messages")
    parts = rows(said)[1 : count + 1]
    judge.equal("payload", b"".join(row["payload"] for row in parts), whole)
    judge.equal("filled", [len(row["payload"]) for row in parts[:-1]], [most] * (count - 1))
    stamps = [row["timestamp"] for row in rows(said)]
    base = here.time + 1
    judge.equal("timestamps", stamps, [base, *[base + 1] * count, base + 2, base + 3], field="body.messages")


@case(
    "multicast.sent.longest-message",
    reqs=["REQ-MUL-9"],
    type="DATA",
    operator="conforming-64-fragments",
    fresh=True,
)
def _longest(judge: Judge) -> None:
    limit = judge.random.randrange(1200, 1400)
    here = group(judge, n=2, rank=1, max_datagram=limit)
    most = (limit - AROUND) * registry.limit("fragments")
    _usage(judge, here.peer.do("send", here.overlay, payload=bytes(most + 1)), "one-octet-more")
    reply = at_once(here, bytes(most))
    judge.equal("frames", len(words_of(here, reply)), 64)
    exact = at_once(here, bytes(limit - AROUND))
    judge.equal("just-whole", [row["fragment_count"] for row in rows(words_of(here, exact))], [1])


# ---------------------------------------------------------------- when


@case(
    "multicast.sent.not-while-frozen",
    reqs=["REQ-MUL-1", "REQ-VIE-11"],
    type="DATA",
    operator="conforming-waits-for-the-view",
    fresh=True,
)
def _frozen(judge: Judge) -> None:
    here = group(judge, n=3, rank=judge.random.randrange(1, 3))
    asked = here.answered(here.propose(here.members[0]))
    text = judge.octets(9)
    replies = [at_once(here, text)]
    run = here.run(asked)
    run.to_confirms()
    replies.append(here.pass_time(20))
    for who in run.puppets[:-1]:
        run.confirm(who)
    replies.append(here.pass_time(20))
    judge.equal("while-frozen", [len(words_of(here, reply)) for reply in replies], [0, 0, 0])
    run.see_view(run.confirm(run.puppets[-1]))
    run.adopt()
    here.adopt(run)
    judge.equal("in-the-next-view", _payloads(here, here.pass_time(0)), [[text]])


@case(
    "multicast.sent.not-from-outside-the-group",
    reqs=["REQ-MUL-1", "REQ-MUL-5"],
    type="DATA",
    operator="conforming-waits-for-the-group",
    fresh=True,
)
def _outside(judge: Judge) -> None:
    here = group(judge, n=3, rank=1, positions=[0, 2])
    text = judge.octets(9)
    replies = [at_once(here, text), *(here.pass_time(100) for _ in range(3))]
    judge.equal("from-outside", [len(words_of(here, reply)) for reply in replies], [0] * 4)


def _sent_in(here: Group) -> int:
    """The coordinator lets the peer in; how many messages it sends then."""
    lead = here.members[0]
    add = {"first_sequence": 1, "messages": [{"timestamp": here.time + 1, "payload": b"\0\1", "kind": 1}]}
    steps(here, here.deliver(here.seal(lead, "DATA", add).octets(), lead))
    return sum(event.name == "sent" for event in here.pass_time(0).events)


@case(
    "multicast.sent.waiting",
    reqs=["REQ-MUL-1", "REQ-MUL-4"],
    type="none",
    operator="waiting-messages-and-one",
    fresh=True,
)
def _waiting_messages(judge: Judge) -> None:
    here = group(judge, n=2, rank=1, positions=[0], max_datagram=judge.random.randrange(1200, 9000))
    steps(here, here.peer.do("send", here.overlay, payload=b"", times=WAITING))
    judge.equal("waiting", here.inspect()["waiting"], WAITING, field="waiting")
    _usage(judge, here.peer.do("send", here.overlay, payload=b""), "one-more")
    judge.check("leaves", _sent_in(here) > 0, expected="messages leave")
    judge.accepted(here.peer.do("send", here.overlay, payload=b""), "again")


@case(
    "multicast.sent.waiting-octets",
    reqs=["REQ-MUL-1"],
    type="none",
    operator="waiting-octets-and-one",
    fresh=True,
)
def _waiting_octets(judge: Judge) -> None:
    here = group(judge, n=2, rank=1, positions=[0], max_datagram=65_000)
    size = judge.random.randrange(60_000, 64_000)
    most = registry.limit("waiting-octets") // size
    steps(here, here.peer.do("send", here.overlay, payload=bytes(size), times=most))
    left = registry.limit("waiting-octets") - most * size
    _usage(judge, here.peer.do("send", here.overlay, payload=bytes(left + 1)), "one-octet-more")
    judge.accepted(here.peer.do("send", here.overlay, payload=bytes(left)), "all-there-is")
    _usage(judge, here.peer.do("send", here.overlay, payload=b"1"), "one-more")


# ---------------------------------------------------------------- how much


LINE = 2  # messages of 64,000 octets whose events and datagrams fit in one line


def _stable_now(here: Group, at: int) -> Reply:
    promise(here, here.puppets[0], at, acknowledged=at)
    return here.pass_time(1)


@case(
    "multicast.sent.unstable-messages",
    reqs=["REQ-MUL-29", "REQ-MUL-18"],
    type="DATA",
    operator="conforming-4096-unstable",
    fresh=True,
)
def _unstable(judge: Judge) -> None:
    here = group(judge, n=2, rank=1, max_datagram=8000, service="unordered-unreliable")
    base, total = here.time, 0
    part = judge.random.randrange(250, 400)
    for _ in range(MOST // part):
        total += len(rows(words_of(here, again_and_again(here, b"", part))))
    total += len(rows(words_of(here, again_and_again(here, b"", MOST - total + 5))))
    judge.equal("at-most", total, MOST)
    judge.equal("the-others-wait", here.inspect()["waiting"], 5, field="waiting")
    later = rows(words_of(here, _stable_now(here, base + MOST)))
    judge.equal("when-it-is-stable", len(later), 5)


@case(
    "multicast.sent.unstable-fragments",
    reqs=["REQ-MUL-29", "REQ-MUL-18", "REQ-MUL-9"],
    type="DATA",
    operator="conforming-fragments-count",
    fresh=True,
)
def _unstable_fragments(judge: Judge) -> None:
    here = group(judge, n=2, rank=1, max_datagram=8000, service="unordered-unreliable")
    base, pieces = here.time, judge.random.randrange(2, 12)
    whole = bytes((8000 - AROUND) * pieces)
    left = MOST - pieces + 1
    while left:
        count = min(left, 400)
        again_and_again(here, b"", count)
        left -= count
    late = at_once(here, whole)
    judge.equal("no-room-for-all-of-it", len(rows(words_of(here, late))), 0)
    judge.equal("it-waits", here.inspect()["waiting"], 1, field="waiting")
    later = rows(words_of(here, _stable_now(here, base + MOST - pieces + 1)))
    judge.equal("when-all-is-stable", len(later), pieces)


@case(
    "multicast.sent.unstable-octets",
    reqs=["REQ-MUL-29", "REQ-MUL-18"],
    type="DATA",
    operator="conforming-4-mib-unstable",
    fresh=True,
)
def _unstable_octets(judge: Judge) -> None:
    here = group(judge, n=2, rank=1, max_datagram=65_000, service="unordered-unreliable")
    base, size = here.time, judge.random.randrange(60_000, 64_000)
    most = registry.limit("unstable-octets") // size
    for number in range(0, most, LINE):
        count = min(LINE, most - number)
        sent = words_of(here, again_and_again(here, bytes(size), count))
        if not judge.equal(f"message-{number}", len(sent), count):
            return
    left = registry.limit("unstable-octets") - most * size
    judge.equal("one-octet-more", len(words_of(here, at_once(here, bytes(left + 1)))), 0)
    judge.equal("when-it-is-stable", len(words_of(here, _stable_now(here, base + most))), 1)


# ---------------------------------------------------------------- to whom


@case("multicast.sent.once-to-each", reqs=["REQ-MUL-42"], type="DATA", operator="conforming-once", fresh=True)
def _once(judge: Judge) -> None:
    here = group(judge, n=4, rank=judge.random.randrange(4))
    reply = at_once(here, judge.octets(9))
    sends = here.heard(reply, "DATA")
    judge.equal("to", sorted(heard.to for heard in sends), sorted(one.address for one in here.puppets))
    judge.equal("one-frame", len({heard.prefix["counter"] for heard in sends}), 1)
    later = here.keep_alive(1500, step=100)
    judge.equal("never-again", [len(words_of(here, each)) for each in later], [0] * len(later))


@case(
    "multicast.sent.no-data-event",
    reqs=["REQ-MUL-42"],
    type="DATA",
    operator="conforming-told-by-service",
    fresh=True,
)
def _no_event(judge: Judge) -> None:
    for service in ("timestamp-ordered", "unordered-unreliable", "safe"):
        here = group(judge, n=2, rank=1, service=service)
        reply = here.data(here.puppets[0], judge.octets(9))
        steps(here, reply)
        judge.equal(service, events(reply, "data"), [], field="events")


@case(
    "multicast.sent.to-the-multicast-address",
    reqs=["REQ-MUL-37", "REQ-MUL-42", "REQ-MUL-24", "REQ-MUL-27"],
    type="DATA",
    operator="conforming-multicast",
    fresh=True,
)
def _address(judge: Judge) -> None:
    here = group(judge, n=4, rank=1, multicast=ADDRESS)
    sent = here.heard(at_once(here, judge.octets(9)), "DATA")
    judge.equal("data", [heard.to for heard in sent], [ADDRESS])
    beaten = [here.heard(reply, "HEARTBEAT") for reply in here.keep_alive(600, step=50)]
    here.need(any(beaten), "no HEARTBEAT")
    judge.equal("heartbeats", {heard.to for each in beaten for heard in each}, {ADDRESS})
    counters = [heard.prefix["counter"] for each in beaten for heard in each]
    judge.equal("each-once", len(counters), len(set(counters)))
    who = judge.random.choice(here.puppets[1:])  # not the coordinator, who is asked after the sender
    own = here.installed.position(here.subject) if here.installed else 0
    reply = here.says(who, "NACK", ranges=[{"sender": own, "first": 1, "last": 1}])
    judge.equal("repair", [heard.to for heard in here.heard(reply)], [who.address])
    here.words(who, b"lost")
    steps(here, here.data(who, b"after-a-gap"))
    asked = [heard for reply in here.keep_alive(25, step=5) for heard in here.heard(reply, "NACK")]
    judge.equal("nack", [heard.to for heard in asked], [who.address])


@case(
    "multicast.sent.alive-to-the-multicast-address",
    reqs=["REQ-MUL-37", "REQ-MUL-21", "REQ-MUL-1"],
    type="ALIVE",
    operator="conforming-multicast",
    fresh=True,
)
def _alive_address(judge: Judge) -> None:
    here = group(judge, n=3, rank=1, positions=[0, 2], multicast=ADDRESS)
    replies = here.keep_alive(1200, step=100)
    beaten = [heard for reply in replies for heard in here.heard(reply, "ALIVE")]
    judge.equal("alive", {heard.to for heard in beaten}, {ADDRESS})
    counters = [heard.prefix["counter"] for heard in beaten]
    judge.equal("each-once", len(counters), len(set(counters)))
    asked = here.heard(at_once(here, judge.octets(3)), "SENDER")
    judge.equal("sender", [heard.to for heard in asked], [here.members[0].address])


@case(
    "multicast.sent.own-frame-comes-back",
    reqs=["REQ-MUL-37", "REQ-REC-2", "REQ-FRM-1"],
    type="DATA",
    operator="own-frame-comes-back",
    fresh=True,
)
def _comes_back(judge: Judge) -> None:
    here = group(judge, n=3, rank=1, multicast=ADDRESS)
    reply = at_once(here, judge.octets(9))
    here.need(reply.sends, "no DATA")
    octets = reply.sends[0].bytes
    judge.refuses(here.peer, octets, "bad-sender-index", source="198.51.100.7:99", name="from-elsewhere")
    judge.refuses(here.peer, octets, "bad-source", source=here.subject.address, name="from-itself")
