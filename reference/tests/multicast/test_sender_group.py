"""Who may send: the way in and the way out, each at one place of the order."""

from __future__ import annotations

from dataclasses import replace

from coterie import registry
from coterie.wire.bodies import Data, Message, SenderRequest
from reference.tests.multicast.circle import BASE, Circle, losing, name_of, perfect, rough, sealed

ADD = registry.codes("payload-kind")["sender-add"]
REMOVE = registry.codes("payload-kind")["sender-remove"]


def test_member_outside_the_group_sends_before_its_add() -> None:
    circle = Circle(3, senders=[0])
    ada, bob, cyd = circle.members
    circle.send(cyd, b"may I")
    circle.run(0)
    assert [name_of(datagram) for _, _, datagram in circle.wire] == ["SENDER"]

    circle.run(20)

    assert ada.heard() == bob.heard() == cyd.heard() == [b"may I"]
    added = cyd.told("sender-added")[0].fields
    assert added["member"] == cyd.node
    assert cyd.told("sent")[0].fields["timestamp"] > added["timestamp"]  # type: ignore[operator]
    assert ada.fact("senders") == bob.fact("senders") == cyd.fact("senders") == (ada.node, cyd.node)


def test_request_that_was_lost_is_never_made_again_or_adds_twice() -> None:
    circle = Circle(2, senders=[0])
    ada, bob = circle.members
    circle.fate = losing("SENDER", [ada])
    circle.send(bob, b"may I")
    circle.run(600)
    asked = [datagram for _, _, datagram in circle.wire if name_of(datagram) == "SENDER"]
    assert len(asked) == len(set(asked)) == 3

    circle.fate = losing("DATA", [bob])
    circle.run(600)
    circle.fate = perfect
    circle.run(600)

    assert ada.heard() == bob.heard() == [b"may I"]
    assert len(ada.told("sender-added")) == len(bob.told("sender-added")) == 1
    assert ada.machine._view is not None
    assert ada.machine._view.own_stream.contiguous == 1


def test_newcomer_stamps_into_the_past_of_the_order() -> None:
    circle = Circle(3, senders=[0, 1])
    ada, bob, cyd = circle.members
    early = sealed(cyd, 7, Data(0, 1, (Message(BASE + 1, 0, 0, 1, b"backdated"),)))
    assert circle.deliver(bob, early) == ""
    circle.send(ada, b"one")
    circle.run(50)
    assert circle.deliver(ada, sealed(cyd, 500, SenderRequest(1))) == ""
    circle.run(50)
    assert ada.fact("senders") == bob.fact("senders") == (ada.node, bob.node, cyd.node)

    assert circle.refuses(ada, early) == "broken-promise"
    circle.run(50)
    assert b"backdated" not in ada.heard() + bob.heard() + cyd.heard()


def test_silent_member_is_waited_for_until_the_end_of_days() -> None:
    circle = Circle(3)
    ada, bob, cyd = circle.members
    circle.send(bob, b"I was here")
    circle.run(9_900)
    assert len(ada.fact("senders")) == 3  # type: ignore[arg-type]

    circle.run(300)

    assert ada.fact("senders") == bob.fact("senders") == cyd.fact("senders") == (ada.node,)
    assert [event.fields["member"] for event in ada.told("sender-removed")] == [
        event.fields["member"] for event in cyd.told("sender-removed")
    ]
    circle.send(bob, b"and again")
    circle.run(50)
    assert ada.heard() == bob.heard() == cyd.heard() == [b"I was here", b"and again"]


def test_order_breaks_while_members_come_and_go_on_a_rough_network() -> None:
    circle = Circle(4, seed=6, senders=[0])
    circle.fate = rough
    for number in range(12):
        circle.send(circle.chance.choice(circle.members), b"%d" % number)
        circle.run(circle.chance.choice([5, 300, 4000]))
    circle.run(14_000)

    orders = [member.order() for member in circle.members]
    assert len(orders[0]) == 12
    assert all(order == orders[0] for order in orders)
    changes = [
        [(event.name, event.fields["member"], event.fields["timestamp"]) for event in member.events
         if event.name in ("sender-added", "sender-removed")]
        for member in circle.members
    ]  # fmt: skip
    assert len(changes[0]) > 4
    assert all(change == changes[0] for change in changes)


def test_message_after_the_own_remove_is_delivered() -> None:
    circle = Circle(2)
    ada, bob = circle.members
    gone = Message(BASE + 1, REMOVE, 0, 1, b"")
    after = Message(BASE + 2, 0, 0, 1, b"and another thing")

    assert circle.deliver(ada, sealed(bob, 0, Data(0, 1, (gone, after)))) == ""

    assert ada.heard() == []
    assert ada.fact("senders") == (ada.node,)


def test_change_of_the_group_that_nobody_may_make_has_effect() -> None:
    circle = Circle(3, senders=[0, 1])
    ada, bob, cyd = circle.members
    add = Message(BASE + 1, ADD, 0, 1, b"\0\2")
    remove = replace(add, kind=REMOVE, payload=b"")

    def after(sender: object, victim: object, *messages: Message) -> object:
        circle = Circle(3, senders=[0, 1])
        by_name = {member.name: member for member in circle.members}
        told = [replace(message, timestamp=BASE + at) for at, message in enumerate(messages, start=1)]
        assert circle.deliver(by_name[victim], sealed(by_name[sender], 0, Data(0, 1, tuple(told)))) == ""  # type: ignore[index]
        circle.run(1200)
        return by_name[victim].fact("senders")  # type: ignore[index]

    two, three = (ada.node, bob.node), (ada.node, bob.node, cyd.node)
    assert after("ada", "cyd", add) == three
    assert after("bob", "cyd", add) == two
    assert after("ada", "cyd", replace(add, payload=b"\0\3")) == two
    assert after("ada", "cyd", replace(add, payload=b"\2")) == two
    assert after("ada", "cyd", replace(add, fragment_count=1), replace(add, payload=b"\0\1")) == three
    halves = [
        replace(add, fragment_count=2, fragment_index=at, payload=b"\0\2"[at : at + 1]) for at in (0, 1)
    ]
    halves = [replace(half, timestamp=BASE + 1) for half in halves]
    circle = Circle(3, senders=[0, 1])
    assert circle.deliver(circle.members[2], sealed(circle.members[0], 0, Data(0, 1, tuple(halves)))) == ""
    circle.run(1200)
    assert circle.members[2].fact("senders") == two
    assert after("bob", "cyd", remove) == (ada.node,)
    assert after("bob", "cyd", replace(remove, payload=b"x")) == two
    assert after("ada", "cyd", remove) == two


def test_member_in_the_group_is_added_again() -> None:
    circle = Circle(2)
    ada, bob = circle.members

    assert circle.deliver(ada, sealed(bob, 0, SenderRequest(1))) == ""

    circle.run(50)
    assert [name_of(datagram) for member, _, datagram in circle.wire if member is ada] == []
