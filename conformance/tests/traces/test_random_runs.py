"""Runs of a model that keeps all promises: none is called broken, and each small damage to one is noticed."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from conformance.tests.traces.story import Line, Message, Story, nodes
from coterie_kit.traces import check, run_from_records

LETTERS = "abcdef"


class Model:
    """Views over one sequence of messages each: whoever is in a view delivers a prefix of it."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.story = Story(LETTERS, self.chance.choice(["timestamp-ordered", "safe"]))
        self.number = 0
        self.parts: dict[str, list[Message]] = {}
        self.done: dict[str, int] = {}
        self.parting([LETTERS])

    def parting(self, components: list[str]) -> None:
        """Each component becomes a view; those of one former view first deliver what any of them needs."""
        before = {letter: self.course(letter) for letter in LETTERS}
        reached = dict(self.done)
        for component in components:
            self.number += 1
            for letter in component:
                together = [one for one in component if before[one] is before[letter]]
                self.finish(letter, together, max(reached.get(one, 0) for one in together))
            self.story.install(self.number, component)
            for letter in component:
                self.remove_second_signal(letter)
        for component in components:
            course: list[Message] = []
            for letter in component:
                self.parts[letter], self.done[letter] = course, 0

    def course(self, letter: str) -> list[Message]:
        return self.parts.setdefault(letter, [])

    def finish(self, letter: str, together: list[str], common: int) -> None:
        """All deliver what one of them did, and then of the rest what they sent themselves."""
        view = self.story.members[letter].view
        if view is None:
            return
        self.deliver(letter, common)
        self.story.line(letter, "transitional", view=view, together=nodes(sorted(together)))
        rest = self.course(letter)[common:]
        self.story.deliver(letter, *(message for message in rest if message.sender in together))

    def remove_second_signal(self, letter: str) -> None:
        lines = self.story.members[letter].lines
        signals = [line for line in lines if line["event"] == "transitional"]
        if len(signals) > 1 and signals[-1]["view"] == signals[-2]["view"]:
            self.story.remove(letter, signals[-1])

    def deliver(self, letter: str, until: int) -> None:
        course = self.course(letter)
        self.story.deliver(letter, *course[self.done[letter] : until])
        self.done[letter] = max(until, self.done[letter])

    def step(self) -> None:
        letter = self.chance.choice(LETTERS)
        if self.chance.random() < 0.5:
            self.course(letter).append(self.story.send(letter))
            return
        course = self.course(letter)
        if self.story.members[letter].service != "safe":
            self.deliver(letter, self.chance.randint(self.done[letter], len(course)))

    def split(self) -> None:
        mixed = "".join(self.chance.sample(LETTERS, len(LETTERS)))
        cut = self.chance.randrange(len(LETTERS))
        components = ["".join(sorted(part)) for part in (mixed[:cut], mixed[cut:]) if part]
        for component in components:
            self.story.suspect(component[0], "".join(set(LETTERS) - set(component)))
            for letter in component:
                self.story.suspect(letter, "".join(set(LETTERS) - set(component)))
        self.parting(components)


def told(seed: int) -> Story:
    model = Model(seed)
    for _ in range(6):
        for _ in range(25):
            model.step()
        model.split()
    return model.story


@pytest.mark.parametrize("seed", range(40))
def test_run_that_keeps_all_promises_is_called_broken(seed: int) -> None:
    report = told(seed).report

    assert [f"{one.property} {one.sentence}" for one in report.violations] == []
    assert {"VS-10", "TO-2", "TO-3", "TO-5", "RL-2", "KA-17"} <= set(report.judged)


def lose(lines: list[Line], place: int) -> None:
    del lines[place]


def repeat(lines: list[Line], place: int) -> None:
    lines.insert(place, dict(lines[place]))


def forge(lines: list[Line], place: int) -> None:
    lines[place] = {**lines[place], "digest": "0" * 32}


def put_back(lines: list[Line], place: int) -> None:
    later = next(at for at in range(place + 1, len(lines)) if lines[at]["event"] == "deliver")
    lines[place], lines[later] = lines[later], lines[place]


DAMAGES: list[tuple[Callable[[list[Line], int], None], set[str]]] = [
    (lose, {"VS-10", "TO-2", "TO-4", "RL-2", "TO-8"}),
    (repeat, {"VS-2"}),
    (forge, {"VS-1"}),
    (put_back, {"TO-1", "VS-4"}),
]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("damage", "possible"), DAMAGES, ids=lambda value: getattr(value, "__name__", ""))
def test_damage_to_a_sound_run_is_not_noticed(
    damage: Callable[[list[Line], int], None], possible: set[str], seed: int
) -> None:
    chance = random.Random(seed)
    records = told(seed).records
    # a node that went on with others, so that what it delivered before can be compared
    candidates = [
        (lines, place)
        for lines in records
        for place, line in enumerate(lines)
        if line["event"] == "deliver"
        and any(
            one["event"] == "view" and len(one["together"]) > 1 and one["previous"] == line["view"]
            for one in lines[place:]
        )
        and sum(one["event"] == "deliver" for one in lines[place:]) > 1
    ]
    lines, place = chance.choice(candidates)
    damage(lines, place)
    for own in records:
        own[:] = [{**line, "i": at} for at, line in enumerate(own)]

    violated = {one.property for one in check(run_from_records(records)).violations}

    assert violated & possible
