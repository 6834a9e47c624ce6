"""A key run that is held back just before one frame reaches one member: the place to try bad frames at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reference.tests.peer.network import Host, Network, losing, perfect

MEMBERS = 4


@dataclass(frozen=True)
class Hop:
    """One frame of a run on its way to one member. `base` members had a view before; the others are
    newcomers."""

    name: str
    position: int
    base: int
    suite: int

    def __str__(self) -> str:
        return f"{self.name}-to-{self.position}-base-{self.base}-suite-{self.suite}"


def hops(suites: tuple[int, ...] = (1, 2)) -> Iterator[Hop]:
    """Every hop of UP and DOWN in runs of four members."""
    for suite in suites:
        for base in (0, 2, MEMBERS):
            for position in range(max(base, 1), MEMBERS):
                yield Hop("UP", position, base, suite)
            for position in range(MEMBERS - 1):
                yield Hop("DOWN", position, base, suite)


@dataclass(frozen=True)
class Held:
    """A run at a hop: who sends, who waits, and the good frame that the network has kept back."""

    network: Network
    members: list[Host]
    sender: Host
    receiver: Host
    frame: bytes


def hold(hop: Hop) -> Held:
    """Run up to that hop, and keep its frame back."""
    network = Network(hash((hop.position, hop.base, hop.suite)))
    hosts = [network.add(f"peer {number}") for number in range(MEMBERS)]
    network.introduce()
    if hop.base:
        network.install(hosts[0], hosts[: hop.base], hop.suite)
        network.run(100)
    by_node = {host.node: host for host in hosts}
    proposer = hosts[0]
    # the place of each member follows from Node-IDs and from the base, so one is asked to begin, and tells it
    network.fate = losing(hop.name, hosts)
    network.install(proposer, hosts, hop.suite)
    order = [by_node[node] for node in proposer.inside.views.run.proposal.members]  # type: ignore[union-attr]
    receiver = order[hop.position]
    sender = order[-1] if hop.name == "DOWN" else order[hop.position - 1]
    network.fate = losing(hop.name, [receiver])
    network.run(300)
    return Held(network, order, sender, receiver, network.sent(hop.name, sender, receiver))


def finish(held: Held) -> None:
    """Let the good frame through after all: the run ends in one view."""
    held.network.fate = perfect
    held.network.run(2000)
    assert len({host.view for host in held.members}) == 1
    assert len({host.secret() for host in held.members}) == 1
    assert held.members[0].view is not None
