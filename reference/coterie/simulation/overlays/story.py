"""What befalls a group in one run, drawn from its seed: who comes, what goes wrong when, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

from coterie.simulation.chance import stream

Kind = Literal["leave", "crash", "restart", "cut", "loss"]
Beginning = Literal["one", "race", "apart"]
End = Literal["stay", "leave", "crash"]

KINDS: tuple[Kind, ...] = (
    "leave", "leave", "crash", "crash", "restart", "restart", "cut", "cut", "cut", "loss",
)  # fmt: skip
BEGINNINGS: tuple[Beginning, ...] = ("one", "one", "one", "one", "one", "race", "apart", "apart")
ENDS: tuple[End, ...] = ("stay", "leave", "leave", "crash")
SCOPES = ("main", "group", "both", "both")
MEMBERS = (4, 4, 5, 6)
FORGETFUL = 0.5
"""How often the members of a part soon forget those of the others, and only the main overlay unites them."""

COORDINATOR = 0.6
"""How often a fault befalls whoever coordinates then, and not just any member."""

BETWEEN_MS = (500, 20_000)
DOWN_MS = (500, 20_000)
CUT_MS = (3_000, 75_000)
LOSS_MS = (10_000, 30_000)
LOSSES = (10, 20, 30)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong `after` ms from the one before, for `lasts` ms where it has an end. `scope`
    is which overlay is cut, `percent` how much is lost."""

    kind: Kind
    after: int
    lasts: int = 0
    of_coordinator: bool = False
    scope: str = ""
    percent: int = 0


@dataclass(frozen=True, slots=True)
class Story:
    """A whole run. One creates the group at its beginning, two at once, or two that are apart for `apart` ms.
    `forgets` says that lost members are not looked for."""

    members: int
    beginning: Beginning
    faults: tuple[Fault, ...]
    end: End
    forgets: bool = False
    apart: int = CUT_MS[0]

    @property
    def is_rough(self) -> bool:
        """Whether something may be left behind of those who could not say goodbye to all."""
        return self.beginning == "apart" or any(fault.kind != "leave" for fault in self.faults)


def draw(seed: int) -> Story:
    """The story of a seed."""
    chance = stream(seed, "story")
    faults = tuple(_fault(chance, chance.choice(KINDS)) for _ in range(chance.randint(1, 3)))
    members, beginning, end = chance.choice(MEMBERS), chance.choice(BEGINNINGS), chance.choice(ENDS)
    return Story(members, beginning, faults, end, chance.random() < FORGETFUL, chance.randint(*CUT_MS))


def _fault(chance: Random, kind: Kind) -> Fault:
    after, of_coordinator = chance.randint(*BETWEEN_MS), chance.random() < COORDINATOR
    match kind:
        case "leave" | "crash":
            return Fault(kind, after, 0, of_coordinator)
        case "restart":
            return Fault(kind, after, chance.randint(*DOWN_MS), of_coordinator)
        case "cut":
            return Fault(kind, after, chance.randint(*CUT_MS), scope=chance.choice(SCOPES))
        case "loss":
            return Fault(kind, after, chance.randint(*LOSS_MS), percent=chance.choice(LOSSES))
