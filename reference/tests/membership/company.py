"""Companies: peers of one group on a network in memory that can be torn apart, and what holds of them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

from coterie.effects import Event
from coterie.vocabulary import NodeId, ViewId
from reference.tests.peer.network import Fate, Host, Network, perfect

SETTLED = 3000
"""How long nothing may change before a company counts as settled, in milliseconds: longer than suspicion."""


class Company(Network):
    """A network whose hosts are in a group. `islands` are components that do not reach each other."""

    def __init__(self, seed: int = 0, fate: Fate = perfect) -> None:
        super().__init__(seed, self._fate)
        self.weather = fate
        self.islands: list[set[str]] = []
        self.lives: list[Host] = []

    def _fate(self, chance: random.Random, source: Host, to: Host, datagram: bytes) -> list[int]:
        if any((source.name in island) != (to.name in island) for island in self.islands):
            return []
        return self.weather(chance, source, to, datagram)

    def enlist(self, names: Iterable[str], **trust: object) -> list[Host]:
        """New peers of the group, outside of it."""
        hosts = [self.add(name, membership="group", **trust) for name in names]
        self.lives += hosts
        return hosts

    def restart(self, host: Host, *, keeps_disk: bool = True) -> Host:
        reborn = super().restart(host, keeps_disk=keeps_disk)
        self.lives.append(reborn)
        return reborn

    def create(self, host: Host, suite: int = 1) -> None:
        host.peer.create(host.overlay, self.now, suite=suite)
        self.collect(host)

    def join(self, host: Host, *contacts: Host) -> None:
        host.peer.join(host.overlay, [contact.address for contact in contacts], self.now)
        self.collect(host)

    def leave(self, host: Host) -> None:
        host.peer.leave(host.overlay, self.now)
        self.collect(host)

    def gather(self, names: Iterable[str], **trust: object) -> list[Host]:
        """A group of new peers, in one view."""
        hosts = self.enlist(names, **trust)
        self.create(hosts[0])
        for host in hosts[1:]:
            self.join(host, hosts[0])
        self.until_together(hosts)
        return hosts

    def in_order(self, hosts: Sequence[Host]) -> list[Host]:
        """The same hosts, by their places in the view of the first one."""
        members = self.facts(hosts[0])["members"]
        return sorted(hosts, key=lambda host: members.index(host.node))

    def crash(self, host: Host) -> None:
        self.dead.add(host.address)

    def split(self, *islands: Iterable[Host]) -> None:
        """Nobody on an island reaches anybody elsewhere."""
        self.islands = [{host.name for host in island} for island in islands]

    def heal(self) -> None:
        self.islands = []

    def are_together(self, hosts: Sequence[Host]) -> bool:
        """Whether they, and nobody else, are in one view that all of them are stable in."""
        facts = [self.facts(host) for host in hosts]
        views = {each["view"] for each in facts}
        everyone = {host.node for host in hosts}
        stable = all(each["state"] == "stable" and set(each["members"]) == everyone for each in facts)
        return len(views) == 1 and None not in views and stable

    def until_together(self, hosts: Sequence[Host], within: int = 20_000) -> int:
        """Let time go on until `hosts` share a view; how long that took, in milliseconds."""
        began = self.mono
        while not self.are_together(hosts):
            assert self.mono - began < within, self.report()
            self.run(50)
        return self.mono - began

    def until_together_soon(self, within: int = 20_000) -> int:
        """Let time go on until those that have not crashed share a view; whoever crashes meanwhile is not
        waited for."""
        began, since = self.mono, self.mono
        before: set[str] = set()
        while self.mono - began < within:
            alive = [host for host in self.hosts if host.address not in self.dead]
            together = self.are_together(alive)
            if not together or {host.name for host in alive} != before:
                since = self.mono
            before = {host.name for host in alive}
            if together and self.mono - since >= SETTLED:
                return since - began
            self.run(50)
        raise AssertionError(self.report())

    def facts(self, host: Host) -> dict[str, Any]:
        return host.peer.inspect(host.overlay)

    def names(self, nodes: Iterable[NodeId]) -> list[str]:
        return [next((host.name for host in self.hosts if host.node == node), "?") for node in nodes]

    def report(self) -> str:
        """Where everyone stands, for the reader of a failure."""
        lines = []
        for host in self.hosts:
            facts = self.facts(host)
            gone = " (crashed)" if host.address in self.dead else ""
            lines.append(
                f"{self.mono} {host.name}{gone}: {facts['state']} in {(facts['view'] or b'').hex()[:20]} "
                f"{self.names(facts['members'])}, suspects {self.names(facts['suspected'])}, "
                f"proposal {facts['proposal']}, run {facts['run']}, lost {self.names(facts['lost'])}"
            )
        return "\n".join(lines)


def installed(host: Host) -> list[Event]:
    return host.told("view-installed")


def check_views(company: Company) -> None:
    """What holds of the views of all lives, whatever happened to them."""
    seen: dict[ViewId, tuple[object, ...]] = {}
    for host in company.lives:
        before = 0
        for event in installed(host):
            view, members = event.fields["view"], event.fields["members"]
            assert isinstance(view, bytes)
            assert isinstance(members, tuple)
            counter = event.fields["counter"]
            assert isinstance(counter, int)
            # one view is one view to all of its members, which alone install it
            told = tuple(
                event.fields[name] for name in ("members", "suite", "senders", "key_id", "clock_base")
            )
            assert seen.setdefault(ViewId(view), told) == told
            assert host.node in members
            # each goes on to greater counters only
            assert counter > before
            before = counter


def check_order(company: Company) -> None:
    """Nobody is blocked in a view and says a word in it afterwards; the signal comes before the view."""
    for host in company.lives:
        blocked = False
        current: object = None
        for event in host.events:
            match event.name:
                case "blocked":
                    assert not blocked
                    assert event.fields["view"] == current
                    blocked = True
                case "unblocked":
                    assert event.fields["view"] == current
                    blocked = False
                case "sent":
                    assert not blocked
                    assert event.fields["view"] == current
                case "transitional":
                    assert event.fields["view"] == current
                case "view-installed":
                    current = event.fields["view"]
                case "left":
                    current, blocked = None, False
                case _:
                    pass
