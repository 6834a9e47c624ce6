"""The way into the sender group and out of it: who asks, who lets in, who leaves."""

from __future__ import annotations

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._multicast import (
    ADD,
    REMOVE,
    at_once,
    change,
    changes_in,
    named,
    promise,
    rows,
    senders,
    steps,
    words_of,
)
from coterie_kit.suite._stage import accepts

RESEND, LEAVES = registry.timer("sender-resend"), registry.timer("sender-idle")


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
    reqs=["REQ-MUL-2", "REQ-MUL-1", "REQ-MUL-4", "REQ-MUL-10"],
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
    reqs=["REQ-MUL-2", "REQ-MUL-1"],
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
    reqs=["REQ-MUL-5", "REQ-MUL-1", "REQ-MUL-4"],
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


@case(
    "multicast.sender.let-in", reqs=["REQ-MUL-3"], type="DATA", operator="conforming-sender-add", fresh=True
)
def _let_in(judge: Judge) -> None:
    here = group(judge, n=4, rank=0, positions=[0, 1])
    other, *outside = here.puppets
    who = judge.random.choice(outside)
    place = here.installed.position(who) if here.installed else 0
    accepts(judge, here.says(who, "SENDER", operation=1))
    judge.equal("one", changes_in(here, here.pass_time(0)), [(ADD, named(place))])
    for turn in range(2):
        accepts(judge, here.says(who, "SENDER", operation=1), f"again-{turn}")
        judge.equal(f"not-again-{turn}", changes_in(here, here.pass_time(1)), [])
    promise(here, other, here.time + 1)
    here.need(who.node.hex() in senders(here), "the sender-add was not ordered")
    accepts(judge, here.says(who, "SENDER", operation=1), "when-it-is-in")
    judge.equal("nothing", changes_in(here, here.pass_time(1)), [])
    here.time = here.inspect().number("clock")
    change(here, who, REMOVE)
    promise(here, other, here.time + 1)
    here.need(who.node.hex() not in senders(here), "the sender-remove was not ordered")
    accepts(judge, here.says(who, "SENDER", operation=1), "once-more")
    judge.equal("anew", changes_in(here, here.pass_time(1)), [(ADD, named(place))])


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
    judge.equal("nothing", changes_in(here, here.pass_time(1)), [])


# ---------------------------------------------------------------- leaving


def _spent(here: Group, ms: int) -> list[tuple[int, bytes]]:
    return [found for reply in here.keep_alive(ms) for found in changes_in(here, reply)]


@case(
    "multicast.sender.leaves-when-idle",
    reqs=["REQ-MUL-7", "REQ-MUL-6"],
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
    found = [*changes_in(here, here.pass_time(1)), *changes_in(here, here.pass_time(0))]
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
    found = [*changes_in(here, here.pass_time(1)), *changes_in(here, here.pass_time(0))]
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
