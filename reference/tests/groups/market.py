"""A market: the peers of a village whose main overlay is foreign, and a store in memory that keeps for it
whatever anybody puts there."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from coterie.crypto.entropy import Draws
from coterie.crypto.policy import OPEN
from coterie.effects import Effect, Get, Put
from coterie.peer import Membership, Peer, PeerConfig, ResourceName, Trust, Value
from coterie.peer.foreign import ForeignOverlay
from coterie.vocabulary import Address
from reference.tests.groups.village import Village
from reference.tests.overlay.commons import MEMBERS
from reference.tests.peer.network import OVERLAY, Host, make_identity

STEP_MS = 20
STORE = (Address("198.51.100.1", 4222), Address("198.51.100.2", 4222))


@dataclass(eq=False)
class Trader(Host):
    """A host of the market."""

    @property
    def inside(self) -> Any:
        return self.abroad

    @property
    def abroad(self) -> ForeignOverlay:
        return self.peer.foreign(OVERLAY)


class Market(Village):
    """`shelves` has by key what was put there, with the instant until which it is kept; nothing is replaced,
    and nothing is checked. Whoever is in `cut_off` is answered that nobody could be reached."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self.shelves: dict[bytes, list[tuple[bytes, int]]] = {}
        self.puts: list[tuple[Host, Put]] = []
        self.cut_off: set[Host] = set()
        self._answers: list[tuple[int, int, Trader, Callable[[], None]]] = []
        self._asked = 0

    # ------------------------------------------------------------ hosts

    def add(self, name: str, kind: Any = "ed25519", **trust: Any) -> Trader:
        address = Address(f"192.0.2.{len(self.hosts) + 1}", 4000)
        member = Membership(make_identity(name, kind), Trust(OVERLAY, OPEN, **{"membership": "none"} | trust))
        return self._enter(name, address, member, None)

    def restart(self, host: Host, *, keeps_disk: bool = True) -> Trader:
        self.hosts.remove(host)
        standing = host.inside.standing
        member = Membership(standing.identity, standing.trust)
        return self._enter(host.name, host.address, member, host.disk if keeps_disk else None)

    def _enter(self, name: str, address: Address, member: Membership, disk: bytes | None) -> Trader:
        draws = Draws(f"{self.seed} {name} {self.mono}".encode().ljust(32, b"\0")[:32])
        peer = Peer(PeerConfig(address, (), disk, grease=False), self.now, draws)
        peer.enter_foreign(member, self.now)
        host = Trader(name, peer, address, OVERLAY)
        self.hosts.append(host)
        self.collect(host)
        return host

    def meet_store(self, host: Trader) -> None:
        host.abroad.met(STORE, self.now)
        self.collect(host)

    def open(self, count: int) -> list[Trader]:
        """Hosts that have all entered."""
        hosts = [self.add(f"trader {number}") for number in range(count)]
        for host in hosts:
            self.meet_store(host)
        return hosts

    # ------------------------------------------------------------ the store

    def _take(self, host: Host, effect: Effect) -> None:
        match effect:
            case Put() | Get():
                assert isinstance(host, Trader)
                self._serve(host, effect)
            case _:
                super()._take(host, effect)

    def _serve(self, host: Trader, effect: Put | Get) -> None:
        if isinstance(effect, Put):
            self.puts.append((host, effect))

        def serve() -> None:
            reached = 0 if host in self.cut_off else len(STORE)
            shelf = self.shelves.setdefault(effect.key, [])
            if isinstance(effect, Put):
                shelf += [(effect.octets, effect.until)] if reached else []
                host.abroad.stored(effect.number, reached, self.now)
            else:
                kept = [octets for octets, until in shelf if until > self.now.wall_ms and reached]
                host.abroad.fetched(effect.number, kept, self.now, is_complete=bool(reached))

        self._asked += 1
        heapq.heappush(self._answers, (self.mono + STEP_MS, self._asked, host, serve))

    def lay(self, resource: Any, *many: bytes) -> None:
        """Somebody has put octets under a resource, which are kept for an hour."""
        self.shelves.setdefault(resource.key, []).extend(
            (each, self.now.wall_ms + 3_600_000) for each in many
        )

    def run(self, milliseconds: int) -> None:
        end = self.mono + milliseconds
        while self.mono < end:
            super().run(min(STEP_MS, end - self.mono))
            while self._answers and self._answers[0][0] <= self.mono:
                _, _, host, serve = heapq.heappop(self._answers)
                if host in self.hosts and host.address not in self.dead:
                    serve()
                    self.collect(host)

    # ------------------------------------------------------------ verbs of values

    def publish(self, host: Host, value: bytes, **changes: Any) -> dict[str, Any]:
        before = len(host.told("published"))
        given = {"resource": MEMBERS, "slot": bytes(16), "lifetime": 600, "value": value} | changes
        host.peer.foreign(OVERLAY).publish(Value(**given), self.now)
        return self._answer(host, "published", before)

    def withdraw(
        self, host: Host, resource: ResourceName = MEMBERS, slot: bytes = bytes(16)
    ) -> dict[str, Any]:
        before = len(host.told("published"))
        host.peer.foreign(OVERLAY).withdraw(resource, slot, self.now)
        return self._answer(host, "published", before)

    def fetch(self, host: Host, resource: ResourceName = MEMBERS) -> dict[str, Any]:
        before = len(host.told("fetched"))
        host.peer.foreign(OVERLAY).fetch(resource, self.now)
        return self._answer(host, "fetched", before)
