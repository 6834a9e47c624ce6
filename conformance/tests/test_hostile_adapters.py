"""Adapters that attack the kit get a verdict, leave nothing behind, and do not spoil the next case."""

import io
import os
import re
import signal
from pathlib import Path

import pytest
from rich.console import Console

from coterie_kit import reaper
from coterie_kit.case import Case
from coterie_kit.connect import connect
from coterie_kit.engine import Run, Settings
from coterie_kit.judge import Judge
from coterie_kit.terminal import Terminal
from coterie_kit.verdict import Outcome, Verdict

ADAPTER = Path(__file__).parent / "hostile" / "adapter.py"
DEADLINE = 1.0


def ask(judge: Judge) -> None:
    reply = judge.peer().do("name.peer", spki=b"\x30")
    judge.accepted(reply)


CASE = Case("names.peer.asked", ("REQ-NAM-1",), "none", "conforming", "member", 0, ask)


def run_against(behaviour: str, deadline: float = DEADLINE) -> Run:
    reaper.become_sub_reaper()
    link = connect(f"cmd:python3 {ADAPTER} {behaviour}", deadline=deadline, adopt=True)
    return Run(link, Settings(7, deadline))


def outcome_of(behaviour: str, deadline: float = DEADLINE) -> Outcome:
    run = run_against(behaviour, deadline)
    run.open()
    try:
        return run.judge(CASE)
    finally:
        run.close()


@pytest.mark.parametrize(
    "behaviour", ["never_answers", "answers_late", "ignores_the_polite_signal", "answers_slowly"]
)
def test_peer_that_does_not_answer_in_time_holds_up_the_run(behaviour: str) -> None:
    assert outcome_of(behaviour).verdict is Verdict.HANG


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        ("closes_its_output", "still runs"),
        ("exits_with_success", "exit status 0"),
        ("kills_itself", "SIGKILL"),
        ("dumps_core", "SIGABRT"),
        ("takes_much_memory", "exit status 1"),
        ("holds_much_memory", "memory"),
        ("writes_a_large_file", "exit status 1"),
        ("makes_many_files", "files"),
        ("forks_many", "processes"),
        ("floods_its_log", "64 MiB"),
    ],
)
def test_peer_that_breaks_down_or_takes_too_much_is_called_anything_but_crashed(
    behaviour: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coterie_kit.connect.MOST_MEMORY", 256 << 20)

    outcome = outcome_of(behaviour, deadline=20.0)

    assert outcome.verdict is Verdict.CRASH
    assert said in outcome.why


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        ("writes_one_endless_line", "1 MiB"),
        ("writes_empty_lines", "more than one line"),
        ("repeats_a_key", "twice"),
        ("nests_deeply", "nests"),
        ("says_a_long_number", "5000 digits"),
        ("says_not_a_number", "NaN"),
        ("says_a_lone_surrogate", "surrogate"),
        ("begins_with_a_mark", "byte order mark"),
        ("speaks_wide", "more than one line"),
        ("answers_another_command", "sequence number"),
        ("answers_twice", "more than one line"),
        ("answers_a_thousand_times", "more than one line"),
    ],
)
def test_peer_that_breaks_the_interface_passes(behaviour: str, said: str) -> None:
    outcome = outcome_of(behaviour)

    assert outcome.verdict is Verdict.FAIL
    assert said in outcome.checks[-1].observed


def test_answer_to_the_last_question_is_taken_for_one_to_the_next() -> None:
    """A peer that closes its input after one answer is found out by the next command."""
    run = run_against("closes_its_input")
    run.open()

    verdicts = [run.judge(CASE).verdict for _ in range(2)]
    run.close()

    assert verdicts == [Verdict.PASS, Verdict.CRASH]


@pytest.mark.parametrize("behaviour", ["kills_itself", "never_answers", "says_not_a_number"])
def test_peer_that_was_lost_spoils_the_next_case(behaviour: str) -> None:
    run = run_against(behaviour, 0.5)
    run.open()

    first, second = run.judge(CASE), run.judge(CASE)
    run.close()

    assert first.verdict is second.verdict
    assert "another sequence number" not in second.why


def test_peer_that_hangs_in_every_case_costs_a_deadline_in_every_case() -> None:
    run = run_against("never_answers", 0.3)
    run.open()

    verdicts = [run.judge(CASE).verdict for _ in range(6)]
    run.close()

    assert verdicts == [Verdict.HANG] * 3 + [Verdict.INCONCLUSIVE] * 3


@pytest.mark.parametrize("behaviour", ["leaves_a_daemon", "forks_many"])
def test_process_that_hid_from_the_kit_outlives_it(behaviour: str) -> None:
    before = reaper.children()

    outcome_of(behaviour)

    assert reaper.children() - before == set()
    assert not [pid for pid in _processes() if b"coterie-daemon" in _command_line(pid)]


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _command_line(pid: int) -> bytes:
    try:
        return Path("/proc", str(pid), "cmdline").read_bytes()
    except OSError:
        return b""


def test_crash_leaves_its_core_and_its_scratch_folder_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    outcome_of("dumps_core")
    outcome_of("makes_many_files", 20.0)

    assert list(tmp_path.iterdir()) == []


def test_secret_of_the_log_gets_into_the_results() -> None:
    outcome = outcome_of("logs_lies_and_dies")

    told = "\n".join(outcome.notes)
    assert "PASS 100%" in told
    assert "MC4CAQ" not in told
    assert "abababab" not in told
    assert "\x1b" not in told


def test_peer_that_ends_badly_after_stop_goes_unnoticed() -> None:
    run = run_against("never_answers")
    run.open()

    run.close()

    assert run.end_fault == "it ended with status 7"


def test_environment_of_the_kit_reaches_the_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COTERIE_SECRET", "token")
    run = run_against("never_answers")
    run.open()

    process = next(iter(reaper.own))
    environment = Path("/proc", str(process), "environ").read_bytes()
    run.close()

    assert b"COTERIE_SECRET" not in environment
    assert b"token" not in environment


def test_peer_outlives_the_end_of_the_kit() -> None:
    run = run_against("never_answers")
    run.open()
    process = next(iter(reaper.own))

    run.peer.kill()

    with pytest.raises(ProcessLookupError):
        os.kill(process, signal.SIG_DFL)


def test_path_in_a_reply_is_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    outcome = outcome_of("names_a_path")

    assert outcome.verdict is Verdict.PASS
    assert list(tmp_path.iterdir()) == []


def test_text_of_a_peer_drives_the_terminal() -> None:
    file = io.StringIO()
    terminal = Terminal("cmd:x", Console(file=file, highlight=False, markup=False, soft_wrap=True))

    terminal.case(outcome_of("speaks_control"), 1, 1)

    text = file.getvalue()
    assert "\x1b" not in text
    assert not re.search(r"^(::|PASS|#|<)", text, re.MULTILINE)
