"""Whole peers in one group: what the kit must find out, and what it must not hold against anybody."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from coterie_kit import cli, data
from coterie_kit.interop import plan
from coterie_kit.interop.network import SPELLS, Network
from coterie_kit.interop.performance import KINDS
from coterie_kit.interop.tracing import Tracer, describe

HARNESS = f"{sys.executable} -m coterie harness"
LIAR = Path(__file__).parent / "hostile" / "member.py"
NODE = "ab" * 32
CRASH, PROXY = 7, 13


def liar(behaviour: str) -> str:
    return f"cmd:{sys.executable} {LIAR} {behaviour} coterie harness"


def interop(*words: str) -> int:
    return cli.main(["interop", *words])


def results(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("ascii"))
    Draft202012Validator(json.loads(data.read_text("schemas/interop.schema.json"))).validate(found)
    return found


def test_group_of_strangers_was_held_against_somebody(tmp_path: Path) -> None:
    """A variant that does what the draft allows in another way shares a group with the reference."""
    path = tmp_path / "results.json"
    strangers = [f"cmd:{HARNESS}", f"cmd:{HARNESS} --benign timing", f"cmd:{HARNESS} --benign extensions"]
    peers = [word for spec in strangers for word in ("--peer", spec)]

    status = interop(*peers, "--members", "4", "--seeds", "5..7", "--json", str(path))

    found = results(path)
    assert status == 0
    assert [row["determinism"] for row in found["peers"]] == ["D3", "D0", "D0"]
    assert all(row["converged"] and row["datagrams"] > 100 for row in found["seeds"])
    assert {"VS-10", "TO-2", "KA-13", "KA-20", "RL-1"} <= set(found["seeds"][0]["judged"])


def test_seed_gave_another_run_the_second_time(tmp_path: Path) -> None:
    runs = []
    for jobs in ("1", "2"):
        path = tmp_path / f"{jobs}.json"
        words = ["--seeds", f"{PROXY}..{PROXY + 2}", "--members", "3", "--jobs", jobs, "--json", str(path)]
        assert interop("--peer", f"cmd:{HARNESS}", *words) == 0
        runs.append(path.read_bytes())

    assert runs[0] == runs[1]


def test_traces_of_a_run_were_not_those_that_were_judged(tmp_path: Path) -> None:
    run = ["--peer", f"cmd:{HARNESS}", "--seed", str(CRASH), "--members", "3", "--trace", str(tmp_path)]

    assert interop(*run) == 0
    assert cli.main(["check-traces", str(tmp_path / str(CRASH))]) == 0
    assert {path.name for path in (tmp_path / str(CRASH)).iterdir()} == {
        "A.jsonl", "B.jsonl", "C.jsonl", "harness.jsonl",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("behaviour", "properties"),
    [
        ("order-of-arrival", {"TO-1", "TO-4"}),
        ("untold", {"TO-2", "TO-4"}),
    ],
)
def test_member_that_breaks_a_promise_of_the_order_stayed_in_the_dark(
    behaviour: str, properties: set[str], tmp_path: Path
) -> None:
    path = tmp_path / "results.json"
    peers = ["--peer", f"cmd:{HARNESS}", "--peer", f"cmd:{HARNESS}", "--peer", liar(behaviour)]

    status = interop(*peers, "--seed", "3", "--members", "3", "--json", str(path))

    violated = {row["property"] for seed in results(path)["seeds"] for row in seed["violations"]}
    assert status == 1
    assert violated & properties


@pytest.mark.parametrize(
    ("mutant", "properties"), [("all-together", {"VS-9"}), ("tie-reversed", {"TO-1", "VS-10"})]
)
def test_mutant_among_others_was_not_found_out(mutant: str, properties: set[str], tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    peers = [
        "--peer",
        f"cmd:{HARNESS}",
        "--peer",
        f"cmd:{HARNESS}",
        "--peer",
        f"cmd:{HARNESS} --mutant {mutant}",
    ]

    status = interop(*peers, "--seed", "3", "--members", "3", "--json", str(path))

    assert status == 1
    assert properties & {row["property"] for row in results(path)["seeds"][0]["violations"]}


def test_honest_member_behind_the_same_relay_was_found_guilty() -> None:
    peers = ["--peer", f"cmd:{HARNESS}", "--peer", f"cmd:{HARNESS}", "--peer", liar("honest")]

    assert interop(*peers, "--seed", "3", "--members", "3") == 0


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        ("without-numbers", "the event message lacks 'sequence'"),
        ("wakes-at-once", "woken at one time for ever"),
        ("creates-nothing", "declares what it does not offer: join: no groups here"),
        ("refuses-to-begin", "reset: error usage"),
    ],
)
def test_member_that_cannot_be_followed_was_not_named(
    behaviour: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    peers = ["--peer", f"cmd:{HARNESS}", "--peer", liar(behaviour)]

    assert interop(*peers, "--seed", "3", "--members", "3") == 1

    told = capsys.readouterr().out
    assert f"B ({liar(behaviour)})" in told
    assert said in told
    assert "repeat: coterie-kit interop --peer" in told


@pytest.mark.parametrize(
    "words",
    [
        ["--seeds", "5"], ["--seeds", "5..5"], ["--seeds", "a..b"], ["--seed", "-1"], ["--members", "1"],
        ["--members", "33"], ["--deadline", "0"], ["--jobs", "0"], ["--seed", "1", "--seeds", "1..2"],
    ],
)  # fmt: skip
def test_wrong_use_was_taken_for_a_run(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert interop("--peer", f"cmd:{HARNESS}", *words) == 4
    assert capsys.readouterr().err.startswith("coterie-kit: ")


def test_peer_without_a_group_was_asked_to_be_a_member(capsys: pytest.CaptureFixture[str]) -> None:
    assert interop("--peer", liar("without-group"), "--seed", "1") == 4
    assert "offers no whole peer" in capsys.readouterr().err


# ---------------------------------------------------------------- pieces


def test_kind_of_fault_is_drawn_that_nobody_carries_out() -> None:
    drawn = {step.kind for seed in range(300) for step in plan.draw(seed).steps}

    assert drawn == set(plan.FAULTS) | set(plan.TALKS)
    assert drawn <= SPELLS | set(KINDS)


def test_partition_let_something_through() -> None:
    network = Network(plan.chance(1, "network"), 1, 0)
    network.spells[0] = plan.Step("partition", 0, 10, (), {"groups": ((0, 1), (2,))})

    assert network.fates(0, 1, "DATA") == [1]
    assert network.fates(1, 2, "DATA") == network.fates(2, 0, "DATA") == []
    assert (network.sent, network.lost) == (3, 2)


def test_damaged_datagram_was_damaged_in_more_than_a_bit_or_not_at_all() -> None:
    network = Network(plan.chance(3, "network"), 1, 0)
    assert network.damaged(bytes(40)) == bytes(40)
    network.spells[0] = plan.Step("corrupt", 0, 10, (), {"percent": 100})

    assert {int.from_bytes(network.damaged(bytes(40)), "big").bit_count() for _ in range(50)} == {1}


def test_loss_lost_all_or_nothing() -> None:
    network = Network(plan.chance(2, "network"), 1, 0)
    network.spells[0] = plan.Step("loss", 0, 10, (), {"percent": 30})

    arrived = sum(bool(network.fates(0, 1, "DATA")) for _ in range(1000))

    assert 640 < arrived < 760


def sealed(index: int, counter: int, body: bytes = b"") -> bytes:
    head = bytes.fromhex("c0de01") + bytes([0x40])
    prefix = bytes(16) + index.to_bytes(2, "big") + bytes(2) + counter.to_bytes(8, "big")
    return head.ljust(24, b"\0") + prefix + body


def viewed(tracer: Tracer, view: str = "00" * 16) -> None:
    fields = {
        "view": view, "members": [NODE, "cd" * 32], "incarnations": [1, 2], "together": [], "senders": [NODE],
        "counter": 1, "suite": 1, "previous": "00" * 16, "clock_base": 1,
    }  # fmt: skip
    tracer.take([{"effect": "event", "name": "view-installed", "fields": fields}], 5)


def data_frame(index: int, counter: int, body: bytes = b"") -> bytes:
    from coterie_kit import registry

    octets = bytearray(sealed(index, counter, body))
    octets[3] = registry.frame("DATA").code
    return bytes(octets)


def test_counter_used_twice_left_one_seal_in_the_trace() -> None:
    tracer = Tracer(NODE, "safe")
    tracer.start(1, "first", 0)
    viewed(tracer)
    frames = [data_frame(0, 1), data_frame(0, 1), data_frame(0, 1, b"other"), data_frame(1, 1)]

    tracer.take([{"effect": "send", "bytes": frame.hex()} for frame in frames], 6)

    seals = [line for line in tracer.lines if line["event"] == "seal"]
    assert [line["counter"] for line in seals] == [1, 1]
    assert seals[0]["digest"] != seals[1]["digest"]
    told = {name: seals[0][name] for name in ("view", "sender", "secret", "counter", "digest")}
    assert describe(frames[0]) == told


def test_confirmation_that_came_before_its_install_was_forgotten() -> None:
    from coterie_kit import registry

    tracer = Tracer(NODE, "safe")
    tracer.start(1, "first", 0)
    confirm = bytearray(24 + 80 + 96 + 64)
    confirm[3] = registry.frame("CONFIRM").code
    confirm[24:56] = bytes.fromhex("cd" * 32)
    confirm[104:112] = b"\x07" * 8
    tracer.accepted(bytes(confirm), 3)
    assert tracer.lines[-1]["event"] == "start"

    view = "0000000000000001" + "07" * 8
    started = {"view": view, "members": [NODE, "cd" * 32], "position": 0}
    tracer.take([{"effect": "event", "name": "run-started", "fields": started}], 4)

    assert [line["event"] for line in tracer.lines] == ["start", "run-started", "confirmed"]
    assert tracer.lines[-1]["by"] == "cd" * 32
    assert tracer.lines[-1]["view"] == view


def test_service_chosen_inside_was_judged_before_the_next_view() -> None:
    tracer = Tracer(NODE, "safe")
    tracer.start(1, "first", 0)
    viewed(tracer)
    tracer.subscribed("source-ordered")
    assert tracer.service == "safe"

    viewed(tracer, "11" * 16)

    assert tracer.service == tracer.lines[-1]["service"] == "source-ordered"


def test_service_chosen_outside_was_told_by_no_view() -> None:
    tracer = Tracer(NODE, "safe")
    tracer.start(1, "first", 0)
    tracer.subscribed("source-ordered")

    viewed(tracer)
    viewed(tracer, "11" * 16)

    views = [line for line in tracer.lines if line["event"] == "view"]
    assert [line["service"] for line in views] == ["source-ordered", "source-ordered"]
