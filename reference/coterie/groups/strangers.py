"""Addresses that others name in documents: how often a peer greets one of them, over all its groups.

Implements REQ-GRP-19. Each rule is a function that is looked up in this module when it is applied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from coterie import registry
from coterie.vocabulary import Address, Now, OverlayId

HasSession = Callable[[OverlayId, Address], bool]
"""Whether there is a session at that address in an overlay."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """A handshake that was begun, and when, in milliseconds of the monotonic clock."""

    overlay: OverlayId
    at: int


class Strangers:
    """Whom documents have named, by group, and the handshakes that one peer has begun with them."""

    def __init__(self, has_session: HasSession) -> None:
        self._has_session = has_session
        self._named: dict[OverlayId, dict[Address, None]] = {}
        self._begun: dict[Address, tuple[Greeting, ...]] = {}

    def name(self, overlay: OverlayId, addresses: Sequence[Address]) -> None:
        """Documents name these as places of a group; of too many the first are forgotten."""
        named = self._named.setdefault(overlay, {})
        for address in addresses:
            named.pop(address, None)
            named[address] = None
        while len(named) > registry.limit("lost-members"):
            del named[next(iter(named))]

    def leave(self, overlay: OverlayId) -> None:
        """The peer is about to leave that overlay, with all its sessions."""
        self._named.pop(overlay, None)
        answered = {to: self._unanswered(greetings, to) for to, greetings in self._begun.items()}
        self._begun = {to: greetings for to, greetings in answered.items() if greetings}

    def may_greet(self, overlay: OverlayId, to: Address, now: Now) -> bool:
        """Whether a handshake may be begun there."""
        if to not in self._named.get(overlay, ()):
            return True
        counted = self._counted(to, now)
        is_room = to in self._begun or len(self._begun) < registry.limit("strangers")
        return is_room and is_seldom(counted) and is_late(counted, now.mono_ms)

    def greeted(self, overlay: OverlayId, to: Address, now: Now) -> None:
        """A handshake was begun."""
        if to in self._named.get(overlay, ()):
            self._begun[to] = (*self._counted(to, now), Greeting(overlay, now.mono_ms))
        self._begun = {
            address: greetings for address, greetings in self._begun.items()
            if is_within(greetings[-1], now.mono_ms)
        }  # fmt: skip

    def _counted(self, to: Address, now: Now) -> tuple[Greeting, ...]:
        lately = (each for each in self._begun.get(to, ()) if is_within(each, now.mono_ms))
        return self._unanswered(lately, to)

    def _unanswered(self, greetings: Iterable[Greeting], to: Address) -> tuple[Greeting, ...]:
        return tuple(each for each in greetings if not is_answered(each, to, self._has_session))

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        named = ((overlay, tuple(map(str, self._named[overlay]))) for overlay in sorted(self._named))
        begun = ((str(to), tuple(one.overlay for one in greetings)) for to, greetings in self._begun.items())
        return tuple(named), tuple(begun)


def is_within(greeting: Greeting, mono_ms: int) -> bool:
    """Whether a handshake was begun so lately that it counts."""
    # REQ-GRP-19: 30,000 ms
    return mono_ms - greeting.at < registry.timer("stranger-window")


def is_answered(greeting: Greeting, to: Address, has_session: HasSession) -> bool:
    """Whether a handshake has led to a session."""
    # REQ-GRP-19: whoever answers is no stranger
    return has_session(greeting.overlay, to)


def is_seldom(counted: Sequence[Greeting]) -> bool:
    """Whether one more handshake is not too many."""
    # REQ-GRP-19: 3 at most, whatever groups they are of
    return len(counted) < registry.limit("stranger-greetings")


def is_late(counted: Sequence[Greeting], mono_ms: int) -> bool:
    """Whether enough time has gone since the last handshake."""
    # REQ-GRP-19: not within 1,000 ms
    return all(mono_ms - each.at >= registry.timer("stranger-greet") for each in counted)
