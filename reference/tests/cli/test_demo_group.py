"""The group that lives, as its audience sees it; and what it says when it cannot."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

PATIENCE = 120


def demo(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "coterie", "demo", *options],
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip


@pytest.mark.live
@pytest.mark.parametrize("options", [[], ["--suite", "2", "--ipv6", "--members", "3"]], ids=["four", "three"])
def test_group_dies_before_an_audience(options: list[str]) -> None:
    shown = demo("group", "--patience", "60", *options)

    assert (shown.returncode, shown.stderr) == (0, "")
    members = int(options[-1]) if options else 4
    story = shown.stdout
    epochs = [int(epoch) for epoch in re.findall(r"^   epoch (\d+), view ", story, re.MULTILINE)]
    assert epochs == sorted(epochs)
    assert len(epochs) == members + 3
    assert re.search(r"process \d+ of bob is dead", story)
    assert "delivered the same" in story
    digests = re.findall(
        r"(\d+) messages since epoch (\d+) began, digest of their order ([0-9a-f]{32})", story
    )
    assert len(digests) == members - 1
    assert len(set(digests)) == 1
    assert story.count("seals ") == members
    assert "the same for all" in story


@pytest.mark.live
def test_group_that_cannot_meet_leaves_a_traceback_or_says_nothing() -> None:
    shown = demo("group", "--loss", "100", "--patience", "4")

    assert shown.returncode == 4
    assert shown.stderr.startswith("coterie: ")
    assert shown.stderr.endswith(", after 4 s in all; --patience gives them longer\n")
    assert shown.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (["group", "--members", "2"], 2, "a story like this has 3 to 8 members, not 2"),
        (["group", "--members", "9"], 2, "a story like this has 3 to 8 members, not 9"),
        (["group", "--members", "few"], 2, "'few' is no whole number"),
        (["group", "--patience", "0"], 2, "'0' is no number of seconds greater than 0"),
        (["group", "--suite", "3"], 2, "invalid choice"),
        (["group", "--loss", "101"], 4, "percentages from 0 to 100"),
        (["--loss", "-1", "group"], 4, "percentages from 0 to 100"),
        (["quartet"], 2, "invalid choice"),
    ],
    ids=["two", "nine", "few", "impatient", "suite", "loss", "loss-before", "quartet"],
)
def test_wrong_option_of_a_demonstration_ends_in_a_traceback(
    options: list[str], code: int, sentence: str
) -> None:
    shown = demo(*options)

    assert shown.returncode == code
    assert sentence in shown.stderr
    assert shown.stdout == ""
    assert "Traceback" not in shown.stderr
