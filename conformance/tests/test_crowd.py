"""Crowds: who is to blame is found, nobody is blamed for another, and a crowd that passes answers for all."""

from __future__ import annotations

import pytest

from coterie_kit.crowd import MOST, Asking, apart
from coterie_kit.killing import Finding, Mutant
from coterie_kit.verdict import Verdict

SLUGS = ("frames.ping.magic", "frames.ping.version", "frames.ping.type")


def mutant(name: str, place: str = "") -> Mutant:
    return Mutant(name, ("REQ-FRM-3",), "altered", "Another thing is done.", place or f"frames:{name}")


MANY = tuple(mutant(f"rule-{number}") for number in range(MOST))


class Kit:
    """Judges crowds by what each mutant alone would come to; the worst of a crowd counts."""

    def __init__(self, faults: dict[str, Verdict], quarrel: frozenset[str] = frozenset()) -> None:
        self.faults, self.quarrel = faults, quarrel
        self.asked: list[tuple[tuple[str, ...], str]] = []

    def judge(self, names: tuple[str, ...], slugs: tuple[str, ...]) -> list[Finding]:
        self.asked += [(names, slug) for slug in slugs]
        worst = max((self.faults.get(name, Verdict.PASS) for name in names), key=list(Verdict).index)
        verdict = Verdict.FAIL if self.quarrel and self.quarrel <= set(names) else worst
        return [Finding(slug, verdict, (), "") for slug in slugs]


def told(kit: Kit, mutants: tuple[Mutant, ...] = MANY, slugs: tuple[str, ...] = SLUGS) -> list[Finding]:
    return list(Asking(kit.judge).findings((slug, mutants) for slug in slugs))


def test_every_mutant_is_asked_by_itself_though_all_of_them_pass() -> None:
    kit = Kit({})

    found = told(kit)

    assert len(kit.asked) == len(SLUGS)
    assert {(f.slug, f.mutant) for f in found} == {(slug, m.name) for slug in SLUGS for m in MANY}
    assert {f.verdict for f in found} == {Verdict.PASS}


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.CRASH, Verdict.HANG, Verdict.KIT_ERROR])
@pytest.mark.parametrize("guilty", ["rule-0", "rule-17", f"rule-{MOST - 1}"])
def test_neighbour_in_the_crowd_is_blamed(guilty: str, verdict: Verdict) -> None:
    found = told(Kit({guilty: verdict}))

    assert {f.mutant for f in found if f.verdict is not Verdict.PASS} == {guilty}
    assert [f.verdict for f in found if f.mutant == guilty] == [verdict] * len(SLUGS)
    assert len(found) == len(SLUGS) * len(MANY)


def test_mutant_that_nobody_can_speak_with_spoils_crowd_after_crowd() -> None:
    kit = Kit({"rule-3": Verdict.INCONCLUSIVE})

    told(kit)

    crowds = [(names, slug) for names, slug in kit.asked if "rule-3" in names and len(names) > 1]
    assert {slug for _, slug in crowds} == {SLUGS[0]}
    assert [slug for names, slug in kit.asked if names == ("rule-3",)][-len(SLUGS) :] == list(SLUGS)


def test_two_that_only_disagree_with_each_other_are_blamed() -> None:
    found = told(Kit({}, quarrel=frozenset({"rule-1", f"rule-{MOST - 2}"})))

    assert {f.verdict for f in found} == {Verdict.PASS}
    assert len(found) == len(SLUGS) * len(MANY)


def test_one_peer_is_two_mutants_of_the_same_place() -> None:
    three = [mutant("a", "frames:magic"), mutant("b", "frames:magic"), mutant("c", "frames:type")]

    assert apart(three) == [("a", "c"), ("b",)]
    assert apart(MANY, most=MOST - 1) == [tuple(m.name for m in MANY[:-1]), (MANY[-1].name,)]
