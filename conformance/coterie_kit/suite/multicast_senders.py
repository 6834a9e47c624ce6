"""Who is in the sender group, from which place on, and what those say who are not."""

from __future__ import annotations

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._multicast import ADD, REMOVE, change, named, nodes, promise, senders, steps, told

# ---------------------------------------------------------------- sender-add


def _seen(judge: Judge, rank: int = 1) -> tuple[Group, Puppet, Puppet, Puppet]:
    """Two senders besides the peer, and one member outside."""
    here = group(judge, n=4, rank=rank, positions=[0, 1, 2], clock_base=judge.random.randrange(2**32))
    lead, other = (one for one in here.members[:3] if one is not here.subject)
    return here, lead, other, here.members[3]


@case(
    "multicast.sender-add.at-its-place",
    reqs=["REQ-MUL-4", "REQ-MUL-12", "REQ-MUL-43"],
    type="DATA",
    operator="conforming-at-its-place",
    fresh=True,
)
def _at_its_place(judge: Judge) -> None:
    here, lead, other, outside = _seen(judge, judge.random.randrange(1, 3))
    before = senders(here)
    change(here, lead, ADD, named(3))
    at = here.time
    judge.equal("on-arrival", senders(here), before, field="senders")
    promise(here, other, at - 1)
    judge.equal("just-before", senders(here), before, field="senders")
    promise(here, other, at)
    judge.equal("ordered", senders(here), sorted([*before, outside.node.hex()]), field="senders")
    here.time += 2
    text = judge.octets(4)
    reply = here.data(outside, text)
    steps(here, promise(here, other, here.time))
    reply = promise(here, lead, here.time)
    judge.equal("may-speak", told(reply), [(outside.node, text)], field="events")
    text = judge.octets(4)
    steps(here, here.data(lead, text))
    reply = promise(here, other, here.time)
    judge.equal("is-waited-for", told(reply), [], field="events")
    reply = promise(here, outside, here.time)
    judge.equal("is-heard", told(reply), [(lead.node, text)], field="events")


ADDS: dict[str, tuple[bytes, dict[str, int]]] = {
    "empty": (b"", {}),
    "one-octet": (b"\x03", {}),
    "three-octets": (b"\x00\x03\x00", {}),
    "no-such-position": (named(4), {}),
    "far-position": (b"\xff\xff", {}),
    "in-the-group": (named(2), {}),
}


@case(
    "multicast.sender-add.without-effect",
    reqs=["REQ-MUL-4"],
    type="DATA",
    operator="sender-add-faults",
    fresh=True,
)
def _without_effect(judge: Judge) -> None:
    here, lead, other, outside = _seen(judge)
    before = senders(here)
    for name, (payload, fields) in ADDS.items():
        change(here, lead, ADD, payload, **fields)
        promise(here, other, here.time)
        judge.equal(name, senders(here), before, field="senders")
    change(here, other, ADD, named(3))
    promise(here, lead, here.time)
    judge.equal("of-another", senders(here), before, field="senders")
    here.time += 1
    for at in range(2):
        part = {"fragment_index": at, "fragment_count": 2, "timestamp": here.time}
        change(here, lead, ADD, named(3)[at : at + 1], **part)
    promise(here, other, here.time)
    judge.equal("fragments", senders(here), before, field="senders")
    change(here, lead, ADD, named(3))
    promise(here, other, here.time)
    judge.equal("good", senders(here), sorted([*before, outside.node.hex()]), field="senders")


# ---------------------------------------------------------------- sender-remove


@case(
    "multicast.sender-remove.at-its-place",
    reqs=["REQ-MUL-6", "REQ-MUL-43"],
    type="DATA",
    operator="conforming-at-its-place",
    fresh=True,
)
def _leaves(judge: Judge) -> None:
    here, lead, other, _ = _seen(judge)
    before = senders(here)
    text = judge.octets(4)
    steps(here, here.data(other, text))
    change(here, other, REMOVE)
    judge.equal("on-arrival", senders(here), before, field="senders")
    reply = promise(here, lead, here.time)
    judge.equal("its-last-words", told(reply), [(other.node, text)], field="events")
    judge.equal("ordered", senders(here), nodes(lead, here.subject), field="senders")
    here.time += 2
    text = judge.octets(4)
    reply = here.opened(here.data(lead, text))
    judge.equal("is-not-waited-for", told(reply), [(lead.node, text)], field="events")


