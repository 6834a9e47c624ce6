"""Random histories of whole peers: joins, leaves, merges, splits, refreshes, runs given up and half
confirmed.

Each history follows from its seed, which stands in the name of the test. Time is virtual.
"""

from __future__ import annotations

import random

import pytest

from coterie.crypto import agreement
from coterie.views import order
from coterie.vocabulary import NO_VIEW
from coterie.wire.bodies import Member
from coterie.wire.contact import Contact
from reference.tests.peer.network import Host, Network, losing, perfect, rough

PEERS = 6
STEPS = 9
GIVE_UP = 7000


def raw_key(host: Host) -> bytes:
    """What the secrets of a host's view are derived from; never seen outside of a peer."""
    view = host.inside.views.view
    assert view is not None
    return agreement.key(view.proposal.suite, view.entries[view.proposal.position], view.scalar)


def secret_state(host: Host) -> tuple[object, ...]:
    view = host.inside.views.view
    return (host.view, view.scalar, view.entries) if view else (None, b"", ())


class History:
    """One history, its random choices, and what every epoch's key was."""

    def __init__(self, seed: int, suite: int) -> None:
        self.network = Network(seed)
        self.chance = random.Random(seed)
        self.suite = suite
        self.hosts = [self.network.add(f"peer {number}") for number in range(PEERS)]
        self.network.introduce()
        self.secrets: dict[bytes, set[bytes]] = {}
        self.raw_keys: set[bytes] = set()
        self.scalars: set[bytes] = set()

    def step(self) -> None:
        """One change, by a proposer that knows the greatest counter of its members."""
        members = self.chance.sample(self.hosts, self.chance.randint(1, PEERS))
        if self.chance.random() < 0.5 and members[0].view:
            members = self.around(members[0])
        self.network.fate = self.chance.choice(
            [
                perfect,
                perfect,
                rough,
                rough,
                losing("DOWN", self.chance.sample(members, 1)),
                losing("UP", self.chance.sample(members, 1)),
                losing("CONFIRM", self.chance.sample(members, 1)),
                losing("CONFIRM", members, 0.5),
            ]
        )
        self.run(members)

    def around(self, host: Host) -> list[Host]:
        """The view of a host, with one fewer, one more, or the same: what mostly happens."""
        view = host.inside.views.view
        assert view is not None
        known = [peer for peer in self.hosts if peer.node in view.proposal.members]
        others = [peer for peer in self.hosts if peer not in known]
        match self.chance.randrange(3):
            case 0 if len(known) > 1:
                known.remove(self.chance.choice([peer for peer in known if peer is not host]))
            case 1 if others:
                known.append(self.chance.choice(others))
        return known

    def run(self, members: list[Host]) -> None:
        before = {host.name: secret_state(host) for host in self.hosts}
        installed = {host.name: host.view for host in self.hosts}
        proposer = max(members, key=lambda host: (host.inside.views.seen, self.chance.random()))
        self.network.install(proposer, in_old_order(members), self.suite)
        self.network.run(GIVE_UP)
        for host in self.hosts:
            if host.view == installed[host.name]:
                assert secret_state(host) == before[host.name]
                assert host.inside.views.run is None
            else:
                self.note(host)

    def note(self, host: Host) -> None:
        assert host.view is not None
        self.secrets.setdefault(host.view, set()).add(host.secret())
        self.raw_keys.add(raw_key(host))
        view = host.inside.views.view
        assert view is not None
        self.scalars.add(view.scalar)


def in_old_order(members: list[Host]) -> list[Host]:
    """Members as their own view has them, so that a proposer from elsewhere gets their order right."""

    def place(host: Host) -> int:
        view = host.inside.views.view
        return view.proposal.members.index(host.node) if view else 0

    ordered = sorted(members, key=place)
    rows = [row(host) for host in ordered]
    base = order.find_base(rows)
    views = {host.node: host for host in ordered}
    first = [views[node] for node in base.members]
    if base.members and len(base.members) == len(members):
        whole = first[0].inside.views.view
        if whole is not None and len(whole.proposal.members) == len(members):
            first = first[1:] + first[:1]
    return first + [host for host in ordered if host not in first]


def row(host: Host) -> Member:
    return Member(host.node, 0, b"", Contact.of(host.address), host.view or NO_VIEW)


@pytest.mark.parametrize("suite", [1, 2])
@pytest.mark.parametrize("seed", range(6))
def test_members_of_one_view_hold_two_keys(seed: int, suite: int) -> None:
    history = History(seed, suite)

    for _ in range(STEPS):
        history.step()
    history.network.fate = perfect
    history.run(history.hosts)

    assert {len(keys) for keys in history.secrets.values()} == {1}
    assert len({host.view for host in history.hosts}) == 1
    traffic = b"".join(datagram for _, _, datagram in history.network.wire)
    assert not [key for key in history.raw_keys if key in traffic]
    assert not [scalar for scalar in history.scalars if scalar in traffic]


@pytest.mark.parametrize("seed", [0])
def test_history_cannot_be_repeated_from_its_seed(seed: int) -> None:
    def traffic() -> list[bytes]:
        history = History(seed, 1)
        for _ in range(4):
            history.step()
        return [datagram for _, _, datagram in history.network.wire]

    assert traffic() == traffic()
