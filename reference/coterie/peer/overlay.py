"""One overlay of a peer: the place where sessions meet views and records, or the values that peers keep.

Implements checks 7 to 12 of the order of REQ-FRM-13 by handing each frame type to its machine, and the two
replies to refusals: ERROR (REQ-SES-19) and REFUSE (REQ-SES-27, REQ-OVL-10). No machine knows another; what
one has to know of the others is handed over here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING

from coterie import registry
from coterie.effects import Effect, Send
from coterie.errors import LocalError, RemoteError
from coterie.peer import known, refusals
from coterie.peer.config import Stored
from coterie.peer.group import SPOKEN, Group
from coterie.peer.timed import Due, Remembered, Timed, first_due
from coterie.peer.traffic import Traffic
from coterie.peer.view_frames import ViewFrames, expect
from coterie.records import Records
from coterie.sessions import Assemblies, Pings, Secrets, Session, Sessions, admission
from coterie.standing import Standing
from coterie.views import Request, Run, RunError, Views, draft
from coterie.views.joining import Seen
from coterie.views.membership import Membership
from coterie.vocabulary import Address, NodeId, Now
from coterie.wire import bodies, decode_body, frames, segments
from coterie.wire.frames import Frame, PlainFrame, SealedFrame, SignedFrame

if TYPE_CHECKING:
    from coterie.peer.main_overlay import Values
    from coterie.peer.management import Management
    from coterie.peer.neighbourhood import Neighbourhood

Follower = Callable[["Overlay", list[Effect], Now], None]
"""Who is told of what happened in an overlay, after it was put into the outbox."""


class Overlay:
    """All state of a peer in one overlay. What happens is appended to `outbox`, in order."""

    def __init__(self, standing: Standing, secrets: Secrets, outbox: list[Effect], stored: Stored) -> None:
        self.standing = standing
        self.sessions = Sessions(standing, secrets)
        self.pings = Pings(standing)
        self.assemblies = Assemblies()
        self.views = Views(standing)
        self.records = Records(standing)
        is_group = standing.trust.is_group
        self.group = Group(standing, self.sessions, self.views, stored) if is_group else None
        self.neighbourhood = new_neighbourhood(standing, self.sessions, self.pings)
        self.counters: Counter[str] = Counter()
        self.traffic = Traffic()
        self.follower: Follower | None = None
        self.management: Management | None = None
        self._outbox = outbox
        self._current: Run | None = None
        self._due: Due | None = None
        self._due_besides: Due | None = None
        self._is_due_known = self._is_known_besides = False
        last = self.group if self.group is not None else self.records
        of_views = ViewFrames(standing, self.sessions.table, self.views, last, self.emit)
        first: tuple[Timed, ...] = (self.sessions, self.pings, self.assemblies)
        self.timed: tuple[Timed, ...] = (
            (*first, self.group.membership, self.views, self.group.multicast)
            if self.group is not None
            else (*first, self.neighbourhood.neighbours)
            if self.neighbourhood is not None
            else (*first, self.views, self.records)
        )
        """The machines with timers; of two that are due at once the first goes first."""
        self._signed: Mapping[str, Callable[[Session, SignedFrame, Now], list[Effect]]] = {
            "PING": self._on_ping,
            "PONG": self._on_pong,
            "REFUSE": self._on_refuse,
            **of_views.handlers,
            **dict.fromkeys(refusals.OF_VALUES, self._on_value_frame),
        }

    def touch(self, *, messages_only: bool = False) -> None:
        """Something is about to happen in this overlay: what was due may not be any more. `messages_only`:
        whatever happens to a view that does not change, only the last machine has to do with it."""
        self._is_due_known = False
        if not messages_only or self.group is None or self.views.run is not None:
            self._is_known_besides = False

    @property
    def due(self) -> Due | None:
        """The timer that is due first, looked for only where something has happened since."""
        if self._is_due_known:
            return self._due
        if not self._is_known_besides:
            self._due_besides = first_due(self.timed[:-1])
            self._is_known_besides = True
        before, last = self._due_besides, self.timed[-1]
        at = last.wake()
        is_last = at is not None and (before is None or at < before[0])
        self._due = (at, last) if at is not None and is_last else before
        self._is_due_known = True
        return self._due

    def emit(self, effects: list[Effect], now: Now) -> None:
        """Put effects into the outbox, long frames in segments; and follow a view that was installed by
        them."""
        if self.group is not None:
            effects = self.group.follow(effects, now)
        elif self.neighbourhood is not None:
            effects = self.neighbourhood.follow(effects, now)
        for effect in effects:
            if type(effect) is not Send:
                self._outbox.append(effect)
                continue
            for piece in self._cut(effect) if is_cut(effect.datagram) else (effect,):
                self.traffic.went(piece.datagram)
                self._outbox.append(piece)
        stated = self.views.view if self.group is None else None
        if stated is not None and stated is not self._current:
            self._current = stated
            epoch = known.epoch(stated, self.sessions.table)
            self.records.begin(epoch, stated.proposal.install.clock_base)
        if self.follower is not None:
            self.follower(self, effects, now)

    def manage(self, management: Management) -> None:
        """Manage groups here: after all else that is due at once."""
        self.management = management
        self.timed = (*self.timed, management)
        self.follower = lambda _overlay, effects, now: management.follow(effects, now)
        if self.neighbourhood is not None and self.standing.trust.hosts:
            self.neighbourhood.hosting = management

    @property
    def values(self) -> Values:
        """What the management of groups needs of a main overlay. `LocalError` in one that has views."""
        return self.without_views().neighbours

    def fire(self, machine: Timed, now: Now) -> None:
        """Let the one timer of a machine go off that is due first."""
        self.touch(messages_only=machine is self.timed[-1])
        self.emit(machine.fire(now), now)

    def _cut(self, send: Send) -> list[Send]:
        pieces = [
            frames.encode_header("SEGMENT", send.overlay, len(body)) + body
            for body in segments.cut(send.datagram)
        ]
        return [Send(send.overlay, send.to, piece) for piece in pieces]

    # ------------------------------------------------------------ frames

    def receive(self, frame: Frame, source: Address, now: Now) -> bytes | None:
        """Handle one frame of this overlay; the octets of a whole frame when its last segment came."""
        try:
            match frame:
                case SealedFrame():
                    self.emit(self._receive_sealed(frame, now), now)
                case SignedFrame():
                    self.emit(self._receive_signed(frame, source, now), now)
                case PlainFrame():
                    return self._receive_plain(frame, source, now)
        except RunError as fault:
            # REQ-KEY-28, REQ-KEY-32, REQ-KEY-39: proof against a member ends the run
            self.emit(self.views.fail(fault), now)
            raise
        return None

    def _receive_plain(self, frame: PlainFrame, source: Address, now: Now) -> bytes | None:
        if frame.header.name == "SEGMENT":
            admission.check_address(self.sessions.table, source)
        match decode_body(frame.header.name, frame.body):
            case bodies.Hello1() as body:
                self.emit(self.sessions.on_hello1(body, source, now), now)
            case bodies.Retry() as body:
                self.emit(self.sessions.on_retry(frame.octets, body, source, now), now)
            case bodies.Error() as body:
                self.emit(self.sessions.on_error(body, source), now)
            case bodies.Segment() as body:
                return self.assemblies.on_segment(body, source, now)
            case other:
                raise AssertionError(f"{other} is no body of a plain frame")
        return None

    def _receive_signed(self, frame: SignedFrame, source: Address, now: Now) -> list[Effect]:
        if frame.header.name in {"HELLO2", "HELLO3"}:
            try:
                return self._receive_hello(frame, source, now)
            except RemoteError as refused:
                if self.neighbourhood is not None:
                    self.emit(self.neighbourhood.refused(frame, refused, now), now)
                raise
        session = admission.admit(self.standing, self.sessions.table, frame)
        refusals.check_has_views(self.standing.trust, frame.header.name)
        refusals.check_keeps_values(self.standing.trust, frame.header.name)
        effects = self._signed[frame.header.name](session, frame, now)
        if self.group is not None and frame.header.name in SPOKEN:
            self.group.membership.heard(frame.signer, now)
        if self.neighbourhood is not None:
            self.neighbourhood.neighbours.heard(frame.signer, now)
        return effects

    def _receive_hello(self, frame: SignedFrame, source: Address, now: Now) -> list[Effect]:
        before = self.sessions.table.get(frame.signer)
        incarnation = before.incarnation if before else frame.incarnation
        seen: Seen | None = None
        known_before = self.neighbourhood.before(frame.signer) if self.neighbourhood else None
        if frame.header.name == "HELLO2":
            effects = self._on_hello2(frame, source, now)
        else:
            body = expect(bodies.Hello3, decode_body("HELLO3", frame.body))
            effects = self.sessions.on_hello3(frame, body, source, now)
            seen = Seen(frame.signer, source, body.view_id, body.coordinator)
        if incarnation != frame.incarnation:
            # REQ-SES-17: whatever involves the earlier incarnation ends with it
            self.pings.forget(frame.signer)
            effects += self.views.lose(frame.signer)
        if self.neighbourhood is not None and known_before is not None:
            gone = self.neighbourhood.gave_way(now)
            return gone + effects + self.neighbourhood.met(frame, known_before, now)
        if self.group is None:
            return effects
        if incarnation != frame.incarnation:
            effects += self.group.membership.incarnation_over(frame.signer, now)
        effects += self.group.membership.session_known(frame.signer, now)
        if seen is None:
            self.group.membership.greeted_by(frame.signer, source, now)
            return effects
        return effects + self.group.membership.hello3_seen(seen, now)

    def _receive_sealed(self, frame: SealedFrame, now: Now) -> list[Effect]:
        refusals.check_has_views(self.standing.trust, frame.header.name)
        if self.group is not None:
            effects = self.group.on_sealed(frame, now)
            if self.group.is_worn_out:
                # that frame was a matter of membership, too
                self.touch()
            return effects
        if frame.header.name != "DATA":
            raise refusals.stated_membership()
        return self.records.on_data(frame)

    def _on_hello2(self, frame: SignedFrame, source: Address, now: Now) -> list[Effect]:
        try:
            body = expect(bodies.Hello2, decode_body("HELLO2", frame.body))
            return self.sessions.on_hello2(
                frame, body, source, now, known.advert(self.standing, self.views.view)
            )
        except RemoteError as refused:
            # REQ-SES-19: the initiator gets a hint
            self.emit([refusals.error_to_hello2(frame, source, refused)], now)
            raise

    def _on_ping(self, session: Session, frame: SignedFrame, now: Now) -> list[Effect]:
        try:
            body = expect(bodies.Ping, decode_body("PING", frame.body))
        except RemoteError as refused:
            self.emit(self.pings.refuse(session, frame.sequence, refused), now)
            raise
        return self.pings.on_ping(session, body)

    def _on_pong(self, session: Session, frame: SignedFrame, _now: Now) -> list[Effect]:
        return self.pings.on_pong(session, expect(bodies.Pong, decode_body("PONG", frame.body)))

    def _on_refuse(self, session: Session, frame: SignedFrame, now: Now) -> list[Effect]:
        body = expect(bodies.Refuse, decode_body("REFUSE", frame.body))
        if self.group is not None and self.group.membership.is_about(body):
            told = refusals.refused(self.standing.overlay, session.node, body)
            return [told, *self.group.membership.on_refuse(session.node, body, now)]
        if self.neighbourhood is not None and self.neighbourhood.neighbours.is_about(session.node, body):
            told = refusals.refused(self.standing.overlay, session.node, body)
            return [told, *self.neighbourhood.on_refuse(session, body, now)]
        return self.pings.on_refuse(session, body)

    # ------------------------------------------------------------ frames of the overlay chapter

    def _on_value_frame(self, session: Session, frame: SignedFrame, now: Now) -> list[Effect]:
        here = self.without_views()
        here.count(frame, now)
        try:
            return here.on_frame(session, frame, now)
        except RemoteError as refused:
            if refusals.is_answered(frame.header.name):
                self.emit([refusals.refuse(self.standing, session.address, frame, refused, None)], now)
            raise

    # ------------------------------------------------------------ verbs

    def without_views(self) -> Neighbourhood:
        """The neighbourhood of an overlay with the membership none. `LocalError` in any other."""
        if self.neighbourhood is None:
            raise LocalError("this overlay has views, and keeps no values; name one with the membership none")
        return self.neighbourhood

    def check_views(self) -> None:
        """`LocalError` in an overlay that has no views."""
        if self.neighbourhood is not None:
            raise LocalError("this overlay has no views; find, publish, withdraw and fetch instead")

    def ping(self, node: NodeId, now: Now) -> None:
        """Ask whether the peer of a session lives."""
        session = self.sessions.table.get(node)
        if session is None:
            raise LocalError(f"there is no session with {node.hex()}; greet it and wait for the session")
        self.emit(self.pings.ask(session, now), now)

    def install(self, request: Request, now: Now) -> None:
        """Propose a view and begin its key run."""
        self.check_views()
        if self.group is not None:
            raise LocalError("the members of this overlay make its views; create, join and leave instead")
        partners = known.partners(self.standing, self.sessions.table)
        after = (self.views.seen, self.records.clock)
        install = draft(self.standing, request, partners, self.views.lineage, after)
        self.emit(self.views.propose(install, partners, now), now)

    def membership(self) -> Membership:
        """The membership of a group. `LocalError` in an overlay whose views its user states, or without."""
        self.check_views()
        if self.group is None:
            raise LocalError("the views of this overlay are stated by its user; install them instead")
        return self.group.membership

    def send(self, payload: bytes, now: Now, *, proxy: bool) -> None:
        """One message to the view."""
        self.check_views()
        if self.group is not None:
            effects = self.group.send(payload, now, proxy=proxy)
            if effects:
                self.emit(effects, now)
        elif proxy:
            raise LocalError("only a group has a coordinator that could send for others")
        else:
            self.emit(self.records.send(payload, now), now)

    # ------------------------------------------------------------ state

    def follow_clocks(self, now: Now) -> None:
        """Values expire by the wall clock: look anew for what is due when it was set."""
        if self.neighbourhood is not None and self.neighbourhood.neighbours.held.follow(now):
            self.touch()

    def facts(self, now: Now) -> dict[str, object]:
        """What `inspect` shows of the kind of overlay that this one is."""
        if self.group is not None:
            return self.group.facts(now)
        return {} if self.neighbourhood is None else self.neighbourhood.neighbours.facts(now)

    def _last_parts(self) -> tuple[Remembered, ...]:
        if self.group is not None:
            return (self.views, self.group.membership, self.group.multicast)
        if self.neighbourhood is not None:
            managed = self.management
            return (self.neighbourhood.neighbours, *((managed,) if managed and managed.is_busy else ()))
        return (self.views, self.records)

    def digest(self) -> bytes:
        """32 octets that change with the state of this overlay and with nothing else."""
        parts: tuple[Remembered, ...] = (
            self.sessions, self.pings, self.assemblies, *self._last_parts(),
        )  # fmt: skip
        state = (self.standing.node, self.standing.incarnation, *(part.fingerprint() for part in parts))
        return sha256(repr(state).encode()).digest()


def new_neighbourhood(standing: Standing, sessions: Sessions, pings: Pings) -> Neighbourhood | None:
    """The neighbourhood of an overlay without views; None for one that has them. What it is made of is slow
    to import, and so comes late."""
    if not standing.trust.keeps_values:
        return None
    from coterie.peer.neighbourhood import Neighbourhood

    return Neighbourhood(standing, sessions, pings)


def is_cut(datagram: bytes) -> bool:
    """Whether a frame goes in pieces."""
    # REQ-FRM-26: a signed one that is too long for a datagram; sealed ones are as long as the overlay allows
    if len(datagram) <= frames.DATAGRAM:
        return False
    return frames.read_header(datagram).protection == registry.protections()["signed"]
