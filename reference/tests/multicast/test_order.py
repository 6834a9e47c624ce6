"""Total order: whatever the network does, all deliver the same messages in the same order."""

from __future__ import annotations

import pytest

from reference.tests.multicast.circle import Circle, rough


@pytest.mark.parametrize("seed", range(6))
def test_members_disagree_about_the_order_when_frames_are_lost_doubled_and_shuffled(seed: int) -> None:
    circle = Circle(4, seed)
    circle.fate = rough
    for number in range(40):
        sender = circle.chance.choice(circle.members)
        circle.send(sender, b"%d of %s" % (number, sender.name.encode()))
        circle.run(circle.chance.randint(0, 20))
    circle.run(4000)

    first = circle.members[0].order()
    assert len(first) == 40
    for member in circle.members:
        assert member.order() == first
        assert member.fact("unstable") == 0
        assert member.machine.idle


def test_message_is_delivered_before_all_senders_were_heard() -> None:
    circle = Circle(3)
    ada, bob, cyd = circle.members
    circle.send(ada, b"hello")
    circle.run(0)
    circle.run(1)

    assert ada.heard() == []
    circle.run(5)
    assert ada.heard() == bob.heard() == cyd.heard() == [b"hello"]
