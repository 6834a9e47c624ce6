"""Marks of haste that must not reach a reader: unfinished words, places on one machine, overgrown files."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reference.tests.house.floors import ROOT

FOLDERS = (
    "spec", "schemas", "reference", "conformance", "vectors", "benchmarks", "clients", ".github", ".ci"
)  # fmt: skip
TOP_LEVEL = ("pyproject.toml", "Makefile", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", ".gitignore")
TEXT = {
    ".py", ".mjs", ".js", ".xml", ".toml", ".md", ".txt", ".xsd", ".json", ".yml", ".jinja", ".html", ".css",
    "",
}  # fmt: skip
MADE_BY_TOOLS = {"__pycache__", "rendered", "node_modules", "corrupt"}
LONGEST_MODULE = 400

# Written in pieces, so that this file does not contain what it looks for.
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b")
ONE_MACHINE = re.compile(r"(?<![\w.:/-])/(?:work|tmp|root|home)" + r"/\w")
PACKAGE_INDEX = re.compile(r"pypi\." + r"org|files\.python" + r"hosted|registry\.npm" + r"js")


def text_files() -> Iterator[Path]:
    """Every text file of the project that a person wrote or will read."""
    for name in TOP_LEVEL:
        if (ROOT / name).is_file():
            yield ROOT / name
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            made = MADE_BY_TOOLS.intersection(path.relative_to(ROOT).parts)
            if path.is_file() and path.suffix in TEXT and not made:
                yield path


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """``file:line`` of each line that ``pattern`` is found in."""
    found = []
    for path in text_files():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    return found


@pytest.mark.parametrize(
    ("pattern", "example"),
    [
        (UNFINISHED, "# TO" + "DO: later"),
        (ONE_MACHINE, "see /wo" + "rk/main"),
        (PACKAGE_INDEX, "https://pypi." + "org/simple"),
    ],
    ids=["unfinished", "one-machine", "package-index"],
)
def test_reader_finds_a_mark_of_haste(pattern: re.Pattern[str], example: str) -> None:
    assert pattern.search(example)
    assert lines_with(pattern) == []


def test_module_grew_a_second_noun() -> None:
    modules = [path for path in text_files() if path.suffix in {".py", ".mjs"}]

    too_long = {str(path.relative_to(ROOT)) for path in modules if lines(path) > LONGEST_MODULE}

    assert len(modules) >= 10
    assert too_long == set()


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())
