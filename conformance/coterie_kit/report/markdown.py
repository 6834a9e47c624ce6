"""A summary in Markdown, for a job's page: the conclusion, the counts, and what failed with its sentence."""

from __future__ import annotations

import re

from coterie_kit import requirements
from coterie_kit.results import Results
from coterie_kit.terminal import repeat_command, visible
from coterie_kit.verdict import Outcome, Verdict

__all__ = ["page"]

MEANINGFUL = re.compile(r"([\\`*_{}\[\]()<>#+!|~&$@-])")
FENCE = "`"


def page(results: Results) -> str:
    """The whole text."""
    rows = [f"| {name} | {number} |" for name, number in results.totals.items() if number]
    failed = [o for o in results.outcomes if o.verdict not in {Verdict.PASS, Verdict.UNSUPPORTED}]
    parts = [
        f"# {plain(results.conclusion)}",
        _about(results),
        "\n".join(["| verdict | cases |", "|---|---|", *rows]),
        *(_block(outcome, results.peer) for outcome in failed),
    ]
    return "\n\n".join(parts) + "\n"


def _about(results: Results) -> str:
    peer = f"Peer {plain(results.hello.name)} {plain(results.hello.version)}"
    return f"{peer}, seed {results.seed}, {results.counted} cases counted once. {plain(results.confinement)}."


def plain(text: str) -> str:
    """``text`` as one line that Markdown shows as it is."""
    return MEANINGFUL.sub(r"\\\1", visible(text.replace("\n", " ")))


def code(text: str) -> str:
    """``text`` as a code span that it cannot leave."""
    return f"{FENCE}{visible(text).replace(FENCE, chr(0x2CB))}{FENCE}"


def _block(outcome: Outcome, peer: str) -> str:
    lines = [f"## {plain(outcome.slug)}: {outcome.verdict}"]
    if outcome.why:
        lines.append(plain(outcome.why))
    for check in outcome.failing:
        sentences = "; ".join(f"{req}: {plain(requirements.rule(req))}" for req in check.reqs)
        lines.append(
            f"- {code(check.name)} ({sentences}) {code(check.field or '-')}: "
            f"expected {code(check.expected)}, observed {code(check.observed)}"
        )
    lines.append(code(repeat_command(peer, outcome)))
    return "\n\n".join(lines)
