"""Requests and their answers: what nobody asked for, what was asked too often, and what is refused."""

from __future__ import annotations

import pytest

from coterie import registry
from coterie.vocabulary import NodeId
from coterie.wire.bodies import Body, Depart, Fetch, Find, Nodes, Refuse, Store, Stored, Values
from reference.tests.overlay.commons import Commons, contacts, facts
from reference.tests.overlay.puppet import acquainted, heard, row, rows, say, sealed, sequences
from reference.tests.peer.network import OVERLAY, Host

TARGET = bytes(range(32))
FIRST_PAGE = Fetch(TARGET, NodeId(bytes(32)), bytes(16))


def asked(count: int = 2) -> tuple[Commons, Host, list[Host], int]:
    """A host that has asked the first of its puppets for a target, and the number of that FIND."""
    commons = Commons()
    host, *puppets = commons.settle(f"peer {number}" for number in range(count + 1))
    acquainted(commons, puppets[0], host=host)
    commons.dead.update(puppet.address for puppet in puppets)
    host.peer.find(OVERLAY, TARGET, commons.now)
    commons.collect(host)
    (number,) = sequences(commons, puppets[0], "FIND")
    return commons, host, puppets, number


def test_answer_of_another_peer_counts() -> None:
    commons, host, (first, second), number = asked()
    commons.dead.discard(second.address)
    acquainted(commons, second, host=host)

    assert say(commons, second, host, Nodes(number, ())) == "unexpected-reply"
    assert say(commons, first, host, Nodes(number + 1, ())) == "unexpected-reply"
    assert say(commons, first, host, Nodes(number, ())) == ""


@pytest.mark.parametrize("wrong", [Stored, lambda number: Values(number, 0, ())], ids=["stored", "values"])
def test_answer_to_another_question_counts(wrong) -> None:  # type: ignore[no-untyped-def]
    commons, host, (first, _), number = asked()

    assert say(commons, first, host, wrong(number)) == "unexpected-reply"
    assert facts(host)["requests"] == 1


def test_answer_counts_twice_or_too_late() -> None:
    commons, host, (first, _), number = asked()
    commons.run(1000)
    (_, again) = sequences(commons, first, "FIND")

    assert say(commons, first, host, Nodes(number, ())) == "unexpected-reply"
    assert say(commons, first, host, Nodes(again, ())) == ""
    assert say(commons, first, host, Nodes(again, ())) == "unexpected-reply"


def test_refusal_is_taken_for_silence() -> None:
    commons, host, (first, _), number = asked()
    find = registry.frame_type("FIND").code

    assert say(commons, first, host, Refuse(number, 0x0A02, registry.frame_type("STORE").code)) != ""
    assert say(commons, first, host, Refuse(number, 0x0A02, find)) == ""
    commons.run(3000)

    (told,) = host.told("refused")
    assert told.fields == {"node": first.node, "reason": "not-a-peer", "type": find, "sequence": number}
    assert len(sequences(commons, first, "FIND")) == 1
    assert contacts(host) == [first.node]
    (found,) = host.told("found")
    assert found.fields["nodes"] == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [(Store(b""), "count-out-of-range"), (Store(b"none"), "bad-envelope")],
    ids=["structure", "later"],
)
def test_peer_never_learns_why_it_was_refused(body: Body, reason: str) -> None:
    commons = Commons()
    host, puppet = commons.settle("ab")
    acquainted(commons, puppet, host=host)

    assert say(commons, puppet, host, body) == reason

    (refuse,) = heard(commons, puppet, "REFUSE")
    assert refuse.refused_sequence == puppet.inside.standing.sequence
    assert refuse.reason == registry.reason(reason).code
    assert refuse.refused_type == registry.frame_type("STORE").code


def test_peer_asks_as_often_as_it_likes() -> None:
    commons = Commons()
    host, puppet, other = commons.settle("abc")
    acquainted(commons, puppet, other, host=host)
    commons.mono = 5000
    for number in range(128):
        assert say(commons, puppet, host, FIRST_PAGE if number % 2 else Find(TARGET)) == ""
    sent = len(commons.wire)

    assert say(commons, puppet, host, Store(b"none")) == "too-many-requests"
    assert len(commons.wire) == sent
    assert say(commons, other, host, Find(TARGET)) == ""
    commons.mono = 5999
    assert say(commons, puppet, host, Find(TARGET)) == "too-many-requests"
    commons.mono = 6000
    assert say(commons, puppet, host, Find(TARGET)) == ""


def test_peer_that_goes_and_comes_has_a_second_of_its_own() -> None:
    commons = Commons()
    host, puppet = commons.settle("ab")
    acquainted(commons, puppet, host=host)
    commons.mono = 5000
    for _ in range(128):
        say(commons, puppet, host, Find(TARGET))

    assert say(commons, puppet, host, Depart()) == ""
    commons.dead.clear()
    acquainted(commons, puppet, host=host)

    assert say(commons, puppet, host, Find(TARGET)) == "too-many-requests"


