"""A member's way into the sender group and out of it.

Implements REQ-MUL-2, REQ-MUL-3, REQ-MUL-6 and REQ-MUL-7. Who is in the group is said by the order alone; here
stands only what a member has asked for and what the coordinator has been asked.
"""

from __future__ import annotations

from coterie import registry

ENTER = 1
"""The one operation of SENDER."""


class Entrance:
    """What one member wants of the group of one view."""

    __slots__ = ("ask_at", "pending", "resigned", "said_at")

    def __init__(self, mono_ms: int) -> None:
        self.ask_at: int | None = None
        """When the coordinator is asked again."""
        self.resigned = False
        """Whether the own REMOVE was sent and did not take effect yet."""
        self.said_at = mono_ms
        """When the last DATA was sent."""
        self.pending: set[int] = set()
        """At the coordinator: the positions whose ADD is on its way."""

    def wants(self, position: int, group: set[int]) -> bool:
        """At the coordinator: whether a request needs an ADD; it counts as on its way from now on."""
        # REQ-MUL-3: one for each, however often it asks
        if position in group or position in self.pending:
            return False
        self.pending.add(position)
        return True

    def added(self, position: int, *, own: bool, mono_ms: int) -> None:
        """An ADD took effect."""
        self.pending.discard(position)
        if own:
            self.ask_at = None
            self.said_at = mono_ms

    def removed(self, *, own: bool) -> None:
        """A REMOVE took effect."""
        if own:
            self.resigned = False

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        return (self.ask_at, self.resigned, self.said_at, tuple(sorted(self.pending)))


def ask_again_at(mono_ms: int) -> int:
    """When a member that was not let in asks again."""
    # REQ-MUL-2: every 250 ms
    return mono_ms + registry.timer("sender-resend")


def idle_at(said_at: int) -> int:
    """When a member that says nothing leaves the group."""
    # REQ-MUL-7: after 10 s
    return said_at + registry.timer("sender-idle")
