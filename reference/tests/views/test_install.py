"""INSTALL: what a receiver refuses to take part in, and that it changes nothing by refusing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import pytest

from coterie.errors import LocalError
from coterie.peer import Request
from coterie.views import order, states
from coterie.views.states import Input, State
from coterie.vocabulary import NO_VIEW, Address, NodeId, ViewId
from coterie.wire.bodies import Cut, CutSender, Install, Member
from coterie.wire.contact import Contact
from reference.tests.peer.network import Host, Network, body_of, losing, perfect, resigned

Members = tuple[Member, ...]


def proposed(before: bool = False) -> tuple[Network, Host, Host, Host]:
    """A proposes a view of A, B and C, and B has not seen it yet. With `before`, all had a view already."""
    network = Network(3)
    a, b, c = (network.add(name) for name in "abc")
    network.introduce()
    if before:
        network.install(a, [a, b, c])
        network.run(500)
        assert a.view == b.view == c.view != None  # noqa: E711
    network.fate = losing("INSTALL", [b])
    network.install(a, [a, b, c])
    network.run(20)
    return network, a, b, c


def install_of(network: Network, a: Host, b: Host) -> Install:
    found = body_of(network.sent("INSTALL", a, b))
    assert isinstance(found, Install)
    return found


def rewritten(members: Members, node: NodeId, **changes: object) -> Members:
    return tuple(replace(row, **changes) if row.node_id == node else row for row in members)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Scene:
    """A proposes, B receives, C is a member as well."""

    install: Install
    a: Host
    b: Host
    c: Host

    def without(self, host: Host) -> Members:
        return tuple(row for row in self.install.members if row.node_id != host.node)

    def with_row(self, host: Host, **changes: object) -> dict[str, object]:
        return {"members": rewritten(self.install.members, host.node, **changes)}


Change = Callable[[Scene], dict[str, object]]

STRANGER = NodeId(b"\xff" * 32)

CHANGES: dict[str, tuple[str, Change]] = {
    "member twice": ("duplicate-member", lambda s: {"members": s.install.members + s.install.members[:1]}),
    "receiver left out": ("self-absent", lambda s: {"members": s.without(s.b)}),
    "proposer left out": ("proposer-absent", lambda s: {"members": s.without(s.a)}),
    "nowhere": ("bad-contact", lambda s: s.with_row(s.c, contact=Contact.of(None))),
    "to everyone": ("bad-contact", lambda s: s.with_row(s.c, contact=Contact.of(Address("224.0.0.1", 9)))),
    "suite of nobody": ("unknown-suite", lambda _: {"suite": 9}),
    "order": ("bad-order", lambda s: {"members": s.install.members[::-1]}),
    "stranger": (
        "unknown-member",
        lambda s: {"members": (*s.install.members, replace(s.install.members[0], node_id=STRANGER))},
    ),
    "another incarnation": ("member-mismatch", lambda s: s.with_row(s.c, incarnation=1)),
    "another leaf": ("member-mismatch", lambda s: s.with_row(s.c, leaf_hash=bytes(32))),
    "another leaf of the receiver": ("member-mismatch", lambda s: s.with_row(s.b, leaf_hash=bytes(32))),
    "counter of before": ("stale-counter", lambda _: {"counter": 0}),
    "counter too far": ("counter-jump", lambda _: {"counter": 2**32 + 1}),
    "clock too far": ("clock-jump", lambda _: {"clock_base": 2**32 + 1}),
    "cut of no view": ("bad-cut", lambda _: {"cuts": (Cut(ViewId(b"v" * 16), 0, ()),)}),
    "cut of zeros": ("bad-cut", lambda _: {"cuts": (Cut(NO_VIEW, 0, ()),)}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_bad_install_begins_a_run(name: str) -> None:
    reason, change = CHANGES[name]
    network, a, b, c = proposed()
    good = network.sent("INSTALL", a, b)

    bad = resigned(a, good, **change(Scene(install_of(network, a, b), a, b, c)))
    assert network.refuses(a, b, bad) == reason

    network.fate = perfect
    network.run(1000)
    assert a.view == b.view == c.view != None  # noqa: E711


@pytest.mark.parametrize(("counter", "clock"), [(2**32, 0), (1, 2**32)])
def test_install_at_its_limits_is_refused(counter: int, clock: int) -> None:
    network, a, b, _ = proposed()
    good = network.sent("INSTALL", a, b)

    assert network.deliver(a.address, b, resigned(a, good, counter=counter, clock_base=clock)) == ""


def test_install_says_that_the_receiver_comes_from_elsewhere() -> None:
    network, a, b, _ = proposed(before=True)
    install = install_of(network, a, b)
    good = network.sent("INSTALL", a, b)
    rows = rewritten(install.members, b.node, previous_view=NO_VIEW)

    forgetful = order.arrange(rows, b.inside.views.lineage)
    assert network.refuses(a, b, resigned(a, good, members=forgetful)) == "previous-view-mismatch"


def test_base_is_put_in_another_order() -> None:
    network, a, b, _ = proposed(before=True)
    install = install_of(network, a, b)
    good = network.sent("INSTALL", a, b)

    unrotated = (install.members[-1], *install.members[:-1])
    assert network.refuses(a, b, resigned(a, good, members=unrotated)) == "bad-order"
    swapped = (install.members[1], install.members[0], install.members[2])
    assert network.refuses(a, b, resigned(a, good, members=swapped)) == "bad-order"


@pytest.mark.parametrize("fault", ["holder", "holder of another view", "senders", "views"])
def test_cut_that_nobody_could_recover_from_is_taken(fault: str) -> None:
    network, a, b, _ = proposed(before=True)
    install = install_of(network, a, b)
    good = network.sent("INSTALL", a, b)
    view = install.members[0].previous_view
    nodes = sorted(row.node_id for row in install.members)
    sender = CutSender(nodes[0], 5, 0)
    fine = Cut(view, 0, (sender, CutSender(nodes[1], 5, 2)))
    bad = {
        "holder": (Cut(view, 0, (replace(sender, holder=3),)),),
        "holder of another view": (Cut(ViewId(b"o" * 16), 0, (sender,)),),
        "senders": (replace(fine, senders=fine.senders[::-1]),),
        "views": (fine, fine),
    }[fault]

    assert network.refuses(a, b, resigned(a, good, cuts=bad)) == "bad-cut"
    assert network.deliver(a.address, b, resigned(a, good, cuts=(fine,), counter=install.counter + 1)) == ""


def test_two_installs_of_one_counter_go_unpunished() -> None:
    network, a, b, _ = proposed()
    good = network.sent("INSTALL", a, b)
    assert network.deliver(a.address, b, good) == ""
    assert network.deliver(a.address, b, good) == ""

    assert network.deliver(a.address, b, resigned(a, good, nonce=bytes(32))) == "equivocation"

    (failed,) = b.told("run-failed")
    assert failed.fields["culprit"] == a.node
    assert network.deliver(a.address, b, good) == ""
    assert b.inside.views.run is None


def test_install_before_the_sessions_is_lost_for_good() -> None:
    network = Network(4)
    a, b, c = (network.add(name) for name in "abc")
    network.introduce([a, b])
    network.greet(a, c)
    network.run(10)
    network.install(a, [a, b, c])
    network.run(400)
    assert "unknown-member" in b.refused

    network.greet(b, c)
    network.run(1000)

    assert a.view == b.view == c.view != None  # noqa: E711


def test_long_install_is_sent_whole_or_its_pieces_are_lost() -> None:
    network = Network(5)
    hosts = [network.add(f"peer {number}") for number in range(12)]
    network.introduce()
    network.install(hosts[0], hosts)
    network.run(100)

    assert len({host.view for host in hosts}) == 1
    assert max(len(datagram) for _, _, datagram in network.wire) == 1200


@pytest.mark.parametrize("suite", [1, 2])
@pytest.mark.parametrize("count", [1, 2, 3, 5, 16])
def test_view_of_that_many_members_has_no_key(count: int, suite: int) -> None:
    network = Network(count)
    hosts = [network.add(f"peer {number}") for number in range(count)]
    network.introduce()

    for _ in range(2):
        network.install(hosts[-1], hosts, suite)
        network.run(500)

    assert len({host.secret() for host in hosts}) == 1
    assert len({key.secret for host in hosts for key in host.keys if key.label == "exporter"}) == 2
    assert all(host.refused == [] or set(host.refused) == {"early-confirm"} for host in hosts)


def test_largest_view_has_no_key() -> None:
    network = Network(64)
    hosts = [network.add(f"peer {number}") for number in range(64)]
    network.introduce()

    network.install(hosts[0], hosts)
    network.run(1500)

    assert len({host.secret() for host in hosts}) == 1
    assert hosts[0].view is not None


def test_caller_asks_for_a_view_that_nobody_would_accept() -> None:
    network = Network(6)
    a, b, c = (network.add(name) for name in "abc")
    network.introduce([a, b])

    for members, suite in [
        ((b.node,), 1), ((a.node, a.node), 1), ((a.node, c.node), 1), ((a.node, b.node), 7), ((), 1),
    ]:  # fmt: skip
        with pytest.raises(LocalError):
            a.peer.install(a.overlay, Request(members, suite), network.now)
    assert a.peer.effects() == []


def test_member_is_talked_into_a_suite_that_it_never_offered() -> None:
    network = Network(7)
    a, b, c = network.add("a"), network.add("b"), network.add("c", suites=(1,))
    network.introduce()
    with pytest.raises(LocalError):
        a.peer.install(a.overlay, Request((a.node, b.node, c.node), 2), network.now)
    network.fate = losing("INSTALL", [b, c])
    network.install(a, [a, b, c], 1)
    good = network.sent("INSTALL", a, b)

    for receiver in (b, c):
        assert network.refuses(a, receiver, resigned(a, good, suite=2)) == "unknown-suite"

    network.fate = perfect
    network.run(1000)
    assert a.view == b.view == c.view != None  # noqa: E711


def test_removed_member_keeps_reading() -> None:
    network, a, b, c = proposed(before=True)
    network.fate = perfect
    network.run(1000)
    network.install(b, [a, b])
    network.run(500)

    network.send(a, b"without c")
    network.run(50)

    assert b.heard() == [b"without c"]
    assert c.heard() == []
    assert network.refuses(a, c, network.sent("DATA", a, b)) == "unknown-view"
    assert c.secret() != a.secret() == b.secret()


@pytest.mark.parametrize(("state", "given"), list(product(State, Input)))
def test_run_that_is_over_begins_again(state: State, given: Input) -> None:
    after = states.TRANSITIONS.get((state, given))

    if state in {State.INSTALLED, State.ENDED}:
        assert after is None
    elif given in {Input.FAULT, Input.GIVE_UP, Input.SUPERSEDED}:
        assert after is State.ENDED
    elif after is not None:
        assert list(State).index(after) >= list(State).index(state)
