"""Rules of stored values as rows: how each is broken, and what its conforming twins are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._values import Made, Scene

__all__ = ["Rule", "good_info", "good_kinds", "register"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of envelopes: how it is broken, and what its conforming twins are."""

    name: str
    reqs: tuple[str, ...]
    reason: str
    bad: Callable[[Scene], Made]
    good: Callable[[Scene], Made]
    also_read: bool = True

    def story(self, judge: Judge) -> None:
        """Every fault is refused, and every twin taken."""
        scene = Scene(judge)
        scene.refuses(self.bad(scene), self.reason, reqs=self.reqs, also_read=self.also_read)
        scene.takes(self.good(scene), reqs=self.reqs)


def register(rules: Iterable[Rule], module: str) -> None:
    """Makes a case of each rule, in the module that calls."""
    for rule in rules:
        case(
            f"values.{rule.name}", reqs=rule.reqs, type="ENVELOPE", operator=rule.name.replace(".", "-"),
            cls="overlay", tier=0, fresh=True,
        )(_told(rule, module))  # fmt: skip


def _told(rule: Rule, module: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        rule.story(judge)

    story.__module__ = module
    return story


def good_info(scene: Scene) -> Made:
    """A good envelope about an open group."""
    by = scene.publisher()
    return {"twin": scene.stored(by, scene.info(by))}


def good_kinds(scene: Scene) -> Made:
    """A good envelope of each kind."""
    by = scene.publisher()
    made = {"info": scene.info(by), "members": scene.member(by), "list": scene.entry(by)}
    return {name: scene.stored(by, envelope) for name, envelope in made.items()}
