"""CONFIRM: what ends a run, what only waits, and that repeats neither stall two peers nor keep them busy for
ever."""

from __future__ import annotations

import random

import pytest

from coterie.vocabulary import ALL_NODES
from reference.tests.peer.network import Host, Network, body_of, losing, name_of, perfect, resigned


def running(count: int = 3, seed: int = 5) -> tuple[Network, list[Host]]:
    """Peers in a run in which no CONFIRM arrives."""
    network = Network(seed)
    hosts = [network.add(f"peer {number}") for number in range(count)]
    network.introduce()
    network.fate = losing("CONFIRM", hosts)
    network.install(hosts[0], hosts)
    network.run(100)
    return network, hosts


def confirms_to(network: Network, source: Host, to: Host) -> int:
    return sum(
        1
        for sender, address, datagram in network.wire
        if sender is source and address == to.address and name_of(datagram) == "CONFIRM"
    )


@pytest.mark.parametrize("flip", [0, 7, 8, 31])
def test_wrong_mac_is_believed_or_its_signer_is_not_named(flip: int) -> None:
    network, (a, b, c) = running()
    good = network.sent("CONFIRM", a, b)
    mac = bytearray(body_of(good).confirmation)
    mac[flip] ^= 1

    assert network.deliver(a.address, b, resigned(a, good, confirmation=bytes(mac))) == "bad-confirmation"

    (failed,) = b.told("run-failed")
    assert failed.fields["culprit"] == a.node
    assert b.inside.views.run is None
    assert b.view is None
    assert network.deliver(c.address, b, network.sent("CONFIRM", c, b)) == "no-run"


@pytest.mark.parametrize("lengthened", [b"", b"\0" * 8])
def test_mac_of_another_member_is_taken_for_its_signers(lengthened: bytes) -> None:
    network, (a, b, c) = running()
    others = body_of(network.sent("CONFIRM", c, b)).confirmation
    own = body_of(network.sent("CONFIRM", b, a)).confirmation

    reflected = resigned(a, network.sent("CONFIRM", a, b), confirmation=(own + lengthened)[-32:])
    assert network.deliver(a.address, b, reflected) == "bad-confirmation"

    network, (a, b, c) = running()
    borrowed = resigned(a, network.sent("CONFIRM", a, b), confirmation=others)
    assert network.deliver(a.address, b, borrowed) == "bad-confirmation"


def test_second_confirm_of_a_member_goes_unpunished() -> None:
    network, (a, b, _) = running()
    good = network.sent("CONFIRM", a, b)
    assert network.deliver(a.address, b, good) == ""

    assert network.deliver(a.address, b, resigned(a, good, confirmation=bytes(32))) == "equivocation"

    (failed,) = b.told("run-failed")
    assert failed.fields["culprit"] == a.node


def test_equivocation_about_an_installed_view_takes_the_view_away() -> None:
    network, (a, b, _) = running()
    good = network.sent("CONFIRM", a, b)
    network.fate = perfect
    network.run(1000)
    view = b.view
    assert view is not None

    assert network.refuses(a, b, resigned(a, good, confirmation=bytes(32))) == "equivocation"
    assert b.view == view
    assert b.told("run-failed") == []


def test_confirm_before_down_is_lost_for_good() -> None:
    network = Network(6)
    hosts = [network.add(f"peer {number}") for number in range(3)]
    network.introduce()
    network.fate = losing("DOWN", hosts)
    network.install(hosts[0], hosts)
    network.run(100)
    maker = next(host for host in hosts if host.inside.views.run and host.inside.views.run.down)
    waiting = next(host for host in hosts if host is not maker)

    early = network.sent("CONFIRM", maker, waiting)
    assert network.refuses(maker, waiting, early) == "early-confirm"

    network.fate = perfect
    network.run(1000)
    assert len({host.view for host in hosts}) == 1
    assert waiting.view is not None


