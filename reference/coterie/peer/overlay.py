"""One overlay of a peer: the place where sessions, views and records meet.

Implements checks 7 to 12 of the order of REQ-FRM-13 by handing each frame type to its machine, and the two
replies to refusals: ERROR (REQ-SES-19) and REFUSE (REQ-SES-27). No machine knows another; what one has to
know of the others is handed over here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Protocol, TypeVar

from coterie import registry
from coterie.effects import Effect, Send
from coterie.errors import LocalError, RemoteError
from coterie.peer import refusals
from coterie.records import Epoch, Records
from coterie.sessions import Advert, Assemblies, Pings, Secrets, Session, Sessions, admission
from coterie.standing import Standing
from coterie.views import Partner, Request, Run, RunError, Views, draft
from coterie.vocabulary import NO_VIEW, Address, NodeId, Now
from coterie.wire import bodies, decode_body, frames, segments
from coterie.wire.contact import NO_CONTACT
from coterie.wire.frames import Frame, PlainFrame, SealedFrame, SignedFrame


class Timed(Protocol):
    """What every machine with timers offers: when the first is due, and to let that one go off."""

    def wake(self) -> int | None: ...
    def fire(self, now: Now, /) -> list[Effect]: ...


class Overlay:
    """All state of a peer in one overlay. What happens is appended to `outbox`, in order."""

    def __init__(self, standing: Standing, secrets: Secrets, outbox: list[Effect]) -> None:
        self.standing = standing
        self.sessions = Sessions(standing, secrets)
        self.pings = Pings(standing)
        self.assemblies = Assemblies()
        self.views = Views(standing)
        self.records = Records(standing)
        self.counters: Counter[str] = Counter()
        self._outbox = outbox
        self._current: Run | None = None
        self._signed: Mapping[str, Callable[[Session, SignedFrame, Now], list[Effect]]] = {
            "PING": self._on_ping,
            "PONG": self._on_pong,
            "REFUSE": self._on_refuse,
            "INSTALL": self._on_install,
            "UP": self._on_up,
            "DOWN": self._on_down,
            "CONFIRM": self._on_confirm,
        }

    @property
    def timed(self) -> tuple[Timed, ...]:
        """The machines with timers; of two that are due at once the first goes first."""
        return (self.sessions, self.pings, self.assemblies, self.views, self.records)

    def emit(self, effects: list[Effect]) -> None:
        """Put effects into the outbox, long frames in segments; and follow a view that was installed by
        them."""
        for effect in effects:
            if isinstance(effect, Send) and len(effect.datagram) > frames.DATAGRAM:
                self._outbox += self._cut(effect)
            else:
                self._outbox.append(effect)
        if self.views.view is not None and self.views.view is not self._current:
            self._current = self.views.view
            self.records.begin(self._epoch(self._current), self._current.proposal.install.clock_base)

    def _cut(self, send: Send) -> list[Effect]:
        # REQ-FRM-26: a signed frame that is too long for one datagram; sealed ones are as long as the overlay
        # allows
        if frames.read_header(send.datagram).protection != registry.protections()["signed"]:
            return [send]
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
                case PlainFrame():
                    return self._receive_plain(frame, source, now)
                case SignedFrame():
                    self.emit(self._receive_signed(frame, source, now))
                case SealedFrame():
                    if frame.header.name != "DATA":
                        raise refusals.stated_membership()
                    self.emit(self.records.on_data(frame))
        except RunError as fault:
            # REQ-KEY-28, REQ-KEY-32, REQ-KEY-39: proof against a member ends the run
            self.emit(self.views.fail(fault))
            raise
        return None

    def _receive_plain(self, frame: PlainFrame, source: Address, now: Now) -> bytes | None:
        if frame.header.name == "SEGMENT":
            admission.check_address(self.sessions.table, source)
        match decode_body(frame.header.name, frame.body):
            case bodies.Hello1() as body:
                self.emit(self.sessions.on_hello1(body, source, now))
            case bodies.Retry() as body:
                self.emit(self.sessions.on_retry(frame.octets, body, source, now))
            case bodies.Error() as body:
                self.emit(self.sessions.on_error(body, source))
            case bodies.Segment() as body:
                return self.assemblies.on_segment(body, source, now)
            case other:
                raise AssertionError(f"{other} is no body of a plain frame")
        return None

    def _receive_signed(self, frame: SignedFrame, source: Address, now: Now) -> list[Effect]:
        if frame.header.name in {"HELLO2", "HELLO3"}:
            known = self.sessions.table.get(frame.signer)
            before = known.incarnation if known else frame.incarnation
            hello = self._on_hello2 if frame.header.name == "HELLO2" else self._on_hello3
            effects = hello(frame, source, now)
            if before != frame.incarnation:
                # REQ-SES-17: whatever involves the earlier incarnation ends with it
                self.pings.forget(frame.signer)
                effects += self.views.lose(frame.signer)
            return effects
        session = admission.admit(self.standing, self.sessions.table, frame)
        if frame.header.name not in self._signed:
            raise refusals.stated_membership()
        return self._signed[frame.header.name](session, frame, now)

    def _on_hello2(self, frame: SignedFrame, source: Address, now: Now) -> list[Effect]:
        try:
            body = expect(bodies.Hello2, decode_body("HELLO2", frame.body))
            return self.sessions.on_hello2(frame, body, source, now, self._advert())
        except RemoteError as refused:
            # REQ-SES-19: the initiator gets a hint
            self.emit([refusals.error_to_hello2(frame, source, refused)])
            raise

    def _on_hello3(self, frame: SignedFrame, source: Address, now: Now) -> list[Effect]:
        body = expect(bodies.Hello3, decode_body("HELLO3", frame.body))
        return self.sessions.on_hello3(frame, body, source, now)

    def _on_ping(self, session: Session, frame: SignedFrame, _now: Now) -> list[Effect]:
        try:
            body = expect(bodies.Ping, decode_body("PING", frame.body))
        except RemoteError as refused:
            self.emit(self.pings.refuse(session, frame.sequence, refused))
            raise
        return self.pings.on_ping(session, body)

    def _on_pong(self, session: Session, frame: SignedFrame, _now: Now) -> list[Effect]:
        return self.pings.on_pong(session, expect(bodies.Pong, decode_body("PONG", frame.body)))

    def _on_refuse(self, session: Session, frame: SignedFrame, _now: Now) -> list[Effect]:
        return self.pings.on_refuse(session, expect(bodies.Refuse, decode_body("REFUSE", frame.body)))

    def _on_install(self, _session: Session, frame: SignedFrame, now: Now) -> list[Effect]:
        # REQ-FRM-20: only a group's INSTALL states a sender group
        group = self.standing.trust.is_group
        body = expect(bodies.Install, decode_body("INSTALL", frame.body, senders=group))
        return self.views.on_install(frame, body, self._partners(), self.records.clock, now)

    def _on_up(self, _session: Session, frame: SignedFrame, now: Now) -> list[Effect]:
        return self.views.on_up(frame, expect(bodies.Up, decode_body("UP", frame.body)), now)

    def _on_down(self, _session: Session, frame: SignedFrame, now: Now) -> list[Effect]:
        return self.views.on_down(frame, expect(bodies.Down, decode_body("DOWN", frame.body)), now)

    def _on_confirm(self, _session: Session, frame: SignedFrame, now: Now) -> list[Effect]:
        return self.views.on_confirm(frame, expect(bodies.Confirm, decode_body("CONFIRM", frame.body)), now)

    # ------------------------------------------------------------ verbs

    def ping(self, node: NodeId, now: Now) -> None:
        """Ask whether the peer of a session lives."""
        session = self.sessions.table.get(node)
        if session is None:
            raise LocalError(f"there is no session with {node.hex()}; greet it and wait for the session")
        self.emit(self.pings.ask(session, now))

    def install(self, request: Request, now: Now) -> None:
        """Propose a view and begin its key run."""
        partners = self._partners()
        after = (self.views.seen, self.records.clock)
        install = draft(self.standing, request, partners, self.views.lineage, after)
        self.emit(self.views.propose(install, partners, now))

    # ------------------------------------------------------------ what one machine knows for another

    def _partners(self) -> dict[NodeId, Partner]:
        own = self.standing
        known = {
            session.node: Partner(session.incarnation, session.leaf.hash, session.suites, session.address)
            for session in self.sessions.table.sorted()
        }
        return known | {own.node: Partner(own.incarnation, own.leaf_hash, own.trust.suites, own.address)}

    def _advert(self) -> Advert:
        bits = {row["name"]: 1 << row["bit"] for row in registry.tables()["role"]}
        view = self.views.view
        if view is None:
            return Advert(bits["peer"], NO_VIEW, NO_CONTACT)
        first = view.proposal.install.members[0]
        leads = bits["coordinator"] if first.node_id == self.standing.node else 0
        return Advert(bits["peer"] | leads, view.proposal.view, first.contact)

    def _epoch(self, view: Run) -> Epoch:
        accepted = view.proposal
        rows = accepted.install.members
        sessions = {session.node: session for session in self.sessions.table.sorted()}
        return Epoch(
            accepted.view,
            accepted.install.suite,
            accepted.members,
            accepted.position,
            view.held_secrets.read,
            view.held_secrets.control,
            tuple(row.contact for row in rows),
            {node: sessions[node].leaf for node in accepted.members if node in sessions},
        )

    def digest(self) -> bytes:
        """32 octets that change with the state of this overlay and with nothing else."""
        parts = (self.sessions, self.pings, self.assemblies, self.views, self.records)
        state = (self.standing.node, self.standing.incarnation, *(part.fingerprint() for part in parts))
        return sha256(repr(state).encode()).digest()


T = TypeVar("T")


def expect(kind: type[T], body: object) -> T:
    """`body`, which the codec has made for this type."""
    if not isinstance(body, kind):
        raise TypeError(f"{body} is not {kind}")
    return body
