"""The README promises only what is here."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from coterie import cli
from coterie_kit import cli as kit_cli
from reference.tests.house.floors import KIT, REFERENCE, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def table_after(heading: str) -> list[list[str]]:
    """The cells of the table that begins with ``heading``."""
    lines = README[README.index(heading) :].splitlines()
    rows = [line for line in lines[: lines.index("")] if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize(
    ("heading", "commands"),
    [
        ("| `coterie` |", [command.name for command in cli.COMMANDS]),
        ("| `coterie-kit` |", list(kit_cli.COMMANDS)),
    ],
    ids=["coterie", "coterie-kit"],
)
def test_readme_and_command_disagree_about_subcommands(heading: str, commands: list[str]) -> None:
    told = {name.split()[0] for row in table_after(heading) for name in names(row[0])}

    assert told == set(commands)


def test_map_from_chapters_to_folders_leads_nowhere() -> None:
    rows = table_after("| chapter of the draft")

    missing = [
        f"{package.name}/{name}"
        for row in rows
        for package, cell in ((REFERENCE, row[1]), (KIT, row[2]))
        for name in names(cell)
        if not (package / name).exists() and not (ROOT / name).exists()
    ]

    assert len(rows) == 12
    assert missing == []


def test_smallest_adapter_of_the_readme_does_not_run(tmp_path: Path) -> None:
    start = README.index("   ```python")
    snippet = README[start : README.index("   ```\n", start)]
    program = "\n".join(line[3:] for line in snippet.splitlines()[1:])
    (tmp_path / "mine.py").write_text(program, encoding="utf-8")
    commands = [{"seq": 1, "cmd": "hello"}, {"seq": 2, "cmd": "reset"}, {"seq": 3, "cmd": "stop"}]

    done = subprocess.run(
        [sys.executable, str(tmp_path / "mine.py")],
        input="".join(json.dumps(command) + "\n" for command in commands),
        capture_output=True,
        text=True,
        check=True,
    )

    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert [reply["status"] for reply in replies] == ["ok", "unsupported", "ok"]