@case(
    "multicast.sender-remove.without-effect",
    reqs=["REQ-MUL-6"],
    type="DATA",
    operator="sender-remove-faults",
    fresh=True,
)
def _stays(judge: Judge) -> None:
    here, lead, other, outside = _seen(judge)
    before = senders(here)
    change(here, other, REMOVE, b"\x00")
    promise(here, lead, here.time)
    judge.equal("payload", senders(here), before, field="senders")
    here.time += 1
    for at in range(2):
        change(here, other, REMOVE, fragment_index=at, fragment_count=2, timestamp=here.time)
    promise(here, lead, here.time)
    judge.equal("fragments", senders(here), before, field="senders")
    change(here, lead, REMOVE)
    promise(here, other, here.time)
    judge.equal("of-the-coordinator", senders(here), before, field="senders")
    change(here, outside, REMOVE)
    promise(here, lead, here.time)
    promise(here, other, here.time)
    judge.equal("from-outside", senders(here), before, field="senders")
    change(here, other, REMOVE)
    promise(here, lead, here.time)
    judge.equal("good", senders(here), nodes(lead, here.subject), field="senders")


# ---------------------------------------------------------------- who is outside


@case(
    "multicast.outside.not-told",
    reqs=["REQ-MUL-8", "REQ-MUL-43", "REQ-MUL-4", "REQ-MUL-6"],
    type="DATA",
    operator="message-from-outside",
    fresh=True,
)
def _not_told(judge: Judge) -> None:
    here, lead, other, outside = _seen(judge)
    text = judge.octets(5)
    replies = [here.data(outside, b"from outside"), here.data(lead, text)]
    steps(here, *replies)
    replies.append(promise(here, other, here.time + 1))
    judge.equal("beside-a-sender", told(*replies), [(lead.node, text)], field="events")
    change(here, lead, ADD, named(3), timestamp=here.time + 2)
    promise(here, other, here.time)
    text = judge.octets(5)
    replies = [here.data(outside, text)]
    steps(here, *replies)
    replies += [promise(here, one, here.time) for one in (other, lead)]
    judge.equal("once-it-is-in", told(*replies), [(outside.node, text)], field="events")
    change(here, outside, REMOVE)
    late = judge.octets(5)
    replies = [here.data(outside, late)]
    steps(here, *replies)
    replies += [promise(here, one, here.time) for one in (other, lead)]
    judge.equal("after-its-sender-remove", told(*replies), [], field="events")


@case(
    "multicast.outside.before-its-sender-add",
    reqs=["REQ-MUL-8", "REQ-MUL-43", "REQ-MUL-12", "REQ-MUL-4"],
    type="DATA",
    operator="message-before-the-sender-add",
    fresh=True,
)
def _before(judge: Judge) -> None:
    here, lead, other, outside = _seen(judge)
    base = here.time
    early, late = judge.octets(5), judge.octets(5)
    change(here, lead, ADD, named(3), timestamp=base + 5)
    steps(here, here.data(outside, early, timestamp=base + 4), here.data(outside, late, timestamp=base + 6))
    replies = [promise(here, one, base + 9) for one in (other, lead)]
    judge.equal("the-later-one", told(*replies), [(outside.node, late)], field="events")


@case(
    "multicast.outside.no-other-effect",
    reqs=["REQ-MUL-8"],
    type="DATA",
    operator="change-from-outside",
    fresh=True,
)
def _no_effect(judge: Judge) -> None:
    here = group(judge, n=4, rank=0, positions=[0, 1])
    _, sender, _, outside = here.members
    before = senders(here)
    change(here, outside, ADD, named(2))
    promise(here, sender, here.time)
    change(here, outside, REMOVE)
    promise(here, sender, here.time)
    judge.equal("senders", senders(here), before, field="senders")


@case(
    "multicast.outside.unreliable",
    reqs=["REQ-MUL-8", "REQ-MUL-15"],
    type="DATA",
    operator="conforming-unordered",
    fresh=True,
)
def _unreliable(judge: Judge) -> None:
    here = group(judge, n=3, rank=1, positions=[0, 1], service="unordered-unreliable")
    outside, text = here.members[2], judge.octets(5)
    reply = here.opened(here.data(outside, text))
    judge.equal("told", told(reply), [(outside.node, text)], field="events")
