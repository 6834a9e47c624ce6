from __future__ import annotations

import subprocess
import sys

import pytest

from coterie.cli.ladder import Row, picture


@pytest.mark.parametrize("options", [["--suite", "2", "--ipv6"], ["--loss", "20"]], ids=["ipv6", "loss"])
def test_demonstration_fails_before_an_audience(options: list[str]) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "coterie", "demo", *options],
        capture_output=True, text=True, check=False, timeout=40,
    )  # fmt: skip

    assert (shown.returncode, shown.stderr) == (0, "")
    for name in ("ada", "bob", "cleo", "dan"):
        assert shown.stdout.count(f"{name} has the key") == 1
        assert shown.stdout.count(f" hears {name}: ") == 3
    for frame in ("HELLO1 128", "RETRY 120", "INSTALL", "UP", "DOWN", "CONFIRM", "DATA"):
        assert frame in shown.stdout
    assert shown.stdout.count("in epoch 0000000000000001") == 4


def test_arrow_points_the_wrong_way() -> None:
    lines = list(
        picture(("a", "b", "c"), [Row(1, frozenset({0, 2}), "DOWN"), Row(2, frozenset({0}), "UP"), "later"])
    )

    assert lines[0].split() == ["a", "b", "c"]
    assert lines[1].endswith("DOWN")
    assert [lines[1][at] for at in (6, 20, 34)] == ["◀", "●", "▶"]
    assert [lines[2][at] for at in (6, 20, 34)] == ["◀", "┼", "●"]
    assert lines[3].endswith("later")
    assert (
        len(
            {
                len(line.removesuffix(text))
                for line, text in zip(lines[1:], ("DOWN", "UP", "later"), strict=True)
            }
        )
        == 1
    )
