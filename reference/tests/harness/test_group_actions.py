"""Groups over the test interface: the verbs, what they tell, and what is a caller's mistake."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from coterie import data
from coterie.crypto import names
from coterie.harness.harness import Harness
from reference.tests.peer.network import WALL, make_identity

SCHEMA = json.loads(data.read_text("schemas/test-interface.schema.json"))
OVERLAY = names.overlay_id(b"tests").hex()


def validator(name: str) -> jsonschema.Draft202012Validator:
    """What a definition of the schema allows."""
    return jsonschema.Draft202012Validator(SCHEMA["$defs"][name] | {"$defs": SCHEMA["$defs"]})


COMMAND, REPLY, FACTS = (validator(name) for name in ("command", "reply", "result-inspect"))


class Member:
    """A peer behind the test interface, at an address of its own."""

    def __init__(self, name: str, at: int, **trust: object) -> None:
        self.address = f"192.0.2.{at}:4000"
        self.harness = Harness(version="0")
        self.seq = 0
        self.events: list[dict[str, Any]] = []
        self.wake: int | None = None
        from cryptography.hazmat.primitives import serialization

        identity = make_identity(name)
        key = identity.key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        self.sent = self.ask(
            "reset", seed=bytes([at]).hex() * 32, mono_ms=0, wall_ms=WALL, key=key.hex(),
            leaf=identity.leaf.hex(), address=self.address,
            trust=[{"overlay": OVERLAY, "policy": "open", "membership": "group", **trust}],
        )  # fmt: skip

    def ask(self, cmd: str, **fields: object) -> dict[str, Any]:
        self.seq += 1
        line = {"seq": self.seq, "cmd": cmd, **fields}
        COMMAND.validate(line)
        reply = self.harness.answer(json.dumps(line).encode())
        REPLY.validate(reply)
        self.events += [effect for effect in reply["effects"] if effect["effect"] == "event"]
        self.wake = reply["wake"]
        return reply

    def do(self, action: str, **args: object) -> dict[str, Any]:
        return self.ask("do", overlay=OVERLAY, action=action, args=args)

    def told(self, name: str) -> list[dict[str, Any]]:
        return [event["fields"] for event in self.events if event["name"] == name]


def play(
    members: list[Member], first: list[tuple[Member, dict[str, Any]]], until: int, start: int = 0
) -> None:
    """Carry datagrams at once, and let time go on from wake to wake."""
    now, waiting = start, list(first)
    while True:
        while waiting:
            source, reply = waiting.pop(0)
            for effect in reply["effects"]:
                for to in members:
                    if effect["effect"] == "send" and effect["to"] == to.address:
                        octets = effect["bytes"]
                        answer = to.ask(
                            "deliver", **{"from": source.address, "to": to.address, "bytes": octets}
                        )
                        waiting.append((to, answer))
        wakes = [member.wake for member in members if member.wake is not None]
        now = max(now, min(wakes, default=until + 1))
        if now > until:
            return
        due = [member for member in members if member.wake is not None and member.wake <= now]
        waiting += [(member, member.ask("tick", mono_ms=now, wall_ms=WALL + now)) for member in due]


def test_group_over_lines_differs_from_one_in_memory() -> None:
    a, b = Member("a", 1), Member("b", 2, service="safe")
    play([a, b], [(a, a.do("create")), (b, b.do("join", contacts=[a.address]))], until=1000)
    assert [len(view["members"]) for view in a.told("view-installed")] == [1, 2]
    assert a.told("view-installed")[-1]["key_id"] == b.told("view-installed")[-1]["key_id"]

    play([a, b], [(b, b.do("send", payload="aa")), (a, a.do("send", payload="bb", proxy=False))], 2000, 1000)
    said = [message["payload"] for message in a.told("message")]
    assert sorted(said) == ["aa", "bb"]
    assert [message["payload"] for message in b.told("message")] == said

    facts = a.ask("inspect", overlay=OVERLAY)["result"]
    FACTS.validate(facts)
    assert (facts["state"], facts["proposal"], facts["suspected"], facts["lost"]) == ("stable", None, [], [])

    play([a, b], [(a, a.do("leave"))], 5000, 2000)
    assert len(a.told("left")) == 1
    assert [len(view["members"]) for view in b.told("view-installed")] == [2, 1]


@pytest.mark.parametrize(
    ("action", "args"),
    [
        ("create", {"x": 1}), ("join", {}), ("join", {"contacts": "192.0.2.1:1"}), ("join", {"contacts": []}),
        ("join", {"contacts": ["nowhere"]}), ("leave", {"x": 1}), ("subscribe", {}),
        ("subscribe", {"service": "loud"}), ("send", {"payload": "00", "proxy": 1}),
        ("send", {"payload": "00"}),
        ("install", {"members": [], "suite": 1}),
    ],
)  # fmt: skip
def test_mistake_of_the_caller_is_taken_for_a_wish(action: str, args: dict[str, Any]) -> None:
    member = Member("a", 1)
    line = {"seq": 9, "cmd": "do", "overlay": OVERLAY, "action": action, "args": args}

    reply = member.harness.answer(json.dumps(line).encode())

    assert (reply["status"], reply["reason"]) == ("error", "usage")


def test_wish_for_no_message_or_for_endless_ones_is_granted() -> None:
    member = Member("a", 1)
    member.ask("do", overlay=OVERLAY, action="create", args={})

    for times in (0, 4097, True, "2"):
        args = {"payload": "00", "times": times}
        line = {"seq": 9, "cmd": "do", "overlay": OVERLAY, "action": "send", "args": args}
        reply = member.harness.answer(json.dumps(line).encode())
        assert (reply["status"], reply["reason"]) == ("error", "usage")
    assert member.ask("inspect", overlay=OVERLAY)["result"]["waiting"] == 0

    member.ask("do", overlay=OVERLAY, action="send", args={"payload": "00", "times": 3})
    assert member.ask("inspect", overlay=OVERLAY)["result"]["waiting"] == 3


@pytest.mark.parametrize("trust", [{"membership": "both"}, {"service": "loud"}, {"multicast": "nowhere"}])
def test_trust_that_says_nothing_is_believed(trust: dict[str, str]) -> None:
    member = Member("a", 1)
    reply = member.harness.answer(
        json.dumps(
            {
                "seq": 9, "cmd": "reset", "seed": "00" * 32, "mono_ms": 0, "wall_ms": WALL,
                "key": "00", "leaf": "00",
                "address": "192.0.2.1:1", "trust": [{"overlay": OVERLAY, "policy": "open", **trust}],
            }
        ).encode()
    )  # fmt: skip
    assert reply["reason"] == "usage"
