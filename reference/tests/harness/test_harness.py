"""The test interface from outside: hostile lines, the schema of every reply, and that the same input says the
same."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from coterie import data
from coterie.crypto.identity import private_key_der
from coterie.harness import harness, strict
from coterie.harness.harness import Harness, to_line
from reference.tests.peer.network import OVERLAY, WALL, make_identity

SCHEMA = json.loads(data.read_text("schemas/test-interface.schema.json"))
VALIDATOR = Draft202012Validator(SCHEMA)
ADDRESSES = ("192.0.2.1:4000", "[2001:db8::2]:4000")


def part(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]})


class Driven:
    """A harness whose every line is held against the schema."""

    def __init__(self, name: str = "a", address: str = ADDRESSES[0]) -> None:
        self.harness = Harness(version="0")
        self.address = address
        self.identity = make_identity(name)
        self.seed = name.encode().hex() * 32
        self.lines: list[bytes] = []
        self._seq = 0

    def ask(self, cmd: str, **fields: Any) -> dict[str, Any]:
        self._seq += 1
        command = {"seq": self._seq, "cmd": cmd, **fields}
        line = to_line(self.harness.answer(json.dumps(command).encode()))
        reply: dict[str, Any] = json.loads(line)
        VALIDATOR.validate(reply)
        if reply["status"] == "ok":
            part("command").validate(command)
        assert reply["seq"] == self._seq
        self.lines.append(line)
        return reply

    def reset(self, **changes: Any) -> dict[str, Any]:
        fields = {
            "seed": self.seed, "mono_ms": 1000, "wall_ms": WALL,
            "key": private_key_der(self.identity.key).hex(), "leaf": self.identity.leaf.hex(),
            "address": self.address, "trust": [{"overlay": OVERLAY.hex(), "policy": "open"}],
        }  # fmt: skip
        return self.ask("reset", **(fields | changes))

    def do(self, action: str, **args: Any) -> dict[str, Any]:
        return self.ask("do", overlay=OVERLAY.hex(), action=action, args=args)

    def inspect(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("inspect", overlay=OVERLAY.hex())["result"]
        part("result-inspect").validate(found)
        return found


def conversation() -> list[Driven]:
    """Two peers behind two harnesses: greet, agree, talk, part."""
    both = [Driven("a", ADDRESSES[0]), Driven("b", ADDRESSES[1])]
    by_address = {each.address: each for each in both}
    nodes = [each.reset()["result"]["nodes"][OVERLAY.hex()] for each in both]
    flying: list[tuple[str, dict[str, Any]]] = []

    def carry(source: Driven, reply: dict[str, Any]) -> None:
        flying.extend((source.address, effect) for effect in reply["effects"] if effect["effect"] == "send")
        while flying:
            origin, effect = flying.pop(0)
            target = by_address[effect["to"]]
            fields = {"from": origin, "to": target.address, "bytes": effect["bytes"]}
            answer = target.ask("deliver", **fields)
            flying.extend((target.address, sent) for sent in answer["effects"] if sent["effect"] == "send")

    a, b = both
    carry(a, a.do("greet", to=b.address))
    carry(a, a.do("ping", node=nodes[1]))
    for _ in range(2):
        carry(b, b.do("install", members=nodes, suite=2))
        carry(b, b.do("send", payload=b"words".hex()))
    assert a.do("export", context="", length=9)["result"] == b.do("export", context="", length=9)["result"]
    for each in both:
        each.ask("tick", mono_ms=9000, wall_ms=WALL - 5)
        assert len(each.inspect()["members"]) == 2
    assert a.ask("stop")["status"] == "ok"
    return both


def test_reply_does_not_match_the_schema() -> None:
    both = conversation()

    names = {
        effect.get("name")
        for each in both
        for line in each.lines
        for effect in json.loads(line).get("effects", [])
        if effect["effect"] == "event"
    }
    assert names == {"session", "pong", "run-started", "view-installed", "data"}
    assert both[0].harness.stopped


def test_same_commands_say_something_else() -> None:
    assert [each.lines for each in conversation()] == [each.lines for each in conversation()]


HOSTILE = [
    b"", b"{", b"[]", b"null", b"7", b'"x"', b"\xff\xfe", b"{}", b'{"seq":1}',
    b"[" * 100_000, b'{"a":' * 50_000,
    b'{"seq":1,"seq":2,"cmd":"hello"}', b'{"seq":1.0,"cmd":"hello"}', b'{"seq":NaN,"cmd":"hello"}',
    b'{"seq":Infinity}', b'{"seq":true,"cmd":"hello"}', b'{"seq":-1,"cmd":"hello"}', b'{"seq":1e999}',
    b'{"seq":' + b"9" * 5000 + b"}", b'{"seq":1,"cmd":"hello","x":"\\ud800"}', b"\xef\xbb\xbf{}",
    b'{"seq":1,"cmd":5}', b'{"seq":1,"cmd":"hello","more":1}', b'{"seq":1,"cmd":"do"}',
    b'{"seq":1,"cmd":"do","action":"greet","args":[]}', b'{"seq":1,"cmd":"do","action":7,"args":{}}',
    b'{"seq":1,"cmd":"do","action":"greet","args":{}}', b'{"seq":1,"cmd":"deliver"}',
    b'{"seq":1,"cmd":"inspect"}', b'{"seq":1,"cmd":"tick","mono_ms":"5","wall_ms":5}',
    b'{"seq":1,"cmd":"tick","mono_ms":5,"wall_ms":-5}', b'{"seq":1,"cmd":"reset"}',
    b'{"seq":1,"cmd":"reset","seed":"zz"}', b'{"seq":1,"cmd":"do","overlay":"00","action":"x","args":{}}',
]  # fmt: skip


@pytest.mark.parametrize("line", HOSTILE, ids=lambda line: repr(line[:40]))
def test_hostile_line_ends_the_program_or_the_peer(line: bytes) -> None:
    driven = Driven()
    driven.reset()
    before = driven.inspect()

    reply = json.loads(to_line(driven.harness.answer(line)))

    VALIDATOR.validate(reply)
    assert (reply["status"], reply["reason"], reply["phase"]) == ("error", "usage", "usage")
    assert reply["detail"]
    assert driven.inspect() == before
    assert not driven.harness.stopped


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": "11" * 31}, {"key": "00"}, {"leaf": "00"}, {"address": "example.org:1"}, {"mono_ms": -1},
        {"trust": {}}, {"trust": [{"overlay": OVERLAY.hex()}]}, {"disk": "00"}, {"more": 1},
        {"trust": [{"overlay": OVERLAY.hex(), "policy": "closed"}]},
        {"trust": [{"overlay": OVERLAY.hex(), "policy": "open", "suites": [2]}]},
        {"trust": [{"overlay": OVERLAY.hex(), "policy": "open", "max_datagram": 1199}]},
        {"trust": [{"overlay": OVERLAY.hex(), "policy": "open", "origin_auth": "nobody"}]},
        {"trust": [{"overlay": OVERLAY.hex(), "policy": "open"}] * 2},
        {"leaf": make_identity("somebody else").leaf.hex()},
    ],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_bad_reset_ends_the_peer_that_ran(changes: dict[str, Any]) -> None:
    driven = Driven()
    first = driven.reset()
    driven.do("greet", to=ADDRESSES[1])

    reply = driven.reset(**changes)

    assert (reply["status"], reply["reason"]) == ("error", "usage")
    assert driven.inspect()["handshakes"] == 1
    assert first["status"] == "ok"


@pytest.mark.parametrize("command", ["deliver", "tick", "inspect", "do"])
def test_command_before_reset_ends_the_program(command: str) -> None:
    driven = Driven()
    fields: dict[str, dict[str, Any]] = {
        "deliver": {"from": ADDRESSES[1], "to": ADDRESSES[0], "bytes": "00"},
        "tick": {"mono_ms": 1, "wall_ms": 1},
        "inspect": {"overlay": OVERLAY.hex()},
        "do": {"overlay": OVERLAY.hex(), "action": "greet", "args": {"to": ADDRESSES[1]}},
    }

    assert driven.ask(command, **fields[command])["reason"] == "usage"
    assert driven.reset()["status"] == "ok"


def test_unknown_command_or_action_is_an_error() -> None:
    driven = Driven()

    assert driven.ask("dance")["status"] == "unsupported"
    assert driven.ask("do", action="overlay.publish", args={})["status"] == "unsupported"
    hello = driven.ask("hello")["result"]
    part("result-hello").validate(hello)
    assert hello["determinism"] == "D3"


def test_monotonic_clock_goes_back_or_the_wall_clock_must_not() -> None:
    driven = Driven()
    driven.reset()

    assert driven.ask("tick", mono_ms=2000, wall_ms=5)["status"] == "ok"
    assert driven.ask("tick", mono_ms=1999, wall_ms=5)["reason"] == "usage"


def test_refusal_is_told_without_its_reason() -> None:
    driven = Driven()
    driven.reset()

    reply = driven.ask("deliver", **{"from": ADDRESSES[1], "to": ADDRESSES[0], "bytes": "c07e"})

    assert (reply["status"], reply["reason"], reply["phase"]) == ("error", "too-short", "decode")
    assert driven.inspect()["counters"] == {"too-short": 1}


def test_restart_with_its_disk_uses_an_incarnation_twice() -> None:
    driven = Driven()
    first = driven.reset()
    ((disk,)) = [effect["bytes"] for effect in first["effects"] if effect["effect"] == "disk"]

    again = driven.reset(disk=disk, wall_ms=WALL - 1)

    part("result-reset").validate(again["result"])
    assert again["result"]["incarnation"] == first["result"]["incarnation"] + 1


def test_late_tick_forgets_a_timer_or_floods() -> None:
    driven = Driven()
    driven.reset()
    wake = driven.do("greet", to=ADDRESSES[1])["wake"]
    assert wake == 1250

    early = driven.ask("tick", mono_ms=wake - 1, wall_ms=WALL)
    assert early["effects"] == []
    late = driven.ask("tick", mono_ms=5000, wall_ms=WALL)
    assert [effect["effect"] for effect in late["effects"]] == ["send"]
    over = driven.ask("tick", mono_ms=11_000, wall_ms=WALL)
    assert [effect.get("name") for effect in over["effects"]] == [None, "greet-failed"]
    assert over["wake"] is None


def test_long_line_is_kept_in_memory() -> None:
    most = 1_048_576
    stream = io.BytesIO(b"x" * most + b"\n" + b"x" * (most + 1) + b"\n" + b"x" * (3 * most) + b"\n{}\nlast")

    lines = list(strict.read_lines(stream))

    assert [None if line is None else len(line) for line in lines] == [most, None, None, 2, 4]
    assert harness.Harness(version="0").answer(None)["reason"] == "usage"


def test_version_of_the_interface_is_not_the_registrys() -> None:
    hello = Driven().ask("hello")["result"]

    assert hello["interface"] == SCHEMA["$defs"]["result-hello"]["properties"]["interface"]["const"]
