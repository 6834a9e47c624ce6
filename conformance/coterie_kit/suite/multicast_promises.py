"""Promises: what a member said of its later messages holds."""

from __future__ import annotations

from typing import Any

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._multicast import promise, steps
from coterie_kit.suite._scenes import Scene

RULE = ["REQ-MUL-11", "REQ-REC-19"]


def _two(judge: Judge) -> tuple[Group, Puppet, int]:
    here = group(judge, n=3, rank=judge.random.randrange(3), clock_base=judge.random.randrange(100, 2**32))
    return here, judge.random.choice(here.puppets), here.time


def _data(here: Group, who: Puppet, first: int, *stamps: int) -> Draft:
    messages = [{"timestamp": at, "payload": here.judge.octets(3)} for at in stamps]
    return here.seal(who, "DATA", {"first_sequence": first, "messages": messages})


def _beat(here: Group, who: Puppet, timestamp: int, last: int) -> Draft:
    values = {"acknowledged": 0, "timestamp": timestamp, "last_sequence": last, "stable": 0}
    return here.seal(who, "HEARTBEAT", values)


def _given(here: Group, who: Puppet, *drafts: Draft) -> None:
    steps(here, *(here.deliver(draft.octets(), who) for draft in drafts))


def _refuses(here: Group, draft: Draft, name: str) -> None:
    Scene(here, draft).refuses(draft, "broken-promise", name)


def _takes(here: Group, draft: Draft, name: str = "twin", **values: Any) -> None:
    Scene(here, draft).twin(draft, name, **values)


@case(
    "multicast.data.before-what-was-heard",
    reqs=["REQ-MUL-11", "REQ-MUL-10", "REQ-REC-19"],
    type="DATA",
    operator="timestamp-promised",
    fresh=True,
)
def _before(judge: Judge) -> None:
    here, who, base = _two(judge)
    _refuses(here, _data(here, who, 1, base), "at-the-clock-base")
    _refuses(here, _data(here, who, 1, base - 50), "before-the-clock-base")
    high = base + judge.random.randrange(10, 99)
    promise(here, who, high)
    _refuses(here, _data(here, who, 1, high), "at-the-promise")
    _refuses(here, _data(here, who, 1, high - 1, high + 5), "the-first-of-two")
    _takes(here, _data(here, who, 1, high + 1))


@case(
    "multicast.data.beyond-the-heartbeat",
    reqs=["REQ-MUL-11", "REQ-MUL-10", "REQ-REC-19"],
    type="DATA",
    operator="sequence-beyond-promise",
    fresh=True,
)
def _beyond(judge: Judge) -> None:
    here, who, base = _two(judge)
    last = judge.random.randrange(3, 9)
    promise(here, who, base + 50, last_sequence=last)
    _refuses(here, _data(here, who, last + 1, base + 50), "the-next")
    _refuses(here, _data(here, who, last + 4, base + 20), "later-ones")
    _refuses(here, _data(here, who, last, base + 30, base + 40), "the-second-of-two")
    _takes(here, _data(here, who, last, base + 50, base + 51), "one-on-each-side")
    _takes(here, _data(here, who, 1, base + 1), "the-first")


@case(
    "multicast.heartbeat.against-messages",
    reqs=RULE,
    type="HEARTBEAT",
    operator="promise-against-messages",
    fresh=True,
)
def _against(judge: Judge) -> None:
    here, who, base = _two(judge)
    _given(here, who, _data(here, who, 1, base + 10, base + 20), _data(here, who, 5, base + 50))
    _refuses(here, _beat(here, who, base + 50, 4), "a-later-message-is-not-later")
    _refuses(here, _beat(here, who, base + 60, 2), "nor-much-later")
    _refuses(here, _beat(here, who, base + 49, 5), "its-last-is-later")
    _refuses(here, _beat(here, who, base + 15, 2), "the-second-is-later")
    _refuses(here, _beat(here, who, base + 20, 1), "the-second-is-not-later")
    _takes(here, _beat(here, who, base + 19, 1), "after-the-first")
    _takes(here, _beat(here, who, base + 49, 4), "before-the-fifth")
    _takes(here, _beat(here, who, base + 50, 5), "with-the-fifth")


@case(
    "multicast.heartbeat.against-another",
    reqs=["REQ-MUL-11", "REQ-MUL-10", "REQ-REC-19"],
    type="HEARTBEAT",
    operator="promise-against-promise",
    fresh=True,
)
def _contradiction(judge: Judge) -> None:
    here, who, base = _two(judge)
    last = judge.random.randrange(3, 50)
    promise(here, who, base + 50, last_sequence=last)
    for name, at, sequence in (
        ("later-with-less", 51, last - 1),
        ("earlier-with-more", 49, last + 1),
        ("equal-with-more", 50, last + 1),
        ("equal-with-less", 50, last - 1),
    ):
        _refuses(here, _beat(here, who, base + at, sequence), name)
    _takes(here, _beat(here, who, base + 50, last), "the-same-again")
    _takes(here, _beat(here, who, base + 49, last), "earlier")
    _takes(here, _beat(here, who, base + 40, last - 1), "earlier-with-less")
    _takes(here, _beat(here, who, base + 51, last + 2), "later-with-more")
    _refuses(here, _beat(here, who, base + 60, last + 1), "against-the-greatest")


@case(
    "multicast.heartbeat.kept-is-the-greatest",
    reqs=["REQ-MUL-11", "REQ-MUL-10", "REQ-REC-19"],
    type="HEARTBEAT",
    operator="late-promise-then-break",
    fresh=True,
)
def _kept(judge: Judge) -> None:
    here, who, base = _two(judge)
    promise(here, who, base + 50, last_sequence=4)
    promise(here, who, base + 20, last_sequence=1)
    _refuses(here, _data(here, who, 5, base + 40), "against-the-greatest")
    _takes(here, _data(here, who, 5, base + 51))


@case(
    "multicast.data.held-already",
    reqs=["REQ-MUL-11", "REQ-REC-4", "REQ-REC-19"],
    type="DATA",
    operator="same-again-after-promise",
    fresh=True,
)
def _held(judge: Judge) -> None:
    here, who, base = _two(judge)
    first = _data(here, who, 1, base + 10)
    _given(here, who, first)
    promise(here, who, base + 20, last_sequence=1)
    scene = Scene(here, first)
    scene.refuses(first, "duplicate", "again", reqs=["REQ-REC-4", "REQ-REC-19"])
    _takes(here, _data(here, who, 2, base + 21), reqs=["REQ-MUL-11", "REQ-REC-19"])
