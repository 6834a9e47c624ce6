"""The table of who carries what, and its place in ``benchmarks/README.md``."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.load.ways import Load, Outcome, Setting, fairness, median

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- load -->\n", "<!-- end of load -->\n"
HEAD = (
    "| the messages go by | heard | delay | lookup hops | a member: frames | octets (most) |"
    " another node: frames | octets (most) | Jain: members | Jain: all |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
)


def table(outcomes: Mapping[str, Outcome]) -> str:
    """One row for each way, and below them what was played."""
    setting = next(iter(outcomes.values())).setting
    rows = "".join(f"| {name} | {row(outcome)} |\n" for name, outcome in outcomes.items())
    return f"{HEAD}{rows}\n{multiples(outcomes)}\n\n{conditions(setting)}\n"


def multiples(outcomes: Mapping[str, Outcome]) -> str:
    """What a member carries, by rows, beside the first."""
    means = [statistics.mean(load.octets for load in outcome.members) for outcome in outcomes.values()]
    times = ", ".join(f"{mean / means[0]:.1f}" for mean in means)
    return f"Octets of a member by rows, those of the first being 1: {times}."


def row(outcome: Outcome) -> str:
    """What came of one way."""
    everyone = [load.octets for load in (*outcome.members, *outcome.others)]
    figures = [
        f"{len(outcome.delays):,} of {outcome.due:,}" if outcome.delays else "",
        in_ms(median(outcome.delays)),
        "" if math.isnan(median(outcome.hops)) else f"{median(outcome.hops):g}",
        *carried(outcome.members), *carried(outcome.others),
        f"{fairness([load.octets for load in outcome.members]):.2f}", f"{fairness(everyone):.2f}",
    ]  # fmt: skip
    return " | ".join(figures)


def carried(loads: Sequence[Load]) -> tuple[str, str]:
    """Frames in the mean; octets in the mean, and the most of one node."""
    octets = [load.octets for load in loads]
    mean = statistics.mean(octets)
    return f"{statistics.mean(load.frames for load in loads):,.0f}", f"{mean:,.0f} ({max(octets):,})"


def in_ms(delay: float) -> str:
    """A time, if there is one."""
    return "" if math.isnan(delay) else f"{delay:,.0f} ms"


def conditions(setting: Setting) -> str:
    """What the figures are of."""
    return (
        f"{setting.nodes} nodes, {setting.members} of them members, {setting.messages} messages of "
        f"{setting.octets} octets, one every {setting.every} ms, counted over {setting.span / 1000:g} s of "
        f"virtual time, seed {setting.seed}."
    )


def written(page: str, text: str) -> str:
    """The page with another table. ValueError when it has no place for one."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no section between {BEGIN.strip()} and {END.strip()}")
    return f"{before}{BEGIN}\n{text}\n{END}{after}"
