"""The one order of the messages of a view: by timestamp and Node-ID, and not before all were heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._multicast import ADD, at_once, others_in_order, promise, rows, steps, told, words_of

ORDER = ["REQ-MUL-12", "REQ-MUL-43"]
HEARD = ["REQ-MUL-10", *ORDER]


def words(judge: Judge) -> bytes:
    """A payload that no other message has."""
    return judge.octets(12)


# ---------------------------------------------------------------- the order


@case(
    "multicast.order.equal-timestamps",
    reqs=ORDER,
    type="DATA",
    operator="conforming-equal-timestamps",
    fresh=True,
)
def _ties(judge: Judge) -> None:
    here = group(judge, n=4, rank=judge.random.randrange(1, 4), clock_base=judge.random.randrange(2**32))
    here.go_on(here.members[0])  # from now on positions are not in the order of the Node-IDs
    for turn in range(3):
        own, at = words(judge), here.time + 1
        replies = [at_once(here, own)]
        said = {here.subject.node: own}
        for who in judge.random.sample(here.puppets, 3):
            said[who.node] = words(judge)
            replies.append(here.data(who, said[who.node], timestamp=at))
        steps(here, *replies)
        judge.equal(f"turn-{turn}", told(*replies), sorted(said.items()), field="events")


class Model:
    """What has arrived of two puppets, and what of it is ordered."""

    def __init__(self, base: int, senders: list[Puppet]) -> None:
        self.base = base
        self.held: dict[bytes, dict[int, tuple[int, bytes]]] = {who.node: {} for who in senders}

    def prefix(self, who: bytes) -> list[tuple[int, bytes]]:
        """Its messages up to the first that is missing."""
        held = self.held[who]
        found: list[tuple[int, bytes]] = []
        while len(found) + 1 in held:
            found.append(held[len(found) + 1])
        return found

    def ordered(self) -> list[tuple[bytes, bytes]]:
        """All that is ordered by now."""
        prefixes = {who: self.prefix(who) for who in self.held}
        heard = {who: found[-1][0] if found else self.base for who, found in prefixes.items()}
        every = sorted((at, who, text) for who in self.held for at, text in prefixes[who])
        least = min(heard.values())
        return [(node, text) for at, node, text in every if at <= least]


@case(
    "multicast.order.whatever-comes-first",
    reqs=HEARD,
    type="DATA",
    operator="conforming-shuffled",
    fresh=True,
)
def _shuffled(judge: Judge) -> None:
    here = group(judge, n=3, rank=judge.random.randrange(3), clock_base=judge.random.randrange(2**32))
    senders = others_in_order(here)
    model, drafts, base = Model(here.time, senders), [], here.time
    for who in senders:
        stamps = sorted(judge.random.sample(range(base + 1, base + 25), 12))
        for number, at in enumerate(stamps, 1):
            text = words(judge)
            drafts.append((who, number, (at, text), here.words(who, text, timestamp=at).octets()))
    told_so_far: list[tuple[bytes, bytes]] = []
    for who, number, row, octets in judge.random.sample(drafts, len(drafts)):
        reply = here.deliver(octets, who)
        steps(here, reply)
        model.held[who.node][number] = row
        told_so_far += told(reply)
        if not judge.equal(f"{who.named}.{number}", told_so_far, model.ordered(), field="events"):
            return


@case(
    "multicast.order.waits-for-every-sender",
    reqs=HEARD,
    type="DATA",
    operator="conforming-waits-for-all",
    fresh=True,
)
def _waits(judge: Judge) -> None:
    here = group(judge, n=5, rank=judge.random.randrange(5), clock_base=judge.random.randrange(2**32))
    who, *silent = judge.random.sample(here.puppets, 4)
    at, text = here.time + judge.random.randrange(5, 50), words(judge)
    reply = here.data(who, text, timestamp=at)
    judge.equal("on-arrival", told(reply), [], field="events")
    for one in silent:
        reply = promise(here, one, at - 1)
        judge.equal(f"{one.named}.just-before", told(reply), [], field="events")
    for one in silent[:-1]:
        reply = promise(here, one, at)
        judge.equal(f"{one.named}.heard", told(reply), [], field="events")
    reply = promise(here, silent[-1], at)
    judge.equal("all-heard", told(reply), [(who.node, text)], field="events")


@case(
    "multicast.order.waits-for-senders-only",
    reqs=[*ORDER, "REQ-REC-13"],
    type="DATA",
    operator="conforming-others-silent",
    fresh=True,
)
def _only(judge: Judge) -> None:
    here = group(judge, n=4, rank=1, positions=[0, 1])
    text = words(judge)
    reply = here.data(here.members[0], text)
    judge.equal("told", told(reply), [(here.members[0].node, text)], field="events")
    text = words(judge)
    judge.equal("own", told(at_once(here, text)), [], field="events")
    reply = promise(here, here.members[0], here.time + 1)
    judge.equal("own-later", told(reply), [(here.subject.node, text)], field="events")


@case("multicast.order.fields", reqs=["REQ-MUL-43"], type="DATA", operator="conforming-event", fresh=True)
def _fields(judge: Judge) -> None:
    here = group(judge, n=2, rank=1, clock_base=judge.random.randrange(2**32))
    who, base = here.members[0], here.time
    texts = [judge.octets(judge.random.randrange(40)) for _ in range(3)]
    reply = here.data(who, *texts)
    steps(here, reply)
    told_fields = [dict(event.fields) for event in reply.events if event.name == "message"]
    wanted = [
        {
            "view": here.view,
            "sender": who.node,
            "sequence": number,
            "timestamp": base + number,
            "payload": text,
            "proxied": 0,
        }
        for number, text in enumerate(texts, 1)
    ]
    judge.equal("fields", told_fields, wanted, field="events")


@case(
    "multicast.order.answer-after-question",
    reqs=["REQ-REC-13", "REQ-REC-14"],
    type="DATA",
    operator="conforming-answer",
    fresh=True,
)
def _answer(judge: Judge) -> None:
    here = group(judge, n=3, rank=judge.random.randrange(3))
    at = here.time + judge.random.randrange(2, 2**31)
    steps(here, here.data(here.puppets[0], words(judge), words(judge), timestamp=at))
    stamps = [row["timestamp"] for row in rows(words_of(here, at_once(here, words(judge))))]
    judge.equal("later", stamps, [at + 2], field="body.messages[0].timestamp")


# ---------------------------------------------------------------- heard


def _two(judge: Judge) -> tuple[Group, Puppet, Puppet, int]:
    here = group(judge, n=3, rank=judge.random.randrange(3), clock_base=judge.random.randrange(2**32))
    quiet, loud = judge.random.sample(here.puppets, 2)
    return here, quiet, loud, here.time


def _row(at: int, text: bytes, index: int = 0, count: int = 1, kind: int = 0) -> dict[str, Any]:
    return {"timestamp": at, "payload": text, "fragment_index": index, "fragment_count": count, "kind": kind}


def _says(here: Group, who: Puppet, first: int, *messages: dict[str, Any]) -> Any:
    here.last[who.node] = max(here.last.get(who.node, 0), first + len(messages) - 1)
    draft = here.seal(who, "DATA", {"first_sequence": first, "messages": list(messages)})
    reply = here.deliver(draft.octets(), who)
    steps(here, reply)
    return reply


@case(
    "multicast.heard.heartbeat-before-its-messages",
    reqs=HEARD,
    type="HEARTBEAT",
    operator="conforming-heartbeat-before-its-messages",
    fresh=True,
)
def _before(judge: Judge) -> None:
    here, quiet, loud, base = _two(judge)
    text, early = words(judge), words(judge)
    steps(here, here.data(loud, text, timestamp=base + 10))
    reply = promise(here, quiet, base + 20, last_sequence=2)
    judge.equal("two-missing", told(reply), [], field="events")
    reply = _says(here, quiet, 2, _row(base + 6, b"second"))
    judge.equal("one-missing", told(reply), [], field="events")
    reply = _says(here, quiet, 1, _row(base + 5, early))
    wanted = [(quiet.node, early), (quiet.node, b"second"), (loud.node, text)]
    judge.equal("none-missing", told(reply), wanted, field="events")


@case(
    "multicast.heard.beyond-a-gap",
    reqs=HEARD,
    type="DATA",
    operator="conforming-message-after-a-gap",
    fresh=True,
)
def _beyond(judge: Judge) -> None:
    here, quiet, loud, base = _two(judge)
    text, early = words(judge), words(judge)
    steps(here, here.data(loud, text, timestamp=base + 10))
    reply = _says(here, quiet, 2, _row(base + 20, b"second"))
    judge.equal("missing", told(reply), [], field="events")
    reply = _says(here, quiet, 1, _row(base + 5, early))
    judge.equal("there", told(reply), [(quiet.node, early), (loud.node, text)], field="events")


@case(
    "multicast.heard.incomplete-fragments",
    reqs=HEARD,
    type="DATA",
    operator="conforming-fragment-alone",
    fresh=True,
)
def _incomplete(judge: Judge) -> None:
    here, quiet, loud, base = _two(judge)
    text, parts = words(judge), [words(judge), words(judge), words(judge)]
    steps(here, here.data(loud, text, timestamp=base + 10))
    for at in range(2):
        reply = _says(here, quiet, at + 1, _row(base + 20, parts[at], at, 3))
        judge.equal(f"fragment-{at}", told(reply), [], field="events")
    reply = _says(here, quiet, 3, _row(base + 20, parts[2], 2, 3))
    judge.equal("whole", told(reply), [(loud.node, text)], field="events")
    reply = promise(here, loud, base + 20)
    judge.equal("itself", told(reply), [(quiet.node, b"".join(parts))], field="events")


@case(
    "multicast.heard.heartbeat-inside-fragments",
    reqs=HEARD,
    type="HEARTBEAT",
    operator="heartbeat-inside-fragments",
    fresh=True,
)
def _inside(judge: Judge) -> None:
    here, quiet, loud, base = _two(judge)
    steps(here, here.data(loud, words(judge), timestamp=base + 10))
    _says(here, quiet, 1, _row(base + 20, words(judge), 0, 2))
    reply = promise(here, quiet, base + 30, last_sequence=1)
    judge.equal("not-whole", told(reply), [], field="events")


@case(
    "multicast.heard.late-heartbeat",
    reqs=HEARD,
    type="HEARTBEAT",
    operator="conforming-late-heartbeat",
    fresh=True,
)
def _late(judge: Judge) -> None:
    here, quiet, loud, base = _two(judge)
    text, early = words(judge), words(judge)
    promise(here, quiet, base + 20, last_sequence=1)
    promise(here, quiet, base + 3, last_sequence=0)
    steps(here, here.data(loud, text, timestamp=base + 10))
    reply = _says(here, quiet, 1, _row(base + 5, early))
    judge.equal("the-greatest-is-kept", told(reply), [(quiet.node, early), (loud.node, text)], field="events")
    promise(here, quiet, base + 15, last_sequence=1)
    text = words(judge)
    reply = here.data(loud, text, timestamp=base + 18)
    judge.equal("heard-never-falls", told(reply), [(loud.node, text)], field="events")


def _by_type(kind: str) -> Callable[[Judge], None]:
    """A HEARTBEAT promises, an ALIVE does not."""

    def story(judge: Judge) -> None:
        here, quiet, loud, base = _two(judge)
        text = words(judge)
        steps(here, here.data(loud, text, timestamp=base + 10))
        reply = here.says(quiet, kind, timestamp=base + 20)
        steps(here, reply)
        wanted = [(loud.node, text)] if kind == "HEARTBEAT" else []
        judge.equal("told", told(reply), wanted, field="events")

    return story


for _kind in ("HEARTBEAT", "ALIVE"):
    case(
        f"multicast.heard.{_kind.lower()}",
        reqs=HEARD,
        type=_kind,
        operator="conforming-promise",
        fresh=True,
    )(_by_type(_kind))


@case(
    "multicast.heard.clock-base",
    reqs=["REQ-MUL-10", "REQ-MUL-18"],
    type="INSTALL",
    operator="conforming-clock-base",
    fresh=True,
)
def _clock_base(judge: Judge) -> None:
    base = judge.random.randrange(2, 2**40)
    here = group(judge, n=3, rank=1, clock_base=base)
    judge.equal("at-first", here.inspect()["acknowledged"], here.time, field="acknowledged")
    promise(here, here.members[0], here.time + 7)
    judge.equal("one-heard", here.inspect()["acknowledged"], base, field="acknowledged")


@case(
    "multicast.heard.sender-add",
    reqs=["REQ-MUL-10", "REQ-MUL-18", "REQ-MUL-4"],
    type="DATA",
    operator="conforming-sender-add",
    fresh=True,
)
def _added(judge: Judge) -> None:
    here = group(judge, n=3, rank=1, positions=[0, 1], clock_base=judge.random.randrange(2**32))
    lead, at = here.members[0], here.time + judge.random.randrange(2, 30)
    _says(here, lead, 1, _row(at, (2).to_bytes(2, "big"), kind=ADD))
    judge.equal("acknowledged", here.inspect()["acknowledged"], at, field="acknowledged")
    _says(here, lead, 2, _row(at + 1, b"x"))
    judge.equal("waits-for-it-now", here.inspect()["acknowledged"], at, field="acknowledged")
