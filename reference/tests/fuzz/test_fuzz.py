"""A short run of the fuzzer, and whether it notices what was broken on purpose."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

import pytest

from coterie.errors import RemoteError
from coterie.multicast.receiving import Receiving
from coterie.wire import codec
from coterie.wire.frames import SealedFrame
from reference.tests.fuzz import decoders
from reference.tests.fuzz.__main__ import main
from reference.tests.fuzz.fuzzing import Failure, Fuzzing
from reference.tests.fuzz.rounds import KINDS, Round


def fuzzed(cycles: int, inputs: int = 300, seed: int = 1) -> Fuzzing:
    fuzzing = Fuzzing(seed)
    for _ in range(cycles):
        fuzzing.cycle(inputs)
    return fuzzing


def repeated(failure: Failure) -> int:
    """The exit code of the command that repeats a failure."""
    _, module, name, *arguments = shlex.split(failure.command)
    assert (module, name) == ("-m", "reference.tests.fuzz")
    return main(arguments)


def test_bad_octets_break_a_decoder_or_a_group() -> None:
    fuzzing = Fuzzing(1)
    fuzzing.warm_up()
    fuzzing.cycle(1200)
    for number in range(0, 5 * len(KINDS), 5):
        # every kind of group, and mallory in every place
        fuzzing.play(Round(1, number))

    assert [str(failure) for failure in fuzzing.failures] == []
    assert fuzzing.tally["refused"] > 500
    assert fuzzing.tally["accepted"] > 100
    assert fuzzing.tally["datagrams refused"] > 100


def test_run_of_one_seed_is_not_the_same_twice() -> None:
    first, second, other = fuzzed(1), fuzzed(1), fuzzed(1, seed=2)

    assert first.tally == second.tally
    assert first.tally != other.tally


def test_decoder_that_reads_past_the_end_is_not_noticed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = codec.decode_body

    def careless(name: str, octets: bytes, **options: bool) -> Any:
        if name == "NACK" and len(octets) < 12:
            raise IndexError("index out of range")
        return good(name, octets, **options)

    monkeypatch.setattr(codec, "decode_body", careless)
    fuzzing = fuzzed(2, 1500)

    (failure,) = [each for each in fuzzing.failures if each.target == "body NACK"]
    assert failure.what.startswith("IndexError")
    assert len(failure.octets) == 0
    assert repeated(failure) == 1
    assert "IndexError" in capsys.readouterr().out
    monkeypatch.undo()
    assert repeated(failure) == 0


def test_peer_that_changes_when_it_refuses_is_not_noticed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = Receiving._on_heartbeat

    def hasty(self: Receiving, frame: SealedFrame) -> Any:
        try:
            return good(self, frame)
        except RemoteError as refusal:
            if refusal.reason == "bad-timestamp":
                self._view.clock += 1
            raise

    monkeypatch.setattr(Receiving, "_on_heartbeat", hasty)
    fuzzing = Fuzzing(1)
    for number in range(40):
        fuzzing.play(Round(1, number))
        if fuzzing.failures:
            break

    (failure,) = fuzzing.failures
    assert "it refused (bad-timestamp), and has changed: digest, clock" in failure.what
    assert failure.octets
    assert len(failure.command.split("--steps ")[1].split(",")) < 20
    assert repeated(failure) == 1
    assert failure.octets.hex() in capsys.readouterr().out
    monkeypatch.undo()
    assert repeated(failure) == 0


def test_group_that_does_not_recover_is_not_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reference.tests.fuzz.rounds.RECOVERY_MS", 0)

    fault = Round(1, 0, ()).play()

    assert fault is not None
    assert fault.what.startswith("afterwards: ")


def spin(_octets: bytes) -> str:
    return str(sum(range(6_000_000)))[:0]


@pytest.mark.parametrize(
    ("check", "complaint"),
    [
        (spin, "it took more than 50 ms"),
        (lambda _: str(len(bytearray(6 << 20)))[:0], "octets of memory"),
        (lambda octets: str(octets[24])[:0], "IndexError: index out of range"),
        (lambda _: "it was written again as ff", "written again"),
    ],
    ids=["time", "memory", "error", "other-octets"],
)
def test_cost_or_outcome_of_an_input_is_not_noticed(check: Callable[[bytes], str], complaint: str) -> None:
    decoder = decoders.Decoder("broken", (), check)

    became, wrong = decoders.tried(decoder, bytes(24), measured=True)

    assert became in {"accepted", "raised"}
    assert complaint in wrong


def test_reason_of_nowhere_is_not_noticed() -> None:
    def refuse(_octets: bytes) -> str:
        refusal = RemoteError("bad-length", requirement="REQ-FRM-9")
        refusal.reason = "bad-mood"
        raise refusal

    became, wrong = decoders.tried(decoders.Decoder("broken", (), refuse), b"")

    assert (became, wrong) == ("bad-mood", "that is no reason of the registry")
