"""When HEARTBEAT and ALIVE are sent, and who holds a view up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._multicast import at_once, beat, beats, events, promise, steps, words_of

IDLE, BUSY = registry.timer("alive-idle"), registry.timer("alive-busy")
SOON, URGENT = registry.timer("acknowledge-delay"), registry.limit("urgent-beats")
MANY = registry.limit("acknowledge-after")
PATIENCE = registry.timer("stability-give-up")
RULE = {"HEARTBEAT": "REQ-MUL-20", "ALIVE": "REQ-MUL-21"}


def _speaker(judge: Judge, kind: str) -> Group:
    """The peer is in the sender group when it is to say HEARTBEAT."""
    here = group(judge, n=3, rank=1, positions=[0, 2] if kind == "ALIVE" else None)
    steps(here, here.pass_time(judge.random.randrange(5, 90)))
    return here


def _alive(here: Group, **values: Any) -> None:
    for who in here.puppets:
        steps(here, here.says(who, "ALIVE", **values))


def _due(judge: Judge, here: Group, kind: str, after: int, name: str) -> None:
    """Nothing for so many milliseconds but one, and then one to each."""
    cut = judge.random.randrange(1, after - 1)
    early = [*beats(here, here.pass_time(cut)), *beats(here, here.pass_time(after - 1 - cut))]
    judge.equal(f"{name}.early", [heard.type for heard in early], [])
    reply = here.pass_time(1)
    judge.equal(f"{name}.due", [heard.type for heard in beats(here, reply)], [kind])
    to = sorted(heard.to for heard in here.heard(reply, kind))
    judge.equal(f"{name}.to", to, sorted(one.address for one in here.puppets))


def _idle(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = _speaker(judge, kind)
        judge.equal("type", beat(here).type, kind, field="header.type")
        for turn in range(3):
            _alive(here)
            _due(judge, here, kind, IDLE, f"turn-{turn}")

    return story


def _busy(kind: str) -> Callable[[Judge], None]:
    """Every 100 ms while a message is not stable, once more, and then every 500 ms."""

    def story(judge: Judge) -> None:
        here = _speaker(judge, kind)
        first = beat(here)
        here.need(first.type == kind, f"{first.type} instead of {kind}")
        if kind == "HEARTBEAT":
            sent = words_of(here, at_once(here, b"x"))
            here.time += len(sent)
        else:
            steps(here, here.data(here.puppets[0], b"x"))
        for turn in range(3):
            _due(judge, here, kind, BUSY, f"busy-{turn}")
            _alive(here)
        for who in here.puppets:
            promise(here, who, here.time, acknowledged=here.time)
        here.need(here.inspect()["stable"] == here.time, "the message is not stable")
        # who promises says soon that it has it; by its interval, who does not
        _due(judge, here, kind, SOON if kind == "HEARTBEAT" else BUSY, "just-stable")
        _alive(here)
        _due(judge, here, kind, IDLE, "stable")

    return story


for _kind, _rule in RULE.items():
    case(
        f"multicast.{_kind.lower()}.interval",
        reqs=[_rule],
        type=_kind,
        operator="conforming-idle",
        fresh=True,
    )(_idle(_kind))
    case(
        f"multicast.{_kind.lower()}.interval-busy",
        reqs=[_rule, "REQ-MUL-18", "REQ-MUL-10", "REQ-MUL-22" if _kind == "ALIVE" else "REQ-MUL-47"],
        type=_kind,
        operator="conforming-busy",
        fresh=True,
    )(_busy(_kind))


@case(
    "multicast.heartbeat.begins-anew-with-data",
    reqs=["REQ-MUL-20"],
    type="HEARTBEAT",
    operator="conforming-after-data",
    fresh=True,
)
def _anew(judge: Judge) -> None:
    here = _speaker(judge, "HEARTBEAT")
    beat(here)
    here.time += len(words_of(here, at_once(here, b"x")))
    for turn in range(4):
        found = beats(here, here.pass_time(judge.random.randrange(BUSY // 2, BUSY)))
        judge.equal(f"turn-{turn}", [heard.type for heard in found], [])
        at_once(here, b"y")


@case(
    "multicast.beats.say-where-it-stands",
    reqs=["REQ-MUL-20", "REQ-MUL-21", "REQ-MUL-14"],
    type="HEARTBEAT",
    operator="conforming-fields",
    fresh=True,
)
def _fields(judge: Judge) -> None:
    here = _speaker(judge, "HEARTBEAT")
    count = judge.random.randrange(2, 9)
    at_once(here, *[judge.octets(3) for _ in range(count)])
    clock = here.inspect().number("clock")
    body = beat(here).body
    judge.equal("last", body["last_sequence"], count, reqs=["REQ-MUL-20"], field="body.last_sequence")
    judge.equal("clock", body["timestamp"], clock, reqs=["REQ-MUL-20"], field="body.timestamp")
    here = _speaker(judge, "ALIVE")
    high = here.time + judge.random.randrange(2, 2**30)
    steps(here, here.says(here.puppets[0], "ALIVE", timestamp=high))
    body = beat(here).body
    judge.equal("none", body["last_sequence"], 0, reqs=["REQ-MUL-21"], field="body.last_sequence")
    judge.equal(
        "alive-clock", body["timestamp"], high, reqs=["REQ-MUL-21", "REQ-MUL-14"], field="body.timestamp"
    )


# ---------------------------------------------------------------- at once


@case(
    "multicast.heartbeat.at-once",
    reqs=["REQ-MUL-22", "REQ-MUL-20", "REQ-REC-13"],
    type="HEARTBEAT",
    operator="conforming-at-once",
    fresh=True,
)
def _at_once(judge: Judge) -> None:
    here = _speaker(judge, "HEARTBEAT")
    beat(here)
    for turn in range(3):
        spoken = len(beats(here, here.pass_time(judge.random.randrange(1, 20))))
        for number in range(URGENT - spoken):
            steps(
                here, here.data(here.puppets[number % 2], judge.octets(4)), here.data(here.puppets[0], b"x")
            )
            found = beats(here, here.pass_time(0))
            name = f"turn-{turn}.{number}"
            judge.equal(f"{name}.one", [heard.type for heard in found], ["HEARTBEAT"])
            if found:
                stamp = found[0].body["timestamp"]
                judge.equal(f"{name}.timestamp", stamp, here.time, field="body.timestamp")
            judge.equal(f"{name}.again", [heard.type for heard in beats(here, here.pass_time(0))], [])
        steps(here, here.data(here.puppets[1], b"y"))
        judge.equal(f"turn-{turn}.too-often", [heard.type for heard in beats(here, here.pass_time(0))], [])
        found = beats(here, here.pass_time(1))
        judge.equal(f"turn-{turn}.next-ms", [heard.type for heard in found], ["HEARTBEAT"])


@case(
    "multicast.heartbeat.acknowledges-what-was-ordered",
    reqs=["REQ-MUL-47", "REQ-MUL-20", "REQ-REC-13", "REQ-MUL-22"],
    type="HEARTBEAT",
    operator="conforming-acknowledge-delay",
    fresh=True,
)
def _acknowledges(judge: Judge) -> None:
    here = _speaker(judge, "HEARTBEAT")
    beat(here)
    steps(here, here.pass_time(judge.random.randrange(1, 9)), here.data(here.puppets[0], judge.octets(4)))
    here.need(here.inspect()["acknowledged"] < here.time, "the message is ordered too early")
    found = beats(here, here.pass_time(0))
    judge.equal("promise", [heard.body["acknowledged"] < here.time for heard in found], [True])
    steps(here, here.pass_time(judge.random.randrange(1, SOON - 1)))
    judge.equal("not-ordered", [heard.type for heard in beats(here, here.pass_time(SOON))], [])
    promise(here, here.puppets[1], here.time)
    here.need(here.inspect()["acknowledged"] == here.time, "the message is not ordered")
    found = beats(here, here.pass_time(1))
    judge.equal("acknowledged", [heard.body["acknowledged"] for heard in found], [here.time])
    judge.equal("once", [heard.type for heard in beats(here, here.pass_time(SOON + 1))], [])


@case(
    "multicast.heartbeat.not-for-nothing",
    reqs=["REQ-MUL-22", "REQ-MUL-20"],
    type="HEARTBEAT",
    operator="conforming-nothing-to-promise",
    fresh=True,
)
def _for_nothing(judge: Judge) -> None:
    here = _speaker(judge, "HEARTBEAT")
    beat(here)
    steps(here, here.pass_time(2))
    steps(here, here.peer.do("send", here.overlay, payload=b"own"), here.data(here.puppets[0], b"x"))
    reply = here.pass_time(0)
    judge.equal("data-says-it", [heard.type for heard in beats(here, reply)], [])
    here.need(words_of(here, reply), "no DATA")
    here.time += 5
    promise(here, here.puppets[0], here.time)
    judge.equal("no-message", [heard.type for heard in beats(here, here.pass_time(1))], [])
    outside = _speaker(judge, "ALIVE")
    beat(outside)
    steps(outside, outside.pass_time(2), outside.data(outside.puppets[0], b"x"))
    judge.equal("not-in-the-group", [heard.type for heard in beats(outside, outside.pass_time(0))], [])


def _ordered_late(here: Group) -> None:
    """A message comes, and three milliseconds later it is ordered."""
    first, second = here.puppets
    steps(here, here.data(first, b"x"))
    here.need(beats(here, here.pass_time(0)), "it does not promise at once")
    steps(here, here.pass_time(3))
    promise(here, second, here.time)
    here.need(here.inspect()["acknowledged"] == here.time, "the message is not ordered")


@case(
    "multicast.heartbeat.acknowledges-soon",
    reqs=["REQ-MUL-47", "REQ-REC-13", "REQ-MUL-20"],
    type="HEARTBEAT",
    operator="conforming-after-ordering",
    fresh=True,
)
def _soon(judge: Judge) -> None:
    here = _speaker(judge, "HEARTBEAT")
    beat(here)
    for turn in range(2):
        steps(here, here.pass_time(20))
        _ordered_late(here)
        early = beats(here, here.pass_time(SOON - 4))
        judge.equal(f"turn-{turn}.early", [heard.type for heard in early], [])
        found = beats(here, here.pass_time(1))
        told = [(heard.type, heard.body["acknowledged"]) for heard in found]
        judge.equal(f"turn-{turn}.due", told, [("HEARTBEAT", here.time)], field="body.acknowledged")
        later = beats(here, here.pass_time(2 * SOON))
        judge.equal(f"turn-{turn}.once", [heard.type for heard in later], [])


@case(
    "multicast.heartbeat.data-acknowledges-soon",
    reqs=["REQ-MUL-47", "REQ-REC-13"],
    type="DATA",
    operator="conforming-data-after-ordering",
    fresh=True,
)
def _data_says_so(judge: Judge) -> None:
    here = _speaker(judge, "HEARTBEAT")
    beat(here)
    steps(here, here.pass_time(20))
    _ordered_late(here)
    at = here.time
    said = words_of(here, at_once(here, judge.octets(3)))
    judge.equal("data", [heard.body["acknowledged"] for heard in said], [at], field="body.acknowledged")
    later = beats(here, here.pass_time(3 * SOON))
    judge.equal("nothing-more", [heard.type for heard in later], [])


@case(
    "multicast.alive.after-many-messages",
    reqs=["REQ-MUL-23", "REQ-MUL-21", "REQ-MUL-22"],
    type="ALIVE",
    operator="conforming-after-128",
    fresh=True,
)
def _many(judge: Judge) -> None:
    here = _speaker(judge, "ALIVE")
    beat(here)
    for turn in range(2):
        left = MANY - 1
        while left:
            count = min(left, judge.random.randrange(1, 60))
            steps(here, here.data(here.puppets[0], *[b""] * count))
            left -= count
        steps(here, here.pass_time(0))
        early = beats(here, here.pass_time(1))
        judge.equal(f"turn-{turn}.not-yet", [heard.type for heard in early], [])
        steps(here, here.data(here.puppets[0], b""))
        judge.equal(
            f"turn-{turn}.at-once", [heard.type for heard in beats(here, here.pass_time(0))], ["ALIVE"]
        )
        judge.equal(f"turn-{turn}.once", [heard.type for heard in beats(here, here.pass_time(1))], [])


# ---------------------------------------------------------------- patience


def _ten_seconds(here: Group, says: Callable[[], None]) -> Reply:
    """All but a millisecond, while all are heard; then that millisecond."""
    for _ in range(PATIENCE // IDLE - 1):
        says()
        reply = here.pass_time(IDLE)
        here.need(not events(reply, "suspected"), "somebody is suspected before the time")
    says()
    steps(here, here.pass_time(IDLE - 1))
    return here.pass_time(1)


def _suspects(reply: Reply) -> list[tuple[str, str]]:
    return [(row["node"], row["why"]) for row in events(reply, "suspected")]


@case(
    "multicast.patience.who-promises-nothing",
    reqs=["REQ-MUL-30", "REQ-MUL-10"],
    type="ALIVE",
    operator="conforming-silent-sender",
    fresh=True,
)
def _silent(judge: Judge) -> None:
    here = group(judge, n=4, rank=0)
    silent, *others = judge.random.sample(here.puppets, 3)
    steps(here, here.data(others[0], judge.octets(9)))

    def says() -> None:
        # what nobody can order, nobody acknowledges
        steps(here, here.says(silent, "ALIVE"))
        for who in others:
            early = events(promise(here, who, here.time + 1), "message")
            here.need(not early, "a message is told before every sender was heard")

    reply = _ten_seconds(here, says)
    judge.equal("suspected", _suspects(reply), [(silent.node.hex(), "stability")], field="events")


@case(
    "multicast.patience.who-acknowledges-nothing",
    reqs=["REQ-MUL-30", "REQ-MUL-19"],
    type="HEARTBEAT",
    operator="conforming-slow-member",
    fresh=True,
)
def _slow(judge: Judge) -> None:
    here = group(judge, n=4, rank=0)
    slow, *others = judge.random.sample(here.puppets, 3)
    steps(here, here.data(slow, judge.octets(9)))
    at = here.time

    def says() -> None:
        promise(here, slow, at + 1)
        for who in others:
            promise(here, who, at + 1, acknowledged=at)

    reply = _ten_seconds(here, says)
    judge.equal("suspected", _suspects(reply), [(slow.node.hex(), "stability")], field="events")


@case(
    "multicast.patience.nobody-holds-it-up",
    reqs=["REQ-MUL-30"],
    type="HEARTBEAT",
    operator="conforming-patience",
    fresh=True,
)
def _nobody(judge: Judge) -> None:
    here = group(judge, n=3, rank=0)
    a, b = here.puppets

    def says() -> None:
        at = _next(here, judge, a)
        promise(here, b, at)
        promise(here, a, at, acknowledged=at)
        promise(here, b, at, acknowledged=at)

    for _ in range(PATIENCE // IDLE + 2):
        says()
        judge.equal("nobody", _suspects(here.pass_time(IDLE)), [], field="events")


def _next(here: Group, judge: Judge, who: Puppet) -> int:
    steps(here, here.data(who, judge.octets(3)))
    return here.time
