"""Messages that the coordinator sends for members outside the sender group.

Implements REQ-MUL-33, REQ-MUL-34, REQ-MUL-36 and REQ-MUL-45. An origin numbers and signs what it asks to be
sent; the coordinator takes each number once, in order; everyone sees the origin's own signature.
"""

from __future__ import annotations

from collections import deque

from coterie import registry
from coterie.crypto import signature
from coterie.errors import LocalError, NoRoomError
from coterie.standing import Standing
from coterie.vocabulary import NodeId, OverlayId, ViewId
from coterie.wire.bodies import Proxied, Proxy

PROXIED_SIZE = 2 + 8 + signature.SIGNATURE_SIZE
"""Octets of a proxied message beside its payload."""


def covered(place: tuple[OverlayId, ViewId, NodeId], origin_sequence: int, payload: bytes) -> bytes:
    """What an origin signs: label, overlay, view, its Node-ID, its number, and the payload."""
    # REQ-MUL-33: good in one view and at one place of it
    number = origin_sequence.to_bytes(8, "big")
    return registry.label("proxy-signature") + b"".join(place) + number + payload


class Proxies:
    """What this member has asked, or will ask, the coordinator to send for it."""

    __slots__ = ("_next", "_under_way", "_waiting", "resend_at")

    def __init__(self) -> None:
        self._next = 1
        self._waiting: deque[bytes] = deque()
        self._under_way: dict[int, Proxy] = {}
        self.resend_at: int | None = None

    def add(self, payload: bytes, longest: int) -> None:
        """A message of the application of at most `longest` octets."""
        if len(payload) > longest:
            raise LocalError(f"a message sent by proxy has at most {longest} octets; send it oneself")
        octets = sum(map(len, self._waiting)) + len(payload)
        full = len(self) >= registry.limit("waiting-messages")
        if full or octets > registry.limit("waiting-octets"):
            raise NoRoomError("as much waits as may wait; send again later")
        self._waiting.append(payload)

    def __len__(self) -> int:
        return len(self._waiting) + len(self._under_way)

    @property
    def waits(self) -> bool:
        """Whether something could go that has not gone yet."""
        return bool(self._waiting) and len(self._under_way) < registry.limit("proxied")

    def start(self, standing: Standing, view: ViewId) -> list[Proxy]:
        """Number and sign what may go now: 64 are under way at most."""
        place = (standing.overlay, view, standing.node)
        started = []
        while self.waits:
            payload = self._waiting.popleft()
            signed = signature.sign(standing.identity.key, covered(place, self._next, payload))
            proxy = self._under_way[self._next] = Proxy(self._next, payload, signed)
            started.append(proxy)
            self._next += 1
        return started

    def under_way(self) -> list[Proxy]:
        """What was asked and not delivered, in order."""
        return list(self._under_way.values())

    def delivered(self, origin_sequence: int) -> None:
        """The coordinator has sent it, and it came back."""
        self._under_way.pop(origin_sequence, None)
        if not self._under_way:
            self.resend_at = None

    def restart(self) -> None:
        """A new view: what was not delivered is sent anew, before what waits."""
        # REQ-MUL-36: numbers begin with 1 in each view
        self._waiting.extendleft(proxy.payload for proxy in reversed(self.under_way()))
        self._under_way.clear()
        self._next = 1
        self.resend_at = None

    def hand_over(self) -> list[bytes]:
        """This member sends for itself now: what waits, in order."""
        waiting = list(self._waiting)
        self._waiting.clear()
        return waiting

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        return (self._next, tuple(self._waiting), tuple(self._under_way.values()), self.resend_at)


class Intake:
    """What the coordinator of a view has taken from each origin, and what came before its turn."""

    __slots__ = ("_ahead", "_taken")

    def __init__(self) -> None:
        self._taken: dict[int, int] = {}
        self._ahead: dict[int, dict[int, Proxied]] = {}

    def take(self, asked: Proxied, *, room: bool) -> list[Proxied]:
        """What is to be multicast now, in the origin's order; nothing where there is no room for more."""
        taken = self._taken.get(asked.origin, 0)
        ahead = self._ahead.setdefault(asked.origin, {})
        # REQ-MUL-34: each number once; what is further ahead than may be under way is asked again
        if taken < asked.origin_sequence <= taken + registry.limit("proxied"):
            ahead[asked.origin_sequence] = asked
        ready = []
        while room and (found := ahead.pop(taken + 1, None)) is not None:
            ready.append(found)
            taken += 1
        self._taken[asked.origin] = taken
        return ready

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        ahead = tuple((origin, tuple(sorted(self._ahead[origin]))) for origin in sorted(self._ahead))
        return (tuple(sorted(self._taken.items())), ahead)


class Once:
    """Which of an origin's numbers were told: REQ-MUL-45."""

    __slots__ = ("_told",)

    def __init__(self) -> None:
        self._told: dict[int, int] = {}

    def has_turn(self, origin: int, origin_sequence: int, *, gaps: bool) -> bool:
        """Whether this one is to be told; it counts as told from now on. `gaps` where some may be lost."""
        told = self._told.get(origin, 0)
        if not is_next(origin_sequence, told, gaps=gaps):
            return False
        self._told[origin] = origin_sequence
        return True

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        return tuple(sorted(self._told.items()))


def ask_again_at(mono_ms: int) -> int:
    """When an origin asks again for what was not delivered."""
    # REQ-MUL-33: every 250 ms
    return mono_ms + registry.timer("proxy-resend")


def is_next(origin_sequence: int, told: int, *, gaps: bool) -> bool:
    """Whether a proxied message comes after the one of its origin that was told last."""
    # REQ-MUL-45: once, and in the order of the numbers
    return origin_sequence > told if gaps else origin_sequence == told + 1
