"""The results of a run: what was judged, what follows from it, and the canonical JSON that holds it all.

Nothing in it depends on the clock: the same kit, peer and seed give the same octets.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from importlib import metadata
from typing import Any

from coterie_kit import registry
from coterie_kit.faults import UsageError
from coterie_kit.peer import INTERFACE, Declared
from coterie_kit.verdict import AGAINST, JUDGED, Check, Outcome, Verdict

__all__ = ["Exit", "Results", "from_json", "kit_version"]

SCHEMA = "results.schema.json"
ALWAYS = frozenset({"name", "verdict", "reqs"})
DECLARED_TUPLES = ("classes", "tiers", "suites")


class Exit:
    """Exit codes of the kit."""

    CONFORMANT = 0
    NOT_CONFORMANT = 1
    NOTHING_JUDGED = 2
    STALE_BASELINE = 3
    USAGE = 4
    BROKEN = 5


def kit_version() -> str:
    """The version of the distribution that this kit came in."""
    try:
        return metadata.version("coterie")
    except metadata.PackageNotFoundError:
        return "0+checkout"


@dataclass(slots=True)
class Results:
    """One run. ``available`` counts the cases that there are, ``outcomes`` those that were selected."""

    peer: str
    hello: Declared
    seed: int
    outcomes: list[Outcome]
    available: int = 0
    vectors: str = ""
    confinement: str = ""
    end_fault: str = ""
    stale: list[str] = field(default_factory=list)
    version: str = field(default_factory=kit_version)

    # ------------------------------------------------------------ what follows

    @property
    def totals(self) -> dict[str, int]:
        """How many cases got which verdict; every verdict is there."""
        counted = Counter(outcome.verdict.value for outcome in self.outcomes)
        return {verdict.value: counted[verdict.value] for verdict in Verdict}

    @property
    def judged(self) -> list[Outcome]:
        """The cases that say something about the peer."""
        return [outcome for outcome in self.outcomes if outcome.verdict in JUDGED]

    @property
    def counted(self) -> int:
        """Judged cases, each (requirements, type, operator) once."""
        return len({(tuple(sorted(o.reqs)), o.type, o.operator) for o in self.judged})

    @property
    def requirements(self) -> set[str]:
        """What the judged cases cite."""
        return {req for outcome in self.judged for req in outcome.reqs}

    @property
    def unexpected(self) -> list[Outcome]:
        """Cases that speak against the peer and that no baseline expects."""
        return [o for o in self.outcomes if o.verdict in AGAINST and not o.expected_failure]

    def conformant(self) -> dict[str, list[int]]:
        """Class to the tiers in which every selected case that the peer declares passed."""
        tiers: dict[str, list[int]] = {}
        for cls, tier in sorted({(o.cls, o.tier) for o in self.judged}):
            bad = AGAINST | {Verdict.INCONCLUSIVE, Verdict.KIT_ERROR}
            if not any(o.verdict in bad for o in self.outcomes if (o.cls, o.tier) == (cls, tier)):
                tiers.setdefault(cls, []).append(tier)
        return tiers

    @property
    def exit(self) -> int:
        """The exit code: a broken kit first, then what speaks against the peer, then what is missing."""
        verdicts = {outcome.verdict for outcome in self.outcomes}
        if Verdict.KIT_ERROR in verdicts:
            return Exit.BROKEN
        if self.unexpected:
            return Exit.NOT_CONFORMANT
        if self.stale:
            return Exit.STALE_BASELINE
        if not self.judged or Verdict.INCONCLUSIVE in verdicts:
            return Exit.NOTHING_JUDGED
        return Exit.CONFORMANT

    @property
    def conclusion(self) -> str:
        """The last line: what the peer is conformant in, never a bare word."""
        totals = self.totals
        match self.exit:
            case Exit.BROKEN:
                return f"the kit is broken: {_count(totals['kit-error'], 'case')} could not be judged"
            case Exit.NOT_CONFORMANT:
                counts = ", ".join(f"{totals[v.value]} {v.value}" for v in sorted(AGAINST) if totals[v.value])
                return (
                    f"not conformant: {counts} of {_count(len(self.judged), 'judged case')}{self._besides()}"
                )
            case Exit.STALE_BASELINE:
                return f"the baseline is stale: {self.stale[0]}"
            case Exit.NOTHING_JUDGED if not self.judged:
                return f"nothing was judged: {self._why_nothing()}"
            case Exit.NOTHING_JUDGED:
                return f"inconclusive: {totals['inconclusive']} of {_count(len(self.outcomes), 'case')}"
            case _:
                return self._conformant_line()

    def _conformant_line(self) -> str:
        expected = [o for o in self.outcomes if o.expected_failure]
        cited = _count(len(self.requirements), "requirement")
        scope = f"{_count(self.counted, 'case')}, {cited}, seed {self.seed}"
        where = _tiers_in_words(self.conformant())
        if expected:
            return (
                f"not conformant, as the baseline expects: {_count(len(expected), 'case')}{self._besides()}"
            )
        if len(self.outcomes) < self.available:
            part = f"only {len(self.outcomes)} of {self.available} cases were asked"
            return f"conformant as far as asked: {where} ({scope}; {part})"
        return f"conformant: {where} ({scope})"

    def _besides(self) -> str:
        found = self.conformant()
        return f"; conformant: {_tiers_in_words(found)}" if found else ""

    def _why_nothing(self) -> str:
        if not self.outcomes:
            return "no case was selected"
        return self.outcomes[0].why or "no case applies to what the peer declares"

    # ------------------------------------------------------------ canonical JSON

    def to_json(self) -> dict[str, Any]:
        """The whole run as ``schemas/results.schema.json`` describes it."""
        heading = registry.tables()["meta"]
        return {
            "schema": SCHEMA,
            "kit": {"version": self.version, "interface": INTERFACE},
            "draft": {"name": heading["draft"], "revision": heading["revision"]},
            "vectors": self.vectors,
            "seed": self.seed,
            "peer": {"spec": self.peer, "confinement": self.confinement, **_jsonable(asdict(self.hello))},
            "end": self.end_fault,
            "available": self.available,
            "counted": self.counted,
            "totals": self.totals,
            "conformant": self.conformant(),
            "stale": self.stale,
            "exit": self.exit,
            "conclusion": self.conclusion,
            "cases": [_case(outcome) for outcome in self.outcomes],
        }

    def octets(self) -> bytes:
        """The canonical octets of ``to_json``."""
        text = json.dumps(self.to_json(), indent=1, sort_keys=True, ensure_ascii=True)
        return (text + "\n").encode("ascii")


def from_json(content: Any) -> Results:
    """The run that ``to_json`` described. UsageError when the text is not one."""
    try:
        peer = content["peer"]
        facts = {name: peer[name] for name in Declared.__dataclass_fields__}
        hello = Declared(**{**facts, **{name: tuple(facts[name]) for name in DECLARED_TUPLES}})
        return Results(
            peer=peer["spec"], hello=hello, seed=content["seed"],
            outcomes=[_outcome(row) for row in content["cases"]], available=content["available"],
            vectors=content["vectors"], confinement=peer["confinement"], end_fault=content["end"],
            stale=content["stale"], version=content["kit"]["version"],
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        message = f"this is not a results file of the kit: {type(error).__name__} at {error}"
        raise UsageError(message) from None


def _case(outcome: Outcome) -> dict[str, Any]:
    """One outcome; what a check left empty is left out."""
    found: dict[str, Any] = _jsonable(asdict(outcome))
    found["checks"] = [
        {name: value for name, value in check.items() if value or name in ALWAYS} for check in found["checks"]
    ]
    return found


def _outcome(row: dict[str, Any]) -> Outcome:
    checks = [
        Check(**{**check, "verdict": Verdict(check["verdict"]), "reqs": tuple(check["reqs"])})
        for check in row["checks"]
    ]
    return Outcome(
        **{**row, "reqs": tuple(row["reqs"]), "verdict": Verdict(row["verdict"]), "checks": checks}
    )


def _jsonable(value: Any) -> Any:
    match value:
        case dict():
            return {key: _jsonable(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_jsonable(inner) for inner in value]
        case _:
            return value


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _tiers_in_words(found: dict[str, list[int]]) -> str:
    return "; ".join(f"{cls} {_tiers(tiers)}" for cls, tiers in found.items()) or "no class"


def _tiers(tiers: Iterable[int]) -> str:
    row = sorted(tiers)
    if len(row) == 1:
        return f"tier {row[0]}"
    if row == list(range(row[0], row[-1] + 1)):
        return f"tiers {row[0]}-{row[-1]}"
    return "tiers " + ", ".join(map(str, row))
