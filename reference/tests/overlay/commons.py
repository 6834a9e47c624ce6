"""Commons: peers of one overlay without views on a network in memory, and what they say of it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

from coterie.overlay.distance import distance
from coterie.peer import ResourceName, Value
from coterie.vocabulary import NodeId
from reference.tests.peer.network import OVERLAY, Fate, Host, Network, perfect

RESOURCE = ResourceName("group-info", b"gardeners")
MEMBERS = ResourceName("group-members", b"gardeners")
SLOT = bytes(range(1, 17))


def lossy(share: float) -> Fate:
    """A network that loses so much of everything, and shuffles the rest."""

    def fate(chance: random.Random, _source: Host, _to: Host, _datagram: bytes) -> list[int]:
        return [] if chance.random() < share else [chance.randint(1, 40)]

    return fate


class Commons(Network):
    """A network whose hosts are in an overlay with the membership none."""

    def __init__(self, seed: int = 0, fate: Fate = perfect) -> None:
        super().__init__(seed, fate)

    def settle(self, names: Iterable[str], **trust: object) -> list[Host]:
        """New hosts, none of whom has entered."""
        return [self.add(name, membership="none", **trust) for name in names]

    def join(self, host: Host, *contacts: Host) -> None:
        host.peer.join(OVERLAY, [contact.address for contact in contacts], self.now)
        self.collect(host)

    def leave(self, host: Host) -> None:
        host.peer.leave(OVERLAY, self.now)
        self.collect(host)

    def gather(self, count: int, *, pause: int = 200) -> list[Host]:
        """Hosts that enter one after the other, each by the first."""
        first, *others = hosts = self.settle(f"peer {number}" for number in range(count))
        if others:
            self.join(first, others[0])
        for host in others:
            self.join(host, first)
            self.run(pause)
        self.until_told(hosts, "entered")
        return hosts

    def until_told(self, hosts: Sequence[Host], name: str, within: int = 60_000) -> None:
        """Let time go on until each of `hosts` has been told an event of that name."""
        began = self.mono
        while not all(host.told(name) for host in hosts):
            late = [host.name for host in hosts if not host.told(name)]
            assert self.mono - began < within, f"seed {self.seed}: {late} were never told {name}"
            self.run(100)

    def find(self, host: Host, target: bytes) -> tuple[NodeId, ...]:
        """What a lookup of that host finds."""
        before = len(host.told("found"))
        host.peer.find(OVERLAY, target, self.now)
        return self._answer(host, "found", before)["nodes"]

    def publish(self, host: Host, value: bytes, **changes: Any) -> dict[str, Any]:
        """What is told when that host has published `value`."""
        before = len(host.told("published"))
        given = {"resource": MEMBERS, "slot": bytes(16), "lifetime": 600, "value": value} | changes
        host.peer.publish(OVERLAY, Value(**given), self.now)
        return self._answer(host, "published", before)

    def withdraw(
        self, host: Host, resource: ResourceName = MEMBERS, slot: bytes = bytes(16)
    ) -> dict[str, Any]:
        before = len(host.told("published"))
        host.peer.withdraw(OVERLAY, resource, slot, self.now)
        return self._answer(host, "published", before)

    def fetch(self, host: Host, resource: ResourceName = MEMBERS) -> dict[str, Any]:
        """What is told when that host has fetched a resource."""
        before = len(host.told("fetched"))
        host.peer.fetch(OVERLAY, resource, self.now)
        return self._answer(host, "fetched", before)

    def _answer(self, host: Host, name: str, before: int) -> dict[str, Any]:
        self.collect(host)
        began = self.mono
        while len(host.told(name)) == before:
            assert self.mono - began < 60_000, f"seed {self.seed}: {host.name} was never told {name}"
            self.run(50)
        return dict(host.told(name)[-1].fields)


def facts(host: Host) -> dict[str, Any]:
    return host.peer.inspect(OVERLAY)


def contacts(host: Host) -> list[NodeId]:
    return [row["node"] for row in facts(host)["contacts"]]


def closest(hosts: Iterable[Host], target: bytes, count: int = 8) -> tuple[NodeId, ...]:
    """Who of `hosts` is closest to a target, by the numbers alone."""
    return tuple(sorted((host.node for host in hosts), key=lambda node: distance(node, target))[:count])
