"""The five services: when the user is told of a message."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._multicast import at_once, others_in_order, promise, steps, told

Message = tuple[bytes, int, bytes]
"""Who said it, its sequence number, and its payload."""


def _arrivals(judge: Judge, here: Group) -> list[tuple[Message, bytes]]:
    """Ten messages of each puppet, in any order, with the octets that bring them."""
    made = []
    for who in others_in_order(here):
        for number in range(1, 11):
            text = judge.octets(12)
            made.append(((who.node, number, text), here.words(who, text).octets()))
    return judge.random.sample(made, len(made))


def _prefix(messages: Iterable[Message], who: bytes) -> list[bytes]:
    held = {number: text for node, number, text in messages if node == who}
    found: list[bytes] = []
    while len(found) + 1 in held:
        found.append(held[len(found) + 1])
    return found


def _of_each(rows: Iterable[tuple[bytes, bytes]], who: bytes) -> list[bytes]:
    return [text for node, text in rows if node == who]


def _shuffled(judge: Judge, service: str) -> None:
    """What comes in any order is told as the service says, message by message."""
    here = group(judge, n=3, rank=judge.random.randrange(3), service=service)
    source = {who.node: who for who in here.puppets}
    came: list[Message] = []
    heard: list[tuple[bytes, bytes]] = []
    last: dict[bytes, int] = {}
    for message, octets in _arrivals(judge, here):
        node, number, text = message
        reply = here.deliver(octets, source[node])
        steps(here, reply)
        before = _prefix(came, node)
        came.append(message)
        if service == "unordered-unreliable":
            wanted = [(node, text)]
        elif service == "source-ordered-unreliable":
            wanted = [(node, text)] if number > last.get(node, 0) else []
            last[node] = max(last.get(node, 0), number)
        else:
            wanted = [(node, each) for each in _prefix(came, node)[len(before) :]]
        heard += told(reply)
        if not judge.equal(f"{source[node].named}.{number}", told(reply), wanted, field="events"):
            return
    judge.equal("each-once", len(heard), len(set(heard)), field="events")


RULES = {
    "unordered-unreliable": "REQ-MUL-15",
    "source-ordered-unreliable": "REQ-MUL-16",
    "source-ordered": "REQ-MUL-17",
}


def _story(told_how: Callable[[Judge, str], None], service: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        told_how(judge, service)

    return story


def _reqs(service: str) -> list[str]:
    # the second service is told "as by MUL-15"
    return [RULES[service], *(["REQ-MUL-15"] if service == "source-ordered-unreliable" else [])]


for _service in RULES:
    case(
        f"multicast.{_service}.shuffled",
        reqs=_reqs(_service),
        type="DATA",
        operator="conforming-shuffled",
        fresh=True,
    )(_story(_shuffled, _service))


# ---------------------------------------------------------------- fragments


def _parts(judge: Judge, here: Group) -> tuple[list[bytes], list[bytes], bytes]:
    """The payloads of three fragments and a whole message after them, and the octets that bring each."""
    who, at = here.puppets[0], here.time + 1
    texts = [judge.octets(9) for _ in range(3)]
    frames = [
        here.seal(
            who, "DATA", {"first_sequence": number + 1, "messages": [_fragment(at, text, number)]}
        ).octets()
        for number, text in enumerate(texts)
    ]
    after = judge.octets(9)
    row: dict[str, Any] = {"timestamp": at + 1, "payload": after}
    frames.append(here.seal(who, "DATA", {"first_sequence": 4, "messages": [row]}).octets())
    return texts, frames, after


def _fragment(at: int, text: bytes, index: int) -> dict[str, Any]:
    return {"timestamp": at, "payload": text, "fragment_index": index, "fragment_count": 3}


def _fragments(judge: Judge, service: str) -> None:
    here = group(judge, n=3, rank=judge.random.randrange(3), service=service)
    who = here.puppets[0]
    texts, frames, after = _parts(judge, here)
    whole = b"".join(texts)
    wanted: dict[str, list[list[bytes]]] = {
        "unordered-unreliable": [[], [after], [], [whole]],
        "source-ordered-unreliable": [[], [after], [], []],
        "source-ordered": [[], [], [], [whole, after]],
    }
    for step, at in enumerate((2, 3, 0, 1)):
        reply = here.deliver(frames[at], who)
        steps(here, reply)
        judge.equal(f"frame-{at}", _of_each(told(reply), who.node), wanted[service][step], field="events")


for _service in RULES:
    case(
        f"multicast.{_service}.fragments",
        reqs=_reqs(_service),
        type="DATA",
        operator="conforming-fragments-shuffled",
        fresh=True,
    )(_story(_fragments, _service))


def _own(judge: Judge, service: str) -> None:
    """A peer's own messages are told by the same rules."""
    here = group(judge, n=3, rank=judge.random.randrange(3), service=service)
    texts = [judge.octets(judge.random.randrange(1, 9)) for _ in range(3)]
    reply = at_once(here, *texts)
    judge.equal("own", told(reply), [(here.subject.node, text) for text in texts], field="events")


