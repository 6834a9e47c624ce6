"""Publishing and fetching: what one peer says is there as long as it says so, and no longer."""

from __future__ import annotations

from typing import Any

import pytest

from coterie.errors import LocalError
from coterie.overlay import fetching
from coterie.peer import ResourceName, Value
from coterie.vocabulary import Now
from coterie.wire import envelopes
from coterie.wire.bodies import Nodes, Stored, Values
from reference.tests.overlay.commons import MEMBERS, RESOURCE, SLOT, Commons, closest, contacts, facts
from reference.tests.overlay.puppet import acquainted, heard, rows, say, sealed, sequences
from reference.tests.peer.network import OVERLAY, WALL, Host, make_identity


def values(fetched: dict[str, Any]) -> list[bytes]:
    return [envelopes.decode(each).value for each in fetched["envelopes"]]


def key_of_members() -> bytes:
    from coterie.values.resource import Resource

    return Resource.of(*MEMBERS).key


def holders(hosts: list[Host]) -> list[Host]:
    return [host for host in hosts if facts(host)["held"]]


def test_value_is_held_by_others_than_the_closest() -> None:
    commons = Commons()
    hosts = commons.gather(12)

    told = commons.publish(hosts[3], b"value")

    assert told["stored"] == 8
    assert sorted(host.node for host in holders(hosts)) == sorted(closest(hosts, key_of_members()))
    assert told["sequence"] == facts(holders(hosts)[0])["held"][0]["sequence"]


def test_value_of_a_client_is_held_by_the_client() -> None:
    commons = Commons()
    hosts = commons.gather(4)
    (client,) = commons.settle(["client"], role="client")
    commons.join(client, hosts[0])
    commons.until_told([client], "entered")

    assert commons.publish(client, b"value")["stored"] == 4

    assert holders([*hosts, client]) == hosts
    assert values(commons.fetch(client)) == [b"value"]


def test_stranger_does_not_find_what_was_published() -> None:
    commons = Commons()
    hosts = commons.gather(10)
    for number, host in enumerate(hosts[:5]):
        commons.publish(host, b"%d" % number)

    fetched = [commons.fetch(host) for host in hosts]

    assert all(each["complete"] == 1 for each in fetched)
    # the newest first
    assert all(values(each) == [b"4", b"3", b"2", b"1", b"0"] for each in fetched)


def test_lonely_client_takes_silence_for_an_answer() -> None:
    commons = Commons()
    (client,) = commons.settle(["client"], role="client")

    assert commons.fetch(client)["complete"] == 0


def test_withdrawn_value_is_found() -> None:
    commons = Commons()
    hosts = commons.gather(5)
    commons.publish(hosts[0], b"value")

    told = commons.withdraw(hosts[0])

    assert told["stored"] == 5
    assert facts(hosts[0])["published"] == []
    assert values(commons.fetch(hosts[1])) == []
    assert [row["sequence"] for row in facts(hosts[1])["held"]] == [told["sequence"]]


def test_withdrawn_value_comes_back() -> None:
    commons = Commons()
    hosts = commons.gather(3)
    commons.publish(hosts[0], b"value")
    commons.withdraw(hosts[0])

    commons.run(700_000)

    assert values(commons.fetch(hosts[1])) == []


def test_nothing_is_withdrawn() -> None:
    commons = Commons()
    (host,) = commons.settle("a")

    with pytest.raises(LocalError, match="publish before"):
        host.peer.withdraw(OVERLAY, MEMBERS, bytes(16), commons.now)


def test_value_is_over_while_its_publisher_is_there() -> None:
    commons = Commons()
    hosts = commons.gather(4)
    first = commons.publish(hosts[0], b"value")
    began = commons.mono

    commons.run(299_000)
    assert len(hosts[0].told("published")) == 1
    commons.run(2000)
    commons.run(599_000)

    told = hosts[0].told("published")
    assert len(told) == 4
    sequences_ = [event.fields["sequence"] for event in told]
    assert sequences_ == sorted(set(sequences_))
    assert commons.mono - began > 600_000
    assert values(commons.fetch(hosts[1])) == [b"value"]
    assert first["sequence"] == sequences_[0]


def test_value_outlives_its_publisher_for_ever() -> None:
    commons = Commons()
    hosts = commons.gather(4)
    commons.publish(hosts[0], b"value", lifetime=60)

    commons.leave(hosts[0])
    commons.run(61_000)

    assert holders(hosts) == []
    assert values(commons.fetch(hosts[1])) == []


def test_sequence_goes_back_with_the_wall_clock() -> None:
    commons = Commons()
    (host,) = commons.settle(["client"], role="client")
    host.peer.publish(OVERLAY, Value(MEMBERS, bytes(16), 600, b"one"), commons.now)
    commons.collect(host)
    first = host.told("published")[-1].fields["sequence"]
    assert first == commons.now.wall_ms

    earlier = Now(commons.mono, WALL - 5000)
    host.peer.publish(OVERLAY, Value(MEMBERS, bytes(16), 600, b"two"), earlier)
    commons.collect(host)

    assert host.told("published")[-1].fields["sequence"] == commons.now.wall_ms + 1


