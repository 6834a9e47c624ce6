"""Overlays without views over the test interface: the verbs, what they tell, and mistakes of the caller."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reference.tests.harness.test_group_actions import FACTS, OVERLAY, Member, play

NAME = b"gardeners".hex()
SLOT = "00" * 16


def neighbour(name: str, at: int, **trust: object) -> Member:
    return Member(name, at, **{"membership": "none", **trust})


def test_value_over_lines_differs_from_one_in_memory() -> None:
    a, b, c = neighbour("a", 1), neighbour("b", 2), neighbour("c", 3, role="client")
    everyone = [a, b, c]
    play(everyone, [(each, each.do("join", contacts=[a.address])) for each in (b, c)], until=500)
    assert [each.told("entered") for each in (b, c)] == [[{"contacts": 1}], [{"contacts": 2}]]

    value = {"kind": "group-members", "name": NAME, "slot": SLOT, "lifetime": 600, "value": "aa"}
    play(everyone, [(c, c.do("publish", **value))], 1000, 500)
    (published,) = c.told("published")
    assert (published["kind"], published["name"], published["stored"]) == ("group-members", NAME, 2)

    play(everyone, [(b, b.do("fetch", kind="group-members", name=NAME))], 1500, 1000)
    (fetched,) = b.told("fetched")
    assert (fetched["complete"], len(fetched["envelopes"])) == (1, 1)

    play(everyone, [(b, b.do("find", target="00" * 32))], 2000, 1500)
    assert len(b.told("found")[0]["nodes"]) == 1

    facts = b.ask("inspect", overlay=OVERLAY)["result"]
    FACTS.validate(facts)
    assert [(row["kind"], row["name"], row["slot"]) for row in facts["held"]] == [
        ("group-members", NAME, SLOT)
    ]
    assert (facts["view"], facts["members"], facts["lookups"], facts["requests"]) == (None, [], 0, 0)

    play(everyone, [(c, c.do("withdraw", kind="group-members", name=NAME, slot=SLOT))], 2500, 2000)
    play(everyone, [(each, each.do("leave")) for each in everyone], 3000, 2500)
    assert [each.told("left") for each in everyone] == [[{"view": SLOT}]] * 3


@pytest.mark.parametrize(
    ("action", "args"),
    [
        ("find", {}), ("find", {"target": "00"}), ("find", {"target": "00" * 32, "x": 1}),
        ("publish", {}),
        ("publish", {"kind": "gardens", "name": NAME, "slot": SLOT, "lifetime": 600, "value": "aa"}),
        ("publish", {"kind": "group-list", "name": NAME, "slot": SLOT, "lifetime": 600, "value": "aa"}),
        ("publish", {"kind": "group-members", "name": NAME, "slot": SLOT, "lifetime": 600, "value": ""}),
        ("withdraw", {"kind": "group-members", "name": NAME, "slot": SLOT}),
        ("withdraw", {"kind": "group-members", "name": NAME, "slot": "00"}),
        ("fetch", {"kind": 2, "name": NAME}), ("fetch", {"kind": "group-list", "name": NAME}),
        ("join", {"contacts": []}), ("leave", {"x": 1}),
        ("create", {}), ("send", {"payload": "00"}), ("subscribe", {"service": "safe"}),
        ("install", {"members": [], "suite": 1}), ("export", {"context": "", "length": 1}),
    ],
)  # fmt: skip
def test_mistake_of_the_caller_is_taken_for_a_wish(action: str, args: dict[str, Any]) -> None:
    peer = neighbour("a", 1)
    line = {"seq": 9, "cmd": "do", "overlay": OVERLAY, "action": action, "args": args}

    reply = peer.harness.answer(json.dumps(line).encode())

    assert (reply["status"], reply["reason"]) == ("error", "usage")
    assert reply["effects"] == []


@pytest.mark.parametrize("trust", [{"role": "king", "membership": "none"}, {"role": "client"}])
def test_role_that_does_nothing_is_believed(trust: dict[str, str]) -> None:
    line = {
        "seq": 9, "cmd": "reset", "seed": "00" * 32, "mono_ms": 0, "wall_ms": 0, "key": "00", "leaf": "00",
        "address": "192.0.2.1:1", "trust": [{"overlay": OVERLAY, "policy": "open", **trust}],
    }  # fmt: skip

    reply = Member("a", 1).harness.answer(json.dumps(line).encode())

    assert reply["reason"] == "usage"
