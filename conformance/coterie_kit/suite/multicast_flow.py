"""How much of one sender a receiver holds."""

from __future__ import annotations

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._group import group
from coterie_kit.suite._multicast import promise, steps
from coterie_kit.suite._scenes import Scene
from coterie_kit.suite._stage import accepts

HELD = registry.limit("held-messages")


@case(
    "multicast.data.too-far-ahead", reqs=["REQ-MUL-38"], type="DATA", operator="sequence-too-far", fresh=True
)
def _too_far(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    who, count = here.puppets[0], judge.random.randrange(1, 9)
    steps(here, here.data(who, *[b""] * count))
    here.last[who.node] = count + HELD
    far = Scene(here, here.words(who, b"far"))
    far.refuses(far.draft, "flow-exceeded", "one-too-far")
    here.last[who.node] = count + HELD - 2
    two = Scene(here, here.words(who, b"at", b"far"))
    two.twin(name="at-the-limit")
    here.last[who.node] = count + HELD - 3
    over = Scene(here, here.words(who, b""))
    over.twin(over.draft.with_body(messages=[{"timestamp": here.time - 3, "payload": b""}]), "before")


@case(
    "multicast.data.too-many-held", reqs=["REQ-MUL-38"], type="DATA", operator="too-many-messages", fresh=True
)
def _too_many(judge: Judge) -> None:
    here = group(judge, n=3, rank=1, max_datagram=8000, service="unordered-unreliable")
    who, other = judge.random.sample(here.puppets, 2)
    for _ in range(HELD // 256):
        steps(here, here.data(who, *[b""] * 256))
    over = Scene(here, here.words(who, judge.octets(3)))
    over.refuses(over.draft, "flow-exceeded", "one-more")
    accepts(judge, here.data(other, b"x"), "of-another")
    base = here.installed.plan.clock_base if here.installed else 0
    for one in here.puppets:
        promise(here, one, here.time + 5, acknowledged=base + 256, last_sequence=HELD if one is who else 1)
    here.need(here.inspect()["stable"] >= base + 256, "nothing is stable")
    room = over.draft.with_body(messages=[{"timestamp": here.time + 9, "payload": b""}])
    over.twin(room.with_prefix(counter=99), "with-room-again")


@case(
    "multicast.data.too-much-held", reqs=["REQ-MUL-38"], type="DATA", operator="too-many-octets", fresh=True
)
def _too_much(judge: Judge) -> None:
    here = group(judge, n=3, rank=1, max_datagram=65_000)
    who, size = judge.random.choice(here.puppets), judge.random.randrange(62_000, 64_000)
    most = registry.limit("held-octets") // size
    for _ in range(most):
        steps(here, here.data(who, bytes(size)))
    left = registry.limit("held-octets") - most * size
    over = Scene(here, here.words(who, bytes(left + 1)))
    over.refuses(over.draft, "flow-exceeded", "one-octet-more")
    over.twin(
        over.draft.with_body(messages=[{"timestamp": here.time, "payload": bytes(left)}]), "at-the-limit"
    )
