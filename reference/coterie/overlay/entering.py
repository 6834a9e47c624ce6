"""Entering the overlay, and meeting peers in it from time to time.

Implements REQ-OVL-26 and REQ-OVL-27.
"""

from __future__ import annotations

from coterie import registry
from coterie.effects import Effect
from coterie.errors import LocalError
from coterie.overlay.ground import Ground
from coterie.overlay.lookups import Lookups
from coterie.overlay.purposes import Entering as OwnNode
from coterie.overlay.purposes import Refreshing
from coterie.overlay.states import TRANSITIONS, Input, State
from coterie.vocabulary import Address, Now
from coterie.wire import contact
from coterie.wire.contact import Contact

TARGET_SIZE = 32


class Entering:
    """How one peer comes into the overlay and stays there."""

    def __init__(self, ground: Ground, lookups: Lookups) -> None:
        self.state = State.OUTSIDE
        self._ground = ground
        self._lookups = lookups
        self._again_at: dict[Address, int] = {}
        """When each address may be greeted next, in milliseconds of the monotonic clock; 0 at once."""
        self._refresh_at: int | None = None

    def _step(self, given: Input) -> None:
        self.state = TRANSITIONS[self.state, given]

    def join(self, addresses: tuple[Address, ...]) -> None:
        """Enter by those who are at `addresses`. Whoever has entered looks itself up again."""
        check_addresses(addresses, self._ground.standing.address)
        self._again_at = {each: self._again_at.get(each, 0) for each in addresses}
        self._step(Input.JOIN)

    def leave(self) -> None:
        """Outside again."""
        self._again_at, self._refresh_at = {}, None
        self._step(Input.LEAVE)

    def look(self, now: Now) -> list[Effect]:
        """Something has happened: perhaps there is a contact, or none any more."""
        contacts = len(self._ground.contacts)
        if self.state is State.INSIDE and not contacts:
            self._step(Input.LONELY)
        if self.state is not State.SEEKING:
            return []
        if contacts:
            # REQ-OVL-26: the first contact is there
            self._step(Input.CONTACT)
            self._lookups.start(self._ground.standing.node, OwnNode())
            return []
        return self._greet(now)

    def _greet(self, now: Now) -> list[Effect]:
        effects: list[Effect] = []
        for address, at in self._again_at.items():
            if at <= now.mono_ms:
                self._again_at[address] = greet_again_at(now.mono_ms)
                effects += self._ground.around.greet(address, now)
        return effects

    def looked(self, now: Now) -> list[Effect]:
        """The lookup of the own Node-ID has ended."""
        self._step(Input.LOOKED)
        self._refresh_at = refresh_after(now.mono_ms)
        return [self._ground.event("entered", contacts=len(self._ground.contacts))]

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        greetings = self._again_at.values() if self.state is State.SEEKING else ()
        refresh = () if self._refresh_at is None else (self._refresh_at,)
        return min((*greetings, *refresh), default=None)

    def fire(self, now: Now) -> list[Effect]:
        """Meet somebody new; greetings follow from `look`."""
        if self._refresh_at is None or self._refresh_at > now.mono_ms:
            return self._greet(now)
        self._refresh_at = refresh_after(self._refresh_at)
        standing = self._ground.standing
        target = standing.entropy("lookup-target", standing.overlay, TARGET_SIZE)
        # REQ-OVL-27: anything, so that buckets far away are filled too
        self._lookups.start(target, Refreshing())
        return []

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        return (self.state.name, tuple(str(address) for address in self._again_at))


def greet_again_at(mono_ms: int) -> int:
    """When an address that is greeted at `mono_ms` may be greeted again."""
    # REQ-OVL-26: 10,000 ms
    return mono_ms + registry.timer("enter-again")


def refresh_after(mono_ms: int) -> int:
    """When a peer that entered, or met somebody new, at `mono_ms` does so again."""
    # REQ-OVL-27: every 600,000 ms
    return mono_ms + registry.timer("table-refresh")


def check_addresses(addresses: tuple[Address, ...], own: Address) -> None:
    """`LocalError` unless they are addresses of others, and not too many."""
    most = registry.limit("contacts")
    if not 1 <= len(addresses) <= most:
        raise LocalError(f"name 1 to {most} addresses of peers that are in the overlay")
    for each in addresses:
        if each == own or not contact.is_unicast(Contact.of(each)):
            raise LocalError(f"{each} is no other peer's address; name one that a datagram can be sent to")
