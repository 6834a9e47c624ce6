"""Whole histories from a seed: crashes, partitions, restarts, joins and leaves in any order, then calm."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from coterie.errors import LocalError
from reference.tests.membership.company import Company, check_order, check_views
from reference.tests.peer.network import Host, perfect


def lossy(share: float) -> Callable[[random.Random, Host, Host, bytes], list[int]]:
    """A network that loses that share of all datagrams and shuffles the others."""

    def fate(chance: random.Random, _source: Host, _to: Host, _datagram: bytes) -> list[int]:
        return [] if chance.random() < share else [chance.randint(1, 30)]

    return fate


class Storm:
    """One history; what happens follows from the seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.company = Company(seed, self.chance.choice([perfect, lossy(0.02), lossy(0.1), lossy(0.2)]))
        hosts = self.company.enlist("abcde"[: self.chance.choice([3, 4, 5])])
        self.company.create(hosts[0])
        for host in hosts[1:]:
            self.company.join(host, hosts[0])
        self.company.until_together(hosts, within=60_000)

    @property
    def alive(self) -> list[Host]:
        return [host for host in self.company.hosts if host.address not in self.company.dead]

    def others(self, host: Host) -> list[Host]:
        return [other for other in self.company.hosts if other is not host]

    def strike(self) -> None:
        """One blow."""
        blow = self.chance.choice(
            [self.crash, self.restart, self.split, self.company.heal, self.leave, self.join]
        )
        blow()
        for _ in range(self.chance.randint(1, 4)):
            self.speak()
            self.company.run(self.chance.choice([10, 50, 120, 300, 1000, 3000]))

    def crash(self) -> None:
        if len(self.alive) > 1:
            self.company.crash(self.chance.choice(self.alive))

    def restart(self) -> None:
        for address in sorted(self.company.dead)[:1]:
            self.company.dead.discard(address)
            host = self.company.at(address)
            assert host is not None
            reborn = self.company.restart(host, keeps_disk=self.chance.random() < 0.5)
            self.company.join(reborn, *self.others(reborn))

    def split(self) -> None:
        hosts = self.company.hosts
        self.company.split(self.chance.sample(hosts, self.chance.randint(1, len(hosts) - 1)))

    def leave(self) -> None:
        inside = [host for host in self.alive if host.view]
        if len(inside) > 1 and not inside[-1].inside.membership().ground.is_leaving:
            self.company.leave(inside[-1])

    def join(self) -> None:
        for host in self.alive:
            ground = host.inside.membership().ground
            if host.view is None and not ground.is_leaving and not ground.is_joining:
                self.company.join(host, *self.others(host))

    def speak(self) -> None:
        for host in self.alive:
            if host.view and self.chance.random() < 0.5:
                try:
                    self.company.send(host, f"{host.name} {self.company.mono}".encode())
                except LocalError:
                    assert host.inside.membership().ground.is_leaving

    def calm(self) -> None:
        """All faults are over; somebody is in a view, or begins one."""
        self.company.heal()
        self.company.dead.clear()
        self.company.weather = perfect
        self.company.run(5000)
        if not any(host.view for host in self.company.hosts):
            first = self.company.hosts[0]
            if first.inside.membership().ground.is_joining:
                self.company.leave(first)
            self.company.create(first)
        self.join()
        self.company.until_together(self.company.hosts, within=60_000)
        self.company.run(5000)
        assert self.company.are_together(self.company.hosts)


@pytest.mark.parametrize("seed", range(12))  # the soak judges hundreds in each run of all tests
def test_storm_leaves_a_group_apart_or_in_two_minds(seed: int) -> None:
    storm = Storm(seed)
    for _ in range(8):
        storm.strike()
    storm.calm()

    check_views(storm.company)
    check_order(storm.company)
    check_messages(storm.company)


def check_messages(company: Company) -> None:
    """Whoever goes on together from one view was told the same messages in it, in one order."""
    told: dict[tuple[object, object], list[object]] = {}
    for host in company.lives:
        heard: list[object] = []
        for event in host.events:
            if event.name == "message":
                heard.append((event.fields["sender"], event.fields["sequence"], event.fields["payload"]))
            elif event.name == "view-installed":
                fields = event.fields
                if isinstance(fields["together"], tuple) and len(fields["together"]) > 1:
                    key = (fields["previous"], fields["view"])
                    assert told.setdefault(key, heard) == heard
                heard = []
            elif event.name == "left":
                heard = []
