"""Figures beside each other: what was measured, what bare primitives cost, and their ratio."""

import platform
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: microseconds of CPU, and what the bare work is."""

    work: str
    measured_us: float
    bare_us: float
    bare: str
    bar: float | None = None

    @property
    def ratio(self) -> float:
        return self.measured_us / self.bare_us

    def row(self) -> str:
        rate = 1e6 / self.measured_us
        bar = "" if self.bar is None else f"≤ {self.bar}: {'met' if self.ratio <= self.bar else 'missed'}"
        figures = f"{duration(self.measured_us)} | {rate:,.{0 if rate >= 100 else 1}f}"
        bare = f"{self.bare} | {duration(self.bare_us)}"
        return f"| {self.work} | {figures} | {bare} | {self.ratio:.2f} | {bar} |"


def rounds_of(benchmark: BenchmarkFixture) -> list[float]:
    """The seconds of each round that pytest-benchmark has measured."""
    measured: Any = benchmark.stats
    seconds: list[float] = measured.stats.data
    return seconds


def duration(microseconds: float) -> str:
    """A time as people read it."""
    if microseconds >= 10_000:
        return f"{microseconds / 1000:,.1f} ms"
    return f"{microseconds:,.{0 if microseconds >= 100 else 1}f} µs"


@dataclass
class Figures:
    """All figures of one run of the benchmarks."""

    rows: list[Figure] = field(default_factory=list)

    def add(self, figure: Figure) -> Figure:
        self.rows.append(figure)
        return figure

    def table(self) -> str:
        head = "| work | CPU each | a second | the same by bare primitives | CPU each | ratio | bar |\n"
        line = "| --- | ---: | ---: | --- | ---: | ---: | ---: |\n"
        where = f"\nPython {platform.python_version()}, {platform.machine()}, one process, CPU time.\n"
        return head + line + "".join(f"{figure.row()}\n" for figure in self.rows) + where


FIGURES = pytest.StashKey[Figures]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", action="store_true", help="write the figures into benchmarks/README.md")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = Figures()


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Where a benchmark puts its line of the table."""
    return request.config.stash[FIGURES]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    figures = config.stash[FIGURES]
    if not figures.rows:
        return
    terminalreporter.section("against bare primitives")
    terminalreporter.write_line(figures.table())
    if config.getoption("record"):
        text = README.read_text(encoding="utf-8")
        before, _, rest = text.partition(BEGIN)
        _, _, after = rest.partition(END)
        README.write_text(before + BEGIN + "\n" + figures.table() + "\n" + END + after, encoding="utf-8")
