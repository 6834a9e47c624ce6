"""Cases: what is judged. A module of ``coterie_kit.suite`` registers its cases with the decorator ``case``.

A case has an immutable slug ``area.topic.fault``, cites one to four requirements, names the frame or
document type that it is about and the one mutation that it applies (``conforming``, or
``conforming-<variation>``, when it applies none). Cases count once by (requirements, type, operator):
positions and lengths are checks inside.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from coterie_kit.faults import KitError

if TYPE_CHECKING:
    from coterie_kit.judge import Judge

__all__ = ["CLASSES", "MOST_REQUIREMENTS", "Case", "case", "registered", "suite_modules"]

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*){2,7}")
OPERATOR = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
REQUIREMENT = re.compile(r"REQ-[A-Z]{3}-[0-9]+")
CLASSES = ("documents", "overlay", "groups", "member", "receiver")
MOST_REQUIREMENTS = 4
CONFORMING = "conforming"

Story = Callable[["Judge"], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its address, what it cites, what the peer must declare for it, and its story."""

    slug: str
    reqs: tuple[str, ...]
    type: str
    operator: str
    cls: str
    tier: int
    story: Story
    fresh: bool = False
    suites: tuple[int, ...] = ()
    determinism: str = ""
    module: str = ""

    @property
    def key(self) -> tuple[tuple[str, ...], str, str]:
        """What a case counts once by."""
        return (tuple(sorted(self.reqs)), self.type, self.operator)


_REGISTERED: dict[str, Case] = {}


def case(  # noqa: PLR0913 - the head of a case is one line of facts, all of them named
    slug: str,
    *,
    reqs: Iterable[str],
    type: str,  # noqa: A002 - the noun of the draft
    operator: str,
    cls: str = "member",
    tier: int = 1,
    fresh: bool = False,
    suites: Iterable[int] = (),
    determinism: str = "",
) -> Callable[[Story], Story]:
    """Registers the decorated function ``story(judge)`` as the case ``slug``.

    ``fresh``: the inputs are drawn from ``judge.random`` and the expected values computed by the kit.
    ``suites``: suites that the peer must offer; ``determinism``: level that it must declare ("D3").
    KitError when the head is malformed, or the slug is taken.
    """

    def register(story: Story) -> Story:
        add(
            Case(
                slug, tuple(reqs), type, operator, cls, tier, story, fresh, tuple(suites), determinism,
                getattr(story, "__module__", ""),
            )
        )  # fmt: skip
        return story

    return register


def add(new: Case) -> None:
    """Registers ``new`` after looking at its head."""
    problem = fault(new)
    if problem:
        message = f"case {new.slug!r} {problem}"
        raise KitError(message)
    _REGISTERED[new.slug] = new


def fault(new: Case) -> str:
    """What is wrong with the head of ``new``; empty when nothing is."""
    rules = (
        (bool(SLUG.fullmatch(new.slug)), "has a slug that is not area.topic.fault in lower case"),
        (new.slug not in _REGISTERED, "is registered twice"),
        (1 <= len(new.reqs) <= MOST_REQUIREMENTS, f"cites {len(new.reqs)} requirements, not 1 to 4"),
        (len(set(new.reqs)) == len(new.reqs), "cites a requirement twice"),
        (all(REQUIREMENT.fullmatch(req) for req in new.reqs), "cites what is no requirement id"),
        (bool(new.type), "names no frame or document type (write 'none' where there is none)"),
        (bool(OPERATOR.fullmatch(new.operator)), "has an operator that is not lower-case words and hyphens"),
        (new.cls in CLASSES, f"is of class {new.cls!r}, which is none of {', '.join(CLASSES)}"),
        (new.tier in {0, 1, 2}, f"is of tier {new.tier!r}"),
    )
    return next((sentence for holds, sentence in rules if not holds), "")


def suite_modules(folder: Path | None = None) -> list[str]:
    """Names of the modules of the packaged suite, in order; those that begin with ``_`` are not cases."""
    where = folder or Path(__file__).parent / "suite"
    names = [path.stem for path in sorted(where.glob("*.py"))]
    return [f"coterie_kit.suite.{name}" for name in names if not name.startswith("_")]


def registered(modules: Iterable[str] | None = None) -> list[Case]:
    """The cases of ``modules`` (default: of the whole packaged suite), in the order of their registration."""
    names = list(modules) if modules is not None else suite_modules()
    for name in names:
        if name not in sys.modules:
            import_module(name)
    wanted = set(names)
    return [found for found in _REGISTERED.values() if found.module in wanted]
