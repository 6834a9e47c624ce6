"""All properties: name, what it says, whether it is safety or liveness, and what a run must show for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from coterie_kit.traces import basic, delivery, keys, membership, ordering, reliability, removal, sealing
from coterie_kit.traces.facts import FACTS
from coterie_kit.traces.run import Run
from coterie_kit.traces.violation import Violation

__all__ = ["PROPERTIES", "Property", "Report", "check"]


@dataclass(frozen=True, slots=True)
class Property:
    """One row. The function is looked up when it is called, so that it can be replaced from outside."""

    name: str
    kind: str
    family: ModuleType
    needs: tuple[str, ...]

    @property
    def function(self) -> Callable[[Run], list[Violation]]:
        """The check itself."""
        found: Callable[[Run], list[Violation]] = getattr(self.family, self.name.lower().replace("-", "_"))
        return found

    @property
    def statement(self) -> str:
        """What has to hold, in one sentence."""
        return (self.function.__doc__ or "").splitlines()[0]


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a run: the properties judged, why others were not, and all findings."""

    judged: tuple[str, ...]
    unjudged: dict[str, str]
    violations: tuple[Violation, ...]

    @property
    def clean(self) -> bool:
        """Whether something was judged, and nothing violated."""
        return bool(self.judged) and not self.violations


SAFETY, LIVENESS = "safety", "liveness"

PROPERTIES: tuple[Property, ...] = (
    Property("VS-1", SAFETY, basic, ("deliveries",)),
    Property("VS-2", SAFETY, basic, ("deliveries",)),
    Property("VS-3", SAFETY, basic, ("deliveries",)),
    Property("VS-4", SAFETY, basic, ("deliveries",)),
    Property("VS-5", SAFETY, basic, ("views",)),
    Property("VS-6", SAFETY, basic, ("again",)),
    Property("VS-7", SAFETY, basic, ("deliveries",)),
    Property("VS-8", SAFETY, basic, ("shared",)),
    Property("VS-9", SAFETY, membership, ("onward",)),
    Property("VS-10", SAFETY, membership, ("abreast", "total")),
    Property("VS-11", SAFETY, membership, ("onward",)),
    Property("VS-12", SAFETY, membership, ("again",)),
    Property("VS-13", LIVENESS, removal, ("healthy", "time", "views")),
    Property("VS-14", SAFETY, removal, ("left-out",)),
    Property("VS-15", SAFETY, membership, ("abreast", "total")),
    Property("VS-16", SAFETY, membership, ("layers",)),
    Property("VS-17", SAFETY, basic, ("blocked",)),
    Property("TO-1", SAFETY, ordering, ("total",)),
    Property("TO-2", SAFETY, ordering, ("total", "shared")),
    Property("TO-3", SAFETY, ordering, ("total", "shared")),
    Property("TO-4", SAFETY, ordering, ("ordered",)),
    Property("TO-5", SAFETY, ordering, ("total", "sends")),
    Property("TO-6", SAFETY, ordering, ("total", "sends")),
    Property("TO-7", SAFETY, delivery, ("total", "heard")),
    Property("TO-8", SAFETY, delivery, ("safe", "shared")),
    Property("TO-9", SAFETY, ordering, ("late",)),
    Property("RL-1", LIVENESS, delivery, ("healthy", "time", "sends", "reliable")),
    Property("RL-2", SAFETY, delivery, ("sends", "reliable", "again")),
    Property("RL-3", SAFETY, delivery, ("total", "failed")),
    Property("RL-4", LIVENESS, delivery, ("healthy", "time", "sends", "reliable", "shared")),
    Property("RL-5", SAFETY, reliability, ("stable", "sends")),
    Property("RL-6", LIVENESS, reliability, ("stable", "sends")),
    Property("RL-7", SAFETY, reliability, ("nacks",)),
    Property("RL-8", SAFETY, delivery, ("proxied",)),
    Property("RL-9", SAFETY, reliability, ("resources",)),
    Property("RL-10", LIVENESS, reliability, ("healthy", "time", "views")),
    Property("KA-1", SAFETY, keys, ("keys", "shared")),
    Property("KA-2", SAFETY, keys, ("runs",)),
    Property("KA-3", SAFETY, keys, ("keys",)),
    Property("KA-4", SAFETY, keys, ("keys",)),
    Property("KA-7", SAFETY, sealing, ("seals", "again")),
    Property("KA-8", SAFETY, sealing, ("opens", "again")),
    Property("KA-12", SAFETY, keys, ("keys", "confirmations")),
    Property("KA-13", SAFETY, keys, ("confirmations",)),
    Property("KA-17", LIVENESS, keys, ("runs",)),
    Property("KA-19", SAFETY, sealing, ("seals",)),
    Property("KA-20", SAFETY, sealing, ("seals", "opens")),
    Property("KA-21", SAFETY, sealing, ("opens",)),
)


def check(run: Run) -> Report:
    """Judges every property for which the run shows enough."""
    holds = {name: predicate(run) for name, (predicate, _) in FACTS.items()}
    judged, unjudged = [], {}
    violations: list[Violation] = []
    for row in PROPERTIES:
        lacking = next((name for name in row.needs if not holds[name]), None)
        if lacking is None:
            judged.append(row.name)
            violations += row.function(run)
        else:
            unjudged[row.name] = FACTS[lacking][1]
    return Report(tuple(judged), unjudged, tuple(violations))
