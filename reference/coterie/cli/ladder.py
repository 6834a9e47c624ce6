"""A picture of an exchange in the terminal: a column for each peer, a row for each frame, time goes down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

COLUMN = 14
MARGIN = 6


@dataclass(frozen=True, slots=True)
class Row:
    """One frame: the column that it leaves, those that it goes to, and what is written beside it."""

    source: int
    targets: frozenset[int]
    label: str


def heading(names: Sequence[str]) -> str:
    """The names of the columns."""
    return "".join(f"{name:^{COLUMN}}" for name in names).rstrip()


def draw(columns: int, row: Row) -> str:
    """One row of the picture."""
    cells = [" "] * (columns * COLUMN)
    for column in range(columns):
        cells[place(column)] = "│"
    touched = {row.source, *row.targets}
    for at in range(place(min(touched)), place(max(touched)) + 1):
        cells[at] = "─" if cells[at] == " " else "┼"
    for target in row.targets:
        cells[place(target)] = "▶" if target > row.source else "◀"
    cells[place(row.source)] = "●"
    return f"{''.join(cells)}{row.label}"


def gap(columns: int, text: str) -> str:
    """A row without a frame, with something to read beside it."""
    cells = [" "] * (columns * COLUMN)
    for column in range(columns):
        cells[place(column)] = "┊"
    return f"{''.join(cells)}{text}"


def place(column: int) -> int:
    """Where in a row the line of a column stands."""
    return column * COLUMN + MARGIN


def picture(names: Sequence[str], rows: Sequence[Row | str]) -> Iterator[str]:
    """All lines; a string among the rows is a gap."""
    yield heading(names)
    for row in rows:
        yield gap(len(names), row) if isinstance(row, str) else draw(len(names), row)
