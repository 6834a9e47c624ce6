"""``coterie-kit selftest``: judges the kit by peers whose faults are known."""

from __future__ import annotations

import argparse
import json
import secrets
import shlex
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie_kit import data
from coterie_kit.faults import KitError, UsageError

if TYPE_CHECKING:
    from coterie_kit.case import Case
    from coterie_kit.killing import Fate, Finding, Mutant
    from coterie_kit.workers import Crowds, Job, Workers

    Told = Iterable[tuple[str, list[Finding], str]]
    Met = dict[str, frozenset[str]] | None
    Asked = tuple[str, tuple[Mutant, ...]]

HARNESS = "coterie harness"
LIARS = ("yes_man", "no_man", "echo", "constant", "skip_all", "hanging", "crashing")
BENIGN = ("extensions", "timing", "ecdsa")
MOST_WORKERS = 64
PARTS = 2  # of the run that tells who was met, which all mutants wait for, and of the cases asked of crowds
SCOUTED = 8  # one in so many of these is asked before, to learn whose presence spoils every crowd
LONG = 150  # cases: what takes a mutant more than a second or two
LISTING_SECONDS = 30


def register(subparsers: Any) -> None:
    """The arguments of the command."""
    parser = subparsers.add_parser("selftest", help="judge the kit: mutants, liars and benign variants")
    parser.add_argument(
        "--harness", default=HARNESS, metavar="COMMAND", help=f"the reference peer ({HARNESS})"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the sample and of the cases (1)")
    parser.add_argument("--fresh", action="store_true", help="another seed than the published one")
    parser.add_argument("--all", action="store_true", help="ask every mutant every case")
    parser.add_argument(
        "--one-in",
        type=int,
        default=10,
        metavar="N",
        help="which part of the cases of other rules, and for liars and benign variants (10)",
    )
    parser.add_argument(
        "--killers", type=int, default=0, metavar="N", help="once so many cases kill a mutant, spare the rest"
    )
    parser.add_argument("--mutant", action="append", default=[], metavar="NAME", help="only this; repeatable")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="worker processes (2)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the kill matrix")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the kill matrix; 0 when the kit noticed what it must and nothing else."""
    from coterie_kit.killing import mutants_in, part
    from coterie_kit.selection import all_cases, by_slug
    from coterie_kit.workers import Workers

    if not 1 <= arguments.workers <= MOST_WORKERS:
        raise UsageError(f"there are 1 to {MOST_WORKERS} workers")
    if arguments.one_in < 1:
        raise UsageError("--one-in is 1 for all cases, or more for fewer of them")
    if arguments.killers < 0 or (arguments.all and arguments.killers):
        raise UsageError("--killers is how many are enough; leave it out, or 0, where all are to be asked")
    seed = secrets.randbelow(1 << 32) if arguments.fresh else arguments.seed
    cases = all_cases()
    known = by_slug(cases)
    slugs = tuple(known)
    mutants = mutants_in(_listing(arguments.harness))
    if arguments.mutant:
        unknown = set(arguments.mutant) - {mutant.name for mutant in mutants}
        if unknown:
            raise UsageError(f"there is no mutant {min(unknown)!r}")
        mutants = [mutant for mutant in mutants if mutant.name in arguments.mutant]
    report = Report(cases, mutants, seed)
    with Workers(arguments.workers, known) as workers:
        shadowed = f"{arguments.harness} --shadow"
        reference = workers.judged(_whole("reference", shadowed, slugs, seed, shadowed=True))
        # these need not wait for it: no worker is ever idle
        others: list[Job] = []
        if not arguments.mutant:
            asked = slugs if arguments.all else part(slugs, "liars", seed, arguments.one_in)
            others += _liars(asked, seed)
            for name in BENIGN:
                variant = f"{arguments.harness} --benign {name}"
                asked = slugs if arguments.all else part(slugs, name, seed, arguments.one_in)
                others += _whole(f"benign {name}", variant, asked, seed)
        beside = workers.judged(others)
        report.hear_all(reference)
        mutated = _Mutated(arguments, seed, mutants, [case for case in cases if case.slug in report.passing])
        mutated.judge(workers, report, beside)
    if arguments.json:
        arguments.json.write_text(report.text(), encoding="utf-8")
    return report.end()


def _listing(harness: str) -> bytes:
    from coterie_kit.connect import argv_of

    try:
        done = subprocess.run(
            [*argv_of(harness), "--list-mutants"], capture_output=True, check=True, timeout=LISTING_SECONDS
        )
    except (OSError, subprocess.SubprocessError) as error:
        message = f"the reference does not list its mutants: {error}"
        raise KitError(message) from None
    return done.stdout


@dataclass(frozen=True, slots=True)
class _Mutated:
    """The mutants, and the cases that the reference passes."""

    arguments: argparse.Namespace
    seed: int
    mutants: list[Mutant]
    cases: list[Case]

    def judge(self, workers: Workers, report: Report, others: Told) -> None:
        """Asks all of them, and has the report hear it, after ``others``, which began before.

        A few cases are asked of crowds first, to learn who would spoil all others. Half of the mutants are
        asked alone meanwhile, so that no worker waits for it.
        """
        met = None if self.arguments.all else report.met
        jobs, asked = self._alone(met), self._beside(met)
        half = len(jobs) // 2
        scouts = workers.judged(self._crowds(asked[::SCOUTED]))
        first = workers.judged(jobs[:half])
        report.hear_all(others)
        report.hear_all(scouts)
        del asked[::SCOUTED]
        crowds = workers.judged(self._crowds(asked, report.loud(), PARTS))
        second = workers.judged(jobs[half:])
        for each in (crowds, first, second):
            report.hear_all(each)

    def _alone(self, met: Met) -> list[Job]:
        from coterie_kit.workers import Job

        jobs = [
            Job(
                f"mutant {mutant.name}", self.arguments.harness, self._plan(mutant, met), self.seed,
                mutants=(mutant.name,), enough=mutant.reqs, killers=self.arguments.killers,
            )
            for mutant in self.mutants
        ]  # fmt: skip
        # the long ones first, so that none is left alone at the end; the others in their order, because
        # neighbours are asked the same cases, and what the kit makes for those is remembered
        return sorted(jobs, key=lambda job: len(job.slugs) < LONG)

    def _plan(self, mutant: Mutant, met: Met) -> tuple[str, ...]:
        """The cases to ask a mutant alone; in a drawn order, where not all of them need be asked."""
        from coterie_kit.killing import in_drawn_order, plan

        asked = plan(mutant, self.cases, met)
        return tuple(in_drawn_order(asked, mutant.name, self.seed) if self.arguments.killers else asked)

    def _beside(self, met: Met) -> list[Asked]:
        """A seeded part of the cases, with all mutants whose rules they do not cite; none where all are asked
        everything."""
        from coterie_kit.killing import beside, part

        if met is None:
            return []
        drawn = set(part([case.slug for case in self.cases], "others", self.seed, self.arguments.one_in))
        return beside(self.mutants, (case for case in self.cases if case.slug in drawn), met)

    def _crowds(self, asked: list[Asked], loud: frozenset[str] = frozenset(), parts: int = 1) -> list[Crowds]:
        """Those cases, in so many parts; the mutants ``loud`` are known to spoil every crowd."""
        from coterie_kit.workers import Crowds

        each = [tuple(asked[at::parts]) for at in range(parts)]
        return [Crowds("crowds", self.arguments.harness, some, self.seed, loud) for some in each if some]


def _whole(
    name: str, command: str, slugs: tuple[str, ...], seed: int, *, shadowed: bool = False
) -> list[Any]:
    """Every case in parts, so that both workers are at it, and end at about the same time."""
    from coterie_kit.workers import Job

    count = PARTS if shadowed else 1
    parts = [slugs[at::count] for at in range(count)]
    return [Job(name, f"cmd:{command}", each, seed, shadowed=shadowed) for each in parts if each]


def _liars(slugs: tuple[str, ...], seed: int) -> list[Any]:
    from coterie_kit.workers import Job

    folder = data.path("conformance/adapters/liars")
    return [
        Job(
            f"liar {name}",
            f"cmd:{shlex.quote(sys.executable)} {shlex.quote(str(folder / name))}.py",
            slugs,
            seed,
            deadline=1.0,
        )
        for name in LIARS
    ]


class Report:
    """The kill matrix as it grows."""

    def __init__(self, cases: list[Any], mutants: list[Any], seed: int) -> None:
        self.cases = {case.slug: case for case in cases}
        self.mutants = {mutant.name: mutant for mutant in mutants}
        self.seed = seed
        self.fates: list[Fate] = []
        self.passing: set[str] = set()
        self.met: dict[str, frozenset[str]] = {}
        self.aside: dict[str, list[Finding]] = {}
        self.liars: dict[str, str] = {}
        self.troubles: list[str] = []

    def hear_all(self, told: Told) -> None:
        """Jobs end, one after the other."""
        for name, findings, fault in told:
            self._hear(name, findings, fault)

    def _hear(self, name: str, findings: list[Finding], fault: str) -> None:
        kind, _, which = name.partition(" ")
        match kind:
            case "mutant":
                self._mutant(which, findings, fault)
            case "liar":
                self._liar(which, findings, fault)
            case "crowds":
                self._crowds(findings, fault)
            case _:
                self._honest(name, findings, fault)

    def _mutant(self, which: str, findings: list[Finding], fault: str) -> None:
        from coterie_kit.killing import fate

        found = fate(self.mutants[which], self.cases, [*findings, *self.aside.get(which, [])])
        found.fault = fault or found.fault
        self.fates.append(found)
        mutant = found.mutant
        mark = "killed" if not found.trouble else "WRONG "
        print(
            f"{mark} {mutant.name:<44} {' '.join(mutant.reqs):<12} {mutant.kind:<8} "
            f"by {len(found.killers)} of {found.cited} citing; {found.others} others asked, "
            f"{found.spared} not asked",
            flush=True,
        )
        if found.trouble:
            self._trouble(f"mutant {which}: {found.trouble}")

    def _crowds(self, findings: list[Finding], fault: str) -> None:
        for finding in findings:
            self.aside.setdefault(finding.mutant, []).append(finding)
        cases, pairs = len({finding.slug for finding in findings}), len(findings)
        print(f"asked  {cases} cases of crowds whose rules they do not cite, {pairs} pairs", flush=True)
        if fault:
            self._trouble(f"crowds of mutants: {fault}")

    def loud(self) -> frozenset[str]:
        """Those mutants that let a case not pass which does not cite their rule."""
        from coterie_kit.verdict import Verdict

        heard = (finding for findings in self.aside.values() for finding in findings)
        return frozenset(finding.mutant for finding in heard if finding.verdict is not Verdict.PASS)

    def _liar(self, which: str, findings: list[Finding], fault: str) -> None:
        from coterie_kit.verdict import AGAINST

        against = sum(finding.verdict in AGAINST for finding in findings)
        self.liars[which] = fault or f"{against} of {len(findings)} cases speak against it"
        print(f"{'failed' if against else 'WRONG '} liar {which:<39} {self.liars[which]}", flush=True)
        if not against:
            self._trouble(f"liar {which} got through: {self.liars[which]}")

    def _honest(self, name: str, findings: list[Finding], fault: str) -> None:
        from coterie_kit.verdict import Verdict

        good = {Verdict.PASS, Verdict.WARN, Verdict.UNSUPPORTED}
        bad = [finding for finding in findings if finding.verdict not in good]
        passed = {finding.slug for finding in findings if finding.verdict in {Verdict.PASS, Verdict.WARN}}
        if name == "reference":
            self.passing |= passed
            self.met |= {finding.slug: finding.met for finding in findings}
        ok = not bad and not fault and passed
        print(f"{'passed' if ok else 'WRONG '} {name:<44} {len(passed)} of {len(findings)} cases", flush=True)
        if not ok:
            why = "; ".join(f"{finding.slug}: {finding.verdict} {finding.why}" for finding in bad[:5])
            self._trouble(f"{name}: {fault or why or 'no case passed'}")

    def _trouble(self, sentence: str) -> None:
        self.troubles.append(sentence)
        print(f"       {sentence}", flush=True)

    def text(self) -> str:
        """The kill matrix as JSON; the same run gives the same octets."""
        content = {
            "seed": self.seed,
            "passing": sorted(self.passing),
            "mutants": [
                {
                    "name": fate.mutant.name, "reqs": list(fate.mutant.reqs), "kind": fate.mutant.kind,
                    "description": fate.mutant.description, "cited": fate.cited, "others": fate.others,
                    "not_met": fate.spared,
                    "killers": sorted(fate.killers), "trouble": fate.trouble,
                }
                for fate in self.fates
            ],
            "liars": self.liars,
            "troubles": self.troubles,
        }  # fmt: skip
        return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    def end(self) -> int:
        """The conclusion and the exit status."""
        killed = sum(not fate.trouble for fate in self.fates)
        altered = sum(fate.mutant.kind == "altered" for fate in self.fates)
        print(
            f"{killed} of {len(self.fates)} mutants killed as they should be ({altered} of them alter, "
            f"{len(self.fates) - altered} drop a rule), {len(self.liars)} liars, seed {self.seed}"
        )
        for sentence in self.troubles:
            print(f"wrong: {sentence}")
        sound = bool(self.fates) and not self.troubles
        print("the kit notices what it must" if sound else "the kit does not notice what it must")
        return 0 if sound else 1
