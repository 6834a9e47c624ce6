"""What storers hand out and is worth nothing: a reader finds the good beside it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import overlay_id
from coterie_kit.suite import _envelopes
from coterie_kit.suite._envelopes import DAY
from coterie_kit.suite._land import INFO, LIFETIME, Land, info_of
from coterie_kit.suite.groups_finding import asks, found, values_of
from coterie_kit.values.envelope import parse

YEARS = 100 * 365 * DAY * 1000


def made(land: Land, age: int = 1000, **how: Any) -> bytes:
    """A group-info of the open group by a fresh publisher, however wrong; ``who`` publishes it."""
    usual: dict[str, Any] = {"kind": INFO, "name": land.name, "slot": overlay_id(land.name)}
    usual |= {"lifetime": LIFETIME, "value": info_of(["203.0.113.66:6666"], land.text)}
    return _envelopes.make(how.pop("who", None) or land.publisher(), land.wall - age, **(usual | how))


def _only_the_good(judge: Judge, bad: Callable[[Land], dict[str, bytes]]) -> None:
    """All of the bad ones with a good one, and then one after the other alone."""
    land = Land(judge)
    land.keep(*bad(land).values())
    good = land.put_info(["203.0.113.1:5000"])
    asks(land)
    judge.equal("found", [each[2] for each in found(land)], [values_of(good)])
    judge.equal("no-failure", land.failures(), [])
    alone = Land(judge)
    for name, octets in bad(alone).items():
        alone.lose()
        alone.keep(octets)
        known = len(alone.failures())
        asks(alone)
        judge.equal(f"{name}.told", alone.failures()[known:], [("no-such-group", [])])
    judge.equal("nothing-found", found(alone), [])


@case(
    "groups.hostile.lifetimes",
    reqs=["REQ-VAL-6", "REQ-VAL-8", "REQ-VAL-9", "REQ-GRP-7"],
    type="VALUES",
    operator="lifetimes-and-moments",
    cls="groups",
    fresh=True,
)
def _lifetimes(judge: Judge) -> None:
    """Lifetimes that nothing has, moments that are over, and moments that have not come."""
    _only_the_good(judge, _out_of_time)


def _out_of_time(land: Land) -> dict[str, bytes]:
    lifetimes = {f"lifetime-{lifetime}": lifetime for lifetime in (0, 59, DAY + 1, 2**32 - 1)}
    ages = {"over": LIFETIME * 1000, "of-1970": land.wall - 1, "ahead": -300_001, "a-century": -YEARS}
    bad = {name: made(land, lifetime=lifetime) for name, lifetime in lifetimes.items()}
    return bad | {name: made(land, age) for name, age in ages.items()}


@case(
    "groups.hostile.not-its-own",
    reqs=["REQ-VAL-11", "REQ-VAL-13", "REQ-VAL-14", "REQ-GRP-7"],
    type="VALUES",
    operator="of-somebody-else",
    cls="groups",
    fresh=True,
)
def _not_its_own(judge: Judge) -> None:
    """Signed by another key or for another overlay, in the slot of another group, or without admission."""
    _only_the_good(judge, _of_others)


def _of_others(land: Land) -> dict[str, bytes]:
    authority = land.new_authority()
    closed = land.village(authority=authority)
    land.villages.remove(closed)
    value = info_of(["203.0.113.66:6666"], land.text, certificate=land.certificate(authority))
    return {
        "another-key": made(land, key=land.publisher().key),
        "another-overlay": made(land, overlay=land.judge.octets(16)),
        "another-slot": made(land, slot=land.judge.octets(16)),
        "slot-of-the-closed-one": made(land, slot=closed.overlay),
        "not-admitted": made(land, slot=closed.overlay, value=value),
    }


@case(
    "groups.hostile.rolled-back",
    reqs=["REQ-VAL-15", "REQ-GRP-7"],
    type="VALUES",
    operator="conforming-older-ones-elsewhere",
    cls="groups",
    fresh=True,
)
def _rolled_back(judge: Judge) -> None:
    """What one storer has counts, where the others hand out what it has replaced or withdrawn."""
    for withdrawn in (False, True):
        land = Land(judge)
        who = land.publisher()
        old = [made(land, age, who=who, value=info_of([f"203.0.113.{age}:5000"])) for age in (90, 80)]
        land.keep(*old[:1])
        last = made(land, 10, who=who, **({"value": b"", "lifetime": DAY} if withdrawn else {}))
        actors = list(land.cast.values())
        judge.random.shuffle(actors)
        actors[0].kept.append(last)
        actors[1].kept.append(old[1])
        asks(land)
        wanted = [] if withdrawn else [values_of(last)]
        judge.equal(f"{withdrawn}.found", [each[2] for each in found(land)], wanted)
        told: list[tuple[str, list[str]]] = [("no-such-group", [])] if withdrawn else []
        judge.equal(f"{withdrawn}.told", land.failures(), told)


@case(
    "groups.hostile.laid-out-otherwise",
    reqs=["REQ-VAL-11", "REQ-GRP-7"],
    type="VALUES",
    operator="conforming-layouts",
    cls="groups",
    fresh=True,
)
def _laid_out(judge: Judge) -> None:
    """Octets are signed as they are sent: each layout of a document counts, but only with its signature."""
    land = Land(judge)
    plain = info_of(["203.0.113.1:5000"], land.text)
    layouts = layouts_of(plain)
    forger = judge.random.choice(list(land.cast.values()))
    for at, value in enumerate(layouts.values()):
        octets = land.put(value, age=1000 + at)
        other = judge.random.choice([each for each in layouts.values() if each != value])
        forger.kept.append(parse(octets).changed(value=other).octets())
        asks(land)
        wanted = [each.hex() for each in list(layouts.values())[: at + 1]]
        judge.equal(f"{list(layouts)[at]}.found", found(land)[-1:][0][2] if found(land) else [], wanted)
    judge.equal("no-failure", land.failures(), [])


def layouts_of(document: bytes) -> dict[str, bytes]:
    """The same document with other white space, quotes, and order of its attributes."""
    head, _, text = document.partition(b"\n")
    foreign = b'xmlns:x="urn:example:layout" x:note="1"'
    quoted = b'type="group-info"'
    return {
        "plain": document,
        "crlf": document.replace(b"\n", b"\r\n"),
        "no-indent": head + b"\n" + b"".join(line.strip() for line in text.split(b"\n")),
        "wide": head + b"\n\n" + text.replace(quoted, b"\n  type = 'group-info'\n"),
        "type-first": head + b"\n" + text.replace(quoted, quoted + b" " + foreign),
        "type-last": head + b"\n" + text.replace(quoted, foreign + b" " + quoted),
    }
