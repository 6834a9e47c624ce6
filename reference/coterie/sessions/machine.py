"""Sessions of one overlay: greeting, being greeted, and asking whether the other side lives.

Implements the Sessions chapter. `Sessions` takes decoded frames and returns effects. Each `on_...` method
checks first and changes something only after its last check; HELLO1 never changes anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from coterie import registry
from coterie.crypto import cookie
from coterie.effects import Effect, Event, Field, Send
from coterie.errors import LocalError
from coterie.sessions import checks, cookies, handshake, roles, session
from coterie.sessions.checks import Arrival
from coterie.sessions.cookies import Secrets
from coterie.sessions.handshake import Handshake
from coterie.sessions.session import Answered, Claim, NoRoom, Room, Session, SessionTable
from coterie.sessions.states import Input, State, follow
from coterie.standing import Standing
from coterie.vocabulary import Address, NodeId, Now, ViewId
from coterie.wire import contact
from coterie.wire.bodies import Error, Extension, Hello1, Hello2, Hello3, Retry
from coterie.wire.contact import Contact
from coterie.wire.frames import SignedFrame, encode_plain

NONCE_SIZE = 32
GREASE_SIZE = 8


@dataclass(frozen=True, slots=True)
class Advert:
    """What HELLO3 tells about the view that its sender has installed; zeros and no contact where there is
    none."""

    roles: int
    view_id: ViewId
    coordinator: Contact


class Sessions:
    """The handshakes under way and the sessions that came of them. `room` says which of those may give
    way."""

    def __init__(self, standing: Standing, secrets: Secrets) -> None:
        self.table = SessionTable(forgets=standing.trust.keeps_values)
        self.room: Room = NoRoom()
        self._standing = standing
        self._secrets = secrets
        self._handshakes: dict[Address, Handshake] = {}

    # ------------------------------------------------------------ the initiator

    def greet(self, to: Address, now: Now) -> list[Effect]:
        """Begin a handshake with whoever is at `to`."""
        if to == self._standing.address or not contact.is_unicast(Contact.of(to)):
            raise LocalError(f"{to} is no other peer's address; greet one that a datagram can be sent to")
        if to in self._handshakes:
            raise LocalError(f"{to} is being greeted already; wait for the session or for greet-failed")
        if len(self._handshakes) >= registry.limit("handshakes"):
            raise LocalError("as many peers are being greeted as may be at once; wait for some of them")
        overlay = self._standing.overlay
        nonce = self._standing.entropy("hello-nonce", overlay + contact.contact(to), NONCE_SIZE)
        hello1 = encode_plain(overlay, Hello1(nonce))
        self._handshakes[to] = Handshake(
            to, nonce, State.GREETED, hello1,
            handshake.resend_after(now.mono_ms), handshake.give_up_after(now.mono_ms), hello1,
        )  # fmt: skip
        return [Send(overlay, to, hello1)]

    def on_retry(self, octets: bytes, body: Retry, source: Address, now: Now) -> list[Effect]:
        """The responder's cookie: show the leaf."""
        found = handshake.check_retry(self._handshakes.get(source), body)

        hello2 = Hello2(
            body.nonce, body.cookie, cookie.hello_transcript(found.hello1, octets),
            self._standing.trust.suites, self._standing.identity.leaf,
            (*roles.own_extension(self._standing.trust), *self._grease(body.responder)),
        )  # fmt: skip
        sent = self._standing.sign(body.responder, hello2)
        self._handshakes[source] = replace(
            found, state=follow(found.state, Input.RETRY, "REQ-SES-9"), sent=sent, retry=octets,
            cookie=body.cookie, responder=body.responder, resend_at=handshake.resend_after(now.mono_ms),
        )  # fmt: skip
        return [Send(self._standing.overlay, source, sent)]

    def on_hello3(self, frame: SignedFrame, body: Hello3, source: Address, now: Now) -> list[Effect]:
        """The responder's leaf: there is a session."""
        found = handshake.check_answer(self._handshakes.get(source), body)
        transcript = cookie.hello_transcript(found.hello1, found.retry + found.sent)
        arrival = Arrival(frame, body, transcript, now.wall_ms, found.responder)
        shown = checks.check_hello3(self._standing, arrival)
        claim = Claim(frame.signer, frame.incarnation, source, shown, body.suites, frame.sequence, body.roles)
        leaver = session.check_claim(self.table, claim, self.room, now)

        del self._handshakes[source]
        news = self._news(claim)
        self._accept(claim, leaver)
        return news

    def on_error(self, body: Error, source: Address) -> list[Effect]:
        """A hint that the responder refused; it changes nothing."""
        handshake.check_hint(self._handshakes.get(source), body)
        reason = registry.reason_by_code(body.reason)
        name = reason.name if reason else f"code-{body.reason}"
        return [Event(self._standing.overlay, "error-hint", {"reason": name, "from": source})]

    # ------------------------------------------------------------ the responder

    def on_hello1(self, body: Hello1, source: Address, now: Now) -> list[Effect]:
        """Answer with a cookie and forget about it."""
        # REQ-SES-2: exactly one RETRY, no state, no signature
        number = cookies.bucket(now.mono_ms)
        baked = cookies.bake(self._secrets, source, self._standing.overlay, body.nonce, number)
        return [Send(self._standing.overlay, source, self._retry(body.nonce, baked))]

    def on_hello2(
        self, frame: SignedFrame, body: Hello2, source: Address, now: Now, advert: Advert
    ) -> list[Effect]:
        """The initiator's leaf: there is a session, and HELLO3 says so."""
        overlay = self._standing.overlay
        expected = tuple(
            cookies.bake(self._secrets, source, overlay, body.nonce, number)
            for number in cookies.accepted_buckets(now.mono_ms)
        )
        hello1, retry = encode_plain(overlay, Hello1(body.nonce)), self._retry(body.nonce, body.cookie)
        arrival = Arrival(frame, body, cookie.hello_transcript(hello1, retry), now.wall_ms)
        shown = checks.check_hello2(self._standing, arrival, expected)
        said = roles.stated(self._standing.trust, body)
        claim = Claim(frame.signer, frame.incarnation, source, shown, body.suites, frame.sequence, said)
        leaver = session.check_claim(self.table, claim, self.room, now)

        known = self.table.get(frame.signer)
        if known is not None and known.answered is not None and known.answered.hello2 == frame.octets:
            # REQ-SES-18: the very same HELLO2 gets the very same HELLO3
            return [Send(overlay, source, known.answered.hello3)]
        news = self._news(claim)
        accepted = self._accept(claim, leaver)
        hello3 = Hello3(
            body.nonce, body.cookie, cookie.hello_transcript(hello1, retry + frame.octets),
            advert.roles, advert.view_id, advert.coordinator,
            self._standing.trust.suites, self._standing.identity.leaf, self._grease(frame.signer),
        )  # fmt: skip
        answer = self._standing.sign(frame.signer, hello3)
        accepted.answered = Answered(frame.octets, answer)
        return [Send(overlay, source, answer), *news]

    def _retry(self, nonce: bytes, baked: bytes) -> bytes:
        return encode_plain(self._standing.overlay, Retry(nonce, baked, self._standing.node))

    def _grease(self, other: bytes) -> tuple[Extension, ...]:
        # REQ-FRM-25: keeps receivers used to extensions that they do not know
        if not self._standing.grease:
            return ()
        value = self._standing.entropy("grease", self._standing.overlay + other, GREASE_SIZE)
        codes: list[int] = registry.tables()["grease"]["codes"]
        return (Extension(codes[value[0] % len(codes)], value),)

    def _accept(self, claim: Claim, leaver: NodeId | None) -> Session:
        if leaver is not None:
            # REQ-OVL-8: the session that was quiet for the longest time gives way
            self.table.forget(leaver)
        return self.table.accept(claim)

    def _news(self, claim: Claim) -> list[Effect]:
        """The event of a session that is new, or whose incarnation is."""
        known = self.table.get(claim.node)
        if known is not None and known.incarnation == claim.incarnation:
            return []
        fields: dict[str, Field] = {
            "node": claim.node, "address": claim.address, "incarnation": claim.incarnation,
        }  # fmt: skip
        return [Event(self._standing.overlay, "session", fields)]

    # ------------------------------------------------------------ time and state

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        return min((known.due for known in self._handshakes.values()), default=None)

    def fire(self, now: Now) -> list[Effect]:
        """The one timer that is due first."""
        first = min(self._handshakes.values(), key=lambda known: known.due)
        overlay = self._standing.overlay
        if first.due == first.give_up_at:
            follow(first.state, Input.GIVE_UP, "REQ-SES-24")
            del self._handshakes[first.to]
            return [Event(overlay, "greet-failed", {"address": first.to})]
        # REQ-SES-24: byte for byte
        self._handshakes[first.to] = replace(first, resend_at=handshake.resend_after(now.mono_ms))
        return [Send(overlay, first.to, first.sent)]

    def stop(self) -> None:
        """No handshake is under way any more."""
        self._handshakes.clear()

    @property
    def handshakes(self) -> int:
        """How many greetings are under way."""
        return len(self._handshakes)

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        under_way = sorted(known.fingerprint() for known in self._handshakes.values())
        return (tuple(under_way), tuple(known.fingerprint() for known in self.table.sorted()))
