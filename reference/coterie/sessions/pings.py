"""PING, PONG and REFUSE: asking whether a session lives, and saying why a request was refused.

Implements REQ-SES-26 and REQ-SES-27.
"""

from __future__ import annotations

from dataclasses import dataclass

from coterie import registry
from coterie.effects import Effect, Event, Field, Send
from coterie.errors import LocalError, RemoteError
from coterie.sessions.session import Session
from coterie.standing import Standing
from coterie.vocabulary import NodeId, Now
from coterie.wire.bodies import Ping, Pong, Refuse

NONCE_SIZE = 8


@dataclass(frozen=True, slots=True)
class Question:
    """A PING that waits for its PONG."""

    nonce: bytes
    sequence: int
    give_up_at: int


class Pings:
    """The questions of one overlay that are open: at most one a session."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._open: dict[NodeId, Question] = {}

    def ask(self, session: Session, now: Now) -> list[Effect]:
        """Ask the peer of `session` whether it is there."""
        if session.node in self._open:
            raise LocalError(f"{session.node.hex()} is being asked already; wait for pong or ping-lost")
        overlay = self._standing.overlay
        nonce = self._standing.entropy("ping-nonce", overlay + session.node, NONCE_SIZE)
        sent = self._standing.sign(session.node, Ping(nonce))
        give_up_at = now.mono_ms + registry.timer("ping-give-up")
        self._open[session.node] = Question(nonce, self._standing.sequence, give_up_at)
        return [Send(overlay, session.address, sent)]

    def on_ping(self, session: Session, body: Ping) -> list[Effect]:
        """Answer."""
        # REQ-SES-26: the same nonce, to the session's address
        session.accepted += 1
        answer = self._standing.sign(session.node, Pong(body.nonce))
        return [Send(self._standing.overlay, session.address, answer)]

    def refuse(self, session: Session, sequence: int, refused: RemoteError) -> list[Effect]:
        """Say why the PING with that sequence number was refused."""
        # REQ-SES-27: a request within a session learns its fate
        body = Refuse(sequence, refused.code, registry.frame_type("PING").code)
        return [Send(self._standing.overlay, session.address, self._standing.sign(session.node, body))]

    def on_pong(self, session: Session, body: Pong) -> list[Effect]:
        """The peer is there."""
        check_pong(self._open.get(session.node), body)

        session.accepted += 1
        del self._open[session.node]
        return [Event(self._standing.overlay, "pong", {"node": session.node})]

    def on_refuse(self, session: Session, body: Refuse) -> list[Effect]:
        """The peer is there, and did not like the question."""
        check_refuse(self._open.get(session.node), body)

        session.accepted += 1
        del self._open[session.node]
        reason = registry.reason_by_code(body.reason)
        fields: dict[str, Field] = {
            "node": session.node,
            "reason": reason.name if reason else f"code-{body.reason}",
            "type": body.refused_type,
            "sequence": body.refused_sequence,
        }
        return [Event(self._standing.overlay, "refused", fields)]

    def is_open(self, node: NodeId) -> bool:
        """Whether a PING to `node` waits for its PONG."""
        return node in self._open

    def forget(self, node: NodeId) -> None:
        """The session that was asked is no more."""
        self._open.pop(node, None)

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        return min((question.give_up_at for question in self._open.values()), default=None)

    def fire(self, _now: Now) -> list[Effect]:
        """The one timer that is due first."""
        node = min(self._open, key=lambda asked: self._open[asked].give_up_at)
        del self._open[node]
        return [Event(self._standing.overlay, "ping-lost", {"node": node})]

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        return tuple((node, self._open[node].nonce) for node in sorted(self._open))


def check_pong(question: Question | None, body: Pong) -> None:
    """A PONG answers the PING that is open."""
    # REQ-SES-26: the nonce of the question
    if question is None or question.nonce != body.nonce:
        raise RemoteError("unexpected-reply", requirement="REQ-SES-26", field="nonce")


def check_refuse(question: Question | None, body: Refuse) -> None:
    """A REFUSE answers the PING that is open."""
    # REQ-SES-27: the sequence number and the type of the question
    asked = (question.sequence, registry.frame_type("PING").code) if question else None
    if (body.refused_sequence, body.refused_type) != asked:
        raise RemoteError("unexpected-reply", requirement="REQ-SES-27", field="refused_sequence")
