"""What cases about messages by proxy share."""

from __future__ import annotations

from typing import Any

from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._multicast import PROXIED, proxied_payload, steps

__all__ = ["AROUND", "data_of", "delivers", "from_outside", "place", "proxied_row"]

AROUND = 24 + 28 + 16 + 18 + 13 + 74
"""Octets of a DATA with one proxied message, beside what its origin's user sent."""


def place(here: Group, who: Puppet) -> int:
    """Where somebody stands in the view."""
    assert here.installed is not None
    return here.installed.position(who)


def from_outside(judge: Judge, **how: Any) -> Group:
    """The peer is outside the sender group, and no coordinator."""
    plan: dict[str, Any] = {"n": 3, "rank": judge.random.randrange(1, 3), "positions": [0]}
    return group(judge, **(plan | how))


def proxied_row(here: Group, who: Puppet, number: int, text: bytes, **changes: Any) -> dict[str, Any]:
    """A proxied message that says it is of ``who``."""
    here.time += 1
    return {
        "timestamp": here.time,
        "kind": PROXIED,
        "payload": proxied_payload(here, who, number, text, **changes),
    }


def data_of(here: Group, by: Puppet, *messages: dict[str, Any]) -> Draft:
    """The next DATA of a puppet."""
    first = here.last.get(by.node, 0) + 1
    return here.seal(by, "DATA", {"first_sequence": first, "messages": list(messages)})


def delivers(here: Group, by: Puppet, who: Puppet, number: int, text: bytes) -> Reply:
    """The coordinator says a message of another member, and the peer takes it."""
    reply = here.deliver(data_of(here, by, proxied_row(here, who, number, text)).octets(), by)
    here.last[by.node] = here.last.get(by.node, 0) + 1
    steps(here, reply)
    return reply
