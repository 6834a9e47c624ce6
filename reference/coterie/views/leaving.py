"""Leaving: the last words are sent, then the others are told.

Implements REQ-VIE-24 and REQ-VIE-42.
"""

from __future__ import annotations

from coterie import registry
from coterie.effects import Effect
from coterie.errors import RemoteError
from coterie.views.ground import Ground
from coterie.vocabulary import ALL_NODES, NO_VIEW, NodeId, Now, ViewId
from coterie.wire.bodies import Leave


class Leaving:
    """How far this peer has come on its way out."""

    def __init__(self, ground: Ground) -> None:
        self.is_over = False
        """Whether it is out, and membership only has to say so."""
        self._ground = ground
        self._until: int | None = None
        self._tells = False
        self._next_at = 0
        self._frame = b""
        self._view: ViewId = NO_VIEW

    def start(self, now: Now) -> list[Effect]:
        """The user wants to leave."""
        self._ground.is_leaving = True
        self._until = now.mono_ms + registry.timer("leave-give-up")
        self._next_at = now.mono_ms
        return self.go_on(now)

    def go_on(self, now: Now) -> list[Effect]:
        """Look whether the last words are sent, and whether anyone is left to be told."""
        if self._until is None:
            return []
        others = self._others(now)
        # REQ-VIE-24: nobody to be told, or nobody has to be told for longer
        if not others or (self._tells and now.mono_ms >= self._until):
            self.is_over = True
            return []
        if not self._tells and (self._ground.around.is_idle or now.mono_ms >= self._until):
            self._tells = True
            self._until = now.mono_ms + registry.timer("leave-give-up")
        if not self._tells:
            self._next_at = min(now.mono_ms + registry.timer("alive-busy"), self._until)
            return []
        return self._tell(others, now)

    def _others(self, now: Now) -> tuple[NodeId, ...]:
        ground = self._ground
        return tuple(
            node for node in ground.members
            if node != ground.node and not ground.liveness.suspects(node, now)
        )  # fmt: skip

    def _tell(self, others: tuple[NodeId, ...], now: Now) -> list[Effect]:
        ground = self._ground
        if self._view != ground.view:
            self._view = ground.view
            self._frame = ground.standing.sign(ALL_NODES, Leave(ground.view))
        # REQ-VIE-24: every 250 ms, byte for byte
        self._next_at = min(now.mono_ms + registry.timer("leave-resend"), self._until or 2**63)
        return [effect for node in others for effect in ground.send(node, self._frame)]

    def know_gone(self) -> None:
        """A proposal without this peer is known: the others know."""
        self.is_over = self._tells

    @property
    def tells(self) -> bool:
        """Whether the others are being told."""
        return self._tells

    def clear(self) -> None:
        """Out."""
        self._until = None
        self._tells = self.is_over = self._ground.is_leaving = False
        self._frame, self._view = b"", NO_VIEW

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        return self._next_at if self._until is not None else None

    def fire(self, now: Now) -> list[Effect]:
        """Look again, and tell again."""
        return self.go_on(now)

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        return (self._until is not None, self._tells, self._frame)


def check_leave(ground: Ground, signer: NodeId, body: Leave) -> None:
    """The signer is another member of the view that it leaves."""
    # REQ-VIE-42: of this view, and of no other
    if body.view_id != ground.view or signer not in ground.members or signer == ground.node:
        raise RemoteError("not-leaving", requirement="REQ-VIE-42", field="view_id")
