"""A crowd: one peer with several rules broken, asked a case that cites none of them.

No such case may fail, whichever of the rules is broken. So a case that passes a crowd has answered for all of
it, and only a crowd that it does not pass is halved, down to single mutants. Some mutants let hardly any case
get to its point, because nobody can speak with them any more: who was found so alone is asked alone from then
on, and does not spoil another crowd.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from coterie_kit.killing import Finding, Mutant
from coterie_kit.verdict import Verdict

__all__ = ["MOST", "Asking", "apart"]

MOST = 64  # in one crowd: enough for nearly all that one case meets, and halved six times at the most

Judge = Callable[[tuple[str, ...], tuple[str, ...]], list[Finding]]
"""Names of mutants that one peer is all at once, slugs; a finding for each slug."""


@dataclass(slots=True)
class Asking:
    """What comes of asking many cases of crowds. ``alone`` are the names of those who would spoil them, as
    far as they are known already."""

    judge: Judge
    alone: set[str] = field(default_factory=set)

    def findings(self, asked: Iterable[tuple[str, tuple[Mutant, ...]]]) -> Iterator[Finding]:
        """One finding for each case and mutant of ``asked``, which has slugs and whom they are asked of."""
        later: dict[str, list[str]] = {}
        for slug, mutants in asked:
            for crowd in apart(mutant for mutant in mutants if mutant.name not in self.alone):
                yield from self._halved(slug, crowd)
            for mutant in mutants:
                if mutant.name in self.alone:
                    later.setdefault(mutant.name, []).append(slug)
        for name, slugs in later.items():
            for found in self.judge((name,), tuple(slugs)):
                yield replace(found, mutant=name)

    def _halved(self, slug: str, names: tuple[str, ...]) -> Iterator[Finding]:
        (found,) = self.judge(names, (slug,))
        if found.verdict is Verdict.PASS:
            yield from (replace(found, mutant=name) for name in names)
        elif len(names) == 1:
            # asked again with the others of its kind, where it finds itself alone
            self.alone.update(names)
        else:
            middle = len(names) // 2
            yield from self._halved(slug, names[:middle])
            yield from self._halved(slug, names[middle:])


def apart(mutants: Iterable[Mutant], most: int = MOST) -> list[tuple[str, ...]]:
    """The names of ``mutants`` in crowds of at most ``most``, in none of which two break the same place."""
    crowds: list[dict[str, str]] = []
    for mutant in mutants:
        room = (crowd for crowd in crowds if len(crowd) < most and mutant.place not in crowd)
        crowd = next(room, None)
        if crowd is None:
            crowds.append(crowd := {})
        crowd[mutant.place] = mutant.name
    return [tuple(crowd.values()) for crowd in crowds]
