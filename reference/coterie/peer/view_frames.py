"""The signed frames that make views: those of a proposal, and those of a key run.

Implements the way from such a frame to its machine, and the REFUSE of REQ-VIE-28.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from coterie.effects import Effect
from coterie.errors import RemoteError
from coterie.peer import known, refusals
from coterie.peer.group import Group
from coterie.records import Records
from coterie.sessions import Session
from coterie.sessions.session import SessionTable
from coterie.standing import Standing
from coterie.views import Views
from coterie.views.membership import Membership
from coterie.vocabulary import Now
from coterie.wire import bodies, decode_body
from coterie.wire.frames import SignedFrame

Handler = Callable[[Session, SignedFrame, Now], list[Effect]]

Emit = Callable[[list[Effect], Now], None]
"""Where effects go that a refused frame has all the same."""


class ViewFrames:
    """What an overlay that has views does with the frames that make them. `last` holds the messages of its
    views."""

    def __init__(
        self, standing: Standing, table: SessionTable, views: Views, last: Group | Records, emit: Emit
    ) -> None:
        self._standing = standing
        self._table = table
        self._views = views
        self._group = last if isinstance(last, Group) else None
        self._timestamps = last
        self._emit = emit
        self.handlers: Mapping[str, Handler] = {
            "INSTALL": self._on_install,
            "UP": self._on_up,
            "DOWN": self._on_down,
            "CONFIRM": self._on_confirm,
            "PROPOSE": self._on_propose,
            "FLUSH": self._on_flush,
            "JOIN": self._on_join,
            "LEAVE": self._on_leave,
        }

    # ------------------------------------------------------------ the key run

    def _on_install(self, _session: Session, frame: SignedFrame, now: Now) -> list[Effect]:
        octets = decode_body("INSTALL", frame.body, senders=self._group is not None)
        body, partners = expect(bodies.Install, octets), known.partners(self._standing, self._table)
        effects = self._views.on_install(frame, body, partners, self._timestamps.clock, now)
        return effects + (self._group.membership.run_began(now) if self._group is not None else [])

    def _on_up(self, _session: Session, frame: SignedFrame, now: Now) -> list[Effect]:
        return self._views.on_up(frame, expect(bodies.Up, decode_body("UP", frame.body)), now)

    def _on_down(self, _session: Session, frame: SignedFrame, now: Now) -> list[Effect]:
        return self._views.on_down(frame, expect(bodies.Down, decode_body("DOWN", frame.body)), now)

    def _on_confirm(self, _session: Session, frame: SignedFrame, now: Now) -> list[Effect]:
        return self._views.on_confirm(frame, expect(bodies.Confirm, decode_body("CONFIRM", frame.body)), now)

    # ------------------------------------------------------------ frames of a group

    def _membership(self) -> Membership:
        """Whoever has none refuses the frames that are for it."""
        if self._group is None:
            raise refusals.stated_membership()
        return self._group.membership

    def _on_propose(self, session: Session, frame: SignedFrame, now: Now) -> list[Effect]:
        membership = self._membership()
        try:
            body = expect(bodies.Propose, decode_body("PROPOSE", frame.body))
            return membership.on_propose(frame, body, now)
        except RemoteError as refused:
            seen = membership.ground.seen if refused.reason == "stale-proposal" else None
            self._emit([refusals.refuse(self._standing, session.address, frame, refused, seen)], now)
            raise

    def _on_flush(self, _session: Session, frame: SignedFrame, now: Now) -> list[Effect]:
        membership = self._membership()
        return membership.on_flush(frame, expect(bodies.Flush, decode_body("FLUSH", frame.body)), now)

    def _on_join(self, session: Session, frame: SignedFrame, now: Now) -> list[Effect]:
        membership = self._membership()
        try:
            return membership.on_join(frame, expect(bodies.Join, decode_body("JOIN", frame.body)), now)
        except RemoteError as refused:
            self._emit([refusals.refuse(self._standing, session.address, frame, refused, None)], now)
            raise

    def _on_leave(self, _session: Session, frame: SignedFrame, now: Now) -> list[Effect]:
        membership = self._membership()
        return membership.on_leave(frame, expect(bodies.Leave, decode_body("LEAVE", frame.body)), now)


T = TypeVar("T")


def expect(kind: type[T], body: object) -> T:
    """`body`, which the codec has made for this type."""
    if not isinstance(body, kind):
        raise TypeError(f"{body} is not {kind}")
    return body
