"""The suite as pytest items: ``pytest -p coterie_kit.plugin --coterie-peer cmd:... <folder of the suite>``.

``coterie-kit test`` runs the same plugin in its own process. Each case is one item, each vector file and each
module of the suite one collector; the verdict of a failed item says which requirement its checks name.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coterie_kit import vectors
from coterie_kit.beside import Pairs
from coterie_kit.case import Case, registered
from coterie_kit.connect import connect
from coterie_kit.engine import Run, Settings
from coterie_kit.faults import KitError, UsageError
from coterie_kit.peer import Declared
from coterie_kit.verdict import AGAINST, Outcome, Verdict

SUITE = Path(__file__).parent / "suite"
CASES_A_PAIR = 50  # fewer are not worth another start of the peer
Listener = Callable[[Outcome, int, int], None]


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, *, case: Case, judging: Judging, **rest: Any) -> None:
        super().__init__(**rest)
        self.case = case
        self.judging = judging

    def runtest(self) -> None:
        """Judges the case; a verdict against the peer fails the item, what was not judged skips it."""
        outcome = self.judging.judge(self.case)
        if outcome.verdict in AGAINST or outcome.verdict in {Verdict.KIT_ERROR, Verdict.INCONCLUSIVE}:
            raise NotPassed(outcome)
        if outcome.verdict is Verdict.UNSUPPORTED:
            pytest.skip(outcome.why)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The failing checks, one a line."""
        if isinstance(excinfo.value, NotPassed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where the case is from."""
        return self.path, None, self.case.slug


class AtOnce:
    """A plugin that has a case judged and nothing more: the three reports of pytest, which nobody reads where
    there is a listener, cost as much as all the rest around a case."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Judges the case. What goes wrong in the kit itself ends the run, and is told by the command."""
        if not isinstance(item, CaseItem):
            return None
        try:
            item.judging.judge(item.case)
        except Exception as fault:  # noqa: BLE001 - whoever runs pytest raises it again
            item.judging.fault = fault
            item.session.shouldstop = str(fault)
        return True


class NotPassed(Exception):  # noqa: N818 - a verdict
    """A case that did not pass."""

    def __init__(self, outcome: Outcome) -> None:
        lines = [f"{outcome.verdict} {outcome.why}".strip()]
        for check in outcome.failing:
            values = f"expected {check.expected}, observed {check.observed}"
            lines.append(f"{check.name} [{', '.join(check.reqs)}] {check.field}: {values}")
        super().__init__("\n".join(lines))


class CaseFile(pytest.File):
    """A module of the suite, or a file of vectors."""

    judging: Judging

    def collect(self) -> Iterator[CaseItem]:
        """Its cases, in their order."""
        for case in self.cases():
            yield CaseItem.from_parent(self, name=case.slug, case=case, judging=self.judging)

    def cases(self) -> Iterable[Case]:
        """What this file registers."""
        if self.path.suffix == ".json":
            return self.judging.cases_of_vectors(self.path)
        return registered([f"coterie_kit.suite.{self.path.stem}"])


class Judging:
    """Collects the cases and asks them of one peer."""

    def __init__(
        self, make: Callable[[], Run], *, only: Iterable[str] = (), listener: Listener | None = None,
        shuffle: bool = False, pairs: int = 1,
    ) -> None:  # fmt: skip
        self._make = make
        self.run = make()
        self.hello = Declared()
        self.end_fault = ""
        self._most_pairs = pairs
        self._vector_files = frozenset(vectors.files())
        self._pairs: Pairs | None = None
        self.outcomes: list[Outcome] = []
        self.available = 0
        self.fault: Exception | None = None
        self._only = frozenset(only)
        self._listener = listener
        self._shuffle = shuffle
        self._selected = 0
        self._by_kind: dict[Path, list[Case]] | None = None

    def cases_of_vectors(self, path: Path) -> list[Case]:
        """The cases whose first vector stands in ``path``."""
        if self._by_kind is None:
            self._by_kind = vector_cases(sorted(self._vector_files))
        return self._by_kind.get(path, [])

    def judge(self, case: Case) -> Outcome:
        """Judges one case and tells whoever listens."""
        outcome = self._pairs.outcome() if self._pairs is not None else self.run.judge(case)
        self.outcomes.append(outcome)
        if self._listener is not None:
            self._listener(outcome, len(self.outcomes), self._selected)
        return outcome

    # ------------------------------------------------------------ hooks

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> CaseFile | None:
        """A collector for what is a part of the suite."""
        is_vectors = file_path.suffix == ".json" and file_path in self._vector_files
        is_module = file_path.suffix == ".py" and file_path.parent == SUITE and file_path.stem[0] != "_"
        if not is_vectors and not is_module:
            return None
        found: CaseFile = CaseFile.from_parent(parent, path=file_path)
        found.judging = self
        return found

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keeps the cases that were asked for by name, in the order of the seed when that is wanted."""
        self.available = len(items)
        if self._only:
            items[:] = [item for item in items if item.name in self._only]
        if self._shuffle:
            from random import Random

            Random(self.run.settings.seed).shuffle(items)  # noqa: S311 - an order, not a secret

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Starts the peer, once it is known that there is something to ask."""
        self._selected = len(session.items)
        if not session.items:
            return
        try:
            self._open([item.case for item in session.items if isinstance(item, CaseItem)])
        except (KitError, UsageError) as fault:
            self.fault = fault
            session.items.clear()

    def _open(self, cases: list[Case]) -> None:
        """One peer, or several when there is work for them."""
        pairs = min(self._most_pairs, -(-len(cases) // CASES_A_PAIR))
        if pairs < 2:
            self.hello = self.run.open()
            return
        self._pairs = Pairs(self._make, cases, pairs)
        self.hello = self._pairs.hello()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module or a vector file that cannot be read is the kit's fault, and is told."""
        if report.failed and self.fault is None:
            crash = getattr(report.longrepr, "reprcrash", None)
            said = crash.message if crash else str(report.longrepr)
            self.fault = KitError(f"{report.nodeid} cannot be read: {said.strip().splitlines()[0][:300]}")

    def pytest_sessionfinish(self) -> None:
        """Lets the peer go."""
        if self._pairs is None:
            self.run.close()
            self.end_fault = self.run.end_fault
        elif len(self.outcomes) < self._selected:
            self._pairs.kill()
        else:
            self.end_fault = self._pairs.close()


def vector_cases(paths: list[Path]) -> dict[Path, list[Case]]:
    """Path to the cases that begin in it."""
    loaded = [(path, vectors.load(path)) for path in paths]
    home = {vectors.slug_of(v): path for path, file in reversed(loaded) for v in file.vectors.values()}
    found: dict[Path, list[Case]] = {}
    for case in vectors.cases_of(file for _, file in loaded):
        found.setdefault(home[case.slug], []).append(case)
    return found


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options for those who run the suite inside their own pytest."""
    group = parser.getgroup("coterie", "the conformance suite of Coterie")
    group.addoption("--coterie-peer", help="the peer to judge: cmd:<command>, tcp:<host>:<port>")
    group.addoption("--coterie-seed", type=int, help="the seed of the run; default: a new one")
    group.addoption("--coterie-deadline", type=float, default=5.0, help="seconds for one answer")


def pytest_configure(config: pytest.Config) -> None:
    """Sets the suite up when a peer is named."""
    spec = config.getoption("--coterie-peer", None)
    if not spec:
        return
    seed = config.getoption("--coterie-seed")
    seed = secrets.randbelow(1 << 32) if seed is None else seed
    try:
        deadline = config.getoption("--coterie-deadline")
        judging = Judging(lambda: Run(connect(spec, deadline=deadline), Settings(seed, deadline)))
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None
    config.pluginmanager.register(judging, "coterie-judging")
    print(f"coterie: seed {seed}")  # noqa: T201 - a run that cannot be repeated helps nobody
