"""One run: a peer is started once and asked case after case; after a crash or a hang it is started anew.

Knows nothing of pytest and of reports, so that the self-test and the plugin run cases the same way.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from coterie_kit.case import Case
from coterie_kit.faults import (
    CaseEnd,
    Crashed,
    Hung,
    Inconclusive,
    KitError,
    PeerFault,
    Stopped,
    Unreadable,
    Unsupported,
)  # fmt: skip
from coterie_kit.judge import Judge
from coterie_kit.link import Link
from coterie_kit.peer import Declared, NotDeclared, Peer
from coterie_kit.reply import Refused
from coterie_kit.trace import bounded, harmless
from coterie_kit.verdict import Check, Outcome, Verdict, worst

__all__ = ["PATIENCE", "WORTH_TELLING", "Run", "Settings"]

# How often in succession a peer may be lost before it is not asked any more: a hang costs a deadline each
# time, a new start only costs that.
PATIENCE = {Verdict.HANG: 3, Verdict.CRASH: 20, Verdict.FAIL: 20}

WORTH_TELLING = frozenset(Verdict) - {Verdict.PASS, Verdict.UNSUPPORTED}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run depends on besides the peer and the cases."""

    seed: int
    deadline: float = 5.0
    traced: frozenset[Verdict] = WORTH_TELLING
    """Of which cases the exchanges are kept."""
    enough: frozenset[str] = frozenset()
    """Requirements: a failed check that names one of them ends its case."""


class Run:
    """The cases of one run against one peer."""

    def __init__(self, link: Link, settings: Settings) -> None:
        self.settings = settings
        self.peer = Peer(link, first_seq=1 + settings.seed % 1000)
        self.hello = Declared()
        self.end_fault = ""
        self._lost: list[Verdict] = []  # in succession

    def open(self) -> Declared:
        """Starts the peer. KitError, with the end of its log, when it does not say who it is."""
        try:
            self.hello = self.peer.start()
        except (CaseEnd, NotDeclared) as fault:
            self.peer.kill()
            log = harmless(self.peer.link.log()).strip().splitlines()
            last = f"; the last line of its log: {log[-1]}" if log else ""
            raise KitError(f"the peer did not introduce itself: {fault}{last}") from None
        return self.hello

    def close(self) -> None:
        """Ends the peer, and remembers what was wrong with its end."""
        self.end_fault = self.peer.stop()

    def judge(self, case: Case) -> Outcome:
        """Runs one case. Never raises for what a peer does."""
        outcome = Outcome(
            case.slug, case.reqs, case.type, case.operator, case.cls, case.tier, case.fresh
        )  # fmt: skip
        outcome.repeat = f"--case {case.slug} --seed {self.settings.seed}"
        missing = undeclared(case, self.hello)
        if missing:
            outcome.verdict, outcome.why = Verdict.UNSUPPORTED, missing
        elif self._lost and len(self._lost) >= PATIENCE.get(self._lost[-1], 3):
            outcome.verdict = Verdict.INCONCLUSIVE
            outcome.why = f"the peer was lost {len(self._lost)} times in succession and is not asked any more"
        else:
            self._ask(case, outcome)
        return outcome

    def _ask(self, case: Case, outcome: Outcome) -> None:
        judge = Judge(case, self.settings.seed, self.peer, self.settings.enough)
        self.peer.trace.clear()
        self.peer.overlay, self.peer.address = b"", ""
        try:
            self._tell(case, judge, outcome)
        except Stopped as end:
            outcome.why = f"ended at {end}"
        outcome.checks, outcome.notes, outcome.names = judge.checks, judge.notes, judge.names
        outcome.verdict = worst([outcome.verdict, *(check.verdict for check in judge.checks)])
        if outcome.verdict is Verdict.PASS and not judge.checks:
            outcome.verdict, outcome.why = Verdict.INCONCLUSIVE, "nothing was checked"
        if outcome.verdict is Verdict.PASS and case.fresh and not judge.random.used:
            outcome.verdict, outcome.why = Verdict.KIT_ERROR, "it claims fresh inputs, and draws none"
        self._lost = [] if self.peer.is_open else [*self._lost, outcome.verdict]
        if outcome.verdict in self.settings.traced:
            outcome.trace = self.peer.trace.kept()
        if not self.peer.is_open:
            outcome.notes += [f"log: {line}" for line in harmless(self.peer.link.log()).splitlines()[-10:]]

    def _tell(self, case: Case, judge: Judge, outcome: Outcome) -> None:
        """Runs the story and turns its end into a verdict or a failed check."""
        try:
            if not self.peer.is_open:
                self.peer.start()
            case.story(judge)
        except Stopped:
            raise  # as does one of the checks below
        except Unsupported as end:
            outcome.verdict, outcome.why = Verdict.UNSUPPORTED, str(end)
        except Inconclusive as end:
            outcome.verdict, outcome.why = Verdict.INCONCLUSIVE, str(end)
        except Hung as end:
            outcome.verdict, outcome.why = Verdict.HANG, str(end)
        except Crashed as end:
            outcome.verdict, outcome.why = Verdict.CRASH, str(end)
        except Refused as end:
            judge.check("accepted", ok=False, field="status", expected="ok", observed=str(end))
        except PeerFault as end:
            judge.checks.append(_broken("interface", (end.requirement,), str(end)))
        except Unreadable as end:
            judge.check("sent.readable", ok=False, field=end.path, expected="a frame", observed=end.reason)
        except NotDeclared as end:
            judge.checks.append(_broken("declared", (), f"unsupported, though it declares the class: {end}"))
        except Exception as error:  # noqa: BLE001 - whatever a story raises is a verdict, and is told
            self._unexpected(judge, outcome, error)

    def _unexpected(self, judge: Judge, outcome: Outcome, error: Exception) -> None:
        """After a failed check a story may stumble over what is missing; before, the kit is wrong."""
        if any(check.verdict is Verdict.FAIL for check in judge.checks):
            outcome.why = f"could not go on: {type(error).__name__}"
            return
        outcome.verdict, outcome.why = Verdict.KIT_ERROR, f"{type(error).__name__}: {error}"[:400]
        frames = traceback.extract_tb(error.__traceback__)[-4:]
        judge.notes += [f"at {frame.name}, line {frame.lineno}" for frame in frames]


def undeclared(case: Case, hello: Declared) -> str:
    """What ``case`` needs and the peer does not declare; empty when it declares all."""
    rules: tuple[tuple[bool, str], ...] = (
        (case.cls in hello.classes, f"class {case.cls} is not declared"),
        (case.tier in hello.tiers, f"tier {case.tier} is not declared"),
        (set(case.suites) <= set(hello.suites), f"suites {list(case.suites)} are not all declared"),
        (case.determinism in {"", hello.determinism}, f"determinism {case.determinism} is not declared"),
    )
    return next((sentence for holds, sentence in rules if not holds), "")


def _broken(name: str, reqs: tuple[str, ...], observed: str) -> Check:
    text: str = bounded(observed)
    return Check(name, Verdict.FAIL, reqs, "", "a reply that the interface allows", text)
