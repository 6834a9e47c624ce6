"""Who is in the sender group: the way in, the way out, and what those say who are not."""

from __future__ import annotations

from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._multicast import ADD, REMOVE, at_once, promise, rows, steps, told, words_of
from coterie_kit.suite._stage import accepts

RESEND, LEAVES = registry.timer("sender-resend"), registry.timer("sender-idle")


def named(position: int) -> bytes:
    """The payload of a sender-add."""
    return position.to_bytes(2, "big")


def change(here: Group, who: Puppet, kind: int, payload: bytes = b"", **other: Any) -> Reply:
    """A puppet says a message of that kind, and the peer takes it."""
    first = here.last.get(who.node, 0) + 1
    here.last[who.node] = first
    here.time = other.pop("timestamp", here.time + 1)
    row = {"timestamp": here.time, "payload": payload, "kind": kind} | other
    draft = here.seal(who, "DATA", {"first_sequence": first, "messages": [row]})
    reply = here.deliver(draft.octets(), who)
    steps(here, reply)
    return reply


def senders(here: Group) -> list[str]:
    """The sender group as the peer has it."""
    return sorted(here.inspect()["senders"])


def nodes(*who: Puppet) -> list[str]:
    """Node-IDs as inspect tells them."""
    return sorted(one.node.hex() for one in who)


# ---------------------------------------------------------------- asking


@case(
    "multicast.sender.asks",
    reqs=["REQ-MUL-2", "REQ-MUL-1"],
    type="SENDER",
    operator="conforming-asks",
    fresh=True,
)
def _asks(judge: Judge) -> None:
    here = group(judge, n=4, rank=judge.random.randrange(1, 4), positions=[0])
    lead = here.members[0]
    steps(here, here.pass_time(judge.random.randrange(1, 300)))
    replies = [at_once(here, judge.octets(9))]
    found = here.heard(replies[0], "SENDER")
    judge.equal("at-once", [(one.to, one.body["operation"]) for one in found], [(lead.address, 1)])
    counters = [one.prefix["counter"] for one in found]
    for turn in range(3):
        for who in here.puppets:
            steps(here, here.says(who, "ALIVE"))
        early = here.heard(here.pass_time(RESEND - 1), "SENDER")
        judge.equal(f"turn-{turn}.early", len(early), 0)
        due = here.heard(here.pass_time(1), "SENDER")
        judge.equal(f"turn-{turn}.due", [(one.to, one.body["operation"]) for one in due], [(lead.address, 1)])
        counters += [one.prefix["counter"] for one in due]
    judge.equal("new-counters", len(counters), len(set(counters)), field="prefix.counter")
    change(here, lead, ADD, named(_place(here)))
    here.need(here.subject.node.hex() in senders(here), "it was not let in")
    later = [one for reply in here.keep_alive(3 * RESEND, step=RESEND) for one in here.heard(reply, "SENDER")]
    judge.equal("not-after", len(later), 0)


def _place(here: Group) -> int:
    assert here.installed is not None
    return here.installed.position(here.subject)


@case(
    "multicast.sender.asks-until-ordered",
    reqs=["REQ-MUL-2", "REQ-MUL-1"],
    type="SENDER",
    operator="conforming-until-ordered",
    fresh=True,
)
def _until(judge: Judge) -> None:
    here = group(judge, n=3, rank=1, positions=[0, 2])
    lead, other = here.puppets
    at_once(here, judge.octets(3))
    change(here, lead, ADD, named(1))
    replies = here.keep_alive(2 * RESEND, step=RESEND)
    judge.equal("not-ordered", sum(len(here.heard(reply, "SENDER")) for reply in replies), 2)
    promise(here, other, here.time + 1)
    replies = here.keep_alive(2 * RESEND, step=RESEND)
    judge.equal("ordered", sum(len(here.heard(reply, "SENDER")) for reply in replies), 0)


@case(
    "multicast.sender.asks-for-nothing-else",
    reqs=["REQ-MUL-2"],
    type="SENDER",
    operator="conforming-proxied-only",
    fresh=True,
)
def _nothing_else(judge: Judge) -> None:
    here = group(judge, n=3, rank=1, positions=[0, 2])
    replies = [at_once(here, judge.octets(3), proxy=True), *here.keep_alive(2 * RESEND, step=RESEND)]
    judge.equal("proxied", sum(len(here.heard(reply, "SENDER")) for reply in replies), 0)
    asked = here.heard(at_once(here, judge.octets(3)), "SENDER")
    judge.equal("its-own", len(asked), 1)


@case(
    "multicast.sender.not-before-it-is-let-in",
    reqs=["REQ-MUL-5", "REQ-MUL-1"],
    type="DATA",
    operator="conforming-not-before-its-place",
    fresh=True,
)
def _not_before(judge: Judge) -> None:
    here = group(judge, n=3, rank=1, positions=[0, 2], clock_base=judge.random.randrange(2**32))
    lead, other = here.puppets
    text = judge.octets(9)
    at_once(here, text)
    change(here, lead, ADD, named(1))
    at = here.time
    judge.equal("held", len(words_of(here, here.pass_time(0))), 0)
    promise(here, other, at - 1)
    judge.equal("just-before", len(words_of(here, here.pass_time(1))), 0)
    promise(here, other, at)
    said = rows(words_of(here, here.pass_time(0)))
    judge.equal("ordered", [row["payload"] for row in said], [text], field="body.messages")
    judge.check("later", all(row["timestamp"] > at for row in said), expected=f"more than {at}")


