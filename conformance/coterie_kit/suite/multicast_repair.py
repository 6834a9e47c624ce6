"""What is asked for when it is missed, and what is answered to who asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from coterie_kit import frames, registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._group_speech import Heard
from coterie_kit.suite._multicast import at_once, events, promise, steps, told
from coterie_kit.suite._stage import accepts

STRIDE = 4  # ms between two looks at a peer that is busy
DELAY, REPEAT = registry.timer("nack-delay"), registry.timer("nack-repeat")
REPAIRS = registry.limit("repairs")
HELD = registry.limit("held-messages")
DATA = registry.frame("DATA").code


def position(here: Group, who: Puppet) -> int:
    """Where somebody stands in the view."""
    assert here.installed is not None
    return here.installed.position(who)


def asked(here: Group, *replies: Reply) -> list[tuple[str, list[tuple[int, int, int]]]]:
    """To whom a NACK goes, and its ranges."""
    found: list[Heard] = [heard for reply in replies for heard in here.heard(reply, "NACK")]
    return [(heard.to, [_range(row) for row in heard.body["ranges"]]) for heard in found]


def _range(row: dict[str, Any]) -> tuple[int, int, int]:
    return (row["sender"], row["first"], row["last"])


def _each_ms(here: Group, ms: int) -> list[Reply]:
    return [here.pass_time(1) for _ in range(ms)]


def _lose(here: Group, who: Puppet, count: int, *, then: bool = True) -> Reply | None:
    """So many DATA of a puppet are lost; one after them comes."""
    for _ in range(count):
        here.words(who, b"lost")
    if not then:
        return None
    reply = here.data(who, b"there")
    steps(here, reply)
    return reply


# ---------------------------------------------------------------- asking


@case("multicast.nack.turns", reqs=["REQ-MUL-24"], type="NACK", operator="conforming-turns", fresh=True)
def _turns(judge: Judge) -> None:
    """The sender first, then the coordinator, then these two in turn."""
    here = group(judge, n=4, rank=judge.random.randrange(1, 4))
    lead = here.members[0]
    who = judge.random.choice([one for one in here.puppets if one is not lead])
    count = judge.random.randrange(1, 9)
    _lose(here, who, count)
    wanted = [(position(here, who), 1, count)]
    first = asked(here, *_each_ms(here, DELAY + 1))
    judge.equal("the-sender", first, [(who.address, wanted)])
    early = asked(here, *_each_ms(here, REPEAT - DELAY - 1))
    judge.equal("not-twice-at-once", early, [])
    for turn, one in enumerate((lead, who, lead)):
        judge.equal(
            f"turn-{turn}", asked(here, *here.keep_alive(REPEAT, step=REPEAT)), [(one.address, wanted)]
        )


def _exact(judge: Judge) -> None:
    here = group(judge, n=4, rank=1)
    steps(here, here.pass_time(judge.random.randrange(0, 40)))
    for who in here.puppets:
        count = judge.random.randrange(1, 5)
        for _ in range(count):
            steps(here, here.data(who, b"there"))
        lost = [here.words(who, b"lost") for _ in range(2)]
        steps(here, here.data(who, b"there"))
        at = position(here, who)
        context = here.overlay + here.view + at.to_bytes(2, "big") + (count + 1).to_bytes(8, "big")
        delay = int.from_bytes(here.draws.take("nack-delay", context, 8), "big") % (DELAY + 1)
        early = [asked(here, here.pass_time(1)) for _ in range(delay - 1)]
        judge.equal(f"{at}.not-before", [each for each in early if each], [])
        found = asked(here, here.pass_time(1 if delay else 0))
        judge.equal(f"{at}.then", found, [(who.address, [(at, count + 1, count + 2)])])
        steps(here, *here.keep_alive(REPEAT - 1, step=REPEAT - 1))
        turns = [who, here.members[0]] if who is not here.members[0] else [who]
        again = asked(here, here.pass_time(1))
        judge.equal(f"{at}.again", [to for to, _ in again], [turns[-1].address])
        steps(here, *(here.deliver(draft.octets(), who) for draft in lost))


case(
    "multicast.nack.delay",
    reqs=["REQ-MUL-24", "REQ-TST-1"],
    type="NACK",
    operator="conforming-delay",
    fresh=True,
    determinism="D3",
)(_exact)


@case(
    "multicast.nack.only-what-is-missing",
    reqs=["REQ-MUL-24"],
    type="NACK",
    operator="conforming-gaps",
    fresh=True,
)
def _gaps(judge: Judge) -> None:
    here = group(judge, n=3, rank=judge.random.randrange(3))
    who, at = here.puppets[0], None
    drafts = [here.words(who, judge.octets(3)).octets() for _ in range(20)]
    missing = sorted(judge.random.sample(range(19), 6))
    for number, octets in enumerate(drafts):
        if number not in missing:
            steps(here, here.deliver(octets, who))
    found = asked(here, *_each_ms(here, DELAY + 1))
    at = position(here, who)
    judge.equal("ranges", _numbers(found), [(at, number + 1) for number in missing])
    for number in missing[:-1]:
        steps(here, here.deliver(drafts[number], who))
    found = asked(here, *here.keep_alive(REPEAT, step=REPEAT))
    judge.equal("the-last", _numbers(found), [(at, missing[-1] + 1)])
    steps(here, here.deliver(drafts[missing[-1]], who))
    judge.equal("none", asked(here, *here.keep_alive(3 * REPEAT, step=REPEAT)), [])


def _numbers(found: Iterable[tuple[str, list[tuple[int, int, int]]]]) -> list[tuple[int, int]]:
    return sorted(
        {
            (at, number)
            for _, ranges in found
            for at, first, last in ranges
            for number in range(first, last + 1)
        }
    )


def _tail(kind: str) -> Callable[[Judge], None]:
    """The last messages of a burst are lost: nobody but their sender can say that they were there."""

    def story(judge: Judge) -> None:
        here = group(judge, n=3, rank=judge.random.randrange(3))
        who = judge.random.choice(here.puppets)
        steps(here, here.data(who, judge.octets(4)))
        count = judge.random.randrange(1, 5)
        _lose(here, who, count, then=False)
        judge.equal("nothing-known", asked(here, *_each_ms(here, DELAY + 1)), [])
        steps(here, here.says(who, kind))
        found = asked(here, *_each_ms(here, DELAY + 1))
        judge.equal("asked", found, [(who.address, [(position(here, who), 2, count + 1)])])

    return story


for _kind in ("HEARTBEAT", "ALIVE"):
    case(
        f"multicast.nack.tail-of-{_kind.lower()}",
        reqs=["REQ-MUL-24"],
        type=_kind,
        operator="conforming-tail-lost",
        fresh=True,
    )(_tail(_kind))


@case(
    "multicast.nack.at-most-16-ranges", reqs=["REQ-MUL-24"], type="NACK", operator="conforming-16", fresh=True
)
def _sixteen(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    who = judge.random.choice(here.puppets)
    gaps = judge.random.randrange(17, 32)
    for _ in range(gaps):
        _lose(here, who, 1)
    found = asked(here, *_each_ms(here, 60))
    judge.check(
        "each", all(len(ranges) <= 16 for _, ranges in found), observed=[len(each) for _, each in found]
    )
    at = position(here, who)
    judge.equal("all", _numbers(found), [(at, 2 * number + 1) for number in range(gaps)])


@case(
    "multicast.nack.not-the-silent",
    reqs=["REQ-MUL-24"],
    type="NACK",
    operator="conforming-silent-sender",
    fresh=True,
)
def _silent(judge: Judge) -> None:
    here = group(judge, n=4, rank=1)
    lead, _, *others = here.members
    who = judge.random.choice(others)
    _lose(here, who, 1)
    here.keep_alive(2100, silent=[who], step=100)
    found = [
        to for _ in range(6) for to, _ in asked(here, *here.keep_alive(REPEAT, silent=[who], step=REPEAT))
    ]
    judge.equal("nobody-but-the-coordinator", set(found), {lead.address})


@case("multicast.nack.rate-kept", reqs=["REQ-MUL-24"], type="NACK", operator="conforming-rate", fresh=True)
def _rate(judge: Judge) -> None:
    """Nineteen senders have fallen silent: for what is missed of them only the coordinator is left to ask."""
    here = group(judge, n=21, rank=1)
    lead, _, *silent = here.members
    for who in silent:
        _lose(here, who, 1)
        steps(here, here.pass_time(judge.random.randrange(3, 9)))
    for gone in range(0, 2100, STRIDE):
        if gone % 500 == 0:
            steps(here, here.says(lead, "ALIVE"))
        steps(here, here.pass_time(STRIDE))
    found = 0
    for gone in range(0, 1000, STRIDE):
        if gone % 500 == 0:
            steps(here, here.says(lead, "ALIVE"))
        found += len(asked(here, here.pass_time(STRIDE)))
    judge.check("at-most-100", found <= 100, expected="100 NACKs in a second at most", observed=found)
    judge.check("but-some", found > 1, observed=found)


@case(
    "multicast.nack.not-while-frozen",
    reqs=["REQ-MUL-24"],
    type="NACK",
    operator="conforming-frozen",
    fresh=True,
)
def _frozen(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    _lose(here, here.puppets[1], 2)
    here.answered(here.propose(here.members[0]))
    judge.equal("nothing", asked(here, *here.keep_alive(4 * REPEAT, step=REPEAT)), [])


# ---------------------------------------------------------------- answering


def _own_frames(here: Group, count: int, judge: Judge) -> list[bytes]:
    """The octets of DATA that the peer sends, one after the other."""
    made = []
    for _ in range(count):
        reply = at_once(here, judge.octets(5))
        made.append(next(send.bytes for send in reply.sends if send.bytes[3] == DATA))
    return made


def _answer(reply: Reply) -> list[tuple[str, bytes]]:
    return [(send.to, send.bytes) for send in reply.sends]


def _nack(here: Group, who: Puppet, *ranges: tuple[int, int, int]) -> Reply:
    rows = [{"sender": sender, "first": first, "last": last} for sender, first, last in ranges]
    reply = here.says(who, "NACK", ranges=rows)
    steps(here, reply)
    return reply


@case(
    "multicast.repair.of-its-own", reqs=["REQ-MUL-27"], type="DATA", operator="conforming-repair", fresh=True
)
def _repair(judge: Judge) -> None:
    here = group(judge, n=4, rank=judge.random.randrange(4))
    who = judge.random.choice(here.puppets)
    made, own = _own_frames(here, 6, judge), position(here, here.subject)
    counter = here.inspect()["next_counter"]
    reply = _nack(here, who, (own, 2, 3), (own, 6, 6), (own, 3, 4))
    judge.equal("the-same-octets", _answer(reply), [(who.address, made[at - 1]) for at in (2, 3, 6, 4)])
    judge.equal("no-new-counter", here.inspect()["next_counter"], counter, field="next_counter")
    judge.equal("never-sent", _answer(_nack(here, who, (own, 7, 90))), [])
    reply = _nack(here, who, (own, 1, 2))
    judge.equal("again", _answer(reply), [(who.address, made[0]), (who.address, made[1])])


@case(
    "multicast.repair.of-others",
    reqs=["REQ-MUL-27"],
    type="DATA",
    operator="conforming-repair-of-others",
    fresh=True,
)
def _of_others(judge: Judge) -> None:
    here = group(judge, n=4, rank=judge.random.randrange(4))
    source, who = judge.random.sample(here.puppets, 2)
    drafts = [here.words(source, *[judge.octets(3)] * judge.random.randrange(1, 4)) for _ in range(5)]
    spans = [frames.read_body("DATA", draft.body)[0] for draft in drafts]
    for number in (0, 1, 3):
        steps(here, here.deliver(drafts[number].octets(), source))
    at = position(here, source)
    last = spans[3]["first_sequence"]
    reply = _nack(here, who, (at, last, last + 5), (at, 1, 1))
    wanted = [(who.address, drafts[number].octets()) for number in (3, 0)]
    judge.equal("what-it-holds", _answer(reply), wanted)


@case(
    "multicast.repair.at-most-64",
    reqs=["REQ-MUL-27"],
    type="DATA",
    operator="conforming-64-repairs",
    fresh=True,
)
def _most(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    made, own = _own_frames(here, 67, judge), position(here, here.subject)
    reply = _nack(here, here.puppets[0], (own, 2, 40), (own, 1, 4000))
    order = [*range(2, 41), 1, *range(41, 66)]
    judge.equal(
        "first-64", [octets for _, octets in _answer(reply)], [made[number - 1] for number in order[:REPAIRS]]
    )


@case(
    "multicast.repair.forgotten",
    reqs=["REQ-MUL-28", "REQ-MUL-27"],
    type="GAP",
    operator="conforming-gap",
    fresh=True,
)
def _forgotten(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    made, own, base = _own_frames(here, 6, judge), position(here, here.subject), here.time
    a, b = here.puppets
    last = judge.random.randrange(2, 5)
    for who in (a, b):
        promise(here, who, base + 6, acknowledged=base + last)
    for who in (a, b):
        promise(here, who, base + 6, acknowledged=base + last)
    here.need(here.inspect()["stable"] == base + last, "the first messages are not stable")
    reply = _nack(here, a, (own, 1, 6))
    gaps = [(heard.to, _range(dict(heard.body))) for heard in here.heard(reply, "GAP")]
    judge.equal("gap", gaps, [(a.address, (own, 1, last))], field="body")
    repairs = [octets for _, octets in _answer(reply) if octets[3] == DATA]
    judge.equal("repairs", repairs, made[last:])
    reply = _nack(here, b, (own, last, last), (own, last + 1, 6), (own, 1, 1))
    gaps = [(heard.to, _range(dict(heard.body))) for heard in here.heard(reply, "GAP")]
    judge.equal(
        "a-gap-for-each", gaps, [(b.address, (own, last, last)), (b.address, (own, 1, 1))], field="body"
    )


@case(
    "multicast.gap.told",
    reqs=["REQ-MUL-28", "REQ-MUL-43"],
    type="GAP",
    operator="conforming-gap-told",
    fresh=True,
)
def _gap_told(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    who, first = here.puppets[1], judge.random.randrange(1, 2**40)
    reply = here.says(who, "GAP", sender=0, first=first, last=first + 3)
    accepts(judge, reply)
    told_fields = [{name: row[name] for name in ("sender", "first", "last")} for row in events(reply, "gap")]
    wanted = {"sender": here.members[0].node, "first": first, "last": first + 3}
    judge.equal("event", told_fields, [wanted], field="events")
    text = judge.octets(4)
    promise(here, who, here.time + 1)
    judge.equal("no-other-effect", told(here.data(here.members[0], text)), [(here.members[0].node, text)])
