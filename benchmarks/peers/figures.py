"""From what members report to figures, and from figures to the table of ``benchmarks/README.md``."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

Mode = Literal["throughput", "latency"]
MODES: tuple[Mode, ...] = get_args(Mode)

OURS = "coterie"
NOT_MEASURED = "not measured"


class NoFigureError(Exception):
    """The members' reports do not amount to a figure; the text says why."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one member says at its end.

    Deliveries and seconds are those of its measured time; messages and their order those of the whole run.
    """

    member: int
    delivered: int
    seconds: float
    median_us: float | None
    p99_us: float | None
    cpu_seconds: float
    messages: int
    order_digest: str

    @classmethod
    def read(cls, said: dict[str, Any]) -> "Report":
        """Raises NoFigureError when ``said`` lacks something or says nonsense."""
        try:
            report = cls(**said)
        except TypeError as error:
            raise NoFigureError(f"a member's report is not of the agreed form: {error}") from error
        if report.delivered <= 0 or report.seconds <= 0:
            raise NoFigureError(f"member {report.member} delivered nothing in its measured time")
        return report


@dataclass(frozen=True, slots=True)
class Work:
    """One cell of the comparison: so many members, payloads of ``size`` octets, and what is looked at."""

    members: int
    size: int
    mode: Mode


@dataclass(frozen=True, slots=True)
class Figure:
    """What one system did in one cell; ``why`` says why there is none."""

    system: str
    work: Work
    rate: float | None = None
    median_us: float | None = None
    p99_us: float | None = None
    cpu_us: float | None = None
    messages: int = 0
    order_digest: str = ""
    why: str = ""


def figure(system: str, work: Work, reports: Sequence[Report]) -> Figure:
    """One figure out of the reports of all members.

    The rate is the mean over the members; the median that of their medians; the 99th percentile that of the
    worst member; CPU (daemons included) is microseconds for one delivery at one member.
    Raises NoFigureError when the members do not agree on one order of all messages.
    """
    if [report.member for report in reports] != list(range(work.members)):
        raise NoFigureError("not every member has reported once")
    orders = {(report.messages, report.order_digest) for report in reports}
    if len(orders) != 1:
        raise NoFigureError(f"the members delivered {len(orders)} different orders")
    medians = [report.median_us for report in reports if report.median_us is not None]
    worst = [report.p99_us for report in reports if report.p99_us is not None]
    if work.mode == "latency" and len(medians) != work.members:
        raise NoFigureError("a member had no message of its own delivered in its measured time")
    return Figure(
        system=system,
        work=work,
        rate=statistics.mean(report.delivered / report.seconds for report in reports),
        median_us=statistics.median(medians) if medians else None,
        p99_us=max(worst, default=None),
        cpu_us=1e6 * sum(r.cpu_seconds for r in reports) / sum(r.delivered for r in reports),
        messages=reports[0].messages,
        order_digest=reports[0].order_digest,
    )


def of_rounds(figures: Sequence[Figure]) -> Figure:
    """The round in the middle; a round without a figure spoils the cell, since it may hide a wrong order."""
    for each in figures:
        if each.why:
            return each
    by_merit = sorted(figures, key=_merit)
    return by_merit[(len(by_merit) - 1) // 2]


def _merit(one: Figure) -> float:
    return rate(one) if one.work.mode == "throughput" else median(one)


def rate(one: Figure) -> float:
    """Deliveries a second at each member."""
    assert one.rate is not None
    return one.rate


def median(one: Figure) -> float:
    """Microseconds from send to own delivery."""
    assert one.median_us is not None
    return one.median_us


def cpu(one: Figure) -> float:
    """Microseconds of CPU for one delivery at one member."""
    assert one.cpu_us is not None
    return one.cpu_us


@dataclass(frozen=True, slots=True)
class View:
    """One table: what is compared in it, and how a cell shows it."""

    title: str
    mode: Mode
    value: Callable[[Figure], float]
    show: Callable[[Figure], str]


VIEWS = (
    View(
        "Messages delivered a second at each member, all members sending",
        "throughput", rate, lambda one: f"{rate(one):,.0f}",
    ),
    View(
        "CPU for one of these deliveries at one member",
        "throughput", cpu, lambda one: f"{cpu(one):.1f} µs",
    ),
    View(
        "From send to own delivery, one message in flight: median (99th percentile)",
        "latency", median, lambda one: f"{median(one):,.0f} µs ({one.p99_us:,.0f})",
    ),
)  # fmt: skip


Cells = dict[tuple[str, Work], Figure]
Columns = Sequence[tuple[str, str]]  # the key and the title of each system


def table(cells: Cells, systems: Columns) -> str:
    """Both tables in Markdown, the ratios of ours to theirs at the end of each line."""
    parts = []
    for view in VIEWS:
        wanted = {work for _, work in cells if work.mode == view.mode}
        works = sorted(wanted, key=lambda work: (work.members, work.size))
        if works:
            parts.append(f"{view.title}:\n\n{_grid(cells, systems, works, view)}")
    return "\n".join(parts) + _notes(cells, systems)


def _grid(cells: Cells, systems: Columns, works: Sequence[Work], view: View) -> str:
    own = [(key, title) for key, title in systems if key == OURS]
    theirs = [(key, title) for key, title in systems if not key.startswith(OURS)]
    pairs = [(mine, their) for mine in own for their in theirs]
    heads = ["members", "payload", *(title for _, title in systems)]
    heads += [f"{mine[1]} / {their[1]}" for mine, their in pairs]
    lines = [f"| {' | '.join(heads)} |", f"|{' ---: |' * len(heads)}"]
    for work in works:
        row = [str(work.members), f"{work.size:,} B"]
        row += [_shown(cells.get((key, work)), view) for key, _ in systems]
        for (mine, _), (their, _) in pairs:
            row.append(_ratio(cells.get((mine, work)), cells.get((their, work)), view))
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines) + "\n"


def _shown(one: Figure | None, view: View) -> str:
    if one is None or one.rate is None:
        return NOT_MEASURED if one is None or one.why.startswith(NOT_MEASURED) else "failed"
    return view.show(one)


def _ratio(ours: Figure | None, theirs: Figure | None, view: View) -> str:
    if ours is None or theirs is None or ours.rate is None or theirs.rate is None:
        return "—"
    return f"{view.value(ours) / view.value(theirs):.2f}"


def _notes(cells: Cells, systems: Columns) -> str:
    notes = []
    for key, title in systems:
        reasons = sorted({each.why for (system, _), each in cells.items() if system == key and each.why})
        notes += [f"- {title}: {reason}\n" for reason in reasons]
    return "\n" + "".join(notes) + "\n" if notes else "\n"