for _service in RULES:
    case(
        f"multicast.{_service}.own-messages",
        reqs=_reqs(_service),
        type="DATA",
        operator="conforming-own",
        fresh=True,
    )(_story(_own, _service))


# ---------------------------------------------------------------- safe


SAFE = ["REQ-MUL-13", "REQ-MUL-18", "REQ-MUL-19"]


@case("multicast.safe.waits-for-stable", reqs=SAFE, type="DATA", operator="conforming-safe", fresh=True)
def _safe(judge: Judge) -> None:
    here = group(
        judge, n=3, rank=judge.random.randrange(3), service="safe", clock_base=judge.random.randrange(2**32)
    )
    a, b = judge.random.sample(here.puppets, 2)
    texts = [judge.octets(8), judge.octets(8)]
    first = here.time + 1
    steps(here, here.data(a, *texts))
    reply = promise(here, b, first + 1)
    judge.equal("ordered", told(reply), [], field="events")
    reply = promise(here, a, first + 2, acknowledged=first + 1)
    judge.equal("one-has-it", told(reply), [], field="events")
    reply = promise(here, b, first + 2, acknowledged=first)
    judge.equal("all-have-the-first", told(reply), [(a.node, texts[0])], field="events")
    reply = promise(here, b, first + 3, acknowledged=first + 1)
    judge.equal("all-have-both", told(reply), [(a.node, texts[1])], field="events")


@case(
    "multicast.safe.in-the-order",
    reqs=SAFE,
    type="DATA",
    operator="conforming-safe-in-order",
    fresh=True,
)
def _safe_order(judge: Judge) -> None:
    here = group(judge, n=3, rank=1, service="safe")
    a, b = here.puppets
    base, texts = here.time, [judge.octets(8) for _ in range(4)]
    own = judge.octets(8)
    at_once(here, own)
    stamps = sorted(judge.random.sample(range(base + 2, base + 40), 4))
    who = [a, b, a, b]
    judge.random.shuffle(who)
    for text, at, one in zip(texts, stamps, who, strict=True):
        steps(here, here.data(one, text, timestamp=at))
    replies = [promise(here, one, base + 50, acknowledged=base) for one in (a, b)]
    judge.equal("not-stable", told(*replies), [], field="events")
    replies = [promise(here, one, base + 51, acknowledged=base + 50) for one in (a, b)]
    said = [(one.node, text) for one, text in zip(who, texts, strict=True)]
    judge.equal("stable", told(*replies), [(here.subject.node, own), *said], field="events")


# ---------------------------------------------------------------- the choice


@case(
    "multicast.service.holds-from-the-next-view",
    reqs=["REQ-MUL-43", "REQ-MUL-15"],
    type="DATA",
    operator="conforming-other-service",
    fresh=True,
)
def _choice(judge: Judge) -> None:
    here = group(judge, n=3, rank=judge.random.randrange(1, 3))
    steps(here, here.peer.do("subscribe", here.overlay, service="unordered-unreliable"))
    who, text = here.puppets[0], judge.octets(8)
    judge.equal("this-view", told(here.opened(here.data(who, text))), [], field="events")
    here.go_on(here.members[0])
    text = judge.octets(8)
    reply = here.opened(here.data(who, text))
    judge.equal("next-view", told(reply), [(who.node, text)], field="events")
