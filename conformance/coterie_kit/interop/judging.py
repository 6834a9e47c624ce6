"""What a run of whole peers is judged by, and what the runs of several seeds come to."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from coterie_kit import registry
from coterie_kit.interop.cast import name_of
from coterie_kit.interop.performance import Outcome
from coterie_kit.peer import INTERFACE, Declared
from coterie_kit.results import Exit, kit_version
from coterie_kit.traces import Report, check, run_from_records

__all__ = ["Results", "Verdict", "judged", "trace_files"]

SCHEMA = "interop.schema.json"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One seed: what came of it, and what the checker says."""

    outcome: Outcome
    report: Report

    @property
    def seed(self) -> int:
        """The seed."""
        return self.outcome.plan.seed

    @property
    def sentences(self) -> list[str]:
        """All that speaks against the members."""
        outcome = self.outcome
        found = [f"broke off: {outcome.broken}"] if outcome.broken else []
        found += [f"did not come together {outcome.stalled}"] if outcome.stalled else []
        names = {lines[0]["node"]: name_of(place) for place, lines in enumerate(outcome.lines) if lines}
        for row in self.report.violations:
            places = ", ".join(f"{names.get(node, node[:8])} line {line + 1}" for node, line in row.places)
            found.append(f"{row.property}: {places}: {row.sentence}")
        return found

    @property
    def word(self) -> str:
        """pass, fail, or inconclusive when nothing was judged."""
        if self.sentences:
            return "fail"
        return "pass" if self.report.judged else "inconclusive"

    def to_json(self) -> dict[str, Any]:
        """The row of this seed in the results."""
        outcome = self.outcome
        return {
            "seed": self.seed, "verdict": self.word, "members": len(outcome.plan.traits),
            "steps": [_step(step) for step in outcome.plan.steps], "heals": outcome.plan.heals,
            "converged": outcome.converged, "ended": outcome.ended, "datagrams": outcome.datagrams,
            "lost": outcome.lost, "digest": outcome.digest, "broken": outcome.broken,
            "stalled": outcome.stalled, "judged": list(self.report.judged),
            "unjudged": dict(self.report.unjudged),
            "violations": [
                {
                    "property": row.property, "sentence": row.sentence,
                    "places": [{"node": node, "i": line} for node, line in row.places],
                }
                for row in self.report.violations
            ],
        }  # fmt: skip


def _step(step: Any) -> dict[str, Any]:
    row = {"kind": step.kind, "at": step.at, "until": step.until, "nodes": list(step.nodes)}
    row |= {"amounts": dict(step.amounts)} if step.amounts else {}
    return row | ({"on": asdict(step.on)} if step.on else {})


def judged(outcome: Outcome) -> Verdict:
    """An outcome with what the checker of traces says: safety throughout, liveness after the healing."""
    records = [lines for lines in outcome.lines if lines]
    return Verdict(outcome, check(run_from_records(records, outcome.harness)))


def trace_files(outcome: Outcome) -> dict[str, list[dict[str, Any]]]:
    """File name to lines: one for each member, and that of the harness."""
    files = {f"{name_of(place)}.jsonl": lines for place, lines in enumerate(outcome.lines) if lines}
    return files | {"harness.jsonl": outcome.harness}


@dataclass(slots=True)
class Results:
    """The runs of some seeds with one company."""

    specs: Sequence[str]
    members: int | None
    hellos: dict[str, Declared] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, verdict: Verdict) -> None:
        """One more seed."""
        self.rows.append(verdict.to_json())

    @property
    def totals(self) -> dict[str, int]:
        """How many seeds got which verdict."""
        words = [row["verdict"] for row in self.rows]
        return {word: words.count(word) for word in ("pass", "fail", "inconclusive")}

    @property
    def exit(self) -> int:
        """The exit code of the kit."""
        if self.totals["fail"]:
            return Exit.NOT_CONFORMANT
        if not self.rows or self.totals["inconclusive"]:
            return Exit.NOTHING_JUDGED
        return Exit.CONFORMANT

    @property
    def conclusion(self) -> str:
        """The last line."""
        seeds = f"{len(self.rows)} seed{'s' if len(self.rows) != 1 else ''}"
        if self.totals["fail"]:
            return f"not conformant: {self.totals['fail']} of {seeds}"
        if self.exit == Exit.NOTHING_JUDGED:
            return f"nothing was judged in {self.totals['inconclusive']} of {seeds}"
        properties = {name for row in self.rows for name in row["judged"]}
        return f"conformant: {seeds}, {len(properties)} properties judged"

    def repeat(self, seed: int) -> str:
        """The command that does one seed again."""
        words = ["coterie-kit", "interop", *(word for spec in self.specs for word in ("--peer", spec))]
        words += ["--members", str(self.members)] if self.members is not None else []
        return shlex.join([*words, "--seed", str(seed)])

    def to_json(self) -> dict[str, Any]:
        """All of it, as ``schemas/interop.schema.json`` describes it."""
        heading = registry.tables()["meta"]
        return {
            "schema": SCHEMA,
            "kit": {"version": kit_version(), "interface": INTERFACE},
            "draft": {"name": heading["draft"], "revision": heading["revision"]},
            "peers": [{"spec": spec, **_declared(self.hellos.get(spec))} for spec in self.specs],
            "seeds": self.rows,
            "totals": self.totals,
            "exit": self.exit,
            "conclusion": self.conclusion,
        }


def _declared(hello: Declared | None) -> dict[str, Any]:
    if hello is None:
        return {}
    return {"name": hello.name, "version": hello.version, "determinism": hello.determinism}
