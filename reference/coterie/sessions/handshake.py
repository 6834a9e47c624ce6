"""A handshake as its initiator keeps it: what was sent, what is awaited, and when to send it again.

Implements REQ-SES-9, REQ-SES-20 and REQ-SES-24.
"""

from __future__ import annotations

from dataclasses import dataclass

from coterie import registry
from coterie.errors import RemoteError
from coterie.sessions.states import Input, State, follow
from coterie.vocabulary import Address, NodeId
from coterie.wire.bodies import Error, Hello3, Retry


@dataclass(frozen=True, slots=True)
class Handshake:
    """One greeting under way. `sent` is repeated byte for byte at `resend_at` until the next frame comes."""

    to: Address
    nonce: bytes
    state: State
    sent: bytes
    resend_at: int
    give_up_at: int
    hello1: bytes
    retry: bytes = b""
    cookie: bytes = b""
    responder: NodeId | None = None

    @property
    def due(self) -> int:
        """When something has to happen, in milliseconds of the monotonic clock."""
        return min(self.resend_at, self.give_up_at)

    def fingerprint(self) -> tuple[object, ...]:
        """What of the handshake is state; when it is sent again is not."""
        return (str(self.to), self.nonce, self.state.name, self.sent)


def resend_after(mono_ms: int) -> int:
    """When a HELLO that is sent at `mono_ms` is sent again."""
    # REQ-SES-24: every 250 ms
    return mono_ms + registry.timer("hello-resend")


def give_up_after(mono_ms: int) -> int:
    """When a greeting that began at `mono_ms` has failed."""
    # REQ-SES-24: after 10,000 ms
    return mono_ms + registry.timer("hello-give-up")


def check_retry(handshake: Handshake | None, body: Retry) -> Handshake:
    """A RETRY answers a HELLO1 that this peer sent to its source, and only one does; the handshake."""
    # REQ-SES-9: from the address greeted, with the nonce of the handshake, once
    if handshake is None or handshake.nonce != body.nonce:
        raise RemoteError("unexpected-reply", requirement="REQ-SES-9")
    follow(handshake.state, Input.RETRY, "REQ-SES-9")
    return handshake


def check_answer(handshake: Handshake | None, body: Hello3) -> Handshake:
    """A HELLO3 answers a HELLO2 that this peer sent to its source; the handshake."""
    # REQ-SES-20: a handshake with this address, with this nonce and cookie
    if handshake is None or (handshake.nonce, handshake.cookie) != (body.nonce, body.cookie):
        raise RemoteError("unexpected-reply", requirement="REQ-SES-20")
    follow(handshake.state, Input.HELLO3, "REQ-SES-20")
    return handshake


def check_hint(handshake: Handshake | None, body: Error) -> None:
    """An ERROR is about a handshake of this peer with its source."""
    # REQ-SES-23: a hint with another nonce answers nothing
    if handshake is None or handshake.nonce != body.nonce:
        raise RemoteError("unexpected-reply", requirement="REQ-SES-23")
