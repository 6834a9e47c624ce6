"""The ladder diagram of a case: who sent what to whom, in order, from the trace alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from coterie_kit import registry

__all__ = ["Ladder", "Row", "ladder"]

MOST_ROWS = 80  # a picture beyond that helps nobody; the trace has the rest
LANE, LEFT, ROW, TOP = 190, 160, 30, 56  # pixels
MOST_LANES = 8  # besides the peer's; whoever comes later shares the last one
PEER = "peer under test"


@dataclass(frozen=True, slots=True)
class Row:
    """An arrow between two lanes, or a note on one (``start == end``). ``tone``: good, bad or calm."""

    start: int
    end: int
    label: str
    tone: str
    y: int

    @property
    def is_note(self) -> bool:
        """Whether nothing travels."""
        return self.start == self.end

    @property
    def x1(self) -> int:
        """Where it starts."""
        return LEFT + self.start * LANE

    @property
    def x2(self) -> int:
        """Where it ends: a little before the lane, for the arrow head."""
        return LEFT + self.end * LANE + (-6 if self.end > self.start else 6)

    @property
    def middle(self) -> int:
        """Where its label stands."""
        return (self.x1 + LEFT + self.end * LANE) // 2


@dataclass(frozen=True, slots=True)
class Ladder:
    """Lanes from left to right, the peer first, and rows from top to bottom."""

    lanes: tuple[tuple[int, str], ...]
    rows: tuple[Row, ...]
    left_out: int

    @property
    def width(self) -> int:
        """Pixels, with room for notes beside the last lane."""
        return LEFT * 2 + max(len(self.lanes) - 1, 1) * LANE

    @property
    def height(self) -> int:
        """Pixels."""
        return TOP + len(self.rows) * ROW + 20


Step = tuple[str, str, str, str]  # from, to, label, tone


def ladder(trace: list[dict[str, Any]], names: Mapping[str, str]) -> Ladder | None:
    """The diagram of ``trace``; None when nothing travelled."""
    steps = [
        (*step[:2], step[2] if number == 1 else f"{step[2]} × {number}", step[3])
        for step, number in ((step, len(list(same))) for step, same in groupby(_all_steps(trace)))
    ]
    if not any(start != end for start, end, _, _ in steps):
        return None
    addresses = list(dict.fromkeys(place for step in steps for place in step[:2] if place != PEER))
    position = {a: min(number, MOST_LANES) for number, a in enumerate(addresses, start=1)} | {PEER: 0}
    titles = [_title(address, names) for address in addresses[:MOST_LANES]]
    if len(addresses) > MOST_LANES:
        titles[-1] = f"{len(addresses) - MOST_LANES + 1} others"
    lanes = ((LEFT, PEER), *((LEFT + number * LANE, title) for number, title in enumerate(titles, start=1)))
    rows = tuple(
        Row(position[start], position[end], label, tone, TOP + number * ROW)
        for number, (start, end, label, tone) in enumerate(steps[:MOST_ROWS], start=1)
    )
    return Ladder(tuple(lanes), rows, len(steps) - len(rows))


def _all_steps(trace: list[dict[str, Any]]) -> list[Step]:
    return [step for entry in trace for step in _steps(entry)]


def _title(address: str, names: Mapping[str, str]) -> str:
    return f"{names[address]} · {address}" if address in names else address


def _steps(entry: Mapping[str, Any]) -> Iterator[Step]:
    command, reply = entry.get("command", {}), entry.get("reply", {})
    refused = reply.get("status") == "error"
    said = f" ✗ {reply.get('reason')}" if refused else ""
    tone = "bad" if refused else "good"
    match command.get("cmd"):
        case "deliver":
            yield str(command.get("from")), PEER, f"{_frame(command.get('bytes'))}{said}", tone
        case "do" if "." not in str(command.get("action")):
            yield PEER, PEER, f"do {command.get('action')}{said}", "bad" if refused else "calm"
        case "tick":
            yield PEER, PEER, f"clock {command.get('mono_ms')} ms", "calm"
        case "reset":
            yield PEER, PEER, "reset", "calm"
        case _:
            pass
    if "fault" in entry:
        yield PEER, PEER, str(entry["fault"]), "bad"
    effects = reply.get("effects", [])
    for effect in effects if isinstance(effects, list) else []:
        match effect.get("effect"):
            case "send":
                yield PEER, str(effect.get("to")), _frame(effect.get("bytes")), "good"
            case "event":
                yield PEER, PEER, f"event {effect.get('name')}", "calm"
            case _:
                pass


def _frame(value: Any) -> str:
    """The name of the frame in hexadecimal, which may have been cut for the results."""
    digits = str(value).split("…")[0]
    try:
        return registry.frame_name(bytes.fromhex(digits[: len(digits) // 2 * 2]))
    except ValueError:
        return "octets"