# ---------------------------------------------------------------- letting in


def _added_by(here: Group, reply: Reply) -> list[tuple[int, bytes]]:
    return [(row["kind"], row["payload"]) for row in rows(words_of(here, reply)) if row["kind"]]


@case(
    "multicast.sender.let-in", reqs=["REQ-MUL-3"], type="DATA", operator="conforming-sender-add", fresh=True
)
def _let_in(judge: Judge) -> None:
    here = group(judge, n=4, rank=0, positions=[0, 1])
    other, *outside = here.puppets
    who = judge.random.choice(outside)
    place = here.installed.position(who) if here.installed else 0
    accepts(judge, here.says(who, "SENDER", operation=1))
    judge.equal("one", _added_by(here, here.pass_time(0)), [(ADD, named(place))])
    for turn in range(2):
        accepts(judge, here.says(who, "SENDER", operation=1), f"again-{turn}")
        judge.equal(f"not-again-{turn}", _added_by(here, here.pass_time(1)), [])
    promise(here, other, here.time + 1)
    here.need(who.node.hex() in senders(here), "the sender-add was not ordered")
    accepts(judge, here.says(who, "SENDER", operation=1), "when-it-is-in")
    judge.equal("nothing", _added_by(here, here.pass_time(1)), [])
    here.time = here.inspect().number("clock")
    change(here, who, REMOVE)
    promise(here, other, here.time + 1)
    here.need(who.node.hex() not in senders(here), "the sender-remove was not ordered")
    accepts(judge, here.says(who, "SENDER", operation=1), "once-more")
    judge.equal("anew", _added_by(here, here.pass_time(1)), [(ADD, named(place))])


@case(
    "multicast.sender.nothing-for-senders",
    reqs=["REQ-MUL-3"],
    type="SENDER",
    operator="conforming-of-a-sender",
    fresh=True,
)
def _of_a_sender(judge: Judge) -> None:
    here = group(judge, n=3, rank=0)
    accepts(judge, here.says(judge.random.choice(here.puppets), "SENDER", operation=1))
    judge.equal("nothing", _added_by(here, here.pass_time(1)), [])


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
    reply = here.data(lead, text)
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
    reqs=["REQ-MUL-8", "REQ-MUL-43"],
    type="DATA",
    operator="message-from-outside",
    fresh=True,
)
def _not_told(judge: Judge) -> None:
    here, lead, other, outside = _seen(judge)
    steps(here, here.data(outside, b"from outside"))
    text = judge.octets(5)
    steps(here, here.data(lead, text))
    reply = promise(here, other, here.time + 1)
    judge.equal("at-its-place", told(reply), [(lead.node, text)], field="events")
    change(here, lead, ADD, named(3), timestamp=here.time + 2)
    promise(here, other, here.time)
    text = judge.octets(5)
    steps(here, here.data(outside, text))
    reply = promise(here, other, here.time)
    reply = promise(here, lead, here.time)
    judge.equal("once-it-is-in", told(reply), [(outside.node, text)], field="events")
    change(here, outside, REMOVE)
    late = judge.octets(5)
    steps(here, here.data(outside, late))
    replies = [promise(here, one, here.time) for one in (other, lead)]
    judge.equal("after-its-sender-remove", told(*replies), [], field="events")


@case(
    "multicast.outside.before-its-sender-add",
    reqs=["REQ-MUL-8", "REQ-MUL-43"],
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
    text = judge.octets(5)
    judge.equal(
        "told", told(here.data(here.members[2], text)), [(here.members[2].node, text)], field="events"
    )


# ---------------------------------------------------------------- leaving


def _spent(here: Group, ms: int) -> list[tuple[int, bytes]]:
    return [found for reply in here.keep_alive(ms) for found in _added_by(here, reply)]


@case(
    "multicast.sender.leaves-when-idle",
    reqs=["REQ-MUL-7"],
    type="DATA",
    operator="conforming-idle",
    fresh=True,
)
def _idle(judge: Judge) -> None:
    here = group(judge, n=3, rank=judge.random.randrange(1, 3))
    at = judge.random.randrange(1, LEAVES)
    judge.equal("before", _spent(here, at), [])
    here.need(words_of(here, at_once(here, b"still here")), "no DATA")
    judge.equal("a-message-later", _spent(here, LEAVES - 1), [])
    found = [*_added_by(here, here.pass_time(1)), *_added_by(here, here.pass_time(0))]
    judge.equal("then", found, [(REMOVE, b"")])
    asked = at_once(here, b"again")
    judge.equal("not-before-it-is-ordered", len(here.heard(asked, "SENDER")), 0)
    judge.equal("no-words", len(words_of(here, asked)), 0)


@case(
    "multicast.sender.idle-from-the-installation",
    reqs=["REQ-MUL-7"],
    type="DATA",
    operator="conforming-idle-at-first",
    fresh=True,
)
def _idle_at_first(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    judge.equal("before", _spent(here, LEAVES - 1), [])
    found = [*_added_by(here, here.pass_time(1)), *_added_by(here, here.pass_time(0))]
    judge.equal("then", found, [(REMOVE, b"")])


@case(
    "multicast.sender.coordinator-stays",
    reqs=["REQ-MUL-7"],
    type="DATA",
    operator="conforming-coordinator",
    fresh=True,
)
def _stays_in(judge: Judge) -> None:
    here = group(judge, n=3, rank=0)
    judge.equal("nothing", _spent(here, LEAVES + 1000), [])
