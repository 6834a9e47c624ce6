"""Mutants of the chapter on sessions: cookies, handshakes, windows, PING and REFUSE."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coterie.mutants.registry import Function, Mutant, dropped, giving, refusing_as

PEER = "coterie.peer"
SESSIONS = "coterie.sessions"


def _cookie_without_address(original: Function) -> Function:
    from coterie.vocabulary import Address

    def bake(secrets: Any, source: Any, overlay: Any, nonce: bytes, number: int) -> Any:
        return original(secrets, Address(source.host, 1), overlay, nonce, number)

    return bake


def _cookie_without_nonce(original: Function) -> Function:
    return lambda secrets, source, overlay, _nonce, number: original(
        secrets, source, overlay, bytes(32), number
    )


def _three_buckets(original: Function) -> Function:
    def accepted_buckets(mono_ms: int) -> tuple[int, ...]:
        return (*original(mono_ms), max(mono_ms // 60_000 - 2, 0))

    return accepted_buckets


def _this_bucket_only(original: Function) -> Function:
    return lambda mono_ms: original(mono_ms)[:1]


def _half_minute(_original: Function) -> Function:
    return lambda mono_ms: mono_ms // 30_000


def _remembered_greeting(original: Function) -> Function:
    def on_hello1(self: Any, body: Any, source: Any, now: Any) -> Any:
        self.__dict__.setdefault("greeted", []).append((body.nonce, source))
        return original(self, body, source, now) * len(self.__dict__["greeted"])

    return on_hello1


def _newest_window_only(_original: Function) -> Function:
    def holds(self: Any, sequence: int) -> bool:
        return bool(sequence == self.highest)

    return holds


def _one_wider(_original: Function) -> Function:
    from coterie.errors import RemoteError

    def check(window: Any, sequence: int) -> None:
        if sequence <= window.highest - 65:
            raise RemoteError("too-old", requirement="REQ-SES-5", field="sequence")

    return check


def _one_narrower(_original: Function) -> Function:
    from coterie.errors import RemoteError

    def check(window: Any, sequence: int) -> None:
        if sequence <= window.highest - 63:
            raise RemoteError("too-old", requirement="REQ-SES-5", field="sequence")

    return check


def _window_begins_anew(original: Function) -> Function:
    def accept(self: Any, claim: Any) -> Any:
        session = original(self, claim)
        session.window = type(session.window)(claim.sequence)
        return session

    return accept


def _by_twos(_original: Function) -> Function:
    return lambda last: last + 2 if last else 1


def _wall_clock_only(_original: Function) -> Function:
    return lambda wall_ms, _stored: wall_ms


def _last_nonce_octet_ignored(original: Function) -> Function:
    def check(handshake: Any, body: Any) -> Any:
        if handshake is not None and handshake.nonce[:-1] == body.nonce[:-1]:
            body = replace(body, nonce=handshake.nonce)
        return original(handshake, body)

    return check


def _any_cookie(original: Function) -> Function:
    def check(handshake: Any, body: Any) -> Any:
        return original(handshake, replace(body, cookie=handshake.cookie) if handshake else body)

    return check


def _transcript_of_two(original: Function) -> Function:
    return lambda hello1, retry: original(hello1, retry[:120])


def _mandatory_suite_optional(_original: Function) -> Function:
    from itertools import pairwise

    from coterie.errors import RemoteError

    def check(suites: tuple[int, ...]) -> None:
        if any(low >= high for low, high in pairwise(suites)):
            raise RemoteError("bad-suites", requirement="REQ-SES-11", field="suites")

    return check


def _repeated_suite_passes(original: Function) -> Function:
    return lambda suites: original(tuple(sorted(set(suites))))


def _fresh_answer(original: Function) -> Function:
    def on_hello2(self: Any, frame: Any, *others: Any) -> Any:
        known = self.table.get(frame.signer)
        if known is not None:
            known.answered = None
        return original(self, frame, *others)

    return on_hello2


def _anonymous_error(original: Function) -> Function:
    from coterie.wire.bodies import Error
    from coterie.wire.frames import encode_plain

    def error(frame: Any, source: Any, refused: Any) -> Any:
        sent = original(frame, source, refused)
        body = Error(bytes(32), refused.code, 3, ())
        return replace(sent, datagram=encode_plain(frame.header.overlay_id, body))

    return error


def _reason_hidden(original: Function) -> Function:
    from coterie.errors import RemoteError

    def error(frame: Any, source: Any, refused: Any) -> Any:
        hidden = RemoteError("bad-signature", requirement=refused.requirement)
        return original(frame, source, hidden)

    return error


def _hint_obeyed(original: Function) -> Function:
    def on_error(self: Any, body: Any, source: Any) -> Any:
        effects = original(self, body, source)
        self._handshakes.pop(source, None)
        return effects

    return on_error


def _port_zero_passes(original: Function) -> Function:
    def check(body: Any) -> None:
        if body.coordinator.port:
            original(body)

    return check


def _undefined_roles_pass(original: Function) -> Function:
    return lambda roles: original(roles & 0x0F)


def _peer_and_client(original: Function) -> Function:
    return lambda roles: original(roles & ~2 if roles & 1 else roles)


def _twice_as_late(_original: Function) -> Function:
    return lambda mono_ms: mono_ms + 500


def _five_seconds(_original: Function) -> Function:
    return lambda mono_ms: mono_ms + 5_000


def _by_address_only(original: Function) -> Function:
    def accept(self: Any, claim: Any) -> Any:
        known = self.get(claim.node)
        if known is not None and claim.incarnation > known.incarnation:
            known.window.mark(claim.sequence)
            known.accepted += 1
            return known
        return original(self, claim)

    return accept


def _equal_is_stale(_original: Function) -> Function:
    from coterie.errors import RemoteError

    def check(known: Any, claim: Any) -> None:
        at_home = known is not None and claim.address == known.address
        if known is not None and claim.incarnation < known.incarnation + at_home:
            raise RemoteError("stale-incarnation", requirement="REQ-SES-14", field="incarnation")

    return check


def _one_handshake_is_enough(original: Function) -> Function:
    def on_hello2(self: Any, frame: Any, body: Any, source: Any, *others: Any) -> Any:
        effects = original(self, frame, body, source, *others)
        self._handshakes.pop(source, None)
        return effects

    return on_hello2


def _one_more_session(original: Function) -> Function:
    def check(table: Any, known: Any) -> None:
        if len(table) != 256:
            original(table, known)

    return check


def _pong_backwards(original: Function) -> Function:
    return lambda self, session, body: original(self, session, replace(body, nonce=body.nonce[::-1]))


def _refuse_nameless(original: Function) -> Function:
    return lambda self, session, _sequence, refused: original(self, session, 0, refused)


MUTANTS = (
    Mutant("cookie-any", "REQ-SES-1", "dropped", f"{SESSIONS}.cookies:check_cookie", dropped,
           "The cookie of HELLO2 is not compared."),
    Mutant("cookie-portless", "REQ-SES-1", "altered", f"{SESSIONS}.cookies:bake", _cookie_without_address,
           "A cookie is good for every port of an address."),
    Mutant("cookie-nonceless", "REQ-SES-1", "altered", f"{SESSIONS}.cookies:bake", _cookie_without_nonce,
           "A cookie is good for every nonce."),
    Mutant("cookie-three-buckets", "REQ-SES-1", "altered", f"{SESSIONS}.cookies:accepted_buckets",
           _three_buckets, "A cookie is good for three buckets."),
    Mutant("cookie-one-bucket", "REQ-SES-1", "altered", f"{SESSIONS}.cookies:accepted_buckets",
           _this_bucket_only, "A cookie is good in its own bucket only."),
    Mutant("cookie-half-minute", "REQ-SES-1", "altered", f"{SESSIONS}.cookies:bucket", _half_minute,
           "A bucket lasts half a minute."),
    Mutant("hello1-remembered", "REQ-SES-2", "altered", f"{SESSIONS}.machine:Sessions.on_hello1",
           _remembered_greeting, "Greetings are counted, and answered as often as they were counted."),
    Mutant("window-remembers-one", "REQ-SES-5", "altered", f"{SESSIONS}.window:SequenceWindow.holds",
           _newest_window_only, "Of the sequence numbers seen only the highest is remembered."),
    Mutant("window-old-passes", "REQ-SES-5", "dropped", f"{SESSIONS}.window:check_not_too_old", dropped,
           "Sequence numbers below the window pass."),
    Mutant("window-of-65", "REQ-SES-5", "altered", f"{SESSIONS}.window:check_not_too_old", _one_wider,
           "The window is one number wider."),
    Mutant("window-of-63", "REQ-SES-5", "altered", f"{SESSIONS}.window:check_not_too_old", _one_narrower,
           "The window is one number narrower."),
    Mutant("window-reset-by-hello", "REQ-SES-5", "altered", f"{SESSIONS}.session:SessionTable.accept",
           _window_begins_anew, "A further handshake of the same incarnation empties the window."),
    Mutant("sequence-zero", "REQ-SES-6", "dropped", f"{SESSIONS}.window:check_positive", dropped,
           "Sequence number 0 is not refused as such."),
    Mutant("stranger-is-another-life", "REQ-SES-3", "altered", f"{SESSIONS}.admission:check_session",
           refusing_as("wrong-incarnation"), "A signer without a session is taken for one of another life."),
    Mutant("incarnation-any", "REQ-SES-4", "dropped", f"{SESSIONS}.admission:check_incarnation", dropped,
           "Frames of another incarnation than the session's are handled."),
    Mutant("sequence-by-twos", "REQ-SES-7", "altered", "coterie.standing:next_sequence", _by_twos,
           "Sequence numbers skip every second one."),
    Mutant("incarnation-forgotten", "REQ-SES-8", "altered", "coterie.standing:next_incarnation",
           _wall_clock_only, "The stored incarnation is not looked at."),
    Mutant("retry-nonce-almost", "REQ-SES-9", "altered", f"{SESSIONS}.handshake:check_retry",
           _last_nonce_octet_ignored, "The last octet of a RETRY's nonce is not compared."),
    Mutant("transcript-any", "REQ-SES-10", "dropped", f"{SESSIONS}.checks:check_transcript", dropped,
           "Transcripts are not compared."),
    Mutant("transcript-without-hello2", "REQ-SES-10", "altered", "coterie.crypto.cookie:hello_transcript",
           _transcript_of_two, "The transcript of HELLO3 does not hold HELLO2."),
    Mutant("suites-any", "REQ-SES-11", "dropped", f"{SESSIONS}.checks:check_suites", dropped,
           "The list of suites is not looked at."),
    Mutant("suites-without-mandatory", "REQ-SES-11", "altered", f"{SESSIONS}.checks:check_suites",
           _mandatory_suite_optional, "The list of suites may lack the mandatory one."),
    Mutant("suites-in-any-order", "REQ-SES-11", "altered", f"{SESSIONS}.checks:check_suites",
           _repeated_suite_passes, "Suites may stand in any order, and twice."),
    Mutant("signer-any", "REQ-SES-12", "dropped", f"{SESSIONS}.checks:check_signer", dropped,
           "The signer of a HELLO need not be the node of its leaf."),
    Mutant("own-identity-passes", "REQ-SES-13", "dropped", f"{SESSIONS}.checks:check_not_self", dropped,
           "A peer has a session with another holder of its key."),
    Mutant("incarnation-earlier", "REQ-SES-14", "dropped", f"{SESSIONS}.session:check_incarnation_current",
           dropped, "An earlier incarnation takes the session over."),
    Mutant("incarnation-equal-is-stale", "REQ-SES-14", "altered",
           f"{SESSIONS}.session:check_incarnation_current", _equal_is_stale,
           "A further handshake of the same incarnation is refused as stale."),
    Mutant("incarnation-twice", "REQ-SES-15", "dropped", f"{SESSIONS}.session:check_incarnation_in_place",
           dropped, "One incarnation may be at two addresses."),
    Mutant("sessions-unbounded", "REQ-SES-16", "dropped", f"{SESSIONS}.session:check_room", dropped,
           "There may be any number of sessions."),
    Mutant("sessions-one-more", "REQ-SES-16", "altered", f"{SESSIONS}.session:check_room", _one_more_session,
           "There may be one session more than the limit."),
    Mutant("incarnation-keeps-session", "REQ-SES-17", "altered", f"{SESSIONS}.session:SessionTable.accept",
           _by_address_only, "A higher incarnation goes on in the old session."),
    Mutant("hello3-made-anew", "REQ-SES-18", "altered", f"{SESSIONS}.machine:Sessions.on_hello2",
           _fresh_answer, "A repeated HELLO2 gets a HELLO3 made anew."),
    Mutant("error-without-nonce", "REQ-SES-19", "altered", f"{PEER}.refusals:error_to_hello2",
           _anonymous_error, "ERROR does not echo the nonce of the HELLO2."),
    Mutant("error-one-reason", "REQ-SES-19", "altered", f"{PEER}.refusals:error_to_hello2", _reason_hidden,
           "ERROR states the same reason for every refusal."),
    Mutant("hello3-cookie-any", "REQ-SES-20", "altered", f"{SESSIONS}.handshake:check_answer", _any_cookie,
           "The cookie of a HELLO3 is not compared."),
    Mutant("coordinator-any", "REQ-SES-21", "dropped", f"{SESSIONS}.checks:check_coordinator", dropped,
           "The coordinator's contact is not looked at."),
    Mutant("coordinator-portless", "REQ-SES-21", "altered", f"{SESSIONS}.checks:check_coordinator",
           _port_zero_passes, "The coordinator's contact may have port 0."),
    Mutant("roles-any", "REQ-SES-22", "dropped", f"{SESSIONS}.roles:check_roles", dropped,
           "Roles are not looked at."),
    Mutant("roles-undefined", "REQ-SES-22", "altered", f"{SESSIONS}.roles:check_roles",
           _undefined_roles_pass, "Undefined role bits pass."),
    Mutant("roles-both", "REQ-SES-22", "altered", f"{SESSIONS}.roles:check_roles", _peer_and_client,
           "A signer may be peer and client at once."),
    Mutant("error-obeyed", "REQ-SES-23", "altered", f"{SESSIONS}.machine:Sessions.on_error", _hint_obeyed,
           "An ERROR ends the handshake."),
    Mutant("hello-resent-late", "REQ-SES-24", "altered", f"{SESSIONS}.handshake:resend_after",
           _twice_as_late, "HELLOs are repeated every 500 ms."),
    Mutant("greeting-given-up-early", "REQ-SES-24", "altered", f"{SESSIONS}.handshake:give_up_after",
           _five_seconds, "A greeting is given up after 5 s."),
    Mutant("one-handshake-of-two", "REQ-SES-25", "altered", f"{SESSIONS}.machine:Sessions.on_hello2",
           _one_handshake_is_enough, "Whoever is greeted gives up its own greeting of the same peer."),
    Mutant("pong-backwards", "REQ-SES-26", "altered", f"{SESSIONS}.pings:Pings.on_ping", _pong_backwards,
           "PONG does not echo the nonce as it was."),
    Mutant("pong-any", "REQ-SES-26", "dropped", f"{SESSIONS}.pings:check_pong", dropped,
           "A PONG with any nonce answers the PING."),
    Mutant("refuse-silent", "REQ-SES-27", "dropped", f"{SESSIONS}.pings:Pings.refuse", giving([]),
           "A refused PING gets no REFUSE."),
    Mutant("refuse-nameless", "REQ-SES-27", "altered", f"{SESSIONS}.pings:Pings.refuse", _refuse_nameless,
           "REFUSE does not say which frame was refused."),
)  # fmt: skip