def test_find_tells_the_asker_of_itself_or_of_the_farthest() -> None:
    commons = Commons()
    host, *puppets = commons.settle(f"peer {number}" for number in range(12))
    acquainted(commons, *puppets, host=host)
    asker, others = puppets[0], [each for each in puppets[1:] if each.node in contacts(host)]

    assert say(commons, asker, host, Find(TARGET)) == ""

    (nodes,) = heard(commons, asker, "NODES")
    assert nodes.request == asker.inside.standing.sequence
    assert nodes.neighbours == rows(TARGET, *others)[:8]
    assert len(nodes.neighbours) == 8


@pytest.mark.parametrize(
    ("order", "reason"),
    [((1, 0), "bad-nodes"), ((0, 0), "bad-nodes"), ((0, 1), "")],
    ids=["descending", "twice", "ascending"],
)
def test_rows_in_any_order_are_believed(order: tuple[int, ...], reason: str) -> None:
    commons, host, puppets, number = asked(3)
    stated = rows(TARGET, *puppets[1:])

    said = say(commons, puppets[0], host, Nodes(number, tuple(stated[at] for at in order)))

    assert said == reason
    assert facts(host)["requests"] == (1 if reason else 0)
    assert host.peer.inspect(OVERLAY)["handshakes"] == (0 if reason else 2)


def test_row_without_an_address_is_believed() -> None:
    from coterie.wire.bodies import Neighbour
    from coterie.wire.contact import NO_CONTACT

    commons, host, (first, second), number = asked()

    for address in (
        NO_CONTACT,
        row(second.node, second).contact.__class__(bytes(10) + b"\xff\xff" + bytes(4), 1),
    ):
        stated = Nodes(number, (Neighbour(second.node, address),))
        assert say(commons, first, host, stated) == "bad-contact"


def test_peer_is_sent_to_itself() -> None:
    commons, host, (first, second), number = asked()
    stated = sorted(
        [row(host.node, second), row(second.node, host)],
        key=lambda each: int.from_bytes(each.node_id, "big") ^ int.from_bytes(TARGET, "big"),
    )

    assert say(commons, first, host, Nodes(number, tuple(stated))) == ""

    assert facts(host)["handshakes"] == 0
    assert len(host.told("found")) == 1


def test_one_address_is_greeted_under_many_names() -> None:
    commons, host, (first, second), number = asked()
    stated = sorted(
        [row(bytes([name]) + bytes(31), second) for name in range(8)],
        key=lambda each: int.from_bytes(each.node_id, "big") ^ int.from_bytes(TARGET, "big"),
    )

    assert say(commons, first, host, Nodes(number, tuple(stated))) == ""
    commons.run(2999)
    assert len(heard(commons, second, "HELLO1")) == 12
    commons.run(8000)

    assert len({each.nonce for each in heard(commons, second, "HELLO1")}) == 1


def test_departed_peer_is_still_asked() -> None:
    commons, host, (first, _), number = asked()

    assert say(commons, first, host, Depart()) == ""

    assert [event.fields for event in host.told("forgotten")] == [{"node": first.node, "why": "departed"}]
    assert facts(host)["contacts"] == []
    assert len(host.told("found")) == 1
    assert say(commons, first, host, Nodes(number, ())) == "no-session"


@pytest.mark.parametrize("later", [0, 100])
def test_farewell_of_yesterday_ends_a_session_of_today(later: int) -> None:
    commons = Commons()
    host, puppet = commons.settle("ab")
    acquainted(commons, puppet, host=host)
    farewell = puppet.inside.standing.sign(host.node, Depart())
    find = puppet.inside.standing.sign(host.node, Find(TARGET))
    assert commons.deliver(puppet.address, host, farewell) == ""
    puppet.inside.standing.sequence += later
    commons.dead.clear()
    commons.greet(puppet, host)
    commons.run(50)

    reasons = {commons.deliver(puppet.address, host, frame) for frame in (farewell, find)}

    assert reasons == {"too-old" if later else "replayed"}
    assert contacts(host) == [puppet.node]


def test_peer_leaves_without_a_word() -> None:
    commons = Commons()
    host, *others = commons.gather(5)

    commons.leave(host)
    commons.run(50)

    assert host.events[-1].name == "left"
    assert all(host.node not in contacts(other) for other in others)
    assert facts(host)["sessions"] == []
    assert all(len(heard(commons, other, "DEPART")) == 1 for other in others)


def test_peer_that_left_goes_on_with_what_it_had_begun() -> None:
    commons = Commons()
    host, *_ = commons.gather(5)
    commons.publish(host, b"value")
    host.peer.find(OVERLAY, TARGET, commons.now)

    commons.leave(host)
    sent = len(commons.wire)
    commons.run(700_000)

    assert not [host for source, _, _ in commons.wire[sent:] if source is host]
    assert facts(host)["lookups"] == facts(host)["requests"] == 0
    assert facts(host)["held"] == facts(host)["published"] == []
    assert host.peer.next_wake() is None


def test_value_of_another_is_stored() -> None:
    commons = Commons()
    host, puppet, other = commons.settle("abc")
    acquainted(commons, puppet, host=host)

    assert say(commons, puppet, host, Store(sealed(other))) == "foreign-value"
