"""What shells complete: the words of the parsers, and the names of groups."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from coterie import cli
from coterie.cli import completion, main, shells

DRIVER = """\
source "$1"
coterie() {{ printf '%s\\n' {groups}; }}
COMP_WORDS=({words})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_coterie
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("completion") / "coterie.bash"
    path.write_text(shells.bash(tuple(completion.places())), encoding="utf-8")
    return path


def completed(script: Path, *words: str, groups: Sequence[str] = ("pond",)) -> list[str]:
    """What bash makes of the last of these words."""
    driver = DRIVER.format(groups=shlex.join(groups), words=shlex.join(("coterie", *words)))
    done = subprocess.run(
        ["bash", "--norc", "-c", driver, "bash", str(script)],
        capture_output=True, text=True, check=True, cwd=script.parent, timeout=20,
    )  # fmt: skip
    assert done.stderr == ""
    return [line for line in done.stdout.split("\n") if line]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["gro"], ["group"]),
        (["group", "l"], ["leave", "list", "listen"]),
        (["group", "list", "--m"], ["--mine"]),
        (["--ver"], ["--version"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["group", "join", "pond", "--service", "sa"], ["safe"]),
        (["demo", "gr"], ["group", "groups"]),
        (["document", "new", "group-info", "--policy", ""], ["open", "closed"]),
        (["group", "say", ""], ["pond"]),
        (["group", "say", "x"], []),
        (["daemon", "--main", ""], []),
        (["identity", "show", "coterie.b"], ["coterie.bash"]),
        (["daemon", "--config", "coterie.b"], ["coterie.bash"]),
    ],
    ids=lambda value: " ".join(value) if value and isinstance(value, list) else None,
)
def test_bash_completes_something_else(script: Path, words: list[str], found: list[str]) -> None:
    assert completed(script, *words) == found


def test_every_command_has_its_options_in_bash(script: Path) -> None:
    assert completed(script, "") == [command.name for command in cli.COMMANDS]
    for place in completion.places():
        if not place.commands:
            known = completed(script, *place.words, "-")
            assert known == [option.word for option in place.options]


def test_name_of_a_group_is_carried_out_by_the_shell(script: Path, tmp_path: Path) -> None:
    evil = f"$(touch {tmp_path}/evil)"
    names = [evil, f"`touch {tmp_path}/evil`", "green thumbs", "*"]

    assert completed(script, "group", "join", "", groups=names) == names
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_script_is_none_for_its_shell(shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out

    names = [command.name for command in cli.COMMANDS]
    assert all(re.search(rf"\b{name}\b", script) for name in names)
    # quotes pair up line by line, where help for people could have torn them
    for line in script.splitlines():
        assert not line.lstrip().startswith(("complete", '" ')) or line.count("'") % 2 == 0, line
    path = tmp_path / "script"
    path.write_text(script, encoding="utf-8")
    if shutil.which(shell):
        done = subprocess.run(
            [shell, "-n", str(path)], capture_output=True, text=True, check=False, timeout=20
        )
        assert (done.returncode, done.stderr) == (0, "")
