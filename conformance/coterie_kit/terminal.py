"""The terminal: one line a case, a block for each that did not pass, and the conclusion as the last line.

What a peer said is never at the start of a line and has no control characters.
"""

from __future__ import annotations

import shlex

from rich.console import Console
from rich.text import Text

from coterie_kit import requirements
from coterie_kit.results import Results
from coterie_kit.verdict import Check, Outcome, Verdict

__all__ = ["Terminal", "repeat_command", "visible"]

STYLE = {
    Verdict.PASS: "green",
    Verdict.WARN: "yellow",
    Verdict.UNSUPPORTED: "dim",
    Verdict.INCONCLUSIVE: "magenta",
    Verdict.FAIL: "bold red",
    Verdict.HANG: "bold red",
    Verdict.CRASH: "bold red",
    Verdict.KIT_ERROR: "bold white on red",
}
WIDEST = max(len(verdict) for verdict in Verdict)
MOST_CHECKS = 8  # of one case in its block; the reports have all


def visible(text: str) -> str:
    """``text`` without control characters, escapes and anything that rearranges a line."""
    return "".join(sign if sign.isprintable() else "�" for sign in text)


def repeat_command(results_peer: str, outcome: Outcome) -> str:
    """The one command that asks this case again."""
    return f"coterie-kit test --peer {shlex.quote(results_peer)} {outcome.repeat}"


class Terminal:
    """Prints a run as it goes on."""

    def __init__(self, peer: str, console: Console | None = None, *, quiet: bool = False) -> None:
        self._peer = peer
        self._console = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._quiet = quiet

    def line(self, text: str, style: str = "") -> None:
        """One line of the kit's own words."""
        self._console.print(Text(text, style=style))

    def _parts(self, *parts: tuple[str, str]) -> None:
        """One line of texts in their styles."""
        if self._console.is_terminal:
            self._console.print(Text.assemble(*parts))
            return
        # of the styles nothing would be left, and to work that out takes longer than to judge a vector
        self._console.file.write("".join(text for text, _ in parts) + "\n")
        self._console.file.flush()

    def begin(self, seed: int, confinement: str) -> None:
        """What the run depends on."""
        self.line(f"peer {visible(self._peer)}")
        self.line(f"seed {seed}; {confinement}", "dim")
        if self._peer.startswith("attach:"):
            self.line("waiting for the peer; there are no deadlines", "dim")

    def case(self, outcome: Outcome, number: int, of: int) -> None:
        """One case. When only the rest is wanted, those that passed are left out."""
        if self._quiet and outcome.verdict in {Verdict.PASS, Verdict.UNSUPPORTED}:
            return
        told = f"  ({visible(outcome.why)})" if outcome.verdict is Verdict.UNSUPPORTED else ""
        self._parts(
            (f"{number:>{len(str(of))}}/{of} ", "dim"),
            (f"{outcome.verdict:<{WIDEST}}", STYLE[outcome.verdict]),
            (f" {outcome.slug}", ""),
            (f"  {' '.join(outcome.reqs)}{told}", "dim"),
        )
        if outcome.verdict not in {Verdict.PASS, Verdict.UNSUPPORTED}:
            self.block(outcome)

    def block(self, outcome: Outcome) -> None:
        """Why a case did not pass, in the words of the draft, and how to ask it again."""
        if outcome.expected_failure:
            self.line(f"    expected by the baseline: {visible(outcome.expected_failure)}", "yellow")
        if outcome.why:
            self.line(f"    {visible(outcome.why)}")
        said: set[str] = set()
        for check in outcome.failing[:MOST_CHECKS]:
            self._check(check, said)
        if len(outcome.failing) > MOST_CHECKS:
            self.line(f"    and {len(outcome.failing) - MOST_CHECKS} more checks", "dim")
        if not outcome.failing and outcome.verdict is not Verdict.INCONCLUSIVE:
            for req in outcome.reqs:
                self.line(f"    {req}: {visible(requirements.rule(req))}", "cyan")
        for note in outcome.notes:
            self.line(f"    | {visible(note)}", "dim")
        self.line(f"    again: {visible(repeat_command(self._peer, outcome))}", "bold")

    def _check(self, check: Check, said: set[str]) -> None:
        self.line(f"    check {visible(check.name)}", "bold")
        for req in check.reqs:
            if req not in said:
                self.line(f"      {req}: {visible(requirements.rule(req))}", "cyan")
                said.add(req)
        if check.field:
            self.line(f"      field    {visible(check.field)}")
        if check.expected or check.observed:
            self.line(f"      expected {visible(check.expected)}", "green")
            self.line(f"      observed {visible(check.observed)}", "red")

    def end(self, results: Results) -> None:
        """The totals, and the conclusion as the last line."""
        counts = "  ".join(f"{number} {name}" for name, number in results.totals.items() if number)
        self.line(f"{len(results.outcomes)} asked: {counts or 'none'}")
        for sentence in results.stale:
            self.line(f"stale: {visible(sentence)}", "yellow")
        if results.end_fault:
            self.line(f"the end of the peer: {visible(results.end_fault)}", "yellow")
        self.line(visible(results.conclusion), "bold green" if results.exit == 0 else "bold red")
