"""The group side of an overlay: membership and multicast, and the one queue that they tell through.

Implements REQ-VIE-18 as far as two machines have to agree on an order: what ends a view is told before the
view that follows, and what begins one after it.
"""

from __future__ import annotations

from coterie import registry
from coterie.effects import Effect, Event
from coterie.errors import LocalError
from coterie.groups.strangers import Strangers
from coterie.holdings import Holdings, Recovery
from coterie.multicast import Multicast
from coterie.peer import known
from coterie.peer.config import Stored
from coterie.sessions import Sessions
from coterie.standing import Standing
from coterie.views import Partner, Run, Views, terms, told
from coterie.views.membership import Membership
from coterie.vocabulary import Address, NodeId, Now
from coterie.wire.frames import SealedFrame, SignedFrame

SPOKEN = frozenset({"PROPOSE", "FLUSH", "INSTALL", "UP", "DOWN", "CONFIRM", "LEAVE"})
"""Signed frames by which a member is heard."""


class Group:
    """What a peer has in an overlay whose members make the views themselves. It is the surroundings of
    membership."""

    def __init__(self, standing: Standing, sessions: Sessions, views: Views, stored: Stored) -> None:
        self.multicast = Multicast(standing)
        self._standing = standing
        self._sessions = sessions
        self._views = views
        self._stored = stored
        self._current: Run | None = None
        self._run: Run | None = None
        self.membership = Membership(standing, views, self)
        self.membership.ground.learn(stored.counters.get(standing.overlay, 0))
        self.strangers: Strangers | None = None
        """Whom documents name, where groups are managed."""

    # ------------------------------------------------------------ the queue

    def follow(self, effects: list[Effect], now: Now) -> list[Effect]:
        """`effects` with all that follows from them: from a run that failed, and from a view installed."""
        if self._views.run is self._run and self._views.view is self._current:
            return effects
        for effect in tuple(effects):
            if isinstance(effect, Event) and effect.name == "run-failed":
                effects = effects + self.membership.run_failed(effect.fields, now)
        view = self._views.view
        if view is not None and view is not self._current:
            effects = self._change(view, effects, now)
        self._run, self._current = self._views.run, self._views.view
        return effects

    def _change(self, view: Run, effects: list[Effect], now: Now) -> list[Effect]:
        accepted = view.proposal
        at = next(
            place for place, effect in enumerate(effects)
            if isinstance(effect, Event) and effect.name == "view-installed"
        )  # fmt: skip
        # REQ-VIE-26: kept before anyone hears of it
        kept = self._stored.keep(self._standing.overlay, accepted.install.counter)
        # REQ-VIE-18: the rest of the old view, the view, what begins in it
        closing = self.multicast.finish(told.together(accepted), now)
        senders = terms.senders_of(accepted.install)
        epoch = known.epoch(view, self._sessions.table)
        begun = self.multicast.begin(epoch, accepted.install.clock_base, senders, now)
        following = self.membership.installed(view, now)
        return [*effects[:at], *closing, kept, *effects[at:], *begun, *following]

    def on_sealed(self, frame: SealedFrame, now: Now) -> list[Effect]:
        """A sealed frame; perhaps the last one that the end of the view waited for."""
        effects = self.multicast.on_sealed(frame, now) + self.released(now)
        if self.is_worn_out:
            # REQ-VIE-27: the frame that uses the key up may be the cause of a proposal
            effects += self.membership.look(now)
        return effects

    @property
    def is_worn_out(self) -> bool:
        """Whether so much was sealed in the view that it is to be refreshed."""
        return self.multicast.frames_seen >= registry.limit("view-frames")

    def released(self, now: Now) -> list[Effect]:
        """The CONFIRM, if it waited for messages and they are all there."""
        run = self._views.run
        waits = run is not None and run.is_held_back
        return self._views.release(now) if waits and self.multicast.recovered else []

    def send(self, payload: bytes, now: Now, *, proxy: bool) -> list[Effect]:
        """One message to the group."""
        if self.membership.ground.is_leaving:
            raise LocalError("this peer is leaving; what it said before is sent, nothing else")
        return self.multicast.send(payload, now, proxy)

    def facts(self, now: Now) -> dict[str, object]:
        """What `inspect` shows of a group."""
        of_no_view = {"senders": (), "acknowledged": 0, "stable": 0, "unstable": 0, "waiting": 0}
        facts = of_no_view | self.multicast.facts()
        return self.membership.facts(now) | {name: facts[name] for name in of_no_view}

    # ------------------------------------------------------------ the surroundings of membership

    @property
    def clock(self) -> int:
        """The greatest timestamp known."""
        return self.multicast.clock

    @property
    def is_recovered(self) -> bool:
        """Whether everything up to the cut is held."""
        return self.multicast.recovered

    @property
    def is_idle(self) -> bool:
        """Whether nothing of this peer waits to be sent, and what it sent is stable."""
        return self.multicast.idle

    @property
    def frames_seen(self) -> int:
        """The most frames of messages that one member has sealed in the view."""
        return self.multicast.frames_seen

    def partners(self) -> dict[NodeId, Partner]:
        """Whom there is a session with, this peer itself included."""
        return known.partners(self._standing, self._sessions.table)

    def partner(self, node: NodeId) -> Partner | None:
        """What is known of one of them; None for a stranger."""
        return known.find(self._standing, self._sessions.table, node)

    def vouches(self, frame: SignedFrame) -> bool:
        """Whether the signer is this peer or one with a session, in this life, and signed the frame."""
        return known.vouches(self._standing, self._sessions.table, frame)

    def greet(self, to: Address, now: Now) -> list[Effect]:
        """Begin a handshake, unless one is under way or there is no room."""
        try:
            return self._sessions.greet(to, now)
        except LocalError:
            return []

    def seek(self, to: Address, now: Now) -> list[Effect]:
        """The same, with an address that documents may have named."""
        overlay = self._standing.overlay
        if self.strangers is None:
            return self.greet(to, now)
        if not self.strangers.may_greet(overlay, to, now):
            # REQ-GRP-19: left out
            return []
        effects = self.greet(to, now)
        if effects:
            self.strangers.greeted(overlay, to, now)
        return effects

    def heard_at(self, node: NodeId) -> int:
        """When a sealed frame of that member was last accepted under the view; 0 for never."""
        return self.multicast.heard_at(node) or 0

    def laggards(self, now: Now) -> tuple[NodeId, ...]:
        """Members that have held back what the others could forget for too long."""
        return self.multicast.laggards(now)

    def overdue_at(self, now: Now) -> int | None:
        """When there may next be such members."""
        return self.multicast.overdue_at(now)

    def freeze(self, now: Now) -> Holdings:
        """Stop sending in the view; what is held of it."""
        return self.multicast.freeze(now)

    def recover(self, recovery: Recovery, now: Now) -> list[Effect]:
        """Fetch what is missing up to the cut."""
        return self.multicast.recover(recovery, now)

    def end(self) -> None:
        """Outside again: the view and what waits to be sent are forgotten."""
        self.multicast.end()