def test_stranger_confirms() -> None:
    network, (a, b, _) = running()
    stranger = network.add("stranger")
    network.introduce()

    forged = resigned(stranger, network.sent("CONFIRM", a, b))
    assert network.refuses(stranger, b, forged) == "wrong-signer"


def test_ring_of_lost_confirms_stalls_the_run() -> None:
    network = Network(7)
    hosts = [network.add(f"peer {number}") for number in range(3)]
    network.introduce()
    a, b, c = hosts
    lost: set[tuple[str, str]] = {(b.name, a.name), (c.name, b.name), (a.name, c.name)}

    def fate(_chance: random.Random, source: Host, to: Host, datagram: bytes) -> list[int]:
        if name_of(datagram) == "CONFIRM" and (source.name, to.name) in lost:
            lost.discard((source.name, to.name))
            return []
        return [1]

    network.fate = fate
    network.install(a, hosts)
    network.run(1000)

    assert lost == set()
    assert len({host.view for host in hosts}) == 1
    assert a.view is not None


def test_two_peers_answer_each_others_confirms_for_ever() -> None:
    network, (a, b, c) = running()
    kept = network.sent("CONFIRM", a, b)
    network.fate = perfect
    network.run(1000)
    network.wire.clear()

    for _ in range(3):
        assert network.deliver(a.address, b, kept) == ""
    network.run(2000)

    assert confirms_to(network, b, a) == 3
    assert confirms_to(network, a, b) == 0
    assert len(network.wire) == 3
    assert c.view == a.view


@pytest.mark.parametrize("name", ["INSTALL", "UP", "DOWN"])
def test_late_member_asks_an_installed_one_in_vain(name: str) -> None:
    network = Network(8)
    hosts = [network.add(f"peer {number}") for number in range(3)]
    network.introduce()
    network.install(hosts[0], hosts)
    network.run(1000)
    source, to = next(
        (sender, network.at(address))
        for sender, address, datagram in network.wire
        if name_of(datagram) == name
    )
    assert to is not None
    repeated = network.sent(name, source, to)
    network.wire.clear()

    assert network.deliver(source.address, to, repeated) == ""

    ((sender, address, answer),) = network.wire
    assert (sender, address, name_of(answer)) == (to, source.address, "CONFIRM")
    assert network.refuses(to, next(h for h in hosts if h not in (source, to)), answer) == "wrong-destination"
    assert network.deliver(to.address, source, answer) == ""
    assert len(network.wire) == 1


def test_restarted_member_leaves_the_others_waiting() -> None:
    network, (a, b, c) = running()
    reborn = network.restart(c)
    network.fate = perfect
    network.greet(reborn, a)
    network.run(20)

    (failed,) = a.told("run-failed")
    assert failed.fields["reason"] == "member-mismatch"
    assert failed.fields["missing"] == (c.node,)
    assert b.told("run-failed") == []


def test_missing_member_is_not_named_when_the_run_is_given_up() -> None:
    network, hosts = running()
    a, b, c = hosts
    network.fate = losing("CONFIRM", [a, b])
    network.run(6000)

    for host in (a, b):
        (failed,) = host.told("run-failed")
        assert failed.fields["reason"] == "run-timeout"
        assert set(failed.fields["missing"]) == {other.node for other in hosts if other is not host}
    assert c.view is not None


def test_greater_install_is_kept_waiting_by_the_run_before_it() -> None:
    network, (a, b, _) = running()
    network.fate = perfect

    network.install(a, [a, b])
    network.run(1000)

    assert [event.fields["reason"] for event in a.told("run-failed")] == ["superseded"]
    assert a.view == b.view
    assert a.view is not None
    assert a.secret() == b.secret()


def test_flow_for_all_is_addressed_to_one() -> None:
    network, (a, b, _) = running()

    frame = network.sent("CONFIRM", a, b)
    assert body_of(frame).install_digest
    addressed = a.inside.standing.sign(b.node, body_of(frame))
    assert network.deliver(a.address, b, addressed) == ""
    assert a.inside.standing.sign(ALL_NODES, body_of(frame)) != frame
