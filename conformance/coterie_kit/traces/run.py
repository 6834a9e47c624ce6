"""A run: the traces of its nodes, indexed once so that each property needs one pass over what it is about."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from coterie_kit.traces.bounds import Bounds
from coterie_kit.traces.conditions import Conditions

__all__ = ["FIFO", "TOTAL", "Life", "Line", "Run", "Stay", "Trace", "counter", "run_from_records", "short"]

Line = dict[str, Any]
Change = tuple[int, Line]

TOTAL = frozenset({"timestamp-ordered", "safe"})
FIFO = TOTAL | {"source-ordered"}


def short(identifier: str) -> str:
    """The beginning of a long hexadecimal name, for a sentence."""
    return identifier[:8]


def counter(view: str) -> int:
    """The counter in a view identifier."""
    return int(view[:16], 16)


class Life:
    """One incarnation of a node: from its start to its crash, or to the end of the trace."""

    __slots__ = ("crash", "incarnation", "service", "start", "stays")

    def __init__(self, incarnation: int, start: Line | None) -> None:
        self.incarnation = incarnation
        self.start = start
        self.service: str | None = start.get("service") if start else None
        self.crash: Line | None = None
        self.stays: list[Stay] = []

    @property
    def began(self) -> float:
        """The time of its first line, where the trace has it."""
        return self.start.get("t", -math.inf) if self.start else -math.inf

    @property
    def ended(self) -> float:
        """The time of the last line that says that it was there."""
        last = [line for stay in self.stays for line in (stay.line, *stay.lines[-1:], stay.closing)]
        every = (line for line in (self.crash, self.start, *last) if line)
        return max((line.get("t", -math.inf) for line in every), default=-math.inf)


class Stay:
    """A node in one view, from its ``view`` line to the next one, to ``left``, to its crash or to the end."""

    __slots__ = (
        "changes", "closing", "following", "keys", "life", "line", "lines", "messages", "node", "own_service",
        "preceding", "regular", "sends", "signals", "stables", "view",
    )  # fmt: skip

    def __init__(self, node: str, life: Life, line: Line, preceding: Stay | None) -> None:
        self.node = node
        self.life = life
        self.line = line
        self.view: str = line["view"]
        self.preceding = preceding
        self.following: Stay | None = None
        self.closing: Line | None = None
        self.own_service: str | None = line.get("service")
        self.lines: list[Line] = []
        self.messages: list[int] = []
        self.keys: list[tuple[int, str]] = []
        self.sends: list[tuple[int, int, Line]] = []
        self.changes: list[Change] = []
        self.signals: list[Line] = []
        self.stables: list[Line] = []
        self.regular = 0

    @property
    def service(self) -> str | None:
        """The service that the application chose here; None when no line says it."""
        if self.own_service or self.life.service:
            return self.own_service or self.life.service
        return self.lines[0].get("service") if self.lines else None

    @property
    def total(self) -> bool:
        """Whether this service promises one order for all."""
        return self.service in TOTAL

    def before_signal(self) -> int:
        """How many of the deliveries came before the transitional signal."""
        if not self.signals and (not self.lines or self.lines[-1].get("regular", True)):
            return len(self.lines)
        signal = self.signals[0]["i"] if self.signals else float("inf")
        flags = (line.get("regular", line["i"] < signal) for line in self.lines)
        return next((place for place, flag in enumerate(flags) if not flag), len(self.lines))

    @property
    def advanced(self) -> str | None:
        """The view that the node went on to from this one, as both say; None when it did not."""
        after = self.following
        return after.view if after is not None and after.line["previous"] == self.view else None


class Trace:
    """What one node wrote, over all its incarnations."""

    __slots__ = ("by", "first", "lives", "node", "records", "stays")

    def __init__(self, node: str, records: Sequence[Line]) -> None:
        self.node = node
        self.records = records
        self.lives: list[Life] = []
        self.stays: list[Stay] = []
        self.by: dict[str, list[tuple[Line, Life, Stay | None]]] = defaultdict(list)
        self.first: dict[tuple[str, int, str], Line] = {}

    def successions(self) -> list[list[Life]]:
        """Incarnations, each after the one before; several rows where two used one key at once."""
        found: list[list[Life]] = []
        for life in self.lives:
            before = next((row for row in found if row[-1].ended <= life.began), None)
            if before is None:
                found.append([life])
            else:
                before.append(life)
        return found

    def of(self, event: str) -> list[tuple[Line, Life, Stay | None]]:
        """The lines of one event, each with the incarnation and the view in which it was written."""
        return self.by.get(event, [])


class Run:
    """All traces of one run, and what the harness wrote."""

    def __init__(self, harness: Sequence[Line], bounds: Bounds) -> None:
        self.harness = harness
        self.bounds = bounds
        self.traces: dict[str, Trace] = {}
        self.stays: list[Stay] = []
        self.by_view: dict[str, list[Stay]] = defaultdict(list)
        self.together: dict[tuple[str, str], list[Stay]] = defaultdict(list)
        self.sent: dict[int, tuple[Line, Stay | None]] = {}
        self.names: list[tuple[str, int, str, int, bool]] = []
        self.numbers: dict[tuple[str, int, str, int, bool], int] = {}
        self.homeless: list[Line] = []
        self.events: set[str] = set()
        self.timed = True
        self.end = 0.0
        self.conditions = Conditions(())

    def lines(self, event: str) -> Iterable[tuple[Trace, Line, Life, Stay | None]]:
        """The lines of one event in all traces, each with its trace, incarnation and view."""
        for trace in self.traces.values():
            for line, life, stay in trace.of(event):
                yield trace, line, life, stay

    def number(self, name: tuple[str, int, str, int, bool]) -> int:
        """A small number for a message: (sender, incarnation, view, sequence, proxied)."""
        found = self.numbers.get(name)
        if found is None:
            found = self.numbers[name] = len(self.names)
            self.names.append(name)
        return found

    def message(self, number: int) -> str:
        """A message in words."""
        sender, _, view, sequence, proxied = self.names[number]
        how = "proxied message" if proxied else "message"
        return f"{how} {sequence} of {short(sender)} in view {counter(view)}"


class _Indexer:
    """Walks one trace; a method for each event that opens, fills or closes a view."""

    def __init__(self, run: Run, trace: Trace) -> None:
        self.run = run
        self.trace = trace
        self.life: Life | None = None
        self.stay: Stay | None = None
        self.handlers = {
            "start": self._start, "crash": self._crash, "left": self._left, "view": self._view,
            "deliver": self._deliver, "send": self._send, "transitional": self._signal,
            "sender-added": self._change, "sender-removed": self._change, "stable": self._stable,
        }  # fmt: skip

    def walk(self) -> None:
        """Every line once, in program order."""
        by, handlers, events = self.trace.by, self.handlers, self.run.events
        first = self.trace.first
        for line in self.trace.records:
            event = line["event"]
            if event != "start" and (self.life is None or line["inc"] != self.life.incarnation):
                self._close(line)
                self._begin(line["inc"], None)
            handler = handlers.get(event)
            if handler is not None:
                handler(line)
            life = self.life
            assert life is not None
            by[event].append((line, life, self.stay))
            if event in FIRSTS:
                first.setdefault((event, life.incarnation, line["view"]), line)
        events.update(by)

    def _begin(self, incarnation: int, start: Line | None) -> None:
        self.life = Life(incarnation, start)
        self.stay = None
        self.trace.lives.append(self.life)

    def _close(self, line: Line) -> None:
        if self.stay is not None:
            self.stay.closing = line
            self.stay = None

    def _start(self, line: Line) -> None:
        self._close(line)
        self._begin(line["inc"], line)

    def _crash(self, line: Line) -> None:
        self._close(line)
        if self.life is not None:
            self.life.crash = line

    def _left(self, line: Line) -> None:
        self._close(line)

    def _view(self, line: Line) -> None:
        assert self.life is not None
        before = self.stay
        self._close(line)
        self.stay = Stay(self.trace.node, self.life, line, before)
        if before is not None:
            before.following = self.stay
        self.life.stays.append(self.stay)
        self.trace.stays.append(self.stay)

    def _deliver(self, line: Line) -> None:
        stay = self.stay
        if stay is None:
            self.run.homeless.append(line)
            return
        proxied = line["proxied"]
        sender = line["sender"]
        name = (sender, line["sender_inc"], line["view"], line["sequence"], proxied)
        stay.lines.append(line)
        stay.messages.append(self.run.number(name))
        stay.keys.append((line["timestamp"], line["via"] if proxied else sender))

    def _send(self, line: Line) -> None:
        stay = self.stay
        proxied = line.get("proxied", False)
        number = self.run.number((self.trace.node, line["inc"], line["view"], line["sequence"], proxied))
        self.run.sent.setdefault(number, (line, stay))
        if stay is None:
            self.run.homeless.append(line)
        else:
            stay.sends.append((len(stay.messages), number, line))

    def _signal(self, line: Line) -> None:
        if self.stay is not None:
            self.stay.signals.append(line)

    def _change(self, line: Line) -> None:
        if self.stay is not None:
            self.stay.changes.append((len(self.stay.messages), line))

    def _stable(self, line: Line) -> None:
        if self.stay is not None:
            self.stay.stables.append(line)


FIRSTS = frozenset({"view", "run-started", "keyed", "erased", "run-failed"})


def run_from_records(
    records: Iterable[Sequence[Line]], harness: Sequence[Line] = (), bounds: Bounds | None = None
) -> Run:
    """The run of these traces: a sequence of lines for each node, as they stand in its file.

    Lines need what the schema asks for: what comes from a stranger is read by ``reading`` first.
    """
    run = Run(harness, bounds or Bounds())
    for lines in records:
        if lines:
            trace = run.traces[lines[0]["node"]] = Trace(lines[0]["node"], lines)
            _Indexer(run, trace).walk()
    everything = (harness, *(trace.records for trace in run.traces.values()))
    run.timed = all(line["t"] is not None for lines in everything for line in lines)
    for trace in run.traces.values():
        run.stays += trace.stays
        if run.timed:
            run.end = max(run.end, trace.records[-1]["t"])
    if run.timed and harness:
        run.end = max(run.end, harness[-1]["t"])
    run.conditions = Conditions(harness if run.timed else ())
    for stay in run.stays:
        stay.regular = stay.before_signal()
        run.by_view[stay.view].append(stay)
        onward = stay.advanced
        if onward is not None:
            run.together[stay.view, onward].append(stay)
    return run
