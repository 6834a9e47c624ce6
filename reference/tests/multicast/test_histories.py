"""Whole histories on rough networks: crashes, second thoughts of proposers, members that come and go.

What must hold is said by `judge`: those who go from one view into the next together delivered the same in the
first; everyone's deliveries are one order; nobody's own words are lost to itself; nothing is told twice.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from reference.tests.multicast.circle import Circle, Member, rough


def in_view(member: Member, view: object) -> list[tuple[object, ...]]:
    return [row for row in member.order() if row[0] == view]


def judge(members: Sequence[Member], survivors: Sequence[Member]) -> None:
    for member in survivors:
        assert member.order() == survivors[0].order()
        words = [event.fields["payload"] for event in member.told("sent") if not event.fields["proxied"]]
        assert [row[4] for row in member.order() if row[1] == member.node and not row[5]] == words
    safe = survivors[0].fact("service") == "safe"
    for member in members:
        rows = member.order()
        assert len({row[4] for row in rows}) == len(rows)
        for view in {row[0] for row in rows}:
            theirs, ours = in_view(member, view), in_view(survivors[0], view)
            if safe:
                # what the dead were told, the living were told as well
                assert theirs == ours[: len(theirs)]
            common = [row for row in theirs if row in ours]
            assert common == [row for row in ours if row in theirs]


def talk(circle: Circle, members: Sequence[Member], count: int) -> None:
    for _ in range(count):
        sender = circle.chance.choice(members)
        size = circle.chance.choice([10, 10, 10, 700, 3000])
        circle.sayings += 1
        words = (b"%d of %s " % (circle.sayings, sender.name.encode())).ljust(size, b".")
        circle.send(sender, words, proxy=circle.chance.random() < 0.2 and size < 1000)
        circle.run(circle.chance.choice([0, 0, 3, 30]))


@pytest.mark.parametrize("service", ["timestamp-ordered", "safe"])
@pytest.mark.parametrize("seed", range(8))
def test_members_that_stay_together_end_up_with_different_histories(seed: int, service: str) -> None:
    circle = Circle(6, seed, senders=[0, 1, 2], service=service)
    circle.fate = rough
    alive = list(circle.members)
    while len(alive) > 2:
        talk(circle, alive, 15)
        gone = circle.chance.choice(alive)
        gone.dead = True
        alive.remove(gone)
        if circle.chance.random() < 0.5:
            # a proposer that fails between INSTALL and the view: another one proposes
            circle.recover(alive, circle.freeze(alive))
            circle.run(circle.chance.choice([0, 10, 40, 200]))
            talk(circle, alive, 3)
        circle.recover(alive, circle.freeze(alive))
        for _ in range(100):
            if all(member.machine.recovered for member in alive):
                break
            circle.run(100)
        senders = {0, *(at for at in range(1, len(alive)) if circle.chance.random() < 0.5)}
        circle.install(alive, senders)
    talk(circle, alive, 10)
    circle.run(8000)

    judge(circle.members, alive)
    for member in alive:
        assert member.machine.idle
        assert member.fact("unstable") == member.fact("waiting") == 0
        assert set(member.refused) <= {"duplicate", "unknown-view", "view-frozen"}
