"""Packet diagrams in the style of RFCs, drawn from the field tables of ``spec/frames.toml``."""

from collections.abc import Iterator
from typing import Any

OCTETS_A_ROW = 4
WIDTH = OCTETS_A_ROW * 16  # two characters a bit
RULER = (
    " 0                   1                   2                   3\n"
    " 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1\n"
)

Field = list[Any]  # name, size, kind and, for a list, the table or kind of its rows


def diagrams(frames: dict[str, Any]) -> dict[str, str]:
    """File name to diagram, for the header, both prefixes, every body, every row and payload."""
    drawn = {"header.txt": frames["header"]["fields"]}
    for name, prefix in frames["prefix"].items():
        drawn[f"prefix-{name}.txt"] = prefix["fields"]
    for name in ("contact", "extension"):
        drawn[f"{name}.txt"] = frames[name]["fields"]
    for name, body in frames["body"].items():
        drawn[f"body-{name.lower()}.txt"] = body["fields"]
    for name, row in frames["row"].items():
        drawn[f"row-{name.replace('_', '-')}.txt"] = row["fields"]
    for name, payload in frames["payload"].items():
        drawn[f"payload-{name}.txt"] = payload["fields"]
    return {name: draw(fields, frames) for name, fields in drawn.items()}


def draw(fields: list[Field], frames: dict[str, Any]) -> str:
    """One diagram. Fields of up to four octets share a row; a longer or variable one has rows of its own."""
    lines = [rule(OCTETS_A_ROW)]
    for row in rows(fields):
        if len(row) == 1 and not is_small(row[0]):
            lines[-1] = rule(OCTETS_A_ROW)
            lines += tall_box(label(row[0], frames), height(row[0]))
            lines.append(rule(OCTETS_A_ROW))
        else:
            octets = sum(field[1] for field in row)
            lines.append("|" + "|".join(field[0].center(field[1] * 16 - 1) for field in row) + "|")
            lines[-2] = max(lines[-2], rule(octets), key=len)
            lines.append(rule(octets))
    return RULER + "\n".join(lines) + "\n"


def rows(fields: list[Field]) -> Iterator[list[Field]]:
    """The fields, grouped as they share a row of four octets."""
    row: list[Field] = []
    for field in fields:
        used = sum(small[1] for small in row)
        if not is_small(field) or used + field[1] > OCTETS_A_ROW:
            if row:
                yield row
            row = []
        if is_small(field):
            row.append(field)
        else:
            yield [field]
    if row:
        yield row


def is_small(field: Field) -> bool:
    """Whether the field fits into one row."""
    return isinstance(field[1], int) and field[1] <= OCTETS_A_ROW


def height(field: Field) -> int:
    """How many lines its box has: two up to eight octets and for a variable field, else three."""
    if not isinstance(field[1], int):
        return 2
    return 2 if field[1] <= 2 * OCTETS_A_ROW else 3


def label(field: Field, frames: dict[str, Any]) -> str:
    """What stands in the box of a field with rows of its own."""
    match field:
        case [name, int(size), *_]:
            return f"{name} ({size} octets)"
        case [name, "rest", "ext"]:
            return f"{name} (to the end of the body)"
        case [name, "rest", *_]:
            return f"{name} (all that is left)"
        case [name, size, "list", kind]:
            return f"{name} ({size[1:]} times {row_size(kind, frames)})"
        case [name, size, *_]:
            return f"{name} ({size[1:]} octets)"
        case _:
            raise ValueError(f"not a field of frames.toml: {field}")


def row_size(kind: str, frames: dict[str, Any]) -> str:
    """The row of a list, with its size where that is fixed."""
    if kind.startswith("u"):
        return f"{int(kind[1:]) // 8} octet"
    sizes = [field[1] for field in frames["row"][kind]["fields"]]
    if all(isinstance(size, int) for size in sizes):
        return f"{sum(sizes)} octets"
    return f"one {kind.replace('_', ' ')}"


def tall_box(text: str, lines: int) -> list[str]:
    """A box over the whole width. Two lines: the text above. More: the text between, on a line of crosses."""
    side = "|" + " " * (WIDTH - 1) + "|"
    if lines == 2:
        return ["|" + text.center(WIDTH - 1) + "|", side]
    return [side, "+" + text.center(WIDTH - 1) + "+", side]


def rule(octets: int) -> str:
    """The line between two rows."""
    return "+-" * (octets * 8) + "+"
