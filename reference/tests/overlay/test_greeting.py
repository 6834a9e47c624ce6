"""Whom a lookup greets, and how long it waits: liars that name nobody, and those who have gone."""

from __future__ import annotations

from coterie.effects import Send
from coterie.vocabulary import Address
from coterie.wire.bodies import Nodes
from reference.tests.overlay.commons import Commons, closest
from reference.tests.overlay.puppet import heard, row, rows, say, sequences
from reference.tests.overlay.test_lookup import asked, looking
from reference.tests.peer.network import OVERLAY, Host

TARGET = bytes(32)


def greeted(commons: Commons, hosts: list[Host]) -> set[str]:
    return {host.name for host in hosts if heard(commons, host, "HELLO1")}


def named(commons: Commons, by: Host, host: Host, *others: Host) -> None:
    number = sequences(commons, by, "FIND")[-1]
    assert say(commons, by, host, Nodes(number, rows(TARGET, *others))) == ""


def strangers(commons: Commons, count: int, *, silent: int = 0) -> list[Host]:
    """Hosts, the closest first, of whom so many do not answer."""
    made = commons.settle(f"stranger {number}" for number in range(count))
    made.sort(key=lambda each: each.node)
    commons.dead.update(each.address for each in made[:silent])
    return made


def test_peers_that_are_not_there_hold_up_a_path_one_after_the_other() -> None:
    commons, host, (puppet,) = looking(1)
    ghosts = strangers(commons, 8, silent=8)

    named(commons, puppet, host, *ghosts)
    commons.run(2999)
    assert greeted(commons, ghosts) == {each.name for each in ghosts[:4]}
    assert not host.told("found")
    commons.run(1)

    assert greeted(commons, ghosts) == {each.name for each in ghosts[:4]}
    assert host.told("found")[-1].fields["nodes"] == (puppet.node,)


def test_one_who_has_gone_makes_all_doubtful_that_were_named_with_it() -> None:
    commons, host, (puppet,) = looking(1)
    others = strangers(commons, 8, silent=1)

    named(commons, puppet, host, *others)
    commons.run(3000)

    assert host.told("found")[-1].fields["nodes"] == closest([puppet, *others[1:]], TARGET)


def test_false_names_are_told_by_silence_alone() -> None:
    commons, host, (puppet,) = looking(1)
    others = strangers(commons, 7)
    commons.dead.update(each.address for each in others[2:])
    number = sequences(commons, puppet, "FIND")[-1]
    stated = [row(bytes(31) + bytes([place + 1]), each) for place, each in enumerate(others)]

    assert say(commons, puppet, host, Nodes(number, tuple(stated))) == ""
    commons.run(3100)

    assert greeted(commons, others) == {each.name for each in others[:5]}
    assert host.told("found")[-1].fields["nodes"] == (puppet.node,)


def test_what_one_liar_names_makes_others_doubtful() -> None:
    commons, host, puppets = looking(4)
    near = sorted(puppets, key=lambda each: each.node)
    ghosts = strangers(commons, 8, silent=8)
    real = commons.settle(["real 1", "real 2"])

    named(commons, near[0], host, *ghosts)
    commons.run(1)
    named(commons, near[3], host, *real)
    commons.run(2999)

    assert greeted(commons, real) == {each.name for each in real}


def test_silent_candidate_keeps_a_path_from_contacts() -> None:
    commons, host, puppets = looking(4)
    near = sorted(puppets, key=lambda each: each.node)
    (ghost,) = strangers(commons, 1, silent=1)

    named(commons, near[0], host, ghost)

    assert set(asked(commons, puppets)) == set(puppets)
    assert greeted(commons, [ghost]) == {ghost.name}


def test_path_waits_for_whom_it_does_not_need_any_more() -> None:
    commons, host, puppets = looking(3)
    *others, ghost = strangers(commons, 9)
    commons.dead.add(ghost.address)

    named(commons, puppets[0], host, ghost)
    named(commons, puppets[1], host, *others)
    named(commons, puppets[2], host)
    assert greeted(commons, [ghost]) == {ghost.name}
    commons.run(500)

    assert host.told("found")[-1].fields["nodes"] == closest([*puppets, *others], TARGET)


# ---------------------------------------------------------------- who has moved


def moved(*, is_silent: bool) -> tuple[Commons, Host, Host, str]:
    """A peer that knows another, whose greeting comes from elsewhere; what is said to that."""
    commons = Commons()
    host, other = commons.settle("ab")
    commons.greet(other, host)
    commons.run(50)
    if is_silent:
        commons.dead.add(other.address)
    return commons, host, other, knock(commons, other, host)


def knock(commons: Commons, other: Host, host: Host) -> str:
    """The other one greets from another port, by hand: what its HELLO2 comes to."""
    elsewhere = Address(other.address.host, other.address.port + 1000)
    other.inside.sessions.stop()
    other.peer.greet(OVERLAY, host.address, commons.now)
    commons.deliver(elsewhere, host, sent_by(other))
    retry = [datagram for _, to, datagram in commons.wire if to == elsewhere][-1]
    other.peer.receive_datagram(retry, host.address, other.address, commons.now)
    return commons.deliver(elsewhere, host, sent_by(other))


def sent_by(host: Host) -> bytes:
    return next(each.datagram for each in host.peer.effects() if isinstance(each, Send))


def test_peer_that_has_moved_is_refused_for_ever() -> None:
    commons, host, other, said = moved(is_silent=True)
    assert said == "incarnation-conflict"
    assert len(heard(commons, other, "PING")) == 1

    assert knock(commons, other, host) == "incarnation-conflict"
    commons.run(10_000)

    assert len(heard(commons, other, "PING")) == 2
    assert [each.fields["why"] for each in host.told("forgotten")] == ["silence"]
    assert knock(commons, other, host) == ""


def test_second_holder_of_a_key_ends_the_session_of_the_first() -> None:
    commons, host, other, said = moved(is_silent=False)
    assert said == "incarnation-conflict"

    commons.run(10_000)

    assert len(heard(commons, other, "PING")) == 1
    assert not host.told("forgotten")
    assert knock(commons, other, host) == "incarnation-conflict"
    assert len(heard(commons, other, "PING")) == 2