def test_value_that_nobody_stored_is_given_up() -> None:
    commons = Commons()
    (client,) = commons.settle(["client"], role="client")
    assert commons.publish(client, b"value")["stored"] == 0
    (peer,) = commons.settle(["peer"])
    commons.greet(client, peer)

    commons.run(9_900)
    assert len(client.told("published")) == 1
    commons.run(200)

    assert client.told("published")[-1].fields["stored"] == 1
    assert values(commons.fetch(client)) == [b"value"]


@pytest.mark.parametrize(
    "changes",
    [
        {"value": b""},
        {"value": bytes(8193)},
        {"lifetime": 59},
        {"lifetime": 86_401},
        {"slot": SLOT},
        {"resource": RESOURCE},
        {"resource": ResourceName("group-list", b"name")},
        {"resource": ResourceName("gardens", b"name")},
        {"leaf": make_identity("somebody else").leaf},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_peer_asks_others_to_store_what_nobody_takes(changes: dict[str, Any]) -> None:
    commons = Commons()
    (host,) = commons.settle("a")
    given: dict[str, Any] = {"resource": MEMBERS, "slot": bytes(16), "lifetime": 600, "value": b"v"}

    with pytest.raises(LocalError):
        host.peer.publish(OVERLAY, Value(**given | changes), commons.now)

    assert facts(host)["published"] == []
    assert facts(host)["lookups"] == 0


def test_peer_publishes_more_than_anybody_stores() -> None:
    commons = Commons()
    (host,) = commons.settle("a")
    for number in range(64):
        name = ResourceName("group-members", b"%d" % number)
        host.peer.publish(OVERLAY, Value(name, bytes(16), 600, b"v"), commons.now)

    with pytest.raises(LocalError, match="withdraw"):
        host.peer.publish(OVERLAY, Value(MEMBERS, bytes(16), 600, b"v"), commons.now)


def alone_with(count: int) -> tuple[Commons, Host, list[Host]]:
    """A client that knows silent puppets and nobody else."""
    commons = Commons()
    puppets = commons.settle(f"puppet {number}" for number in range(count))
    (host,) = commons.settle(["client"], role="client")
    acquainted(commons, *puppets, host=host)
    return commons, host, puppets


def fetching_from(commons: Commons, host: Host, puppets: list[Host]) -> None:
    """The client fetches, and its lookup has found the puppets."""
    host.peer.fetch(OVERLAY, MEMBERS, commons.now)
    commons.collect(host)
    answered: set[int] = set()
    for _ in range(2 * len(puppets)):
        for puppet in puppets:
            for number in sequences(commons, puppet, "FIND"):
                if number not in answered:
                    answered.add(number)
                    assert say(commons, puppet, host, Nodes(number, ())) == ""


def page(commons: Commons, puppet: Host, host: Host, *held: bytes, more: int = 0) -> str:
    """The puppet answers the FETCH that was sent to it last."""
    return say(commons, puppet, host, Values(sequences(commons, puppet, "FETCH")[-1], more, held))


@pytest.mark.parametrize(("answers", "complete"), [(0, 0), (2, 0), (3, 1), (4, 1)])
def test_half_of_the_answers_is_taken_for_all(answers: int, complete: int) -> None:
    commons, host, puppets = alone_with(4)
    fetching_from(commons, host, puppets)

    for puppet in puppets[:answers]:
        assert page(commons, puppet, host) == ""
    commons.run(2500)

    assert host.told("fetched")[-1].fields["complete"] == complete


def test_page_is_asked_for_again_and_again() -> None:
    commons, host, (puppet,) = alone_with(1)
    fetching_from(commons, host, [puppet])
    ordered = sorted((sealed(each) for each in commons.settle("abc")), key=publisher)

    assert page(commons, puppet, host, *ordered[:2], more=1) == ""
    behind = heard(commons, puppet, "FETCH")[-1]
    assert (behind.publisher, behind.slot) == (publisher(ordered[1]), bytes(16))
    assert page(commons, puppet, host, ordered[1]) == "bad-values"
    assert page(commons, puppet, host, ordered[2]) == ""

    fetched = host.told("fetched")[-1].fields
    assert fetched["complete"] == 1
    assert len(values(dict(fetched))) == 3


def publisher(octets: bytes) -> bytes:
    return fetching.publisher_of(envelopes.decode(octets).leaf)


@pytest.mark.parametrize("fault", ["key", "whole", "order", "twice", "more", "more of nothing"])
def test_page_says_what_was_not_asked(fault: str) -> None:
    commons, host, (puppet,) = alone_with(1)
    fetching_from(commons, host, [puppet])
    ordered = sorted((sealed(each) for each in commons.settle("abc")), key=publisher)
    held, more = {
        "key": ((sealed(puppet, name=b"others"),), 0),
        "whole": ((ordered[0], b"envelope"), 0),
        "order": ((ordered[1], ordered[0]), 0),
        "twice": ((ordered[0], ordered[0]), 0),
        "more": ((ordered[0],), 2),
        "more of nothing": ((), 1),
    }[fault]

    assert page(commons, puppet, host, *held, more=more) == "bad-values"

    assert facts(host)["requests"] == 1
    assert page(commons, puppet, host, *ordered) == ""
    assert len(values(dict(host.told("fetched")[-1].fields))) == 3


def test_forged_value_takes_all_others_with_it() -> None:
    commons, host, (puppet,) = alone_with(1)
    fetching_from(commons, host, [puppet])
    good, bad, old = sorted((sealed(each) for each in commons.settle("abc")), key=publisher)
    bad = bad[:-1] + bytes([bad[-1] ^ 1])

    assert page(commons, puppet, host, good, bad, old) == ""

    assert len(values(dict(host.told("fetched")[-1].fields))) == 2


def test_older_value_is_found_beside_the_newer_one() -> None:
    commons, host, puppets = alone_with(2)
    fetching_from(commons, host, puppets)
    (writer,) = commons.settle("w")

    page(commons, puppets[0], host, sealed(writer, b"old"))
    page(commons, puppets[1], host, sealed(writer, b"new", sequence=WALL + 1))

    assert values(dict(host.told("fetched")[-1].fields)) == [b"new"]


def test_endless_pages_keep_a_peer_busy_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    commons, host, (puppet,) = alone_with(1)
    fetching_from(commons, host, [puppet])
    ordered = sorted((sealed(each) for each in commons.settle("abcdefgh")), key=publisher)
    monkeypatch.setattr(fetching, "has_page_left", lambda pages: pages < 3)

    for each in ordered[:3]:
        assert page(commons, puppet, host, each, more=1) == ""

    assert host.told("fetched")[-1].fields["complete"] == 0
    assert len(values(dict(host.told("fetched")[-1].fields))) == 3


def test_liar_fills_the_memory_of_whoever_fetches(monkeypatch: pytest.MonkeyPatch) -> None:
    commons, host, puppets = alone_with(2)
    fetching_from(commons, host, puppets)
    ordered = sorted((sealed(each) for each in commons.settle("abcd")), key=publisher)
    room = sum(len(each) for each in ordered[:3])
    monkeypatch.setattr(fetching, "has_room", lambda kept, more: kept + more <= room)

    page(commons, puppets[0], host, *ordered)
    page(commons, puppets[1], host, *ordered[:3])

    fetched = dict(host.told("fetched")[-1].fields)
    assert fetched["complete"] == 0
    assert len(values(fetched)) == 3


def test_store_without_answer_is_forgotten_at_once() -> None:
    commons, host, (puppet,) = alone_with(1)
    host.peer.publish(OVERLAY, Value(MEMBERS, bytes(16), 600, b"value"), commons.now)
    commons.collect(host)
    say(commons, puppet, host, Nodes(sequences(commons, puppet, "FIND")[-1], ()))
    commons.run(1000)

    first, again = heard(commons, puppet, "STORE")
    assert first.envelope == again.envelope
    assert say(commons, puppet, host, Stored(sequences(commons, puppet, "STORE")[-1])) == ""

    assert host.told("published")[-1].fields["stored"] == 1
    assert contacts(host) == [puppet.node]


def test_value_published_twice_at_once_is_told_twice() -> None:
    commons, host, (puppet,) = alone_with(1)
    for value in (b"one", b"two"):
        host.peer.publish(OVERLAY, Value(MEMBERS, bytes(16), 600, value), commons.now)
        commons.collect(host)
    for number in sequences(commons, puppet, "FIND"):
        assert say(commons, puppet, host, Nodes(number, rows(bytes(32)))) == ""

    (store,) = heard(commons, puppet, "STORE")
    assert envelopes.decode(store.envelope).value == b"two"
    say(commons, puppet, host, Stored(sequences(commons, puppet, "STORE")[-1]))

    assert len(host.told("published")) == 1


def test_value_that_its_publisher_alone_holds_is_left_there() -> None:
    commons = Commons()
    (host,) = commons.settle("a")
    assert commons.publish(host, b"value")["stored"] == 1
    first = host.told("published")[-1].fields["sequence"]

    commons.run(10_000)
    assert len(host.told("published")) == 2
    (other,) = commons.settle("b")
    commons.greet(other, host)
    commons.run(10_100)

    assert [each.fields["stored"] for each in host.told("published")] == [1, 1, 2]
    assert host.told("published")[-1].fields["sequence"] == first + 20_000
    commons.run(279_000)
    assert len(host.told("published")) == 3


def test_peer_alone_knows_that_there_is_nothing() -> None:
    commons = Commons()
    (host,) = commons.settle("a")

    assert not commons.fetch(host)["complete"]

    (other,) = commons.settle("b")
    commons.greet(other, host)
    commons.run(50)
    assert commons.fetch(host)["complete"]
