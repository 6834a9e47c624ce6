"""Peers that may be in another component: members that were lost, and contacts that the user named.

Implements REQ-VIE-23.
"""

from __future__ import annotations

from dataclasses import dataclass

from coterie import registry
from coterie.effects import Effect
from coterie.views.ground import Ground
from coterie.views.membership_states import State
from coterie.vocabulary import Address, NodeId, Now


@dataclass(frozen=True, slots=True)
class Sought:
    """A peer that is greeted now and then; `node` is None where only the address is known."""

    node: NodeId | None
    until: int


class Lost:
    """Who is sought, by address: one after the other is greeted, by the coordinator sooner."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._sought: dict[Address, Sought] = {}
        self._next_at: int | None = None
        self._greeted_at = 0
        """When somebody was greeted, or began to be sought when nobody was."""

    def seek(self, address: Address, node: NodeId | None, now: Now) -> None:
        """Greet whoever is there from now on, until it turns out to be in no other view."""
        if address == self._ground.standing.address:
            return
        self._sought.pop(address, None)
        while len(self._sought) >= registry.limit("lost-members"):
            del self._sought[next(iter(self._sought))]
        self._sought[address] = Sought(node, now.mono_ms + registry.timer("lost-keep"))
        if self._next_at is None:
            self._next_at = now.mono_ms + registry.timer("lost-greet")
            self._greeted_at = now.mono_ms

    def forget(self, node: NodeId, address: Address | None) -> None:
        """It is in the own view, or in none."""
        self._sought = {
            at: known for at, known in self._sought.items() if at != address and known.node != node
        }

    def clear(self) -> None:
        """Outside."""
        self._sought.clear()
        self._next_at = None

    @property
    def nodes(self) -> tuple[NodeId, ...]:
        """The lost members, ascending."""
        return tuple(sorted(known.node for known in self._sought.values() if known.node is not None))

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        return self._next_at if self._sought else None

    def fire(self, now: Now) -> list[Effect]:
        """Greet the one that was greeted longest ago."""
        self._sought = {at: known for at, known in self._sought.items() if known.until > now.mono_ms}
        # REQ-VIE-23: one each 500 ms, however late this is called
        due, step = self._next_at or now.mono_ms, registry.timer("lost-greet")
        self._next_at = now.mono_ms + step - (now.mono_ms - due) % step
        waited = now.mono_ms - self._greeted_at
        is_due = self._ground.state is State.STABLE and not self._ground.is_leaving
        if not self._sought or not is_due or waited < pause(leads=self._ground.leads):
            return []
        address = next(iter(self._sought))
        self._sought[address] = self._sought.pop(address)
        self._greeted_at = now.mono_ms
        return self._ground.around.seek(address, now)

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times and turns, for the digest."""
        return tuple(sorted((str(address), known.node) for address, known in self._sought.items()))


def pause(*, leads: bool) -> int:
    """Between two greetings, in ms: of the coordinator, and of another member."""
    # REQ-VIE-23: a member that does not lead may be the only one that remembers
    return registry.timer("lost-greet" if leads else "lost-greet-member")
