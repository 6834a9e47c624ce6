"""What the sealed types other than DATA may say: timestamps, acknowledgements, ranges, operations, roles."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._multicast import (
    MULTICAST_SCENES,
    at_once,
    good_values,
    proxy,
    rows,
    sealed_scene,
    steps,
    words_of,
)
from coterie_kit.suite._scenes import Scene
from coterie_kit.suite._stage import accepts

JUMP = registry.limit("clock-jump")
SPAN = registry.limit("nack-span")
RATE = registry.limit("nack-rate")


# ---------------------------------------------------------------- timestamps


def _timestamp(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        base = judge.random.randrange(1, 2**40)
        here = sealed_scene(judge, kind, clock_base=base)
        for name, value in (("zero", 0), ("one-too-far", base + JUMP + 1), ("greatest", 2**64 - 1)):
            here.refuses(here.draft.with_body(timestamp=value), "bad-timestamp", name)
        here.twin(here.draft.with_body(timestamp=base + JUMP), "at-the-limit")
        here.twin(here.draft.with_body(timestamp=1).with_prefix(counter=2), "one")

    return story


def _raised(kind: str) -> Callable[[Judge], None]:
    """The clock goes up to the timestamp, and never down."""

    def story(judge: Judge) -> None:
        base = judge.random.randrange(1, 2**40)
        here = group(judge, n=3, rank=1, clock_base=base)
        high = base + judge.random.randrange(2, 2**31)
        for timestamp in (high, high - 1):
            steps(here, here.says(here.members[2], kind, timestamp=timestamp))
            judge.equal("clock", here.inspect()["clock"], high, field="clock")
        sent = rows(words_of(here, at_once(here, b"later")))
        judge.equal(
            "next", [row["timestamp"] for row in sent], [high + 1], field="body.messages[0].timestamp"
        )

    return story


for _kind in ("HEARTBEAT", "ALIVE"):
    case(
        f"multicast.{_kind.lower()}.timestamp",
        reqs=["REQ-MUL-14"],
        type=_kind,
        operator="timestamp-out-of-range",
        fresh=True,
    )(_timestamp(_kind))
    case(
        f"multicast.{_kind.lower()}.raises-the-clock",
        reqs=["REQ-MUL-14"],
        type=_kind,
        operator="conforming-clock",
        fresh=True,
    )(_raised(_kind))


# ---------------------------------------------------------------- acknowledgements


def _acknowledged(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        base = judge.random.randrange(100, 2**40)
        here = sealed_scene(judge, kind, clock_base=base)
        ahead = judge.random.randrange(2, 2**20)
        for name, timestamp, beyond in (
            ("above-both", base - 50, base + 1),
            ("above-its-timestamp", base + ahead, base + ahead + 1),
            ("greatest", base, 2**64 - 1),
        ):
            draft = here.draft.with_body(timestamp=timestamp, acknowledged=beyond)
            here.refuses(draft, "bad-acknowledgement", name)
        here.twin(here.draft.with_body(timestamp=base - 50, acknowledged=base), "as-the-clock")
        later = here.draft.with_body(timestamp=base + ahead, acknowledged=base + ahead)
        here.twin(later.with_prefix(counter=2), "as-its-timestamp")

    return story


for _kind in ("HEARTBEAT", "ALIVE"):
    case(
        f"multicast.{_kind.lower()}.acknowledged",
        reqs=["REQ-MUL-18"],
        type=_kind,
        operator="acknowledged-too-great",
        fresh=True,
    )(_acknowledged(_kind))


@case(
    "multicast.heartbeat.stable-beyond-acknowledged",
    reqs=["REQ-MUL-19"],
    type="HEARTBEAT",
    operator="stable-too-great",
    fresh=True,
)
def _stable(judge: Judge) -> None:
    base = judge.random.randrange(100, 2**40)
    here = sealed_scene(judge, "HEARTBEAT", clock_base=base)
    own = judge.random.randrange(1, base)
    for name, acknowledged, stable in (
        ("one-more", own, own + 1),
        ("of-nothing", 0, 1),
        ("all", own, 2**64 - 1),
    ):
        draft = here.draft.with_body(acknowledged=acknowledged, stable=stable)
        here.refuses(draft, "bad-acknowledgement", name)
    here.twin(here.draft.with_body(acknowledged=own, stable=own), "equal")


# ---------------------------------------------------------------- ranges


BAD_RANGES = (
    ("no-such-member", 3, 1, 1),
    ("far-member", 0xFFFF, 1, 1),
    ("first-zero", 1, 0, 1),
    ("all-zero", 0, 0, 0),
    ("last-below-first", 1, 9, 8),
    ("last-zero", 1, 1, 0),
    ("one-too-long", 1, 1, SPAN + 1),
    ("all-there-are", 1, 1, 2**64 - 1),
)
GOOD_RANGES = ((2, 1, SPAN), (0, 2**64 - SPAN, 2**64 - 1), (1, 2**64 - 1, 2**64 - 1))


@case("multicast.nack.bad-range", reqs=["REQ-MUL-26"], type="NACK", operator="range-faults", fresh=True)
def _nack_range(judge: Judge) -> None:
    here = sealed_scene(judge, "NACK")
    for name, sender, first, last in BAD_RANGES:
        bad = {"sender": sender, "first": first, "last": last}
        here.refuses(here.draft.with_body(ranges=[bad]), "bad-range", name)
    good = [{"sender": sender, "first": first, "last": last} for sender, first, last in GOOD_RANGES]
    late = [*good, {"sender": 1, "first": judge.random.randrange(2, 2**32), "last": 1}]
    here.refuses(here.draft.with_body(ranges=late), "bad-range", "the-fourth")
    here.twin(here.draft.with_body(ranges=good))


@case("multicast.gap.bad-range", reqs=["REQ-MUL-26"], type="GAP", operator="range-faults", fresh=True)
def _gap_range(judge: Judge) -> None:
    here = sealed_scene(judge, "GAP")
    for name, sender, first, last in BAD_RANGES:
        here.refuses(here.draft.with_body(sender=sender, first=first, last=last), "bad-range", name)
    for at, (sender, first, last) in enumerate(GOOD_RANGES):
        draft = here.draft.with_body(sender=sender, first=first, last=last).with_prefix(counter=at + 1)
        here.twin(draft, f"good-{at}")


@case("multicast.nack.rate", reqs=["REQ-MUL-25"], type="NACK", operator="too-many-in-a-second", fresh=True)
def _rate(judge: Judge) -> None:
    here = sealed_scene(judge, "NACK")
    stage: Group = here.notes["group"]
    half = RATE // 2
    wait = judge.random.randrange(100, 900)
    for counter in range(RATE):
        if counter == half:
            steps(stage, stage.pass_time(wait))
        reply = stage.deliver(here.draft.with_prefix(counter=counter + 1).octets(), here.puppet)
        if not accepts(judge, reply, f"nack-{counter}"):
            return
    over = here.draft.with_prefix(counter=RATE + 1)
    here.refuses(over, "nack-rate", "one-more")
    other = stage.members[0]
    nack = stage.seal(other, "NACK", good_values(stage, "NACK", other))
    here.twin(nack, "of-another-member")
    steps(stage, stage.pass_time(999 - wait))
    here.refuses(over, "nack-rate", "within-the-second")
    steps(stage, stage.pass_time(1))
    for counter in range(half):
        reply = stage.deliver(over.with_prefix(counter=RATE + 1 + counter).octets(), here.puppet)
        if not accepts(judge, reply, f"later-{counter}"):
            return
    here.refuses(over.with_prefix(counter=RATE + 1 + half), "nack-rate", "the-second-half-counts-still")


# ---------------------------------------------------------------- operations and roles


@case(
    "multicast.sender.operation", reqs=["REQ-MUL-41"], type="SENDER", operator="operation-other", fresh=True
)
def _operation(judge: Judge) -> None:
    here = sealed_scene(judge, "SENDER")
    for operation in (0, 2, 128, 255, judge.random.randrange(3, 255)):
        here.refuses(here.draft.with_body(operation=operation), "bad-operation", f"operation-{operation}")
    here.twin()


def _not_coordinator(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        sealed_scene(judge, kind).twin()
        for rank in (1, 2):
            here = group(judge, n=4, rank=rank, positions=[0, rank])
            who = here.members[3]
            values = {"operation": 1} if kind == "SENDER" else proxy(here, who, 1, judge.octets(5))
            at_member = Scene(here, here.seal(who, kind, values))
            at_member.refuses(at_member.draft, "not-coordinator", f"rank-{rank}")

    return story


for _kind in ("SENDER", "PROXY"):
    case(
        f"multicast.{_kind.lower()}.not-coordinator",
        reqs=["REQ-MUL-40"],
        type=_kind,
        operator="at-another-member",
        fresh=True,
    )(_not_coordinator(_kind))


# ---------------------------------------------------------------- what is no fault


@case(
    "multicast.beats.of-either-kind",
    reqs=["REQ-MUL-14", "REQ-MUL-18"],
    type="HEARTBEAT",
    operator="conforming-of-either-kind",
    fresh=True,
)
def _either(judge: Judge) -> None:
    here = group(judge, n=3, rank=1, positions=[0, 1])
    outside, sender = here.members[2], here.members[0]
    accepts(judge, here.says(outside, "HEARTBEAT"), "heartbeat-from-outside")
    accepts(judge, here.says(sender, "ALIVE"), "alive-of-a-sender")


for _kind in MULTICAST_SCENES:

    def _accepted(judge: Judge, kind: str = _kind) -> None:
        suite = judge.random.choice((1, 2))
        here = sealed_scene(judge, kind, suite=suite)
        here.twin(reqs=["REQ-KEY-37", "REQ-REC-6"])
        here.refuses(
            here.draft.with_prefix(counter=9).changed(spoil=True), "bad-seal", "spoiled", reqs=["REQ-REC-6"]
        )

    case(
        f"multicast.{_kind.lower()}.sealed",
        reqs=["REQ-REC-6", "REQ-KEY-37"],
        type=_kind,
        operator="other-seal",
        fresh=True,
        suites=(1, 2),
    )(_accepted)
